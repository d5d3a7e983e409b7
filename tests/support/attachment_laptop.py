"""Photos with originals on a laptop of `sync_world`, and what became of them."""

from cvd_desktop.domain.clock import to_wire
from cvd_desktop.services.recover_visits import ORIGINALS
from cvd_desktop.storage import attachment_store, outbox_store, photo_store
from cvd_server import tables
from cvd_server.attachment_store import attachment_key
from cvd_server.self_check import self_check
from cvd_shared.canonical import sha256_hex
from tests.support.attachment_sender import picture
from tests.support.sync_world import OPERATOR, Laptop, World


def take_photo(laptop: Laptop, original: bytes, *, inline: bool = True) -> str:
    """A photo at machine m1, as the services record it: a small picture in the database, its
    original as a file. Returns the SHA-256 of the original. Not `inline`: the small one is of a
    size that no push carries."""
    number = len(list((laptop.folder / ORIGINALS).glob("*")))
    small = picture(900 if inline else 300_000, seed=1000 + number)
    name, photo_id, now = sha256_hex(original), laptop.new_id(), laptop.clock()
    path = f"{ORIGINALS}/{photo_id}.jpg"
    (laptop.folder / ORIGINALS).mkdir(exist_ok=True)
    (laptop.folder / path).write_bytes(original)
    payload = {
        "photo_id": photo_id, "visit_id": "v1", "machine_id": "m1", "at": to_wire(now),
        "subject": "before", "caption": "", "sha256": sha256_hex(small), "mime": "image/jpeg",
        "size": len(small), "width": 640, "height": 480,
    }  # fmt: skip
    with laptop.wp.database.write() as connection:
        at, mime = to_wire(now), "image/jpeg"
        photo_store.store(connection, sha256_hex(small), small, mime=mime, at=at, original=path)
        photo_store.store_original(connection, name, len(original), mime=mime, at=at, path=path)
        appended = outbox_store.append(
            connection, new_id=laptop.new_id, type="photo.taken", entity=("photo", photo_id),
            payload=payload, actor=None, occurred_at=at, blobs=[sha256_hex(small), name],
        )  # fmt: skip
    laptop.told[appended.op_id] = photo_id
    return name


def original_file(laptop: Laptop, name: str) -> str:
    with laptop.wp.database.read() as connection:
        path = attachment_store.path_of(connection, name)
    assert path is not None
    return str(laptop.folder / path)


def states(laptop: Laptop) -> dict[str, str]:
    with laptop.wp.database.read() as connection:
        rows = connection.exec_driver_sql("SELECT sha256, state FROM attachment").all()
    return {row.sha256: row.state for row in rows}


def on_server(world: World, name: str) -> bytes | None:
    """As the server would give it; None while it has no row for it."""
    blob = tables.blob
    with world.server.database.read() as connection:
        row = connection.execute(
            blob.select().where(blob.c.sha256 == name, blob.c.operator_id == OPERATOR)
        ).one_or_none()
    if row is None:
        return None
    if row.body is not None:
        return bytes(row.body)
    return b"".join(world.server.services.store.open(attachment_key(OPERATOR, name)))


def server_problems(world: World) -> list[str]:
    with world.server.database.read() as connection:
        return self_check(connection, world.server.services.store).problems
