"""A whole invented operator for demonstrations and tests: people, places, machines, reads.

The same day and seed give the same operator, down to its ids and the bytes of its reads. Nobody and
nothing in it is real: people are roles, and barcodes begin with 29, which no maker may use. The
operator of a later day is the same one, later: only its runs, reads and tickets differ.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache, cached_property
from importlib.resources import files
from random import Random
from typing import Any, NamedTuple
from uuid import UUID, uuid5

from cvd_shared.permissions import Role
from cvd_shared.sample_history import (
    EPOCH,
    PRICE_STEP,
    MachineLife,
    SampleRead,
    live,
)
from cvd_shared.sample_past import Past, sample_past
from cvd_shared.sample_pictures import product_picture
from cvd_shared.sample_tickets import sample_tickets
from cvd_shared.sample_truck import sample_truck
from cvd_shared.vending_model import VendingModel
from cvd_shared.vending_profiles import MODELS, MachineProfile
from cvd_shared.wire_records import (
    Cabinet,
    DueRulesRecord,
    LoadRecord,
    LocationRecord,
    MachineRecord,
    PlanogramRecord,
    PlanogramSlot,
    ProductPictureRecord,
    ProductRecord,
    RouteRecord,
    RunRecord,
    RunStop,
    TicketRecord,
    TruckCountRecord,
    VisitRecord,
)

_NAMESPACE = UUID("6f0f6c3e-5d0a-5c57-9a43-0d3c2f0b7e11")
_NOTES = {
    1: "New contact at the front desk. Please leave the spare key with them.",
    2: "A customer says that the lower row drops two at once. Is that so?",
}
_ANSWERED, _SIGNED = 2, 4
_CHECKLIST = ("Outside wiped", "Coin return clear", "Best before dates looked at")
_VISIT_DAYS = ((0, 3), (1, 4), (2, 5))  # Monday and Thursday, ...
_CATEGORIES = {
    "snack": (
        *("Crisps and savoury", "Chocolate", "Biscuits and cakes", "Nuts and fruit"),
        "Gum and sweets",
    ),
    "drink": ("Cold drinks", "Water", "Juice and iced tea", "Energy drinks"),
    "coffee": ("Hot drinks",),
}
_CHANGE_EVERY = 4  # every so many machines the office plans another product and another price
_ODDITIES = {"meter_restarted": 3, "price_differs": 7, "selection_unmapped": 12}
"""What is wrong with which machine, by its place in the list."""


class SampleUser(NamedTuple):
    """A person by role. `route_numbers` are the routes that he or she works on."""

    name: str
    full_name: str
    role: Role
    route_numbers: tuple[str, ...]


@dataclass(frozen=True)
class SampleOperator:
    """The sample. Reads, visits and `vending_model_for` play a machine's weeks once."""

    id: str
    name: str
    today: date
    seed: int
    users: tuple[SampleUser, ...]
    user_ids: Mapping[str, str]  # by the user's name
    locations: tuple[LocationRecord, ...]
    routes: tuple[RouteRecord, ...]
    machines: tuple[MachineRecord, ...]
    products: tuple[ProductRecord, ...]
    planograms: tuple[PlanogramRecord, ...]  # as the office planned them
    installed: tuple[PlanogramRecord, ...]  # as the machines really are
    runs: tuple[RunRecord, ...]
    tickets: tuple[TicketRecord, ...]
    due_rules: tuple[DueRulesRecord, ...]
    odd_machines: Mapping[str, str]
    """"meter_restarted", "price_differs", "selection_unmapped" -> machine id"""

    @cached_property
    def reads(self) -> tuple[SampleRead, ...]:
        """Twelve weeks of reads, oldest first."""
        found = [read for number in range(len(self.machines)) for read in self._life(number)[0]]
        return tuple(sorted(found, key=lambda read: (read.at, read.machine_id)))

    @cached_property
    def past(self) -> Past:
        """The visits at which they were taken, oldest first, and the runs they were made on."""
        found = [visit for number in range(len(self.machines)) for visit in self._life(number)[1]]
        visits = sorted(found, key=lambda visit: (visit.finished_at, visit.machine_id))
        return sample_past(visits, self.machines, self.routes, _Maker(self.seed).id)

    @property
    def visits(self) -> tuple[VisitRecord, ...]:
        """The visits at which the reads were taken, oldest first."""
        return self.past.visits

    @cached_property
    def _truck(self) -> tuple[tuple[LoadRecord, ...], tuple[TruckCountRecord, ...]]:
        routes = {machine.id: machine.route_id or "" for machine in self.machines}
        drivers = {route.id: route.driver_name for route in self.routes}
        return sample_truck(self.visits, routes, drivers, self.products)

    @property
    def loads(self) -> tuple[LoadRecord, ...]:
        """What was put on the trucks for these visits, oldest first."""
        return self._truck[0]

    @property
    def truck_counts(self) -> tuple[TruckCountRecord, ...]:
        """What was counted on the trucks on Fridays, oldest first."""
        return self._truck[1]

    @property
    def product_pictures(self) -> tuple[ProductPictureRecord, ...]:
        """A drawn picture of every product."""
        return tuple(product_picture(product) for product in self.products)

    def vending_model_for(self, machine: MachineRecord | str) -> VendingModel:
        """The machine (record, id or asset number) as it stands this morning; a copy of its own.

        Its meters continue those of its last read. Raises ValueError for an unknown machine.
        """
        key = machine if isinstance(machine, str) else machine.id
        for number, each in enumerate(self.machines):
            if key in (each.id, each.asset_number):
                return self._life(number)[2].copy()
        raise ValueError(f"the sample operator has no machine {key!r}")

    @cached_property
    def _lives(self) -> dict[int, tuple[list[SampleRead], list[VisitRecord], VendingModel]]:
        return {}

    def _life(self, number: int) -> tuple[list[SampleRead], list[VisitRecord], VendingModel]:
        """Reads, visits and present state of one machine, played once."""
        if number not in self._lives:
            machine = self.machines[number]
            odd = [oddity for oddity, its_id in self.odd_machines.items() if its_id == machine.id]
            reads: list[SampleRead] = []
            visits: list[VisitRecord] = []
            drivers = {route.id: route.driver_name for route in self.routes}
            life = MachineLife(
                seed=self.seed,
                machine=machine,
                installed=self.installed[number],
                product_names={product.id: product.name for product in self.products},
                kind_of_place=_kinds_of_places()[machine.location_name],
                visit_days=_VISIT_DAYS[number % len(_VISIT_DAYS)],
                visit_minute=8 * 60 + number % 8 * 35,
                today=self.today,
                oddity=odd[0] if odd else None,
                driver=drivers.get(machine.route_id or "", ""),
            )
            self._lives[number] = (reads, visits, live(life, reads, visits))
        return self._lives[number]


def sample_operator(today: date, seed: int = 7) -> SampleOperator:
    """The operator with today's runs and the twelve weeks before `today`."""
    maker = _Maker(seed)
    users = _users()
    products = maker.products()
    locations = maker.locations()
    routes = maker.routes()
    machines = maker.machines()
    odd = {oddity: machines[number].id for oddity, number in _ODDITIES.items()}
    technician = next(user for user in users if user.role is Role.TECHNICIAN)
    installed = tuple(maker.planogram(machine, products) for machine in machines)
    return SampleOperator(
        id=maker.id("operator", "1"),
        name="Tidewater Refreshments",
        today=today,
        seed=seed,
        users=users,
        user_ids={user.name: maker.id("user", user.name) for user in users},
        locations=locations,
        routes=routes,
        machines=machines,
        products=products,
        planograms=tuple(
            _planned(each, number, products, odd["selection_unmapped"])
            for number, each in enumerate(installed)
        ),
        installed=installed,
        runs=tuple(maker.run(route, machines, today) for route in routes),
        tickets=sample_tickets(
            machines,
            routes,
            (maker.id("user", technician.name), technician.full_name),
            today,
            maker.id,
        ),
        due_rules=maker.due_rules(),
        odd_machines=odd,
    )


@cache
def _places() -> tuple[dict[str, Any], ...]:
    """Sites with their route, kind and models, from sample_places.json."""
    return tuple(json.loads((files("cvd_shared") / "sample_places.json").read_text("utf-8")))


def _kinds_of_places() -> dict[str, str]:
    return {place["name"]: place["kind"] for place in _places()}


@cache
def _product_rows() -> tuple[dict[str, Any], ...]:
    return tuple(json.loads((files("cvd_shared") / "sample_products.json").read_text("utf-8")))


def _random(seed: int, kind: str, key: str) -> Random:
    return Random(f"{seed}:{kind}:{key}")  # noqa: S311 - a story, not a secret


def _route_numbers() -> tuple[str, ...]:
    return tuple(dict.fromkeys(place["route"] for place in _places()))


def _users() -> tuple[SampleUser, ...]:
    numbers = _route_numbers()
    return (
        SampleUser("admin", "Administrator", Role.ADMIN, ()),
        SampleUser("manager", "Fleet manager", Role.MANAGER, ()),
        *(SampleUser(f"driver{n}", f"Driver {n}", Role.DRIVER, (n,)) for n in numbers),
        SampleUser("technician", "Technician 02", Role.TECHNICIAN, numbers),
        SampleUser("viewer", "Report viewer", Role.VIEWER, ()),
    )


def ean13(first_twelve: str) -> str:
    """The thirteen digits of a barcode: twelve and their check digit (GS1)."""
    weighted = sum(int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(first_twelve))
    return f"{first_twelve}{-weighted % 10}"


class _Maker:
    """Makes the records of one operator; everything about a record follows from its key."""

    def __init__(self, seed: int) -> None:
        self._seed = seed

    def id(self, kind: str, key: str) -> str:
        return str(uuid5(_NAMESPACE, f"{self._seed}:{kind}:{key}"))

    def _random(self, kind: str, key: str) -> Random:
        return _random(self._seed, kind, key)

    def products(self) -> tuple[ProductRecord, ...]:
        return tuple(
            ProductRecord(
                id=self.id("product", row["sku"]),
                sku=row["sku"],
                name=row["name"],
                category=row["category"],
                barcode=ean13(f"29{self._random('barcode', row['sku']).randrange(10**10):010}"),
                case_size=row["case_size"],
                price=row["price"],
                currency="USD",
                shelf_life_days=row["shelf_life_days"],
                pick_place=place,
            )
            for row, place in zip(_product_rows(), _pick_places(), strict=True)
        )

    def due_rules(self) -> tuple[DueRulesRecord, ...]:
        """Of the operator, and of coffee machines, which want to be cleaned."""
        return (
            DueRulesRecord(
                id=self.id("due_rules", "operator"),
                core_critical=True,
                sold_out_slots=3,
                depletion_percent=40,
                days=10,
                cash=15000,
                critical_days=1.0,
                warning_days=3.0,
            ),
            DueRulesRecord(
                id=self.id("due_rules", "coffee"), level="machine_type", key="coffee", days=4
            ),
        )

    def locations(self) -> tuple[LocationRecord, ...]:
        records = []
        for place in _places():
            random = self._random("location", place["name"])
            records.append(
                LocationRecord(
                    id=self.id("location", place["name"]),
                    name=place["name"],
                    address=f"{place['address']}, Tidewater",
                    latitude=round(39.10 + random.uniform(-0.06, 0.06), 5),
                    longitude=round(-84.51 + random.uniform(-0.06, 0.06), 5),
                    contact=f"Front desk, extension {random.randrange(100, 1000)}",
                    access_hours=place["access_hours"],
                    access_notes=place["access_notes"],
                )
            )
        return tuple(records)

    def routes(self) -> tuple[RouteRecord, ...]:
        return tuple(
            RouteRecord(
                id=self.id("route", number),
                name=f"Route {number}",
                number=number,
                driver_id=self.id("user", f"driver{number}"),
                driver_name=f"Driver {number}",
            )
            for number in _route_numbers()
        )

    def machines(self) -> tuple[MachineRecord, ...]:
        records: list[MachineRecord] = []
        for place in _places():
            for model in place["machines"]:
                profile = MODELS[model]
                asset = str(10001 + len(records))
                serial = f"{self._random('serial', asset).randrange(10**7, 10**8)}"
                records.append(
                    MachineRecord(
                        id=self.id("machine", asset),
                        asset_number=asset,
                        serial_number=serial,
                        control_board=f"7{serial}" if "CB1" in profile.segments else "",
                        make=profile.make,
                        model=profile.model,
                        machine_type=profile.machine_type,
                        location_id=self.id("location", place["name"]),
                        location_name=place["name"],
                        route_id=self.id("route", place["route"]),
                        currency="USD",
                        decimals=2,
                        dex_profile=model,
                        cabinets=_cabinets(profile),
                    )
                )
        return tuple(records)

    def planogram(
        self, machine: MachineRecord, products: tuple[ProductRecord, ...]
    ) -> PlanogramRecord:
        """Every place of the machine with a product; well-known ones fill several facings."""
        random = self._random("planogram", machine.asset_number)
        profile = MODELS[machine.dex_profile]
        slots: list[PlanogramSlot] = []
        for number, cabinet in enumerate(profile.cabinets, start=1):
            kind = machine.machine_type
            if kind == "combined":
                kind = "snack" if number == 1 else "drink"
            range_ = [each for each in products if each.category in _CATEGORIES[kind]]
            random.shuffle(range_)
            first_row = max((slot.row for slot in slots), default=0)
            for place, (row, column, selection) in enumerate(cabinet.places()):
                product = range_[
                    place % min(len(range_), max(8, cabinet.rows * cabinet.columns - 6))
                ]
                letter = chr(ord("A") + first_row + row - 1)
                par = cabinet.capacity - random.choice((0, 0, 1, 2))
                slots.append(
                    PlanogramSlot(
                        label=f"{letter}{column}",
                        selection=selection,
                        cabinet=number,
                        row=row,
                        column=column,
                        product_id=product.id,
                        capacity=cabinet.capacity,
                        par=par,
                        alarm_level=par // 4,
                        price=product.price,
                        core=place < 8,
                    )
                )
        return PlanogramRecord(
            id=self.id("planogram", machine.asset_number),
            machine_id=machine.id,
            version=3,
            valid_from=EPOCH.isoformat(),
            slots=tuple(slots),
        )

    def run(
        self, route: RouteRecord, machines: tuple[MachineRecord, ...], today: date
    ) -> RunRecord:
        """Today's run of a route: its sites but the last one, none done yet."""
        sites: dict[str, list[MachineRecord]] = {}
        for machine in machines:
            if machine.route_id == route.id and machine.location_id is not None:
                sites.setdefault(machine.location_id, []).append(machine)
        stops = []
        today_s = list(sites.items())[:-1]
        for sequence, (location_id, here) in enumerate(today_s, start=1):
            stops.append(
                RunStop(
                    id=self.id("stop", f"{today}:{location_id}"),
                    sequence=sequence,
                    location_id=location_id,
                    machine_ids=tuple(machine.id for machine in here),
                    tasks=("fill", "collect") if sequence % 2 else ("fill",),
                    must_do=sequence == 1,
                    window_from="09:30" if sequence == 3 else None,
                    window_to="11:30" if sequence == 3 else None,
                    note=_NOTES.get(sequence, ""),
                    answer_wanted=sequence == _ANSWERED,
                    checklist=_CHECKLIST if sequence == 1 else (),
                    photos_wanted=int(sequence == 1),
                    signature_wanted=sequence == _SIGNED,
                )
            )
        return RunRecord(
            id=self.id("run", f"{today}:{route.number}"),
            route_id=route.id,
            day=today.isoformat(),
            driver_id=route.driver_id,
            stops=tuple(stops),
        )


def _pick_places() -> list[str]:
    """Where each product lies in the warehouse: a letter for its category, then its number."""
    places: list[str] = []
    categories = list(dict.fromkeys(row["category"] for row in _product_rows()))
    for row in _product_rows():
        letter = chr(ord("A") + categories.index(row["category"]))
        number = sum(place.startswith(letter) for place in places) + 1
        places.append(f"{letter}-{number:02}")
    return places


def _cabinets(profile: MachineProfile) -> tuple[Cabinet, ...]:
    return tuple(
        Cabinet(number=number, name=plan.name, rows=plan.rows, columns=plan.columns)
        for number, plan in enumerate(profile.cabinets, start=1)
    )


def _planned(
    installed: PlanogramRecord,
    number: int,
    products: tuple[ProductRecord, ...],
    unmapped: str,
) -> PlanogramRecord:
    """As the office planned it: some machines are to change, and in one it forgot a slot."""
    slots = list(installed.slots)
    if installed.machine_id == unmapped:
        return installed.model_copy(update={"slots": tuple(slots[:-1])})
    if number % _CHANGE_EVERY:
        return installed
    here = {slot.product_id for slot in slots}
    old = next(each for each in products if each.id == slots[-2].product_id)
    new = next(each for each in products if each.id not in here and each.category == old.category)
    slots[-2] = slots[-2].model_copy(update={"product_id": new.id, "price": new.price})
    slots[3] = slots[3].model_copy(update={"price": slots[3].price + PRICE_STEP})
    return installed.model_copy(update={"version": installed.version + 1, "slots": tuple(slots)})
