"""The machines of machine_fleet.py with what is known to be in them: visits, stock, pictures.

Pictures: .venv/bin/python -m tests.support.planogram_fleet [part of a name]
"""

import sys
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

from cvd_desktop.domain.clock import to_wire
from cvd_desktop.domain.machine_facts import MachineFacts
from cvd_desktop.ui.screens.machine_facts import MachineServices
from cvd_shared.route_shapes import SlotKey, SlotStock
from cvd_shared.wire_records import Cabinet, PlanogramRecord, VisitRecord
from tests.support import read_facts as facts
from tests.support.fill_screen import picture_of_a_product
from tests.support.machine_fleet import Fleet

VISITED = facts.NOW - timedelta(days=3)


def stock(label: str, product_id: str | None, units: int | None, **changes: object) -> SlotStock:
    known = SlotStock(
        key=SlotKey(1, label),
        product_id=product_id,
        units=units,
        sure=units is not None,
        doubt="" if units is not None else "never_counted",
        recount=units is None,
        known_at=VISITED if units is not None else None,
        known_units=8 if units is not None else None,
        source="C",
        sold_since=0 if units is None else 8 - units,
        confirmed_price=None,
        expiry=None,
        rows=(),
    )
    return replace(known, **changes)  # type: ignore[arg-type]


@dataclass
class StockedFleet(Fleet):
    """Every machine was filled three days ago; D7 holds the product of before, D8 is not known."""

    second: bool = False  # with another cabinet

    def planogram(self, machine_id: str) -> PlanogramRecord | None:
        plan = super().planogram(machine_id)
        if plan is None or not self.second:
            return plan
        more = tuple(
            slot.model_copy(update={"cabinet": 2, "label": f"2{slot.label}"})
            for slot in plan.slots[:12]
        )
        return plan.model_copy(update={"slots": (*plan.slots, *more)})

    def machine_facts(self, machine_ids: Collection[str]) -> Mapping[str, MachineFacts]:
        return {each: self._facts(each) for each in machine_ids}

    def _facts(self, machine_id: str) -> MachineFacts:
        plan = self.planogram(machine_id)
        slots = plan.slots if plan is not None else ()
        held = {
            SlotKey(slot.cabinet, slot.label): stock(slot.label, slot.product_id, n % 9)
            for n, slot in enumerate(slots)
        }
        if slots:
            held[SlotKey(1, "D7")] = stock("D7", "product-1", 4)
            held[SlotKey(1, "D8")] = stock("D8", slots[31].product_id, None)
            held[SlotKey(1, "A5")] = stock("A5", slots[4].product_id, 5, confirmed_price=110)
        visit = VisitRecord(
            id="v1",
            machine_id=machine_id,
            arrived_at=to_wire(VISITED),
            finished_at=to_wire(VISITED),
        )
        return MachineFacts(
            machine=facts.machine_line(0).record,
            planogram=plan,
            stock=held,
            velocity={},
            per_day={key: (n % 30) / 10 for n, key in enumerate(held) if n % 7},
            sales=(),
            visits=(visit,),
            last_read_id=None,
            last_read_at=None,
            machine_prices={},
            restarted=frozenset(),
            cash=None,
            collected_at=None,
            reads_since_collect=0,
        )

    def product_pictures(self, ids: Collection[str]) -> Mapping[str, bytes]:
        return {each: picture_of_a_product() for each in ids if each == "product-0"}

    def services(self) -> MachineServices:
        return replace(
            super().services(),
            machine_facts=self.machine_facts,
            product_pictures=self.product_pictures,
        )


def two_cabinets() -> StockedFleet:
    """One machine of two cabinets."""
    line = facts.machine_line(0)
    names = (
        Cabinet(number=1, name="Snack", rows=6, columns=8),
        Cabinet(number=2, name="Drinks", rows=2, columns=8),
    )
    record = line.record.model_copy(update={"cabinets": names})
    return StockedFleet([replace(line, record=record)], second=True)


def main() -> None:
    from tests.support.screenshots import OUT, use_offscreen

    use_offscreen()
    from tests.support import machine_pictures as pictures

    def view(number: int) -> "object":
        def prepare(screen: "pictures.MachinesScreen") -> None:
            screen.page.show_view("planogram")
            part = screen.page.view("planogram")
            assert isinstance(part, pictures.PlanogramPart)
            part.shelves.segments()[number].click()
            part.door.view.set_current(SlotKey(1, "A5"))

        return prepare

    pictures.MACHINE.clear()
    for number, name in enumerate(("planned", "inside", "dex")):
        pictures.MACHINE[f"door-{name}"] = (StockedFleet(), view(number))  # type: ignore[assignment]
    pictures.MACHINE["door-two"] = (two_cabinets(), view(1))  # type: ignore[assignment]
    pictures.IMPORT.clear()
    OUT.mkdir(parents=True, exist_ok=True)
    for path in pictures.take_machine_pictures(Path(OUT), sys.argv[1:]):
        sys.stdout.write(f"{path}\n")


if __name__ == "__main__":
    main()
