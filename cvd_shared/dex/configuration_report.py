"""The report that sets up a machine: asset number, clock, prices, names, reset of the interval.

EVA-DTS 6.2.2 ch. 4.6 and 5.1.1: configuration segments (IC, PC, LC, SD) in an envelope as an audit
has it. A machine takes what it knows and passes over the rest.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Literal, NamedTuple

from cvd_shared.dex.dex_writer import Style, Value, envelope, escape, segment_line

_RESET = "RESET"


class ListPrice(NamedTuple):
    """Where a price of a price list stands: PC7, or LC1 for machines whose lists know no device."""

    selection: str
    price_list: int
    device: str | None = None  # CA, DA, DB, TA; None: LC1


def configuration_report(
    communication_id: str,
    *,
    asset_number: str | None = None,
    clock: datetime | None = None,
    prices: Mapping[str, int] | None = None,
    names: Mapping[str, str] | None = None,
    list_prices: Mapping[ListPrice, int] | None = None,
    interval_reset: bool = False,
    event_reset: bool = False,
    password: str | None = None,
    version: str = "V0/6",
    identity_segment: Literal["IC1", "ID1"] = "IC1",
    short_clock: bool = False,
) -> bytes:
    """A whole report for the machine, from the reader `communication_id` (10 characters, DXS01).

    `prices` (minor units) and `names` (at most 20 characters) are by selection; `clock` is what the
    machine shall show, its local time, with `short_clock` in the six and four digits of first
    devices. `password` goes with the reset commands. `identity_segment`: the text of the standard
    asks for IC1, its example in ch. 4.7 sends ID1, and so do some machines want it.

    Raises ValueError, with the code of the element, for what does not fit there; also when nothing
    at all would be set.
    """
    segment_line("DXS", [_given("DXS01", communication_id), "VA", version])
    style = Style(date_digits=6, time_digits=4) if short_clock else Style()
    lines = []
    if asset_number is not None:
        number = _given(f"{identity_segment}06", asset_number)
        lines.append(segment_line(identity_segment, [*[None] * 5, number]))
    if clock is not None:
        shown = [clock.date().isoformat(), clock.time().isoformat("seconds")]
        lines.append(segment_line("IC5", [*shown, clock.second if short_clock else None], style))
    lines += _products(prices or {}, names or {})
    for (selection, price_list, device), price in (list_prices or {}).items():
        if device is None:
            lines.append(segment_line("LC1", [price_list, _given("LC102", selection), price]))
        else:
            values: list[Value] = [
                _given("PC701", selection),
                _given("PC702", device),
                price_list,
                price,
            ]
            lines.append(segment_line("PC7", values))
    if interval_reset or event_reset:
        commands = [_RESET if wanted else None for wanted in (interval_reset, event_reset)]
        lines.append(segment_line("SD1", [password, None, None, None, *commands]))
    if not lines:
        raise ValueError("nothing to set")
    return envelope(lines, escape(communication_id), version)


def _products(prices: Mapping[str, int], names: Mapping[str, str]) -> Iterator[str]:
    for selection in dict.fromkeys((*prices, *names)):
        name = _given("PC101", selection)
        yield segment_line("PC1", [name, prices.get(selection), names.get(selection)])


def _given(code: str, value: str) -> str:
    """Empty elements would set something else, or nothing."""
    if not value.strip():
        raise ValueError(f"{code}: {value!r} is empty")
    return value
