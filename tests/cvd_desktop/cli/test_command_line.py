"""What every command does the same way: help, wrong usage, problems in words, bugs reported."""

import json
import logging
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from cvd_desktop.cli import build_app
from cvd_desktop.cli.command_line import print_line, print_table, say, shown
from cvd_desktop.cli.options import DataDir
from cvd_desktop.domain.problem import ExitCode, Problem
from tests.support.cvd_process import environment, run_cvd

COMMANDS = (
    ("ports",),
    ("read",),
    ("reads",),
    ("reads", "export"),
    ("dex", "show"),
    ("dex", "check"),
    ("dex", "diff"),
    ("vm", "run"),
    ("sign-in",),
    ("sign-out",),
    ("sync",),
    ("outbox",),
)


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_every_command_explains_itself_and_takes_a_data_folder(command: tuple[str, ...]) -> None:
    result = CliRunner().invoke(build_app(), [*command, "--help"])
    assert result.exit_code == 0
    assert "--data-dir" in result.output


@pytest.mark.parametrize(
    "args",
    [
        ("nonsense",),
        ("read",),
        ("read", "--port", "x", "--link", "smoke"),
        ("reads", "export", "some-id"),
        ("dex", "show"),
        ("dex", "check"),
        ("dex", "diff", "only-one"),
    ],
    ids=" ".join,
)
def test_wrong_usage_ends_with_2(args: tuple[str, ...]) -> None:
    assert CliRunner().invoke(build_app(), args).exit_code == 2


def test_without_key_store_and_passphrase_it_says_so_and_ends_with_2(tmp_path: Path) -> None:
    ran = run_cvd(tmp_path, "reads", "--json", CVD_PASSPHRASE="")
    assert (ran.code, ran.out) == (2, "")
    assert "CVD_PASSPHRASE" in ran.err
    assert "Traceback" not in ran.err


def test_wrong_passphrase_is_said_in_words(tmp_path: Path) -> None:
    assert run_cvd(tmp_path, "reads", "--json").json == {"reads": []}
    ran = run_cvd(tmp_path, "reads", CVD_PASSPHRASE="another one")
    assert ran.code == 2
    assert "does not open the local database" in ran.err


@pytest.mark.skipif(sys.platform == "win32", reason="arguments are text on Windows")
@pytest.mark.parametrize(
    "args",
    [
        ("read", "--port", b"/dev/\xff"),
        ("read", "--port", "/dev/no-such", "--machine", b"\xff"),
        ("write", "--port", b"/dev/\xff", "--clock"),
        ("write", "--port", "/dev/no-such", "--machine", b"\xff", "--clock"),
        ("codes", "forget", "--machine", b"\xff"),
        ("sign-in", "--server", "https://server.test", "--user", b"\xff"),
    ],
    ids=repr,
)
def test_bytes_that_are_no_text_are_wrong_usage(tmp_path: Path, args: tuple[Any, ...]) -> None:
    ran = run_cvd(tmp_path, *args)
    assert (ran.code, ran.out) == (2, "")
    assert "no text" in ran.err


@pytest.mark.skipif(sys.platform == "win32", reason="no shell")
def test_secrets_that_nobody_can_type_are_wrong_usage(tmp_path: Path) -> None:
    """No terminal, and nothing on stdin; also when stdin is closed."""
    command = f"exec {sys.executable} -m cvd_desktop codes set --machine 7 <&-"
    closed = subprocess.run(
        ["/bin/sh", "-c", command], env=environment(tmp_path), capture_output=True, text=True
    )
    assert (closed.returncode, closed.stdout) == (2, "")
    assert "no codes" in closed.stderr
    empty = run_cvd(tmp_path, "codes", "set", "--machine", "7")
    assert (empty.code, empty.out) == (2, "")


def _app_that_fails(error: Exception) -> typer.Typer:
    app = build_app()

    @app.command("fail")
    def fail(data_dir: DataDir) -> None:
        raise error

    return app


def test_problem_is_told_in_words_with_its_exit_code(tmp_path: Path) -> None:
    problem = Problem("port_busy", ExitCode.NO_ANSWER, port="/dev/ttyS7")
    app = _app_that_fails(problem)
    result = CliRunner().invoke(app, ["fail", "--data-dir", str(tmp_path)])
    assert result.exit_code == 3
    assert "Another program uses /dev/ttyS7." in result.stderr
    assert "Who acts: you." in result.stderr
    assert result.stdout == ""


def test_bug_ends_with_1_and_leaves_a_report_in_the_data_folder(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    app = _app_that_fails(ZeroDivisionError("a bug"))
    result = CliRunner().invoke(app, ["fail", "--data-dir", str(tmp_path / "data")])
    assert result.exit_code == 1
    assert "ZeroDivisionError" in result.stderr
    assert "Traceback" not in result.stderr
    report = (tmp_path / "data" / "logs" / "cvd.log").read_text(encoding="utf-8")
    assert "ZeroDivisionError: a bug" in report
    caplog.clear()


def test_what_is_logged_goes_into_the_log_and_not_between_the_sentences(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    app = build_app()
    log = logging.getLogger("cvd_desktop.sync.somewhere")

    @app.command("warn")
    def warn(data_dir: DataDir) -> None:
        log.warning("something odd")
        print_line("done")

    result = CliRunner().invoke(app, ["warn", "--data-dir", str(tmp_path)])
    assert (result.exit_code, result.stdout, result.stderr) == (0, "done\n", "")
    assert "something odd" in (tmp_path / "logs" / "cvd.log").read_text(encoding="utf-8")
    gone = tmp_path / "wiped"
    assert CliRunner().invoke(app, ["warn", "--data-dir", str(gone)]).exit_code == 0
    assert not gone.exists()
    caplog.clear()


def test_no_text_of_others_commands_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    print_table(["Reason"], [["a\x1b]0;owned\x07\x9b2J\x08 bell"]])
    say("\x1b[2J")
    out, err = capsys.readouterr()
    assert not {"\x1b", "\x07", "\x9b", "\x08"} & set(out + err)
    assert "bell" in out


@pytest.mark.parametrize(
    ("value", "decimals", "text"),
    [(None, 2, "?"), (5, 2, "0.05"), (-1234, 2, "-12.34"), (7, 0, "7"), (7, None, "7")],
)
def test_amounts_are_shown_with_their_decimals(
    value: int | None, decimals: int | None, text: str
) -> None:
    assert shown(value, decimals) == text


def test_dex_show_says_what_a_file_says(tmp_path: Path) -> None:
    file = tmp_path / "audit.dex"
    file.write_bytes(
        b"DXS*QRS7654321*VA*V0/6*1\r\nST*001*0001\r\nID1*112233445566*ABC1234****777888999\r\n"
        b"VA1*400*5*150*2\r\nPA1*A\xff1*50\r\nPA2*1*50*1*50\r\nG85*0000\r\nSE*7*0001\r\n"
        b"DXE*1*1\r\nrubbish\r\n"
    )
    ran = run_cvd(tmp_path, "dex", "show", str(file), "--json")
    assert ran.code == 0
    (report,) = ran.json["reports"]
    assert report["machine"]["asset_number"] == "777888999"
    assert report["totals"]["value_of_paid_vends_since_init"] == 400
    assert report["selections"][0]["selection"] == "A\xff1"
    assert report["integrity"]["g85"] == "mismatch"
    assert ran.json["outside"] == ["rubbish"]
    text = run_cvd(tmp_path, "dex", "show", str(file))
    assert text.code == 0
    assert "777888999" in text.out
    assert not (tmp_path / "cvd.db").exists(), "a file can be shown without a database"


def test_file_without_a_report_and_file_that_is_not_there_end_with_2(tmp_path: Path) -> None:
    file = tmp_path / "empty.dex"
    file.write_bytes(b"")
    ran = run_cvd(tmp_path, "dex", "show", str(file), "--json")
    assert ran.code == 2
    told = json.loads(ran.out)
    assert (told["reports"], told["outside"]) == ([], [])
    assert "no EVA-DTS report" in ran.err
    assert run_cvd(tmp_path, "dex", "show", str(tmp_path / "nowhere")).code == 2
    assert run_cvd(tmp_path, "dex", "show", str(tmp_path)).code == 2
