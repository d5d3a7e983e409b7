"""How a row of the stop list is painted: columns where there is room, lines where there is not."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QRect, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from cvd_desktop.domain.records import RecordState
from cvd_desktop.ui.screens.today_rows import DETAIL_GAP, RowKind, StopRow
from cvd_desktop.ui.theme import Theme, Tone
from cvd_desktop.ui.today_words import Need
from cvd_desktop.ui.widgets.icon_engine import paint_icon
from cvd_desktop.ui.widgets.painting import (
    ACCENT_BAR,
    CENTER,
    RIGHT,
    paint_box,
    paint_ground,
    paint_text,
    text_width,
)
from cvd_desktop.ui.widgets.rich_line import RichLine, Run, paint_rich, rich_height
from cvd_desktop.ui.widgets.tag import TagKind, kind_icon, kind_tone, paint_tag, tag_size

STOP_ROW = 56  # px at text scale 1
SUNK_ROW = 48
GROUP_GAP = 12  # between what is to do and what is done or skipped
HANDLE = 48  # px at the right end of a row by which it is dragged
HANDLE_ICON = 18
_PAD = 12
_COLUMN_GAP = 14
_NUMBER = 48  # px of the number, right edge to the name
_LEAST_NAME = 176  # px that a name keeps beside columns
_MORE_FROM = 1120  # px of width from which on machines and units have columns


@dataclass(frozen=True, slots=True)
class RowPlan:
    """Where things stand in every row of the list, px from its left edge; 0: not a column."""

    width: int
    number: int  # px of the number column
    need: int
    lowest: int  # right edge
    window: int  # right edge; 0: on the second line, below tag and lowest slot
    cash: int  # right edge, likewise
    units: int = 0  # right edge
    assets: int = 0  # left edge
    header: bool = True
    third: bool = False  # window and cash have a line of their own

    @property
    def columns(self) -> bool:
        return self.window > 0


def _widest(theme: Theme, role: str, texts: Iterable[str]) -> int:
    font = theme.font(role)
    return max((text_width(font, text) for text in set(texts)), default=0)


def plan_rows(theme: Theme, width: int, rows: Sequence[StopRow], titles: Sequence[str]) -> RowPlan:
    """`titles` are those of lowest slot, time window, cash, units and machines, in this order."""
    px = theme.text_px
    todo = [row for row in rows if row.kind is RowKind.STOP]
    gap = px(_COLUMN_GAP)
    heads = [text_width(theme.font("denseStrong"), title) for title in titles]
    header = theme.text_scale < 1.5  # README of the mockups: from here on one column, no titles
    if not header:
        heads = [0] * len(heads)
    numbers = _widest(theme, "value", (row.number for row in todo))
    number = max(px(_NUMBER), numbers + 2 * px(_PAD))
    need = max(
        (_tag_width(theme, row.need) for row in todo if row.need is not None), default=px(96)
    )
    lowest = max(_widest(theme, "denseStrong", (row.lowest for row in todo)), heads[0])
    window = max(_widest(theme, "dense", (row.window for row in todo)), heads[1])
    cash = max(_widest(theme, "denseStrong", (row.cash for row in todo)), heads[2])
    right = width - max(px(HANDLE_ICON) + 2 * px(_PAD), 40)
    taken = need + lowest + window + cash + 4 * gap
    if number + px(_LEAST_NAME) + taken <= right and header:
        cash_at = right
        window_at = cash_at - cash - gap
        lowest_at = window_at - window - gap
        need_at = lowest_at - lowest - gap - need
        plan = RowPlan(width, number, need_at, lowest_at, window_at, cash_at)
        return _with_more(theme, plan, todo, heads) if width >= px(_MORE_FROM) else plan
    details = _widest(theme, "dense", (row.detail for row in todo))
    second = details + window + cash + 3 * gap
    return RowPlan(
        width,
        number,
        right - lowest - gap - need,
        right,
        0,
        0,
        header=header,
        third=number + second > right,
    )


def _with_more(
    theme: Theme, plan: RowPlan, rows: Sequence[StopRow], heads: Sequence[int]
) -> RowPlan:
    """Columns of units and machines between name and need; names keep what they need."""
    gap = theme.text_px(2 * _COLUMN_GAP)
    units = max(_widest(theme, "dense", (row.units for row in rows)), heads[3])
    assets = max(_widest(theme, "mono", (row.assets for row in rows)), heads[4])
    units_at = plan.need - gap
    assets_at = units_at - units - gap - assets
    if assets_at - plan.number < theme.text_px(_LEAST_NAME) + gap:
        return plan
    return RowPlan(
        plan.width, plan.number, plan.need, plan.lowest, plan.window, plan.cash, units_at, assets_at
    )


def _tag_width(theme: Theme, need: Need) -> int:
    return tag_size(theme, need.kind, need.words).width()


def row_height(theme: Theme, plan: RowPlan, row: StopRow, *, opened: bool) -> int:
    """px, with what is shown of a chosen row, without the gap before a group."""
    px = theme.text_px
    if row.sunk:
        high = px(SUNK_ROW) if not _sunk_wraps(theme, plan, row) else px(SUNK_ROW + 16)
    else:
        high = px(STOP_ROW) + (theme.line_height("dense") if plan.third else 0)
    return high + (more_height(theme, plan, row) if opened else 0)


def more_height(theme: Theme, plan: RowPlan, row: StopRow) -> int:
    """px of what a chosen row shows below its words."""
    more = _more(theme, plan, row)
    if not more:
        return 0
    wide = _more_width(theme, plan)
    lines = sum(rich_height(theme, line, wide) + theme.space.xs for line in more)
    return lines + theme.space.s


def _more(theme: Theme, plan: RowPlan, row: StopRow) -> tuple[RichLine, ...]:
    """A name that has no room in its row stands here whole."""
    role = "denseStrong" if row.sunk else "bodyStrong"
    if text_width(theme.font(role), row.name) <= _name_room(theme, plan, row):
        return row.more
    whole = " ".join(part for part in (row.name, row.detail if row.sunk else "") if part)
    return (RichLine((Run(whole, "denseStrong"),)), *row.more)


def _name_room(theme: Theme, plan: RowPlan, row: StopRow) -> int:
    if row.sunk:
        return plan.width - plan.number - 2 * theme.text_px(_PAD) - _mark_width(theme, row)
    edge = (plan.assets or plan.need) if plan.columns else plan.need
    return edge - plan.number - theme.text_px(_PAD)


def _more_width(theme: Theme, plan: RowPlan) -> int:
    return min(plan.width - plan.number - theme.text_px(_PAD), theme.text_px(720))


def paint_group(
    painter: QPainter, rect: QRect, theme: Theme, *, first: bool, last: bool, fill: QColor
) -> None:
    """The card behind a group of rows: each row paints its part of the frame."""
    radius = theme.radius.card
    box = rect.adjusted(0, 0 if first else -2 * radius, 0, 0 if last else 2 * radius)
    painter.save()
    painter.setClipRect(rect)
    colors = theme.colors
    paint_box(
        painter,
        box,
        fill=fill,
        border=colors.line.border,
        line=colors.line_width,
        radius=radius if first or last else 0,
    )
    painter.restore()
    if not last:
        line = QRect(rect.left() + 1, rect.bottom(), rect.width() - 2, 1)
        paint_ground(painter, line, colors.line.hairline)


def paint_stop_row(
    painter: QPainter,
    rect: QRect,
    theme: Theme,
    plan: RowPlan,
    row: StopRow,
    *,
    chosen: bool,
    opened: bool,
) -> None:
    """The words of a row over its ground; `rect` without the gap before a group."""
    if chosen:
        line = theme.colors.line_width
        bar = QRect(rect.left() + line, rect.top(), ACCENT_BAR, rect.height())
        paint_ground(painter, bar, theme.colors.accent.base)
    more = more_height(theme, plan, row) if opened else 0
    head = rect.adjusted(0, 0, 0, -more)
    if row.sunk:
        _paint_sunk(painter, head, theme, plan, row)
    else:
        _paint_to_do(painter, head, theme, plan, row)
    if more:
        top = head.bottom() + 1
        wide = _more_width(theme, plan)
        for one in _more(theme, plan, row):
            box = QRect(rect.left() + plan.number, top, wide, rect.height())
            top += paint_rich(painter, box, theme, one) + theme.space.xs


def _paint_to_do(painter: QPainter, rect: QRect, theme: Theme, plan: RowPlan, row: StopRow) -> None:
    px, left = theme.text_px, rect.left()
    number = QRect(left, rect.top(), plan.number, rect.height())
    paint_text(painter, number, theme, row.number, "value", align=CENTER, elide=False)
    name_line, detail_line = theme.line_height("bodyStrong"), theme.line_height("dense")
    lines = name_line + detail_line * (2 if plan.third else 1)
    top = rect.top() + (rect.height() - lines) // 2
    first = QRect(left + plan.number, top, _name_room(theme, plan, row), name_line)
    paint_text(painter, first, theme, row.name, "bodyStrong")
    below = first.translated(0, name_line)
    below.setHeight(detail_line)
    if not plan.columns:
        below.setRight(left + plan.lowest)
    paint_text(painter, below, theme, _fitting(theme, row, below.width()), tone=Tone.MUTED)
    middle = rect if plan.columns else QRect(left, top, rect.width(), name_line)
    if row.need is not None:
        box = QRect(left + plan.need, middle.top(), plan.lowest, middle.height())
        paint_need(painter, box, theme, row.need)
    _right(painter, middle, theme, left + plan.lowest, row.lowest, "denseStrong")
    if plan.columns:
        _right(painter, middle, theme, left + plan.window, row.window, "dense", row.window_tone)
        _right(painter, middle, theme, left + plan.cash, row.cash, "denseStrong")
        if plan.units:
            _right(painter, middle, theme, left + plan.units, row.units, "dense")
            assets = QRect(left + plan.assets, middle.top(), plan.units, middle.height())
            paint_text(painter, assets, theme, row.assets, "mono", elide=False)
    else:
        last = below.translated(0, detail_line if plan.third else 0)
        _right(painter, last, theme, left + plan.lowest, row.cash, "denseStrong")
        cash = text_width(theme.font("denseStrong"), row.cash) + px(_COLUMN_GAP)
        window = left + plan.lowest - cash
        _right(painter, last, theme, window, row.window, "dense", row.window_tone)
    side = px(HANDLE_ICON)
    handle = QRect(
        rect.right() - px(_PAD) - side + 1, rect.top() + (rect.height() - side) // 2, side, side
    )
    paint_icon(painter, handle, "reorder", theme.colors.text.muted, theme)


def _fitting(theme: Theme, row: StopRow, width: int) -> str:
    """As many of the details as have room, none of them cut: a chosen row says all of them."""
    for count in range(len(row.details), 1, -1):
        text = DETAIL_GAP.join(row.details[:count])
        if text_width(theme.font("dense"), text) <= width:
            return text
    return row.details[0] if row.details else row.detail


def _right(
    painter: QPainter,
    rect: QRect,
    theme: Theme,
    edge: int,
    text: str,
    role: str,
    tone: Tone = Tone.PLAIN,
) -> None:
    """Text that ends at `edge` and is never cut."""
    box = QRect(rect.left(), rect.top(), edge - rect.left(), rect.height())
    paint_text(painter, box, theme, text, role, tone=tone, align=RIGHT, elide=False)


def paint_need(painter: QPainter, rect: QRect, theme: Theme, need: Need) -> None:
    """The tag at the left of `rect`, in the shape of its kind or with its own icon."""
    if not need.icon:
        paint_tag(painter, rect, theme, need.kind, need.words)
        return
    size = tag_size(theme, need.kind, need.words)
    top = rect.top() + (rect.height() - size.height()) // 2
    box = QRect(rect.left(), top, size.width(), size.height())
    colors, tone = theme.colors, kind_tone(need.kind)
    ink = theme.text_color(tone)
    paint_box(
        painter,
        box,
        fill=theme.soft_color(tone),
        border=ink,
        line=colors.line_width,
        radius=theme.radius.tag,
    )
    side, pad = theme.text_px(theme.icon.inline), theme.text_px(8)
    icon = QRect(box.left() + pad, box.top() + (box.height() - side) // 2, side, side)
    paint_icon(painter, icon, need.icon, ink, theme)
    words = box.adjusted(pad + side + theme.text_px(6), 0, 0, 0)
    paint_text(painter, words, theme, need.words, "tag", color=ink, elide=False)


# --- done and skipped ---------------------------------------------------------------------------


def _mark(row: StopRow) -> tuple[str, Tone]:
    """The shape and tone of what became of the stop, and of where its record is."""
    if row.kind is RowKind.SKIPPED:
        return "skip", Tone.WARNING
    kind = TagKind((row.record or RecordState.ON_THE_SERVER).value)
    return kind_icon(kind), kind_tone(kind)


def _mark_width(theme: Theme, row: StopRow) -> int:
    side = theme.text_px(HANDLE_ICON + 8)
    words = _widest(theme, "denseStrong", (row.marked,))
    record = _widest(theme, "dense", (row.record_words,)) if row.record_words else 0
    if record and row.kind is RowKind.SKIPPED:
        record += side
    return side + max(words, record)


def _sunk_wraps(theme: Theme, plan: RowPlan, row: StopRow) -> bool:
    """Whether what was done stands below the names."""
    room = _name_room(theme, plan, row)
    names = text_width(theme.font("denseStrong"), row.name)
    return names + text_width(theme.font("dense"), row.detail) + theme.text_px(16) > room


def _paint_sunk(painter: QPainter, rect: QRect, theme: Theme, plan: RowPlan, row: StopRow) -> None:
    px = theme.text_px
    pad = px(_PAD)
    number = QRect(rect.left(), rect.top(), plan.number, rect.height())
    role = "body" if text_width(theme.font("body"), row.number) < plan.number - 8 else "dense"
    paint_text(painter, number, theme, row.number, role, align=CENTER, elide=False)
    mark = _mark_width(theme, row)
    words = QRect(
        rect.left() + plan.number,
        rect.top(),
        rect.width() - plan.number - mark - 2 * pad,
        rect.height(),
    )
    line = theme.line_height("dense")
    if _sunk_wraps(theme, plan, row):
        top = rect.top() + (rect.height() - 2 * line) // 2
        first = QRect(words.left(), top, words.width(), line)
        paint_text(painter, first, theme, row.name, "denseStrong")
        second = first.translated(0, line)
        paint_text(painter, second, theme, row.detail, "dense", tone=Tone.MUTED)
    else:
        used = paint_text(painter, words, theme, row.name, "denseStrong")
        beside = words.adjusted(used + px(16), 0, 0, 0)
        paint_text(painter, beside, theme, row.detail, "dense", tone=Tone.MUTED)
    _paint_mark(painter, rect, theme, row, mark)


def _paint_mark(painter: QPainter, rect: QRect, theme: Theme, row: StopRow, wide: int) -> None:
    px = theme.text_px
    icon, tone = _mark(row)
    side = px(HANDLE_ICON)
    right = rect.right() + 1 - px(_PAD)
    line = theme.line_height("dense")
    two = bool(row.record_words)
    top = rect.top() + (rect.height() - (2 if two else 1) * line) // 2
    head = QRect(right - wide, top, wide, line)
    marked = text_width(theme.font("denseStrong"), row.marked)
    _right(painter, head, theme, right, row.marked, "denseStrong", tone)
    shape = QRect(right - marked - px(8) - side, top + (line - side) // 2, side, side)
    paint_icon(painter, shape, icon, theme.text_color(tone), theme)
    if not two:
        return
    below = head.translated(0, line)
    kind = TagKind((row.record or RecordState.RECORDED_HERE).value)
    record_tone = kind_tone(kind)
    _right(painter, below, theme, right, row.record_words, "dense", record_tone)
    if row.kind is RowKind.SKIPPED:  # the shape above is that of a skip, so the record has its own
        words = text_width(theme.font("dense"), row.record_words)
        shape = QRect(right - words - px(8) - side, below.top() + (line - side) // 2, side, side)
        paint_icon(painter, shape, kind_icon(kind), theme.text_color(record_tone), theme)


def paint_drop_line(painter: QPainter, rect: QRect, theme: Theme) -> None:
    """The row that is being moved: a dashed frame in the accent colour."""
    pen = QPen(theme.colors.accent.base, theme.colors.line_width_strong, Qt.PenStyle.DashLine)
    painter.save()
    painter.setPen(pen)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawRect(QRectF(rect).adjusted(3, 3, -4, -4))
    painter.restore()
