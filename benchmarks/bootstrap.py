"""Seconds until a new laptop holds 100,000 records, the server's part not counted.

The snapshot of one scope (records of the size and the kinds of a large operator) lies ready in
memory and is handed out in pieces, so that what is measured is the laptop: staging, checking,
unpacking, parsing, digests, search keys, one durable transaction in the encrypted file.
Reference: the same rows, ready as tuples, put into the same two tables of such a file with two
bare upserts in one transaction.
"""

import gc
import gzip
import hashlib
import json
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

from cvd_desktop.domain.search_keys import keys_of
from cvd_desktop.storage import pull_stage, pull_store
from cvd_desktop.storage import sync_meta_store as meta
from cvd_desktop.storage.database import Database
from cvd_desktop.storage.pull_stage import StagedSnapshot
from cvd_shared.canonical import canonical_json
from cvd_shared.digest import digest_of
from cvd_shared.wire import PullAnswer, ScopeState
from cvd_shared.wire_records import MachineRecord, ProductRecord, Record
from cvd_shared.wire_repair import SNAPSHOT_CHUNK_BYTES
from tests.support.local_database import new_database

ROWS = 100_000
SCOPE = "catalog"
ROUNDS = 3


def run() -> tuple[float, float]:
    """(seconds of the bootstrap, seconds of the bare upserts), each the best of three, in turns."""
    records = [_record(number) for number in range(ROWS)]
    packed = gzip.compress(b"".join(_line(record) for record in records), 6, mtime=0)
    tuples = [_tuple(record) for record in records]
    digest = digest_of((record.KIND, record.id, 1) for record in records)
    state = ScopeState(id=SCOPE, cursor=ROWS, head=ROWS, n=digest.rows, sum=str(digest.total))
    del records
    gc.collect()
    gc.freeze()  # what was prepared is not to be searched while the clock runs
    figures = [(_bootstrap(packed, state), _upserts(tuples)) for _ in range(ROUNDS)]
    return min(ours for ours, _ in figures), min(bare for _, bare in figures)


def _record(number: int) -> Record:
    if number % 3:
        return ProductRecord(
            id=f"0198c0de-{number:012}", sku=f"SKU-{number:06}", name=f"Chocolate bar {number}",
            category=f"Sweets {number % 40}", barcode=f"40{number:011}", case_size=24, price=150,
            currency="EUR", shelf_life_days=180, pick_place=f"A-{number % 90:02}-{number % 7}",
        )  # fmt: skip
    return MachineRecord(
        id=f"0198c0df-{number:012}", asset_number=f"A-{number}", serial_number=f"SN{number:08}",
        make="Crane", model="187", machine_type="snack", location_id=f"l{number % 9000}",
        location_name=f"Town hall {number % 9000}, second floor", route_id=f"r{number % 200}",
        currency="EUR", decimals=2,
    )  # fmt: skip


def _line(record: Record) -> bytes:
    row = {"s": SCOPE, "k": record.KIND, "i": record.id, "ver": 1, "op": "put"}
    head = json.dumps(row, ensure_ascii=False, separators=(",", ":")).encode()
    return head[:-1] + b',"d":' + canonical_json(record.model_dump(mode="json")) + b"}\n"


def _tuple(record: Record) -> tuple[object, ...]:
    document = record.model_dump(mode="json")
    return (record.KIND, record.id, 1, *keys_of(record.KIND, document), canonical_json(document))


def _bootstrap(packed: bytes, state: ScopeState) -> float:
    with TemporaryDirectory() as folder:
        database = _laptop(Path(folder))
        started = time.perf_counter()
        name = hashlib.sha256(packed).hexdigest()
        for first in range(0, len(packed), SNAPSHOT_CHUNK_BYTES):
            snapshot = StagedSnapshot(SCOPE, name, len(packed), state.n, state.head, first)
            with database.write() as connection:
                pull_stage.stage_piece(
                    connection,
                    pull_stage.position(connection),
                    snapshot,
                    packed[first : first + SNAPSHOT_CHUNK_BYTES],
                )
        answer = PullAnswer(
            epoch="e", server_time="-", applied_seq=0, scopes=[state], rows=[], more=False
        )
        with database.write() as connection:
            taken = pull_store.take_page(connection, pull_stage.position(connection), answer)
        seconds = time.perf_counter() - started
        database.close()
    if taken.rows != ROWS or taken.mismatched:
        raise RuntimeError(f"not what was sent: {taken}")
    return seconds


def _upserts(tuples: list[tuple[object, ...]]) -> float:
    members = [(SCOPE, kind, row_id, ver) for kind, row_id, ver, *_ in tuples]
    with TemporaryDirectory() as folder:
        database = _laptop(Path(folder))
        started = time.perf_counter()
        with database.write() as connection:
            connection.exec_driver_sql(pull_store.PUT_MEMBER, members)
            connection.exec_driver_sql(pull_store.PUT_ROW, tuples)
        seconds = time.perf_counter() - started
        database.close()
    return seconds


def _laptop(folder: Path) -> Database:
    database = new_database(folder)
    with database.write() as connection:
        meta.put(connection, meta.EPOCH, "e")
        meta.put(connection, meta.INCARNATION, "i")
    return database


if __name__ == "__main__":
    value, reference = run()
    sys.stdout.write(f"{value:.2f} s, bare {reference:.2f} s\n")
