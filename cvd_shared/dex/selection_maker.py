"""Groups the product segments of a report (PA1 to PA8) into selections with their meters."""

from bisect import bisect
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import partial
from itertools import repeat
from typing import Any

from cvd_shared.dex.element_reader import ElementReader, LineElements
from cvd_shared.dex.machine_reading import (
    Meters,
    PaymentSales,
    Selection,
    VendCount,
)
from cvd_shared.dex.reading_shapes import BELONGING, PRODUCT

Groups = Mapping[str, list[LineElements]]


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
    positions = range(1, len(lines) + 1)
    found = {id_: _by_position(values, groups, id_, lines) for id_ in BELONGING}
    if len(found["PA2"]) < len(lines):
        _sell_by_payments(found, names, payments)
    belonging = (
        map(found[id_].get, positions, repeat(type_())) for id_, (type_, _) in BELONGING.items()
    )
    sold, tests, free, mixed, sold_out = belonging
    shown = names if _all_different(names) else _odd_names(values, lines, names)
    return tuple(
        map(
            partial(tuple.__new__, Selection),
            zip(
                lines,
                shown,
                [name is not None for name in names],
                *facts,
                sold,
                tests,
                free,
                mixed,
                sold_out,
                strict=True,
            ),
        )
    )


def _by_position(
    values: ElementReader, groups: Groups, segment_id: str, product_lines: Sequence[int]
) -> dict[int, Any]:
    """What belongs to each product, by its position from 1; the first of doubled ones counts."""
    group = groups.get(segment_id)
    if not group:
        return {}
    type_, shape = BELONGING[segment_id]
    lines, *columns = values.columns(segment_id, group, shape)
    rows = list(map(partial(tuple.__new__, type_), zip(*columns, strict=True)))
    positions = list(map(partial(bisect, product_lines), lines))
    found = dict(zip(reversed(positions), reversed(rows), strict=True))
    if found.pop(0, None) is not None:
        for line in lines[: positions.count(0)]:
            message = "Product meters without a PA1 above"
            values.note("info", "no_selection_above", line, message)
    return found


def _sell_by_payments(
    found: dict[str, dict[int, Any]], names: Sequence[str | None], payments: Sequence[PaymentSales]
) -> None:
    """The meters from PA7, for machines that send no PA2."""
    by_name: dict[str | None, list[PaymentSales]] = {}
    for payment in payments:
        by_name.setdefault(payment.selection, []).append(payment)
    for position, name in enumerate(names, 1):
        if name and name in by_name and position not in found["PA2"]:
            rows = [payment[5:] for payment in by_name[name]]
            number, value, number_lately, value_lately = map(_sum, zip(*rows, strict=True))
            mixed = found["PA8"].get(position, VendCount())
            found["PA2"][position] = Meters(
                _counted_once(number, mixed.number_since_init),
                value,
                _counted_once(number_lately, mixed.number_since_reset),
                value_lately,
            )


def _counted_once(number: int | None, mixed: int | None) -> int | None:
    """A vend that is paid in two ways is in two PA7, and told by PA8 (EVA-DTS 6.2.2 ch. 5.2)."""
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
