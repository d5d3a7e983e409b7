"""One mark or order more on a run; the cash of a visit that stands; the spelling of a bag."""

from cvd_shared.wire_records import (
    CollectedCash,
    RunProgressRecord,
    StopMark,
    StopOrder,
    VisitRecord,
)


def with_mark(progress: RunProgressRecord, mark: StopMark) -> RunProgressRecord:
    once = {each.id: each for each in (*progress.marks, mark)}
    marks = tuple(sorted(once.values(), key=lambda each: (each.at, each.id)))
    return progress.model_copy(update={"marks": marks})


def with_order(progress: RunProgressRecord, order: StopOrder) -> RunProgressRecord:
    once = {each.id: each for each in (*progress.orders, order)}
    orders = tuple(sorted(once.values(), key=lambda each: (each.at, each.id)))
    return progress.model_copy(update={"orders": orders})


def effective_cash(visit: VisitRecord) -> CollectedCash | None:
    told = [visit.cash, *(each.cash for each in visit.amendments)]
    return next((cash for cash in reversed(told) if cash is not None), None)


def normal_bag(text: str) -> str:
    return "".join(text.split()).upper()
