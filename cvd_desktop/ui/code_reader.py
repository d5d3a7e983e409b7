"""Reads QR codes and barcodes out of picture files."""

from pathlib import Path

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QImage, QImageReader

from cvd_desktop.domain.problem import ExitCode, Problem

_LONGEST_SIDE = 2400  # px; a code that fills a tenth of it is still found
_MOST_MEGABYTES = 512  # of a decoded picture; a bomb is refused


def codes_in(path: Path) -> list[str]:
    """The texts of the codes in a picture, in any thread; large pictures are read smaller.

    Raises Problem("picture_unreadable").
    """
    import zxingcpp  # where no picture is read it is not needed

    return [code.text for code in zxingcpp.read_barcodes(_grey(path)) if code.text]


def _grey(path: Path) -> QImage:
    if path.exists() and not path.is_file():  # a pipe would be waited for without an end
        raise Problem("picture_unreadable", ExitCode.USAGE, path=path.name, reason="it is no file")
    reader = QImageReader(str(path))
    reader.setAutoTransform(True)
    reader.setAllocationLimit(_MOST_MEGABYTES)
    size = reader.size()
    if size.isValid() and max(size.width(), size.height()) > _LONGEST_SIDE:
        most = QSize(_LONGEST_SIDE, _LONGEST_SIDE)
        reader.setScaledSize(size.scaled(most, Qt.AspectRatioMode.KeepAspectRatio))
    image = reader.read()
    if image.isNull():
        raise Problem(
            "picture_unreadable", ExitCode.USAGE, path=path.name, reason=reader.errorString()
        )
    return image.convertToFormat(QImage.Format.Format_Grayscale8)
