"""How the events of a driver's day change what is seen; see projection.py."""

from cvd_desktop.domain.projection_parts import Fold, PendingEvent, View
from cvd_shared.run_states import with_mark, with_order
from cvd_shared.visit_facts import amendments_in_order
from cvd_shared.wire_events import (
    EventPayload,
    LoadRecorded,
    PhotoTaken,
    RunOrdered,
    StopMarked,
    TruckCounted,
    VisitAmended,
    VisitFinished,
)
from cvd_shared.wire_records import (
    LoadRecord,
    PhotoRecord,
    Record,
    RunProgressRecord,
    RunRecord,
    StopMark,
    StopOrder,
    TruckCountRecord,
    VisitAmendment,
    VisitRecord,
)


def _stop_marked(view: View, event: PendingEvent, payload: EventPayload) -> None:
    assert isinstance(payload, StopMarked)
    mark = StopMark(id=event.op_id, **payload.model_dump(exclude={"run_id"}))
    progress = with_mark(_progress(view, payload.run_id), mark)
    view[(progress.KIND, progress.id)] = progress


def _run_ordered(view: View, event: PendingEvent, payload: EventPayload) -> None:
    assert isinstance(payload, RunOrdered)
    order = StopOrder(id=event.op_id, **payload.model_dump(exclude={"run_id"}))
    progress = with_order(_progress(view, payload.run_id), order)
    view[(progress.KIND, progress.id)] = progress


def _progress(view: View, run_id: str) -> RunProgressRecord:
    """What is known so far; of a run that is not here nobody knows the route."""
    known = view.get((RunProgressRecord.KIND, run_id))
    if isinstance(known, RunProgressRecord):
        return known
    run = view.get((RunRecord.KIND, run_id))
    route_id = run.route_id if isinstance(run, RunRecord) else ""
    return RunProgressRecord(id=run_id, route_id=route_id)


def _load_recorded(view: View, _event: PendingEvent, payload: EventPayload) -> None:
    assert isinstance(payload, LoadRecorded)
    _once(view, LoadRecord(id=payload.load_id, **payload.model_dump(exclude={"load_id"})))


def _truck_counted(view: View, _event: PendingEvent, payload: EventPayload) -> None:
    assert isinstance(payload, TruckCounted)
    _once(view, TruckCountRecord(id=payload.count_id, **payload.model_dump(exclude={"count_id"})))


def _visit_finished(view: View, _event: PendingEvent, payload: EventPayload) -> None:
    assert isinstance(payload, VisitFinished)
    _once(view, VisitRecord(id=payload.visit_id, **payload.model_dump(exclude={"visit_id"})))


def _visit_amended(view: View, event: PendingEvent, payload: EventPayload) -> None:
    """One amendment more, unless the server's record has it."""
    assert isinstance(payload, VisitAmended)
    key = (VisitRecord.KIND, payload.visit_id)
    visit = view.get(key)
    if not isinstance(visit, VisitRecord) or any(a.id == event.op_id for a in visit.amendments):
        return
    facts = payload.model_dump(exclude={"amendment_id", "visit_id"})
    amendments = (*visit.amendments, VisitAmendment(id=event.op_id, **facts))
    amended = visit.model_copy(update={"amendments": amendments})
    view[key] = amended.model_copy(update={"amendments": tuple(amendments_in_order(amended))})


def _photo_taken(view: View, _event: PendingEvent, payload: EventPayload) -> None:
    assert isinstance(payload, PhotoTaken)
    _once(view, PhotoRecord(id=payload.photo_id, **payload.model_dump(exclude={"photo_id"})))


def _once(view: View, record: Record) -> None:
    view.setdefault((record.KIND, record.id), record)


DAY_FOLDS: dict[tuple[str, int], Fold] = {
    (StopMarked.TYPE, StopMarked.VERSION): _stop_marked,
    (RunOrdered.TYPE, RunOrdered.VERSION): _run_ordered,
    (LoadRecorded.TYPE, LoadRecorded.VERSION): _load_recorded,
    (TruckCounted.TYPE, TruckCounted.VERSION): _truck_counted,
    (VisitFinished.TYPE, VisitFinished.VERSION): _visit_finished,
    (VisitAmended.TYPE, VisitAmended.VERSION): _visit_amended,
    (PhotoTaken.TYPE, PhotoTaken.VERSION): _photo_taken,
}
