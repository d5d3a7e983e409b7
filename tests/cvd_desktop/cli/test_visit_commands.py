"""`cvd stop` and `cvd visit finish`: a visit recorded offline, and what cannot be recorded."""

import json
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from cvd_desktop.cli import build_app
from cvd_desktop.domain.clock import system_clock
from cvd_desktop.domain.problem import Problem
from cvd_desktop.services.outbox import list_outbox
from cvd_desktop.services.quick_visit import QuickVisit, record_visit
from cvd_desktop.services.stop import open_visit, stop_detail
from cvd_desktop.services.visit_draft import begin_visit, keep_edits
from cvd_desktop.services.words import words
from cvd_desktop.services.workplace import open_workplace
from cvd_desktop.sync.credentials import MemoryKeyStore
from cvd_shared.wire_records import PlanogramRecord
from tests.support.cvd_process import PASSPHRASE, run_cvd
from tests.support.day_operator import history, office, planogram, run
from tests.support.local_workplace import tell_snapshot


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A laptop of nobody: the run of today, machines with a history; m2 has two cabinets."""
    today = system_clock().astimezone().date().isoformat()
    slots = planogram("m2").slots
    second = tuple(each.model_copy(update={"cabinet": 2, "selection": "9"}) for each in slots[:1])
    doubled = PlanogramRecord(id="two", machine_id="m2", version=2, slots=(*slots, *second))
    folder = tmp_path_factory.mktemp("laptop")
    opened = open_workplace(folder, ask_passphrase=lambda: PASSPHRASE, key_store=MemoryKeyStore())
    try:
        tell_snapshot(opened, [*office(), run(day=today), doubled])
        for machine_id in ("m1", "m2", "m3"):
            tell_snapshot(opened, history(machine_id))
    finally:
        opened.close()
    return folder


@pytest.fixture(autouse=True)
def passphrase(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CVD_PASSPHRASE", PASSPHRASE)


@pytest.fixture
def folder(made: Path, tmp_path: Path) -> Path:
    """A copy of it for one test."""
    return Path(shutil.copytree(made, tmp_path / "data"))


def cvd(folder: Path, *args: str) -> Result:
    return CliRunner().invoke(build_app(), [*args, "--data-dir", str(folder)])


def finish(folder: Path, *args: str, machine: str = "10001") -> Result:
    return cvd(folder, "visit", "finish", "--machine", machine, *args)


def visits(folder: Path) -> list[dict[str, object]]:
    opened = open_workplace(folder)
    try:
        entries = [each for each in list_outbox(opened) if each.type == "visit.finished"]
    finally:
        opened.close()
    return [each.payload for each in reversed(entries)]


def test_a_whole_visit_in_one_command(folder: Path) -> None:
    ran = run_cvd(
        folder,
        *("visit", "finish", "--machine", "10001", "--fill-to-par", "--fill", "A2=1"),
        *("--removed", "A3=2", "--spoiled", "A1=1:expired", "--spoiled", "a1=1:damaged"),
        *("--bag", "0048 2217", "--counted", "411.70", "--note", "Lamp out.", "--json"),
    )
    assert ran.code == 0, ran.err
    told = ran.json
    assert (told["machine"], told["filled"], told["to_count"]) == ("10001", 14, [])
    assert told["stop_done"] is False
    (visit,) = visits(folder)
    assert visit["visit_id"] == told["id"]
    assert (visit["stop_id"], visit["note"]) == ("s1", "Lamp out.")
    assert visit["cash"]["bag"] == "00482217"  # type: ignore[index]
    assert visit["cash"]["counted"] == 41170  # type: ignore[index]
    lines = {line["slot"]: line for line in visit["lines"]}  # type: ignore[attr-defined]
    assert {
        label: (line["removed"], line["filled"], line["after"]) for label, line in lines.items()
    } == {"A1": (0, 8, 8), "A2": (0, 1, 6), "A3": (2, 5, 8), "A4": (0, 0, 8)}
    assert sum(each["units"] for each in lines["A1"]["spoiled"]) == 2


def test_the_last_machine_of_the_stop_ends_it(folder: Path) -> None:
    assert finish(folder).exit_code == 0
    ran = finish(folder, "--json", machine="10002")
    assert json.loads(ran.stdout)["stop_done"] is True


def test_one_stop_as_people_and_as_scripts_read_it(folder: Path) -> None:
    ran = cvd(folder, "stop")
    assert ran.exit_code == 0, ran.stderr
    assert "Stop 1 of 3: Harbour Works (open)" in ran.stdout
    assert "Salted crisps" in ran.stdout
    told = json.loads(cvd(folder, "stop", "--stop", "s2", "--json").stdout)
    assert (told["stop"], told["number"], told["of"], told["machine"]) == ("s2", 2, 3, "10003")
    first = told["slots"][0]
    assert (first["slot"], first["stock"], first["par"], first["put_in"]) == ("A1", 2, 8, 0)
    lone = json.loads(cvd(folder, "stop", "--machine", "10005", "--json").stdout)
    assert (lone["stop"], lone["slots"][0]["stock"]) == (None, None)


def test_what_is_missing_is_said_of_a_visit_under_way(folder: Path) -> None:
    opened = open_workplace(folder)
    begin_visit(opened, "m1", "run1", "s1")
    opened.close()
    ran = cvd(folder, "stop", "--json")
    told = {each["code"]: each["text"] for each in json.loads(ran.stdout)["missing"]}
    assert "no_bag" in told
    assert "there is no bag" in told["no_bag"]
    assert "The machine was not read." in cvd(folder, "stop").stderr


def test_a_visit_that_was_begun_in_the_window_goes_on(folder: Path) -> None:
    opened = open_workplace(folder)
    visit_id = begin_visit(opened, "m1", "run1", "s1")
    keep_edits(opened, visit_id, stop_detail(opened).visit.sheet.all_to_par().edits)
    opened.close()
    ran = finish(folder, "--bag", "77", "--json")
    assert json.loads(ran.stdout)["id"] == visit_id
    (visit,) = visits(folder)
    assert len(visit["lines"]) == 4  # type: ignore[arg-type]
    assert visit["cash"]["bag"] == "77"  # type: ignore[index]


def test_slots_that_nobody_knows_are_left_alone_and_named(folder: Path) -> None:
    ran = finish(folder, "--fill-to-par", machine="10005")
    assert ran.exit_code == 0
    assert "A1, A2, A3, A4" in ran.stderr
    assert visits(folder)[0]["lines"] == []


def test_two_cabinets_have_their_own_slots(folder: Path) -> None:
    ran = finish(folder, "--fill", "2/A1=2", "--fill", "1/A1=3", machine="10002")
    assert ran.exit_code == 0, ran.stderr
    lines = visits(folder)[0]["lines"]
    assert [(each["cabinet"], each["filled"]) for each in lines] == [(1, 3), (2, 2)]  # type: ignore[attr-defined]


REFUSED = (
    (QuickVisit("10001", fills=["A1=9"]), "sheet_above_capacity"),
    (QuickVisit("10001", fills=["A1=-1"]), "sheet_not_a_number"),
    (QuickVisit("10001", fills=["A1=two"]), "sheet_not_a_number"),
    (QuickVisit("10001", fills=["A1"]), "slot_unreadable"),
    (QuickVisit("10001", fills=["=3"]), "slot_unreadable"),
    (QuickVisit("10001", fills=["Z9=1"]), "sheet_no_such_slot"),
    (QuickVisit("10002", fills=["A1=1"]), "slot_ambiguous"),
    (QuickVisit("10002", fills=["3/A1=1"]), "sheet_no_such_slot"),
    (QuickVisit("10001", removed=["A1=3"]), "sheet_below_zero"),
    (QuickVisit("10001", spoiled=["A1=1"]), "slot_unreadable"),
    (QuickVisit("10001", spoiled=["A1=1:stolen"]), "spoil_reason_unknown"),
    (QuickVisit("10001", bag="B-m3-0301"), "bag_used"),
    (QuickVisit("10001", counted="5"), "amount_without_bag"),
    (QuickVisit("10001", bag="---", counted="5"), "bag_unreadable"),
    (QuickVisit("10001", bag="77", counted="4.5"), "amount_unreadable"),
    (QuickVisit("10001", bag="77", counted="-4.50"), "amount_unreadable"),
    (QuickVisit("10001", bag="77", counted="much"), "amount_unreadable"),
    (QuickVisit("10001", bag="7" * 65), "visit_text_too_long"),
    (QuickVisit("10001", note="x" * 2001), "visit_text_too_long"),
    (QuickVisit("99999"), "machine_not_here"),
)


def test_what_cannot_be_is_refused_and_nothing_is_recorded(folder: Path) -> None:
    ran = finish(folder, "--fill", "A1=9")
    assert ran.exit_code == 2
    assert "At most 8 fit here." in ran.stderr
    opened = open_workplace(folder)
    try:
        for quick, code in REFUSED:
            with pytest.raises(Problem) as caught:
                record_visit(opened, quick)
            said = words(caught.value.code, caught.value.values)
            assert caught.value.code == code
            assert "{" not in said.what + said.do
        assert open_visit(opened) is None
        assert list_outbox(opened) == []
    finally:
        opened.close()
