"""A day of loading without a database: pick list, totes, shorts, changes, the count on return.

`LoadDesk` keeps what is ticked and counted in memory and answers as the services do.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

from cvd_desktop.domain.records import RecordState, SyncStatus
from cvd_desktop.domain.route_records import (
    LoadedLineView,
    LoadLineView,
    LoadView,
    ReturnView,
    RunView,
    ShortShare,
    StopMachine,
    StopView,
    TruckLine,
)
from cvd_shared.route_shapes import (
    Band,
    PickChange,
    PickReason,
    SlotKey,
    Tote,
    ToteLine,
    Urgency,
)
from cvd_shared.wire_records import LocationRecord, MachineRecord, ProductRecord

if TYPE_CHECKING:
    from cvd_desktop.ui.background import Background
    from cvd_desktop.ui.screens.load_screen import LoadScreen
    from cvd_desktop.ui.screens.load_services import LoadServices
    from cvd_desktop.ui.theme import Look

NOW = datetime(2026, 11, 19, 4, 58, tzinfo=UTC)
DAY = date(2026, 11, 19)
LONG_NAME = "Wholegrain muesli bar with cranberries, sunflower seeds and dark chocolate 40 g"
LONG_PLACE = (
    "Municipal Transport Authority, Central Workshop North, Hall 3, second floor beside the "
    "lockers of the early shift"
)
# name, place, need, on the truck, case size
GOODS = (
    ("Still water 0.5 l", "A-01", 112, 16, 24),
    ("Spark. water 0.5 l", "A-02", 61, 13, 24),
    ("Cola 0.33 l", "A-04", 84, 12, 24),
    ("Cola zero 0.33 l", "A-05", 39, 3, 24),
    ("Ice tea 0.5 l", "A-07", 31, 7, 12),
    ("Salted crisps 35 g", "B-02", 46, 6, 20),
    ("Paprika rings 35 g", "B-03", 38, 8, 20),
    ("Choc wafer 41 g", "C-01", 52, 4, 36),
    ("Gummy bears 75 g", "C-03", 22, 4, 18),
)
MACHINES = (
    ("10427", "Kestrel Street depot"),
    ("10388", "Town library"),
    ("10519", "Sports hall Weir Lane"),
    ("10520", "Sports hall Weir Lane"),
)


def product(number: int, name: str, place: str, case_size: int) -> ProductRecord:
    return ProductRecord(
        id=f"p{number}",
        sku=f"{2204 + number}",
        name=name,
        category="drinks" if place.startswith("A") else "snacks",
        barcode=f"40063813339{number:02d}",
        case_size=case_size,
        pick_place=place,
    )


def machine(number: int, place: str = "") -> MachineRecord:
    asset, name = MACHINES[number % len(MACHINES)]
    return MachineRecord(
        id=f"m{number}",
        asset_number=asset if number < len(MACHINES) else f"{10600 + number}",
        make="Alder",
        model="Snack 48",
        location_name=place or name,
    )


def reason(
    product_id: str,
    number: int,
    label: str,
    *,
    par: int = 10,
    stock: int | None = 3,
    sells: float | None = 1.4,
    will: int = 2,
    known: int | None = 7,
    sold: int = 3,
    sure: bool = True,
) -> PickReason:
    """One slot of the pick list; its need follows from the others."""
    return PickReason(
        machine_id=f"m{number}",
        asset_number=machine(number).asset_number,
        key=SlotKey(1, label),
        product_id=product_id,
        par=par,
        capacity=max(12, par),
        stock=stock,
        sure=sure,
        known_at=NOW - timedelta(days=2) if known is not None else None,
        known_units=known,
        sold_since=sold,
        per_day=sells,
        days=2.0,
        will_sell=will,
        need=max(0, par + will - (stock or 0)),
        days_left=None if stock is None or not sells else stock / sells,
    )


def reasons_of(product_id: str, need: int, first: int = 0) -> tuple[PickReason, ...]:
    """Slots that need so many units together."""
    made: list[PickReason] = []
    while need > 0:
        n = len(made)
        units = min(need, 10)
        label = f"{'ABCDEF'[n % 6]}{1 + n // 4 + first}"
        one = reason(product_id, n % len(MACHINES), label, will=0, sells=None, sold=0)
        made.append(one._replace(stock=10 - units, known_units=10 - units, need=units))
        need -= units
    return tuple(made)


def cola_zero() -> tuple[PickReason, ...]:
    return (
        reason("p3", 0, "E3", stock=0, will=0, known=6, sold=6, sells=3.0),
        reason("p3", 0, "E4", stock=3, will=0, sells=None),
        reason("p3", 1, "C4", stock=4, will=3, known=7, sold=3, sells=1.4),
        reason("p3", 2, "B2", par=8, stock=3, will=2, sells=1.0),
        reason("p3", 3, "B1", par=8, stock=4, will=2, sells=0.8),
    )


def line(number: int, goods: tuple[str, str, int, int, int]) -> LoadLineView:
    name, place, need, on_truck, case_size = goods
    one = product(number, name, place, case_size)
    to_pick = max(0, need - on_truck)
    cases, singles = divmod(to_pick, case_size) if case_size > 1 else (0, to_pick)
    reasons = cola_zero() if name.startswith("Cola zero") else reasons_of(one.id, need)
    return LoadLineView(one, need, on_truck, to_pick, cases, singles, None, reasons)


def totes_of(lines: Sequence[LoadLineView], count: int = len(MACHINES)) -> tuple[Tote, ...]:
    """What goes to each machine, by the reasons of the lines."""
    made = []
    for number in range(count):
        held = tuple(
            ToteLine(reason.key, reason.product_id, reason.need)
            for one in lines
            for reason in one.reasons
            if reason.machine_id == f"m{number}"
        )
        made.append(
            Tote(number + 1, f"m{number}", machine(number).asset_number, f"s{number}", held)
        )
    return tuple(made)


def load_view(goods: Sequence[tuple[str, str, int, int, int]] = GOODS) -> LoadView:
    """Nothing picked yet."""
    lines = tuple(line(n, one) for n, one in enumerate(goods))
    totes = totes_of(lines)
    return LoadView(
        run_id="run-14",
        route_id="r14",
        route_number="14",
        day=DAY,
        lines=lines,
        totes=totes,
        totes_ticked=frozenset(),
        names={one.product.id: one.product.name for one in lines},
        place_names={f"m{n}": machine(n).location_name for n in range(len(totes))},
        shorts={},
        changes=(),
        changed_at=None,
        made_at=NOW,
        recorded_at=None,
        record_state=None,
        data_at=NOW - timedelta(days=2, hours=3),
    )


def changed_view() -> LoadView:
    """Newer reads came after the list was made."""
    return replace(
        load_view(),
        changes=(
            PickChange("p3", 30, 36, "sold"),
            PickChange("p0", 88, 96, "sold"),
            PickChange("p8", 20, 18, "counted"),
        ),
        changed_at=NOW - timedelta(minutes=6),
    )


def long_view() -> LoadView:
    """Names and places as long as the trade makes them."""
    view = load_view((*GOODS, (LONG_NAME, "Hall 3, rack 114", 1240, 16, 144)))
    return replace(view, place_names={**view.place_names, "m0": LONG_PLACE})


def big_view(products: int = 500) -> LoadView:
    goods = [
        (f"Product {n:03d} 0.5 l", f"{'ABCDE'[n % 5]}-{n:03d}", 10 + n % 40, n % 7, 24)
        for n in range(products)
    ]
    return load_view(goods)


def run_view(view: LoadView | None = None) -> RunView:
    """The run of the same machines: two stops with notes, a long one."""
    shown = view or load_view()
    quiet = Urgency(0, 0, None, None, None)
    stops = []
    for n, tote in enumerate(shown.totes):
        record = machine(n)
        serviced = StopMachine(
            record, ("fill", "collect"), 40, quiet, Band.GOOD, 200, 400, tote.units, (), None, None,
            visited=False, open_visit=False,
        )  # fmt: skip
        place = LocationRecord(
            id=f"l{n}",
            name=shown.place_names[tote.machine_id],
            address=f"{n + 2} Kestrel Street, 80331 Weirbridge",
            contact="Reception, 089 555 010",
            access_hours="Mon to Fri 06:00 to 18:00",
            access_notes="Ring at the yard gate, code 4711#. Key of the cage at the porter's.",
        )
        stops.append(
            StopView(
                stop_id=tote.stop_id,
                number=n + 1,
                location=place,
                name=place.name,
                state="open",
                state_at=None,
                reason="",
                reason_note="",
                machines=(serviced,),
                tasks=("fill", "collect"),
                must_do=n == 0,
                window_from="06:00" if n % 2 == 0 else None,
                window_to="09:30" if n != 3 else None,
                note="Bring the new price labels." if n == 1 else "",
                answer_wanted=False,
                checklist=("Clean the glass",) if n == 2 else (),
                photos_wanted=0,
                signature_wanted=False,
                urgency=quiet,
                band=Band.GOOD,
                currency="EUR",
                decimals=2,
            )
        )
    return RunView(
        run_id="run-14", route_id="r14", route_number="14", route_name="North loop", day=DAY,
        stops=tuple(stops), next_stop_id="s0", elsewhere=(), changes=(), ordered_by_driver=False,
        order_reason="", reads=0, reads_first_try=0, units_filled=0, units_planned=shown.units,
        bags=0, short_products=0, load_recorded=False, ends_about=None, office_at=NOW,
    )  # fmt: skip


class LoadDesk:
    """Answers the Load screen; `view` and `back` are what it shows next."""

    def __init__(self, view: LoadView | None = None, *, signed_in: bool = True) -> None:
        self.view = view
        self.back: ReturnView | None = None
        self.signed_in = signed_in
        self.catalogue: dict[str, ProductRecord] = {}
        self.error: Exception | None = None

    def load_view(self) -> LoadView | None:
        if self.error is not None:
            raise self.error
        return self.view

    def tick_product(self, run_id: str, product_id: str, picked: int | None) -> None:
        view = self._view(run_id)
        lines = tuple(
            replace(one, picked=picked) if one.product.id == product_id else one
            for one in view.lines
        )
        shorts = {one.product.id: _shares(one) for one in lines if one.short}
        self.view = replace(view, lines=lines, shorts=shorts)

    def tick_tote(self, run_id: str, machine_id: str, ticked: bool) -> None:
        view = self._view(run_id)
        held = view.totes_ticked | {machine_id} if ticked else view.totes_ticked - {machine_id}
        self.view = replace(view, totes_ticked=frozenset(held))

    def accept_changes(self, run_id: str) -> None:
        self.view = replace(self._view(run_id), changes=(), changed_at=None)

    def record_load(self, run_id: str, note: str = "") -> str:
        """What was ticked is on the truck; what is missing is still to be picked."""
        view = self._view(run_id)
        loaded = tuple(
            LoadedLineView(one.product, one.to_pick, one.picked or 0) for one in view.lines
        )
        lines = tuple(
            replace(
                one,
                on_truck=one.on_truck + one.to_pick - one.short if one.picked is not None else 0,
                to_pick=one.short if one.picked is not None else one.to_pick,
                cases=0,
                singles=one.short if one.picked is not None else one.to_pick,
                picked=None,
            )
            for one in view.lines
        )
        self.view = replace(
            view,
            lines=lines,
            loaded=loaded,
            shorts={},
            recorded_at=NOW,
            record_state=RecordState.RECORDED_HERE,
        )
        return "load-1"

    def return_view(self) -> ReturnView | None:
        return self.back

    def keep_count(self, run_id: str, product_id: str, counted: int | None) -> None:
        assert self.back is not None
        held = {**self.back.counted}
        held.pop(product_id, None)
        if counted is not None:
            held[product_id] = counted
        lines = self.back.lines
        if product_id not in {one.product.id for one in lines}:
            lines = (*lines, TruckLine(self.catalogue[product_id], 0, ()))
        self.back = replace(self.back, counted=held, lines=lines)

    def record_count(self, run_id: str, note: str = "") -> str:
        assert self.back is not None
        returned = sum(self.back.counted.values())
        self.back = replace(self.back, recorded_at=NOW, returned=returned)
        return "count-1"

    def todays_run(self) -> RunView | None:
        return None if self.view is None else run_view(self.view)

    def find_products(self, text: str, limit: int = 50) -> Sequence[ProductRecord]:
        wanted = text.casefold()
        found = [one for one in self.catalogue.values() if wanted in one.name.casefold()]
        return found[:limit]

    def product_by_code(self, code: str) -> ProductRecord | None:
        found = (one for one in self.catalogue.values() if code in (one.barcode, one.sku))
        return next(found, None)

    def sync_status(self) -> SyncStatus:
        return SyncStatus(self.signed_in, 0, None, 0, 0, None, None)

    def _view(self, run_id: str) -> LoadView:
        assert self.view is not None
        assert self.view.run_id == run_id
        return self.view

    def screen(self, look: Look, background: Background) -> LoadScreen:
        """The screen at this desk, at 04:58."""
        from cvd_desktop.ui.screens.load_screen import LoadScreen
        from tests.support.frame_screens import messages

        return LoadScreen(look, background, messages(), self.services(), lambda: NOW)

    def services(self) -> LoadServices:
        from cvd_desktop.ui.screens.load_services import LoadServices

        return LoadServices(
            load_view=self.load_view,
            tick_product=self.tick_product,
            tick_tote=self.tick_tote,
            accept_changes=self.accept_changes,
            record_load=self.record_load,
            return_view=self.return_view,
            keep_count=self.keep_count,
            record_count=self.record_count,
            todays_run=self.todays_run,
            find_products=self.find_products,
            product_by_code=self.product_by_code,
            sync_status=self.sync_status,
        )


def _shares(one: LoadLineView) -> tuple[ShortShare, ...]:
    """Those with the fewest days left get theirs first."""
    left = one.on_truck + (one.picked or 0)
    shares = []
    for slot in sorted(one.reasons, key=lambda r: r.days_left or 0):
        gets = min(slot.need, left)
        left -= gets
        if gets < slot.need:
            shares.append(ShortShare(slot.asset_number, slot.key.label, slot.need, gets))
    return tuple(shares)


def return_view(view: LoadView | None = None) -> ReturnView:
    """The truck in the evening: a little of everything."""
    shown = view or load_view()
    lines = tuple(
        TruckLine(one.product, units, ())
        for one, units in zip(shown.lines, (14, 3, 0, 6, 2, 11, 0, 4, 9), strict=False)
    )
    return ReturnView("run-14", "r14", "14", lines, {}, None, shown.units, None)
