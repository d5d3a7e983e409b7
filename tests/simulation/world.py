"""The world of one history: a server, two or three laptops, two people, an office; and its end."""

import random
import shutil
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cvd_desktop.domain.problem import Problem
from cvd_desktop.services.sync_now import SyncReport
from cvd_desktop.storage.database import Database
from cvd_server import tables
from cvd_server.blob_uploads import find_lost
from cvd_server.replay import replay
from tests.simulation import invariants
from tests.simulation.chance import Chance, only_from
from tests.simulation.cheap_server import OPERATOR, CheapServer
from tests.simulation.crashes import BOMB
from tests.simulation.laptop import Copy, Draft, Laptop, empty_file, pooled_database
from tests.simulation.line import Line
from tests.simulation.oracle import Oracle
from tests.support.local_database import ManualClock

SETTLES_IN = 12  # rounds of all laptops
NARROW = {"ops": 4, "rows": 3, "bytes": 6000}
PEOPLE = {"u-driver07": "driver07", "u-driver08": "driver08"}
MOST_LAPTOPS = 3
MOST_SECONDS = 2  # folders of a second person on one of them


@dataclass
class World:
    server: CheapServer
    folder: Path
    chance: random.Random
    oracle: Oracle = field(default_factory=Oracle)
    laptops: list[Laptop] = field(default_factory=list)
    touched: list[Laptop] = field(default_factory=list)  # in this step
    images: list[Copy] = field(default_factory=list)
    backups: list[Any] = field(default_factory=list)  # (image of the server, of the oracle)
    happened: Counter[str] = field(default_factory=Counter)
    trace: list[str] = field(default_factory=list)
    old_server: bool = False  # it does not know every event yet
    poison: set[str] = field(default_factory=set)
    receipts: list[Any] = field(default_factory=list)  # file_steps.Carried
    spare: list[Database] = field(default_factory=list)  # for a second person on a laptop
    empty: Path | None = None  # the file of a new database
    tidied: set[str] = field(default_factory=set)  # originals that no laptop has any more

    def say(self, what: str) -> None:
        self.trace.append(what)

    def any_laptop(self) -> Laptop:
        """To do something with: it is looked at after the step."""
        laptop = self.chance.choice(self.laptops)
        self.touched.append(laptop)
        return laptop

    def record(self, laptop: Laptop, drafts: list[Draft], group: str | None = None) -> bool:
        """False when the person was told that it is not saved."""
        try:
            told = laptop.record(drafts, group)
        except Problem as problem:
            self.happened[f"not saved: {problem.code}"] += 1
            self.say(f"not saved: {problem.code}")
            return False
        self.oracle.tell(laptop.name, told)
        self.happened["events"] += len(told)
        return True

    def sync(self, laptop: Laptop, faults: list[Any] | None = None) -> SyncReport | None:
        """One run. A person who is asked to signs in again, if the line allows it."""
        try:
            report = laptop.sync(faults or [])
        except Problem as problem:
            self.happened[f"sync stopped: {problem.code}"] += 1
            self.say(f"sync stopped: {problem.code}")
            return None
        self.say(
            f"{laptop.name}: pushed {report.pushed} pulled {report.pulled} waiting "
            f"{report.waiting} refused {report.refused} {report.digest} {report.problem or ''}"
        )
        if report.problem is not None:
            self.happened[f"problem: {report.problem}"] += 1
        if report.problem == "sign_in_needed":
            self.sign_in(laptop)
        return report

    def sign_in(self, laptop: Laptop, user: str | None = None) -> bool:
        name = PEOPLE[user or laptop.owner or self.chance.choice(sorted(PEOPLE))]
        try:
            laptop.sign_in(name)
        except Problem as problem:
            self.happened[f"sign-in: {problem.code}"] += 1
            self.say(f"{laptop.name}: sign-in {problem.code}")
            return False
        self.say(f"{laptop.name}: {name} signed in")
        return True

    def second_folder(self, first: Laptop, folder: Path) -> Laptop | None:
        """The folder of another person on the same laptop; None when there are too many."""
        if not self.spare or self.empty is None:
            return None
        database = self.spare.pop()
        database.path = folder / "cvd.db"
        laptop = Laptop(
            f"folder{len(self.laptops)} on {first.name}", database, first.line, self.chance,
            first.narrow, clock=first.clock, key_store=first.key_store,
        )  # fmt: skip
        laptop.put_file(self.empty)
        self.oracle.on_disk[laptop.name] = set()
        self.laptops.append(laptop)
        return laptop

    def check(self) -> None:
        """What holds after every step."""
        for laptop in self.touched:
            invariants.after_step(self.server, self.oracle, laptop)
        self.touched = []

    # --- the end ------------------------------------------------------------------------------

    def settle(self) -> None:
        """No more faults: within a few rounds all sides are even, and nothing was repaired."""
        BOMB.clear()
        self.say("settling")
        self.allow_everybody()
        for laptop in self.laptops:
            laptop.line.down = False
            laptop.line.poison = set()
            laptop.line.deliver_late()
        find_lost(self.server.services, OPERATOR)  # the daily look at the store
        self.until_even()
        for laptop in self.laptops:
            invariants.assert_bytes_here(laptop, self.oracle)
        invariants.at_rest(self.server, self.oracle, self.laptops)

    def until_even(self) -> None:
        """A day later, when the laptops ask again what the server misses; and, where something
        was set aside, once more a day after that was judged again."""
        tomorrow, judged = True, False
        for _ in range(SETTLES_IN):
            for laptop in self.laptops if tomorrow else ():
                laptop.clock.forward(hours=30)
            tomorrow = False
            reports = [self.sync(laptop) for laptop in self.laptops]
            self.touched = list(self.laptops)
            self.check()
            if all(each is not None and _is_quiet(each) for each in reports):
                if judged or not self.replay():
                    return
                tomorrow = judged = True
        raise invariants.Violation("24 bounded (never settles)", reports)

    def restore_server(self, image: Any, backup: Any) -> None:
        self.server.restored(image)
        self.oracle.restored(backup)
        self.happened["server restored"] += 1

    def replay(self) -> int:
        """What the server set aside is judged again; returns how many it tried."""
        to = self.server.services
        report = replay(to.database, to.clock, to.new_id, store=to.store)
        self.happened["replayed"] += report.applied
        self.say(f"replay: {report.applied} of {report.tried} applied")
        return report.tried

    def allow_everybody(self) -> None:
        """The office takes back what it has forbidden."""
        with self.server.database.write() as connection:
            connection.execute(tables.device.update().values(status="active", policy="normal"))
            connection.execute(tables.user_account.update().values(active=True))


def _is_quiet(report: SyncReport) -> bool:
    """Nothing was pushed and everything was fetched. When all say so in one round, all is even."""
    # Files of an event that the server has set aside wait with it, and count as waiting.
    left = (report.pushed, report.waiting, report.attachments_sent)
    return not any(left) and (report.problem, report.digest) == (None, "ok")


@dataclass
class Stage:
    """What is made once in a process and used by all its histories, one after the other."""

    server: CheapServer
    folder: Path
    databases: list[Database]
    empty: Path
    signed_in: Any = None  # (image of the server, copies of two laptops)

    @contextmanager
    def world(self, seed: int) -> Iterator[World]:
        """The beginning of a history: three out of four begin with two laptops that were even."""
        chance = Chance(seed)
        with only_from(chance):
            world = World(self.server, self.folder, chance, empty=self.empty)
            world.spare = self.databases[MOST_LAPTOPS:]
            try:
                if seed % 4 == 0:
                    self.server.put_back(chance)
                    for number in range(2):
                        add_laptop(self, world, NARROW if (seed >> 2) % 2 else None)
                        world.say(f"laptop {number} is new")
                else:
                    self.server.put_back(chance, self.signed_in[0])
                    for image in self.signed_in[1]:
                        laptop = add_laptop(self, world, NARROW if seed % 2 else None)
                        laptop.put_file(image.path)
                        laptop.owner = image.owner
                        laptop.key_store.values = dict(image.secrets)
                if seed % 5 == 3:
                    add_laptop(self, world, NARROW if seed % 2 else None)
                    world.say("a third laptop is new")
                yield world
            finally:
                BOMB.clear()
                for laptop in world.laptops:
                    laptop.close()
                for image in world.images:
                    image.path.unlink(missing_ok=True)
                for carried in world.receipts:
                    carried.path.unlink(missing_ok=True)

    def rehearse(self) -> None:
        """Two laptops that are signed in and even, for histories to begin with."""
        with self.world(0) as world:
            copies = []
            for laptop, user in zip(world.laptops, sorted(PEOPLE), strict=True):
                laptop.sign_in(PEOPLE[user])
                report = laptop.sync()
                assert report.problem is None, report
                copies.append(laptop.copy_to(self.folder / f"{laptop.name}.start", frozenset()))
            self.signed_in = (self.server.image(), copies)


def add_laptop(stage: Stage, world: World, narrow: dict[str, int] | None) -> Laptop:
    number = len(world.laptops)
    name = f"laptop{number}"
    line = Line(world.server.transport, world.chance)
    laptop = Laptop(name, stage.databases[number], line, world.chance, narrow)
    laptop.put_file(stage.empty)
    line.sees_push = lambda user, op_ids: invariants.assert_own_work(world.oracle, user, op_ids)
    world.oracle.on_disk[name] = set()
    world.laptops.append(laptop)
    return laptop


@contextmanager
def stage(server: CheapServer, folder: Path) -> Iterator[Stage]:
    """Closes what it made; the server is the caller's."""
    empty = empty_file(folder / "empty")
    databases = [
        pooled_database(folder / f"laptop{number}", ManualClock())
        for number in range(MOST_LAPTOPS + MOST_SECONDS)
    ]
    made = Stage(server, folder, databases, empty)
    try:
        made.rehearse()
        yield made
    finally:
        for database in databases:
            database.close()
        shutil.rmtree(folder / "empty", ignore_errors=True)
