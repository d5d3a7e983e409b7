"""Reading the change feed: the entries of a scope and their records, as the JSON of `wire.Row`."""

import json
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from sqlalchemy import Connection, select

from cvd_server import tables
from cvd_server.change_feed import PUT
from cvd_server.database import among, chunks
from cvd_server.records import KINDS
from cvd_shared.canonical import canonical_json

_COLUMNS = ("kind", "id", "seq", "op", "ver")


class FeedEntry(NamedTuple):
    """A record's place in a scope."""

    kind: str
    id: str
    seq: int
    op: str
    ver: int


def entries_after(
    connection: Connection, operator_id: str, scope: str, cursor: int, limit: int
) -> list[FeedEntry]:
    """The next entries of a scope, in the order of their numbers."""
    table = tables.feed
    rows = connection.execute(
        select(*(table.c[name] for name in _COLUMNS))
        .where(table.c.operator_id == operator_id, table.c.scope == scope, table.c.seq > cursor)
        .order_by(table.c.seq)
        .limit(limit)
    )
    return [FeedEntry(*row) for row in rows]


def entries_named(
    connection: Connection, operator_id: str, scope: str, names: Iterable[tuple[str, str]]
) -> dict[tuple[str, str], FeedEntry]:
    """(kind, id) -> entry, for those of the names that are live in the scope."""
    ids: dict[str, list[str]] = {}
    for kind, row_id in names:
        ids.setdefault(kind, []).append(row_id)
    table = tables.feed
    found: dict[tuple[str, str], FeedEntry] = {}
    for kind in sorted(ids):
        for part in chunks(sorted(set(ids[kind]))):
            rows = connection.execute(
                select(*(table.c[name] for name in _COLUMNS)).where(
                    table.c.operator_id == operator_id,
                    table.c.scope == scope,
                    table.c.kind == kind,
                    table.c.op == PUT,
                    among(connection, table.c.id, part),
                )
            )
            found |= {(row.kind, row.id): FeedEntry(*row) for row in rows}
    return found


def live_entries(connection: Connection, operator_id: str, scope: str) -> Iterator[FeedEntry]:
    """Every live entry of a scope; the memory it takes does not grow with their number."""
    table = tables.feed
    rows = connection.execution_options(yield_per=1000).execute(
        select(*(table.c[name] for name in _COLUMNS)).where(
            table.c.operator_id == operator_id, table.c.scope == scope, table.c.op == PUT
        )
    )
    for row in rows:
        yield FeedEntry(*row)


def row_texts(
    connection: Connection, operator_id: str, scope: str, entries: Sequence[FeedEntry]
) -> Iterator[tuple[int, str]]:
    """(number, JSON) of each entry, in the order given."""
    by_kind: dict[str, list[str]] = {}
    for entry in entries:
        if entry.op == PUT:
            by_kind.setdefault(entry.kind, []).append(entry.id)
    records: dict[tuple[str, str], dict[str, Any]] = {}
    for kind, ids in by_kind.items():
        table = KINDS[kind].table
        columns = [table.c[name] for name in KINDS[kind].fields]
        for part in chunks(ids):
            for row in connection.execute(
                select(*columns).where(
                    table.c.operator_id == operator_id, among(connection, table.c.id, part)
                )
            ).mappings():
                records[(kind, row["id"])] = dict(row)
    for entry in entries:
        document: dict[str, Any] = {
            "s": scope,
            "k": entry.kind,
            "i": entry.id,
            "ver": entry.ver,
            "op": "put" if entry.op == PUT else "remove",
        }
        text = json.dumps(document, ensure_ascii=False, separators=(",", ":"))
        if entry.op == PUT:  # last, so that a laptop can keep these very bytes
            record = canonical_json(records[(entry.kind, entry.id)]).decode()
            text = f'{text[:-1]},"d":{record}}}'
        yield entry.seq, text
