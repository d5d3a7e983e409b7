"""A visit under way: begun, kept after every change, dropped and taken up again.

Nothing here tells anybody anything but the mark of the stop. Each function is one short
transaction, and what it was given is on disk when it returns.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from secrets import token_hex
from weakref import WeakKeyDictionary

from cvd_desktop.domain.clock import to_wire
from cvd_desktop.domain.fill_sheet import CellEdit
from cvd_desktop.domain.machine_facts import MachineFacts
from cvd_desktop.domain.problem import ExitCode, Problem
from cvd_desktop.domain.projection import project
from cvd_desktop.domain.visit_records import (
    TABS,
    BagCheck,
    CashDraft,
    EvidenceDraft,
    VisitDraft,
)
from cvd_desktop.services import visit_draft_body as bodies
from cvd_desktop.services.begun_machine import keep_machine
from cvd_desktop.services.draft_windows import know, know_shown, merged
from cvd_desktop.services.machine_facts import machine_facts
from cvd_desktop.services.visit_draft_body import Body
from cvd_desktop.services.visit_events import check_right, mark_stop_in
from cvd_desktop.services.workplace import Workplace
from cvd_desktop.storage import draft_store, read_store, snapshot_store, visit_store
from cvd_desktop.storage.database import Database
from cvd_desktop.storage.draft_store import Draft
from cvd_desktop.storage.read_store import ReadStart
from cvd_desktop.storage.transaction import Transaction
from cvd_desktop.sync.access import load_session
from cvd_shared.bags import bag_used, normal_bag
from cvd_shared.moments import moment
from cvd_shared.route_shapes import SlotKey
from cvd_shared.wire_records import VisitRecord

TOPICS = frozenset({"visit", "run", "outbox"})
DROPPED = "visit_dropped"  # a kind of draft: put aside, told to nobody
READ_BEFORE = timedelta(hours=1)
"""A read that was taken so long before the arrival still is the read of the visit."""

_PROCESS = token_hex(8)  # whose monotonic clock it is
_shown: WeakKeyDictionary[Database, set[str]] = WeakKeyDictionary()
"""Photo ids, and the SHA-256 of signatures, that this process was shown of drafts."""

_READS_LOOKED_AT = 5
_A_VISIT = timedelta(hours=12)  # at the longest; older files are not of a visit under way


# --- beginning and leaving ----------------------------------------------------------------------


def begin_visit(
    wp: Workplace, machine_id: str, run_id: str | None = None, stop_id: str | None = None
) -> str:
    """The person is at the machine now; the id of the visit. Its stop is marked arrived.

    A visit that is under way there goes on. Topics of change: `TOPICS`.
    Raises Problem: machine_not_here, visit_no_right.
    """
    facts = machine_facts(wp, (machine_id,)).get(machine_id)
    if facts is None:
        raise Problem("machine_not_here", ExitCode.USAGE, id=machine_id)
    now = wp.clock()
    with wp.database.write() as connection:
        check_right(connection)
        known = draft_at(connection, machine_id)
        if known is not None:
            visit_id, body = known.visit_id, _row(connection, known.visit_id).body
            if known.stop_id is None and stop_id is not None:
                body = {**body, "run_id": run_id, "stop_id": stop_id}
        else:
            visit_id = wp.new_id()
            body = bodies.new_body(
                machine_id=machine_id,
                run_id=run_id,
                stop_id=stop_id,
                arrived_at=now,
                read_id=_read_before(connection, facts, now),
            )
            body["began"] = {"process": _PROCESS, "monotonic": wp.monotonic()}
            keep_machine(connection, visit_id, facts, user_id="", at=to_wire(now))
        if run_id is not None and stop_id is not None:
            marked = mark_stop_in(
                wp, connection, run_id, stop_id, "arrived", unless=("arrived", "done")
            )
            body = {**body, "marked": marked or body.get("marked", False)}
        _store(wp, connection, visit_id, body)
    return visit_id


def drop_visit(wp: Workplace, visit_id: str) -> None:
    """The person is not at this machine after all. The draft is put aside: `take_up_visit`.

    Topics of change: `TOPICS`. Raises Problem: visit_already_finished, visit_unknown.
    """
    with wp.database.write() as connection:
        row = _row(connection, visit_id)
        draft_store.forget(connection, draft_store.VISIT, visit_id)
        draft_store.store(
            connection,
            DROPPED,
            visit_id,
            user_id=row.user_id,
            at=to_wire(wp.clock()),
            body=row.body,
        )
        draft = bodies.draft_of(visit_id, row.body)
        if draft is None or draft.run_id is None or draft.stop_id is None:
            return
        others = open_drafts(connection, everybody=True, stop_id=draft.stop_id)
        if row.body.get("marked") and next(others, None) is None:
            mark_stop_in(
                wp, connection, draft.run_id, draft.stop_id, "open", unless=("open", "done")
            )


def take_up_visit(wp: Workplace, visit_id: str) -> None:
    """Take up again a visit that was dropped. Topics of change: `TOPICS`.

    Raises Problem: visit_unknown; visit_under_way where another one was begun at the machine.
    """
    with wp.database.write() as connection:
        row = draft_store.load(connection, DROPPED, visit_id)
        draft = bodies.draft_of(visit_id, row.body) if row is not None else None
        if row is None or draft is None:
            raise Problem("visit_unknown", ExitCode.USAGE, id=visit_id)
        if draft_at(connection, draft.machine_id) is not None:
            raise Problem("visit_under_way", ExitCode.USAGE)
        draft_store.forget(connection, DROPPED, visit_id)
        _store(wp, connection, visit_id, row.body, user_id=row.user_id)
        if draft.run_id is not None and draft.stop_id is not None:
            mark_stop_in(
                wp, connection, draft.run_id, draft.stop_id, "arrived", unless=("arrived", "done")
            )


def _read_before(connection: Transaction, facts: MachineFacts, now: datetime) -> str | None:
    """A whole read of the machine that was taken shortly before, and since the last visit."""
    last = facts.visits[0] if facts.visits else None
    since = moment(last.finished_at) if last is not None else None
    reads = read_store.reads_of_machine(
        connection,
        machine_id=facts.machine.id,
        asset_number=None,
        until=None,
        limit=_READS_LOOKED_AT,
    )
    for read_id, at, _ in reads:
        if abs(now - at) > READ_BEFORE or (since is not None and at <= since):
            continue
        summary = read_store.summary_of(connection, read_id)
        if summary is not None and summary.complete:
            return read_id
    return None


# --- keeping ------------------------------------------------------------------------------------


def keep_edits(wp: Workplace, visit_id: str, edits: Mapping[SlotKey, CellEdit]) -> None:
    """All that was done at the slots. Topic of change: visit.

    This and the other `keep_...` raise Problem: visit_already_finished, visit_unknown, and those
    of the database.
    """
    _change_part(wp, visit_id, "edits", lambda body: bodies.with_edits(body, edits))


def keep_cash(wp: Workplace, visit_id: str, cash: CashDraft) -> None:
    """As typed, a bag that was used before too: `check_bag` says so. Topic of change: visit."""
    _change_part(wp, visit_id, "cash", lambda body: bodies.with_cash(body, cash))


def keep_evidence(wp: Workplace, visit_id: str, evidence: EvidenceDraft) -> None:
    """Notes, answers, and the photos that stay. Topic of change: visit.

    A photo or a signature that was stored, but that nobody was shown yet, stays too: what was
    typed meanwhile was on its way and does not know of it.
    """
    shown = _shown.setdefault(wp.database, set())
    told = bodies.evidence_parts(evidence)

    def change(body: Body) -> Body:
        before = bodies.evidence_of(body)
        named = {photo.photo_id for photo in evidence.photos}
        new = [each for each in before.photos if each.photo_id not in named | shown]
        texts, checks = (
            merged(wp.database, visit_id, name, told[name], there)
            for name, there in bodies.evidence_parts(before).items()
        )
        kept = replace(evidence, photos=(*evidence.photos, *new), checks=checks, **texts)
        signed = before.signature_sha256
        if signed and signed not in shown and not kept.signature_sha256:
            kept = replace(kept, signature_sha256=signed, signed_by=before.signed_by)
        return bodies.with_evidence(body, kept)

    _change(wp, visit_id, change)
    know(wp.database, visit_id, told)
    _note_pictures(wp, evidence)


def note_shown(wp: Workplace, draft: VisitDraft | None) -> None:
    """Somebody was shown this visit: what it says may be changed and taken away from now on."""
    know_shown(wp.database, draft)
    if draft is not None:
        _note_pictures(wp, draft.evidence)


def _note_pictures(wp: Workplace, evidence: EvidenceDraft) -> None:
    shown = _shown.setdefault(wp.database, set())
    shown |= {photo.photo_id for photo in evidence.photos} | {evidence.signature_sha256}


def keep_place(wp: Workplace, visit_id: str, tab: str, cell: SlotKey | None) -> None:
    """Where the person is, so that the program opens there. Changes no topic."""
    if tab not in TABS:
        raise ValueError(f"no tab {tab!r}")
    _change(wp, visit_id, lambda body: bodies.with_place(body, tab, cell))


def keep_read(wp: Workplace, visit_id: str, read_id: str | None, no_read: str = "") -> None:
    """The read of the visit, or why there is none. Topic of change: visit."""
    _change(wp, visit_id, lambda body: bodies.with_read(body, read_id, no_read))


def adopt_read(
    wp: Workplace, connection: Transaction, read: ReadStart, machine_id: str, *, whole: bool
) -> None:
    """A read of a machine where a visit is under way is the read of that visit.

    Inside the caller's transaction. It was begun during the visit, which its id says even when the
    clock was set back, or shortly before. A report that is not whole never takes the place of one.
    """
    if read.practice or (read.source is not None and abs(wp.clock() - read.at) > _A_VISIT):
        return
    draft = draft_at(connection, machine_id)
    if draft is None or (draft.read_id is not None and not whole):
        return
    begun_here = read.source is None and read.id > draft.visit_id
    if begun_here or read.at >= draft.arrived_at - READ_BEFORE:
        body = _row(connection, draft.visit_id).body
        _store(wp, connection, draft.visit_id, bodies.with_read(body, read.id, ""))


def add_to_evidence(
    wp: Workplace,
    visit_id: str,
    write: Callable[[Transaction], None],
    change: Callable[[Body], Body],
) -> None:
    """Store bytes and name them in the draft: both or neither."""
    with wp.database.write() as connection:
        row = _row(connection, visit_id)
        write(connection)
        _store(wp, connection, visit_id, change(row.body), user_id=row.user_id)


def _change_part(wp: Workplace, visit_id: str, name: str, change: Callable[[Body], Body]) -> None:
    """A part that is told as a whole; what another window changed of it meanwhile stays."""
    told: Body = {}

    def merge(body: Body) -> Body:
        nonlocal told
        changed = change(body)
        told = changed[name]
        there = bodies.part(body, name)
        return {**changed, name: merged(wp.database, visit_id, name, told, there)}

    _change(wp, visit_id, merge)
    know(wp.database, visit_id, {name: told})


def _change(wp: Workplace, visit_id: str, change: Callable[[Body], Body]) -> None:
    with wp.database.write() as connection:
        row = _row(connection, visit_id)
        changed = change(row.body)
        if changed != row.body:
            _store(wp, connection, visit_id, changed, user_id=row.user_id)


def _store(
    wp: Workplace, connection: Transaction, visit_id: str, body: Body, user_id: str = ""
) -> None:
    """It stays whose it is (`user_id`); what is nobody's yet is theirs who is signed in."""
    session = load_session(connection)
    draft_store.store(
        connection,
        draft_store.VISIT,
        visit_id,
        user_id=user_id or (session.user_id if session else ""),
        at=to_wire(wp.clock()),
        body=body,
    )


# --- looking ------------------------------------------------------------------------------------


def open_drafts(
    connection: Transaction, *, everybody: bool = False, **said: str | None
) -> Iterator[VisitDraft]:
    """Visits under way of this person on this laptop, the one that was changed last first.

    `said` is what the draft has to say of its machine_id or stop_id: the others are not read.
    """
    session = load_session(connection)
    rows = draft_store.all_of(connection, draft_store.VISIT)
    for row in sorted(rows, key=lambda each: (each.updated_at, each.id), reverse=True):
        if not everybody and session is not None and row.user_id not in ("", session.user_id):
            continue
        if any(row.body.get(name) != value for name, value in said.items()):
            continue
        draft = bodies.draft_of(row.id, row.body)
        if draft is not None:
            yield draft


def draft_at(connection: Transaction, machine_id: str) -> VisitDraft | None:
    """The visit under way at a machine."""
    return next(open_drafts(connection, machine_id=machine_id), None)


def load_visit(connection: Transaction, visit_id: str) -> tuple[VisitDraft, Body]:
    """The draft and how it lies there. Raises Problem: visit_already_finished, visit_unknown."""
    row = _row(connection, visit_id)
    draft = bodies.draft_of(visit_id, row.body)
    if draft is None:
        raise Problem("visit_unreadable", ExitCode.USAGE, id=visit_id)
    return draft, row.body


def seconds_since(wp: Workplace, draft: VisitDraft, body: Body, now: datetime) -> int | None:
    """From the arrival until now; None where the clock cannot tell."""
    began = bodies.began(body)
    if began is not None and began[0] == _PROCESS:
        seconds = wp.monotonic() - began[1]
    else:
        seconds = (now - draft.arrived_at).total_seconds()
    return int(seconds) if seconds >= 0 else None


def check_bag(wp: Workplace, bag: str, visit_id: str) -> BagCheck:
    """Whether no other visit took its cash in this bag, in whatever spelling."""
    with wp.database.read() as connection:
        return bag_in_use(connection, bag, visit_id)


def bag_in_use(connection: Transaction, bag: str, visit_id: str) -> BagCheck:
    """The same inside a transaction: other drafts, this laptop's events, visits of the server."""
    number = normal_bag(bag)
    if not number:
        return BagCheck(bag=bag, free=True)
    drafts = (
        bodies.draft_of(row.id, row.body)
        for row in draft_store.all_of(connection, draft_store.VISIT)
        if normal_bag(bodies.bag_of(row.body)) == number
    )
    named = [
        (draft.cash.bag_at or draft.arrived_at, draft.visit_id, draft.machine_id)
        for draft in drafts
        if draft is not None
    ]
    own = next((each for each in named if each[1] == visit_id), None)
    if named and (own is None or min(named) != own):  # of two drafts the first one has it
        first = min(named)
        return _used(connection, bag, first[2], first[0])
    events = visit_store.own_events(connection)
    told_of = snapshot_store.records(
        connection, VisitRecord, {str(event.payload.get("visit_id")) for event in events}
    )
    known = {each.id: each for each in (*visit_store.with_bag(connection, bag), *told_of.values())}
    visits = [each for each in project(known.values(), events).values() if each.id != visit_id]
    used = bag_used(bag, (each for each in visits if isinstance(each, VisitRecord)))
    if used is None:
        return BagCheck(bag=bag, free=True)
    return _used(connection, bag, used.machine_id, moment(used.finished_at))


def _used(connection: Transaction, bag: str, machine_id: str, at: datetime) -> BagCheck:
    asset = visit_store.asset_of(connection, machine_id)
    return BagCheck(bag=bag, free=False, used_at=at, used_by_asset=asset)


def _row(connection: Transaction, visit_id: str) -> Draft:
    row = draft_store.load(connection, draft_store.VISIT, visit_id)
    if row is not None:
        return row
    finished = visit_store.is_finished(connection, visit_id)
    raise Problem(
        "visit_already_finished" if finished else "visit_unknown", ExitCode.USAGE, id=visit_id
    )
