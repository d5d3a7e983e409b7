"""The themes: contrast as promised, fonts that are ours, a change at runtime that reaches all."""

import re
from collections.abc import Callable, Iterable
from importlib import util
from itertools import product
from pathlib import Path
from shutil import copytree

import pytest
from PySide6.QtGui import QColor, QFontMetrics, QImage, QPainter, QPalette, QRawFont
from PySide6.QtWidgets import QApplication, QLineEdit
from pytestqt.qtbot import QtBot

import cvd_desktop.ui
from cvd_desktop.ui.resource_files import resource, resource_root
from cvd_desktop.ui.theme import TEXT_SCALES, THEME_KEYS, Look, Tone, load_theme
from cvd_desktop.ui.tokens import ThemeColors, load_colors, load_tokens
from cvd_desktop.ui.widgets.icon_engine import paint_icon, themed_icon
from cvd_desktop.ui.widgets.text_label import TextLabel

SEMANTIC = ("accent", "positive", "warning", "critical", "info")
RESTING = ("window", "rail", "surface", "raised", "sunken")


def luminance(color: QColor) -> float:
    """Relative luminance of WCAG 2.2."""

    def linear(part: float) -> float:
        return part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4

    red, green, blue = (linear(part) for part in color.getRgbF()[:3])
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: QColor, other: QColor) -> float:
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def lowest(inks: Iterable[QColor], grounds: Iterable[QColor]) -> float:
    return min(contrast(ink, ground) for ink, ground in product(inks, list(grounds)))


def surfaces(colors: ThemeColors, *names: str) -> list[QColor]:
    wanted = names or (*RESTING, "hover", "pressed")
    return [getattr(colors.surface, name) for name in wanted]


def softs(colors: ThemeColors) -> list[QColor]:
    return [getattr(colors, name).soft for name in SEMANTIC] + [colors.selection.row]


def semantic(colors: ThemeColors) -> list[QColor]:
    return [getattr(colors, name).base for name in SEMANTIC]


def own_soft(colors: ThemeColors) -> float:
    plain = lowest(semantic(colors), surfaces(colors, "surface", "raised"))
    tones = (getattr(colors, name) for name in SEMANTIC)
    return min(plain, *(contrast(tone.base, tone.soft) for tone in tones))


def on_fills(colors: ThemeColors) -> float:
    accent = colors.accent
    return min(
        lowest([colors.text.on_accent], [accent.base, accent.hover, accent.pressed]),
        lowest([colors.text.on_fill], semantic(colors)),
    )


def gauges(colors: ThemeColors) -> float:
    gauge = colors.gauge
    grounds = [gauge.track, *surfaces(colors, "surface", "raised")]
    return lowest([gauge.stock, gauge.added, gauge.par_mark], grounds)


# What is measured, what is needed, and the lowest pair of light, dark and sunlight as published
# in the README of the drawings.
ROWS: list[tuple[str, Callable[[ThemeColors], float], float, tuple[float, float, float]]] = [
    (
        "text.primary on any surface, soft or selected row",
        lambda c: lowest([c.text.primary], surfaces(c) + softs(c)),
        7,
        (12.0, 11.5, 13.6),
    ),
    (
        "text.muted on any resting surface, soft or selected row",
        lambda c: lowest([c.text.muted], surfaces(c, *RESTING) + softs(c)),
        7,
        (7.6, 7.1, 13.3),
    ),
    ("semantic colours as text on surface, raised, own soft", own_soft, 7, (7.5, 7.0, 9.8)),
    (
        "the same on window, rail, sunken, hover, selected row",
        lambda c: lowest(
            semantic(c),
            [*surfaces(c, "window", "rail", "sunken", "hover"), c.selection.row],
        ),
        4.5,
        (7.1, 7.0, 9.2),
    ),
    ("text on accent and on filled tags", on_fills, 7, (9.3, 7.5, 11.5)),
    (
        "text.disabled",
        lambda c: lowest([c.text.disabled], surfaces(c, "window", "rail", "surface", "raised")),
        4.5,
        (4.8, 5.1, 7.5),
    ),
    (
        "line.border, as a shape",
        lambda c: lowest([c.line.border], [*surfaces(c, *RESTING, "hover"), c.selection.row]),
        3,
        (3.5, 3.2, 16.8),
    ),
    (
        "focus ring",
        lambda c: lowest([c.focus_ring], [*surfaces(c), c.selection.row]),
        3,
        (6.3, 6.3, 8.0),
    ),
    ("gauge", gauges, 3, (7.3, 6.5, 12.3)),
    (
        "chart series",
        lambda c: lowest(c.chart, surfaces(c, "surface", "raised")),
        3,
        (4.8, 7.0, 9.1),
    ),
]


@pytest.mark.parametrize(
    ("what", "measure", "need", "published"), ROWS, ids=[row[0] for row in ROWS]
)
def test_contrast_is_as_published(
    what: str,
    measure: Callable[[ThemeColors], float],
    need: float,
    published: tuple[float, float, float],
) -> None:
    measured = [measure(load_colors(key)) for key in THEME_KEYS]
    assert min(measured) >= need, what
    assert measured == pytest.approx(published, abs=0.055), what


@pytest.mark.parametrize("key", THEME_KEYS)
def test_placeholder_and_disabled_text_of_a_field_can_be_read(qapp: QApplication, key: str) -> None:
    """Qt paints them by the palette or the sheet; both must be the theme's, not a half ink."""
    look = Look(qapp, key)
    palette = look.theme.palette()
    ground = palette.color(QPalette.ColorRole.Base)
    assert contrast(palette.color(QPalette.ColorRole.PlaceholderText), ground) >= 7
    off = palette.color(QPalette.ColorGroup.Disabled, QPalette.ColorRole.Text)
    assert contrast(off, ground) >= 4.5
    assert f"placeholder-text-color: {look.theme.colors.text.muted.name()}" in qapp.styleSheet()


@pytest.mark.parametrize("role", sorted(load_tokens().scale))
def test_every_type_role_comes_from_a_bundled_font(qapp: QApplication, role: str) -> None:
    theme = Look(qapp).theme
    style = theme.style(role)
    raw = QRawFont.fromFont(theme.font(role))
    assert raw.familyName() == load_tokens().families[style.family]
    assert raw.weight() == style.weight
    assert raw.pixelSize() == style.size
    assert (raw.familyName(), style.weight) in bundled_fonts()


def bundled_fonts() -> set[tuple[str, int]]:
    """Family and weight class (table OS/2) of every font file."""
    fonts = [QRawFont(str(path), 16) for path in resource("fonts").glob("*.[ot]tf")]
    return {
        (font.familyName(), int.from_bytes(font.fontTable("OS/2").data()[4:6], "big"))
        for font in fonts
    }


def test_no_bundled_font_is_dead_weight(qapp: QApplication) -> None:
    tokens = load_tokens()
    used = {(tokens.families[style.family], style.weight) for style in tokens.scale.values()}
    assert bundled_fonts() <= used


def test_every_font_has_its_licence_beside_it() -> None:
    families = {path.name.split("-")[0] for path in resource("fonts").glob("*.[ot]tf")}
    for family in families:
        licence = resource("fonts", f"{family.removesuffix('Display')}-OFL.txt")
        assert "SIL OPEN FONT LICENSE Version 1.1" in licence.read_text(encoding="utf-8")


@pytest.mark.parametrize("role", ["dense", "denseStrong", "body", "value", "tag", "mono"])
def test_figures_stand_in_columns(qapp: QApplication, role: str) -> None:
    """Not the display roles: this Inter Display is tabular only by about, and they stand alone."""
    metrics = QFontMetrics(Look(qapp).theme.font(role))
    assert metrics.horizontalAdvance("1111") == metrics.horizontalAdvance("8888")


def test_text_scale_doubles_text_and_spares_the_bars() -> None:
    small, large = load_theme("light", 1.0), load_theme("light", 2.0)
    assert large.font("body").pixelSize() == 2 * small.font("body").pixelSize()
    assert large.chrome_px(small.frame.top_bar) == small.frame.top_bar + 16
    assert large.font("cellName", most=20).pixelSize() == 20


@pytest.mark.parametrize("wanted", [0.0, -3.0, 0.5, 17.0])
def test_a_text_scale_out_of_range_is_brought_inside(wanted: float) -> None:
    assert load_theme("dark", wanted).text_scale in (TEXT_SCALES[0], TEXT_SCALES[-1])


def test_a_theme_change_reaches_widgets_that_are_there(qapp: QApplication, qtbot: QtBot) -> None:
    look = Look(qapp, "light")
    label = TextLabel(look, "14 waiting", "body", Tone.CRITICAL)
    qtbot.addWidget(label)
    with qtbot.waitSignal(look.changed):
        look.show("dark", 1.5)
    dark = load_colors("dark")
    assert label.palette().color(QPalette.ColorRole.WindowText) == dark.critical.base
    assert label.font().pixelSize() == 24
    assert qapp.palette().color(QPalette.ColorRole.Window) == dark.surface.window
    assert dark.surface.surface.name() in qapp.styleSheet()


def test_a_widget_that_is_gone_is_not_restyled(qapp: QApplication) -> None:
    look = Look(qapp, "light")
    label = TextLabel(look, "gone soon")
    label.deleteLater()
    qapp.processEvents()
    del label
    look.show("sunlight", 2.0)  # a call into a deleted widget would raise


def test_a_field_is_high_enough_for_a_glove(qapp: QApplication, qtbot: QtBot) -> None:
    for scale in TEXT_SCALES:
        look = Look(qapp, "sunlight", scale)
        edit = QLineEdit()
        edit.setProperty("role", "field")
        edit.setFont(look.theme.font("body"))
        qtbot.addWidget(edit)
        assert edit.sizeHint().height() >= 48
        assert edit.sizeHint().height() >= QFontMetrics(edit.font()).height()


ICONS = sorted(path.stem for path in resource("icons").glob("*.svg"))


@pytest.mark.parametrize("name", ICONS)
def test_every_icon_is_drawn_on_the_grid_in_the_colour_of_its_place(
    qapp: QApplication, name: str
) -> None:
    text = resource("icons", f"{name}.svg").read_text(encoding="utf-8")
    assert 'viewBox="0 0 24 24"' in text
    assert 'stroke-width="1.75"' in text
    assert 'stroke-linecap="square"' in text
    assert not re.search(r"#[0-9a-fA-F]{3}", text), "an icon has no colour of its own"
    image = QImage(48, 48, QImage.Format.Format_ARGB32)
    image.fill(0)
    painter = QPainter(image)
    ink = QColor(200, 30, 40)
    paint_icon(painter, image.rect(), name, ink, Look(qapp).theme)
    painter.end()
    inked = [
        image.pixelColor(x, y)
        for x, y in product(range(48), range(48))
        if image.pixelColor(x, y).alpha() > 250
    ]
    assert inked, "nothing was painted"
    assert all(abs(one.red() - 200) < 6 and abs(one.green() - 30) < 6 for one in inked)


def test_an_unknown_icon_fails_where_it_is_named(qapp: QApplication) -> None:
    with pytest.raises(FileNotFoundError):
        themed_icon(Look(qapp), "no-such-icon")


def test_resources_are_found_in_an_installed_package_too(tmp_path: Path) -> None:
    """A wheel and a frozen bundle carry them as cvd_desktop/resources."""
    package = tmp_path / "cvd_desktop"
    copytree(resource("themes"), package / "resources" / "themes")
    source = Path(cvd_desktop.ui.__file__).with_name("resource_files.py")
    (package / "ui").mkdir()
    copy = package / "ui" / "resource_files.py"
    copy.write_text(source.read_text(encoding="utf-8"), encoding="utf-8")
    spec = util.spec_from_file_location("installed_resource_files", copy)
    assert spec is not None
    assert spec.loader is not None
    module = util.module_from_spec(spec)
    spec.loader.exec_module(module)
    assert module.resource_root() == package / "resources"
    assert resource_root() != module.resource_root()


def test_no_widget_holds_a_colour_of_its_own() -> None:
    """Colours are typed in tokens.json alone."""
    literal = re.compile(
        r"[\"']#[0-9a-fA-F]{3,8}[\"']|QColor\(|GlobalColor\.(?!transparent)|rgba?\("
    )
    folder = Path(cvd_desktop.ui.__file__).parent
    found = [
        f"{path.name}: {line.strip()}"
        for path in folder.rglob("*.py")
        if path.name != "tokens.py"
        for line in path.read_text(encoding="utf-8").splitlines()
        if literal.search(line)
    ]
    assert not found
