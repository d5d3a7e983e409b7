"""A workplace for tests of services: its own data folder, a key store that lasts for the test."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import insert

from cvd_desktop.domain.search_keys import keys_of
from cvd_desktop.services.workplace import Workplace, open_workplace
from cvd_desktop.storage.tables import snapshot_row
from cvd_desktop.sync.credentials import MemoryKeyStore
from cvd_shared.canonical import canonical_json
from cvd_shared.wire_records import Record

KEYS = MemoryKeyStore(lasting=True)


@contextmanager
def workplace(folder: Path) -> Iterator[Workplace]:
    """The workplace of `folder`; opened again it finds what it left."""
    opened = open_workplace(folder, key_store=KEYS)
    try:
        yield opened
    finally:
        opened.close()


def tell_snapshot(wp: Workplace, records: Iterable[Record]) -> None:
    """Put records where a pull would have put them."""
    with wp.database.write() as connection:
        for record in records:
            document = record.model_dump(mode="json")
            search_text, sort_key = keys_of(record.KIND, document)
            connection.execute(
                insert(snapshot_row).values(
                    kind=record.KIND,
                    id=record.id,
                    ver=1,
                    body=canonical_json(document),
                    search_text=search_text,
                    sort_key=sort_key,
                )
            )
