"""Reads on this laptop: the list, one in full, its raw bytes."""

from collections.abc import Iterator, Sequence

from cvd_desktop.domain.problem import ExitCode, Problem
from cvd_desktop.domain.records import (
    EventLine,
    FindingLine,
    ReadDetail,
    ReadSummary,
    TotalLine,
)
from cvd_desktop.services.machine_history import intervals, selection_history
from cvd_desktop.services.parsed_read import unless_broken
from cvd_desktop.services.read_context import ReadContext, can_follow, read_context
from cvd_desktop.services.read_history import KnownRead, reads_before
from cvd_desktop.services.read_judgement import not_judged
from cvd_desktop.services.selection_lines import selection_lines
from cvd_desktop.services.word_table_events import event_advice
from cvd_desktop.services.workplace import Workplace
from cvd_desktop.storage import read_store
from cvd_shared.cash import cash_account, cash_expected_since
from cvd_shared.cash_facts import CashAccount, CashExpected
from cvd_shared.dex.finding_rules import finding_rules
from cvd_shared.dex.machine_reading import MachineReading
from cvd_shared.dex.report_checks import file_findings, findings
from cvd_shared.price_audit import PriceAudit, audit_prices
from cvd_shared.selection_mapping import Mapping, propose

_DECIMALS = 2
_MOST_SINCE_COLLECT = 60  # reads; a collect further back proves nothing
_STRIP = 12  # intervals in the sparkline of a selection


def list_reads(
    wp: Workplace, *, limit: int | None = 200, machine_id: str | None = None
) -> list[ReadSummary]:
    """Newest first, the running one left out; all of them without a limit."""
    with wp.database.read() as connection:
        return read_store.summaries(connection, limit=limit, machine_id=machine_id)


def raw_bytes(wp: Workplace, read_id: str) -> bytes:
    """The report exactly as received. Raises Problem("read_unknown")."""
    with wp.database.read() as connection:
        raw = read_store.raw_of(connection, read_id)
    if raw is None:
        raise _unknown(read_id)
    return raw


def read_detail(wp: Workplace, read_id: str) -> ReadDetail:
    """Everything about one read. Raises Problem("read_unknown")."""
    with wp.database.read() as connection:
        summary = read_store.summary_of(connection, read_id)
        stored = read_store.find_read(connection, read_id)
    if summary is None or stored is None:
        raise _unknown(read_id)
    context = read_context(wp, stored)
    reading = context.parsed.reading
    currency, decimals = _money(context)
    since_collect: tuple[KnownRead, ...] = unless_broken(lambda: _since_collect(wp, context), ())
    return ReadDetail(
        summary=summary,
        verdict=stored.verdict or not_judged(),
        seconds=stored.outcome.seconds,
        blocks=stored.blocks,
        retries=stored.outcome.retries,
        currency=currency,
        decimals=decimals,
        previous_at=context.earlier.known.at if context.earlier else None,
        selections=selection_lines(context, unless_broken(lambda: _strip(wp, context), {})),
        totals=tuple(
            TotalLine(each.code, each.name, each.value, each.money)
            for each in (reading.totals if reading else ())
        ),
        events=tuple(
            EventLine(
                code=each.code,
                text=each.text,
                since_reset=each.since_reset,
                since_init=each.since_init,
                active=each.active,
                at=each.at,
                advice=event_advice(each.code),
                line=each.line,
            )
            for each in (reading.events if reading else ())
        ),
        segments=tuple(
            (segment.line, segment.raw)
            for report in context.parsed.file.reports
            for segment in report.segments
        ),
        outside=tuple(each.text for each in context.parsed.file.outside),
        raw=stored.raw,
        trace=stored.trace,
        source=stored.start.source or "",
        meant=context.chosen if context.chosen != context.machine else None,
        reading=reading,
        interval=context.interval,
        cash=unless_broken(lambda: _cash(context), None),
        cash_expected=unless_broken(lambda: _expected(since_collect, reading), None),
        collected_at=since_collect[0].at if since_collect else None,
        audit=unless_broken(lambda: _audit(context), None),
        mapping=unless_broken(lambda: _mapping(context), None),
        findings=unless_broken(lambda: _findings(context), ()),
    )


def _strip(wp: Workplace, context: ReadContext) -> dict[str, tuple[int | None, ...]]:
    """Units by selection key between the last reads up to this one, oldest first."""
    reading = context.parsed.reading
    if reading is None:
        return {}
    start = context.stored.start
    this = KnownRead(start.id, start.at, start.purpose, here=True, newer=0, reading=reading)
    known = [*reversed(list(_before(wp, context, _STRIP))), this]
    return selection_history(intervals(known)[1:])


def _cash(context: ReadContext) -> CashAccount | None:
    if context.earlier is None or context.interval is None or context.parsed.reading is None:
        return None
    return cash_account(context.interval, context.earlier.reading, context.parsed.reading)


def _since_collect(wp: Workplace, context: ReadContext) -> tuple[KnownRead, ...]:
    """The newest comparable read for a collect before this one, and those since; oldest first."""
    reading = context.parsed.reading
    if reading is None:
        return ()
    since: list[KnownRead] = []
    for known in _before(wp, context, _MOST_SINCE_COLLECT):
        since.append(known)
        if known.purpose == "collect" and known.reading and can_follow(reading, known.reading):
            return tuple(since[::-1])
    return ()


def _expected(since: Sequence[KnownRead], reading: MachineReading | None) -> CashExpected | None:
    if reading is None:
        return None
    earlier = [known.reading for known in since] or [None]
    return cash_expected_since([*earlier, reading])


def _before(wp: Workplace, context: ReadContext, limit: int) -> Iterator[KnownRead]:
    start = context.stored.start
    return reads_before(
        wp,
        machine_id=context.machine.id if context.machine else None,
        asset_number=context.asset_number,
        before=(start.at, start.id),
        limit=limit,
    )


def _audit(context: ReadContext) -> PriceAudit | None:
    reading, planogram = context.parsed.reading, context.planogram
    if reading is None or planogram is None:
        return None
    decimals = context.machine.decimals if context.machine else None
    return audit_prices(reading, planogram.slots, decimals)


def _mapping(context: ReadContext) -> Mapping | None:
    reading, planogram = context.parsed.reading, context.planogram
    if reading is None or planogram is None:
        return None
    return propose(reading, planogram.slots)


def _findings(context: ReadContext) -> tuple[FindingLine, ...]:
    file, report, reading = context.parsed.file, context.parsed.report, context.parsed.reading
    if report is None or reading is None:
        return ()
    rules = finding_rules()
    found = sorted((*file_findings(file), *findings(report, reading)), key=lambda each: each.line)
    lines = []
    for each in found:
        rule = rules.get(each.code)
        lines.append(
            FindingLine(
                severity=each.severity,
                code=each.code,
                line=each.line,
                message=each.message,
                rule=rule.rule if rule else "",
                chapter=rule.chapter if rule else "",
                advice=rule.advice if rule else "",
                lines=each.lines,
            )
        )
    return tuple(lines)


def _money(context: ReadContext) -> tuple[str, int]:
    """As the report says (ID4), else as the machine's record says, else 2 decimals."""
    reading, machine = context.parsed.reading, context.machine
    if reading is None:
        return (machine.currency, machine.decimals) if machine else ("", _DECIMALS)
    currency, decimals = reading.money.currency, reading.money.decimals
    if currency is None and decimals == _DECIMALS and machine is not None:
        decimals = machine.decimals
    return currency or (machine.currency if machine else ""), decimals


def _unknown(read_id: str) -> Problem:
    return Problem("read_unknown", ExitCode.USAGE, id=read_id)
