"""Labels of totes: sheets of labels in rows and columns, and the one label of a label printer."""

from collections.abc import Sequence
from typing import NamedTuple

from PySide6.QtCore import QCoreApplication, QRectF

from cvd_desktop.domain.route_records import LoadView
from cvd_desktop.ui.barcodes import code_128, qr_code
from cvd_desktop.ui.load_paper import (
    A4,
    Code,
    Ink,
    Op,
    Page,
    Paper,
    Side,
    Text,
    foot,
    line_high,
    lines_of,
    paper_day,
    text_wide,
)
from cvd_desktop.ui.load_paper_lists import content_words
from cvd_shared.route_shapes import Tote

PAD = 50  # tenths of a millimetre from the edge of a label: sheets are cut badly, rolls drift
ASSET_LINES = 2  # of an asset number in big letters; a longer one is set smaller
SMALL_LABEL = 400  # height below which a label has only what a scanner and a person must have


class LabelSheet(NamedTuple):
    """Where labels stand on their paper; lengths in tenths of a millimetre.

    To add one: a line in `SHEETS` and its word in ui/load_words.py.
    """

    key: str
    page: tuple[int, int]
    columns: int
    rows: int
    label: tuple[int, int]  # width, height
    corner: tuple[int, int] = (0, 0)  # left and top of the first one
    gap: tuple[int, int] = (0, 0)  # between columns, between rows

    @property
    def on_a_page(self) -> int:
        return self.columns * self.rows

    def place(self, number: int) -> QRectF:
        """The rectangle of the label `number` of a page, row by row."""
        row, column = divmod(number, self.columns)
        wide, high = self.label
        left = self.corner[0] + column * (wide + self.gap[0])
        return QRectF(left, self.corner[1] + row * (high + self.gap[1]), wide, high)


SHEETS = (
    LabelSheet("a4_2x4", A4, 2, 4, (991, 677), (46, 131), (26, 0)),
    LabelSheet("a4_2x7", A4, 2, 7, (991, 381), (46, 151), (26, 0)),
    LabelSheet("roll_100x62", (1000, 620), 1, 1, (1000, 620)),
    LabelSheet("roll_62x100", (620, 1000), 1, 1, (620, 1000)),
    LabelSheet("roll_62x29", (620, 290), 1, 1, (620, 290)),
)


def tote_labels_paper(view: LoadView, sheet: LabelSheet) -> Paper:
    """A label for each tote, in the order of the run."""
    pages: list[list[Op]] = []
    for n, tote in enumerate(view.totes):
        place = n % sheet.on_a_page
        if not pages or place == 0:
            pages.append([])
        pages[-1] += label_strokes(tote, view, sheet.place(place))
    title = QCoreApplication.translate("Papers", "Tote labels")
    done: tuple[Page, ...] = tuple(map(tuple, pages))
    return Paper(title, *sheet.page, done)


def label_strokes(tote: Tote, view: LoadView, place: QRectF) -> Sequence[Op]:
    """The label of a tote: its number, its machine as a person and as a scanner reads it, where
    it goes, what is in it."""
    if place.height() < SMALL_LABEL:
        return _small(tote, view, place)
    return _whole(tote, view, place)


def _whole(tote: Tote, view: LoadView, place: QRectF) -> list[Op]:
    inner = place.adjusted(PAD, PAD, -PAD, -PAD)
    ops: list[Op] = []
    code_high = min(140.0, inner.height() * 0.25)
    square = min(inner.width() * 0.34, inner.height() - code_high - 20, 260.0)
    qr = qr_code(tote.asset_number)
    right = inner.right()
    if qr is not None:
        ops.append(Code(QRectF(right - square, inner.top(), square, square), qr))
        right -= square + 20
    wide = right - inner.left()
    size = min(130.0, inner.height() * 0.24)
    number = str(tote.number)
    top = inner.top() - size * 0.14  # its letters begin at the edge of the code
    ops.append(Text(inner.left(), top + foot(Ink.FIGURE, size), number, Ink.FIGURE, size=size))
    beside = inner.left() + text_wide(number, Ink.FIGURE, size) + 30
    y = inner.top()
    for words in _route_words(view):
        y = _lines(ops, words, beside, y, right - beside, inner.bottom(), Ink.SMALL, 2)
    y = max(y, inner.top() + size)
    bottom = inner.bottom() - code_high - 12
    asset = tote.asset_number
    ink = Ink.MONO_HEAD if len(lines_of(asset, wide, Ink.MONO_HEAD)) <= ASSET_LINES else Ink.MONO
    y = _lines(ops, asset, inner.left(), y, wide, bottom, ink, ASSET_LINES + 1)
    held = bottom - line_high(Ink.STRONG)
    where = view.place_names.get(tote.machine_id, "")
    rest = QRectF(inner.left(), y, inner.width(), held - y)
    y = _round_code(ops, where, rest, inner.top() + square, wide)
    under = wide if y < inner.top() + square else inner.width()
    _lines(ops, content_words(tote), inner.left(), y, under, bottom, Ink.STRONG, 2)
    bars = code_128(tote.asset_number)
    if bars is not None:
        rect = QRectF(inner.left(), inner.bottom() - code_high, inner.width(), code_high)
        ops.append(Code(rect, bars))
    return ops


def _round_code(ops: list[Op], text: str, room: QRectF, below: float, narrow: float) -> float:
    """A name in lines as wide as the label, and `narrow` as long as they stand beside a code that
    ends at `below`. Returns where they end."""
    y = room.top()
    while text:
        wide = narrow if y < below else room.width()
        first = lines_of(text, wide, Ink.PLAIN)[0]
        last = y + 2 * line_high(Ink.PLAIN) > room.bottom()
        rest = text[len(first) :].lstrip()
        shown = _shortened(first, wide, Ink.PLAIN) if last and rest else first
        ops.append(Text(room.left(), y + foot(Ink.PLAIN), shown, Ink.PLAIN))
        y += line_high(Ink.PLAIN)
        text = "" if last else rest
    return y


def _small(tote: Tote, view: LoadView, place: QRectF) -> list[Op]:
    """Number and asset number beside a QR code, the place where there is room."""
    inner = place.adjusted(PAD / 2, PAD / 2, -PAD / 2, -PAD / 2)
    ops: list[Op] = []
    right = inner.right()
    square = min(inner.height(), inner.width() * 0.42)
    qr = qr_code(tote.asset_number)
    if qr is not None:
        right -= square
        ops.append(Code(QRectF(right, inner.top(), square, inner.height()), qr))
        right -= 16
    wide = right - inner.left()
    number = QCoreApplication.translate("Papers", "Tote {n}").format(n=tote.number)
    y = _lines(ops, number, inner.left(), inner.top(), wide, inner.bottom(), Ink.HEAD, 1)
    y = _lines(ops, tote.asset_number, inner.left(), y, wide, inner.bottom(), Ink.MONO, 2)
    where = view.place_names.get(tote.machine_id, "")
    day = _route_words(view)[0]
    last = inner.bottom() - line_high(Ink.SMALL)
    y = _lines(ops, where, inner.left(), y, wide, last, Ink.SMALL, 4)
    _lines(ops, day, inner.left(), y, wide, inner.bottom(), Ink.SMALL, 1)
    return ops


def _lines(
    ops: list[Op],
    text: str,
    left: float,
    y: float,
    wide: float,
    bottom: float,
    ink: Ink,
    most: int,
) -> float:
    """Lines from `y` as far as there is room and at most so many, the last one with an ellipsis
    when there are more; the first one is always there. Returns where they end."""
    lines = lines_of(text, wide, ink) if text else []
    room = max(1, min(most, int((bottom - y) / line_high(ink))))
    if len(lines) > room:
        lines = [*lines[: room - 1], _shortened(lines[room - 1], wide, ink)]
    for line in lines:
        ops.append(Text(left, y + foot(ink), line, ink, Side.LEFT))
        y += line_high(ink)
    return y


def _shortened(line: str, wide: float, ink: Ink) -> str:
    while line and text_wide(f"{line}…", ink) > wide:
        line = line[:-1]
    return f"{line}…"


def _route_words(view: LoadView) -> tuple[str, str]:
    number = QCoreApplication.translate("Papers", "Route {number}").format(number=view.route_number)
    return number, paper_day(view.day)
