"""The values of one theme, read from resources/themes/tokens.json: colours, sizes, type.

Plain classes, because this is read before the first paint: to define a named tuple takes ten times
as long, a dataclass eighty times.
"""

import json
from functools import cache
from typing import Any, NamedTuple

from PySide6.QtGui import QColor

from cvd_desktop.ui.resource_files import resource

THEME_KEYS = ("light", "dark", "sunlight")
TEXT_SCALES = (1.0, 1.25, 1.5, 2.0)


class Group:
    """A part of the file: values under the names of its annotations, never changed."""

    def __init__(self, values: dict[str, Any]) -> None:
        """Raises ValueError for a missing or an unknown name."""
        names = type(self).__annotations__.keys()
        unknown = values.keys() - names
        missing = {name for name in names if not hasattr(type(self), name)} - values.keys()
        if unknown or missing:
            wrong = f"unknown: {sorted(unknown)}, missing: {sorted(missing)}"
            raise ValueError(f"tokens.json: {type(self).__name__}, {wrong}")
        vars(self).update(values)


class SurfaceColors(Group):
    window: QColor
    rail: QColor
    surface: QColor
    raised: QColor
    sunken: QColor
    hover: QColor
    pressed: QColor


class TextColors(Group):
    primary: QColor
    muted: QColor
    disabled: QColor
    on_accent: QColor
    on_fill: QColor


class LineColors(Group):
    border: QColor
    hairline: QColor
    strong: QColor


class AccentColors(Group):
    base: QColor
    hover: QColor
    pressed: QColor
    soft: QColor


class ToneColors(Group):
    base: QColor
    soft: QColor


class SelectionColors(Group):
    background: QColor
    text: QColor
    row: QColor


class GaugeColors(Group):
    track: QColor
    stock: QColor
    added: QColor
    par_mark: QColor


class ThemeColors(Group):
    """One entry of `themes` in the token file; line widths in px."""

    name: str
    line_width: int
    line_width_strong: int
    surface: SurfaceColors
    text: TextColors
    line: LineColors
    accent: AccentColors
    positive: ToneColors
    warning: ToneColors
    critical: ToneColors
    info: ToneColors
    selection: SelectionColors
    focus_ring: QColor
    focus_gap: QColor
    gauge: GaugeColors
    chart: tuple[QColor, ...]


class TypeStyle(Group):
    """One role of the type scale: size and line in px at text scale 1."""

    size: int
    line: int
    weight: int
    family: str = "ui"


class Space(Group):
    unit: int
    xs: int
    s: int
    m: int
    l: int  # noqa: E741 - the token's name
    xl: int
    xxl: int


class Radius(Group):
    none: int
    tag: int
    control: int
    card: int


class Control(Group):
    touch: int
    touch_gap: int
    primary: int
    primary_min_width: int
    dense_row: int
    row: int
    stop_row: int
    keypad_key: int
    tag: int
    keycap: int
    scroll_bar: int
    cell_min: tuple[int, ...]
    cell_gap: int
    verdict_row: int
    chip: int
    tab_strip: int
    tab: int
    stop_hero: int


class Frame(Group):
    rail: int
    rail_compact: int
    top_bar: int
    action_bar: int
    content_padding: int
    gutter: int
    side_panel: int
    side_panel_wide: tuple[int, ...]
    side_panel_compact: int


class IconSizes(Group):
    inline: int
    control: int
    rail: int
    hero: int
    stroke: float
    stroke_sunlight: float


class Motion(Group):
    """Milliseconds; `progress_fps` in repaints a second."""

    press: int
    hover: int
    panel: int
    progress_fps: int
    easing: str


class Tokens(NamedTuple):
    """What all themes share."""

    families: dict[str, str]
    features: dict[str, tuple[str, ...]]
    scale: dict[str, TypeStyle]
    space: Space
    radius: Radius
    control: Control
    frame: Frame
    icon: IconSizes
    motion: Motion


@cache
def _snake(name: str) -> str:
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name)


def _value(kind: Any, raw: Any) -> Any:
    if kind is QColor:
        return QColor(raw)
    if isinstance(raw, dict):
        return _build(kind, raw)
    if isinstance(raw, list):
        inner = kind.__args__[0]
        return tuple(_value(inner, one) for one in raw)
    return raw


def _build(kind: Any, raw: dict[str, Any]) -> Any:
    """A group from its part of the file."""
    given = {_snake(name): value for name, value in raw.items()}
    kinds = kind.__annotations__
    return kind({name: _value(kinds.get(name), value) for name, value in given.items()})


@cache
def _file() -> dict[str, Any]:
    """The token file as it is, read once."""
    document: dict[str, Any] = json.loads(resource("themes", "tokens.json").read_bytes())
    return document


@cache
def load_colors(key: str) -> ThemeColors:
    """One entry of `themes`. Raises KeyError for an unknown key, else as `load_tokens`."""
    colors: ThemeColors = _build(ThemeColors, _file()["themes"][key])
    return colors


@cache
def load_tokens() -> Tokens:
    """What all themes share. Raises ValueError where the file does not fit."""
    raw = _file()
    text = raw["type"]
    return Tokens(
        families=text["family"],
        features={place: tuple(tags) for place, tags in text["features"].items()},
        scale={role: _build(TypeStyle, style) for role, style in text["scale"].items()},
        space=_build(Space, raw["space"]),
        radius=_build(Radius, raw["radius"]),
        control=_build(Control, raw["control"]),
        frame=_build(Frame, raw["frame"]),
        icon=_build(IconSizes, raw["icon"]),
        motion=_build(Motion, raw["motion"]),
    )
