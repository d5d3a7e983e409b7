"""Takes in what the server sends: pages are staged, then applied in one transaction (chapter 2.7).

A page is used only if it answers the position that is still current (D5). A scope that has to be
loaded anew keeps its old records in view until the new ones are complete.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import chain, groupby
from operator import attrgetter

from sqlalchemy import Connection, delete, select

from cvd_desktop.domain.search_keys import keys_of
from cvd_desktop.storage import sync_meta_store as meta
from cvd_desktop.storage.outbox_store import clear_overlay
from cvd_desktop.storage.pull_stage import (
    EVERYTHING,
    Position,
    SnapshotRows,
    clear,
    is_current,
    stage_page,
    staged_pages,
    to_load_anew,
)
from cvd_desktop.storage.refusal_store import take_decisions
from cvd_desktop.storage.tables import cursor, member, pull_stage, snapshot_row
from cvd_shared.canonical import canonical_json
from cvd_shared.digest import Digest, row_hash
from cvd_shared.wire import PullAnswer, Row, ScopeState
from cvd_shared.wire_records import Record

# As text, because SQLAlchemy takes longer over the parameters of a bulk than SQLite over the bulk.
_MEMBERS = """
    SELECT id, ver FROM member
    WHERE scope = ? AND kind = ? AND id IN (SELECT value FROM json_each(?))
"""
PUT_MEMBER = """
    INSERT INTO member (scope, kind, id, ver) VALUES (?, ?, ?, ?)
    ON CONFLICT (scope, kind, id) DO UPDATE SET ver = excluded.ver
"""
PUT_ROW = """
    INSERT INTO snapshot_row (kind, id, ver, search_text, sort_key, body)
    VALUES (?, ?, ?, ?, ?, ?)
    ON CONFLICT (kind, id) DO UPDATE SET ver = excluded.ver, search_text = excluded.search_text,
        sort_key = excluded.sort_key, body = excluded.body
    WHERE excluded.ver >= snapshot_row.ver
"""
_PUT_CURSOR = """
    INSERT INTO cursor (scope, seq, n, sum64) VALUES (?, ?, ?, ?)
    ON CONFLICT (scope) DO UPDATE SET seq = excluded.seq, n = excluded.n, sum64 = excluded.sum64
"""
_DROP_MEMBER = "DELETE FROM member WHERE scope = ? AND kind = ? AND id = ?"
_DROP_ROW = """
    DELETE FROM snapshot_row WHERE kind = ? AND id = ? AND NOT EXISTS (
        SELECT 1 FROM member WHERE member.kind = snapshot_row.kind AND member.id = snapshot_row.id
    )
"""
_DIGESTS = select(cursor.c.scope, cursor.c.n, cursor.c.sum64)

_Row = tuple[str, str]  # kind, id
_Held = dict[str, Digest]  # scope -> digest


class PageError(ValueError):
    """A record that no JSON document can hold, e.g. a number that is none."""


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of a page. `mismatched`: scopes whose digest differs from the server's."""

    used: bool
    caught_up: bool = False
    rows: int = 0
    mismatched: tuple[str, ...] = ()


def take_page(connection: Connection, asked: Position, answer: PullAnswer) -> Taken:
    """Stage or apply one page inside the caller's `write` transaction.

    Raises PageError, SnapshotError; then the transaction must not be kept.
    """
    if answer.epoch != asked.epoch or not is_current(connection, asked):
        return Taken(used=False)
    if answer.more:
        stage_page(connection, asked, answer)
        return Taken(used=True)
    rows, mismatched = _apply(connection, chain(staged_pages(connection), [answer]), answer.scopes)
    clear(connection)
    clear_overlay(connection, asked.incarnation or "", answer.applied_seq)
    take_decisions(connection)
    return Taken(used=True, caught_up=True, rows=rows, mismatched=mismatched)


def load_anew(connection: Connection, scopes: Iterable[str] | None = None) -> None:
    """Ask for these scopes (None: for everything) from the start at the next pull."""
    waiting = set(to_load_anew(connection))
    waiting |= {EVERYTHING} if scopes is None else set(scopes)
    meta.put(connection, meta.RELOAD, json.dumps(sorted(waiting)))
    clear(connection)


def shows_older_records(connection: Connection) -> bool:
    """Whether everything is to be loaded anew, and the records of before are in view until then."""
    if EVERYTHING not in to_load_anew(connection):
        return False
    return connection.execute(select(member.c.id).limit(1)).first() is not None


def drop_everything(connection: Connection) -> None:
    """Forget the server's records at once: the data folder gets another owner."""
    for table in (snapshot_row, member, cursor, pull_stage):
        connection.execute(delete(table))
    meta.delete_many(connection, meta.RELOAD)


def digests(connection: Connection) -> dict[str, Digest]:
    """Scope -> digest as it is kept; `cvd_shared.digest.digest_of(members(...))` counts afresh."""
    return {row.scope: Digest(row.n, row.sum64) for row in connection.execute(_DIGESTS)}


def members(connection: Connection, scope: str) -> list[tuple[str, str, int]]:
    """(kind, id, version) of every record that is here because of this scope."""
    query = select(member.c.kind, member.c.id, member.c.ver).where(member.c.scope == scope)
    return [(row.kind, row.id, row.ver) for row in connection.execute(query)]


# --- applying -----------------------------------------------------------------------------------


def _apply(
    connection: Connection,
    pages: Iterable[PullAnswer | SnapshotRows],
    final: Sequence[ScopeState],
) -> tuple[int, tuple[str, ...]]:
    """One page after the other; returns the number of rows and the scopes that do not match."""
    anew = to_load_anew(connection)
    if EVERYTHING in anew:
        for table in (snapshot_row, member, cursor):
            connection.execute(delete(table))
        anew = []
    held = digests(connection)
    for scope in anew:
        empty_scope(connection, scope)
        held[scope] = Digest()
    left: set[_Row] = set()
    count = 0
    for page in pages:
        if isinstance(page, PullAnswer):
            _begin_page(connection, page.scopes, held)
            left |= apply_rows(connection, page.rows, held)
        else:
            _put_fresh(connection, page, held)
        count += len(page.rows)
    delete_orphans(connection, left)
    put_cursors(
        connection, [(state.id, state.cursor, held.get(state.id, Digest())) for state in final]
    )
    meta.delete_many(connection, meta.RELOAD)
    return count, tuple(
        state.id
        for state in final
        if held.get(state.id, Digest()) != Digest(state.n, int(state.sum))
    )


def _begin_page(connection: Connection, states: Sequence[ScopeState], held: _Held) -> None:
    """Empty what begins anew; drop what is not told of: should it come back, it is read from 0."""
    for state in states:
        if state.reset:
            empty_scope(connection, state.id)
            held[state.id] = Digest()
    for scope in set(held) - {state.id for state in states}:
        empty_scope(connection, scope)
        connection.execute(delete(cursor).where(cursor.c.scope == scope))
        del held[scope]


def put_cursors(connection: Connection, reached: Iterable[tuple[str, int, Digest]]) -> None:
    """How far each scope was read, and the digest of what is here because of it."""
    values = [(scope, seq, digest.rows, digest.total) for scope, seq, digest in reached]
    if values:
        connection.exec_driver_sql(_PUT_CURSOR, values)


def apply_rows(connection: Connection, rows: list[Row], held: _Held) -> set[_Row]:
    """Write the rows of a page; returns records that may have lost their last membership."""
    before = _memberships(connection, rows)
    now = dict(before)
    bodies: dict[_Row, Row] = {}
    left: set[_Row] = set()
    shifts: dict[str, int] = dict.fromkeys((row.s for row in rows), 0)
    counts = dict(shifts)
    for row in rows:
        scope, what = row.s, (row.k, row.i)
        key = (scope, *what)
        if key in now:
            counts[scope] -= 1
            shifts[scope] -= row_hash(*what, now.pop(key))
        if row.op == "put":
            now[key] = row.ver
            counts[scope] += 1
            shifts[scope] += row_hash(*what, row.ver)
            if what not in bodies or row.ver >= bodies[what].ver:
                bodies[what] = row
        else:
            left.add(what)
    for scope, shift in shifts.items():
        held[scope] = held.get(scope, Digest()).shifted(counts[scope], shift)
    _write_memberships(connection, before, now)
    _write_bodies(connection, bodies.values())
    return left


def _put_fresh(connection: Connection, page: SnapshotRows, held: _Held) -> None:
    """Write rows of a scope in which there is nothing else."""
    scope = page.scope
    if page.first:
        empty_scope(connection, scope)
        held[scope] = Digest()
    rows = page.rows
    connection.exec_driver_sql(PUT_MEMBER, [(scope, *row[:3]) for row in rows])
    connection.exec_driver_sql(
        PUT_ROW,
        [(*row[:3], *keys_of(row[0], row[3]), row[4]) for row in rows],
    )
    total = sum(row_hash(kind, row_id, version) for kind, row_id, version, _, _ in rows)
    held[scope] = held[scope].shifted(len(rows), total)


def _memberships(connection: Connection, rows: list[Row]) -> dict[tuple[str, str, str], int]:
    found = {}
    by_group = sorted(rows, key=attrgetter("s", "k"))
    for (scope, kind), group in groupby(by_group, key=attrgetter("s", "k")):
        ids = json.dumps([row.i for row in group])
        for row_id, version in connection.exec_driver_sql(_MEMBERS, (scope, kind, ids)):
            found[scope, kind, row_id] = version
    return found


def _write_memberships(
    connection: Connection,
    before: dict[tuple[str, str, str], int],
    now: dict[tuple[str, str, str], int],
) -> None:
    gone = list(before.keys() - now.keys())
    if gone:
        connection.exec_driver_sql(_DROP_MEMBER, gone)
    changed = [(*key, version) for key, version in now.items() if before.get(key) != version]
    if changed:
        connection.exec_driver_sql(PUT_MEMBER, changed)


def _write_bodies(connection: Connection, rows: Iterable[Row]) -> None:
    values = []
    for row in rows:
        document = row.d or {}
        try:
            body = canonical_json(document)
        except ValueError as error:
            raise PageError(f"{row.k} {row.i}: {error}") from error
        values.append((row.k, row.i, row.ver, *keys_of(row.k, document), body))
    if values:
        connection.exec_driver_sql(PUT_ROW, values)


def keep(connection: Connection, records: Iterable[Record]) -> None:
    """Put records where a pull would have put them, of a server that there is not: the sample."""
    values = []
    for record in records:
        document = record.model_dump(mode="json")
        body = canonical_json(document)
        values.append((record.KIND, record.id, 1, *keys_of(record.KIND, document), body))
    connection.exec_driver_sql(PUT_ROW, values)


def empty_scope(connection: Connection, scope: str) -> None:
    """End every membership of a scope, and the records that nothing else holds."""
    left = {(kind, row_id) for kind, row_id, _ in members(connection, scope)}
    connection.execute(delete(member).where(member.c.scope == scope))
    delete_orphans(connection, left)


def delete_orphans(connection: Connection, candidates: set[_Row]) -> None:
    if not candidates:
        return
    connection.exec_driver_sql(_DROP_ROW, sorted(candidates))
