"""Writing to machines that sell, on real ptys and both links: done, proven, told, never lost."""

import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from cvd_desktop.devices.virtual_machine import virtual_machine
from cvd_desktop.domain.problem import ExitCode, Problem
from cvd_desktop.domain.write_records import Wanted, WriteOutcome, WritePlan, WriteStep
from cvd_desktop.services.machines import machine_by_asset
from cvd_desktop.services.outbox import list_outbox
from cvd_desktop.services.pass_codes import keep_codes
from cvd_desktop.services.ports import virtual_ports_folder
from cvd_desktop.services.practice_machine import SellingMachine, practice_model
from cvd_desktop.services.reads import list_reads
from cvd_desktop.services.recover_writes import recover_writes
from cvd_desktop.services.workplace import Workplace
from cvd_desktop.services.write_machine import plan_machine_write, write_machine
from cvd_desktop.storage import outbox_store, write_store
from cvd_desktop.storage import sync_meta_store as meta
from cvd_shared.wire_records import MachineRecord
from tests.support.local_workplace import tell_snapshot, workplace

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="ptys are Unix's")

BAUD = 200_000
WAIT = 4.0
ASSET = "90001"  # of every machine that is ready to practise with


@dataclass
class Bench:
    """A workplace and one machine that sells; every session has the machine on a new port."""

    wp: Workplace
    source: SellingMachine
    link: str = "dexucs"
    practice: bool = False

    def plan(self, wanted: Wanted, **more: Any) -> WritePlan:
        with self.machine() as port:
            return plan_machine_write(self.wp, port, wanted, link=self.link, max_wait=WAIT, **more)

    def write(self, wanted: Wanted, faults: Sequence[str] = (), **more: Any) -> WriteOutcome:
        plan = self.plan(wanted)
        with self.machine(faults) as port:
            return write_machine(self.wp, port, plan, max_wait=WAIT, **more)

    def machine(self, faults: Sequence[str] = ()) -> "_Port":
        return _Port(self, faults)

    @property
    def events(self) -> list[dict[str, Any]]:
        """Payloads of the writes in the outbox."""
        return [
            dict(entry.payload) for entry in list_outbox(self.wp) if entry.type == "machine.written"
        ]

    @property
    def selections(self) -> list[str]:
        return list(self.source.model.slots)

    def price(self, selection: str) -> int:
        return self.source.model.slots[selection].price


class _Port:
    def __init__(self, bench: Bench, faults: Sequence[str]) -> None:
        self._running = virtual_machine(
            bench.source,
            link=bench.link,
            baud_rate=9600 if bench.link == "ddcmp" else BAUD,
            faults=faults,
            registry=virtual_ports_folder(bench.wp.data_dir),
            practice=bench.practice,
        )

    def __enter__(self) -> str:
        return self._running.__enter__().device

    def __exit__(self, *error: Any) -> None:
        self._running.__exit__(*error)


@pytest.fixture
def wp(tmp_path: Path) -> Iterator[Workplace]:
    with workplace(tmp_path) as opened:
        yield opened


def bench(wp: Workplace, model: str, link: str = "dexucs") -> Bench:
    source = practice_model(model)
    assert isinstance(source, SellingMachine)
    return Bench(wp, source, link)


def results(outcome: WriteOutcome) -> dict[str, tuple[str, str | None]]:
    return {
        line.change.selection or line.change.what: (line.result, line.found)
        for line in outcome.lines
    }


def test_a_machine_that_insists_on_sending_is_told_from_an_echo(wp: Workplace) -> None:
    at_work = bench(wp, "snack")
    plan = at_work.plan(Wanted(prices={at_work.selections[0]: 175}))
    with at_work.machine(["machine_master"]) as port:
        outcome = write_machine(wp, port, plan, max_wait=10.0)
    assert outcome.problem is not None
    assert (outcome.problem.code, outcome.exit_code) == ("refused", ExitCode.REFUSED)
    assert outcome.problem.values["response"] == "master"


@pytest.mark.parametrize(("model", "link"), [("snack", "dexucs"), ("coffee", "ddcmp")])
def test_settings_are_taken_proven_and_told_as_one_event(
    wp: Workplace, model: str, link: str
) -> None:
    on = bench(wp, model, link)
    first, second = on.selections[:2]
    before = on.price(first)
    wanted = Wanted(
        prices={first: "9.85", second: on.price(second)},
        asset_number="A-77",
        clock=True,
        interval_reset=True,
    )
    steps: list[WriteStep] = []
    outcome = on.write(wanted, on_step=steps.append)
    assert on.price(first) == 985
    assert on.source.model.state.asset_number == "A-77"
    assert results(outcome) == {
        first: ("accepted", "985"),
        "asset_number": ("accepted", "A-77"),
        "clock": ("accepted", outcome.lines[2].found),
        "interval_reset": ("accepted", "0"),
    }
    assert outcome.exit_code is ExitCode.DONE
    assert (outcome.answered, outcome.code, outcome.problem) == (True, None, None)
    assert {step.stage for step in steps} == {"write", "proof"}
    (event,) = on.events
    assert (event["link"], event["answer"]) == (link, {"ok": True, "code": None})
    assert event["asset_number"] == ASSET
    price = event["changes"][0]
    assert (price["before"], price["after"], price["outcome"]) == (str(before), "985", "accepted")
    reads = {read.id for read in list_reads(wp)}
    assert {event["before_read_id"], event["proof_read_id"]} == reads


def test_a_preview_changes_nothing(wp: Workplace) -> None:
    on = bench(wp, "snack")
    first = on.selections[0]
    before = on.price(first)
    plan = on.plan(Wanted(prices={first: before + 5}))
    assert [line.before for line in plan.changes] == [str(before)]
    assert on.price(first) == before
    assert on.events == []
    assert len(list_reads(wp)) == 1  # the look is kept


def test_a_machine_that_rounds_prices_is_found_out(wp: Workplace) -> None:
    on = bench(wp, "combo")
    first = on.selections[0]
    outcome = on.write(Wanted(prices={first: 187}))
    assert results(outcome) == {first: ("different", "185")}
    assert outcome.exit_code is ExitCode.REFUSED
    assert on.events[0]["changes"][0]["found"] == "185"


def test_a_machine_that_passes_over_it_all_is_found_out(wp: Workplace) -> None:
    """It acknowledges every block, and its door is closed."""
    on = bench(wp, "snack")
    on.source.behave({"door_closed": ""})
    first = on.selections[0]
    before = on.price(first)
    outcome = on.write(Wanted(prices={first: before + 5}))
    assert outcome.answered
    assert results(outcome) == {first: ("ignored", str(before))}
    assert outcome.exit_code is ExitCode.REFUSED


def test_a_refusal_is_told_and_recorded(wp: Workplace) -> None:
    on = bench(wp, "snack")
    outcome = on.write(Wanted(prices={on.selections[0]: 5}), faults=["write_code:01"])
    assert outcome.problem is not None
    assert (outcome.problem.code, outcome.exit_code) == ("write_refused", ExitCode.REFUSED)
    assert outcome.proof_read_id is None
    (event,) = on.events
    assert event["answer"] == {"ok": False, "code": "01"}
    assert [change["outcome"] for change in event["changes"]] == ["unproven"]


def test_a_write_that_breaks_off_is_looked_at_again_and_recorded(wp: Workplace) -> None:
    on = bench(wp, "snack")
    first = on.selections[0]
    before = on.price(first)
    outcome = on.write(Wanted(prices={first: before + 5}), faults=["write_nak_always"])
    assert outcome.problem is not None
    assert (outcome.problem.code, outcome.exit_code) == ("write_broken_off", ExitCode.BROKEN_OFF)
    assert results(outcome) == {first: ("ignored", str(before))}
    (event,) = on.events
    assert event["answer"]["ok"] is False
    assert event["proof_read_id"] is not None


def test_where_nothing_was_sent_nothing_is_recorded(wp: Workplace) -> None:
    on = bench(wp, "snack")
    plan = on.plan(Wanted(prices={on.selections[0]: 5}))
    outcome = write_machine(wp, "/dev/no-such-port", plan, max_wait=1)
    assert outcome.problem is not None
    assert (outcome.problem.code, outcome.exit_code) == ("port_missing", ExitCode.NO_ANSWER)
    assert on.events == []
    assert recover_writes(wp) == 0


def test_a_machine_with_codes_is_written_to_with_those_that_are_kept(wp: Workplace) -> None:
    on = bench(wp, "coffee", "ddcmp")
    keep_codes(wp, "1A2B-3C4D", "1A2B-3C4D", asset_number=ASSET)
    wanted = Wanted(prices={on.selections[0]: 985})
    sent: list[bytes] = []
    with on.machine(["codes:1A2B3C4D"]) as port:
        plan = plan_machine_write(wp, port, wanted, link="ddcmp", asset_number=ASSET, max_wait=WAIT)
    with on.machine(["codes:1A2B3C4D"]) as port:
        outcome = write_machine(
            wp, port, plan, max_wait=WAIT, on_bytes=lambda _, who, data: sent.append(data)
        )
    assert outcome.problem is None
    assert results(outcome) == {on.selections[0]: ("accepted", "985")}
    assert bytes.fromhex("1A2B3C4D") in b"".join(sent)


def test_practice_never_reaches_the_server(wp: Workplace) -> None:
    on = bench(wp, "snack")
    on.practice = True
    outcome = on.write(Wanted(prices={on.selections[0]: 985}))
    assert results(outcome) == {on.selections[0]: ("accepted", "985")}
    assert not outcome.recorded
    assert list_outbox(wp) == []


def test_the_wrong_machine_is_not_written_to(wp: Workplace) -> None:
    tell_snapshot(
        wp,
        [
            MachineRecord(id="m1", asset_number="A-1", serial_number="S1"),
            MachineRecord(id="m2", asset_number=ASSET, serial_number="90001001"),
        ],
    )
    assert machine_by_asset(wp, "A-1") is not None
    on = bench(wp, "snack")
    with pytest.raises(Problem, match="write_other_machine") as problem:
        on.plan(Wanted(clock=True), machine_id="m1")
    assert problem.value.values == {"meant": "A-1", "found": ASSET}


def test_who_may_not_write_is_told_before_the_port_is_touched(wp: Workplace) -> None:
    session = (
        '{"server": "https://x.test", "user_id": "u1", "user_name": "driver07", "role": "driver",'
        ' "operator_id": "op", "operator_name": "Op", "device_id": "d"}'
    )
    with wp.database.write() as connection:
        meta.put(connection, meta.SESSION, session)
    with pytest.raises(Problem, match="write_not_allowed"):
        plan_machine_write(wp, "/dev/no-such-port", Wanted(clock=True))


def test_what_cannot_be_a_price_is_told_before_the_port_is_touched(wp: Workplace) -> None:
    with pytest.raises(Problem, match="write_price_unreadable"):
        plan_machine_write(wp, "/dev/no-such-port", Wanted(prices={"A1": "cheap"}))
    with pytest.raises(Problem, match="write_nothing"):
        plan_machine_write(wp, "/dev/no-such-port", Wanted())


def test_the_intention_of_a_dead_program_becomes_its_event_once(wp: Workplace) -> None:
    payload = {
        "write_id": "w1", "at": "2026-11-21T09:00:00.000Z", "link": "dexucs",
        "changes": [{"what": "clock", "after": "now", "outcome": "unproven"}],
        "answer": {"ok": False, "code": "interrupted"},
    }  # fmt: skip
    fact = {"payload": payload, "actor": None, "occurred_at": "2026-11-21T09:00:00.000Z"}
    with wp.database.write() as connection:
        write_store.open_write(connection, "w1", fact)
    with wp.hold("write-w1"):
        assert recover_writes(wp) == 0  # it is running right now
    assert recover_writes(wp) == 1
    assert recover_writes(wp) == 0
    (entry,) = list_outbox(wp)
    assert (entry.type, entry.payload["write_id"]) == ("machine.written", "w1")


def test_a_disk_that_is_full_after_the_write_hides_nothing_and_loses_nothing(
    wp: Workplace, monkeypatch: pytest.MonkeyPatch
) -> None:
    on = bench(wp, "snack")
    first = on.selections[0]

    def full(*_: object, **__: object) -> None:
        raise Problem("disk_full", ExitCode.USAGE)

    with monkeypatch.context() as patched:

        def fill(step: WriteStep) -> None:
            if step.stage == "proof":
                patched.setattr(outbox_store, "append", full)

        outcome = on.write(Wanted(prices={first: 985}), on_step=fill)
    assert (outcome.answered, outcome.recorded) == (True, False)
    assert outcome.proof_problem is not None
    assert outcome.proof_problem.code == "disk_full"
    assert outcome.exit_code is not ExitCode.DONE
    assert {line.result for line in outcome.lines} == {"unproven"}
    assert recover_writes(wp) == 1
    assert recover_writes(wp) == 0
    (event,) = on.events
    assert event["write_id"] == outcome.write_id
    assert (event["answer"]["code"], event["changes"][0]["outcome"]) == ("interrupted", "unproven")
