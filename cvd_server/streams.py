"""The stream of one incarnation of a device: its lock, its log, its order, its end."""

from typing import Any

from sqlalchemy import Connection, Row, select

from cvd_server import tables
from cvd_server.answers import ApiError
from cvd_server.database import among, insert_many


class Stream:
    """One dense stream of events. `lock` first: one writer at a time."""

    def __init__(
        self, connection: Connection, operator_id: str, device_id: str, incarnation_id: str
    ) -> None:
        self._connection = connection
        self.key = {
            "operator_id": operator_id,
            "device_id": device_id,
            "incarnation_id": incarnation_id,
        }
        self.last_seq = 0  # as stored
        self.last_op_id: str | None = None

    def lock(self) -> None:
        table = tables.device_stream
        wanted = select(table.c.last_seq, table.c.last_op_id).filter_by(**self.key)
        row = self._connection.execute(wanted.with_for_update()).one_or_none()
        if row is None:
            insert_many(self._connection, table, [self.key | {"last_seq": 0}], on_conflict="skip")
            row = self._connection.execute(wanted.with_for_update()).one()
        self.last_seq, self.last_op_id = row.last_seq, row.last_op_id

    def logged(self, seqs: list[int]) -> dict[int, Row[Any]]:
        """The stored events with these numbers."""
        if not seqs:
            return {}
        table = tables.op_log
        rows = self._connection.execute(
            select(table)
            .filter_by(**self.key)
            .where(among(self._connection, table.c.seq, sorted(seqs)))
        )
        return {row.seq: row for row in rows}

    def last_group(self) -> str | None:
        """The group of the last event, if it has one."""
        table = tables.op_log
        group: str | None = self._connection.scalar(
            select(table.c.grp).filter_by(**self.key).where(table.c.seq == self.last_seq)
        )
        return group

    def move(self, last_seq: int, last_op_id: str | None) -> None:
        self._connection.execute(
            tables.device_stream.update()
            .filter_by(**self.key)
            .values(last_seq=last_seq, last_op_id=last_op_id)
        )

    def fork(self) -> ApiError:
        return ApiError(
            409, "stream_fork", "This stream was continued differently.", last_seq=self.last_seq
        )

    def gap(self) -> ApiError:
        return ApiError(409, "seq_gap", "Events before these are missing.", last_seq=self.last_seq)


def known_events(connection: Connection, operator_id: str, op_ids: set[str]) -> dict[str, Any]:
    """Those of the events that the log has, through whatever stream they came."""
    table = tables.op_log
    rows = connection.execute(
        select(table.c.op_id, table.c.outcome, table.c.code, table.c.msg, table.c.ver).where(
            table.c.operator_id == operator_id,
            among(connection, table.c.op_id, sorted(op_ids)),
        )
    )
    return {row.op_id: row for row in rows}
