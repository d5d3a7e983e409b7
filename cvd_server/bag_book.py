"""Which visit used a money bag first: one bag is one collection, over all visits of an operator."""

from collections.abc import Collection, Iterable, Mapping

from sqlalchemy import Connection, select

from cvd_server import tables
from cvd_server.database import among, chunks, insert_many
from cvd_shared.bags import normal_bag
from cvd_shared.wire_events import CashCollected
from cvd_shared.wire_records import VisitRecord

BAG_USED_BEFORE = "bag_used_before"  # the flag of a visit

_NOBODY = ""
_LONGEST = 200


def bag_of(cash: CashCollected) -> str:
    """The number of its bag, no longer than an index takes; "" when it says nothing."""
    return normal_bag(cash.bag)[:_LONGEST]


class BagBook:
    """The bags of one batch, locked, so that of two visits at once one is the later."""

    def __init__(self, connection: Connection, operator_id: str) -> None:
        self._connection = connection
        self._operator_id = operator_id
        self._unused: set[str] = set()

    def look_up(self, bags: Iterable[str]) -> dict[str, str]:
        """The visits that used these bags first; a bag that nobody used is not in it."""
        wanted = sorted(set(bags))
        if not wanted:
            return {}
        # A line that names nobody is what another push has to wait for.
        insert_many(
            self._connection,
            tables.bag_use,
            [self._line(bag, _NOBODY) for bag in wanted],
            on_conflict="skip",
        )
        table = tables.bag_use
        found: dict[str, str] = {}
        for part in chunks(wanted):
            rows = self._connection.execute(
                select(table.c.bag, table.c.visit_id)
                .where(
                    table.c.operator_id == self._operator_id,
                    among(self._connection, table.c.bag, part),
                )
                .order_by(table.c.bag)
                .with_for_update()
            )
            found |= {row.bag: row.visit_id for row in rows}
        self._unused = {bag for bag, visit_id in found.items() if visit_id == _NOBODY}
        return {bag: visit_id for bag, visit_id in found.items() if visit_id != _NOBODY}

    def keep(self, owners: Mapping[str, str], stored: Collection[tuple[str, str] | None]) -> None:
        """Write who used the bags that nobody had; only visits that were `stored` (kind, id)."""
        rows = [
            self._line(bag, owners[bag])
            for bag in sorted(self._unused & owners.keys())
            if (VisitRecord.KIND, owners[bag]) in stored
        ]
        insert_many(self._connection, tables.bag_use, rows, on_conflict=("visit_id",))

    def _line(self, bag: str, visit_id: str) -> dict[str, str]:
        return {"operator_id": self._operator_id, "bag": bag, "visit_id": visit_id}
