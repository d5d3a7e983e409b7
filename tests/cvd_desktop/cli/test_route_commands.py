"""`cvd route` and `cvd pick-list`: what people read, and the JSON for scripts."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from cvd_desktop.cli import build_app
from cvd_desktop.domain.clock import system_clock
from cvd_desktop.services.load_truck import tick_product
from cvd_desktop.services.today import mark_stop
from cvd_desktop.services.workplace import open_workplace
from tests.support.cvd_process import PASSPHRASE, run_cvd
from tests.support.day_operator import history, office, run
from tests.support.local_workplace import tell_snapshot


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A laptop of nobody: the run of today, two machines with a history, one stop skipped."""
    monkeypatch.setenv("CVD_PASSPHRASE", PASSPHRASE)
    today = system_clock().astimezone().date().isoformat()
    opened = open_workplace(tmp_path)
    try:
        tell_snapshot(opened, [*office(), run(day=today), *history("m1"), *history("m4")])
        mark_stop(opened, "run1", "s2", "skipped", reason="closed")
        tick_product(opened, "run1", "p1", 10)
    finally:
        opened.close()
    return tmp_path


def cvd(folder: Path, *args: str) -> Result:
    return CliRunner().invoke(build_app(), [*args, "--data-dir", str(folder)])


def test_the_run_of_today(folder: Path) -> None:
    ran = cvd(folder, "route")
    assert ran.exit_code == 0, ran.stderr
    assert "Route 14" in ran.stdout
    assert "0 of 3 stops done, 1 skipped" in ran.stdout
    assert "Mill Street Gym" in ran.stdout
    told = run_cvd(folder, "route", "--json").json
    assert (told["run"]["id"], told["run"]["stops"], told["run"]["skipped"]) == ("run1", 3, 1)
    assert told["run"]["next_stop"] == "s1"
    first, second, third = told["stops"]
    assert (first["id"], first["state"], first["tasks"]) == ("s1", "open", ["fill", "collect"])
    assert first["machines"][0]["asset_number"] == "10001"
    assert first["machines"][0]["last_visit_at"] == "2026-03-01T05:10:00.000Z"
    assert (second["state"], second["reason"], second["at"][-1]) == ("skipped", "closed", "Z")
    assert third["window"] == {"from": "09:30", "to": "11:30"}
    assert third["must_do"]
    assert first["urgency"].keys() == {
        "sold_out", "low", "days_left", "cash_due", "days_since_service",
    }  # fmt: skip


def test_the_pick_list_of_today(folder: Path) -> None:
    ran = cvd(folder, "pick-list")
    assert ran.exit_code == 0, ran.stderr
    assert "Salted crisps" in ran.stdout
    told = json.loads(cvd(folder, "pick-list", "--json").stdout)
    line = told["lines"][0]
    assert (line["product"], line["place"], line["picked"]) == ("p1", "A-01", 10)
    assert (line["need"], line["on_truck"], line["to_pick"]) == (20, 0, 20)
    assert (line["cases"], line["case_size"], line["singles"]) == (1, 12, 8)
    reason = line["reasons"][0]
    assert (reason["machine"], reason["slot"], reason["stock"], reason["need"]) == (
        "10001", "A1", 2, 6,
    )  # fmt: skip
    assert [tote["machine"] for tote in told["totes"]] == ["10001", "10002", "10004"]
    assert sum(tote["units"] for tote in told["totes"]) == sum(
        each["need"] for each in told["lines"]
    )
    assert [(each["machine"], each["wanted"], each["gets"]) for each in told["shorts"]] == [
        ("10002", 8, 4), ("10004", 6, 0),
    ]  # fmt: skip


def test_without_a_run_it_says_what_to_do(folder: Path) -> None:
    ran = cvd(folder, "route", "--run", "another")
    assert ran.exit_code == 2
    assert ran.stdout == ""
    assert "Sync" in ran.stderr
