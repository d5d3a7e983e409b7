"""Reading a machine: kept whatever happens, judged, queued; every failure said and survived."""

import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from cvd_desktop.devices.virtual_machine import virtual_machine
from cvd_desktop.domain.problem import ExitCode, Problem
from cvd_desktop.domain.records import ReadStep, RecordState
from cvd_desktop.services import parsed_read
from cvd_desktop.services.outbox import list_outbox
from cvd_desktop.services.read_machine import ReadOutcome, read_machine
from cvd_desktop.services.reads import list_reads, raw_bytes, read_detail
from cvd_desktop.services.recover_reads import recover_reads
from cvd_desktop.services.workplace import Workplace
from cvd_shared.canonical import sha256_hex
from cvd_shared.read_verdict import State
from cvd_shared.wire_events import ReadRecorded
from cvd_shared.wire_records import (
    MachineRecord,
    PlanogramRecord,
    PlanogramSlot,
    ProductRecord,
    ReadRecord,
)
from tests.support.local_workplace import tell_snapshot, workplace
from tests.support.simple_report import simple_report

BAUD = 400_000
LONG = simple_report({"1": 5}, filler=40)  # several blocks

MACHINE = MachineRecord(id="m1", asset_number="A-1", serial_number="S100", currency="EUR")
OTHER = MachineRecord(id="m2", asset_number="B-2", serial_number="S200")
PLANOGRAM = PlanogramRecord(
    id="p1",
    machine_id="m1",
    slots=(
        PlanogramSlot(
            label="A1", selection="1", row=1, column=1, product_id="crisps", capacity=9, par=9,
            price=125,
        ),
        PlanogramSlot(
            label="A2", selection="02", row=1, column=2, product_id="nuts", capacity=9, par=9,
            price=150,
        ),
        PlanogramSlot(
            label="A3", selection="3", row=1, column=3, product_id="nuts", capacity=9, par=9,
            price=150,
        ),
    ),
)  # fmt: skip
PRODUCTS = (
    ProductRecord(id="crisps", sku="1", name="Crisps"),
    ProductRecord(id="nuts", sku="2", name="Nuts"),
)


@pytest.fixture
def wp(tmp_path: Path) -> Iterator[Workplace]:
    with workplace(tmp_path) as opened:
        yield opened


def _read(wp: Workplace, report: bytes, *faults: str, **more: object) -> ReadOutcome:
    more.setdefault("tries", 1)
    with virtual_machine(report, baud_rate=BAUD, faults=faults) as machine:
        return read_machine(wp, machine.device, max_wait=5.0, **more)  # type: ignore[arg-type]


def test_whole_read_is_kept_judged_and_queued(wp: Workplace) -> None:
    steps: list[ReadStep] = []
    outcome = _read(wp, LONG, on_step=steps.append, purpose="collect")
    assert outcome.problem is None
    assert outcome.read is not None
    assert outcome.read.complete
    assert outcome.read.machine_asset == "A-1"
    assert outcome.read.state is RecordState.RECORDED_HERE
    assert raw_bytes(wp, outcome.read.id) == LONG
    detail = read_detail(wp, outcome.read.id)
    assert detail.verdict.states() == {
        "link": "ok",
        "transfer": "ok",
        "integrity": "ok",
        "mapping": "unknown",
        "plausibility": "unknown",
    }
    assert detail.blocks == steps[-1].blocks > 3
    assert b"".join(data for _, sender, data in detail.trace if sender == "M").count(b"\x04") == 2
    assert list(dict.fromkeys(step.phase for step in steps)) == [
        "port",
        "answer",
        "handshake_1",
        "handshake_2",
        "transfer",
        "check",
    ]
    (entry,) = list_outbox(wp)
    payload = ReadRecorded.model_validate(entry.payload)
    assert payload.read_id == outcome.read.id
    assert (payload.complete, payload.purpose, payload.size) == (True, "collect", len(LONG))
    assert payload.raw_sha256 == sha256_hex(LONG)
    assert entry.blobs == (payload.raw_sha256,)
    assert list((wp.data_dir / "locks").glob("read-*")) == []


def test_next_read_of_the_same_machine_is_compared_with_it(wp: Workplace) -> None:
    _read(wp, simple_report({"1": 5, "2": 1}))
    steps: list[ReadStep] = []
    outcome = _read(wp, simple_report({"1": 8, "2": 1}), asset_number="A-1", on_step=steps.append)
    assert outcome.read is not None
    detail = read_detail(wp, outcome.read.id)
    assert detail.verdict.plausibility.code == "continues"
    assert [(line.sold_before, line.sold_now, line.sold) for line in detail.selections] == [
        (5, 8, 3),
        (1, 1, 0),
    ]
    assert detail.selections[0].value == 375
    assert detail.previous_at == list_reads(wp)[1].at
    assert steps[-1].blocks_last_time == 1


def test_selections_stand_beside_their_planogram_slots(wp: Workplace) -> None:
    tell_snapshot(wp, [MACHINE, PLANOGRAM, *PRODUCTS])
    outcome = _read(wp, simple_report({"1": 5, "2": 1, "9": 0}))
    assert outcome.read is not None
    assert outcome.read.machine_id == "m1"
    detail = read_detail(wp, outcome.read.id)
    assert detail.verdict.mapping.code == "differs"
    assert [
        (line.selection, line.slot, line.product, line.price, line.planned_price)
        for line in detail.selections
    ] == [
        ("1", "A1", "Crisps", 125, 125),
        ("2", "A2", "Nuts", 125, 150),
        ("9", None, None, 125, None),
        ("3", "A3", "Nuts", None, 150),
    ]
    assert (detail.currency, detail.decimals) == ("USD", 2)


def test_read_that_another_laptop_took_in_between_counts_as_the_one_before(wp: Workplace) -> None:
    states = dict.fromkeys(("link", "transfer", "integrity", "mapping", "plausibility"), "ok")
    record = ReadRecord.model_validate(
        {
            "id": "r-elsewhere",
            "machine_id": "m1",
            "at": "2026-01-05T08:00:00.000Z",
            "purpose": "look",
            "link": "dexucs",
            "complete": True,
            "size": 9,
            "raw_sha256": "0" * 64,
            "verdict": states,
            "selections": {"1": (4, 500)},
        }
    )
    tell_snapshot(wp, [MACHINE, record])
    outcome = _read(wp, simple_report({"1": 9}))
    assert outcome.read is not None
    detail = read_detail(wp, outcome.read.id)
    assert detail.previous_at == datetime(2026, 1, 5, 8, tzinfo=UTC)
    assert detail.selections[0].sold == 5
    assert detail.verdict.plausibility.code == "continues"


@pytest.mark.parametrize("chosen", ["m2", None])
def test_another_machine_than_the_chosen_one_is_not_mixed_with_it(
    wp: Workplace, chosen: str | None
) -> None:
    tell_snapshot(wp, [MACHINE, OTHER])
    outcome = _read(wp, simple_report({"1": 5}), machine_id=chosen, asset_number="B-2")
    assert outcome.read is not None
    detail = read_detail(wp, outcome.read.id)
    assert detail.verdict.plausibility.code == "other_machine"
    assert outcome.read.machine_id == "m1"
    assert outcome.read.machine_asset == "A-1"


def test_machine_that_does_not_know_its_asset_number_is_the_chosen_one(wp: Workplace) -> None:
    tell_snapshot(wp, [MACHINE])
    outcome = _read(wp, simple_report({"1": 5}, asset_number=""), asset_number="A-1")
    assert outcome.read is not None
    assert (outcome.read.machine_id, outcome.read.machine_asset) == ("m1", "A-1")
    assert list_reads(wp, machine_id="m1") == [outcome.read]


def test_broken_off_read_is_kept_as_partial_and_queued_too(wp: Workplace) -> None:
    outcome = _read(wp, LONG, "hang_in_block:3")
    assert outcome.problem is not None
    assert outcome.problem.code == "broken_off"
    assert outcome.problem.exit_code is ExitCode.BROKEN_OFF
    assert outcome.problem.values["blocks"] == 2
    assert outcome.read is not None
    assert not outcome.read.complete
    kept = raw_bytes(wp, outcome.read.id)
    assert 0 < len(kept) < len(LONG)
    assert LONG.startswith(kept)
    assert read_detail(wp, outcome.read.id).verdict.transfer.code == "broken_off"
    (entry,) = list_outbox(wp)
    assert entry.payload["complete"] is False


@pytest.mark.parametrize(
    ("fault", "code", "exit_code"),
    [
        ("code:04", "refused", ExitCode.REFUSED),
        ("silent", "no_answer", ExitCode.NO_ANSWER),
        ("bad_crc_always", "bad_crc", ExitCode.BROKEN_OFF),
    ],
)
def test_failure_before_the_first_block_keeps_nothing_and_is_told(
    wp: Workplace, fault: str, code: str, exit_code: ExitCode
) -> None:
    with virtual_machine(LONG, baud_rate=BAUD, faults=[fault]) as machine:
        outcome = read_machine(wp, machine.device, max_wait=1.0)
    assert outcome.read is None
    assert outcome.problem is not None
    assert (outcome.problem.code, outcome.problem.exit_code) == (code, exit_code)
    assert list_reads(wp) == []
    assert list_outbox(wp) == []


def test_refusal_carries_the_machines_code(wp: Workplace) -> None:
    outcome = _read(wp, LONG, "code:01")
    assert outcome.problem is not None
    assert outcome.problem.values["response"] == "01"


def test_port_that_is_not_there_is_told(wp: Workplace, tmp_path: Path) -> None:
    outcome = read_machine(wp, str(tmp_path / "ttyNO"))
    assert outcome.read is None
    assert outcome.problem is not None
    assert outcome.problem.code == "port_missing"
    assert outcome.problem.exit_code is ExitCode.NO_ANSWER


def test_unplugged_in_the_middle_keeps_what_arrived(wp: Workplace) -> None:
    outcome = _read(wp, LONG, "unplug_after:900")
    assert outcome.problem is not None
    assert outcome.problem.code == "port_gone"
    assert outcome.problem.exit_code is ExitCode.BROKEN_OFF
    assert outcome.read is not None
    assert LONG.startswith(raw_bytes(wp, outcome.read.id))


@pytest.mark.parametrize(
    ("fault", "exit_code"),
    [("unplug_after:1", ExitCode.NO_ANSWER), ("unplug_after:20", ExitCode.BROKEN_OFF)],
)
def test_unplugged_before_the_first_block_tells_whether_the_machine_had_answered(
    wp: Workplace, fault: str, exit_code: ExitCode
) -> None:
    outcome = _read(wp, LONG, fault)
    assert outcome.read is None
    assert outcome.problem is not None
    assert (outcome.problem.code, outcome.problem.exit_code) == ("port_gone", exit_code)


def test_cancelled_in_the_middle_keeps_what_arrived(wp: Workplace) -> None:
    cancelled = threading.Event()

    def cancel(step: ReadStep) -> None:
        if step.blocks == 2:
            cancelled.set()

    outcome = _read(wp, LONG, on_step=cancel, cancelled=cancelled)
    assert outcome.problem is not None
    assert outcome.problem.code == "cancelled"
    assert outcome.read is not None
    assert not outcome.read.complete


def test_full_disk_in_the_middle_resets_nothing_and_loses_nothing(wp: Workplace) -> None:
    said: list[str] = []

    def fill(step: ReadStep) -> None:
        if step.blocks == 2:
            with wp.database.outside_transaction() as connection:
                pages = connection.exec_driver_sql("PRAGMA page_count").scalar()
                connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}")

    big = simple_report({"1": 5}, filler=900)
    with virtual_machine(big, baud_rate=4_000_000, on_event=said.append) as machine:
        outcome = read_machine(wp, machine.device, max_wait=5.0, on_step=fill)
    assert outcome.problem is not None
    assert outcome.problem.code == "disk_full"
    assert outcome.problem.exit_code is ExitCode.BROKEN_OFF
    assert not any("acknowledged" in line for line in said)
    with wp.database.outside_transaction() as connection:
        connection.exec_driver_sql("PRAGMA max_page_count = 1000000")
    recover_reads(wp)
    (kept,) = list_reads(wp)
    assert not kept.complete
    assert big.startswith(raw_bytes(wp, kept.id))


def test_bug_in_our_parser_costs_no_read(
    wp: Workplace, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(raw: bytes) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(parsed_read, "read_dex", broken)
    outcome = _read(wp, LONG)
    assert outcome.problem is None
    assert outcome.read is not None
    assert raw_bytes(wp, outcome.read.id) == LONG
    assert read_detail(wp, outcome.read.id).verdict.integrity.code == "our_fault"
    assert len(list_outbox(wp)) == 1
    caplog.clear()


def test_bytes_that_are_no_report_are_kept_and_queued(wp: Workplace) -> None:
    rubbish = bytes(range(32, 127)) * 3
    outcome = _read(wp, rubbish)
    assert outcome.read is not None
    assert outcome.read.complete
    assert raw_bytes(wp, outcome.read.id) == rubbish
    assert outcome.read.verdict["integrity"] == "failed"
    assert outcome.read.machine_asset is None


def test_empty_report_is_kept_because_the_machine_may_have_reset(wp: Workplace) -> None:
    outcome = _read(wp, b"")
    assert outcome.problem is None
    assert outcome.read is not None
    assert outcome.read.complete
    assert raw_bytes(wp, outcome.read.id) == b""
    assert outcome.read.verdict["link"] == "ok"
    assert read_detail(wp, outcome.read.id).verdict.integrity.state is State.UNKNOWN
    assert read_detail(wp, outcome.read.id).trace
    assert len(list_outbox(wp)) == 1


def test_an_unknown_read_is_told(wp: Workplace) -> None:
    for call in (raw_bytes, read_detail):
        with pytest.raises(Problem) as caught:
            call(wp, "nowhere")
        assert caught.value.exit_code is ExitCode.USAGE
