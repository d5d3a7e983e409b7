"""Pages and snapshots that wait to be applied: durable, so that a broken line costs nothing twice.

An entry is a line of JSON about the position that it leads to, and behind that the page as JSON,
or a piece of a snapshot's bytes. Snapshots lie here and not in files: this database is encrypted.
"""

import hashlib
import json
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from pydantic_core import from_json
from sqlalchemy import Connection, bindparam, delete, select
from sqlalchemy.dialects.sqlite import insert

from cvd_desktop.storage import sync_meta_store as meta
from cvd_desktop.storage.tables import cursor, pull_stage
from cvd_shared.canonical import canonical_json
from cvd_shared.wire import PullAnswer

EVERYTHING = "*"
_DOCUMENT = b',"d":'
_ROWS_AT_ONCE = 500  # of a snapshot; more would hold the interpreter lock too long
_BYTES_AT_ONCE = 128 * 1024
_LINE_BYTES = 8 * 1024 * 1024  # of one row
_LIMIT = 1 << 63

# Built once, as in outbox_store: a position is read before and after each page.
_NEWEST = select(pull_stage.c.n, pull_stage.c.page).order_by(pull_stage.c.n.desc()).limit(1)
_NUMBERS = select(pull_stage.c.n).order_by(pull_stage.c.n)
_PAGE = select(pull_stage.c.page).where(pull_stage.c.n == bindparam("number"))
_CLEAR = delete(pull_stage)
_STAGE = insert(pull_stage)
_CURSORS = select(cursor.c.scope, cursor.c.seq)


class SnapshotError(ValueError):
    """This snapshot is not what was offered: fetch the pages instead."""


FreshRow = tuple[str, str, int, dict[str, Any], bytes]  # kind, id, version, document, its JSON


@dataclass(frozen=True, slots=True)
class SnapshotRows:
    """Some of the rows of a snapshot, which is all that there is in its scope."""

    scope: str
    rows: list[FreshRow]
    first: bool


@dataclass(frozen=True, slots=True)
class StagedSnapshot:
    """A snapshot on its way: `have` of its `size` bytes are here. `rows` and `cursor` are what it
    brings."""

    scope: str
    sha256: str
    size: int
    rows: int
    cursor: int
    have: int = 0

    def as_json(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in self.__slots__}


@dataclass(frozen=True, slots=True)
class Position:
    """Where the next page goes on from: what is asked for, and what it has to be an answer to."""

    epoch: str | None
    incarnation: str | None
    cursors: dict[str, int]
    rereading: tuple[str, ...]  # scopes that this round of pages reads from their start
    floors: dict[str, int]  # of these scopes, when they were begun
    staged: int  # entries that wait to be applied
    snapshot: StagedSnapshot | None = None  # that is being fetched


def position(connection: Connection) -> Position:
    """Read it before a request, hand it to `take_page` with the answer."""
    known = meta.get_many(connection, meta.EPOCH, meta.INCARNATION, meta.RELOAD)
    epoch, incarnation = known.get(meta.EPOCH), known.get(meta.INCARNATION)
    base = _cursors_but(connection, _scopes(known.get(meta.RELOAD)))
    newest = connection.execute(_NEWEST).first()
    if newest is not None:
        head = _parts(newest.page)[0]
        if (head["epoch"], head["incarnation"], head["base"]) == (epoch, incarnation, base):
            piece = head.get("snapshot")
            staged = StagedSnapshot(**piece) if piece else None
            return Position(
                epoch,
                incarnation,
                head["cursors"],
                tuple(head["rereading"]),
                head.get("floors", {}),
                newest.n + 1,
                staged if staged is not None and staged.have < staged.size else None,
            )
    return Position(epoch, incarnation, base, (), {}, 0)


def is_current(connection: Connection, asked: Position) -> bool:
    """True while an answer to `asked` may be used (D5). What is left over from a position that is
    gone is cleared."""
    if position(connection) != asked:
        return False
    if asked.staged == 0:
        clear(connection)
    return True


def clear(connection: Connection) -> None:
    connection.execute(_CLEAR)


def stage_page(connection: Connection, asked: Position, answer: PullAnswer) -> None:
    """Keep a page whose round goes on."""
    rereading = {
        scope.id
        for scope in answer.scopes
        if scope.reset or scope.id not in asked.cursors or scope.id in asked.rereading
    }
    floors = {
        scope.id: scope.floor
        if scope.reset or asked.cursors.get(scope.id, 0) == 0
        else asked.floors.get(scope.id, scope.floor)
        for scope in answer.scopes
        if scope.id in rereading
    }
    cursors = {scope.id: scope.cursor for scope in answer.scopes}
    head = _head(connection, asked, sorted(rereading), floors, cursors)
    _insert(connection, asked, head, answer.model_dump_json().encode())


def stage_piece(
    connection: Connection, asked: Position, snapshot: StagedSnapshot, data: bytes
) -> None:
    """Keep a piece of a snapshot. The last one moves the position to the snapshot's end.

    Raises SnapshotError when the whole has not the SHA-256 that is its name.
    """
    have = snapshot.have + len(data)
    cursors = dict(asked.cursors)
    if have > snapshot.size:
        raise SnapshotError("more bytes than were offered")
    if have == snapshot.size:
        whole = hashlib.sha256()
        for piece in _pieces(connection, snapshot.sha256):
            whole.update(piece)
        whole.update(data)
        if whole.hexdigest() != snapshot.sha256:
            raise SnapshotError("other bytes than were offered")
        cursors[snapshot.scope] = snapshot.cursor
    head = _head(connection, asked, list(asked.rereading), asked.floors, cursors)
    head["snapshot"] = snapshot.as_json() | {"have": have}
    _insert(connection, asked, head, data)


def drop_pieces(connection: Connection, sha256: str) -> None:
    """Forget a snapshot that is being fetched; what was staged before it stays."""
    for n in reversed(_numbers(connection)):
        piece = _entry(connection, n)[0].get("snapshot")
        if not piece or piece["sha256"] != sha256:
            return
        connection.execute(delete(pull_stage).where(pull_stage.c.n == n))


def staged_pages(connection: Connection) -> Iterator[PullAnswer | SnapshotRows]:
    """What waits, in order and a piece at a time: pages, and the rows of snapshots."""
    done: set[str] = set()
    for n in _numbers(connection):
        head, body = _entry(connection, n)
        piece = head.get("snapshot")
        if not piece:
            yield PullAnswer.model_validate_json(body)
        elif piece["sha256"] not in done:
            done.add(piece["sha256"])
            yield from _snapshot_rows(connection, StagedSnapshot(**piece))


def base_cursors(connection: Connection) -> dict[str, int]:
    """The cursors to go on from; scopes that are loaded anew have none."""
    return _cursors_but(connection, to_load_anew(connection))


def to_load_anew(connection: Connection) -> list[str]:
    return _scopes(meta.get(connection, meta.RELOAD))


def _scopes(told: str | None) -> list[str]:
    return [str(scope) for scope in json.loads(told or "[]")]


def _cursors_but(connection: Connection, anew: list[str]) -> dict[str, int]:
    if EVERYTHING in anew:
        return {}
    rows = connection.execute(_CURSORS)
    return {scope: seq for scope, seq in rows if scope not in anew}


# --- entries ------------------------------------------------------------------------------------


def _head(
    connection: Connection,
    asked: Position,
    rereading: list[str],
    floors: dict[str, int],
    cursors: dict[str, int],
) -> dict[str, Any]:
    return {
        "epoch": asked.epoch,
        "incarnation": asked.incarnation,
        "base": base_cursors(connection),
        "rereading": rereading,
        "floors": floors,
        "cursors": cursors,
    }


def _insert(connection: Connection, asked: Position, head: dict[str, Any], body: bytes) -> None:
    page = canonical_json(head) + b"\n" + body
    connection.execute(_STAGE, {"n": asked.staged, "page": page})


def _numbers(connection: Connection) -> list[int]:
    return list(connection.execute(_NUMBERS).scalars())


def _entry(connection: Connection, n: int) -> tuple[dict[str, Any], bytes]:
    page = connection.execute(_PAGE, {"number": n}).scalar_one()
    return _parts(page)


def _parts(page: bytes) -> tuple[dict[str, Any], bytes]:
    head, _, body = bytes(page).partition(b"\n")
    found: dict[str, Any] = json.loads(head)
    return found, body


def _pieces(connection: Connection, sha256: str) -> Iterator[bytes]:
    for n in _numbers(connection):
        head, body = _entry(connection, n)
        piece = head.get("snapshot")
        if piece and piece["sha256"] == sha256:
            yield body


def _snapshot_rows(connection: Connection, snapshot: StagedSnapshot) -> Iterator[SnapshotRows]:
    """Its rows, some at a time. Raises SnapshotError for what does not belong into it."""
    total = 0
    for lines in _some(_lines(_pieces(connection, snapshot.sha256))):
        rows = [_fresh_row(line, snapshot.scope) for line in lines]
        yield SnapshotRows(snapshot.scope, rows, first=total == 0)
        total += len(rows)
        if total > snapshot.rows:
            break
    if total != snapshot.rows:
        raise SnapshotError(f"{total} rows or more, not {snapshot.rows}")


def _fresh_row(line: bytes, scope: str) -> FreshRow:
    """Not by a model: of a hundred thousand rows each microsecond is a tenth of a second."""
    try:
        row = from_json(line, allow_inf_nan=False)
        kind, row_id, version, document = row["k"], row["i"], row["ver"], row["d"]
        good = row["s"] == scope and row["op"] == "put" and 0 <= version < _LIMIT
        names = type(kind) is type(row_id) is str and type(version) is int
        document_last = next(reversed(row)) == "d"
    except (ValueError, TypeError, LookupError) as error:
        raise SnapshotError("a line that is no row") from error
    if not good or not names or type(document) is not dict:
        raise SnapshotError(f"row {kind} {row_id}")
    _, found, body = line.partition(_DOCUMENT)  # a text cannot hold it: its quotes are escaped
    body = body[:-1] if document_last and found else canonical_json(document)
    return kind, row_id, version, document, body


def _some(lines: Iterator[bytes]) -> Iterator[list[bytes]]:
    """So many at a time that nobody waits long for the interpreter."""
    some: list[bytes] = []
    size = 0
    for line in lines:
        some.append(line)
        size += len(line)
        if len(some) >= _ROWS_AT_ONCE or size >= _BYTES_AT_ONCE:
            yield some
            some, size = [], 0
    if some:
        yield some


def _lines(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """The lines of a gzip file; what is unpacked at a time is bounded, whatever it holds."""
    decoder = zlib.decompressobj(wbits=31)
    rest = b""
    try:
        for piece in pieces:
            packed = piece
            while packed or decoder.unconsumed_tail:
                plain = decoder.decompress(packed or decoder.unconsumed_tail, _BYTES_AT_ONCE)
                packed = b""
                if not plain:
                    break
                *lines, rest = (rest + plain).split(b"\n")
                yield from lines
                if len(rest) > _LINE_BYTES:
                    raise SnapshotError("a line without an end")
    except zlib.error as error:
        raise SnapshotError("damaged gzip") from error
    if not decoder.eof or rest:
        raise SnapshotError("cut gzip")
