"""The only way to write a record: its row, its version, its places in the feed, the digests.

Rules (sync protocol, 2.5, 2.6, 2.8, 2.14):
- the version of a record goes up by one with each change; an unchanged record is not written;
- the feed has one row per (scope, record); a change moves it to the scope's next number;
- moving a machine takes its planogram and its reads along: `remove` there, `put` here, together;
- `scope_head` and `feed` are written by the last statements of the transaction, heads locked in
  sorted order, so that a reader who sees number n of a scope sees all numbers below n;
- locks are taken in one order: stream, records by (kind, id), heads by scope.
"""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, NamedTuple

from sqlalchemy import Connection, Table, bindparam, select

from cvd_server import tables
from cvd_server.database import among, chunks, insert_many
from cvd_server.feed_heads import move_head
from cvd_server.records import KINDS, ORG, Homes, Row, route_scope
from cvd_shared.digest import Digest
from cvd_shared.wire_records import Record

Key = tuple[str, str]  # (kind, id)
PUT = "p"
REMOVED = "r"


class _Changed(NamedTuple):
    row: Row  # with ver and removed
    fresh: bool  # was not there before: it can have no row in the feed


class _Entry(NamedTuple):
    """A record's place in one scope, as it was or as it becomes."""

    kind: str
    id: str
    op: str
    ver: int


class ChangeFeed:
    """The writes of one transaction; `close` must be its last act (use `change_feed`)."""

    def __init__(self, connection: Connection, operator_id: str, now: str) -> None:
        self.connection = connection
        self.operator_id = operator_id
        self.now = now
        self.versions: dict[Key, int] = {}  # of the records written here
        self._changed: dict[Key, _Changed] = {}
        self._moved_machines: set[str] = set()
        self._touched_locations: set[str] = set()
        self._homes = Homes()

    # --- for writers --------------------------------------------------------------------------

    def lock_master_data(self) -> None:
        """To be called first by whoever changes machines or locations: one at a time."""
        table = tables.operator
        mine = table.c.operator_id == self.operator_id
        self.connection.execute(select(table.c.operator_id).where(mine).with_for_update())

    def load(self, kind: str, ids: Iterable[str]) -> dict[str, Row]:
        """The rows with these ids, removed ones too, locked in sorted order."""
        table = KINDS[kind].table
        found: dict[str, Row] = {}
        for part in chunks(sorted(set(ids))):
            rows = self.connection.execute(
                select(table)
                .where(
                    table.c.operator_id == self.operator_id,
                    among(self.connection, table.c.id, part),
                )
                .order_by(table.c.id)
                .with_for_update()
            ).mappings()
            found |= {row["id"]: dict(row) for row in rows}
        return found

    def put(
        self,
        records: Iterable[Record],
        extras: Mapping[Key, Mapping[str, Any]] | None = None,
    ) -> None:
        """Insert or update records. `extras` gives columns that do not travel, by record."""
        by_kind: dict[str, dict[str, dict[str, Any]]] = {}
        for record in records:
            more = (extras or {}).get((record.KIND, record.id), {})
            row = KINDS[record.KIND].row_of(record) | dict(more)
            by_kind.setdefault(record.KIND, {})[record.id] = row
        for kind in sorted(by_kind):
            self._put_kind(kind, by_kind[kind])

    def remove(self, kind: str, ids: Iterable[str]) -> None:
        """Leave tombstones; the rows stay as history. Unknown and removed ids change nothing."""
        updates = []
        for row_id, old in self.load(kind, ids).items():
            if not old["removed"]:
                row = dict(old) | {"ver": old["ver"] + 1, "removed": True, "changed_at": self.now}
                updates.append({name: row[name] for name in ("id", "ver", "removed", "changed_at")})
                self._remember(kind, row_id, old, row)
        self._update(KINDS[kind].table, updates)

    @contextmanager
    def savepoint(self) -> Iterator[None]:
        """What is written in the block stands or falls together."""
        kept = (
            dict(self.versions),
            dict(self._changed),
            set(self._moved_machines),
            set(self._touched_locations),
            Homes(dict(self._homes.machines), dict(self._homes.locations)),
        )
        try:
            with self.connection.begin_nested():
                yield
        except BaseException:
            (
                self.versions,
                self._changed,
                self._moved_machines,
                self._touched_locations,
                self._homes,
            ) = kept
            raise

    def close(self) -> None:
        """Move the feed and the heads. Nothing may be written in this transaction afterwards."""
        self._take_dependents_along()
        by_scope = self._changes_by_scope()
        feed_rows: list[dict[str, Any]] = []
        for scope in sorted(by_scope):
            changes = by_scope[scope]
            head = move_head(
                self.connection, self.operator_id, scope, len(changes), _digest_of(changes)
            )
            here = {"operator_id": self.operator_id, "scope": scope, "at": self.now}
            for seq, (_, after) in enumerate(changes, head - len(changes) + 1):
                feed_rows.append(after._asdict() | here | {"seq": seq})
        insert_many(self.connection, tables.feed, feed_rows, on_conflict=("seq", "op", "ver", "at"))

    # --- rows ---------------------------------------------------------------------------------

    def _put_kind(self, kind: str, rows: dict[str, dict[str, Any]]) -> None:
        if KINDS[kind].by_machine:
            self._lock_machines(row["machine_id"] for row in rows.values() if row["machine_id"])
        existing = self.load(kind, rows)
        inserts, updates = [], []
        blank = dict.fromkeys(KINDS[kind].table.columns.keys())
        for row_id in sorted(rows):
            row, old = rows[row_id], existing.get(row_id)
            if old is None:
                row |= {"ver": 1, "removed": False, "changed_at": self.now}
                inserts.append(blank | row | {"operator_id": self.operator_id})
            elif old["removed"] or any(old[name] != value for name, value in row.items()):
                row |= {"ver": old["ver"] + 1, "removed": False, "changed_at": self.now}
                updates.append(row)
            else:
                self.versions[(kind, row_id)] = old["ver"]
                continue
            self._remember(kind, row_id, old, dict(old or {}) | row)
        table = KINDS[kind].table
        insert_many(self.connection, table, inserts)
        self._update(table, updates)
        if kind == "run":
            self._take_progress_along([*inserts, *updates])

    def _update(self, table: Table, rows: list[dict[str, Any]]) -> None:
        by_columns: dict[tuple[str, ...], list[dict[str, Any]]] = {}
        for row in rows:
            names = tuple(name for name in row if name != "id")
            values = {name: row[name] for name in names} | {"b_id": row["id"]}
            by_columns.setdefault(names, []).append(values)
        for names, changes in by_columns.items():
            self.connection.execute(
                table.update()
                .where(table.c.operator_id == self.operator_id, table.c.id == bindparam("b_id"))
                .values({name: bindparam(name) for name in names}),
                changes,
            )

    def _remember(self, kind: str, row_id: str, old: Row | None, new: Row) -> None:
        known = self._changed.get((kind, row_id))
        fresh = old is None or (known is not None and known.fresh)
        self._changed[(kind, row_id)] = _Changed(new, fresh)
        self.versions[(kind, row_id)] = new["ver"]
        if kind == "location":
            self._touched_locations.add(row_id)
        if kind == "machine":
            self._homes.machines[row_id] = route_scope(new["route_id"])
            where = ("route_id", "location_id", "removed")
            if old is None or any(old[name] != new[name] for name in where):
                places = {new["location_id"], old["location_id"] if old else None}
                self._touched_locations |= places - {None}
            if old is not None and old["route_id"] != new["route_id"]:
                self._moved_machines.add(row_id)

    def _lock_machines(self, machine_ids: Iterable[str]) -> None:
        unknown = set(machine_ids) - set(self._homes.machines)
        for machine_id, row in self.load("machine", unknown).items():
            self._homes.machines[machine_id] = route_scope(row["route_id"])

    def _take_progress_along(self, runs: Iterable[Row]) -> None:
        """What drivers did with a run is on the run's route, also when it was here before it."""
        routes = {run["id"]: run["route_id"] for run in runs}
        rows = {
            run: {"id": run, "route_id": routes[run]} for run in self.load("run_progress", routes)
        }
        self._put_kind("run_progress", rows)

    # --- feed ---------------------------------------------------------------------------------

    def _take_dependents_along(self) -> None:
        """What stands on a moved machine changes its scope, not its version."""
        for kind in (name for name in KINDS if KINDS[name].by_machine):
            column = KINDS[kind].table.c.machine_id
            self._remember_unchanged(kind, column, self._moved_machines)
        self._remember_unchanged("location", tables.location.c.id, self._touched_locations)
        self._homes.locations = self._location_scopes()

    def _remember_unchanged(self, kind: str, column: Any, values: set[str]) -> None:
        table = KINDS[kind].table
        for part in chunks(sorted(values)):
            rows = self.connection.execute(
                select(table).where(
                    table.c.operator_id == self.operator_id, among(self.connection, column, part)
                )
            ).mappings()
            for row in rows:
                self._changed.setdefault((kind, row["id"]), _Changed(dict(row), fresh=False))

    def _location_scopes(self) -> dict[str, str]:
        """A location belongs to the one route that serves it, else to everybody."""
        routes: dict[str, set[str | None]] = {name: set() for name in self._touched_locations}
        table = tables.machine
        for part in chunks(sorted(routes)):
            rows = self.connection.execute(
                select(table.c.location_id, table.c.route_id)
                .distinct()
                .where(
                    table.c.operator_id == self.operator_id,
                    among(self.connection, table.c.location_id, part),
                    table.c.removed.is_(False),
                )
            )
            for location_id, route_id in rows:
                routes[location_id].add(route_id)
        return {
            name: route_scope(next(iter(found))) if len(found) == 1 else ORG
            for name, found in routes.items()
        }

    def _changes_by_scope(self) -> dict[str, list[tuple[_Entry | None, _Entry]]]:
        known = self._known_entries()
        by_scope: dict[str, list[tuple[_Entry | None, _Entry]]] = {}
        for (kind, row_id), (row, _) in self._changed.items():
            before = known.get((kind, row_id), {})
            wanted = () if row["removed"] else KINDS[kind].scopes(row, self._homes)
            for scope in sorted(set(before) | set(wanted)):
                op = PUT if scope in wanted else REMOVED
                after = _Entry(kind, row_id, op, row["ver"])
                old = before.get(scope)
                gone_anyway = op == REMOVED and (old is None or old.op == REMOVED)
                if old != after and not gone_anyway:
                    by_scope.setdefault(scope, []).append((old, after))
        return by_scope

    def _known_entries(self) -> dict[Key, dict[str, _Entry]]:
        """Where the changed records are in the feed now; safe to read: their rows are locked."""
        old_ids: dict[str, list[str]] = {}
        for (kind, row_id), changed in self._changed.items():
            if not changed.fresh:
                old_ids.setdefault(kind, []).append(row_id)
        known: dict[Key, dict[str, _Entry]] = {}
        table = tables.feed
        for kind, ids in old_ids.items():
            for part in chunks(ids):
                rows = self.connection.execute(
                    select(table.c.scope, table.c.kind, table.c.id, table.c.op, table.c.ver).where(
                        table.c.operator_id == self.operator_id,
                        table.c.kind == kind,
                        among(self.connection, table.c.id, part),
                    )
                )
                for row in rows:
                    entry = _Entry(row.kind, row.id, row.op, row.ver)
                    known.setdefault((kind, row.id), {})[row.scope] = entry
        return known


def _digest_of(changes: Iterable[tuple[_Entry | None, _Entry]]) -> Digest:
    """By how much they move the digest of their scope."""
    digest = Digest()
    for before, after in changes:
        if before is not None and before.op == PUT:
            digest = digest.remove(before.kind, before.id, before.ver)
        if after.op == PUT:
            digest = digest.add(after.kind, after.id, after.ver)
    return digest


@contextmanager
def change_feed(connection: Connection, operator_id: str, now: str) -> Iterator[ChangeFeed]:
    """A feed that is closed when the block ends well; put it last in its transaction."""
    feed = ChangeFeed(connection, operator_id, now)
    yield feed
    feed.close()
