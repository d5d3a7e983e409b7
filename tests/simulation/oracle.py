"""What has to be true, kept apart from the programs: who was told what, and what the office did.

Nothing here reads the outbox or the tables to find out what should be in them. The one exception
is physics: an event that was only on a disk which is gone, is gone.
"""

import copy
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

ROUTES = ("r1", "r2")


@dataclass(frozen=True)
class Told:
    """An event whose recording was confirmed to the person."""

    op_id: str
    type: str
    record: tuple[str, str]  # kind, id of what it makes or changes
    payload: dict[str, Any]
    author: str | None  # None: recorded before anybody signed in
    group: str | None
    sure: bool  # nothing that the office may do gets it refused
    files: frozenset[str] = frozenset()  # SHA-256 of the bytes that belong to it


@dataclass
class Office:
    """The master data as the office last said them."""

    machines: dict[str, str | None] = field(  # machine -> route
        default_factory=lambda: {"m1": "r1", "m2": "r1", "m3": "r2", "m4": None}
    )
    routes: dict[str, frozenset[str]] = field(  # user -> routes
        default_factory=lambda: {
            "u-driver07": frozenset({"r1"}),
            "u-driver08": frozenset({"r2"}),
        }
    )
    products: set[str] = field(default_factory=lambda: {"p1", "p2"})
    runs: dict[str, str | None] = field(default_factory=lambda: {"run1": "r1"})  # None: taken back

    def machines_of(self, user: str) -> set[str]:
        """Those that this person's laptop may show: on his routes, and on none."""
        held = {None, *self.routes[user]}
        return {machine for machine, route in self.machines.items() if route in held}

    def runs_of(self, user: str) -> set[str]:
        return {run for run, route in self.runs.items() if route in self.routes[user]}


@dataclass
class Oracle:
    told: dict[str, Told] = field(default_factory=dict)
    on_disk: dict[str, set[str]] = field(default_factory=dict)  # laptop -> op_ids
    on_server: set[str] = field(default_factory=set)  # seen there since it was last restored
    office: Office = field(default_factory=Office)
    products: int = 0
    visits: list[str] = field(default_factory=list)

    def tell(self, laptop: str, events: Iterable[Told]) -> None:
        for each in events:
            self.told[each.op_id] = each
            self.on_disk[laptop].add(each.op_id)

    def disk(self, laptop: str) -> frozenset[str]:
        """To be kept with a copy of the laptop's file."""
        return frozenset(self.on_disk[laptop])

    def disk_is(self, laptop: str, had: Iterable[str]) -> None:
        """The file was replaced by a copy: what it did not have is no longer on this disk."""
        self.on_disk[laptop] = set(had)

    def is_elsewhere(self, op_id: str, laptop: str) -> bool:
        """A copy of this laptop's file, or what it is a copy of, is in use as well."""
        return any(op_id in disk for name, disk in self.on_disk.items() if name != laptop)

    def backup(self) -> tuple[set[str], Office]:
        return set(self.on_server), copy.deepcopy(self.office)

    def restored(self, backup: tuple[set[str], Office]) -> None:
        self.on_server, self.office = set(backup[0]), copy.deepcopy(backup[1])

    def must_arrive(self) -> set[str]:
        """On a disk that exists, or on the server since its last restore."""
        return self.on_server.union(*self.on_disk.values())
