"""The command palette (Ctrl+K): finds any screen, any action and, by a provider, any machine."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QAbstractListModel, QEvent, QModelIndex, QObject, QRect, QSize, Qt
from PySide6.QtGui import QKeyEvent, QPainter
from PySide6.QtWidgets import (
    QDialog,
    QListView,
    QSizePolicy,
    QSpacerItem,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from cvd_desktop.ui.dialogs.dialog_head import close_button
from cvd_desktop.ui.theme import Look, Theme, Tone
from cvd_desktop.ui.widgets.field import Field
from cvd_desktop.ui.widgets.icon_engine import paint_icon
from cvd_desktop.ui.widgets.painting import (
    RIGHT,
    key_cap_size,
    paint_key_cap,
    paint_row,
    paint_text,
    text_width,
)
from cvd_desktop.ui.widgets.text_label import TextLabel

ROWS_SHOWN = 8


@dataclass(frozen=True, slots=True)
class PaletteItem:
    """One thing to go to or to do. `key` is the text of its key cap, if it has one."""

    title: str
    run: Callable[[], None]
    icon: str = "arrow-right"
    detail: str = ""
    key: str = ""


Answer = Callable[[Sequence[PaletteItem]], None]
Finder = Callable[[str, Answer], None]
"""Looks for a text and calls back with what it found, now or later, on the GUI thread."""


class _Items(QAbstractListModel):
    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.items: list[PaletteItem] = []

    def show_items(self, items: Sequence[PaletteItem]) -> None:
        self.beginResetModel()
        self.items = list(items)
        self.endResetModel()

    def rowCount(self, parent: Any = QModelIndex()) -> int:  # noqa: N802, B008 - Qt's signature
        return 0 if parent.isValid() else len(self.items)

    def data(self, index: Any, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        item = self.items[index.row()]
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return " ".join(part for part in (item.title, item.detail, item.key) if part)
        return None


class _ItemDelegate(QStyledItemDelegate):
    """Icon, title, detail, key cap in a row 48 px high."""

    def __init__(self, look: Look, items: _Items) -> None:
        super().__init__(items)
        self._look = look
        self._items = items

    def sizeHint(self, option: QStyleOptionViewItem, index: Any) -> QSize:  # noqa: N802
        del option, index
        return QSize(0, self._look.theme.chrome_px(self._look.theme.control.row))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Any) -> None:
        theme = self._look.theme
        item = self._items.items[index.row()]
        rect: QRect = option.rect
        state: QStyle.StateFlag = option.state
        paint_row(painter, rect, theme, selected=bool(state & QStyle.StateFlag.State_Selected))
        area = rect.adjusted(theme.space.l, 0, -theme.space.m, -1)
        side = theme.text_px(theme.icon.control)
        icon = QRect(area.left(), area.top() + (area.height() - side) // 2, side, side)
        paint_icon(painter, icon, item.icon, theme.colors.text.muted, theme)
        area.setLeft(icon.right() + theme.space.m)
        area = _paint_key(painter, area, theme, item.key)
        title_wide = text_width(theme.font("control"), item.title)
        paint_text(painter, area, theme, item.title, "control")
        area.setLeft(area.left() + title_wide + theme.space.m)
        if item.detail and area.width() > theme.control.touch:
            paint_text(painter, area, theme, item.detail, "dense", tone=Tone.MUTED, align=RIGHT)


def _paint_key(painter: QPainter, area: QRect, theme: Theme, key: str) -> QRect:
    """Paint the key cap at the right; returns what is left of the area."""
    if not key:
        return area
    size = key_cap_size(theme, key)
    left = area.right() - size.width()
    top = area.top() + (area.height() - size.height()) // 2
    cap = QRect(left, top, size.width(), size.height())
    paint_key_cap(painter, cap, theme, key, theme.colors.text.muted)
    return area.adjusted(0, 0, -size.width() - theme.space.m, 0)


def _matches(item: PaletteItem, word: str) -> bool:
    """A part of the title, or the beginning of a word of the detail; `word` is casefolded."""
    details = item.detail.casefold().split()
    return word in item.title.casefold() or any(part.startswith(word) for part in details)


def _rank(item: PaletteItem, wanted: str) -> int:
    title = item.title.casefold()
    if title == wanted:
        return 0
    return 1 if title.startswith(wanted) else 2


class CommandPalette(QDialog):
    """Type, choose with the arrows, Enter. Titles that begin with the text come first."""

    def __init__(
        self,
        look: Look,
        items: Sequence[PaletteItem],
        finder: Finder | None,
        text: str = "",
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent, Qt.WindowType.Dialog | Qt.WindowType.FramelessWindowHint)
        self._look = look
        self._all = tuple(items)
        self._finder = finder
        self._found: Sequence[PaletteItem] = ()
        self._asked = ""
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setModal(True)
        self.setWindowTitle(self.tr("Find"))
        self.setProperty("role", "card")
        space = look.theme.space
        column = QVBoxLayout(self)
        column.setContentsMargins(space.l, space.l, space.l, space.l)
        column.setSpacing(space.m)
        self.field = Field(look, self.tr("Find a screen, an action or a machine"))
        self.field.edit.setClearButtonEnabled(False)
        self.field.row.addWidget(close_button(look, self))
        self._items = _Items(self)
        self.list = QListView()
        self.list.setModel(self._items)
        self.list.setItemDelegate(_ItemDelegate(look, self._items))
        self.list.setUniformItemSizes(True)
        self.list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.list.setAccessibleName(self.tr("Found"))
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.clicked.connect(self._run)
        self._none = TextLabel(look, "", "body", Tone.MUTED, wrap=True)
        column.addWidget(self.field)
        column.addWidget(self.list, 1)
        column.addWidget(self._none)
        self._rest = QSpacerItem(0, 0)  # keeps the field at the top while there is no list
        column.addItem(self._rest)
        self.field.edit.textChanged.connect(self._look_for)
        self.field.edit.installEventFilter(self)
        self._size_to_parent(parent)
        if parent is not None:  # a computer without a window manager does not by itself
            self.finished.connect(parent.activateWindow)
        self.field.set_text(text)
        self._look_for(text)
        self.field.edit.setFocus()

    def titles(self) -> list[str]:
        """What the list now shows."""
        return [item.title for item in self._items.items]

    def _size_to_parent(self, parent: QWidget | None) -> None:
        theme = self._look.theme
        row = theme.chrome_px(theme.control.row)
        wide = theme.text_px(720)
        high = ROWS_SHOWN * row + self.field.sizeHint().height() + 4 * theme.space.l
        if parent is None:
            self.resize(wide, high)
            return
        frame = parent.geometry()
        wide = min(wide, frame.width() - 2 * theme.space.xxl)
        high = min(high, frame.height() - 4 * theme.space.xxl)
        self.resize(wide, high)
        self.move(
            frame.center().x() - wide // 2, frame.top() + theme.control.touch + theme.space.xl
        )

    def _look_for(self, text: str) -> None:
        wanted = text.strip().casefold()
        self._asked = wanted
        self._found = ()
        self._show(wanted)
        if self._finder is not None and wanted:
            self._finder(text.strip(), lambda found: self._answered(wanted, found))

    def _answered(self, wanted: str, found: Sequence[PaletteItem]) -> None:
        if wanted == self._asked:  # an answer to an older text comes too late
            self._found = found
            self._show(wanted)

    def _show(self, wanted: str) -> None:
        words = wanted.split()
        matching = [item for item in self._all if all(_matches(item, word) for word in words)]
        matching.sort(key=lambda item: _rank(item, wanted))
        chosen = self.list.currentIndex().row()
        self._items.show_items([*matching, *self._found])
        count = self._items.rowCount()
        if count:
            row = chosen if 0 <= chosen < count and self._found else 0
            self.list.setCurrentIndex(self._items.index(row))
        nothing = self.tr("Nothing found for “%1”. Try a part of the name or the asset number.")
        self._none.setText("" if count else nothing.replace("%1", wanted))
        self._none.setVisible(not count)
        self.list.setVisible(bool(count))
        rest = QSizePolicy.Policy.Minimum if count else QSizePolicy.Policy.Expanding
        self._rest.changeSize(0, 0, QSizePolicy.Policy.Minimum, rest)

    def _run(self, index: QModelIndex) -> None:
        if not index.isValid():
            return
        item = self._items.items[index.row()]
        self.close()
        item.run()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's name
        if event.type() is QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
                self._run(self.list.currentIndex())
                return True
            if event.key() in (
                Qt.Key.Key_Up,
                Qt.Key.Key_Down,
                Qt.Key.Key_PageUp,
                Qt.Key.Key_PageDown,
            ):
                self._step(event.key())
                return True
        return super().eventFilter(watched, event)

    def _step(self, key: Qt.Key | int) -> None:
        steps = {
            Qt.Key.Key_Up: -1,
            Qt.Key.Key_Down: 1,
            Qt.Key.Key_PageUp: -ROWS_SHOWN,
            Qt.Key.Key_PageDown: ROWS_SHOWN,
        }
        row = self.list.currentIndex().row() + steps[Qt.Key(key)]
        last = self._items.rowCount() - 1
        self.list.setCurrentIndex(self._items.index(min(max(row, 0), last)))
