"""What a write will change: every value before and after, what is odd about it, the document.

Pure: the machine is known from a look read. Only what differs is sent.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from cvd_desktop.domain.problem import ExitCode, Problem
from cvd_desktop.domain.write_records import PlannedChange, PlanWarning, Wanted, WritePlan
from cvd_desktop.services.machine_values import CASH, MachineValues
from cvd_shared.dex.configuration_report import ListPrice, configuration_report
from cvd_shared.dex.dex_report import Report
from cvd_shared.dex.machine_reading import MachineReading
from cvd_shared.dex.write_style import WriteStyle, write_style
from cvd_shared.selection_names import Names
from cvd_shared.wire_events import WriteWhat

READER_ID = "CVD0000001"
"""The communication id of our configuration reports, as of our reads (DXS01)."""

_MOST_DIGITS = 8  # of a price (PC102)
_PRICE = re.compile(r"([0-9]{1,12})(?:[.,]([0-9]{1,12}))?")


@dataclass(frozen=True, slots=True)
class Seen:
    """The machine as a look read saw it."""

    read_id: str
    report: Report
    reading: MachineReading
    link: str = "dexucs"
    machine_id: str | None = None
    asset_number: str | None = None
    currency: str = ""
    decimals: int = 2


def plan_write(seen: Seen, wanted: Wanted, now: datetime) -> WritePlan:
    """The preview. `now`: the local time that the clock would be set to.

    Raises Problem: write_nothing, write_set_twice, write_price_unreadable, write_value_unfit.
    """
    if wanted.nothing:
        raise Problem("write_nothing", ExitCode.USAGE)
    style = write_style(seen.report, seen.reading)
    style = style._replace(
        identity_segment=wanted.identity_segment or style.identity_segment,
        price_segment=wanted.price_segment or style.price_segment,
    )
    plan = WritePlan(
        lines=_Planner(seen, wanted, style).lines(now),
        warnings=(),
        style=style,
        before=seen.reading,
        before_read_id=seen.read_id,
        link=seen.link,
        machine_id=seen.machine_id,
        asset_number=seen.asset_number,
        currency=seen.currency,
        decimals=seen.decimals,
        password=wanted.password,
    )
    if plan.changes:
        document_of(plan, now)  # what does not fit is said before anything is sent
    return replace(plan, warnings=tuple(_warnings(plan)))


def document_of(plan: WritePlan, now: datetime) -> bytes:
    """The configuration report with what changes. `now`: the local time for the clock.

    Raises Problem("write_value_unfit") for a value that the standard has no room for.
    """
    prices: dict[str, int] = {}
    names: dict[str, str] = {}
    list_prices: dict[ListPrice, int] = {}
    values = MachineValues(plan.before)
    by_what = {change.what: change for change in plan.changes}
    for change in plan.changes:
        if change.what == "price":
            _price_into(plan, values, change, prices, list_prices)
        elif change.what == "list_price":
            list_prices[_list_price(change)] = int(change.after)
        elif change.what == "name":
            names[change.selection or ""] = change.after
    asset = by_what.get("asset_number")
    try:
        return configuration_report(
            READER_ID,
            asset_number=asset.after if asset else None,
            clock=now if "clock" in by_what else None,
            prices=prices,
            names=names,
            list_prices=list_prices,
            interval_reset="interval_reset" in by_what,
            event_reset="event_reset" in by_what,
            password=plan.password,
            identity_segment=plan.style.identity_segment,
            short_clock=plan.style.short_clock,
        )
    except ValueError as error:
        raise Problem("write_value_unfit", ExitCode.USAGE, reason=str(error)) from error


def parse_price(price: int | str, decimals: int) -> int:
    """Minor units of "150" (they are minor units) or "1.50" (the machine's currency).

    A comma counts as a point. Raises Problem("write_price_unreadable").
    """
    if isinstance(price, int):
        return price
    match = _PRICE.fullmatch(price.strip())
    whole, rest = (match[1], match[2]) if match else ("", None)
    digits = whole if rest is None else whole + rest.ljust(decimals, "0")
    if not match or len(rest or "") > decimals or len(digits.lstrip("0")) > _MOST_DIGITS:
        raise Problem("write_price_unreadable", ExitCode.USAGE, price=price, decimals=decimals)
    return int(digits)


def check_prices(wanted: Wanted) -> None:
    """Say before the machine is touched that a text is no price in any currency.

    Raises Problem("write_price_unreadable").
    """
    for price in (*wanted.prices.values(), *wanted.list_prices.values()):
        if isinstance(price, str) and not _PRICE.fullmatch(price.strip()):
            raise Problem("write_price_unreadable", ExitCode.USAGE, price=price, decimals=2)


def shown_clock(now: datetime) -> str:
    """A clock as the lines of a plan tell it: local time without a zone, to the second."""
    return now.replace(tzinfo=None).isoformat(timespec="seconds")


class _Planner:
    def __init__(self, seen: Seen, wanted: Wanted, style: WriteStyle) -> None:
        self._decimals = seen.decimals
        self._for_cash = style.price_segment == "PC7"
        self._values = MachineValues(seen.reading)
        self._wanted = wanted
        self._names = Names(self._values.selections)

    def lines(self, now: datetime) -> tuple[PlannedChange, ...]:
        lines = tuple(self._all(now))
        places = set()
        for line in lines:
            place = (line.what, line.selection, line.price_list, line.device)
            if place in places:
                raise Problem("write_set_twice", ExitCode.USAGE, selection=line.selection)
            places.add(place)
        return lines

    def _all(self, now: datetime) -> Iterator[PlannedChange]:
        wanted, values = self._wanted, self._values
        for asked, price in wanted.prices.items():
            selection, known = self._selection(asked)
            before = _text(values.price(selection, for_cash=self._for_cash))
            after = str(parse_price(price, self._decimals))
            yield _change("price", after, before, selection, known=known)
        for place, price in wanted.list_prices.items():
            selection, known = self._selection(place.selection)
            at = place._replace(selection=selection)
            after = str(parse_price(price, self._decimals))
            before = _text(values.list_price(at))
            line = _change("list_price", after, before, selection, known=known)
            yield replace(line, price_list=place.price_list, device=place.device)
        for asked, name in wanted.names.items():
            selection, known = self._selection(asked)
            yield _change("name", name, values.name(selection), selection, known=known)
        if wanted.asset_number is not None:
            yield _change("asset_number", wanted.asset_number, values.reading.identity.asset_number)
        if wanted.clock:
            yield PlannedChange("clock", shown_clock(now), values.reading.machine_clock)
        if wanted.interval_reset:
            yield PlannedChange("interval_reset", "0", _text(values.interval_count))
        if wanted.event_reset:
            yield PlannedChange("event_reset", "0", _text(values.event_count))

    def _selection(self, asked: str) -> tuple[str, bool]:
        """As the machine calls it; as it was asked for where the machine tells of none such."""
        found = self._names.find(asked)
        return (asked.strip(), False) if found is None else (found, True)


def _change(
    what: WriteWhat,
    after: str,
    before: str | None,
    selection: str | None = None,
    *,
    known: bool = True,
) -> PlannedChange:
    same = known and before == after
    return PlannedChange(what, after, before, selection, same=same, known=known)


def _text(number: int | None) -> str | None:
    return None if number is None else str(number)


def _price_into(
    plan: WritePlan,
    values: MachineValues,
    change: PlannedChange,
    prices: dict[str, int],
    list_prices: dict[ListPrice, int],
) -> None:
    selection = change.selection or ""
    if plan.style.price_segment == "PC1":
        prices[selection] = int(change.after)
        return
    list_prices[ListPrice(selection, values.cash_list(selection), CASH)] = int(change.after)


def _list_price(change: PlannedChange) -> ListPrice:
    return ListPrice(change.selection or "", change.price_list or 0, change.device)


def _warnings(plan: WritePlan) -> Iterator[PlanWarning]:
    unknown = [line.selection for line in plan.lines if not line.known]
    if unknown:
        yield PlanWarning("write_unknown_selection", {"selections": ", ".join(map(str, unknown))})
    if not plan.changes:
        yield PlanWarning("write_no_change")
        return
    if plan.link == "dexucs" and (plan.before.settings.interval_reset or "").upper() == "AUTO":
        yield PlanWarning("write_auto_mode")
    if any(line.what == "interval_reset" for line in plan.lines):
        count = MachineValues(plan.before).interval_count
        yield PlanWarning("write_resets_interval", {"vends": "?" if count is None else count})
    if any(line.what == "asset_number" for line in plan.changes):
        yield PlanWarning("write_renames", {"asset_number": plan.asset_number or "?"})
