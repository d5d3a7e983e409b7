"""Takes in what the server sends: pages are staged, then applied in one transaction (chapter 2.7).

A page is used only if it answers the position that is still current (D5). A scope that has to be
loaded anew keeps its old records in view until the new ones are complete.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby, islice
from operator import attrgetter

from sqlalchemy import Connection, and_, bindparam, delete, exists, select
from sqlalchemy.dialects.sqlite import insert

from cvd_desktop.domain.search_keys import keys_of
from cvd_desktop.storage import sync_meta_store as meta
from cvd_desktop.storage.outbox_store import clear_overlay
from cvd_desktop.storage.tables import cursor, member, pull_stage, snapshot_row
from cvd_shared.canonical import canonical_json
from cvd_shared.digest import Digest
from cvd_shared.wire import PullAnswer, Row
from cvd_shared.wire_records import Record

_IDS_PER_QUERY = 500
_EVERYTHING = "*"

# As text, because SQLAlchemy takes longer over the parameters of a bulk than SQLite over the bulk.
_PUT_MEMBER = """
    INSERT INTO member (scope, kind, id, ver) VALUES (?, ?, ?, ?)
    ON CONFLICT (scope, kind, id) DO UPDATE SET ver = excluded.ver
"""
_PUT_ROW = """
    INSERT INTO snapshot_row (kind, id, ver, search_text, sort_key, body)
    VALUES (?, ?, ?, ?, ?, ?)
    ON CONFLICT (kind, id) DO UPDATE SET ver = excluded.ver, search_text = excluded.search_text,
        sort_key = excluded.sort_key, body = excluded.body
    WHERE excluded.ver >= snapshot_row.ver
"""

_Row = tuple[str, str]  # kind, id
_Held = dict[str, Digest]  # scope -> digest


class PageError(ValueError):
    """A record that no JSON document can hold, e.g. a number that is none."""


@dataclass(frozen=True, slots=True)
class Position:
    """Where the next page goes on from: what is asked for, and what it has to be an answer to."""

    epoch: str | None
    incarnation: str | None
    cursors: dict[str, int]
    rereading: tuple[str, ...]  # scopes that this round of pages reads from their start
    staged: int  # pages that wait to be applied


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of a page. `mismatched`: scopes whose digest differs from the server's."""

    used: bool
    caught_up: bool = False
    rows: int = 0
    mismatched: tuple[str, ...] = ()


def position(connection: Connection) -> Position:
    """Read it before a request, hand it to `take_page` with the answer."""
    known = meta.get_many(connection, meta.EPOCH, meta.INCARNATION)
    epoch, incarnation = known.get(meta.EPOCH), known.get(meta.INCARNATION)
    base = _base(connection)
    newest = connection.execute(
        select(pull_stage.c.n, pull_stage.c.page).order_by(pull_stage.c.n.desc()).limit(1)
    ).first()
    if newest is not None:
        head = json.loads(bytes(newest.page).partition(b"\n")[0])
        if (head["epoch"], head["incarnation"], head["base"]) == (epoch, incarnation, base):
            rereading = tuple(head["rereading"])
            return Position(epoch, incarnation, head["cursors"], rereading, newest.n + 1)
    return Position(epoch, incarnation, base, (), 0)


def take_page(connection: Connection, asked: Position, answer: PullAnswer) -> Taken:
    """Stage or apply one page inside the caller's `write` transaction."""
    if answer.epoch != asked.epoch or position(connection) != asked:
        return Taken(used=False)
    if asked.staged == 0:
        connection.execute(delete(pull_stage))  # left over from a position that is gone
    if answer.more:
        _stage(connection, asked, answer)
        return Taken(used=True)
    staged = connection.execute(select(pull_stage.c.page).order_by(pull_stage.c.n)).scalars().all()
    pages = [PullAnswer.model_validate_json(bytes(page).partition(b"\n")[2]) for page in staged]
    pages.append(answer)
    mismatched = _apply(connection, pages)
    connection.execute(delete(pull_stage))
    clear_overlay(connection, asked.incarnation or "", answer.applied_seq)
    rows = sum(len(page.rows) for page in pages)
    return Taken(used=True, caught_up=True, rows=rows, mismatched=mismatched)


def load_anew(connection: Connection, scopes: Iterable[str] | None = None) -> None:
    """Ask for these scopes (None: for everything) from the start at the next pull."""
    waiting = set(_to_load_anew(connection))
    waiting |= {_EVERYTHING} if scopes is None else set(scopes)
    meta.put(connection, meta.RELOAD, json.dumps(sorted(waiting)))
    connection.execute(delete(pull_stage))


def drop_everything(connection: Connection) -> None:
    """Forget the server's records at once: the data folder gets another owner."""
    for table in (snapshot_row, member, cursor, pull_stage):
        connection.execute(delete(table))
    meta.delete_many(connection, meta.RELOAD)


def digests(connection: Connection) -> dict[str, Digest]:
    """Scope -> digest as it is kept; `cvd_shared.digest.digest_of(members(...))` counts afresh."""
    rows = connection.execute(select(cursor.c.scope, cursor.c.n, cursor.c.sum64))
    return {row.scope: Digest(row.n, row.sum64) for row in rows}


def members(connection: Connection, scope: str) -> list[tuple[str, str, int]]:
    """(kind, id, version) of every record that is here because of this scope."""
    query = select(member.c.kind, member.c.id, member.c.ver).where(member.c.scope == scope)
    return [(row.kind, row.id, row.ver) for row in connection.execute(query)]


# --- applying -----------------------------------------------------------------------------------


def _stage(connection: Connection, asked: Position, answer: PullAnswer) -> None:
    base = _base(connection)
    anew = {scope.id for scope in answer.scopes if scope.reset or scope.id not in base}
    head = {
        "epoch": asked.epoch,
        "incarnation": asked.incarnation,
        "base": base,
        "rereading": sorted(anew.union(asked.rereading)),
        "cursors": {scope.id: scope.cursor for scope in answer.scopes},
    }
    page = canonical_json(head) + b"\n" + answer.model_dump_json().encode()
    connection.execute(insert(pull_stage).values(n=asked.staged, page=page))


def _apply(connection: Connection, pages: list[PullAnswer]) -> tuple[str, ...]:
    anew = _to_load_anew(connection)
    if _EVERYTHING in anew:
        for table in (snapshot_row, member, cursor):
            connection.execute(delete(table))
        anew = []
    held = digests(connection)
    for scope in anew:
        _empty(connection, scope, held)
    left: set[_Row] = set()
    for page in pages:
        for state in page.scopes:
            if state.reset:
                _empty(connection, state.id, held)
        left |= _apply_rows(connection, page.rows, held)
    final = pages[-1].scopes
    for scope in set(held) - {state.id for state in final}:
        _empty(connection, scope, held)
        connection.execute(delete(cursor).where(cursor.c.scope == scope))
    _delete_orphans(connection, left)
    for state in final:
        have = held.get(state.id, Digest())
        statement = insert(cursor).values(
            scope=state.id, seq=state.cursor, n=have.rows, sum64=have.total
        )
        connection.execute(
            statement.on_conflict_do_update(
                index_elements=["scope"],
                set_={name: statement.excluded[name] for name in ("seq", "n", "sum64")},
            )
        )
    meta.delete_many(connection, meta.RELOAD)
    return tuple(
        state.id
        for state in final
        if held.get(state.id, Digest()) != Digest(state.n, int(state.sum))
    )


def _apply_rows(connection: Connection, rows: list[Row], held: _Held) -> set[_Row]:
    """Write the rows of a page; returns records that may have lost their last membership."""
    before = _memberships(connection, rows)
    now = dict(before)
    bodies: dict[_Row, Row] = {}
    left: set[_Row] = set()
    for row in rows:
        key, what = (row.s, row.k, row.i), (row.k, row.i)
        digest = held.get(row.s, Digest())
        if key in now:
            digest = digest.remove(row.k, row.i, now.pop(key))
        if row.op == "put":
            now[key] = row.ver
            digest = digest.add(row.k, row.i, row.ver)
            if what not in bodies or row.ver >= bodies[what].ver:
                bodies[what] = row
        else:
            left.add(what)
        held[row.s] = digest
    _write_memberships(connection, before, now)
    _write_bodies(connection, bodies.values())
    return left


def _memberships(connection: Connection, rows: list[Row]) -> dict[tuple[str, str, str], int]:
    found = {}
    by_group = sorted(rows, key=attrgetter("s", "k"))
    for (scope, kind), group in groupby(by_group, key=attrgetter("s", "k")):
        ids = iter([row.i for row in group])
        while chunk := list(islice(ids, _IDS_PER_QUERY)):
            query = select(member.c.id, member.c.ver).where(
                member.c.scope == scope, member.c.kind == kind, member.c.id.in_(chunk)
            )
            for row in connection.execute(query):
                found[scope, kind, row.id] = row.ver
    return found


def _write_memberships(
    connection: Connection,
    before: dict[tuple[str, str, str], int],
    now: dict[tuple[str, str, str], int],
) -> None:
    gone = [
        {"of_scope": scope, "of_kind": kind, "of_id": row_id}
        for scope, kind, row_id in before.keys() - now.keys()
    ]
    if gone:
        connection.execute(
            delete(member).where(
                member.c.scope == bindparam("of_scope"),
                member.c.kind == bindparam("of_kind"),
                member.c.id == bindparam("of_id"),
            ),
            gone,
        )
    changed = [(*key, version) for key, version in now.items() if before.get(key) != version]
    if changed:
        connection.exec_driver_sql(_PUT_MEMBER, changed)


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
        connection.exec_driver_sql(_PUT_ROW, values)


def keep(connection: Connection, records: Iterable[Record]) -> None:
    """Put records where a pull would have put them, of a server that there is not: the sample."""
    values = []
    for record in records:
        document = record.model_dump(mode="json")
        body = canonical_json(document)
        values.append((record.KIND, record.id, 1, *keys_of(record.KIND, document), body))
    connection.exec_driver_sql(_PUT_ROW, values)


def _empty(connection: Connection, scope: str, held: _Held) -> None:
    """End every membership of a scope, and the records that nothing else holds."""
    left = {(kind, row_id) for kind, row_id, _ in members(connection, scope)}
    connection.execute(delete(member).where(member.c.scope == scope))
    _delete_orphans(connection, left)
    held[scope] = Digest()


def _delete_orphans(connection: Connection, candidates: set[_Row]) -> None:
    if not candidates:
        return
    held_by_any = exists().where(
        and_(member.c.kind == snapshot_row.c.kind, member.c.id == snapshot_row.c.id)
    )
    connection.execute(
        delete(snapshot_row).where(
            snapshot_row.c.kind == bindparam("of_kind"),
            snapshot_row.c.id == bindparam("of_id"),
            ~held_by_any,
        ),
        [{"of_kind": kind, "of_id": row_id} for kind, row_id in sorted(candidates)],
    )


def _base(connection: Connection) -> dict[str, int]:
    """The cursors to go on from; scopes that are loaded anew have none."""
    anew = _to_load_anew(connection)
    if _EVERYTHING in anew:
        return {}
    rows = connection.execute(select(cursor.c.scope, cursor.c.seq))
    return {row.scope: row.seq for row in rows if row.scope not in anew}


def _to_load_anew(connection: Connection) -> list[str]:
    return [str(scope) for scope in json.loads(meta.get(connection, meta.RELOAD) or "[]")]
