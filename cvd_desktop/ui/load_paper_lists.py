"""The lists of a day on paper: pick list, route sheet, a kit sheet for each machine."""

import re
from collections.abc import Mapping
from datetime import datetime

from PySide6.QtCore import QCoreApplication, QRectF

from cvd_desktop.domain.route_records import LoadView, RunView, StopMachine, StopView
from cvd_desktop.ui import formats
from cvd_desktop.ui.barcodes import code_128
from cvd_desktop.ui.load_paper import (
    A4,
    MARGIN,
    Cell,
    Code,
    Ink,
    PageMaker,
    Paper,
    Rule,
    Side,
    Text,
    foot,
    paper_day,
    text_wide,
)
from cvd_shared.route_shapes import Tote, ToteLine
from cvd_shared.wire_records import ProductRecord

RIGHT = A4[0] - MARGIN
BOX_ROOM = 60
CODE_WIDE, CODE_HIGH = 620, 120
_PARTS = re.compile(r"(\d+)")


def door_order(line: ToteLine) -> tuple[int, tuple[tuple[int, int | str], ...]]:
    """Cabinet by cabinet, labels as they stand on the door: A1, A2, A10, B1."""
    parts = tuple(
        (1, int(part)) if part.isdigit() else (0, part)
        for part in _PARTS.split(line.key.label)
        if part
    )
    return line.key.cabinet, parts


def units_words(count: int) -> str:
    translate = QCoreApplication.translate
    if count == 1:
        return translate("Papers", "1 unit")
    return translate("Papers", "{n} units").format(n=formats.number(count))


def content_words(tote: Tote) -> str:
    """ "40 units for 28 slots"."""
    translate = QCoreApplication.translate
    slots = len(tote.lines)
    words = translate("Papers", "{units} for {n} slots")
    if slots == 1:
        words = translate("Papers", "{units} for 1 slot")
    return words.format(units=units_words(tote.units), n=formats.number(slots))


def products_words(count: int) -> str:
    translate = QCoreApplication.translate
    if count == 1:
        return translate("Papers", "1 product")
    return translate("Papers", "{n} products").format(n=formats.number(count))


def stops_words(count: int) -> str:
    translate = QCoreApplication.translate
    if count == 1:
        return translate("Papers", "1 stop")
    return translate("Papers", "{n} stops").format(n=formats.number(count))


def machines_words(count: int) -> str:
    translate = QCoreApplication.translate
    if count == 1:
        return translate("Papers", "1 machine")
    return translate("Papers", "{n} machines").format(n=formats.number(count))


def pick_list_paper(view: LoadView, now: datetime) -> Paper:
    """By product, in the order of the list, with boxes to tick."""
    translate = QCoreApplication.translate
    maker = PageMaker(translate("Papers", "Pick list"), _route_day(view), _printed(view, now))
    place, name, pick, cases, singles = 150, 330, 1150, 1390, 1640
    heads = [
        Cell(place, 170, translate("Papers", "Place"), Ink.SMALL),
        Cell(name, 780, translate("Papers", "Product"), Ink.SMALL),
        Cell(pick, 200, translate("Papers", "To pick"), Ink.SMALL, Side.RIGHT),
        Cell(cases, 220, translate("Papers", "Cases"), Ink.SMALL, Side.RIGHT),
        Cell(singles, 170, translate("Papers", "Singles"), Ink.SMALL, Side.RIGHT),
    ]
    _repeat(maker, heads)
    for line in view.lines:
        if line.to_pick == 0:
            continue
        product = line.product
        size = f"{formats.number(line.cases)} x {product.case_size}" if line.cases else "·"
        loose = formats.number(line.singles) if line.singles else "·"
        maker.row(
            [
                Cell(place, 170, product.pick_place or "·", Ink.MONO),
                Cell(name, 780, product.name, Ink.STRONG, below=product.sku),
                Cell(pick, 200, formats.number(line.to_pick), Ink.STRONG, Side.RIGHT),
                Cell(cases, 220, size, Ink.STRONG, Side.RIGHT),
                Cell(singles, 170, loose, Ink.STRONG, Side.RIGHT),
                Cell(singles + 190, RIGHT - singles - 190, "", box=True),
            ]
        )
    total = translate("Papers", "{units} of {products}").format(
        units=units_words(view.units),
        products=products_words(sum(line.to_pick > 0 for line in view.lines)),
    )
    maker.row([Cell(name, 1300, total, Ink.STRONG)], pad=26, ruled=False)
    return maker.finish()


def kit_sheets_paper(view: LoadView, now: datetime) -> Paper:
    """A page for each tote: what goes behind which label of the door, in the door's order."""
    translate = QCoreApplication.translate
    products = {line.product.id: line.product for line in view.lines}
    title = translate("Papers", "Kit sheets")
    maker = PageMaker(title, _route_day(view), _printed(view, now))
    for n, tote in enumerate(view.totes):
        if n:
            maker.repeated = None
            maker.new_page()
        _kit(maker, tote, view, products)
    return maker.finish()


def _kit(
    maker: PageMaker, tote: Tote, view: LoadView, products: Mapping[str, ProductRecord]
) -> None:
    translate = QCoreApplication.translate
    top = maker.y
    title = translate("Papers", "Tote {n}").format(n=tote.number)
    maker.add(Text(maker.left, top + foot(Ink.HEAD), title, Ink.HEAD))
    asset = tote.asset_number
    code = code_128(asset)
    if code is not None:
        maker.add(Code(QRectF(RIGHT - CODE_WIDE, top, CODE_WIDE, CODE_HIGH), code))
    maker.y = top + 66
    maker.words(asset, Ink.MONO_HEAD, width=maker.width - CODE_WIDE - 40)
    maker.words(view.place_names.get(tote.machine_id, ""), width=maker.width - CODE_WIDE - 40)
    maker.words(content_words(tote), Ink.STRONG)
    maker.y = max(maker.y, top + CODE_HIGH) + 30
    door, name, count, cases = 150, 420, 1330, 1500
    cabinets = len({line.key.cabinet for line in tote.lines}) > 1
    heads = [
        Cell(door, 260, translate("Papers", "Door"), Ink.SMALL),
        Cell(name, 880, translate("Papers", "Product"), Ink.SMALL),
        Cell(count, 150, translate("Papers", "Units"), Ink.SMALL, Side.RIGHT),
        Cell(cases, 330, translate("Papers", "Cases + singles"), Ink.SMALL, Side.RIGHT),
    ]
    _repeat(maker, heads)
    for line in sorted(tote.lines, key=door_order):
        product = products.get(line.product_id)
        label = line.key.label
        below = translate("Papers", "cabinet {n}").format(n=line.key.cabinet) if cabinets else ""
        maker.row(
            [
                Cell(door, 260, label, Ink.MONO, below=below),
                Cell(
                    name,
                    880,
                    view.names.get(line.product_id, line.product_id),
                    Ink.STRONG,
                    below=product.sku if product else "",
                ),
                Cell(count, 150, formats.number(line.units), Ink.STRONG, Side.RIGHT),
                Cell(cases, 330, _case_words(line.units, product), Ink.PLAIN, Side.RIGHT),
                Cell(cases + 340, RIGHT - cases - 340, "", box=True),
            ]
        )


def _case_words(units: int, product: ProductRecord | None) -> str:
    """ "1 x 24 + 3"; the units alone where they come by the piece."""
    size = product.case_size if product else 1
    if size <= 1 or units < size:
        return formats.number(units)
    whole, rest = divmod(units, size)
    return f"{whole} x {size}" + (f" + {rest}" if rest else "")


def route_sheet_paper(run: RunView, load: LoadView | None, now: datetime) -> Paper:
    """The stops in their order: where, when, how to get in, which machines, what is asked for."""
    translate = QCoreApplication.translate
    number = translate("Papers", "Route {number}").format(number=run.route_number)
    day = paper_day(run.day)
    printed = translate("Papers", "Printed {when}").format(when=formats.day_and_time(now))
    maker = PageMaker(translate("Papers", "Route sheet"), f"{number}, {day}", printed)
    if run.route_name and run.route_name != number:
        maker.words(run.route_name, Ink.STRONG)
    machines = sum(len(stop.machines) for stop in run.stops)
    maker.words(f"{stops_words(len(run.stops))}, {machines_words(machines)}")
    maker.y += 20
    totes = {tote.machine_id: tote for tote in load.totes} if load is not None else {}
    for stop in run.stops:
        _stop(maker, stop, totes)
    return maker.finish()


def _stop(maker: PageMaker, stop: StopView, totes: Mapping[str, Tote]) -> None:
    translate = QCoreApplication.translate
    left, name = maker.left, maker.left + 130
    wide = RIGHT - name - 420
    place = stop.location
    address = place.address if place is not None else ""
    head = Cell(name, wide, stop.name, Ink.HEAD, below=address)
    maker.need(maker.row_high([head]) + 220)  # a stop is begun where some of it has room
    maker.add(Rule(left, maker.y, maker.width, 4))
    maker.row(
        [
            Cell(left, 120, str(stop.number), Ink.TITLE),
            head,
            Cell(RIGHT - 400, 400, _window(stop), Ink.STRONG, Side.RIGHT, below=_must(stop)),
        ],
        ruled=False,
    )
    told = [
        (translate("Papers", "Open"), place.access_hours if place else ""),
        (translate("Papers", "Access"), place.access_notes if place else ""),
        (translate("Papers", "Contact"), place.contact if place else ""),
        (translate("Papers", "Office"), stop.note),
    ]
    for word, text in told:
        if text:
            maker.row(
                [Cell(name, 200, word, Ink.SMALL), Cell(name + 200, RIGHT - name - 200, text)],
                pad=4,
                ruled=False,
            )
    for item in stop.checklist:
        cells = [Cell(name, BOX_ROOM, "", box=True), Cell(name + 90, RIGHT - name - 90, item)]
        maker.row(cells, pad=8, ruled=False)
    maker.y += 8
    for machine in stop.machines:
        _machine(maker, machine, totes.get(machine.record.id), name)
    maker.y += 24


def _machine(maker: PageMaker, machine: StopMachine, tote: Tote | None, left: float) -> None:
    translate = QCoreApplication.translate
    record = machine.record
    what = formats.make_and_model(record.make, record.model)
    kit = ""
    if tote is not None:
        kit = translate("Papers", "Tote {n}").format(n=tote.number)
    units = units_words(machine.to_put_in)
    asset = 40 + max(260.0, text_wide(record.asset_number, Ink.MONO))
    asset = min(asset, 500)
    maker.row(
        [
            Cell(left, asset - 30, record.asset_number, Ink.MONO),
            Cell(left + asset, 560, _tasks(machine), Ink.STRONG, below=what),
            Cell(RIGHT - 560, 230, kit, Ink.PLAIN, Side.RIGHT),
            Cell(RIGHT - 320, 240, units, Ink.PLAIN, Side.RIGHT),
            Cell(RIGHT - BOX_ROOM, BOX_ROOM, "", box=True),
        ],
        pad=12,
    )


def _tasks(machine: StopMachine) -> str:
    translate = QCoreApplication.translate
    words = {
        "fill": translate("Papers", "Fill"),
        "collect": translate("Papers", "Collect"),
        "inventory": translate("Papers", "Count"),
        "audit": translate("Papers", "Read"),
        "repair": translate("Papers", "Repair"),
    }
    return ", ".join(words[task] for task in machine.tasks) or translate("Papers", "Nothing asked")


def _must(stop: StopView) -> str:
    return QCoreApplication.translate("Papers", "Must be done today") if stop.must_do else ""


def _window(stop: StopView) -> str:
    translate = QCoreApplication.translate
    if stop.window_from and stop.window_to:
        return translate("Papers", "{start} to {end}").format(
            start=stop.window_from, end=stop.window_to
        )
    if stop.window_from:
        return translate("Papers", "from {time}").format(time=stop.window_from)
    if stop.window_to:
        return translate("Papers", "until {time}").format(time=stop.window_to)
    return translate("Papers", "any time")


def _repeat(maker: PageMaker, heads: list[Cell]) -> None:
    """Heads of a table, now and at the top of every page that it goes on to."""

    def heading() -> None:
        high = maker.row_high(heads, 8)
        for cell in heads:
            x = cell.x + (cell.width if cell.side is Side.RIGHT else 0)
            maker.add(Text(x, maker.y + 8 + foot(Ink.SMALL), cell.text, Ink.SMALL, cell.side))
        maker.y += high
        maker.rule(4)

    maker.need(200)
    heading()
    maker.repeated = heading


def _route_day(view: LoadView) -> str:
    translate = QCoreApplication.translate
    number = translate("Papers", "Route {number}").format(number=view.route_number)
    return f"{number}, {paper_day(view.day)}"


def _printed(view: LoadView, now: datetime) -> str:
    """When it was printed, and of when its figures are."""
    words = QCoreApplication.translate("Papers", "Printed {when}, figures of {made}")
    return words.format(
        when=formats.day_and_time(now), made=formats.moment_beside(view.made_at, now)
    )
