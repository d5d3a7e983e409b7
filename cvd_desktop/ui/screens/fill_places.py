"""Where the panel of the Fill tab stands: beside the grid, a sheet over it, or over all of it."""

from enum import StrEnum

from cvd_desktop.ui.theme import Theme

DOCKED_FROM = 1100  # px of the tab; below it the panel is a sheet
ROOMY = 1600
SIDE_ROOMY = 420
LARGE_TEXT = 1.5


class PanelPlace(StrEnum):
    DOCKED = "docked"
    SHEET = "sheet"  # at the right edge; the grid gets the rest while it is open
    WIDE = "wide"  # no room for it in one column: two columns over the whole grid


def panel_place(theme: Theme, width: int, height: int) -> PanelPlace:
    """For a tab of so many px."""
    keys = 4 * theme.control.touch + 3 * theme.control.touch_gap
    needed = theme.text_px(256) + 60 + keys  # head, ledger, field, a hint, the keys, the edges
    if theme.text_scale >= LARGE_TEXT or height - theme.space.s - theme.space.m < needed:
        return PanelPlace.WIDE
    return PanelPlace.SHEET if width < DOCKED_FROM else PanelPlace.DOCKED


def panel_width(theme: Theme, width: int, place: PanelPlace) -> int:
    """px of a panel that is not over the whole grid."""
    if place is PanelPlace.SHEET:
        return theme.text_px(theme.frame.side_panel_compact)
    return theme.text_px(SIDE_ROOMY if width >= ROOMY else theme.frame.side_panel)
