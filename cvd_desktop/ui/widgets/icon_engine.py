"""Icons: SVG files of one grid, painted in the text colour of the place where they stand.

To add one: draw resources/icons/<name>.svg on the 24 grid with `stroke="currentColor"`, stroke
1.75, square caps, no fill; a test opens every file of the folder.
"""

from functools import lru_cache

from PySide6.QtCore import QByteArray, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QIcon, QIconEngine, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer

from cvd_desktop.ui.resource_files import resource
from cvd_desktop.ui.theme import Look, Theme, Tone


@lru_cache(maxsize=128)
def _svg_text(name: str) -> str:
    return resource("icons", f"{name}.svg").read_text(encoding="utf-8")


@lru_cache(maxsize=512)
def _renderer(name: str, color: str, stroke: float) -> QSvgRenderer:
    text = _svg_text(name).replace("currentColor", color)
    text = text.replace('stroke-width="1.75"', f'stroke-width="{stroke}"')
    renderer = QSvgRenderer(QByteArray(text.encode()))
    if not renderer.isValid():
        raise ValueError(f"icon {name} is not an SVG")
    return renderer


def paint_icon(
    painter: QPainter, rect: QRect | QRectF, name: str, color: QColor, theme: Theme
) -> None:
    """Paint an icon into a square centred in `rect`. Raises FileNotFoundError for no such icon."""
    side = min(rect.width(), rect.height())
    square = QRectF(
        round(rect.x() + (rect.width() - side) / 2),
        round(rect.y() + (rect.height() - side) / 2),
        side,
        side,
    )
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    _renderer(name, color.name(), theme.stroke).render(painter, square)
    painter.restore()


class IconEngine(QIconEngine):
    """One icon in the theme of the moment. A painter's pen decides the colour where one paints."""

    def __init__(self, look: Look, name: str) -> None:
        super().__init__()
        _svg_text(name)  # an unknown name fails here, not while painting
        self._look = look
        self.name = name

    def paint(self, painter: QPainter, rect: QRect, mode: QIcon.Mode, state: QIcon.State) -> None:
        del mode, state
        paint_icon(painter, rect, self.name, painter.pen().color(), self._look.theme)

    def pixmap(self, size: QSize, mode: QIcon.Mode, state: QIcon.State) -> QPixmap:
        """For what Qt paints itself, as menus: plain or disabled text colour."""
        del state
        theme = self._look.theme
        tone = Tone.DISABLED if mode is QIcon.Mode.Disabled else Tone.PLAIN
        pixmap = QPixmap(size)
        pixmap.fill(Qt.GlobalColor.transparent)
        painter = QPainter(pixmap)
        paint_icon(
            painter,
            QRect(0, 0, size.width(), size.height()),
            self.name,
            theme.text_color(tone),
            theme,
        )
        painter.end()
        return pixmap

    def scaledPixmap(  # noqa: N802 - Qt's name
        self, size: QSize, mode: QIcon.Mode, state: QIcon.State, scale: float
    ) -> QPixmap:
        del scale  # the size is in device pixels already
        return self.pixmap(size, mode, state)

    def clone(self) -> QIconEngine:
        return IconEngine(self._look, self.name)

    def key(self) -> str:
        return "cvd"

    def iconName(self) -> str:  # noqa: N802 - Qt's name
        return self.name


def themed_icon(look: Look, name: str) -> QIcon:
    """An icon for a QAction; it follows the theme. Raises FileNotFoundError for an unknown name."""
    return QIcon(IconEngine(look, name))
