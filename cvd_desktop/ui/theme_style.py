"""What a theme tells Qt itself: the palette, and the one generated style sheet.

The sheet is kept small on purpose, because a style sheet costs time for every widget: it frames
containers, fields and scroll bars by the dynamic property `role`. Buttons, chips, tabs, tags and
rows are painted by their own widgets and delegates from the same `Theme`.
"""

from typing import TYPE_CHECKING

from PySide6.QtGui import QPalette

from cvd_desktop.ui.tokens import ThemeColors

if TYPE_CHECKING:
    from cvd_desktop.ui.theme import Theme


def palette_of(colors: ThemeColors) -> QPalette:
    """The roles that Qt paints plain widgets with; disabled text has its own colour."""
    role = QPalette.ColorRole
    text, surface, line = colors.text, colors.surface, colors.line
    palette = QPalette()
    for target, color in {
        role.Window: surface.window,
        role.Base: surface.raised,
        role.AlternateBase: surface.surface,
        role.Button: surface.raised,
        role.WindowText: text.primary,
        role.Text: text.primary,
        role.ButtonText: text.primary,
        role.ToolTipText: text.primary,
        role.ToolTipBase: surface.raised,
        role.BrightText: colors.critical.base,
        role.PlaceholderText: text.muted,
        role.Highlight: colors.selection.background,
        role.HighlightedText: colors.selection.text,
        role.Link: colors.accent.base,
        role.LinkVisited: colors.accent.base,
        role.Accent: colors.accent.base,
        role.Light: surface.raised,
        role.Mid: line.border,
        role.Midlight: line.hairline,
        role.Dark: line.strong,
        role.Shadow: line.strong,
    }.items():
        palette.setColor(target, color)
    for target in (role.WindowText, role.Text, role.ButtonText, role.PlaceholderText):
        palette.setColor(QPalette.ColorGroup.Disabled, target, text.disabled)
    return palette


_SHEET = """
QFrame[role="rail"] {{ background: {rail}; border: none; }}
QFrame[role="topbar"] {{ background: {surface}; border: none;
  border-bottom: {line}px solid {border}; }}
QFrame[role="actionbar"] {{ background: {surface}; border: none;
  border-top: {line}px solid {border}; }}
QFrame[role="card"], QFrame[role="banner"], QDialog[role="card"] {{ background: {surface};
  border: {line}px solid {border}; border-radius: {card_radius}px; }}
QFrame[role="card"][weight="strong"] {{ background: {raised}; }}
QFrame[role="card"][weight="strong"], QDialog[role="card"] {{
  border: {line_strong}px solid {strong}; }}
QFrame[role="card"][tone="critical"], QFrame[role="banner"][tone="critical"] {{
  border: {line_strong}px solid {critical}; }}
QFrame[role="banner"][tone="warning"] {{ border: {line_strong}px solid {warning}; }}
QFrame[role="banner"][tone="info"] {{ border: {line_strong}px solid {strong}; }}
QLineEdit[role="field"], QComboBox[role="field"] {{ background: {raised}; color: {text};
  border: {line}px solid {border}; border-radius: {control_radius}px;
  padding: 0 {pad}px; min-height: {field}px;
  placeholder-text-color: {muted};
  selection-background-color: {selection}; selection-color: {selection_text}; }}
QLineEdit[role="field"][tone="critical"] {{ border: {line_strong}px solid {critical}; }}
QLineEdit[role="field"]:focus, QComboBox[role="field"]:focus {{ border: 3px solid {ring};
  padding: 0 {pad_focus}px; min-height: {field_focus}px; }}
QComboBox[role="field"]::drop-down {{ border: none; width: {field}px; }}
QLineEdit[role="field"]:disabled {{ color: {disabled}; border: {line}px dashed {border};
  background: {surface}; }}
QScrollArea, QScrollArea > QWidget > QWidget[role="page"] {{ background: transparent;
  border: none; }}
QScrollBar:vertical {{ background: {sunken}; width: {bar}px; margin: 0; border: none; }}
QScrollBar:horizontal {{ background: {sunken}; height: {bar}px; margin: 0; border: none; }}
QScrollBar::handle {{ background: {border}; border: 3px solid {sunken}; border-radius: 0; }}
QScrollBar::handle:vertical {{ min-height: {touch}px; }}
QScrollBar::handle:horizontal {{ min-width: {touch}px; }}
QScrollBar::handle:hover, QScrollBar::handle:pressed {{ background: {strong}; }}
QScrollBar::add-line, QScrollBar::sub-line {{ width: 0; height: 0; }}
QScrollBar::add-page, QScrollBar::sub-page {{ background: transparent; }}
QAbstractItemView {{ background: {surface}; border: none; outline: none; }}
QHeaderView {{ background: {surface}; border: none; }}
QHeaderView::section {{ background: {surface}; color: {muted}; border: none;
  border-bottom: {line_strong}px solid {border}; padding: 0 {space_s}px; }}
QToolTip {{ background: {raised}; color: {text}; border: {line}px solid {border};
  padding: {space_s}px; }}
QMenu {{ background: {raised}; color: {text}; border: {line}px solid {border};
  padding: {space_xs}px; }}
QMenu::item {{ min-height: {touch}px; padding: 0 {space_l}px 0 {space_m}px; }}
QMenu::icon {{ padding-left: {space_s}px; }}
QMenu::item:selected {{ background: {row}; border-left: 4px solid {accent}; }}
QMenu::item:disabled {{ color: {disabled}; }}
"""


def style_sheet_of(theme: "Theme") -> str:
    """The style sheet of a theme. It sets no font: fonts come from code, scaled."""
    colors, space = theme.colors, theme.space
    field = theme.chrome_px(theme.control.touch)
    line = colors.line_width
    return _SHEET.format(
        line=line,
        line_strong=colors.line_width_strong,
        rail=colors.surface.rail.name(),
        surface=colors.surface.surface.name(),
        raised=colors.surface.raised.name(),
        sunken=colors.surface.sunken.name(),
        border=colors.line.border.name(),
        strong=colors.line.strong.name(),
        critical=colors.critical.base.name(),
        warning=colors.warning.base.name(),
        accent=colors.accent.base.name(),
        text=colors.text.primary.name(),
        muted=colors.text.muted.name(),
        disabled=colors.text.disabled.name(),
        row=colors.selection.row.name(),
        selection=colors.selection.background.name(),
        selection_text=colors.selection.text.name(),
        ring=colors.focus_ring.name(),
        card_radius=theme.radius.card,
        control_radius=theme.radius.control,
        pad=space.m,
        pad_focus=space.m + line - 3,
        field=field - 2 * line,
        field_focus=field - 6,
        touch=theme.control.touch,
        bar=theme.control.scroll_bar,
        space_xs=space.xs,
        space_s=space.s,
        space_m=space.m,
        space_l=space.l,
    )
