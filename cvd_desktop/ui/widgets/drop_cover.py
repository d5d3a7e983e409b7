"""What covers the window while files are dragged over it: where they go when they are dropped."""

from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import QMimeData, QRect, Qt
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QFontMetrics, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from cvd_desktop.ui import formats
from cvd_desktop.ui.theme import Look, Tone
from cvd_desktop.ui.widgets.icon_engine import paint_icon
from cvd_desktop.ui.widgets.painting import CENTER, FOCUS_RING, paint_box, paint_text

MOST_WIDE = 720  # px at text scale 1, where lines of text stop
_WRAP = Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop | Qt.TextFlag.TextWordWrap


def dropped_paths(dragged: QMimeData) -> list[Path]:
    """The files and folders of this computer that are dragged; none for anything else."""
    if not dragged.hasUrls():
        return []
    return [Path(url.toLocalFile()) for url in dragged.urls() if url.isLocalFile()]


class DropCover(QWidget):
    """Lies over its parent while it is shown; the parent gets the events of the drag."""

    def __init__(
        self, look: Look, take: Callable[[Sequence[Path]], None] | None, parent: QWidget
    ) -> None:
        """`take` gets what is dropped; None takes nothing."""
        super().__init__(parent)
        self._look = look
        self._take = take
        self._title = ""
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.hide()

    def entered(self, event: QDragEnterEvent) -> None:
        """Something is dragged over the window."""
        paths = dropped_paths(event.mimeData())
        if paths and self._take is not None:
            self.show_for(len(paths))
            event.setDropAction(Qt.DropAction.CopyAction)  # never a move
            event.accept()

    def dropped(self, event: QDropEvent) -> None:
        """It was dropped."""
        self.hide()
        paths = dropped_paths(event.mimeData())
        if paths and self._take is not None:
            event.setDropAction(Qt.DropAction.CopyAction)
            event.accept()
            self._take(paths)

    def show_for(self, count: int) -> None:
        """So many files or folders are over the window."""
        self._title = self.tr("Drop to import it")
        if count > 1:
            self._title = self.tr("Drop to import {n} files or folders").format(
                n=formats.number(count)
            )
        self.setAccessibleName(self._title)
        parent = self.parentWidget()
        if parent is not None:
            self.setGeometry(parent.rect())
        self.raise_()
        self.show()

    def title(self) -> str:
        return self._title

    def detail(self) -> str:
        return self.tr(
            "Their reports become reads of this laptop. The files stay where and as they are."
        )

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        del event
        theme = self._look.theme
        colors, space = theme.colors, theme.space
        painter = QPainter(self)
        painter.fillRect(self.rect(), colors.surface.window)
        frame = self.rect().adjusted(space.l, space.l, -space.l, -space.l)
        paint_box(
            painter,
            frame,
            fill=colors.surface.raised,
            border=colors.accent.base,
            line=FOCUS_RING,
            radius=theme.radius.card,
            dashed=True,
        )
        wide = min(frame.width() - 2 * space.xl, theme.text_px(MOST_WIDE))
        left = frame.left() + (frame.width() - wide) // 2
        side = theme.text_px(theme.icon.hero)
        title_high, line = theme.line_height("title"), QFontMetrics(theme.font("body")).height()
        top = frame.top() + (frame.height() - side - title_high - 3 * line) // 2
        icon = QRect(left + (wide - side) // 2, top, side, side)
        paint_icon(painter, icon, "load", theme.text_color(Tone.ACCENT), theme)
        top += side + space.l
        paint_text(
            painter, QRect(left, top, wide, title_high), theme, self._title, "title", align=CENTER
        )
        top += title_high + space.s
        painter.setFont(theme.font("body"))
        painter.setPen(theme.text_color(Tone.MUTED))
        painter.drawText(QRect(left, top, wide, 4 * line), int(_WRAP), self.detail())
        painter.end()
