"""What should be in the bag of a visit, and how the counted amount stands to it."""

from dataclasses import replace

from cvd_desktop.domain.machine_facts import MachineFacts
from cvd_desktop.domain.records import ReadDetail
from cvd_desktop.domain.visit_records import CashView, VisitDraft
from cvd_desktop.services.machine_facts import collect_before
from cvd_desktop.services.machine_sales import in_money_of
from cvd_desktop.services.read_history import reads_before
from cvd_desktop.services.visit_draft import bag_in_use
from cvd_desktop.services.workplace import Workplace
from cvd_desktop.storage.transaction import Transaction
from cvd_shared.cash import cash_expected_since, over_short
from cvd_shared.cash_facts import CashExpected, Reason
from cvd_shared.dex.machine_reading import MachineReading
from cvd_shared.moments import moment
from cvd_shared.visit_facts import effective_cash
from cvd_shared.wire_records import VisitRecord

_MOST_READS = 60  # a collect further back proves nothing


def cash_view(
    connection: Transaction,
    facts: MachineFacts,
    draft: VisitDraft | None,
    finished: VisitRecord | None,
) -> CashView:
    """Of the visit under way, else of the finished one, else of the machine as it stands.

    After a collect nothing is expected from before it: then only what was recorded is shown.
    """
    machine = facts.machine
    collected = effective_cash(finished) if finished is not None and draft is None else None
    cash = draft.cash if draft is not None else collected
    expected = facts.cash if collected is None else None
    if expected is not None and cash is not None:
        expected = with_refunds(expected, cash.refunds + cash.test_vends)
    counted = cash.counted if cash is not None else None
    return CashView(
        expected=expected,
        over_short=over_short(expected, counted) if expected is not None else None,
        currency=machine.currency,
        decimals=machine.decimals,
        collected_at=facts.collected_at,
        read_at=facts.last_read_at,
        reads_between=facts.reads_since_collect,
        bag=bag_in_use(connection, draft.cash.bag, draft.visit_id)
        if draft is not None and draft.cash.bag.strip()
        else None,
    )


def cash_of_read(
    wp: Workplace, facts: MachineFacts, visit: VisitRecord, read: ReadDetail, view: CashView
) -> CashView:
    """Of a finished visit that collected: what was in its bag by its own read, since the collect
    before it."""
    collected = effective_cash(visit)
    if collected is None or read.reading is None:
        return view
    with wp.database.read() as connection:
        before = collect_before(connection, visit)
    earlier = _readings_since(wp, facts, read, before.read_id if before is not None else None)
    refunds = collected.refunds + collected.test_vends
    expected = cash_expected_since([*earlier, read.reading], refunds=refunds)
    expected = in_money_of(facts.machine.decimals, read.reading, expected)
    return replace(
        view,
        expected=expected,
        over_short=over_short(expected, collected.counted),
        collected_at=moment(before.finished_at) if before is not None else None,
        read_at=read.summary.at,
        reads_between=len(earlier),
    )


def _readings_since(
    wp: Workplace, facts: MachineFacts, read: ReadDetail, first_id: str | None
) -> list[MachineReading | None]:
    """Oldest first, from the read of the collect on; only [None] where there is none."""
    since: list[MachineReading | None] = []
    known = reads_before(
        wp,
        machine_id=facts.machine.id,
        asset_number=None,
        before=(read.summary.at, read.summary.id),
        limit=_MOST_READS,
    )
    for each in known if first_id is not None else ():
        since.append(each.reading)
        if each.id == first_id:
            return since[::-1]
    return [None]


def with_refunds(expected: CashExpected, refunds: int) -> CashExpected:
    """The same with what was paid out of the bag: customers' money and that of test vends."""
    terms = tuple(
        term._replace(amount=-refunds) if term.code == "refunds" else term
        for term in expected.terms
    )
    before = sum(-(term.amount or 0) for term in expected.terms if term.code == "refunds")
    return replace(
        expected,
        amount=None if expected.amount is None else expected.amount + before - refunds,
        terms=terms,
        hints=tuple(
            hint
            for each in expected.hints
            if (hint := _less_refunded(each, refunds - before)) is not None
        ),
    )


def _less_refunded(hint: Reason, refunds: int) -> Reason | None:
    """What customers still wait for, after some of them got their money."""
    if hint.code != "customers_wait":
        return hint
    left = int(hint.values["amount"]) - refunds
    return Reason(hint.code, {**hint.values, "amount": left}) if left > 0 else None
