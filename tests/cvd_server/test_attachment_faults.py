"""What goes wrong with attachments: cuts, lies, full disks, kills; on SQLite, where it is quick."""

import hashlib
import shutil
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update

from cvd_server import tables
from cvd_server.attachment_store import StoreFull, StoreUnavailable, attachment_key, chunk_prefix
from cvd_server.blob_uploads import find_lost
from cvd_shared.canonical import sha256_hex
from cvd_shared.wire_attachments import ATTACHMENT_BYTES, CHUNK_BYTES
from tests.support.attachment_sender import (
    NAME,
    PHOTO,
    SIZE,
    BareSender,
    assert_stored,
    code,
    fetched,
    missing,
    picture,
    push_photo,
)
from tests.support.servers import LocalServer, Session, sqlite_url

pytestmark = pytest.mark.usefixtures("small")


@pytest.fixture
def migrated_url(migrated_file: Path, tmp_path: Path) -> str:
    shutil.copy(migrated_file, tmp_path)
    return sqlite_url(tmp_path)


@pytest.fixture
def sender(driver: Session) -> BareSender:
    """A photo whose event is here and whose bytes are not."""
    push_photo(driver, PHOTO)
    return BareSender(driver, PHOTO)


def test_goes_on_where_it_broke_off(
    server: LocalServer, driver: Session, sender: BareSender
) -> None:
    sender.offer()
    sender.patch(0)
    again = BareSender(driver, PHOTO)
    assert again.offer().json()["data"]["offset"] == CHUNK_BYTES
    assert again.upload_id == sender.upload_id
    assert again.send() == "stored"
    assert_stored(server, driver, PHOTO)


@pytest.mark.parametrize("offset", [0, CHUNK_BYTES - 1, CHUNK_BYTES + 1, 2 * CHUNK_BYTES, SIZE])
def test_a_chunk_at_another_place_is_told_where_to_go_on(sender: BareSender, offset: int) -> None:
    """One that comes twice, late or too early."""
    sender.offer()
    sender.patch(0)
    answer = sender.patch(offset, b"any")
    assert code(answer, 409) == "offset_differs"
    assert answer.json()["error"]["details"] == {"offset": CHUNK_BYTES}
    assert sender.offset() == CHUNK_BYTES
    assert sender.send() == "stored"


def test_chunks_of_any_size_in_order(
    server: LocalServer, driver: Session, sender: BareSender
) -> None:
    sender.offer()
    cuts = [0, 1, 2, 4097, CHUNK_BYTES, CHUNK_BYTES + 1, 2 * CHUNK_BYTES, SIZE - 1, SIZE]
    for begin, end in pairwise(cuts):
        assert sender.patch(begin, PHOTO[begin:end]).json()["data"]["offset"] == end
    assert_stored(server, driver, PHOTO)


def test_a_damaged_chunk_changes_nothing(sender: BareSender) -> None:
    sender.offer()
    damaged = b"\0" + PHOTO[1:CHUNK_BYTES]
    digest = sha256_hex(PHOTO[:CHUNK_BYTES])
    assert code(sender.patch(0, damaged, X_Chunk_SHA256=digest), 422) == "chunk_damaged"
    assert sender.offset() == 0
    assert sender.send() == "stored"


@pytest.mark.parametrize("size", [SIZE - 5, SIZE + 5, CHUNK_BYTES, ATTACHMENT_BYTES])
def test_a_lie_about_the_size(
    server: LocalServer, driver: Session, sender: BareSender, size: int
) -> None:
    """Too small: the bytes do not fit, and are not the file. Too large: it is never whole."""
    sender.offer(size=size)
    sender.patch(0)
    sender.patch(CHUNK_BYTES)
    sender.patch(2 * CHUNK_BYTES)
    assert missing(driver) == [NAME]
    assert fetched(driver, NAME).status_code == 404
    honest = BareSender(driver, PHOTO)
    assert honest.offer().json()["data"]["offset"] == 0
    assert honest.send() == "stored"
    assert_stored(server, driver, PHOTO)


def test_limits(sender: BareSender) -> None:
    assert code(sender.offer(size=ATTACHMENT_BYTES + 1), 422) == "malformed"
    assert code(sender.offer(size=-1), 422) == "malformed"
    sender.offer()
    assert code(sender.patch(0, bytes(CHUNK_BYTES + 1)), 413) == "too_large"
    assert code(sender.patch(0, b""), 422) == "malformed"
    assert code(sender.patch(0, Upload_Offset="-1"), 422) == "malformed"
    assert code(sender.patch(0, Upload_Offset="1e3"), 422) == "malformed"
    assert code(sender.patch(0, Upload_Offset="9" * 30), 422) == "malformed"
    assert code(sender.patch(0, X_Chunk_SHA256="none"), 422) == "malformed"
    assert code(sender.patch(0, Content_Type="application/json"), 415) == "malformed"
    assert code(sender.patch(0, Content_Encoding="gzip"), 415) == "malformed"
    assert sender.offset() == 0


def test_an_empty_file(server: LocalServer, driver: Session) -> None:
    push_photo(driver, b"")
    sender = BareSender(driver, b"")
    assert sender.offer().json()["data"]["state"] == "stored"
    assert_stored(server, driver, b"")


def test_empty_where_it_cannot_be(sender: BareSender) -> None:
    assert code(sender.offer(size=0), 422) == "malformed"


def test_only_what_an_event_names_may_come(driver: Session) -> None:
    stranger = BareSender(driver, picture(100, seed=9))
    assert code(stranger.offer(), 404) == "blob_not_named"


@pytest.mark.parametrize(
    "sha256", ["../../etc/passwd", "A" * 64, "0" * 63, NAME + "/x", "%2e%2e", "' OR 1=1 --"]
)
def test_names_that_are_none(driver: Session, sender: BareSender, sha256: str) -> None:
    assert sender.offer(sha256=sha256).status_code == 422
    assert fetched(driver, sha256).status_code == 404
    sender.upload_id = sha256
    assert sender.patch(0, b"x").status_code == 404


def test_in_part_and_what_the_answer_says(driver: Session, sender: BareSender) -> None:
    sender.send()
    whole = fetched(driver, NAME)
    assert whole.headers["Content-Type"] == "image/jpeg"
    assert whole.headers["Content-Disposition"] == f'attachment; filename="{NAME}"'
    assert whole.headers["X-Content-Type-Options"] == "nosniff"
    assert whole.headers["ETag"] == f'"{NAME}"'
    assert whole.headers["Content-Length"] == str(SIZE)
    assert "Content-Encoding" not in whole.headers
    part = fetched(driver, NAME, headers={"Range": f"bytes={CHUNK_BYTES}-"})
    assert part.status_code == 206
    assert part.content == PHOTO[CHUNK_BYTES:]
    assert part.headers["Content-Range"] == f"bytes {CHUNK_BYTES}-{SIZE - 1}/{SIZE}"
    for wanted, content in (
        ("bytes=0-0", PHOTO[:1]), ("bytes=-7", PHOTO[-7:]), (f"bytes=5-{SIZE * 2}", PHOTO[5:]),
        ("bytes=0-1,4-5", PHOTO), ("lines=0-1", PHOTO), ("bytes=x", PHOTO),
    ):  # fmt: skip
        assert fetched(driver, NAME, headers={"Range": wanted}).content == content, wanted
    beyond = fetched(driver, NAME, headers={"Range": f"bytes={SIZE}-"})
    assert code(beyond, 416) == "range_wrong"
    other = {"Range": "bytes=5-9", "If-Range": '"another"'}
    assert fetched(driver, NAME, headers=other).content == PHOTO
    for known in (f'"{NAME}"', f'"x", W/"{NAME}"', "*"):
        assert fetched(driver, NAME, headers={"If-None-Match": known}).status_code == 304
    assert fetched(driver, NAME, headers={"If-None-Match": '"x"'}).status_code == 200


def test_no_browser_is_told_that_it_is_a_page(driver: Session) -> None:
    original, small = b"<html><script>alert(1)</script>", picture(90, seed=8)
    push_photo(driver, small, sha256_hex(original))
    BareSender(driver, original).offer(mime="text/html")
    sender = BareSender(driver, original)
    sender.offer(mime="text/html")
    assert sender.patch(0).json()["data"]["state"] == "stored"
    answer = fetched(driver, sha256_hex(original))
    assert answer.headers["Content-Type"] == "application/octet-stream"


def test_the_inline_way_ends_an_upload_under_way(
    server: LocalServer, driver: Session, sender: BareSender
) -> None:
    """The bytes come with a push of another laptop while they come in chunks."""
    sender.offer()
    sender.patch(0)
    with server.database.write() as connection:
        connection.execute(
            tables.blob.insert().values(
                operator_id="op", sha256=NAME, size=SIZE, mime="image/jpeg", state="stored",
                body=PHOTO, first_device_id=driver.device_id, stored_at=server.services.now(),
            )
        )  # fmt: skip
    assert sender.offer().json()["data"]["state"] == "stored"
    assert missing(driver) == []
    assert fetched(driver, NAME, headers={"Range": "bytes=3-9"}).content == PHOTO[3:10]


@pytest.mark.parametrize(
    ("trouble", "status", "name"),
    [(StoreFull("no room"), 507, "storage_full"), (StoreUnavailable("away"), 503, "unavailable")],
)
def test_a_store_without_room(
    server: LocalServer,
    driver: Session,
    sender: BareSender,
    monkeypatch: pytest.MonkeyPatch,
    trouble: Exception,
    status: int,
    name: str,
    caplog: pytest.LogCaptureFixture,
) -> None:
    sender.offer()
    sender.patch(0)

    def refuse(*_: Any) -> int:
        raise trouble

    with monkeypatch.context() as patched:
        patched.setattr(server.services.store, "put", refuse)
        answer = sender.patch(CHUNK_BYTES)
    assert code(answer, status) == name
    assert int(answer.headers["Retry-After"]) >= 30
    assert sender.offset() == CHUNK_BYTES
    assert sender.send() == "stored"
    assert_stored(server, driver, PHOTO)
    caplog.clear()


@pytest.mark.parametrize("after_the_file", [False, True])
def test_killed_between_the_bytes_and_the_row(
    server: LocalServer,
    driver: Session,
    sender: BareSender,
    monkeypatch: pytest.MonkeyPatch,
    *,
    after_the_file: bool,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """What lies in the store and in no row is written anew; what a row says is there."""
    sender.offer()
    sender.patch(0)
    sender.patch(CHUNK_BYTES)
    real, calls = server.services.store.put, []

    def die(key: str, pieces: Any) -> int:
        calls.append(real(key, pieces))
        if ("/blobs/" in key) == after_the_file:
            raise StoreUnavailable("killed")
        return calls[-1]

    with monkeypatch.context() as patched:
        patched.setattr(server.services.store, "put", die)
        assert sender.patch(2 * CHUNK_BYTES).status_code == 503
    caplog.clear()
    assert calls
    assert sender.offset() == 2 * CHUNK_BYTES
    assert missing(driver) == [NAME]
    assert sender.send() == "stored"
    assert_stored(server, driver, PHOTO)


def test_chunks_that_vanished_are_asked_for_again(
    server: LocalServer, driver: Session, sender: BareSender
) -> None:
    sender.offer()
    sender.patch(0)
    for key in server.services.store.keys(chunk_prefix("op", NAME)):
        server.services.store.delete(key)
    assert sender.send() == "stored"
    assert_stored(server, driver, PHOTO)


@pytest.mark.parametrize("found_by", ["fetch", "offer", "check"])
def test_stored_bytes_that_vanished_are_missing_again(
    server: LocalServer,
    driver: Session,
    sender: BareSender,
    found_by: str,
    caplog: pytest.LogCaptureFixture,
) -> None:
    sender.send()
    server.services.store.delete(attachment_key("op", NAME))
    if found_by == "fetch":
        assert fetched(driver, NAME).status_code == 404
    elif found_by == "offer":
        assert sender.offer().status_code == 201
    else:
        assert find_lost(server.services, "op") == [NAME]
        assert find_lost(server.services, "op") == []
    assert missing(driver) == [NAME]
    assert sender.send() == "stored"
    assert_stored(server, driver, PHOTO)
    assert "gone from the store" in caplog.text
    caplog.clear()


def test_who_was_just_too_late_is_healed(
    server: LocalServer, driver: Session, sender: BareSender
) -> None:
    """A push and the last chunk at the same moment: the push still waits for what is here."""
    sender.send()
    with server.database.write() as connection:
        connection.execute(
            tables.blob_expect.insert().values(
                operator_id="op", sha256=NAME, op_id="late", device_id=driver.device_id,
                since=server.services.now(),
            )
        )  # fmt: skip
    assert missing(driver) == [NAME]
    assert sender.send() == "stored"
    assert_stored(server, driver, PHOTO)


def test_a_revoked_device_sends_nothing(
    server: LocalServer, driver: Session, sender: BareSender
) -> None:
    with server.database.write() as connection:
        connection.execute(
            update(tables.device).filter_by(device_id=driver.device_id).values(status="revoked")
        )
    assert code(sender.offer(), 403) == "device_revoked"


def test_bombs_are_only_bytes(server: LocalServer, driver: Session) -> None:
    """A zip, a gzip and a picture of a million by a million points: nothing opens them."""
    zipped = b"PK\x03\x04" + bytes(300)
    gzipped = b"\x1f\x8b\x08" + bytes(300)
    huge = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\x7f\xff\xff\xff\x7f\xff\xff\xff\x08\x06\0\0\0"
    for data in (zipped, gzipped, huge):
        push_photo(driver, data)
        assert BareSender(driver, data).send() == "stored"
        assert fetched(driver, hashlib.sha256(data).hexdigest()).content == data
        assert_stored(server, driver, data)
