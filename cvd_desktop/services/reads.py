"""Reads on this laptop: the list, one in full, its raw bytes."""

from cvd_desktop.domain.problem import ExitCode, Problem
from cvd_desktop.domain.records import EventLine, ReadDetail, ReadSummary, TotalLine
from cvd_desktop.services.read_context import ReadContext, read_context
from cvd_desktop.services.read_judgement import not_judged
from cvd_desktop.services.selection_lines import selection_lines
from cvd_desktop.services.workplace import Workplace
from cvd_desktop.storage import read_store

_DECIMALS = 2


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
    return ReadDetail(
        summary=summary,
        verdict=stored.verdict or not_judged(),
        seconds=stored.outcome.seconds,
        blocks=stored.blocks,
        retries=stored.outcome.retries,
        currency=currency,
        decimals=decimals,
        previous_at=context.earlier.at if context.earlier else None,
        selections=selection_lines(context),
        totals=tuple(
            TotalLine(each.code, each.name, each.value, each.money)
            for each in (reading.totals if reading else ())
        ),
        events=tuple(
            EventLine(each.code, each.text, each.since_reset, each.since_init, each.active, each.at)
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
    )


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
