"""How the window looks now: one frozen `Theme` value, and `Look`, which changes it at runtime.

Widgets and delegates get the `Look` in their constructor and read `look.theme` when they paint.
No widget holds a colour, a size or a font of its own: all come from tokens.json through here.
"""

from collections.abc import Callable
from enum import StrEnum
from functools import cache
from typing import Final

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QColor, QFont, QFontDatabase, QFontMetrics, QPalette
from PySide6.QtWidgets import QApplication

from cvd_desktop.ui.resource_files import resource
from cvd_desktop.ui.theme_style import palette_of, style_sheet_of
from cvd_desktop.ui.tokens import (
    TEXT_SCALES,
    THEME_KEYS,
    TypeStyle,
    load_colors,
    load_tokens,
)

__all__ = ["TEXT_SCALES", "THEME_KEYS", "Look", "Theme", "Tone", "load_theme"]

STYLE = ("-style", "Fusion")
"""Arguments of QApplication. Its `setStyle` would do, but gives back a QStyle, for which PySide
makes eleven enumerations: 6 ms before the first paint."""

CHROME_GROWTH = 16
"""px that a bar or a button gains between text scale 1 and 2: chrome grows less than text."""


class Tone(StrEnum):
    """What a text or a mark says; its colours are the theme's."""

    PLAIN = "plain"
    MUTED = "muted"
    DISABLED = "disabled"
    ACCENT = "accent"
    POSITIVE = "positive"
    WARNING = "warning"
    CRITICAL = "critical"
    INFO = "info"


class Theme:
    """Colours, metrics and fonts of one theme at one text scale (1.0 to 2.0); never changed."""

    def __init__(self, key: str, text_scale: float) -> None:
        tokens = load_tokens()
        self.key: Final = key
        self.text_scale: Final = text_scale
        self.colors: Final = load_colors(key)
        self.space: Final = tokens.space
        self.radius: Final = tokens.radius
        self.control: Final = tokens.control
        self.frame: Final = tokens.frame
        self.icon: Final = tokens.icon
        self.motion: Final = tokens.motion
        self._fonts: dict[tuple[str, int, bool], QFont] = {}
        colors = self.colors
        self._text_colors: Final = {
            Tone.PLAIN: colors.text.primary,
            Tone.MUTED: colors.text.muted,
            Tone.DISABLED: colors.text.disabled,
            Tone.ACCENT: colors.accent.base,
            Tone.POSITIVE: colors.positive.base,
            Tone.WARNING: colors.warning.base,
            Tone.CRITICAL: colors.critical.base,
            Tone.INFO: colors.info.base,
        }

    def style(self, role: str) -> TypeStyle:
        """The type role as in the token file, e.g. "dense", "bodyStrong", "figure", "mono"."""
        return load_tokens().scale[role]

    def font(self, role: str, *, most: int = 0, strong: bool = False) -> QFont:
        """The font of a type role at this text scale, figures tabular.

        `most` is the size in px at which growth stops (0: never). `strong` makes it semi-bold.
        """
        known = self._fonts.get((role, most, strong))
        if known is None:
            known = self._make_font(role, most, strong)
            self._fonts[role, most, strong] = known
        return known

    def _make_font(self, role: str, most: int, strong: bool) -> QFont:
        tokens = load_tokens()
        style = tokens.scale[role]
        size = round(style.size * self.text_scale)
        font = QFont(tokens.families[style.family])
        font.setPixelSize(min(size, most) if most else size)
        font.setWeight(QFont.Weight(max(style.weight, 600) if strong else style.weight))
        # Hinted advances are whole pixels: letters would stand unevenly, 200 % would not be 2 x.
        font.setHintingPreference(QFont.HintingPreference.PreferNoHinting)
        for place in ("numbers", "mono") if style.family == "mono" else ("numbers",):
            for tag in tokens.features[place]:
                font.setFeature(QFont.Tag(tag), 1)
        return font

    def line_height(self, role: str) -> int:
        """px of one line of the role, scaled; never less than the font needs."""
        wanted = round(load_tokens().scale[role].line * self.text_scale)
        return max(wanted, QFontMetrics(self.font(role)).height())

    def text_px(self, px: float) -> int:
        """A size that grows with text: icons in text, tags, key caps, rows."""
        return round(px * self.text_scale)

    def chrome_px(self, px: int) -> int:
        """A size of bars, buttons and chips: it grows by at most `CHROME_GROWTH`."""
        return round(px + CHROME_GROWTH * (self.text_scale - 1))

    def pad_px(self, px: int) -> int:
        """A padding inside buttons and chips: half again as much at text scale 2."""
        return round(px * (1 + 0.5 * (self.text_scale - 1)))

    @property
    def stroke(self) -> float:
        """Width of icon strokes on the 24 grid."""
        return self.icon.stroke_sunlight if self.key == "sunlight" else self.icon.stroke

    def text_color(self, tone: Tone = Tone.PLAIN) -> QColor:
        """The colour of a text in this tone."""
        return self._text_colors[tone]

    def soft_color(self, tone: Tone) -> QColor:
        """The quiet fill behind a text of this tone."""
        colors = self.colors
        return {
            Tone.ACCENT: colors.accent.soft,
            Tone.POSITIVE: colors.positive.soft,
            Tone.WARNING: colors.warning.soft,
            Tone.CRITICAL: colors.critical.soft,
            Tone.INFO: colors.info.soft,
        }.get(tone, colors.surface.raised)

    def palette(self) -> QPalette:
        """The theme's roles for what Qt paints by itself."""
        return palette_of(self.colors)

    def style_sheet(self) -> str:
        """The one style sheet: background, border, radius, padding and height, never fonts."""
        return style_sheet_of(self)


@cache
def load_theme(key: str = "light", text_scale: float = 1.0) -> Theme:
    """A theme of the token file. Raises KeyError for an unknown key.

    A text scale outside 1.0 to 2.0, as a hand-edited settings file may hold, is brought inside.
    """
    return Theme(key, min(max(text_scale, TEXT_SCALES[0]), TEXT_SCALES[-1]))


def _load_fonts(application: QApplication) -> None:
    """Register the bundled fonts, once for each application."""
    if application.property("cvd_fonts_loaded"):
        return
    for path in sorted(resource("fonts").glob("*.[ot]tf")):
        if QFontDatabase.addApplicationFont(str(path)) < 0:
            raise OSError(f"font cannot be loaded: {path}")
    application.setProperty("cvd_fonts_loaded", True)


class Look(QObject):
    """Holds the present theme and dresses the application in it."""

    changed = Signal()
    """The theme or the text scale is another now; read `theme` again and repaint."""

    def __init__(self, application: QApplication, key: str = "light", text_scale: float = 1.0):
        super().__init__()
        self._application = application
        self.theme = load_theme(key, text_scale)
        _load_fonts(application)
        self._dress()

    def show(self, key: str, text_scale: float) -> None:
        """Change theme and text scale at runtime."""
        if (key, text_scale) == (self.theme.key, self.theme.text_scale):
            return
        self.theme = load_theme(key, text_scale)
        self._dress()
        self.changed.emit()

    def follow(self, restyle: Callable[[], None]) -> None:
        """Call `restyle`, a bound method of a widget, now and after every change."""
        self.changed.connect(restyle)
        restyle()

    def _dress(self) -> None:
        dark = self.theme.key == "dark"
        scheme = Qt.ColorScheme.Dark if dark else Qt.ColorScheme.Light
        self._application.styleHints().setColorScheme(scheme)  # the title bar, where it can
        self._application.setPalette(self.theme.palette())
        self._application.setFont(self.theme.font("control"))
        self._application.setStyleSheet(self.theme.style_sheet())
