"""Finishes a visit: one event that says all that was done; and corrects one afterwards.

The event, those of its photos, the mark of the stop and the end of the draft are one transaction:
either all of it is recorded, or nothing is and the draft stays as it was.
"""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import chain
from typing import get_args

from cvd_desktop.domain.clock import to_wire
from cvd_desktop.domain.fill_cell import in_door_order
from cvd_desktop.domain.fill_sheet import CellEdit, FillSheet, SheetError
from cvd_desktop.domain.machine_facts import MachineFacts
from cvd_desktop.domain.problem import ExitCode, Problem
from cvd_desktop.domain.projection import project
from cvd_desktop.domain.visit_records import BagCheck, CashDraft, DraftPhoto, VisitDraft
from cvd_desktop.services.begun_machine import forget_machine, machine_as_begun
from cvd_desktop.services.day_run import DayRun, day_run
from cvd_desktop.services.machine_facts import facts_of
from cvd_desktop.services.stop_evidence import given_elsewhere
from cvd_desktop.services.visit_draft import (
    bag_in_use,
    load_visit,
    open_drafts,
    seconds_since,
)
from cvd_desktop.services.visit_events import (
    append_event,
    check_right,
    in_turn,
    mark_stop_in,
    texts_that_fit,
)
from cvd_desktop.services.visit_sheet import gone_slots, recorded_sheet, slot_facts
from cvd_desktop.services.workplace import Workplace
from cvd_desktop.storage import (
    draft_store,
    outbox_store,
    photo_store,
    read_store,
    route_store,
    visit_store,
)
from cvd_desktop.storage import sync_meta_store as meta
from cvd_desktop.storage.transaction import Transaction
from cvd_shared.bags import normal_bag
from cvd_shared.moments import moment
from cvd_shared.route_shapes import SlotKey
from cvd_shared.run_states import stop_states
from cvd_shared.visit_facts import effective_cash, effective_lines
from cvd_shared.wire_events import (
    CashCollected,
    CheckAnswer,
    PhotoTaken,
    Signature,
    TicketWorked,
    VisitAmended,
    VisitFinished,
    VisitLine,
    VisitTask,
)
from cvd_shared.wire_records import (
    MachineRecord,
    PhotoRecord,
    RunStop,
    TicketRecord,
    VisitRecord,
)

TOPICS = frozenset({"visit", "run", "outbox"})

_CLOCK_WAS_WRONG = timedelta(days=1)
_CHECK_TEXT, _CHECKS = 300, 100  # characters, lines; of wire_events
_CURRENCY, _MOST_DECIMALS = 10, 4  # of wire_events


@dataclass(frozen=True, slots=True)
class _Visit:
    """All that a draft is finished with, looked up in the transaction that finishes it."""

    draft: VisitDraft
    facts: MachineFacts | None  # None: the office took away the machine of a draft without a copy
    sheet: FillSheet
    done: tuple[str, ...]  # ids of the stops where every other machine is served
    checklist: tuple[str, ...]  # of the stop, without what was ticked at another machine

    @property
    def currency(self) -> tuple[str, int]:
        machine = self.facts.machine if self.facts else None
        return (machine.currency, machine.decimals) if machine else ("", 2)


def finish_visit(wp: Workplace, visit_id: str) -> str:
    """Record the visit; the id of its event. Topics of change: `TOPICS`.

    The last machine of a stop marks it done. Raises Problem: visit_already_finished,
    visit_unknown, visit_no_right, bag_used, visit_text_too_long, and those of the database. Nothing
    is recorded then, and the draft stays.
    """
    with wp.database.write() as connection:
        check_right(connection)
        draft, body = load_visit(connection, visit_id)
        draft = _of_todays_run(wp, connection, draft)
        now = wp.clock()
        visit = _looked_up(wp, connection, draft, now)
        check = bag_in_use(connection, draft.cash.bag, visit_id)
        if not check.free:
            raise _bag_used(check)
        payload = _payload(connection, visit, now, seconds_since(wp, draft, body, now))
        blobs = (payload.signature.sha256,) if payload.signature is not None else ()
        entity = (VisitRecord.KIND, visit_id)
        recorded = append_event(wp, connection, payload, entity, at=now, blobs=blobs)
        for photo in draft.evidence.photos:
            _tell_photo(wp, connection, draft, photo, now)
        if draft.run_id is not None:
            for stop_id in visit.done:
                mark_stop_in(wp, connection, draft.run_id, stop_id, "done", unless=("done",))
        draft_store.forget(connection, draft_store.VISIT, visit_id)
        forget_machine(connection, visit_id)
    return recorded.op_id


def _of_todays_run(wp: Workplace, connection: Transaction, draft: VisitDraft) -> VisitDraft:
    """A visit that was left open on a day that is over is the one of today's stop, where today's
    run has the machine still to serve: nobody serves it twice for that."""
    today = day_run(wp, connection) if draft.run_id is not None else None
    if today is None or draft.run_id in (today.run.id, *(each.id for each in today.others)):
        return draft
    begun = day_run(wp, connection, draft.run_id)
    if begun is not None and begun.run.day >= today.run.day:
        return draft
    states = stop_states(today.whole, today.progress)
    for stop in today.stops:
        if draft.machine_id in stop.machine_ids and states[stop.id].state in ("open", "arrived"):
            return replace(draft, run_id=today.run.id, stop_id=stop.id)
    return draft


def _looked_up(wp: Workplace, connection: Transaction, draft: VisitDraft, now: datetime) -> _Visit:
    run = day_run(wp, connection, draft.run_id) if draft.run_id is not None else None
    stops = run.stops if run is not None else ()
    stop = next((each for each in stops if each.id == draft.stop_id), None)
    others = {draft.stop_id: _others(stop, draft)} if draft.stop_id is not None else {}
    others |= {each.id: _others(each, draft) for each in _moved_to(run, draft)}
    known = facts_of(wp, connection, [draft.machine_id, *chain(*others.values())])
    facts = known.get(draft.machine_id) or machine_as_begun(connection, draft.visit_id)
    slots = slot_facts(connection, facts, now)
    gone = gone_slots(connection, draft, slots)
    return _Visit(
        draft=draft,
        facts=facts,
        sheet=FillSheet(in_door_order((*slots, *gone)), draft.edits),
        checklist=given_elsewhere(
            connection,
            known,
            run_id=draft.run_id,
            stop_id=draft.stop_id,
            machine_id=draft.machine_id,
        ).still_asked(stop.checklist if stop is not None else ()),
        done=tuple(
            stop_id
            for stop_id, machines in others.items()
            if not _under_way(connection, stop_id, machines)
            and all(_is_served(known.get(each), draft.run_id) for each in machines)
        ),
    )


def _others(stop: RunStop | None, draft: VisitDraft) -> list[str]:
    return [each for each in (stop.machine_ids if stop else ()) if each != draft.machine_id]


def _moved_to(run: DayRun | None, draft: VisitDraft) -> list[RunStop]:
    """Where the office put the machine since the person arrived: nobody goes there again for it."""
    here = [each for each in (run.run.stops if run else ()) if draft.machine_id in each.machine_ids]
    return [] if any(each.id == draft.stop_id for each in here) else here[:1]


def _under_way(connection: Transaction, stop_id: str, machine_ids: Collection[str]) -> bool:
    drafts = open_drafts(connection, everybody=True, stop_id=stop_id)
    return any(each.machine_id in machine_ids for each in drafts)


def _is_served(facts: MachineFacts | None, run_id: str | None) -> bool:
    """A machine that is not on this laptop any more keeps no stop open."""
    return facts is None or any(visit.run_id == run_id for visit in facts.visits)


def _payload(
    connection: Transaction, visit: _Visit, now: datetime, seconds: int | None
) -> VisitFinished:
    draft = visit.draft
    evidence = draft.evidence
    arrived_at, finished_at = _moments(connection, draft, now, seconds)
    collected = bool(normal_bag(draft.cash.bag))
    signed = bool(evidence.signature_sha256 and evidence.signed_by)
    planogram = visit.facts.planogram if visit.facts else None
    with texts_that_fit():
        return VisitFinished(
            visit_id=draft.visit_id,
            machine_id=draft.machine_id,
            run_id=draft.run_id,
            stop_id=draft.stop_id,
            arrived_at=to_wire(arrived_at),
            finished_at=to_wire(finished_at),
            seconds=seconds,
            tasks=tasks_done(connection, draft, visit.sheet),
            read_id=draft.read_id,
            no_read=draft.no_read.strip() if draft.read_id is None else "",
            planogram_version=planogram.version if planogram else None,
            lines=visit.sheet.lines(),
            cash=_cash(draft.cash, *visit.currency) if collected else None,
            no_collect="" if collected else draft.cash.no_collect.strip(),
            checks=_checks(visit.checklist, evidence.checks),
            note=evidence.note.strip(),
            answer=evidence.answer.strip(),
            signature=(
                Signature(name=evidence.signed_by, sha256=evidence.signature_sha256)
                if signed
                else None
            ),
            photo_ids=tuple(photo.photo_id for photo in evidence.photos),
        )


def _moments(
    connection: Transaction, draft: VisitDraft, now: datetime, seconds: int | None
) -> tuple[datetime, datetime]:
    """Arrival and end. The end is never told before the arrival or the read: they did follow,
    whatever the clock was set to. An arrival days ahead was told by a wrong clock."""
    arrived = draft.arrived_at
    if arrived - now > _CLOCK_WAS_WRONG:
        return now - timedelta(seconds=seconds or 0), now
    read = read_store.summary_of(connection, draft.read_id) if draft.read_id else None
    ends = [now, arrived]
    if read is not None and read.at - now <= _CLOCK_WAS_WRONG:
        ends.append(read.at)
    return arrived, max(ends)


def tasks_done(
    connection: Transaction, draft: VisitDraft, sheet: FillSheet
) -> tuple[VisitTask, ...]:
    """What was done, as far as what was recorded shows it."""
    cells = [cell for cell in sheet.cells() if cell.facts.product_id is not None]
    counted = [cell for cell in cells if cell.edit.counted is not None]
    done = {
        "fill": any(edit.filled is not None for edit in draft.edits.values()),
        "collect": bool(normal_bag(draft.cash.bag)),
        "inventory": bool(counted) and len(counted) == len(cells),
        "audit": draft.read_id is not None,
        "repair": _was_repaired(connection, draft),
    }
    tasks: tuple[VisitTask, ...] = get_args(VisitTask)
    return tuple(task for task in tasks if done[task])


def _was_repaired(connection: Transaction, draft: VisitDraft) -> bool:
    """Whether somebody worked on a ticket of the machine since the arrival, on this laptop."""
    since = to_wire(draft.arrived_at)
    worked = {
        str(event.payload.get("ticket_id"))
        for event in outbox_store.pending(connection, (TicketWorked.TYPE,))
        if event.occurred_at >= since
    }
    tickets = route_store.records(connection, TicketRecord, worked).values()
    return any(ticket.machine_id == draft.machine_id for ticket in tickets)


def _cash(cash: CashDraft, currency: str, decimals: int) -> CashCollected:
    return CashCollected(
        bag=normal_bag(cash.bag),
        counted=cash.counted,
        refunds=cash.refunds,
        changer_refill=cash.changer_refill,
        float_left=cash.float_left,
        test_vends=cash.test_vends,
        currency=currency[:_CURRENCY],  # the office may have typed anything
        decimals=min(max(decimals, 0), _MOST_DECIMALS),
    )


def _checks(asked: Sequence[str], answers: Mapping[str, bool]) -> tuple[CheckAnswer, ...]:
    """Every line of the checklist, and what was answered that is not in it (any more)."""
    texts = dict.fromkeys((*asked, *answers))
    found = [
        CheckAnswer(text=text[:_CHECK_TEXT], done=answers.get(text, False))
        for text in texts
        if text.strip()
    ]
    return tuple(found[:_CHECKS])


def _tell_photo(
    wp: Workplace, connection: Transaction, draft: VisitDraft, photo: DraftPhoto, now: datetime
) -> None:
    with texts_that_fit():
        payload = PhotoTaken.model_validate(
            {
                "photo_id": photo.photo_id,
                "visit_id": draft.visit_id,
                "machine_id": draft.machine_id,
                "at": to_wire(photo.taken_at),
                "subject": photo.subject,
                "caption": photo.caption,
                "sha256": photo.sha256,
                "mime": photo.mime,
                "size": photo.size,
                "width": photo.width,
                "height": photo.height,
            }
        )
    entity = (PhotoRecord.KIND, photo.photo_id)
    original = photo_store.original_of(connection, photo.sha256)
    blobs = (photo.sha256,) if original is None else (photo.sha256, original)
    append_event(wp, connection, payload, entity, at=now, blobs=blobs)


# --- corrections ----------------------------------------------------------------------------------


def amend_visit(
    wp: Workplace,
    visit_id: str,
    reason: str,
    *,
    edits: Mapping[SlotKey, CellEdit] | None = None,
    cash: CashDraft | None = None,
    note: str = "",
) -> str:
    """Correct a finished visit; the id of the event. Topics of change: `TOPICS`.

    `edits` says anew all that was done at those slots, `cash` all of the cash; what is not named
    stays. The visit itself stays as it was recorded; a correction that the server refused counts
    for nothing, and asks for nothing any more. Raises Problem: visit_unknown, visit_no_right,
    amend_no_reason, amend_nothing, amend_no_bag, bag_used, visit_text_too_long, sheet_...
    """
    if not reason.strip():
        raise Problem("amend_no_reason", ExitCode.USAGE)
    with wp.database.write() as connection:
        check_right(connection)
        told = known_visit(connection, visit_id)
        visit = known_visit(connection, visit_id, refused_corrections=False)
        if visit is None or told is None:
            raise Problem("visit_unknown", ExitCode.USAGE, id=visit_id)
        now = wp.clock()
        facts = facts_of(wp, connection, (visit.machine_id,)).get(visit.machine_id)
        sheet = recorded_sheet(connection, slot_facts(connection, facts, now), visit)
        with texts_that_fit():
            payload = VisitAmended(
                amendment_id=wp.new_id(),
                visit_id=visit_id,
                at=in_turn(now, max((moment(a.at) for a in told.amendments), default=None)),
                reason=reason.strip(),
                lines=_amended_lines(visit, sheet, edits or {}),
                cash=_amended_cash(connection, visit, cash, facts.machine if facts else None),
                note=note.strip(),
            )
        if not payload.lines and payload.cash is None and not payload.note:
            raise Problem("amend_nothing", ExitCode.USAGE)
        entity = (VisitRecord.KIND, visit_id)
        op_id = append_event(wp, connection, payload, entity, at=now).op_id
        _settle_refused(connection, visit_id)
        return op_id


def _settle_refused(connection: Transaction, visit_id: str) -> None:
    """Corrections that were refused ask for nothing any more: a new one stands in their place."""
    stand = visit_store.own_events(connection, refused_corrections=False)
    refused = {
        each.op_id
        for each in visit_store.own_events(connection)
        if each not in stand and each.payload.get("visit_id") == visit_id
    }
    if refused:
        left = set(json.loads(meta.get(connection, meta.LEFT) or "[]"))
        meta.put(connection, meta.LEFT, json.dumps(sorted(left | refused)))


def known_visit(
    connection: Transaction, visit_id: str, *, refused_corrections: bool = True
) -> VisitRecord | None:
    """A finished visit with its amendments, of this laptop (refused ones too) or of the server."""
    stored = route_store.records(connection, VisitRecord, (visit_id,))
    own = visit_store.own_events(connection, refused_corrections=refused_corrections)
    view = project(stored.values(), own)
    found = view.get((VisitRecord.KIND, visit_id))
    return found if isinstance(found, VisitRecord) else None


def _amended_lines(
    visit: VisitRecord, sheet: FillSheet, edits: Mapping[SlotKey, CellEdit]
) -> tuple[VisitLine, ...]:
    """The lines that say something else now; a slot where nothing was done says that too."""
    try:
        changed = sheet.with_edits(edits)
        told = {key: changed.line(key) for key in edits}
    except SheetError as error:
        raise Problem(f"sheet_{error.code}", ExitCode.USAGE, **error.values) from error
    lines = {key: line.model_dump() for key, line in effective_lines(visit).items()}
    return tuple(line for key, line in told.items() if line.model_dump() != lines.get(key))


def _amended_cash(
    connection: Transaction,
    visit: VisitRecord,
    cash: CashDraft | None,
    machine: MachineRecord | None,
) -> CashCollected | None:
    if cash is None:
        return None
    if not normal_bag(cash.bag):
        raise Problem("amend_no_bag", ExitCode.USAGE)
    check = bag_in_use(connection, cash.bag, visit.id)
    if not check.free:
        raise _bag_used(check)
    before = effective_cash(visit)
    money = (before.currency, before.decimals) if before is not None else None
    if money is None:
        money = (machine.currency, machine.decimals) if machine is not None else ("", 2)
    told = _cash(cash, *money)
    return None if before is not None and told.model_dump() == before.model_dump() else told


def _bag_used(check: BagCheck) -> Problem:
    asset = check.used_by_asset or "?"
    return Problem("bag_used", ExitCode.USAGE, bag=check.bag, asset=asset)
