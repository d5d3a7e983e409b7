"""The photos of a visit as small pictures in one painted view; keys and touch choose one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PySide6.QtCore import QPoint, QRect, QSize, Qt, Signal
from PySide6.QtGui import QImage, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from cvd_desktop.domain.visit_records import DraftPhoto
from cvd_desktop.ui import formats
from cvd_desktop.ui.stop_words import StopWords
from cvd_desktop.ui.theme import Look, Tone
from cvd_desktop.ui.widgets.icon_engine import paint_icon
from cvd_desktop.ui.widgets.painting import FOCUS_RING, paint_box, paint_text

WIDE, HIGH = 148, 112  # px of a picture at text scale 1
GAP = 8


class PhotoView(QWidget):
    """Arrow keys walk, a click chooses. Pictures come later than their names: `show_picture`."""

    current_changed = Signal()
    opened = Signal()
    """The current one was touched once more: it is to be seen large."""

    def __init__(self, look: Look, words: StopWords) -> None:
        super().__init__()
        self._look = look
        self._words = words
        self._photos: tuple[DraftPhoto, ...] = ()
        self._pictures: dict[str, QImage] = {}
        self._current = 0
        self._touched = False  # the current one, since these photos are shown
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        look.follow(self._restyle)

    def show_photos(self, photos: Sequence[DraftPhoto]) -> None:
        before = len(self._photos)
        self._touched = self._touched and before == len(photos)
        self._photos = tuple(photos)
        if len(photos) > before and before:
            self._current = len(photos) - 1  # the newest is what the person looks at
        self._current = max(0, min(self._current, len(photos) - 1))
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus if photos else Qt.FocusPolicy.NoFocus)
        wanted = {photo.sha256 for photo in photos}
        self._pictures = {key: one for key, one in self._pictures.items() if key in wanted}
        self._tell()
        self._restyle()

    def show_picture(self, sha256: str, picture: QImage) -> None:
        self._pictures[sha256] = picture
        self.update()

    def waiting(self) -> list[str]:
        """Which pictures are not here yet."""
        return [photo.sha256 for photo in self._photos if photo.sha256 not in self._pictures]

    def pictures(self) -> Mapping[str, QImage]:
        return self._pictures

    def current(self) -> DraftPhoto | None:
        """The photo that is chosen."""
        return self._photos[self._current] if self._photos else None

    def photos(self) -> tuple[DraftPhoto, ...]:
        return self._photos

    def _tell(self) -> None:
        told = [
            f"{self._words.subject(photo.subject)} {formats.clock_time(photo.taken_at)}"
            for photo in self._photos
        ]
        name = self.tr("Photos of this visit")
        chosen = told[self._current] if told else self.tr("none")
        self.setAccessibleName(f"{name}: {', '.join(told) or chosen}")
        self.setAccessibleDescription(chosen)

    # sizes

    def _cell(self) -> QSize:
        theme = self._look.theme
        return QSize(theme.chrome_px(WIDE), theme.chrome_px(HIGH) + theme.text_px(28))

    def in_a_row(self) -> int:
        return max(1, (self.width() + GAP) // (self._cell().width() + GAP))

    def _place(self, number: int) -> QRect:
        row, column = divmod(number, self.in_a_row())
        cell = self._cell()
        return QRect(QPoint(column * (cell.width() + GAP), row * (cell.height() + GAP)), cell)

    def _restyle(self) -> None:
        rows = -(-len(self._photos) // self.in_a_row())
        high = rows * (self._cell().height() + GAP)
        if self.minimumHeight() != high or self.maximumHeight() != high:
            self.setFixedHeight(high)
        self.update()

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        return QSize(280, self.minimumHeight())

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        super().resizeEvent(event)
        self._restyle()

    # choosing

    def choose(self, number: int) -> None:
        """Go to a photo, by its place from 0."""
        if 0 <= number < len(self._photos):
            self._current = number
            self._tell()
            self.update()
            self.current_changed.emit()

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        point = event.position().toPoint()
        for number in range(len(self._photos)):
            if not self._place(number).contains(point):
                continue
            if number == self._current and self._touched:
                self.opened.emit()
            self._touched = True
            self.choose(number)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        step = {
            Qt.Key.Key_Left: -1,
            Qt.Key.Key_Right: 1,
            Qt.Key.Key_Up: -self.in_a_row(),
            Qt.Key.Key_Down: self.in_a_row(),
        }.get(Qt.Key(event.key()))
        if step is None:
            super().keyPressEvent(event)
        else:
            self.choose(self._current + step)

    # painting

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        painter = QPainter(self)
        for number, photo in enumerate(self._photos):
            if self._place(number).intersects(event.rect()):
                self._paint_photo(painter, number, photo)
        painter.end()

    def _paint_photo(self, painter: QPainter, number: int, photo: DraftPhoto) -> None:
        theme = self._look.theme
        colors = theme.colors
        cell = self._place(number)
        chosen = number == self._current
        border, line = colors.line.border, colors.line_width
        if chosen:
            border, line = colors.accent.base, FOCUS_RING
        if chosen and self.hasFocus():
            border, line = colors.focus_ring, FOCUS_RING + 1
        fill = colors.selection.row if chosen else colors.surface.raised
        paint_box(painter, cell, fill=fill, border=border, line=line, radius=theme.radius.tag)
        frame = cell.adjusted(5, 5, -5, -theme.text_px(28))
        picture = self._pictures.get(photo.sha256)
        if picture is None:
            side = theme.text_px(theme.icon.rail)
            box = QRect(0, 0, side, side)
            box.moveCenter(frame.center())
            paint_icon(painter, box, "clock", theme.text_color(Tone.MUTED), theme)
        else:
            size = picture.size().scaled(frame.size(), Qt.AspectRatioMode.KeepAspectRatio)
            place = QRect(QPoint(0, 0), size)
            place.moveCenter(frame.center())
            painter.drawImage(place, picture)
        words = QRect(
            cell.left() + 8, frame.bottom() + 1, cell.width() - 16, cell.bottom() - frame.bottom()
        )
        subject = self._words.subject(photo.subject)
        text = f"{subject}, {formats.clock_time(photo.taken_at)}"
        paint_text(painter, words, theme, text, "dense", strong=chosen)
