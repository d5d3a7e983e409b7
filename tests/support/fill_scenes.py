"""A machine to be filled, as drawn: two cabinets' worth of slots, and services that remember."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from cvd_desktop.domain.fill_sheet import CellEdit, FillSheet, PendingChange, SlotFacts
from cvd_desktop.domain.records import RecordState
from cvd_desktop.domain.route_records import StopMachine
from cvd_desktop.domain.visit_records import CashView, VisitDraft, VisitView
from cvd_desktop.services.word_table_visit import visit_fact_words
from cvd_desktop.ui.background import Background
from cvd_desktop.ui.messages import Messages, Told
from cvd_desktop.ui.screens.fill_part import FillPart
from cvd_desktop.ui.screens.fill_services import FillServices
from cvd_desktop.ui.theme import Look
from cvd_shared.route_shapes import Band, SlotKey, StockKind, StockRow, Urgency
from cvd_shared.wire_records import Cabinet, MachineRecord, ProductRecord, VisitRecord

NOW = datetime(2026, 11, 19, 7, 50, tzinfo=UTC)
FILLED = datetime(2026, 11, 16, 8, 12, tzinfo=UTC)
READ = datetime(2026, 11, 19, 7, 44, tzinfo=UTC)

_ROWS = {
    "A": "Salted crisps 1.50 3 8 8, Salted crisps 1.50 4 8 8, Paprika rings 1.50 3 8 8,"
    "Paprika rings 1.50 5 8 8, Tortilla chips 1.60 3 7 8, Corn puffs 1.40 5 7 9,"
    "Pretzels 1.40 5 7 9, Popcorn 1.50 6 7 9",
    "B": "Choc wafer 1.20 5 11 12, Choc wafer 1.20 7 11 12, Caramel bar 1.30 6 11 12,"
    "Caramel bar 1.30 0 11 12, Peanut bar 1.30 5 11 12, Coconut bar 1.30 7 10 12,"
    "Milk choc 1.40 6 10 12, Dark choc 1.60 7 8 12",
    "C": "Gummy bears 1.60 3 10 10, Liquorice 1.50 7 8 10, Mints 1.00 6 8 10,"
    "Mint gum 1.20 7 10 10, Oat biscuits 1.30 6 9 10, Choc cookie 1.50 4 10 10,"
    "Rice cakes 1.40 6 6 10, Waffle 1.30 6 8 10",
    "D": "Trail mix 1.80 5 8 9, Salt almonds 2.00 6 8 9, Protein bar 2.40 0 8 8,"
    "Protein bar 2.40 2 8 9, Fruit bar 1.60 6 8 9, Cereal bar 1.40 4 8 8,"
    "Beef jerky 2.80 4 5 9, Cheese bites 1.90 6 6 9",
    "E": "Cola 1.60 3 10 10, Cola 1.60 4 10 10, Cola zero 1.60 0 10 10,"
    "Cola zero 1.60 3 10 10, Orange soda 1.60 5 8 10, Lemon soda 1.60 6 8 10,"
    "Ice tea 1.70 4 9 10, Energy drink 2.20 3 9 10",
    "F": "Still water 1.20 0 8 8, Still water 1.20 2 8 8, Still water 1.20 3 8 8,"
    "Spark. water 1.20 4 8 8, Spark. water 1.20 5 8 8, Apple juice 1.90 5 6 8,"
    "Orange juice 1.90 4 6 8, Vita water 2.10 4 6 8",
}


def product_id(name: str) -> str:
    return "p-" + name.lower().replace(" ", "-").replace(".", "")


def slot(
    label: str,
    row: int,
    column: int,
    product: str,
    price: int = 150,
    stock: int | None = 3,
    par: int = 8,
    fits: int = 10,
    cabinet: int = 1,
) -> SlotFacts:
    """A slot whose stock is known for sure: filled to par on Monday, read today."""
    key = SlotKey(cabinet, label)
    sold = par - stock if stock is not None else 0
    rows = (
        StockRow(FILLED, StockKind.FILL, par, par, "M", "visit-1"),
        StockRow(READ, StockKind.SALE, -sold, stock, "D", "read-9"),
    )
    return SlotFacts(
        key=key,
        row=row,
        column=column,
        selection=f"{row}{column}",
        product_id=product_id(product) if product else None,
        product_name=product,
        capacity=fits,
        par=par,
        price=price,
        stock=stock,
        sure=stock is not None,
        doubt="" if stock is not None else "never_counted",
        recount=False,
        source="C",
        known_at=FILLED if stock is not None else None,
        known_units=par if stock is not None else None,
        sold_since=sold,
        per_day=2.3 if product else None,
        days_left=1.0,
        machine_price=price,
        rows=rows if stock is not None else (),
    )


def drawn_slots() -> tuple[SlotFacts, ...]:
    """The 48 slots of the drawn machine, with what asks for a look in them."""
    made: dict[str, SlotFacts] = {}
    for row, (letter, words) in enumerate(_ROWS.items(), 1):
        for column, each in enumerate(words.split(","), 1):
            *name, price, stock, par, fits = each.split()
            made[f"{letter}{column}"] = slot(
                f"{letter}{column}",
                row,
                column,
                " ".join(name),
                round(float(price) * 100),
                int(stock),
                int(par),
                int(fits),
            )
    made["B6"] = replace(made["B6"], machine_price=120, price_differs=True)
    made["E8"] = replace(made["E8"], machine_price=200, price_differs=True)
    made["C1"] = replace(made["C1"], allotted=4)
    made["C8"] = replace(made["C8"], expiry="2026-11-24", expires_soon=True)
    made["D7"] = replace(
        made["D7"], change=PendingChange(product_id("Seed bar"), "Seed bar 40 g", 190)
    )
    made["D8"] = replace(
        made["D8"], sure=False, recount=True, doubt="below_zero", picture=product_id("Cheese bites")
    )
    return tuple(made.values())


def grid_slots(
    rows: int, columns: int, cabinet: int = 1, name: str = "Crisps"
) -> tuple[SlotFacts, ...]:
    """So many slots, all alike."""
    return tuple(
        slot(f"{row}-{column}", row, column, name, cabinet=cabinet)
        for row in range(1, rows + 1)
        for column in range(1, columns + 1)
    )


def machine(*cabinets: Cabinet) -> StopMachine:
    return StopMachine(
        record=MachineRecord(id="m1", asset_number="10427", cabinets=cabinets),
        tasks=("fill",),
        slots=48,
        urgency=Urgency(4, 3, 0.4, None, 3.0),
        band=Band.SOLD_OUT,
        stock=210,
        par=403,
        to_put_in=192,
        due=(),
        last_visit_at=FILLED,
        last_read_at=READ,
        visited=False,
        open_visit=True,
    )


def visit(
    slots: Sequence[SlotFacts],
    edits: Mapping[SlotKey, CellEdit] | None = None,
    *,
    visit_id: str = "v1",
    cell: SlotKey | None = None,
    finished: bool = False,
    begun: bool = True,
    cabinets: Sequence[Cabinet] = (),
) -> VisitView:
    """A visit under way with these slots, or one that is finished, or not begun."""
    draft = VisitDraft(
        visit_id=visit_id,
        machine_id="m1",
        run_id="r1",
        stop_id="s4",
        arrived_at=NOW - timedelta(minutes=8),
        tab="fill",
        cell=cell,
        edits=dict(edits or {}),
    )
    done = VisitRecord(
        id=visit_id,
        machine_id="m1",
        arrived_at="2026-11-19T07:42:00.000Z",
        finished_at="2026-11-19T07:50:00.000Z",
    )
    return VisitView(
        stop=None,
        machine=machine(*cabinets),
        draft=draft if begun and not finished else None,
        finished=done if finished else None,
        finished_state=RecordState.RECORDED_HERE if finished else None,
        sheet=FillSheet(tuple(slots), dict(edits or {})),
        read=None,
        cash=CashView(None, None, "EUR", 2, None, None, 0, None),
        tabs={},
        missing=(),
        office_note="",
        answer_wanted=False,
        checklist=(),
        photos_wanted=0,
        signature_wanted=False,
    )


def product(name: str, sku: str, barcode: str) -> ProductRecord:
    return ProductRecord(
        id=product_id(name), sku=sku, name=name, barcode=barcode, category="Snacks", price=190
    )


PRODUCTS = (
    product("Seed bar", "SN-070", "4006381333931"),
    product("Protein bar", "SN-031", "4006381333948"),
    product("Cola", "DR-001", "5449000000996"),
    product("Hazelnut slice with dark chocolate and sea salt", "SN-099", "4006381333955"),
)


@dataclass
class FillShop:
    """Services without a database: what was kept, in its order."""

    kept: list[tuple[str, dict[SlotKey, CellEdit]]] = field(default_factory=list)
    places: list[SlotKey | None] = field(default_factory=list)
    pictures: dict[str, bytes] = field(default_factory=dict)
    trouble: BaseException | None = None

    def keep_edits(self, visit_id: str, edits: Mapping[SlotKey, CellEdit]) -> None:
        if self.trouble is not None:
            raise self.trouble
        self.kept.append((visit_id, dict(edits)))

    def keep_place(self, visit_id: str, tab: str, cell: SlotKey | None) -> None:
        self.places.append(cell)

    def find_products(self, text: str, limit: int = 50) -> list[ProductRecord]:
        words = text.casefold().split()
        found = [p for p in PRODUCTS if all(w in f"{p.name} {p.sku}".casefold() for w in words)]
        return found[:limit]

    def product_by_code(self, code: str) -> ProductRecord | None:
        return next((p for p in PRODUCTS if code in (p.sku, p.barcode)), None)

    def product_pictures(self, ids: Collection[str]) -> dict[str, bytes]:
        return {each: self.pictures[each] for each in ids if each in self.pictures}

    def services(self) -> FillServices:
        return FillServices(
            keep_edits=self.keep_edits,
            keep_place=self.keep_place,
            find_products=self.find_products,
            product_by_code=self.product_by_code,
            product_pictures=self.product_pictures,
        )

    def part(self, look: Look, background: Background) -> FillPart:
        return FillPart(look, background, plain_messages(), self.services(), lambda: NOW)


def plain_messages() -> Messages:
    """Problems by their codes; the facts of a visit in the words of the services."""

    def words(code: str, values: Mapping[str, object]) -> Told:
        return Told(code, "", "", "you")

    return Messages(
        words,
        lambda question, answer: question,
        lambda entry: "",
        lambda entry: "",
        fact_words=visit_fact_words,
    )
