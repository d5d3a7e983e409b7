"""Attachments in chunks on both databases: resumed, verified, never the wrong bytes."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from cvd_server.attachment_store import attachment_key
from cvd_server.blob_uploads import drop_stale
from cvd_shared.canonical import sha256_hex
from cvd_shared.wire import API
from cvd_shared.wire_attachments import CHUNK_BYTES
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
from tests.support.field_events import EventStream, raw_report
from tests.support.servers import LocalServer, Session

pytestmark = pytest.mark.usefixtures("small")


@pytest.fixture
def sender(driver: Session) -> BareSender:
    """A photo whose event is here and whose bytes are not."""
    push_photo(driver, PHOTO)
    return BareSender(driver, PHOTO)


def test_a_file_in_chunks(server: LocalServer, driver: Session, sender: BareSender) -> None:
    assert missing(driver) == [NAME]
    opened = sender.offer()
    assert opened.status_code == 201
    assert opened.json()["data"] == {
        "state": "open", "upload_id": sender.upload_id, "offset": 0, "chunk": CHUNK_BYTES,
    }  # fmt: skip
    first = sender.patch(0).json()["data"]
    assert first == {"state": "open", "offset": CHUNK_BYTES}
    assert sender.offset() == CHUNK_BYTES
    assert fetched(driver, NAME).status_code == 404
    assert sender.patch(CHUNK_BYTES).json()["data"]["offset"] == 2 * CHUNK_BYTES
    assert sender.patch(2 * CHUNK_BYTES).json()["data"] == {"state": "stored", "offset": SIZE}
    assert_stored(server, driver, PHOTO)
    again = sender.offer()
    assert (again.status_code, again.json()["data"]["state"]) == (200, "stored")


def test_other_bytes_than_the_name_says_begin_again(
    server: LocalServer, driver: Session, sender: BareSender
) -> None:
    sender.offer()
    liar = bytes(SIZE)
    for offset in (0, CHUNK_BYTES):
        sender.patch(offset, liar[offset : offset + CHUNK_BYTES])
    last = sender.patch(2 * CHUNK_BYTES, liar[2 * CHUNK_BYTES :])
    assert last.json()["data"] == {"state": "open", "offset": 0}
    assert server.services.store.size(attachment_key("op", NAME)) is None
    assert missing(driver) == [NAME]
    assert sender.send() == "stored"
    assert_stored(server, driver, PHOTO)


def test_nobody_else_of_another_operator_knows_it(
    server: LocalServer, driver: Session, sender: BareSender
) -> None:
    stranger = server.session("x-driver07")
    sender.offer()
    theirs = BareSender(stranger, PHOTO)
    assert code(theirs.offer(), 404) == "blob_not_named"
    theirs.upload_id = sender.upload_id
    assert code(theirs.patch(0), 404) == "upload_unknown"
    assert stranger.http.head(f"{API}/blobs/uploads/{sender.upload_id}").status_code == 404
    assert code(theirs.offer(device_id=driver.device_id), 403) == "device_unknown"
    assert missing(stranger) == []
    assert sender.send() == "stored"
    unknown, known = fetched(stranger, "0" * 64), fetched(stranger, NAME)
    assert unknown.status_code == known.status_code == 404
    assert unknown.json()["error"]["code"] == known.json()["error"]["code"]


def test_only_who_may_see_the_record_gets_the_bytes(
    server: LocalServer, driver: Session, sender: BareSender
) -> None:
    sender.send()
    for user, status in (
        ("driver08", 404), ("technician", 200), ("viewer", 200), ("manager", 200),
    ):  # fmt: skip
        assert fetched(server.session(user), NAME).status_code == status, user
    driver.http.headers.pop("Authorization")
    assert fetched(driver, NAME).status_code == 401


def test_the_original_too(server: LocalServer, driver: Session) -> None:
    original, small = picture(CHUNK_BYTES + 9, seed=5), picture(500, seed=6)
    push_photo(driver, small, sha256_hex(original))
    assert sorted(missing(driver)) == sorted([sha256_hex(original), sha256_hex(small)])
    BareSender(driver, small).send()
    BareSender(driver, original).send()
    assert_stored(server, driver, original)
    assert fetched(server.session("driver08"), sha256_hex(original)).status_code == 404
    photos = [row["d"] for row in driver.pull().json()["data"]["rows"] if row["k"] == "photo"]
    assert [photo["original_sha256"] for photo in photos] == [sha256_hex(original)]


def test_one_device_at_a_time_and_whoever_is_gone_is_followed(
    server: LocalServer, sender: BareSender
) -> None:
    other = BareSender(server.session("driver07"), PHOTO)
    sender.offer()
    sender.patch(0)
    busy = other.offer()
    assert code(busy, 409) == "upload_busy"
    assert int(busy.headers["Retry-After"]) <= 61
    server.clock.move(seconds=61)
    assert other.offer().json()["data"]["offset"] == CHUNK_BYTES
    assert code(sender.patch(CHUNK_BYTES), 404) == "upload_unknown"
    assert code(sender.offer(), 409) == "upload_busy"
    assert other.send() == "stored"
    assert sender.send() == "stored"
    assert_stored(server, sender.session, PHOTO)


def test_the_same_chunk_from_many_at_once(
    server: LocalServer, driver: Session, sender: BareSender
) -> None:
    sender.offer()
    for offset in (0, CHUNK_BYTES, 2 * CHUNK_BYTES):
        with ThreadPoolExecutor(6) as pool:
            answers = list(pool.map(lambda _, at=offset: sender.patch(at), range(6)))
        states = {answer.status_code for answer in answers}
        assert states <= {200, 409} or offset == 2 * CHUNK_BYTES
        assert 200 in states
        assert all(answer.status_code < 500 for answer in answers)
    assert_stored(server, driver, PHOTO)


def test_a_report_in_chunks_completes_its_read(server: LocalServer, driver: Session) -> None:
    raw = raw_report(sold=41)
    op = EventStream(driver.user_id).read("m1", raw, blobs=[sha256_hex(raw)])
    driver.push([op]).raise_for_status()
    assert missing(driver) == [sha256_hex(raw)]
    assert BareSender(driver, raw).send() == "stored"
    assert_stored(server, driver, raw)
    reads = [row["d"] for row in driver.pull().json()["data"]["rows"] if row["k"] == "read"]
    assert [read["number_of_paid_vends_since_init"] for read in reads] == [41]
    assert fetched(driver, sha256_hex(raw)).headers["Content-Type"].startswith("text/plain")


def test_a_second_read_of_a_report_that_lies_in_the_store(
    server: LocalServer, driver: Session
) -> None:
    raw, stream = raw_report(sold=41), EventStream(driver.user_id)
    driver.push([stream.read("m1", raw, blobs=[sha256_hex(raw)])]).raise_for_status()
    BareSender(driver, raw).send()
    driver.push([stream.read("m1", raw, blobs=[sha256_hex(raw)])]).raise_for_status()
    assert_stored(server, driver, raw)
    reads = [row["d"] for row in driver.pull().json()["data"]["rows"] if row["k"] == "read"]
    assert [read["number_of_paid_vends_since_init"] for read in reads] == [41, 41]


def test_missing_is_told_to_the_person_on_a_new_laptop_too(
    server: LocalServer, sender: BareSender
) -> None:
    assert missing(server.session("driver07")) == [sender.sha256]
    assert missing(server.session("technician")) == []


def test_quota_of_a_device(
    server: LocalServer, driver: Session, sender: BareSender, monkeypatch: pytest.MonkeyPatch
) -> None:
    more = picture(CHUNK_BYTES, seed=3)
    push_photo(driver, more)
    sender.offer()
    monkeypatch.setattr("cvd_server.blob_uploads.UNFINISHED_BYTES", SIZE + 10)
    assert code(BareSender(driver, more).offer(), 429) == "quota"
    assert sender.send() == "stored"
    monkeypatch.setattr("cvd_server.blob_uploads.DAY_BYTES", SIZE + 10)
    assert code(BareSender(driver, more).offer(), 429) == "quota"
    server.clock.move(hours=25)
    server_session = server.session("driver07")
    assert BareSender(server_session, more).send() == "stored"


def test_what_nobody_goes_on_with_is_dropped(server: LocalServer, sender: BareSender) -> None:
    sender.offer()
    sender.patch(0)
    assert drop_stale(server.services) == 0
    server.clock.move(days=31)
    assert drop_stale(server.services) == 1
    assert server.services.store.keys("op/") == []
    again = BareSender(server.session("driver07"), PHOTO)
    assert again.offer().json()["data"]["offset"] == 0
    assert again.send() == "stored"
