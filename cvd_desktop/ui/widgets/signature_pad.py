"""A field to sign in with a finger, a pen or the mouse."""

from __future__ import annotations

from PySide6.QtCore import QBuffer, QIODevice, QPointF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QPolygonF,
)
from PySide6.QtWidgets import QScroller, QSizePolicy, QWidget

from cvd_desktop.ui.theme import Look, Tone
from cvd_desktop.ui.widgets.painting import CENTER, FOCUS_RING, paint_box, paint_line, paint_text

HIGH = 168  # px at text scale 1
SAVED = QSize(800, 280)  # px of the picture that is kept
PEN = 3.0
MOST_POINTS = 20_000  # of one signature: nobody signs longer, and a resting hand must end

_PAPER, _INK = 0xFFFFFFFF, 0xFF000000
"""Of the stored picture, whatever the theme."""


class SignaturePad(QWidget):
    """Strokes are kept as shares of its size, so that nothing is lost when the window changes.

    Del takes the signature away. Touch comes as mouse events: Qt makes them of what nobody took.
    """

    signed = Signal()
    """A stroke has ended, or the signature was taken away."""

    def __init__(self, look: Look) -> None:
        super().__init__()
        self._look = look
        self._strokes: list[list[QPointF]] = []
        self._kept: QImage | None = None
        self._locked = False
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName(self.tr("Signature, drawn with a finger or the mouse"))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setCursor(Qt.CursorShape.CrossCursor)
        look.follow(self._restyle)

    def is_empty(self) -> bool:
        """Whether nobody has signed."""
        return not self._strokes and self._kept is None

    def begun(self) -> bool:
        """Whether strokes were drawn here, other than what was kept before."""
        return bool(self._strokes)

    def clear(self) -> None:
        """Take the signature away."""
        if not self.is_empty() and not self._locked:
            self._strokes, self._kept = [], None
            self.update()
            self.signed.emit()

    def show_kept(self, image: QImage | None, *, locked: bool = False) -> None:
        """A signature that was stored before; nobody is told. `locked`: it stays as it is."""
        self._kept, self._locked, self._strokes = image, locked, []
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus if locked else Qt.FocusPolicy.StrongFocus)
        self.update()

    def png(self) -> bytes:
        """What was drawn, black on white, 800 x 280 px; empty when nothing was."""
        if not self._strokes:
            return b""
        image = QImage(SAVED, QImage.Format.Format_Grayscale8)
        image.fill(_PAPER)
        painter = QPainter(image)
        self._paint_strokes(painter, QColor.fromRgb(_INK), SAVED)
        painter.end()
        buffer = QBuffer()
        buffer.open(QIODevice.OpenModeFlag.WriteOnly)
        image.save(buffer, "PNG")  # type: ignore[call-overload]
        return bytes(buffer.data().data())

    # drawing

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        if event.button() is Qt.MouseButton.LeftButton and not self._locked:
            self._hold_page()
            self._kept = None
            self._strokes.append([self._share(event.position())])
            self.update()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        held = event.buttons() & Qt.MouseButton.LeftButton
        if held and self._strokes and sum(map(len, self._strokes)) < MOST_POINTS:
            self._hold_page()
            self._strokes[-1].append(self._share(event.position()))
            self.update()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        if event.button() is Qt.MouseButton.LeftButton and self._strokes:
            self.signed.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        if event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            self.clear()
            return
        super().keyPressEvent(event)

    def _hold_page(self) -> None:
        """A finger that signs does not scroll the page below it."""
        around = self.parentWidget()
        while around is not None:
            if QScroller.hasScroller(around):
                QScroller.scroller(around).stop()
            around = around.parentWidget()

    def _share(self, point: QPointF) -> QPointF:
        return QPointF(
            min(1.0, max(0.0, point.x() / max(1, self.width()))),
            min(1.0, max(0.0, point.y() / max(1, self.height()))),
        )

    # painting

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        return QSize(280, self._look.theme.chrome_px(HIGH))

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        del event
        theme = self._look.theme
        colors = theme.colors
        painter = QPainter(self)
        paint_box(
            painter,
            self.rect(),
            fill=colors.surface.raised,
            border=colors.focus_ring if self.hasFocus() else colors.line.border,
            line=FOCUS_RING if self.hasFocus() else colors.line_width,
            radius=theme.radius.control,
        )
        foot = self.height() * 3 / 4
        pad = theme.space.l
        start, end = QPointF(pad, foot), QPointF(self.width() - pad, foot)
        paint_line(painter, start, end, colors.line.border, 1)
        if self._kept is not None:
            painter.drawImage(self.rect().adjusted(pad, 4, -pad, -4), self._kept)
        elif not self._strokes:
            words = self.tr("Sign here")
            paint_text(painter, self.rect(), theme, words, tone=Tone.MUTED, align=CENTER)
        self._paint_strokes(painter, colors.text.primary, self.size())
        painter.end()

    def _paint_strokes(self, painter: QPainter, color: QColor, size: QSize) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        pen = QPen(color, PEN, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap)
        pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
        painter.setPen(pen)
        for stroke in self._strokes:
            points = [QPointF(p.x() * size.width(), p.y() * size.height()) for p in stroke]
            if len(points) == 1:
                painter.drawPoint(points[0])
            else:
                painter.drawPolyline(QPolygonF(points))

    def _restyle(self) -> None:
        self.updateGeometry()
        self.update()
