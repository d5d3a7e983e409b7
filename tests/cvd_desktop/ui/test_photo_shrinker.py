"""A picture of any origin becomes a small upright JPEG, or words; never a full memory."""

import random
import struct
import tempfile
import zlib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PySide6.QtGui import QColor, QImage, QImageReader
from PySide6.QtWidgets import QApplication

from cvd_desktop.ui.photo_shrinker import (
    MOST_BYTES,
    MOST_FILE,
    MOST_SIDE,
    PhotoError,
    PhotoFault,
    shrink_file,
    shrink_image,
    thumbnail,
)

HEADS = (b"", b"\xff\xd8\xff\xe0", b"\x89PNG\r\n\x1a\n", b"GIF89a", b"BM")

pytestmark = pytest.mark.usefixtures("qapp")


def noisy(width: int, height: int) -> QImage:
    """A picture that no JPEG makes small by itself; the same every time."""
    data = random.Random(7).randbytes(width * height * 4)
    return QImage(data, width, height, QImage.Format.Format_RGB32).copy()


def fault_of(path: Path) -> PhotoFault:
    with pytest.raises(PhotoError) as refused:
        shrink_file(path)
    return refused.value.fault


def test_a_large_picture_becomes_small(tmp_path: Path) -> None:
    path = tmp_path / "large.jpg"
    image = noisy(800, 600).scaled(3200, 2400)
    assert image.save(str(path), quality=95)  # type: ignore[call-overload]
    small = shrink_file(path)
    assert len(small.data) <= MOST_BYTES
    assert max(small.width, small.height) <= MOST_SIDE
    assert small.width * 3 == small.height * 4
    assert small.data.startswith(b"\xff\xd8")
    again = QImage.fromData(small.data)
    assert (again.width(), again.height()) == (small.width, small.height)


def test_noise_that_no_quality_makes_small_is_made_smaller() -> None:
    small = shrink_image(noisy(1600, 1200))
    assert len(small.data) <= MOST_BYTES
    assert small.width < 1600


def test_a_small_picture_keeps_its_size(tmp_path: Path) -> None:
    path = tmp_path / "small.png"
    image = QImage(640, 480, QImage.Format.Format_RGB32)
    image.fill(QColor("teal"))
    assert image.save(str(path))
    assert shrink_file(path)[1:] == (640, 480)


def test_what_was_clear_is_white(tmp_path: Path) -> None:
    path = tmp_path / "clear.png"
    image = QImage(64, 64, QImage.Format.Format_ARGB32)
    image.fill(QColor(0, 0, 0, 0))
    assert image.save(str(path))
    assert QImage.fromData(shrink_file(path).data).pixelColor(32, 32).lightness() > 250


def test_a_camera_that_was_held_upright_is_turned(tmp_path: Path) -> None:
    """Orientation 6 of EXIF: the first row of the file is the right side of the picture."""
    path = tmp_path / "upright.jpg"
    image = QImage(400, 200, QImage.Format.Format_RGB32)
    image.fill(QColor("white"))
    assert image.save(str(path))
    tiff = b"II*\x00\x08\x00\x00\x00" + struct.pack("<HHHIHHI", 1, 0x0112, 3, 1, 6, 0, 0)
    exif = b"Exif\x00\x00" + tiff
    raw = path.read_bytes()
    path.write_bytes(raw[:2] + b"\xff\xe1" + struct.pack(">H", len(exif) + 2) + exif + raw[2:])
    assert shrink_file(path)[1:] == (200, 400)


def test_what_is_no_picture_ends_in_words(tmp_path: Path) -> None:
    text = tmp_path / "note.jpg"
    text.write_text("not a picture at all, whatever its name says")
    empty = tmp_path / "empty.jpg"
    empty.touch()
    assert fault_of(text) is PhotoFault.NO_PICTURE
    assert fault_of(empty) is PhotoFault.NO_PICTURE
    assert fault_of(tmp_path) is PhotoFault.NO_PICTURE
    assert fault_of(tmp_path / "gone.jpg") is PhotoFault.NOT_FOUND


@pytest.mark.qt_log_ignore("JPEG", "JFIF", "PNG")
def test_a_broken_picture_ends_in_words(tmp_path: Path) -> None:
    head = tmp_path / "head.jpg"
    head.write_bytes(b"\xff\xd8\xff\xe0\x00\x10JFIF\x00")
    whole = tmp_path / "whole.png"
    assert noisy(64, 64).save(str(whole))
    cut = tmp_path / "cut.png"
    cut.write_bytes(whole.read_bytes()[:200])
    assert fault_of(head) is PhotoFault.BROKEN
    assert fault_of(cut) is PhotoFault.BROKEN


def test_a_file_of_100_megabytes_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "huge.jpg"
    with path.open("wb") as file:
        file.write(b"\xff\xd8\xff\xe0")
        file.truncate(100_000_000)
    assert fault_of(path) is PhotoFault.TOO_LARGE
    assert path.stat().st_size > MOST_FILE


def test_a_picture_that_unpacks_to_gigabytes_is_not_unpacked(tmp_path: Path) -> None:
    """60,000 x 60,000 pixels of one colour are a few hundred bytes as PNG."""

    def chunk(name: bytes, data: bytes) -> bytes:
        check = struct.pack(">I", zlib.crc32(name + data))
        return struct.pack(">I", len(data)) + name + data + check

    head = chunk(b"IHDR", struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0))
    body = chunk(b"IDAT", zlib.compress(b"\0" * 1000))
    path = tmp_path / "bomb.png"
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + head + body + chunk(b"IEND", b""))
    assert QImageReader(str(path)).size().width() == 60_000
    assert fault_of(path) is PhotoFault.TOO_MANY_PIXELS


@pytest.mark.qt_log_ignore("JPEG", "JFIF", "PNG", "GIF", "BMP", "QImage")
@settings(max_examples=40, deadline=None)
@given(st.binary(max_size=400), st.sampled_from(HEADS))
def test_bytes_of_any_kind_end_in_a_picture_or_in_words(rest: bytes, head: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "photo"
        path.write_bytes(head + rest)
        try:
            size = len(shrink_file(path).data)
        except PhotoError:
            size = 1
    assert 0 < size <= MOST_BYTES


def test_a_thumbnail_is_as_small_as_it_is_painted(qapp: QApplication) -> None:
    image = QImage(640, 480, QImage.Format.Format_RGB32)
    image.fill(QColor("red"))
    picture = thumbnail(shrink_image(image).data, 160)
    assert picture is not None
    assert (picture.width(), picture.height()) == (160, 120)
    assert thumbnail(b"no picture", 160) is None
    with pytest.raises(PhotoError):
        shrink_image(QImage())
