"""`cvd reads export` as its own program: one file, a pipe, what is wrong usage."""

import csv
import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.cvd_process import environment, run_cvd
from tests.support.simple_report import simple_report

ONE = simple_report({"1": 5})
TWO = simple_report({"1": 7}, asset_number="B-2", serial_number="S200")


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with a read of A-1 and a later one of B-2."""
    folder = tmp_path_factory.mktemp("export")
    for name, raw in (("20260301_0900.dex", ONE), ("20260302_0900.dex", TWO)):
        (folder / name).write_bytes(raw)
    ran = run_cvd(
        folder / "data", "reads", "import", *(str(path) for path in sorted(folder.glob("*.dex")))
    )
    assert ran.code == 0, ran.err
    return folder / "data"


def test_suffix_chooses_the_format_and_all_are_in_one_file(data: Path, tmp_path: Path) -> None:
    ran = run_cvd(data, "reads", "export", "--all", "-o", str(tmp_path / "all.dex"))
    assert ran.code == 0, ran.err
    assert (tmp_path / "all.dex").read_bytes() == ONE + TWO
    run_cvd(data, "reads", "export", "--all", "-o", str(tmp_path / "all.csv"))
    with (tmp_path / "all.csv").open(encoding="utf-8", newline="") as file:
        assert [row["machine"] for row in csv.DictReader(file)] == ["A-1", "B-2"]


def test_machine_and_format_can_be_named(data: Path, tmp_path: Path) -> None:
    out = tmp_path / "b.dex"
    ran = run_cvd(data, "reads", "export", "--machine", "B-2", "--format", "json", "-o", str(out))
    assert ran.code == 0, ran.err
    said = json.loads(out.read_text("utf-8"))
    assert [each["machine"]["asset_number"] for each in said["reports"]] == ["B-2"]
    ids = run_cvd(data, "reads", "--json").json["reads"]
    xlsx = tmp_path / "b.xlsx"
    assert run_cvd(data, "reads", "export", ids[0]["id"], "-o", str(xlsx)).code == 0
    assert xlsx.read_bytes().startswith(b"PK")


def test_pipe_gets_the_raw_bytes_and_nothing_else(data: Path) -> None:
    ran = subprocess.run(
        [sys.executable, "-m", "cvd_desktop", "reads", "export", "--machine", "A-1", "-o", "-"],
        env=environment(data),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=True,
    )
    assert ran.stdout == ONE
    assert ran.stderr == b""


@pytest.mark.parametrize(
    "arguments",
    [
        ["-o", "x.csv"],
        ["--all", "--machine", "A-1", "-o", "x.csv"],
        ["--all", "--format", "xlsx", "-o", "-"],
        ["--machine", "nobody", "-o", "x.csv"],
        ["nobody", "-o", "x.csv"],
    ],
    ids=["no read", "two choices", "workbook to a pipe", "no such machine", "no such read"],
)
def test_what_cannot_be_exported_is_wrong_usage(data: Path, arguments: list[str]) -> None:
    ran = run_cvd(data, "reads", "export", *arguments)
    assert ran.code == 2
    assert ran.out == ""
    assert ran.err
    assert not Path("x.csv").exists()
