"""Papers: pages of strokes laid out in tenths of a millimetre, painted on anything that pages.

To add a paper: a function that feeds a `PageMaker` and gives its `Paper` (load_paper_lists.py,
load_paper_labels.py). Laying out and painting happen off the GUI thread; ink is black alone, so
that any printer does.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import NamedTuple

from PySide6.QtCore import QCoreApplication, QDate, QMarginsF, QPointF, QRectF, QSizeF
from PySide6.QtGui import (
    QColor,
    QFont,
    QFontMetricsF,
    QImage,
    QPagedPaintDevice,
    QPageLayout,
    QPageSize,
    QPainter,
    QPdfWriter,
)

from cvd_desktop.domain.problem import ExitCode, Problem
from cvd_desktop.ui import formats
from cvd_desktop.ui.barcodes import Barcode, paint_barcode
from cvd_desktop.ui.tokens import ThemeColors, load_colors, load_tokens

DOTS_PER_INCH = 300
TENTHS_PER_INCH = 254
A4 = (2100, 2970)  # tenths of a millimetre, as all lengths here
MARGIN = 150
BLACK_RULE = 4  # thickness from which on a rule is black, not grey
BOX = 52  # side of a box to tick


class Ink(StrEnum):
    """How a text is set."""

    SMALL = "small"
    PLAIN = "plain"
    STRONG = "strong"
    HEAD = "head"
    TITLE = "title"
    FIGURE = "figure"
    MONO = "mono"
    MONO_HEAD = "mono_head"


class _Style(NamedTuple):
    family: str
    size: int
    weight: int


_STYLES = {
    Ink.SMALL: _Style("ui", 29, 400),
    Ink.PLAIN: _Style("ui", 35, 400),
    Ink.STRONG: _Style("ui", 35, 600),
    Ink.HEAD: _Style("ui", 45, 600),
    Ink.TITLE: _Style("display", 64, 600),
    Ink.FIGURE: _Style("display", 170, 600),
    Ink.MONO: _Style("mono", 34, 700),
    Ink.MONO_HEAD: _Style("mono", 64, 700),
}


class Side(StrEnum):
    LEFT = "left"
    RIGHT = "right"
    CENTER = "center"


class Text(NamedTuple):
    """One line. `x` is its left, right or middle; `y` its foot."""

    x: float
    y: float
    text: str
    ink: Ink
    side: Side = Side.LEFT
    size: float = 0  # instead of that of the ink


class Rule(NamedTuple):
    x: float
    y: float
    width: float
    thick: float


class Frame(NamedTuple):
    rect: QRectF
    thick: float


class Code(NamedTuple):
    rect: QRectF
    code: Barcode


Op = Text | Rule | Frame | Code
Page = tuple[Op, ...]


@dataclass(frozen=True, slots=True)
class Paper:
    """What goes on paper. Sizes in tenths of a millimetre."""

    title: str
    width: int
    height: int
    pages: tuple[Page, ...]


def ink_font(ink: Ink, size: float = 0) -> QFont:
    """The bundled font of an ink; its pixels are tenths of a millimetre."""
    style, tokens = _STYLES[ink], load_tokens()
    font = QFont(tokens.families[style.family])
    font.setPixelSize(round(size or style.size))
    font.setWeight(QFont.Weight(style.weight))
    font.setHintingPreference(QFont.HintingPreference.PreferNoHinting)
    font.setFeature(QFont.Tag("tnum"), 1)
    return font


def text_wide(text: str, ink: Ink, size: float = 0) -> float:
    return QFontMetricsF(ink_font(ink, size)).horizontalAdvance(text)


def line_high(ink: Ink, size: float = 0) -> float:
    """From one foot to the next."""
    return round((size or _STYLES[ink].size) * 1.32)


def foot(ink: Ink, size: float = 0) -> float:
    """From the top of a line to the foot of its letters."""
    return round((size or _STYLES[ink].size) * 1.02)


def lines_of(text: str, width: float, ink: Ink, size: float = 0) -> list[str]:
    """The text broken at blanks, and where a word alone is too wide, inside it: nothing is cut."""
    metrics = QFontMetricsF(ink_font(ink, size))
    lines: list[str] = []
    for part in text.splitlines() or [""]:
        line = ""
        for word in part.split():
            wider = f"{line} {word}" if line else word
            if metrics.horizontalAdvance(wider) <= width:
                line = wider
                continue
            if line:
                lines.append(line)
            *full, line = _letters(word, width, metrics)
            lines += full
        lines.append(line)
    return lines


def _letters(word: str, width: float, metrics: QFontMetricsF) -> list[str]:
    broken = [""]
    for letter in word:
        if broken[-1] and metrics.horizontalAdvance(broken[-1] + letter) > width:
            broken.append("")
        broken[-1] += letter
    return broken


def paper_day(day: date) -> str:
    """Mon 16 Nov 2026."""
    return formats.locale().toString(QDate(day.year, day.month, day.day), "ddd d MMM yyyy")


class Cell(NamedTuple):
    """A part of a row: from `x`, `width` wide. `box` paints a box to tick instead of words."""

    x: float
    width: float
    text: str
    ink: Ink = Ink.PLAIN
    side: Side = Side.LEFT
    below: str = ""  # small, under the text
    box: bool = False


class PageMaker:
    """Puts words and rows one below the other and begins new pages; each has its head and number.

    `detail` stands at the right of the head of every page; `printed` in its foot.
    """

    def __init__(
        self,
        title: str,
        detail: str,
        printed: str,
        size: tuple[int, int] = A4,
        margin: int = MARGIN,
    ) -> None:
        self.title, self.detail, self.printed = title, detail, printed
        self.page_wide, self.page_high = size
        self.left, self.right = margin, self.page_wide - margin
        self.top = float(margin)
        self.bottom = self.page_high - margin - 60
        self.repeated: Callable[[], None] | None = None
        """Called at the top of every new page: the heads of a table that goes on."""
        self._pages: list[list[Op]] = []
        self.y = 0.0
        self.new_page()

    @property
    def width(self) -> float:
        return self.right - self.left

    def add(self, *ops: Op) -> None:
        self._pages[-1].extend(ops)

    def new_page(self) -> None:
        """Begin the next page with its head."""
        self._pages.append([])
        self.y = self.top
        detail_wide = text_wide(self.detail, Ink.PLAIN)
        below = self.y + foot(Ink.TITLE)
        self.add(Text(self.right, below, self.detail, Ink.PLAIN, Side.RIGHT))
        for line in lines_of(self.title, self.width - detail_wide - 60, Ink.TITLE):
            self.add(Text(self.left, self.y + foot(Ink.TITLE), line, Ink.TITLE))
            self.y += line_high(Ink.TITLE)
        self.y += 10
        self.rule(6)
        self.y += 30
        if self.repeated is not None:
            self.repeated()

    def need(self, high: float) -> None:
        """Begin a new page where so much has no room any more."""
        if self.y + high > self.bottom:
            self.new_page()

    def rule(self, thick: float = 2) -> None:
        self.add(Rule(self.left, self.y, self.width, thick))
        self.y += thick

    def words(
        self, text: str, ink: Ink = Ink.PLAIN, x: float | None = None, width: float | None = None
    ) -> None:
        """A paragraph at the place reached."""
        left = self.left if x is None else x
        for line in lines_of(text, (self.right - left) if width is None else width, ink):
            self.need(line_high(ink))
            self.add(Text(left, self.y + foot(ink), line, ink))
            self.y += line_high(ink)

    def row_high(self, cells: Sequence[Cell], pad: float = 16) -> float:
        """What a row of these takes, as high as its highest cell."""
        return max(_cell_high(cell) for cell in cells) + 2 * pad

    def row(self, cells: Sequence[Cell], pad: float = 16, *, ruled: bool = True) -> None:
        """Cells side by side, never broken over two pages."""
        high = self.row_high(cells, pad)
        self.need(high)
        for cell in cells:
            self._cell(cell, self.y + pad)
        self.y += high
        if ruled:
            self.rule(2)

    def _cell(self, cell: Cell, top: float) -> None:
        if cell.box:
            right = cell.x + cell.width
            self.add(Frame(QRectF(right - BOX, top - 4, BOX, BOX), 4))
            return
        x = {
            Side.LEFT: cell.x,
            Side.RIGHT: cell.x + cell.width,
            Side.CENTER: cell.x + cell.width / 2,
        }[cell.side]
        for text, ink in ((cell.text, cell.ink), (cell.below, Ink.SMALL)):
            for line in lines_of(text, cell.width, ink) if text else ():
                self.add(Text(x, top + foot(ink), line, ink, cell.side))
                top += line_high(ink)

    def finish(self) -> Paper:
        """The paper, its pages numbered."""
        count = len(self._pages)
        y = self.page_high - MARGIN + foot(Ink.SMALL)
        words = QCoreApplication.translate("Papers", "Page {n} of {all}")
        for n, page in enumerate(self._pages, 1):
            page.append(Rule(self.left, y - 50, self.width, 2))
            page.append(Text(self.left, y, self.printed, Ink.SMALL))
            number = words.format(n=n, all=count)
            page.append(Text(self.right, y, number, Ink.SMALL, Side.RIGHT))
        pages = tuple(map(tuple, self._pages))
        return Paper(self.title, self.page_wide, self.page_high, pages)


def _cell_high(cell: Cell) -> float:
    if cell.box:
        return BOX - 8
    high = len(lines_of(cell.text, cell.width, cell.ink)) * line_high(cell.ink)
    if cell.below:
        high += len(lines_of(cell.below, cell.width, Ink.SMALL)) * line_high(Ink.SMALL)
    return high


# painting


def page_layout(paper: Paper) -> QPageLayout:
    """The size of the paper without margins: the pages keep their own."""
    size = QSizeF(paper.width / 10, paper.height / 10)
    return QPageLayout(
        QPageSize(size, QPageSize.Unit.Millimeter, paper.title),
        QPageLayout.Orientation.Portrait,
        QMarginsF(),
    )


def _colors() -> ThemeColors:
    """Paper is the sunlight theme: black on white, greys that a bad printer still shows."""
    return load_colors("sunlight")


def paint_page(painter: QPainter, page: Page) -> None:
    """On a painter whose unit is a tenth of a millimetre."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    colors = _colors()
    ink = colors.text.primary
    for op in page:
        if isinstance(op, Text):
            font = ink_font(op.ink, op.size)
            wide = QFontMetricsF(font).horizontalAdvance(op.text)
            back = {Side.LEFT: 0.0, Side.RIGHT: wide, Side.CENTER: wide / 2}[op.side]
            painter.setFont(font)
            painter.setPen(ink)
            painter.drawText(QPointF(op.x - back, op.y), op.text)
        elif isinstance(op, Rule):
            color = ink if op.thick >= BLACK_RULE else colors.line.hairline
            painter.fillRect(QRectF(op.x, op.y, op.width, op.thick), color)
        elif isinstance(op, Frame):
            _paint_frame(painter, op, ink)
        else:
            paint_barcode(painter, op.rect, op.code, ink)


def _paint_frame(painter: QPainter, frame: Frame, ink: QColor) -> None:
    rect, thick = frame.rect, frame.thick
    for side in (
        QRectF(rect.left(), rect.top(), rect.width(), thick),
        QRectF(rect.left(), rect.bottom() - thick, rect.width(), thick),
        QRectF(rect.left(), rect.top(), thick, rect.height()),
        QRectF(rect.right() - thick, rect.top(), thick, rect.height()),
    ):
        painter.fillRect(side, ink)


def paint_paper(paper: Paper, device: QPagedPaintDevice, dots_per_inch: float) -> bool:
    """All pages on a printer or a PDF, which has the size of the paper already. In any thread.

    False when the device does not take them.
    """
    painter = QPainter()
    if not painter.begin(device):
        return False
    try:
        for n, page in enumerate(paper.pages):
            if n:
                device.newPage()
            painter.save()
            painter.scale(dots_per_inch / TENTHS_PER_INCH, dots_per_inch / TENTHS_PER_INCH)
            paint_page(painter, page)
            painter.restore()
    finally:
        painter.end()
    return True


def save_paper(paper: Paper, path: Path) -> None:
    """Write the pages as a PDF, in any thread. Raises Problem("file_not_written")."""
    try:
        path.open("ab").close()  # says why not; QPdfWriter would only warn
    except OSError as error:
        raise Problem(
            "file_not_written", ExitCode.USAGE, path=str(path), reason=error.strerror or str(error)
        ) from error
    writer = QPdfWriter(str(path))
    writer.setResolution(DOTS_PER_INCH)
    writer.setTitle(paper.title)
    writer.setPageLayout(page_layout(paper))
    paint_paper(paper, writer, DOTS_PER_INCH)


def paper_image(paper: Paper, number: int, dots_per_inch: int = 150) -> QImage:
    """One page as a picture, white behind it: to be looked at, or read by a scanner."""
    scale = dots_per_inch / TENTHS_PER_INCH
    image = QImage(
        round(paper.width * scale), round(paper.height * scale), QImage.Format.Format_Grayscale8
    )
    image.fill(_colors().surface.window)
    painter = QPainter(image)
    painter.scale(scale, scale)
    paint_page(painter, paper.pages[number])
    painter.end()
    return image
