"""The verdict of a stored read: what the link said, what the report says, what was before."""

import logging
from dataclasses import replace

from cvd_desktop.services.read_context import ReadContext, identity_of
from cvd_desktop.services.word_table_verdict import NOT_JUDGED, OUR_FAULT
from cvd_shared.dex.machine_reading import Identity
from cvd_shared.identity_guard import Guard, GuardVerdict, guard
from cvd_shared.read_questions import judge, link_answer, transfer_answer
from cvd_shared.read_verdict import Actor, Answer, ReadVerdict, State

_log = logging.getLogger(__name__)


def judgement(context: ReadContext) -> ReadVerdict:
    """Never raises: where our own rules break, the answer is "our fault" and the read is kept."""
    link, transfer = _link(context), _transfer(context)
    fault = Answer(State.UNKNOWN, OUR_FAULT, Actor.OFFICE)
    if context.parsed.failed:
        return ReadVerdict(link, transfer, fault, fault, fault)
    try:
        return _judged(context, link, transfer)
    except Exception:  # noqa: BLE001 - reported; the raw bytes are what counts
        _log.exception("read %s cannot be judged; it is kept", context.stored.start.id)
        return ReadVerdict(link, transfer, fault, fault, fault)


def not_judged() -> ReadVerdict:
    """Of a read that the next start will judge."""
    return ReadVerdict(*[Answer(State.UNKNOWN, NOT_JUDGED)] * 5)


def _judged(context: ReadContext, link: Answer, transfer: Answer) -> ReadVerdict:
    parsed = context.parsed
    guarded = _guarded(context)
    return judge(
        link=link,
        transfer=transfer,
        size=len(context.stored.raw),
        report=parsed.report,
        reading=parsed.reading,
        slots=context.planogram.slots if context.planogram else None,
        decimals=context.machine.decimals if context.machine else None,
        previous=context.earlier.reading if context.earlier else None,
        interval=context.interval,
        guard=guarded,
        other=context.named.asset_number if guarded and guarded.other and context.named else None,
    )


def _guarded(context: ReadContext) -> Guard | None:
    """The report against the machine that the person chose, or that it was recognised as."""
    start, reading = context.stored.start, context.parsed.reading
    expected = context.chosen or context.machine
    if reading is None or (expected is None and not start.asset_number):
        return None
    wanted = identity_of(expected) if expected else Identity(asset_number=start.asset_number)
    known = {context.named.id: identity_of(context.named)} if context.named else {}
    found = guard(wanted, reading.identity, known)
    decided = expected is not None and context.machine == expected
    if found.stops and decided:  # a person has said that it is this one, with another board
        return replace(found, verdict=GuardVerdict.BOARD_CHANGED, other=None)
    return found


def _link(context: ReadContext) -> Answer:
    stored = context.stored
    return link_answer(
        stored.start.link, answered=stored.blocks > 0, failure_code=stored.outcome.failure
    )


def _transfer(context: ReadContext) -> Answer:
    stored, report = context.stored, context.parsed.report
    answer = transfer_answer(
        stored.complete,
        stored.blocks,
        len(stored.raw),
        stored.outcome.retries,
        stored.outcome.seconds,
        stored.outcome.failure,
        ended=report is None or report.complete,
    )
    if stored.start.link != "file":
        return answer
    values: dict[str, str | int | float] = {
        "size": len(stored.raw),
        "file": stored.start.source or "",
    }
    return Answer(answer.state, answer.code, answer.actor, values)
