"""The paid sales of a machine between two reports, from three witnesses: its selections, its total
(VA1) and its ways of paying (CA2, DA2, DB2, TA2; else PA7).

Test and free vends are none of them. A vend paid in two ways is counted by both (DA10, DB10, PA8)
and is one sale (EVA-DTS 6.2.2 ch. 5.2).
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from cvd_shared.dex.counter_moves import Moves
from cvd_shared.dex.interval_facts import EVIDENCE, Evidence, PaymentDelta
from cvd_shared.dex.machine_reading import MachineReading, PaymentSales, Selection
from cvd_shared.dex.meters import NOT_THERE, Delta, DeltaKind, amount_of, delta, sum_if_known

_DEVICES = ("CA", "DA", "DB", "TA")
_TOKEN_VALUE = ("TA201", "TA205")
_TOKEN_UNITS = ("TA202", "TA206")
_LONGEST = 15  # digits of a sum: it does not roll over


class Totals(NamedTuple):
    """None where a figure cannot be known; `_from` is the element that tells it."""

    units: int | None
    units_from: str
    value: int | None
    value_from: str
    payments: tuple[PaymentDelta, ...]
    evidence: list[Evidence]


class _Sum(NamedTuple):
    """A sum over the selections: of how many, and how many are not known."""

    amount: int
    known: int
    unknown: int

    @property
    def whole(self) -> int | None:
        return self.amount if self.known and not self.unknown else None


class _Witnesses(NamedTuple):
    """What was sold by the selections, by VA1 and by the ways of paying; None where not known."""

    selections: int | None
    total: int | None
    paid: int | None


def totals(before: MachineReading, now: MachineReading, moves: Moves) -> Totals:
    """The sales, their split, and where the witnesses disagree."""
    payments, by_difference = _payments(before, now, moves)
    evidence = list(by_difference)
    sold, worth = _selection_sums(moves)
    paid, paid_value = (None, None) if by_difference else _paid(payments, moves)
    units = _Witnesses(sold.whole, amount_of(moves.counters, "VA102"), paid)
    counted = worth.whole if _counts_value(moves) else None
    value = _Witnesses(counted, amount_of(moves.counters, "VA101"), paid_value)

    all_units, units_from = _chosen(units, ("PA201", "VA102", "CA202"))
    all_value, value_from = _chosen(value, ("PA202", "VA101", "CA201"))
    if not all_value and all_units and _free_of_value(before, now, moves):
        all_value, value_from = None, ""
        evidence.append(Evidence("value_not_counted", {"units": all_units}, ("VA101", "PA202")))
    if sold.known and sold.unknown and not moves.machine_restarted:
        values: dict[str, str | int] = {"known": sold.amount, "count": sold.unknown}
        evidence.append(Evidence("sum_incomplete", values, ("PA201",)))
    if sold.unknown and sold.amount > (units.total or sold.amount):  # the known ones alone
        units = units._replace(selections=sold.amount)
    evidence += _disagreements(units, value, payments)
    return Totals(all_units, units_from, all_value, value_from, payments, evidence)


def _chosen(witnesses: _Witnesses, elements: tuple[str, str, str]) -> tuple[int | None, str]:
    """The sum of the selections where it is whole, unless the two others agree on another figure:
    some makes count a selection twice, others drop the meters of one that was taken out."""
    selections, total, paid = witnesses
    if total is not None and total == paid and selections != total:
        return total, elements[1]
    for figure, element in zip(witnesses, elements, strict=True):
        if figure is not None:
            return figure, element
    return None, ""


def _disagreements(
    units: _Witnesses, value: _Witnesses, payments: Sequence[PaymentDelta]
) -> Iterator[Evidence]:
    """Where two witnesses say different things; VA1 is what the others are held against."""
    pairs = [
        ("units_differ", units.selections, units.total, ("PA201", "VA102")),
        ("value_differs", value.selections, value.total, ("PA202", "VA101")),
        ("payments_differ", units.paid, units.total, ("CA202", "DA202", "VA102")),
        ("payments_value_differs", value.paid, value.total, ("CA201", "DA201", "VA101")),
    ]
    for code, said, total, elements in pairs:
        if said is None or total is None or said == total:
            continue
        silent = all(each.mixed_units.amount is None for each in payments)
        if code == "payments_differ" and silent and said > total and value.paid == value.total:
            continue  # mixed payments, of a make that does not count them
        yield Evidence(code, dict(zip(EVIDENCE[code], (said, total), strict=True)), elements)


# --- selections -------------------------------------------------------------------------------


def _selection_sums(moves: Moves) -> tuple[_Sum, _Sum]:
    """Units and value of the selections; those that the machine says it has not may be unknown."""
    units = [each.units for each in moves.selections]
    value = [each.value for each in moves.selections]
    return _sum(units, moves), _sum(value, moves)


def _sum(deltas: list[Delta], moves: Moves) -> _Sum:
    amounts = [each.amount for each in deltas if each.amount is not None]
    unknown = 0
    if len(amounts) < len(deltas):
        unknown = sum(
            each.amount is None and _should_count(each, was, is_)
            for each, (was, is_) in zip(deltas, moves.pairs, strict=True)
        )
    return _Sum(sum(amounts), len(amounts), unknown)


def _should_count(moved: Delta, was: Selection | None, is_: Selection | None) -> bool:
    silent = moved.before is None and moved.now is None
    present = any(each is not None and each.present for each in (was, is_))
    return present or not silent


def _counts_value(moves: Moves) -> bool:
    """Some makes send the value of a selection as 0 for ever."""
    return any(each.value.now or each.value.before for each in moves.selections) or not any(
        each.units.amount for each in moves.selections
    )


def _free_of_value(before: MachineReading, now: MachineReading, moves: Moves) -> bool:
    """Vends with a price, and no counter of value that ever moved: the machine counts none."""
    if any(each.value.now for each in moves.selections) or now.counters.get("VA101"):
        return False
    return any(each.price for each in (*before.selections, *now.selections))


# --- ways of paying -----------------------------------------------------------------------------


def _payments(
    before: MachineReading, now: MachineReading, moves: Moves
) -> tuple[tuple[PaymentDelta, ...], tuple[Evidence, ...]]:
    """The ways of paying, cash first; with evidence when cash is only what the others leave."""
    found = {}
    counters = moves.counters
    listed: Mapping[str, tuple[Delta, Delta]] = {}
    if any(f"{device}202" not in counters for device in ("CA", "DA")):
        listed = _listed_payments(before, now, moves)
    for device in _DEVICES:
        codes = (
            (_TOKEN_UNITS, _TOKEN_VALUE)
            if device == "TA"
            else ((f"{device}202",), (f"{device}201",))
        )
        units, value = (_added([counters[c] for c in each if c in counters]) for each in codes)
        if units is NOT_THERE and value is NOT_THERE:
            if device not in listed:
                continue
            units, value = listed[device]
        mixed = counters.get(f"{device}1001", NOT_THERE)
        found[device] = PaymentDelta(device, units, value, mixed)
    if "CA" in found:
        found["CA"] = found["CA"]._replace(mixed_units=_mixed_cash(moves))
    elif "CA305" in counters or "CA306" in counters:
        cash = _cash_by_difference(found.values(), moves)
        if cash is not None:
            values = {"value": cash.value.amount or 0}
            told = Evidence("cash_by_difference", values, ("VA101", "DA201"))
            return (cash, *found.values()), (told,)
    return tuple(found.values()), ()


def _mixed_cash(moves: Moves) -> Delta:
    """Vends paid partly in cash: PA8 where the machine sends it, else by the cashless devices."""
    if any(is_ is not None and is_.mixed.number_since_init is not None for _, is_ in moves.pairs):
        return _added(
            [
                _measured(was.mixed.number_since_init, is_.mixed.number_since_init, moves)
                for was, is_ in moves.pairs
                if was is not None and is_ is not None
            ]
        )
    return _added([moves.counters[c] for c in ("DA1001", "DB1001") if c in moves.counters])


def _cash_by_difference(others: Iterable[PaymentDelta], moves: Moves) -> PaymentDelta | None:
    """For makes without CA2: what VA1 counts and no other device does."""
    paid = list(others)
    units = _less(amount_of(moves.counters, "VA102"), [each.units.amount for each in paid])
    value = _less(amount_of(moves.counters, "VA101"), [each.value.amount for each in paid])
    if value is None or units is None:
        return None
    return PaymentDelta("CA", _moved(units), _moved(value), NOT_THERE)


def _less(total: int | None, others: list[int | None]) -> int | None:
    known = [each for each in others if each is not None]
    if total is None or len(known) < len(others) or sum(known) > total:
        return None
    return total - sum(known)


def _listed_payments(
    before: MachineReading, now: MachineReading, moves: Moves
) -> dict[str, tuple[Delta, Delta]]:
    """Units and value by device from PA7, for makes without CA2 or DA2."""
    was, is_ = _listed_sums(before.payments), _listed_sums(now.payments)
    same_money = before.money.decimals == now.money.decimals
    return {
        device: (
            _measured(was[device][0], is_[device][0], moves),
            _measured(was[device][1], is_[device][1] if same_money else None, moves),
        )
        for device in is_
        if device in was
    }


def _listed_sums(rows: Iterable[PaymentSales]) -> dict[str, list[int]]:
    sums: dict[str, list[int]] = {}
    for row in rows:
        if row.device in _DEVICES and row.sold_since_init is not None:
            found = sums.setdefault(row.device, [0, 0])
            found[0] += row.sold_since_init
            found[1] += row.value_since_init or 0
    return sums


def _measured(before: int | None, now: int | None, moves: Moves) -> Delta:
    kind = DeltaKind.RESTARTED if moves.machine_restarted else moves.whole
    if kind is not None:
        return Delta(kind, None, before, now)
    return delta(before, now, _LONGEST)


def _paid(payments: Sequence[PaymentDelta], moves: Moves) -> tuple[int | None, int | None]:
    """Vends and value of all devices, vends paid in two ways counted once.

    None without cash among them, which a report without CA2 may have all the same.
    """
    if not payments or payments[0].device != "CA":
        return None, None
    vends = sum_if_known(each.units.amount for each in payments)
    value = sum_if_known(each.value.amount for each in payments)
    twice = [each.mixed_units for each in payments if each.device in ("DA", "DB")]
    sent = [each.amount for each in twice if each is not NOT_THERE]
    mixed = sum_if_known(sent) if sent else _mixed_cash(moves).amount or 0
    if vends is None or mixed is None or mixed > vends:
        return None, value
    return vends - mixed, value


def _added(deltas: list[Delta]) -> Delta:
    """Several counters as one; those that neither report has do not count."""
    sent = [each for each in deltas if not (each.before is None and each.now is None)]
    if len(sent) == 1:
        return sent[0]
    if not sent:
        return NOT_THERE
    unknown = next((each.kind for each in sent if each.amount is None), None)
    before, now = (
        sum_if_known(each.before for each in sent),
        sum_if_known(each.now for each in sent),
    )
    if unknown is not None:
        return Delta(unknown, None, before, now)
    amount = sum(each.amount or 0 for each in sent)
    size = next((each.size for each in sent if each.size), None)
    moved = _moved(amount)._replace(before=before, now=now)
    return moved._replace(kind=DeltaKind.ROLLED_OVER, size=size) if size else moved


def _moved(amount: int) -> Delta:
    return Delta(DeltaKind.NORMAL if amount else DeltaKind.NO_CHANGE, amount)
