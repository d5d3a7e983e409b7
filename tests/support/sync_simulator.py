"""One seed is one history of a laptop, an office and a server, with everything that goes wrong.

Weighted steps, one thread, all chance from the seed. After each step what must always hold is
checked; at the end the faults stop and both sides have to become even within a few runs.
"""

import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import event, select
from sqlalchemy.engine import Engine

from cvd_desktop.domain.clock import to_wire
from cvd_desktop.domain.problem import Problem
from cvd_desktop.sync.access import load_session
from cvd_server import tables
from cvd_server.people import set_routes
from cvd_shared.wire_records import MachineRecord, ProductRecord, RunRecord
from tests.support.faulty_transport import FAULTS
from tests.support.sync_world import Laptop, World

EARLIEST = datetime(2016, 1, 1, tzinfo=UTC)
LATEST = datetime(2036, 1, 1, tzinfo=UTC)
SETTLES_IN = 6  # runs
NARROW = {"ops": 4, "rows": 3, "bytes": 6000}


class Crash(BaseException):
    """The program dies here."""


@dataclass
class History:
    """The state of one history: copies that lie about, and what counts as lost by physics."""

    world: World
    random: random.Random
    trace: list[str] = field(default_factory=list)
    happened: Counter[str] = field(default_factory=Counter)
    laptop_copies: list[Path] = field(default_factory=list)
    server_copies: list[Path] = field(default_factory=list)
    products: int = 0
    visits: list[str] = field(default_factory=list)

    @property
    def laptop(self) -> Laptop:
        return self.world.laptop

    def run(self, steps: int) -> None:
        names = list(STEPS)
        weights = [STEPS[name][0] for name in names]
        for _ in range(steps):
            name = self.random.choices(names, weights)[0]
            self.trace.append(name)
            self.happened[name] += 1
            STEPS[name][1](self)
            self.world.assert_sound(self.laptop)
        self.settle()

    def settle(self) -> None:
        """No more faults: within a few runs everything is even, and nothing had to be repaired."""
        self.world.laptop.line.deliver_late()
        for _ in range(SETTLES_IN):
            with self.laptop.wp.database.read() as connection:
                signed_in = load_session(connection) is not None
            if not signed_in:
                self.laptop.sign_in()
            report = self.laptop.sync()
            if report.problem == "sign_in_needed":
                self.laptop.sign_in()
            elif report.problem is None:
                break
        assert report.problem is None, report
        assert report.waiting == 0
        assert report.digest == "ok"
        self.world.assert_sound(self.laptop)
        self.world.assert_arrived(self.laptop)
        self.world.assert_converged(self.laptop)
        with_everything = self.laptop.sync()
        assert (with_everything.pushed, with_everything.pulled) == (0, 0), with_everything
        order = [e.op_id for e in self.laptop.events()]
        stream = self.world.stream_of(self.laptop)
        assert stream == [op_id for op_id in order if op_id in set(stream)]
        assert self.world.problems() == []
        self._assert_day_once()

    def _assert_day_once(self) -> None:
        """Every mark, order and amendment that was applied is in its record, once."""
        applied = Counter(
            row.op_id
            for row in self.world.log()
            if row.outcome == "applied"
            and row.type in ("stop.marked", "run.ordered", "visit.amended")
        )
        kept: Counter[str] = Counter()
        progress, visit = tables.run_progress, tables.visit
        with self.world.server.database.read() as connection:
            for column in (progress.c.marks, progress.c.orders, visit.c.amendments):
                for parts in connection.scalars(select(column)):
                    kept.update(part["id"] for part in parts)
        assert kept == applied


# --- the steps ----------------------------------------------------------------------------------


def _record(history: History) -> None:
    group = history.random.choice([None, None, f"visit-{history.laptop.new_id()}"])
    for _ in range(1 if group is None else history.random.randrange(2, 6)):
        history.laptop.record(machine_id=history.random.choice(["m1", "m2", None]), group=group)


def _day(history: History) -> None:
    """A mark, an order, a visit or an amendment, of runs and machines that may be gone."""
    laptop, choice = history.laptop, history.random.choice
    at = to_wire(laptop.clock())
    run = {"run_id": choice(["run1", "run2"]), "at": at}
    entity = ("run_progress", run["run_id"])
    what = choice(["mark", "mark", "order", "visit", "amend"])
    if what == "mark":
        state = choice(["arrived", "done", "skipped", "open"])
        laptop.append(
            "stop.marked", entity, run | {"stop_id": choice(["s1", "s2"]), "state": state}
        )
    elif what == "order":
        laptop.append("run.ordered", entity, run | {"stop_ids": choice([["s1"], ["s2", "s1"]])})
    elif what == "visit" or not history.visits:
        visit = {"visit_id": laptop.new_id(), "machine_id": choice(["m1", "m2", "m3"])}
        cash = choice([None, {"bag": f"B-{history.random.randrange(12)}"}])
        times = {"arrived_at": at, "finished_at": at}
        history.visits.append(visit["visit_id"])
        laptop.append(
            "visit.finished", ("visit", visit["visit_id"]), visit | times | {"cash": cash}
        )
    else:
        visit_id = choice(history.visits)
        amendment = {"amendment_id": laptop.new_id(), "visit_id": visit_id, "at": at}
        cash = {"bag": f"B-{history.random.randrange(12)}"}
        laptop.append(
            "visit.amended", ("visit", visit_id), amendment | {"reason": "mistyped", "cash": cash}
        )


def _plan(history: History) -> None:
    """The office plans a run, gives it to another route, or takes it back."""
    run = history.random.choice(["run1", "run2"])
    route = history.random.choice(["r1", "r2", None])
    with history.world.office() as feed:
        if route is None:
            feed.remove("run", [run])
        else:
            feed.put([RunRecord(id=run, route_id=route, day="2026-03-02")])


def _sync(history: History) -> None:
    faults = history.random.choices(list(FAULTS), k=history.random.randrange(8))
    faults = [fault if history.random.random() < 0.4 else "none" for fault in faults]
    report = history.laptop.sync(faults)
    history.happened[f"problem {report.problem}"] += 1
    if report.problem == "sign_in_needed":
        history.laptop.sign_in()


def _good_sync(history: History) -> None:
    report = history.laptop.sync()
    if report.problem == "sign_in_needed":
        history.laptop.sign_in()


def _crash(history: History) -> None:
    """The program dies before one of its statements, and is started again."""
    laptop = history.laptop
    left = history.random.randrange(60)

    def count(connection: Any, *_: Any) -> None:
        nonlocal left
        if connection.dialect.dbapi.__name__.startswith("sqlcipher3"):
            left -= 1
            if left < 0:
                raise Crash

    event.listen(Engine, "before_cursor_execute", count)
    try:
        if history.random.random() < 0.2:
            laptop.record()
        laptop.sync(history.random.choices(["none", "none", "none", "lose_answer"], k=6))
    except Crash:
        history.happened["died"] += 1
    finally:
        event.remove(Engine, "before_cursor_execute", count)
    laptop.close()
    laptop.open()


def _late(history: History) -> None:
    history.laptop.line.deliver_late()


def _office(history: History) -> None:
    machine = history.random.choice(["m1", "m2", "m3"])
    with history.world.office() as feed:
        row = feed.load("machine", [machine])[machine]
        record = MachineRecord.model_validate(dict(row))
        changes: dict[str, Any] = {"note": str(history.random.random())}
        if history.random.random() < 0.5:
            changes["route_id"] = history.random.choice(["r1", "r2", None])
        feed.put([record.model_copy(update=changes)])


def _catalogue(history: History) -> None:
    with history.world.office() as feed:
        if history.products and history.random.random() < 0.4:
            feed.remove("product", [f"n{history.random.randrange(history.products)}"])
            return
        for _ in range(history.random.randrange(1, 6)):
            name = f"n{history.products}"
            history.products += 1
            feed.put([ProductRecord(id=name, sku=name, name=name)])


def _grant(history: History) -> None:
    routes = history.random.choice([["r1"], ["r1", "r2"], ["r2"], []])
    with history.world.office() as feed:
        set_routes(feed, "u-driver07", routes)


def _copy_laptop(history: History) -> None:
    name = f"laptop{len(history.laptop_copies)}"
    history.laptop_copies.append(history.laptop.copy(name))


def _restore_laptop(history: History) -> None:
    """What was recorded since the copy and had not been sent is lost with the disk; no more."""
    if not history.laptop_copies:
        return
    laptop = history.laptop
    laptop.restore(history.random.choice(history.laptop_copies))
    here = {event.op_id for event in laptop.events()}
    laptop.told = {op_id: read for op_id, read in laptop.told.items() if op_id in here}


def _copy_server(history: History) -> None:
    history.server_copies = [history.world.copy_server()]


def _restore_server(history: History) -> None:
    if history.server_copies:
        history.world.restore_server(history.server_copies[0])


def _clock(history: History) -> None:
    history.laptop.clock.forward(hours=history.random.choice([-90_000, -1, 0.1, 2, 90_000]))
    history.laptop.clock.now = max(history.laptop.clock.now, EARLIEST)
    history.laptop.clock.now = min(history.laptop.clock.now, LATEST)


def _token(history: History) -> None:
    history.world.server.clock.move(minutes=history.random.choice([1, 20]))


def _sign_in(history: History) -> None:
    history.laptop.line.faults = history.random.choices(["none", "lose_answer"], k=2)
    try:
        history.laptop.sign_in()
    except Problem as problem:
        history.happened[f"sign-in {problem.code}"] += 1


STEPS: dict[str, tuple[int, Callable[[History], None]]] = {
    "record": (30, _record),
    "day": (12, _day),
    "plan": (2, _plan),
    "sync": (26, _sync),
    "good sync": (6, _good_sync),
    "crash": (10, _crash),
    "late delivery": (5, _late),
    "office": (7, _office),
    "catalogue": (5, _catalogue),
    "grant": (3, _grant),
    "copy laptop": (3, _copy_laptop),
    "restore laptop": (2, _restore_laptop),
    "copy server": (2, _copy_server),
    "restore server": (1, _restore_server),
    "clock": (2, _clock),
    "token": (4, _token),
    "sign in": (1, _sign_in),
}
