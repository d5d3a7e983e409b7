"""What a manager asks of many machines at once: the visits of a span, the days that have runs."""

from datetime import date, datetime

from sqlalchemy import Connection

from cvd_desktop.domain.clock import to_wire
from cvd_desktop.storage.route_store import read_bodies
from cvd_shared.wire_records import RefusalRecord, VisitRecord

_VISITS = """
    SELECT v.body FROM snapshot_row AS m JOIN snapshot_row AS v ON v.kind = 'visit'
    AND v.sort_key >= m.id || ' ' || ? AND v.sort_key < m.id || ' ' || ?
    WHERE m.kind = 'machine'
"""
_REFUSALS = """
    SELECT body FROM snapshot_row WHERE kind = 'refusal' AND sort_key >= ? AND sort_key < ?
    ORDER BY sort_key
"""
_RUNS = "SELECT DISTINCT substr(sort_key, -10) FROM snapshot_row WHERE kind = 'run'"

_RUN_DAYS = """
    SELECT id, substr(sort_key, -10) AS day FROM snapshot_row
    WHERE kind = 'run' AND substr(sort_key, -10) BETWEEN ? AND ?
"""


def visits_between(connection: Connection, begin: datetime, end: datetime) -> list[VisitRecord]:
    """Visits that were finished in a span, the oldest first."""
    span = (to_wire(begin), to_wire(end))
    found = read_bodies(connection, VisitRecord, _VISITS, span)
    return sorted(found, key=lambda each: (each.finished_at, each.id))


def refusals_between(connection: Connection, begin: datetime, end: datetime) -> list[RefusalRecord]:
    """Of what was recorded in a span, by whomever."""
    return read_bodies(connection, RefusalRecord, _REFUSALS, (to_wire(begin), to_wire(end)))


def days_with_runs(connection: Connection, most: int) -> list[date]:
    """Local days, the oldest first, of the newest `most`."""
    rows = sorted(connection.exec_driver_sql(_RUNS).scalars())
    return [date.fromisoformat(day) for day in rows[-most:]]


def run_days(connection: Connection, first: date, last: date) -> dict[str, date]:
    """Run id -> its local day, of the runs of these days."""
    rows = connection.exec_driver_sql(_RUN_DAYS, (first.isoformat(), last.isoformat()))
    return {run_id: date.fromisoformat(day) for run_id, day in rows}
