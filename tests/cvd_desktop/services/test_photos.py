"""Photos of a visit: kept at once, told with the visit; originals stay while they may be wanted."""

import json
import os
import stat
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from cvd_desktop.domain.clock import to_wire
from cvd_desktop.domain.problem import Problem
from cvd_desktop.domain.visit_records import DraftPhoto, EvidenceDraft
from cvd_desktop.services.complete_visit import finish_visit
from cvd_desktop.services.photos import (
    MOST_BYTES,
    MOST_PHOTOS,
    add_photo,
    photo_bytes,
    store_signature,
    tidy_originals,
)
from cvd_desktop.services.recover_visits import ORIGINALS, recover_visits
from cvd_desktop.services.stop import stop_detail
from cvd_desktop.services.visit_draft import begin_visit, drop_visit, keep_evidence
from cvd_desktop.services.workplace import Workplace
from cvd_desktop.storage import attachment_store, outbox_store
from cvd_desktop.storage import sync_meta_store as meta
from cvd_shared.canonical import sha256_hex
from tests.support.copied_day import copied_day
from tests.support.day_operator import DayOperator

JPEG = b"\xff\xd8\xff\xe0" + bytes(range(256)) * 8
PNG = b"\x89PNG\r\n\x1a\n" + bytes(300)
MONTH = 31 * 24 * 3600  # seconds


@pytest.fixture
def day(tmp_path: Path) -> Iterator[DayOperator]:
    with copied_day(tmp_path / "data") as opened:
        yield opened


@pytest.fixture
def camera(tmp_path: Path) -> Path:
    """A file as a camera writes it."""
    path = tmp_path / "IMG 0042.JPG"
    path.write_bytes(JPEG * 50)
    return path


def added(
    day: DayOperator, visit_id: str, original: Path | None, small: bytes = JPEG
) -> DraftPhoto:
    return add_photo(day.wp, visit_id, small, 640, 480, "image/jpeg", original, "before", " Door ")


def evidence(wp: Workplace) -> EvidenceDraft:
    draft = stop_detail(wp).visit.draft
    assert draft is not None
    return draft.evidence


def originals(day: DayOperator) -> list[Path]:
    folder = day.wp.data_dir / ORIGINALS
    return sorted(folder.iterdir()) if folder.exists() else []


def refused(day: DayOperator, small: bytes = JPEG, original: Path | None = None) -> str:
    visit_id = begin_visit(day.wp, "m1")
    with pytest.raises(Problem) as caught:
        added(day, visit_id, original, small)
    assert evidence(day.wp).photos == ()
    assert originals(day) == []
    return caught.value.code


def test_a_photo_is_in_the_draft_with_its_bytes_and_its_original(
    day: DayOperator, camera: Path
) -> None:
    visit_id = begin_visit(day.wp, "m1")
    photo = added(day, visit_id, camera)
    assert evidence(day.wp).photos == (photo,)
    assert (photo.sha256, photo.size, photo.caption) == (sha256_hex(JPEG), len(JPEG), "Door")
    assert photo_bytes(day.wp, photo.sha256) == JPEG
    assert photo_bytes(day.wp, "0" * 64) is None
    (copy,) = originals(day)
    assert copy.read_bytes() == camera.read_bytes()
    assert (copy.stem, copy.suffix) == (photo.photo_id, ".jpg")
    assert camera.exists()
    if sys.platform != "win32":
        assert stat.S_IMODE(copy.stat().st_mode) == 0o600


def test_after_a_restart_the_photo_is_there(tmp_path: Path, camera: Path) -> None:
    with copied_day(tmp_path / "data") as day:
        photo = added(day, begin_visit(day.wp, "m1"), camera)
        again = replace(day.wp)
        assert evidence(again).photos == (photo,)
        recover_visits(day.wp)
        assert len(originals(day)) == 1


def test_the_server_gets_the_bytes_with_the_event(day: DayOperator) -> None:
    visit_id = begin_visit(day.wp, "m1")
    added(day, visit_id, None)
    store_signature(day.wp, visit_id, PNG, " Site 7 ")
    assert evidence(day.wp).signed_by == "Site 7"
    finish_visit(day.wp, visit_id)
    with day.wp.database.read() as connection:
        sent = {
            event.type: [
                outbox_store.blob_bytes(connection, name, event.op_id)
                for name in event.body["blobs"]
            ]
            for event in outbox_store.in_order(connection)
        }
    assert sent["photo.taken"] == [JPEG]
    assert sent["visit.finished"] == [PNG]


@pytest.mark.parametrize("small", [b"", b"GIF89a", b"\x89PNG\r\n\x1a\n but it says JPEG"])
def test_what_is_no_picture_is_refused_in_words(day: DayOperator, small: bytes) -> None:
    assert refused(day, small) == "photo_unreadable"


def test_a_small_picture_that_is_not_small_is_refused(day: DayOperator) -> None:
    assert refused(day, b"\xff\xd8\xff" + bytes(MOST_BYTES)) == "photo_too_large"


def test_an_original_that_is_not_there_or_no_file_is_refused(
    day: DayOperator, tmp_path: Path
) -> None:
    assert refused(day, original=tmp_path / "gone.jpg") == "photo_unreadable"
    assert refused(day, original=tmp_path) == "photo_unreadable"


def test_an_original_of_100_mb_is_refused_before_it_is_copied(
    day: DayOperator, tmp_path: Path
) -> None:
    huge = tmp_path / "huge.jpg"
    with huge.open("wb") as file:
        file.truncate(100 * 1024 * 1024)
    assert refused(day, original=huge) == "photo_too_large"


def test_full_disk_keeps_no_half_photo(day: DayOperator, camera: Path) -> None:
    visit_id = begin_visit(day.wp, "m1")
    noise = b"\xff\xd8\xff" + os.urandom(100_000)
    with day.wp.database.outside_transaction() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar()
        connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(Problem) as caught:
        added(day, visit_id, camera, noise)
    assert caught.value.code == "disk_full"
    with day.wp.database.outside_transaction() as connection:
        connection.exec_driver_sql("PRAGMA max_page_count = 1000000")
    assert (evidence(day.wp).photos, originals(day)) == ((), [])
    assert photo_bytes(day.wp, sha256_hex(noise)) is None


def test_a_photo_of_a_visit_that_is_over_is_refused(day: DayOperator, camera: Path) -> None:
    visit_id = begin_visit(day.wp, "m1")
    finish_visit(day.wp, visit_id)
    with pytest.raises(Problem) as caught:
        added(day, visit_id, camera)
    assert caught.value.code == "visit_already_finished"
    assert originals(day) == []


def test_no_visit_has_more_photos_than_its_record_holds(day: DayOperator, camera: Path) -> None:
    visit_id = begin_visit(day.wp, "m1")
    photo = added(day, visit_id, None)
    many = tuple(replace(photo, photo_id=f"ph{number}") for number in range(MOST_PHOTOS))
    keep_evidence(day.wp, visit_id, EvidenceDraft(photos=many))
    stop_detail(day.wp)
    keep_evidence(day.wp, visit_id, EvidenceDraft(photos=many))
    with pytest.raises(Problem) as caught:
        added(day, visit_id, camera)
    assert caught.value.code == "photo_too_many"
    assert originals(day) == []
    finish_visit(day.wp, visit_id)
    assert len(day.payloads("photo.taken")) == MOST_PHOTOS


def test_a_signature_needs_a_name(day: DayOperator) -> None:
    visit_id = begin_visit(day.wp, "m1")
    with pytest.raises(Problem) as caught:
        store_signature(day.wp, visit_id, PNG, "  ")
    assert caught.value.code == "signature_no_name"


def test_a_note_that_was_on_its_way_loses_no_photo(day: DayOperator) -> None:
    visit_id = begin_visit(day.wp, "m1")
    photo = added(day, visit_id, None)
    store_signature(day.wp, visit_id, PNG, "Site 7")
    keep_evidence(day.wp, visit_id, EvidenceDraft(note="typed before the photo was there"))
    kept = evidence(day.wp)  # now it is shown
    assert (kept.photos, kept.note) == ((photo,), "typed before the photo was there")
    assert (kept.signature_sha256, kept.signed_by) == (sha256_hex(PNG), "Site 7")
    keep_evidence(day.wp, visit_id, EvidenceDraft(note=kept.note))
    assert evidence(day.wp) == EvidenceDraft(note=kept.note)
    keep_evidence(day.wp, visit_id, kept)  # and undo brings it back
    assert evidence(day.wp) == kept


def test_the_original_stays_until_the_server_has_the_event(day: DayOperator, camera: Path) -> None:
    visit_id = begin_visit(day.wp, "m1")
    added(day, visit_id, camera)
    day.clock.go_on(days=90)
    assert tidy_originals(day.wp) == 0  # in the draft
    finish_visit(day.wp, visit_id)
    assert tidy_originals(day.wp) == 0  # waits
    day.answer("rejected", "machine_unknown")
    assert tidy_originals(day.wp) == 0  # refused: somebody may ask for it
    assert len(originals(day)) == 1


def stored_on_the_server(day: DayOperator, name: str) -> None:
    with day.wp.database.write() as connection:
        attachment_store.notice_new(connection)
        attachment_store.mark(connection, name, "stored", to_wire(day.clock()))


def covered_by_a_backup(day: DayOperator) -> None:
    with day.wp.database.write() as connection:
        incarnation = meta.get(connection, meta.INCARNATION)
        meta.put(connection, meta.DURABLE, json.dumps({incarnation: 99}))


def test_the_original_goes_when_it_is_stored_for_long_and_in_a_backup(
    day: DayOperator, camera: Path
) -> None:
    visit_id = begin_visit(day.wp, "m1")
    photo = added(day, visit_id, camera)
    finish_visit(day.wp, visit_id)
    day.answer("applied")
    (copy,) = originals(day)
    name = sha256_hex(copy.read_bytes())
    day.clock.go_on(days=90)
    assert tidy_originals(day.wp) == 0  # the server has the event, and not the file
    stored_on_the_server(day, name)
    day.clock.go_on(days=15)
    assert tidy_originals(day.wp) == 0  # a restored server could want it again
    covered_by_a_backup(day)
    assert recover_visits(day.wp) == 1
    assert originals(day) == []
    assert photo_bytes(day.wp, photo.sha256) == JPEG
    assert tidy_originals(day.wp) == 0


def test_not_before_two_weeks(day: DayOperator, camera: Path) -> None:
    visit_id = begin_visit(day.wp, "m1")
    added(day, visit_id, camera)
    finish_visit(day.wp, visit_id)
    day.answer("applied")
    covered_by_a_backup(day)
    (copy,) = originals(day)
    stored_on_the_server(day, sha256_hex(copy.read_bytes()))
    day.clock.go_on(days=13)
    assert tidy_originals(day.wp) == 0
    day.clock.go_on(days=2)
    assert tidy_originals(day.wp) == 1


def test_the_event_names_the_original(day: DayOperator, camera: Path) -> None:
    visit_id = begin_visit(day.wp, "m1")
    photo = added(day, visit_id, camera)
    added(day, visit_id, None, JPEG + b"another")
    finish_visit(day.wp, visit_id)
    with day.wp.database.read() as connection:
        named = [
            event.body["blobs"]
            for event in outbox_store.in_order(connection)
            if event.type == "photo.taken"
        ]
    original = sha256_hex(camera.read_bytes())
    assert named == [[photo.sha256, original], [sha256_hex(JPEG + b"another")]]


def test_an_original_that_somebody_deleted_is_told(day: DayOperator, camera: Path) -> None:
    visit_id = begin_visit(day.wp, "m1")
    added(day, visit_id, camera)
    finish_visit(day.wp, visit_id)
    day.answer("applied")
    with day.wp.database.write() as connection:
        attachment_store.notice_new(connection)
    originals(day)[0].unlink()
    assert tidy_originals(day.wp) == 0
    with day.wp.database.read() as connection:
        assert attachment_store.counts(connection).lost == 1


def test_the_original_of_a_dropped_visit_stays(day: DayOperator, camera: Path) -> None:
    visit_id = begin_visit(day.wp, "m1")
    added(day, visit_id, camera)
    drop_visit(day.wp, visit_id)
    day.clock.go_on(days=90)
    assert tidy_originals(day.wp) == 0


def test_what_a_killed_program_left_half_copied_goes_after_a_month(
    day: DayOperator, camera: Path
) -> None:
    visit_id = begin_visit(day.wp, "m1")
    added(day, visit_id, camera)
    part = day.wp.data_dir / ORIGINALS / "half.jpg.part"
    part.write_bytes(b"half")
    now = day.clock().timestamp()
    os.utime(part, (now, now))
    assert tidy_originals(day.wp) == 0  # another window may be copying it
    os.utime(part, (now - MONTH, now - MONTH))
    assert tidy_originals(day.wp) == 1
    assert len(originals(day)) == 1
