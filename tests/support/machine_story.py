"""Stories of one machine for tests of the ledger: what really happened, and what was recorded.

A story is played step by step. The truth knows every sale; the records know what people entered
and what the meters said when they were read.
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from cvd_shared.route_shapes import SalesFact, SlotKey
from cvd_shared.selection_names import selection_key
from cvd_shared.wire_records import (
    CollectedCash,
    PlanogramSlot,
    SpoiledUnits,
    VisitAmendment,
    VisitedSlot,
    VisitRecord,
)

BEGIN = datetime(2026, 11, 2, 6, 0, tzinfo=UTC)


def wire(at: datetime) -> str:
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def planned(
    label: str,
    *,
    selection: str | None = None,
    product: str | None = "cola",
    capacity: int = 20,
    par: int = 12,
    cabinet: int = 1,
    core: bool = False,
) -> PlanogramSlot:
    return PlanogramSlot(
        label=label,
        selection=label if selection is None else selection,
        cabinet=cabinet,
        row=1,
        column=1,
        product_id=product,
        capacity=capacity,
        par=par,
        price=100,
        core=core,
    )


def line(label: str, *, cabinet: int = 1, spoiled: int = 0, **said: object) -> VisitedSlot:
    """A line of a visit; `spoiled` units are expired."""
    gone = (SpoiledUnits(units=spoiled, reason="expired"),) if spoiled else ()
    return VisitedSlot.model_validate(
        {"slot": label, "cabinet": cabinet, "product_id": "cola", "spoiled": gone} | said
    )


def visit(
    visit_id: str,
    at: datetime,
    *lines: VisitedSlot,
    read_id: str | None = None,
    minutes: int = 20,
    **said: object,
) -> VisitRecord:
    """A visit that ended at `at`."""
    return VisitRecord.model_validate(
        {
            "id": visit_id,
            "machine_id": "m",
            "arrived_at": wire(at - timedelta(minutes=minutes)),
            "finished_at": wire(at),
            "read_id": read_id,
            "lines": lines,
        }
        | said
    )


def sold(
    read_id: str, since: datetime, at: datetime, units: Mapping[str, int], *, whole: bool = True
) -> SalesFact:
    return SalesFact(read_id, since, at, units, whole)


def hour(number: int) -> str:
    return wire(BEGIN + timedelta(hours=number))


def amendment(number: int, at: int, *filled: int, bag: str = "") -> VisitAmendment:
    """So many hours after BEGIN: slot A1 was filled with so many; another bag."""
    return VisitAmendment(
        id=f"a{number}",
        at=hour(at),
        reason="typed wrong",
        lines=tuple(line("A1", filled=units) for units in filled),
        cash=CollectedCash(bag=bag) if bag else None,
    )


class MachineStory:
    """A machine with one slot for each selection, or several."""

    def __init__(self, selections: Mapping[str, str], full: int = 8) -> None:
        """`selections` by door label. Every slot holds `full` units and was counted at a read."""
        self.now = BEGIN
        self.slots = [planned(label, selection=name) for label, name in selections.items()]
        self.selections = dict(selections)
        self.truth = dict.fromkeys(selections, full)
        self.visits: list[VisitRecord] = []
        self.sales: list[SalesFact] = []
        self._sold: dict[str, int] = {}
        self._read_at = BEGIN
        first = [line(label, counted=full, after=full) for label in selections]
        self.visits.append(visit("v0", BEGIN, *first))

    def wait(self, minutes: int) -> None:
        self.now += timedelta(minutes=minutes)

    def buy(self, label: str) -> None:
        """Somebody buys, if there is anything."""
        self.wait(7)
        if self.truth[label]:
            self.truth[label] -= 1
            key = selection_key(self.selections[label])
            self._sold[key] = self._sold.get(key, 0) + 1

    def read(self) -> str:
        """The meters are read; the id of the read."""
        self.wait(3)
        read_id = f"r{len(self.sales)}"
        units = {selection_key(name): 0 for name in self.selections.values()} | self._sold
        self.sales.append(sold(read_id, self._read_at, self.now, units))
        self._read_at, self._sold = self.now, {}
        return read_id

    def serve(self, label: str, work: str, units: int, *, read_id: str | None = None) -> None:
        """`work`: "fill", "count", "remove", "spoil" or "swap"."""
        self.wait(5)
        held = self.truth[label]
        said: dict[str, int | str] = {}
        spoil = 0
        if work == "count":
            said["counted"] = held
        elif work == "remove":
            said["removed"] = min(units, held)
        elif work == "spoil":
            spoil = min(units, held)
        elif work == "swap":
            said |= {"was_product_id": "cola", "product_id": "tea", "counted": held}
            said["removed"] = held
        taken = int(said.get("removed", 0)) + spoil
        said["filled"] = 0 if work in ("remove", "spoil") else min(units, 20 - held + taken)
        self.truth[label] += int(said["filled"]) - taken
        number = f"v{len(self.visits)}"
        done = line(label, spoiled=spoil, **said)
        self.visits.append(visit(number, self.now, done, read_id=read_id, minutes=4))

    def key(self, label: str) -> SlotKey:
        return SlotKey(1, label)
