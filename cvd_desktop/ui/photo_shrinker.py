"""Makes a picture small enough to travel: turned upright, at most 1600 px and 200 KB of JPEG.

It works in any thread and never holds a picture that does not fit in memory: the size that a file
tells is looked at before a pixel is decoded, and a JPEG is decoded at the size it is wanted.
"""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import NamedTuple

from PySide6.QtCore import QBuffer, QIODevice, QSize, Qt
from PySide6.QtGui import QImage, QImageReader, QPainter

MOST_BYTES = 200_000  # of the small picture, wire_events.PhotoTaken
MOST_SIDE = 1600  # px
LEAST_SIDE = 320  # px: below it a picture shows nothing; no picture needs to go there
MOST_FILE = 60_000_000  # bytes of the original; cameras of today write 5 to 30 MB
MOST_PIXELS = 40_000_000  # of a format that is decoded whole: 160 MB
MOST_PIXELS_JPEG = 64_000_000  # decoded at a fraction; a progressive one takes 3 bytes a pixel
MIME = "image/jpeg"
_QUALITIES = (82, 70, 58, 45)

WHITE = 0xFFFFFFFF
"""The ground of a stored picture, whatever the theme."""


class PhotoFault(StrEnum):
    """Why a picture is not taken; the words are in stop_words.py."""

    NOT_FOUND = "not_found"
    TOO_LARGE = "too_large"
    TOO_MANY_PIXELS = "too_many_pixels"
    NO_PICTURE = "no_picture"
    BROKEN = "broken"


class PhotoError(ValueError):
    """The picture is not taken. `fault` says why."""

    def __init__(self, fault: PhotoFault, name: str = "") -> None:
        super().__init__(fault.value)
        self.fault = fault
        self.name = name


class SmallPhoto(NamedTuple):
    """A picture as it travels. `data` is JPEG without metadata; width and height in px."""

    data: bytes
    width: int
    height: int


def shrink_file(path: Path) -> SmallPhoto:
    """A picture of a file. Raises PhotoError."""
    try:
        size = path.stat().st_size
        regular = path.is_file()
    except OSError:
        raise PhotoError(PhotoFault.NOT_FOUND, path.name) from None
    if not regular:
        raise PhotoError(PhotoFault.NO_PICTURE, path.name)
    if size > MOST_FILE:
        raise PhotoError(PhotoFault.TOO_LARGE, path.name)
    reader = QImageReader(str(path))
    return _shrink(reader, path.name)


def shrink_image(image: QImage) -> SmallPhoto:
    """A picture that is in memory already. Raises PhotoError."""
    if image.isNull():
        raise PhotoError(PhotoFault.BROKEN)
    return _encoded(_opaque(_fitted(image, MOST_SIDE)), "")


def thumbnail(data: bytes, side: int) -> QImage | None:
    """A small picture as it is painted in a list, `side` px at the most; None for a broken one."""
    image = QImage.fromData(data)
    if image.isNull():
        return None
    return _fitted(image, side)


def _shrink(reader: QImageReader, name: str) -> SmallPhoto:
    reader.setDecideFormatFromContent(True)
    reader.setAutoTransform(True)  # the camera was held upright: EXIF says so
    form = bytes(reader.format().data()).decode("ascii", "replace")
    if not reader.canRead():
        raise PhotoError(PhotoFault.NO_PICTURE, name)
    told = reader.size()
    if not told.isValid() or told.isEmpty():
        raise PhotoError(PhotoFault.BROKEN, name)
    jpeg = form in ("jpeg", "jpg", "jfif")
    pixels = told.width() * told.height()
    if pixels > (MOST_PIXELS_JPEG if jpeg else MOST_PIXELS):
        raise PhotoError(PhotoFault.TOO_MANY_PIXELS, name)
    if max(told.width(), told.height()) > MOST_SIDE:
        reader.setScaledSize(told.scaled(_square(MOST_SIDE), Qt.AspectRatioMode.KeepAspectRatio))
    image = reader.read()
    if image.isNull():
        raise PhotoError(PhotoFault.BROKEN, name)
    return _encoded(_opaque(_fitted(image, MOST_SIDE)), name)


def _encoded(image: QImage, name: str) -> SmallPhoto:
    """As good as fits; where no quality does, smaller."""
    side = max(image.width(), image.height())
    while True:
        for quality in _QUALITIES:
            data = _jpeg(image, quality)
            if data and len(data) <= MOST_BYTES:
                return SmallPhoto(data, image.width(), image.height())
        side = side * 3 // 4
        if side < LEAST_SIDE:
            raise PhotoError(PhotoFault.BROKEN, name)
        image = _fitted(image, side)


def _jpeg(image: QImage, quality: int) -> bytes:
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    # Qt's stub wants str here and Qt itself bytes or str
    image.save(buffer, "JPEG", quality)  # type: ignore[call-overload]
    return bytes(buffer.data().data())


def _opaque(image: QImage) -> QImage:
    """JPEG knows no transparency: what is clear becomes white, not black."""
    if not image.hasAlphaChannel():
        return image.convertToFormat(QImage.Format.Format_RGB32)
    ground = QImage(image.size(), QImage.Format.Format_RGB32)
    ground.fill(WHITE)
    painter = QPainter(ground)
    painter.drawImage(0, 0, image)
    painter.end()
    return ground


def _fitted(image: QImage, side: int) -> QImage:
    if max(image.width(), image.height()) <= side:
        return image
    return image.scaled(
        _square(side),
        Qt.AspectRatioMode.KeepAspectRatio,
        Qt.TransformationMode.SmoothTransformation,
    )


def _square(side: int) -> QSize:
    return QSize(side, side)
