"""Reading by either link: found out, remembered, retried where that is safe, codes with care."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from cvd_desktop.devices.virtual_machine import virtual_machine
from cvd_desktop.domain.problem import ExitCode, Problem
from cvd_desktop.domain.records import ReadStep, RecordState
from cvd_desktop.services.assign_read import assign_read
from cvd_desktop.services.export_reads import export_reads
from cvd_desktop.services.import_reads import import_files
from cvd_desktop.services.import_reasons import left_words
from cvd_desktop.services.machines import machine_reads
from cvd_desktop.services.outbox import list_outbox
from cvd_desktop.services.pass_codes import keep_codes
from cvd_desktop.services.practice_machine import PracticeMachine
from cvd_desktop.services.read_machine import ReadOutcome, read_machine
from cvd_desktop.services.reads import list_reads, raw_bytes, read_detail
from cvd_desktop.services.workplace import Workplace
from cvd_desktop.storage import link_store
from cvd_desktop.storage.link_store import KnownLink
from cvd_shared.wire_events import ReadRecorded
from cvd_shared.wire_records import MachineRecord
from tests.support.local_workplace import tell_snapshot, workplace
from tests.support.simple_report import simple_report

LONG = simple_report({"1": 5}, filler=40)  # several blocks, asset number A-1


@pytest.fixture
def wp(tmp_path: Path) -> Iterator[Workplace]:
    with workplace(tmp_path) as opened:
        yield opened


def read(
    wp: Workplace, *faults: str, link: str = "ddcmp", baud_rate: int = 38_400, **more: object
) -> ReadOutcome:
    """A read of a virtual DDCMP machine whose eye begins at `baud_rate`."""
    more.setdefault("baud_rate", None if link == "auto" else baud_rate)
    more.setdefault("max_wait", 8.0)
    with virtual_machine(LONG, link="ddcmp", baud_rate=baud_rate, faults=faults) as machine:
        return read_machine(wp, machine.device, link=link, **more)  # type: ignore[arg-type]


def sent(wp: Workplace) -> list[ReadRecorded]:
    return [ReadRecorded.model_validate(entry.payload) for entry in list_outbox(wp)]


def test_a_look_by_ddcmp_is_kept_judged_and_queued(wp: Workplace) -> None:
    steps: list[ReadStep] = []
    outcome = read(wp, on_step=steps.append)
    assert outcome.problem is None
    assert outcome.read is not None
    assert (outcome.read.link, outcome.read.machine_asset) == ("ddcmp", "A-1")
    assert raw_bytes(wp, outcome.read.id) == LONG
    assert read_detail(wp, outcome.read.id).verdict.states()["link"] == "ok"
    assert {step.phase for step in steps} >= {"answer", "handshake_1", "transfer"}
    assert [(op.link, op.purpose, op.complete) for op in sent(wp)] == [("ddcmp", "look", True)]


def test_a_collect_counts_when_its_end_is_acknowledged(wp: Workplace) -> None:
    outcome = read(wp, purpose="collect")
    assert outcome.problem is None
    assert [op.purpose for op in sent(wp)] == ["collect"]


def test_a_collect_without_that_acknowledgement_is_kept_as_a_look(wp: Workplace) -> None:
    outcome = read(wp, "no_finish_ack", purpose="collect")
    assert outcome.problem is not None
    assert outcome.problem.code == "finish_unconfirmed"
    assert outcome.problem.exit_code is ExitCode.BROKEN_OFF
    assert outcome.read is not None
    assert outcome.read.complete
    assert raw_bytes(wp, outcome.read.id) == LONG
    assert [(op.purpose, op.complete) for op in sent(wp)] == [("look", True)]
    assert read_detail(wp, outcome.read.id).verdict.transfer.code == "not_confirmed"


def test_a_session_that_broke_off_is_read_again_and_kept_once(wp: Workplace) -> None:
    told: list[float] = []
    with virtual_machine(LONG, baud_rate=115_200, faults=["give_up_after:2"]) as machine:
        outcome = read_machine(
            wp, machine.device, max_wait=8.0, on_bytes=lambda seconds, *_: told.append(seconds)
        )
    assert outcome.problem is None
    assert told == sorted(told), "one clock for both sessions"
    assert outcome.read is not None
    assert raw_bytes(wp, outcome.read.id) == LONG
    assert [each.id for each in list_reads(wp)] == [outcome.read.id]
    assert len(sent(wp)) == 1
    with wp.database.read() as connection:
        tries = link_store.attempts(connection)
    assert [(each.number, each.failure) for each in tries] == [(1, "broken_off"), (2, None)]
    assert tries[1].asset_number == "A-1"


def test_what_a_machine_speaks_is_found_out_and_remembered(wp: Workplace) -> None:
    outcome = read(wp, "strict_speed", link="auto", baud_rate=2400, max_wait=30.0)
    assert outcome.problem is None
    with wp.database.read() as connection:
        assert link_store.known_link(connection, "asset:A-1") == KnownLink("ddcmp", 2400)
    again = read(wp, "strict_speed", link="auto", baud_rate=2400, max_wait=30.0, asset_number="A-1")
    assert again.problem is None
    assert again.read is not None
    said = [data for _, sender, data in read_detail(wp, again.read.id).trace if sender == "R"]
    assert said[0].startswith(b"\x05\x06")  # START, and no ENQ of DEX/UCS before it


def test_codes_go_only_to_a_machine_that_has_refused_zeros(wp: Workplace) -> None:
    keep_codes(wp, "0012-3456", "0012-3456", asset_number="A-1")
    factory = read(wp, asset_number="A-1")
    assert factory.problem is None
    assert factory.read is not None
    trace = read_detail(wp, factory.read.id).trace
    assert not any(bytes.fromhex("12003456") in data for _, _, data in trace)
    assert not any(b"\x12\x00" in data[:16] for _, sender, data in trace if sender == "R")
    locked = read(wp, "codes:00123456", asset_number="A-1")
    assert locked.problem is None
    assert locked.read is not None


def test_wrong_codes_are_named_and_nothing_is_tried_again(wp: Workplace) -> None:
    outcome = read(wp, "codes:00123456", asset_number="A-1")
    assert outcome.problem is not None
    assert outcome.problem.code == "refused"
    assert outcome.problem.values["response"] == "codes"
    assert outcome.problem.exit_code is ExitCode.REFUSED


def test_a_practice_machine_never_reaches_the_outbox(wp: Workplace) -> None:
    practice = PracticeMachine(wp.data_dir, wp.clock)
    device = practice.start("snack", "dexucs", ())
    try:
        outcome = read_machine(wp, device, max_wait=8.0)
    finally:
        practice.stop()
    assert outcome.problem is None
    assert outcome.read is not None
    assert outcome.read.practice
    assert outcome.read.state is RecordState.RECORDED_HERE
    assert list_outbox(wp) == []
    with wp.database.read() as connection:
        assert link_store.attempts(connection) == []


def test_no_way_leads_from_a_practice_read_to_a_server(
    wp: Workplace, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Not a person's decision whose read it is, not a file of it that is imported again."""
    tell_snapshot(wp, [MachineRecord(id="m1", asset_number="A-1")])
    practice = PracticeMachine(wp.data_dir, wp.clock)
    device = practice.start("snack", "dexucs", (), baud_rate=400_000)
    try:
        outcome = read_machine(wp, device, machine_id="m1", max_wait=8.0)
    finally:
        practice.stop()
    assert outcome.read is not None
    with pytest.raises(Problem) as told:
        assign_read(wp, outcome.read.id, "m1")
    assert told.value.code == "read_of_practice"
    file = tmp_path_factory.mktemp("usb") / "practised.dex"
    export_reads(wp, [outcome.read.id], file)
    report = import_files(wp, [file])
    assert report.reads == ()
    assert [left.reason for left in report.skipped] == ["of_practice"]
    assert "practice machine" in left_words(report.skipped[0])
    assert list_outbox(wp) == []
    assert machine_reads(wp, "m1") == []


def test_our_own_collect_is_not_taken_for_a_reset_by_somebody_else(wp: Workplace) -> None:
    practice = PracticeMachine(wp.data_dir, wp.clock)
    device = practice.start("espresso", "ddcmp", ())
    try:
        outcomes = [
            read_machine(wp, device, link="ddcmp", purpose="collect", max_wait=8.0)
            for _ in range(2)
        ]
    finally:
        practice.stop()
    assert [outcome.problem for outcome in outcomes] == [None, None]
    last = outcomes[1].read
    assert last is not None
    assert read_detail(wp, last.id).verdict.plausibility.code == "continues"
