"""Appends events of a visit inside a transaction of the caller, and marks its stop."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta

from pydantic import ValidationError

from cvd_desktop.domain.clock import to_wire
from cvd_desktop.domain.problem import ExitCode, Problem
from cvd_desktop.domain.projection import project
from cvd_desktop.services.workplace import Workplace
from cvd_desktop.storage import outbox_store, route_store, snapshot_store
from cvd_desktop.storage.outbox_store import Appended
from cvd_desktop.storage.transaction import Transaction
from cvd_desktop.sync.access import load_session
from cvd_shared.moments import moment
from cvd_shared.permissions import Right, Role, may
from cvd_shared.wire_events import EventPayload, StopMarked, StopState
from cvd_shared.wire_records import RunProgressRecord, StopMark, UserRecord

_NEXT = timedelta(milliseconds=1)  # the smallest step on the wire


def append_event(
    wp: Workplace,
    connection: Transaction,
    payload: EventPayload,
    entity: tuple[str, str],
    *,
    at: datetime,
    blobs: Sequence[str] = (),
) -> Appended:
    """As whoever is signed in; what nobody recorded is adopted by the first who signs in."""
    session = load_session(connection)
    return outbox_store.append(
        connection,
        new_id=wp.new_id,
        type=payload.TYPE,
        entity=entity,
        payload=payload.model_dump(mode="json"),
        actor=session.user_id if session else None,
        occurred_at=to_wire(at),
        blobs=blobs,
    )


def check_right(connection: Transaction) -> None:
    """Raises Problem("visit_no_right") where the person who is signed in may not serve machines."""
    session = load_session(connection)
    if session is None:
        return
    user = snapshot_store.record(connection, UserRecord, session.user_id)
    role = user.role if user is not None else session.role
    known = role in {str(each) for each in Role}
    if not known or not may(Role(role), Right.VISIT_RECORD):
        raise Problem("visit_no_right", ExitCode.REFUSED)


def in_turn(now: datetime, newest: datetime | None) -> str:
    """The moment, on the wire, of a fact of which the newest holds: now, but after `newest`.

    Where the clock was set back it would not count else; nor would it at the same moment, as the
    ids of a program that was started again sort before those of the wrong clock.
    """
    return to_wire(now if newest is None else max(now, newest + _NEXT))


def last_mark(connection: Transaction, run_id: str, stop_id: str) -> StopMark | None:
    """The newest mark of a stop, of this laptop or of the server; of unknown runs too."""
    known = route_store.records(connection, RunProgressRecord, (run_id,))
    events = [
        event
        for event in outbox_store.pending(connection, (StopMarked.TYPE,))
        if event.payload.get("run_id") == run_id
    ]
    progress = project(known.values(), events).get((RunProgressRecord.KIND, run_id))
    marks = progress.marks if isinstance(progress, RunProgressRecord) else ()
    return next((each for each in reversed(marks) if each.stop_id == stop_id), None)


def mark_stop_in(
    wp: Workplace,
    connection: Transaction,
    run_id: str,
    stop_id: str,
    state: StopState,
    *,
    unless: tuple[StopState, ...],
) -> bool:
    """Mark a stop unless it is in one of these states; whether it was marked."""
    newest = last_mark(connection, run_id, stop_id)
    if (newest.state if newest is not None else "open") in unless:
        return False
    now = wp.clock()
    at = in_turn(now, moment(newest.at) if newest is not None else None)
    payload = StopMarked(run_id=run_id, stop_id=stop_id, state=state, at=at)
    append_event(wp, connection, payload, (RunProgressRecord.KIND, run_id), at=now)
    return True


@contextmanager
def texts_that_fit() -> Iterator[None]:
    """What was typed may be longer than a record can be; anything else is a bug of ours.

    Raises Problem("visit_text_too_long").
    """
    try:
        yield
    except ValidationError as error:
        long = [each for each in error.errors() if each["type"] == "string_too_long"]
        if not long:
            raise
        field, most = str(long[0]["loc"][-1]), long[0].get("ctx", {}).get("max_length")
        raise Problem("visit_text_too_long", ExitCode.USAGE, field=field, most=most) from error
