"""Finds products of the catalogue as one types."""

from collections.abc import Iterable

from sqlalchemy import Connection, func, select

from cvd_desktop.domain.search_keys import search_words
from cvd_desktop.storage import snapshot_store
from cvd_desktop.storage.tables import snapshot_row
from cvd_shared.wire_records import ProductPictureRecord, ProductRecord

_IDS_PER_QUERY = 400


def find(connection: Connection, text: str, *, limit: int | None) -> list[ProductRecord]:
    """Products that hold every word of the text, by category and name."""
    found = snapshot_row.c.kind == ProductRecord.KIND
    for word in search_words(text):
        found &= func.instr(snapshot_row.c.search_text, word) > 0
    query = select(snapshot_row.c.id).where(found)
    ids = list(
        connection.execute(
            query.order_by(snapshot_row.c.sort_key, snapshot_row.c.id).limit(limit)
        ).scalars()
    )
    records: dict[str, ProductRecord] = {}
    for start in range(0, len(ids), _IDS_PER_QUERY):
        some = ids[start : start + _IDS_PER_QUERY]
        records |= snapshot_store.records(connection, ProductRecord, some)
    return [records[each] for each in ids if each in records]


def with_picture(connection: Connection, ids: Iterable[str]) -> set[str]:
    """Those of the products that have a picture."""
    query = select(snapshot_row.c.id).where(
        snapshot_row.c.kind == ProductPictureRecord.KIND, snapshot_row.c.id.in_(sorted(ids))
    )
    return set(connection.execute(query).scalars())
