"""Groups the product segments of a report (PA1 to PA8) into selections with their meters."""

from bisect import bisect
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import partial
from itertools import islice
from operator import lt
from typing import Any

from cvd_shared.dex.dex_report import Line
from cvd_shared.dex.element_reader import ElementReader
from cvd_shared.dex.machine_reading import (
    Meters,
    PaymentSales,
    Selection,
    VendCount,
)
from cvd_shared.dex.reading_shapes import BELONGING, PRODUCT

Groups = Mapping[str, Sequence[Line]]


def selections(
    values: ElementReader, groups: Groups, payments: Sequence[PaymentSales]
) -> tuple[Selection, ...]:
    """The selections in the order of PA1; of PA7 for a machine that sends no PA1."""
    products = groups.get("PA1")
    if products:
        lines, names, *facts = values.columns("PA1", products, PRODUCT)
    else:
        first_lines: dict[str, int] = {}
        for payment in payments:
            if payment.selection:
                first_lines.setdefault(payment.selection, payment.line)
        lines, names = list(first_lines.values()), list(first_lines)
        facts = [[None] * len(first_lines)] * (len(PRODUCT) - 1)
    found = {id_: _belonging(values, groups.get(id_, ()), id_, lines) for id_ in BELONGING}
    if not all(found["PA2"]):
        found["PA2"] = _sold_by_payments(found, names, payments)
    shown = names if _all_different(names) else _odd_names(values, lines, names)
    named = [name is not None for name in names]
    told = (_with_empty(found[id_], type_) for id_, (type_, _) in BELONGING.items())
    columns = zip(lines, shown, named, *facts, *told, strict=True)
    return tuple(map(partial(tuple.__new__, Selection), columns))


def _belonging(
    values: ElementReader, group: Sequence[Line], segment_id: str, product_lines: Sequence[int]
) -> list[Any]:
    """What belongs to each product, None where nothing does; the first of doubled ones counts."""
    if not group:
        return [None] * len(product_lines)
    rows = _rows(values, group, segment_id)
    lines = [line for line, _ in group]
    if len(lines) == len(product_lines) and _alternate(product_lines, lines):
        return rows
    positions = list(map(partial(bisect, product_lines), lines))
    orphans = positions.count(0)
    for line in lines[:orphans]:
        message = "Product meters without a PA1 above"
        values.note("info", "no_selection_above", line, message)
    found = dict(zip(reversed(positions), reversed(rows), strict=True))
    return [found.get(position) for position in range(1, len(product_lines) + 1)]


def _rows(values: ElementReader, group: Sequence[Line], segment_id: str) -> list[Any]:
    """The rows of a group; segments of the same text, which are many, are read once."""
    if group[0][1] != group[-1][1]:  # few, it seems
        return _made(values, group, segment_id)
    texts = [raw for _, raw in group]
    different = {raw: (line, raw) for line, raw in group}
    noted = values.noted
    rows = _made(values, list(different.values()), segment_id)
    if values.noted > noted:  # tell all the lines
        return _made(values, group, segment_id)
    return list(map(dict(zip(different, rows, strict=True)).__getitem__, texts))


def _made(values: ElementReader, group: Sequence[Line], segment_id: str) -> list[Any]:
    type_, shape = BELONGING[segment_id]
    _, *columns = values.columns(segment_id, group, shape)
    return list(map(partial(tuple.__new__, type_), zip(*columns, strict=True)))


def _alternate(ones: Sequence[int], others: Sequence[int]) -> bool:
    """Whether each of the others stands behind its one and before the next one."""
    return all(map(lt, ones, others)) and all(map(lt, others, islice(ones, 1, None)))


def _with_empty(rows: list[Any], type_: type[Any]) -> list[Any]:
    if all(rows):
        return rows
    empty = type_()
    return [empty if row is None else row for row in rows]


def _sold_by_payments(
    found: Mapping[str, list[Any]], names: Sequence[str | None], payments: Sequence[PaymentSales]
) -> list[Meters | None]:
    """PA2, or the meters from PA7 where a machine sends no PA2; each PA7 counts once."""
    sales: dict[str | None, list[PaymentSales]] = {}
    for payment in payments:
        sales.setdefault(payment.selection, []).append(payment)
    sales.pop(None, None)
    meters = []
    for name, sold, mixed in zip(names, found["PA2"], found["PA8"], strict=True):
        if sold is None and name in sales:
            sold = _summed(sales.pop(name), mixed or VendCount())
        meters.append(sold)
    return meters


def _summed(sales: Sequence[PaymentSales], mixed: VendCount) -> Meters:
    """A vend that is paid in two ways is in two PA7, and told by PA8 (EVA-DTS 6.2.2 ch. 5.2)."""
    columns = zip(*(payment[5:] for payment in sales), strict=True)
    number, value, number_lately, value_lately = map(_sum, columns)
    return Meters(
        _counted_once(number, mixed.number_since_init),
        value,
        _counted_once(number_lately, mixed.number_since_reset),
        value_lately,
    )


def _counted_once(number: int | None, mixed: int | None) -> int | None:
    return number - mixed if number is not None and mixed and mixed <= number else number


def _sum(values: tuple[int | None, ...]) -> int | None:
    known = [value for value in values if value is not None]
    return sum(known) if known else None


def _all_different(names: Sequence[str | None]) -> bool:
    different = set(names)
    return len(different) == len(names) and None not in different


def _odd_names(
    values: ElementReader, lines: Sequence[int], names: Sequence[str | None]
) -> list[str]:
    """The names with positions for what has none; tells what is odd about them."""
    times = Counter(names)
    shown = []
    for position, (line, name) in enumerate(zip(lines, names, strict=True), 1):
        if name is None:
            message = "The machine gives the selection no name; its position is shown"
            values.note("info", "selection_unnamed", line, message)
            shown.append(f"#{position}" if str(position) in times else str(position))
            continue
        if times[name] > 1:
            message = f"Selection {name} is there more than once"
            values.note("warning", "selection_twice", line, message, name)
        shown.append(name)
    return shown
