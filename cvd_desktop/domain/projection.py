"""What a person sees: the server's records with the events folded over them that it lacks yet.

Pure: undoing a refused event is not folding it. A fold is idempotent, and where the server already
has the effect, the server's record is the truth.
To add an event (cvd_shared/wire_events.py says the other steps): its function here and its line in
`FOLDS`. A completeness test names the forgotten step.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from cvd_shared.canonical import canonical_json
from cvd_shared.wire_events import EVENTS, EventPayload, ReadAssigned, ReadRecorded
from cvd_shared.wire_records import ReadRecord, Record

Key = tuple[str, str]
"""(kind, id) of a record."""

View = dict[Key, Record]


@dataclass(frozen=True, slots=True)
class PendingEvent:
    """An event of this laptop whose effect the pulled records do not contain yet."""

    op_id: str
    type: str
    version: int
    occurred_at: str
    payload: Mapping[str, Any]


def project(records: Iterable[Record], events: Iterable[PendingEvent]) -> View:
    """The records by key, as they will be once the server has taken the events in this order.

    An event of a type that this program does not know changes nothing that is shown.
    """
    view: View = {(record.KIND, record.id): record for record in records}
    for event in events:
        what = (event.type, event.version)
        if what in FOLDS:
            payload = EVENTS[what].model_validate_json(canonical_json(event.payload))
            FOLDS[what](view, payload)
    return view


def _read_recorded(view: View, payload: EventPayload) -> None:
    assert isinstance(payload, ReadRecorded)
    view.setdefault(
        (ReadRecord.KIND, payload.read_id),
        ReadRecord(
            id=payload.read_id,
            machine_id=payload.machine_id,
            asset_number=payload.asset_number,
            at=payload.at,
            purpose=payload.purpose,
            link=payload.link,
            complete=payload.complete,
            size=payload.size,
            raw_sha256=payload.raw_sha256,
            verdict=payload.verdict,
        ),
    )


def _read_assigned(view: View, payload: EventPayload) -> None:
    assert isinstance(payload, ReadAssigned)
    key = (ReadRecord.KIND, payload.read_id)
    read = view.get(key)
    if isinstance(read, ReadRecord):
        view[key] = read.model_copy(
            update={"machine_id": payload.machine_id, "verdict": payload.verdict}
        )


FOLDS: dict[tuple[str, int], Callable[[View, EventPayload], None]] = {
    (ReadRecorded.TYPE, ReadRecorded.VERSION): _read_recorded,
    (ReadAssigned.TYPE, ReadAssigned.VERSION): _read_assigned,
}
