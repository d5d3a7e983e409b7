"""Barcodes for paper: Code 128 and QR as dark and light modules, painted on whole device pixels.

zxing-cpp makes them; it is imported when the first one is wanted. In any thread.
"""

from typing import NamedTuple

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QPainter

QUIET_LINEAR = 10  # modules of light left and right of a Code 128, ISO/IEC 15417
QUIET_SQUARE = 4  # modules of light round a QR code, ISO/IEC 18004


class Barcode(NamedTuple):
    """What is dark, row by row, without the light around it; one row for a linear code."""

    text: str
    rows: tuple[tuple[bool, ...], ...]

    @property
    def linear(self) -> bool:
        return len(self.rows) == 1

    @property
    def modules(self) -> int:
        """Width in modules with the light that belongs to it."""
        quiet = QUIET_LINEAR if self.linear else QUIET_SQUARE
        return len(self.rows[0]) + 2 * quiet


def code_128(text: str) -> Barcode | None:
    """None for a text that the code cannot hold: an empty one, or beyond ISO/IEC 8859-1."""
    return _make(text, "Code128", linear=True)


def qr_code(text: str) -> Barcode | None:
    """None for an empty text, or one too long for the largest code."""
    return _make(text, "QRCode", linear=False)


def _make(text: str, format_name: str, *, linear: bool) -> Barcode | None:
    import zxingcpp  # not before a paper is wanted

    try:
        made = zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat[format_name])
    except ValueError:
        return None
    made_of = made.to_image(scale=1, add_hrt=False, add_quiet_zones=False)
    image = memoryview(made_of)  # type: ignore[arg-type]  # a buffer, which its stub does not say
    high, wide = image.shape or (0, 0)
    pixels = image.tobytes()
    rows = [
        tuple(dot == 0 for dot in pixels[n * wide : (n + 1) * wide])
        for n in range(1 if linear else high)
    ]
    return Barcode(text, tuple(rows))


def paint_barcode(painter: QPainter, rect: QRectF, code: Barcode, ink: QColor) -> None:
    """Fill `rect` with the code, light around it included; a QR code stays square, centred.

    A module is a whole number of device pixels wide, so that every bar prints as wide as it is.
    """
    across = code.modules
    scale = painter.deviceTransform().m11()
    room = rect.width() if code.linear else min(rect.width(), rect.height())
    dots = max(1, int(room * scale / across))
    module = dots / scale
    quiet = (across - len(code.rows[0])) // 2 * module
    left = round((rect.center().x() - module * across / 2) * scale) / scale + quiet
    high = rect.height() if code.linear else module
    top = rect.top() if code.linear else rect.center().y() - module * len(code.rows) / 2
    top = round(top * scale) / scale
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(ink)
    for n, row in enumerate(code.rows):
        for start, end in _runs(row):
            bar = QRectF(left + start * module, top + n * high, (end - start) * module, high)
            painter.drawRect(bar)
    painter.restore()


def _runs(row: tuple[bool, ...]) -> list[tuple[int, int]]:
    """First and last + 1 of every run of dark modules."""
    runs: list[tuple[int, int]] = []
    for n, dark in enumerate(row):
        if dark and runs and runs[-1][1] == n:
            runs[-1] = (runs[-1][0], n + 1)
        elif dark:
            runs.append((n, n + 1))
    return runs
