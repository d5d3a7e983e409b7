"""The frame: rail, top bar, the screen, action bar; keys, scans, notices, what to remember.

It knows screens only by `Screen`, and everything else by the callables of its constructor.
"""

from collections.abc import Callable, Collection, Sequence
from collections.abc import Set as AbstractSet
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from PySide6.QtCore import QPoint, QRect, QSize, Qt
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import (
    QApplication,
    QHBoxLayout,
    QMainWindow,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from cvd_desktop.ui.key_router import KeyRouter, takes_text
from cvd_desktop.ui.screen import Screen
from cvd_desktop.ui.theme import Look, Tone
from cvd_desktop.ui.widgets.action_bar import ActionBar
from cvd_desktop.ui.widgets.chip import MachineChipState
from cvd_desktop.ui.widgets.icon_engine import themed_icon
from cvd_desktop.ui.widgets.painting import key_words
from cvd_desktop.ui.widgets.rail import Rail, RailItem
from cvd_desktop.ui.widgets.text_label import TextLabel
from cvd_desktop.ui.widgets.top_bar import TopBar
from cvd_desktop.ui.window_memory import WindowMemory

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from PySide6.QtGui import (
        QCloseEvent,
        QDragEnterEvent,
        QDragLeaveEvent,
        QDropEvent,
        QKeyEvent,
        QResizeEvent,
        QShowEvent,
    )

    from cvd_desktop.domain.records import SyncStatus
    from cvd_desktop.ui.dialogs.command_palette import Finder, PaletteItem
    from cvd_desktop.ui.widgets.drop_cover import DropCover
    from cvd_desktop.ui.widgets.notice import Banner, Toast

COMPACT_BELOW = 1200
"""px of window width below which rail and bars take their compact shape (1024x768)."""

SMALLEST = QSize(960, 640)
FIRST_SIZE = QSize(1280, 800)
TOAST_WIDE = 720  # px, where lines of text stop


class ScreenSlot(NamedTuple):
    """A screen that is made when it is opened for the first time, or by `make_next`.

    `make` may import what the screen needs: what is not shown first costs nothing before the
    first paint.
    """

    name: str
    icon: str
    word: str
    topics: frozenset[str]
    make: Callable[[], Screen]


class FrameCalls(NamedTuple):
    """What the frame asks of the rest of the application; None takes the thing away."""

    remember: Callable[[WindowMemory], None] | None = None
    find: "Finder | None" = None
    lock: Callable[[], None] | None = None
    person: Callable[[], None] | None = None
    drop: "Callable[[Sequence[Path]], None] | None" = None


def _nothing() -> None:
    """What a key does whose action is not offered."""


def _slot_of(one: Screen | ScreenSlot) -> ScreenSlot:
    if isinstance(one, ScreenSlot):
        return one
    return ScreenSlot(one.name, one.icon, one.word(), one.topics, lambda: one)


class MainWindow(QMainWindow):
    """`screens` stand in the rail in their order; `others` (sign-in) are opened by name only.

    `outbox` and `machine` name the screens that the sync chip and the machine chip open, `first`
    the one that a window shows that remembers none: else the first of the rail.
    """

    def __init__(
        self,
        look: Look,
        screens: "Sequence[Screen | ScreenSlot]",
        *,
        others: "Sequence[Screen | ScreenSlot]" = (),
        calls: FrameCalls = FrameCalls(),  # noqa: B008 - a tuple
        memory: WindowMemory = WindowMemory(),  # noqa: B008 - a tuple
        outbox: str = "outbox",
        machine: str = "read",
        first: str = "",
    ) -> None:
        super().__init__()
        self.look = look
        self._calls = calls
        self._screens = {one.name: _slot_of(one) for one in (*screens, *others)}
        self._made: dict[str, Screen] = {}
        self._current: Screen | None = None
        self._previous = ""
        self._stale: set[str] = set(self._screens)
        self._shown_actions: list[QAction] = []
        self.setWindowTitle("CVD Desktop")
        self.setMinimumSize(SMALLEST)
        self.setAcceptDrops(calls.drop is not None)
        self._make_actions()
        self._rail_items: dict[str, RailItem] = {}
        self._build([one.name for one in screens])
        self.top_bar.sync_chip.clicked.connect(lambda: self.open_screen(outbox))
        self.top_bar.machine_chip.clicked.connect(lambda: self.open_screen(machine))
        self.keys = KeyRouter(self)
        self.keys.scanned.connect(self._scanned)
        for one in (*screens, *others):
            if isinstance(one, Screen):
                self.screen_named(one.name)
        self._restore(memory)
        first = first or next(iter(self._screens))
        self._first = memory.screen if memory.screen in self._screens else first
        if self._first in self._made:
            self.open_screen(self._first)
        else:
            self._announce(self._screens[self._first])

    def _make_actions(self) -> None:
        self._find_action = self._action(self.tr("Find"), "search", "Ctrl+K", self.open_palette)
        self._more_action = self._action(self.tr("More"), "more", "F10", lambda: None)
        lock, who = self._calls.lock, self._calls.person
        self._lock_action = self._action(self.tr("Lock"), "lock", "Ctrl+L", lock or _nothing)
        self._lock_action.setVisible(lock is not None)
        self._person_action = self._action(self.tr("Sign in"), "person", "Ctrl+U", who or _nothing)
        self._person_action.setVisible(who is not None)

    def _action(self, text: str, icon: str, key: str, run: Callable[[], None]) -> QAction:
        action = QAction(themed_icon(self.look, icon), text, self)
        action.setShortcut(key)
        action.triggered.connect(run)
        self.addAction(action)
        return action

    def _build(self, rail: Sequence[str]) -> None:
        self.rail = Rail(self.look)
        for number, name in enumerate(rail, 1):
            self._rail_items[name] = self._rail_item(self._screens[name], number)
        self.rail.set_items(list(self._rail_items.values()))
        self.top_bar = TopBar(self.look, self._find_action, self._person_action, self._lock_action)
        self._stack = QStackedWidget()
        self._coming = TextLabel(self.look, "", "body", Tone.MUTED)
        self._coming.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._stack.addWidget(self._coming)
        self.action_bar = ActionBar(
            self.look,
            self._more_action,
            (self._find_action, self._person_action, self._lock_action),
        )
        self._centre = centre = QWidget()
        row = QHBoxLayout(centre)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        row.addWidget(self.rail)
        self._column = column = QVBoxLayout()
        column.setSpacing(0)
        column.addWidget(self.top_bar)
        column.addWidget(self._stack, 1)
        column.addWidget(self.action_bar)
        row.addLayout(column, 1)
        self.setCentralWidget(centre)

    def _rail_item(self, slot: ScreenSlot, number: int) -> RailItem:
        action = QAction(themed_icon(self.look, slot.icon), slot.word, self)
        action.triggered.connect(self._opener(slot.name))
        self.addAction(action)
        item = RailItem(self.look, action, slot.icon)
        item.set_number(number, alt_only=False)
        return item

    def enable_frame_actions(self, *, able: bool) -> None:
        """Find, person and lock, by key and by press."""
        for action in (self._find_action, self._person_action, self._lock_action):
            action.setEnabled(able)

    def show_rail(self, names: Collection[str]) -> None:
        """Show these screens in the rail, numbered from the top; the others are hidden."""
        self.rail.show_only([item for name, item in self._rail_items.items() if name in names])

    # Made when there is something to say, not before the first paint

    @cached_property
    def toast(self) -> "Toast":
        from cvd_desktop.ui.widgets.notice import Toast

        return Toast(self.look, self._centre)

    @cached_property
    def banner(self) -> "Banner":
        from cvd_desktop.ui.widgets.notice import Banner

        close = QAction(themed_icon(self.look, "close"), self.tr("Close"), self)
        close.setShortcut("Esc")  # shown; pressed through keyPressEvent
        banner = Banner(self.look, close)
        place = QWidget()
        beside = QHBoxLayout(place)
        pad = self.look.theme.space.l
        beside.setContentsMargins(pad, pad, pad, 0)
        beside.addWidget(banner)
        place.hide()
        banner.shown.connect(place.setVisible)
        self._column.insertWidget(1, place)  # below the top bar
        return banner

    @cached_property
    def drop_cover(self) -> "DropCover":
        from cvd_desktop.ui.widgets.drop_cover import DropCover

        return DropCover(self.look, self._calls.drop, self._centre)

    # What the application tells the window

    def show_sync(self, status: "SyncStatus", now: "datetime") -> None:
        """State of the outbox, for the sync chip and the badge of refused records."""
        self.top_bar.sync_chip.show_status(status, now)
        self.top_bar.arrange()
        outbox = self._rail_items.get("outbox")
        if outbox is not None:
            outbox.set_badge(status.refused)

    def show_machine_chip(
        self, state: MachineChipState, percent: int | None = None, detail: str = ""
    ) -> None:
        """Where the cable stands."""
        self.top_bar.machine_chip.show_state(state, percent, detail)
        self.top_bar.arrange()

    def show_person(self, name: str, detail: str = "") -> None:
        """Who is signed in, e.g. "Driver 07", with role and server as detail; "" for nobody."""
        self._person_action.setText(name or self.tr("Sign in"))
        self.top_bar.show_person(name, detail, self.tr("Sign in"))

    def show_fact(self, words: str, tone: Tone = Tone.PLAIN) -> None:
        """A toast: a fact that needs no answer."""
        self.toast.show_fact(words, tone, self._toast_corner(), self._toast_room())

    def ask(
        self,
        what: str,
        safe: str = "",
        do: str = "",
        answers: Sequence[QAction] = (),
        tone: Tone = Tone.WARNING,
    ) -> None:
        """A banner: what happened, what is safe, what to do; stays until answered or closed."""
        self.banner.ask(what, safe, do, answers, tone)

    def topics_changed(self, topics: AbstractSet[str]) -> None:
        """Reload the screen shown when it is concerned; others when they are shown next."""
        for name, slot in self._screens.items():
            if slot.topics & topics:
                self._stale.add(name)
        self._reload_if_stale()

    # Screens

    def current_screen(self) -> Screen | None:
        """The screen shown."""
        return self._current

    def slots(self) -> dict[str, ScreenSlot]:
        """Every screen by its name, made or not."""
        return dict(self._screens)

    def screen_named(self, name: str) -> Screen:
        """The screen of this name, made now if it was not yet. Raises KeyError for no such name."""
        if name not in self._made:
            made = self._screens[name].make()
            self._made[name] = made
            self._stack.addWidget(made)
            made.frame_changed.connect(self._frame_changed)
            made.left.connect(self.open_previous)
            made.scan_left.connect(self.open_palette)
        return self._made[name]

    def make_next(self) -> bool:
        """Make one screen of the rail, or one part of one, that nobody has opened yet; False when
        there is none left. What this role does not find in the rail takes no memory, and screens
        that are opened by name only are small: they are made when they are opened."""
        shown = [name for name, item in self._rail_items.items() if not item.isHidden()]
        waiting = [name for name in shown if name not in self._made]
        if waiting:
            self.screen_named(waiting[0])
            return True
        from cvd_desktop.ui.widgets.notice import make_announcing

        return any(self._made[name].make_next() for name in shown) or make_announcing()

    def _announce(self, slot: ScreenSlot) -> None:
        """The frame for a screen that is not made yet, with a sentence in its place."""
        self._check_in_rail(slot.name)
        self.top_bar.show_place(slot.word, "")
        self._coming.setText(self.tr("{screen} is being opened.").format(screen=slot.word))

    def open_remembered(self) -> None:
        """The screen where the work was, else the first of the rail."""
        self.open_screen(self._first)

    def open_first(self) -> Screen:
        """The screen that the window opens on, made and shown now; nothing when one is shown."""
        if self._current is None:
            self.open_screen(self._first)
        assert self._current is not None
        return self._current

    def open_screen(self, name: str) -> None:
        """Show a screen. Raises KeyError for an unknown name."""
        screen = self.screen_named(name)
        if screen is self._current:
            return
        if self._current is not None:
            self._previous = self._current.name
        self._current = screen
        before = screen.focusWidget()
        self._stack.setFocus()  # else Qt moves the focus of a hidden screen to any widget
        self._stack.setCurrentWidget(screen)
        self._check_in_rail(name)
        self._frame_changed()
        self._stale.add(name)
        self._reload_if_stale()
        if self.isVisible():
            self.keys.watch()
            (before or screen).setFocus()
            self._remember()

    def _check_in_rail(self, name: str) -> None:
        item = self._rail_items.get(name)
        for other in self._rail_items.values():
            other.setChecked(other is item)

    def open_previous(self) -> None:
        """Back to the screen shown before, or to the first one."""
        self.open_screen(self._previous or self._first)

    def _reload_if_stale(self) -> None:
        screen = self._current
        if screen is not None and screen.name in self._stale and self.isVisible():
            self._stale.discard(screen.name)
            screen.reload()

    def _frame_changed(self) -> None:
        screen = self._current
        if screen is None:
            return
        self.top_bar.show_place(*screen.place())
        self.rail.leave_digits(digits_taken=screen.takes_digits)
        primary, secondary = screen.primary(), list(screen.secondary())
        self._hold_actions([*([primary] if primary else []), *secondary])
        if primary is not None and primary.shortcut().isEmpty():
            primary.setShortcuts([QKeySequence("Return"), QKeySequence("Enter")])
        self.action_bar.show_actions(primary, secondary, screen.fact())

    def _hold_actions(self, actions: list[QAction]) -> None:
        """The keys of the screen shown work in the whole window, those of the others do not."""
        for action in self._shown_actions:
            if action not in actions:
                self.removeAction(action)
        for action in actions:
            if action not in self._shown_actions:
                self.addAction(action)
        self._shown_actions = actions

    # Keys, scans, find

    def _scanned(self, text: str) -> None:
        if self._current is None or not self._current.scanned(text):
            self.open_palette(text)

    def open_palette(self, text: str | bool = "") -> None:
        """Find a screen, an action or a machine; `text` is looked for at once."""
        if not self._find_action.isEnabled():
            return
        from cvd_desktop.ui.dialogs.command_palette import CommandPalette  # not before first paint

        wanted = text if isinstance(text, str) else ""
        palette = CommandPalette(self.look, self._palette_items(), self._calls.find, wanted, self)
        palette.show()

    def _palette_items(self) -> "list[PaletteItem]":
        from cvd_desktop.ui.dialogs.command_palette import PaletteItem

        items: list[PaletteItem] = []
        for action in (*self._shown_actions, self._person_action, self._lock_action):
            if action.isEnabled() and action.isVisible():
                icon = action.icon().name() or "arrow-right"
                key = key_words(action.shortcut())
                items.append(PaletteItem(action.text(), action.trigger, icon, "", key))
        go = self.tr("Screen")
        for name, slot in self._screens.items():
            item = self._rail_items.get(name)
            if item is None or not item.isHidden():
                key = item.key if item is not None else ""
                items.append(PaletteItem(slot.word, self._opener(name), slot.icon, go, key))
        return items

    def _opener(self, name: str) -> Callable[[], None]:
        return lambda: self.open_screen(name)

    def keyPressEvent(self, event: "QKeyEvent") -> None:  # noqa: N802 - Qt's name
        """Esc that nobody wanted: close what lies on top, else leave the text field."""
        if event.key() == Qt.Key.Key_Escape:
            focus = QApplication.focusWidget()
            if self.toast.isVisible():
                self.toast.hide()
            elif self.banner.isVisible():
                self.banner.close_banner()
            elif self._current is not None and takes_text(focus):
                self._current.setFocus()
            return
        super().keyPressEvent(event)

    # Files dragged here

    def dragEnterEvent(self, event: "QDragEnterEvent") -> None:  # noqa: N802 - Qt's name
        self.drop_cover.entered(event)

    def dragLeaveEvent(self, event: "QDragLeaveEvent") -> None:  # noqa: N802 - Qt's name
        del event
        self.drop_cover.hide()

    def dropEvent(self, event: "QDropEvent") -> None:  # noqa: N802 - Qt's name
        self.drop_cover.dropped(event)

    # Size and memory

    def resizeEvent(self, event: "QResizeEvent") -> None:  # noqa: N802 - Qt's name
        super().resizeEvent(event)
        compact = self.width() < COMPACT_BELOW
        self.rail.set_compact(compact)
        self.top_bar.set_compact(compact)
        self.action_bar.set_compact(compact)
        if "toast" in vars(self) and self.toast.isVisible():
            self.toast.place(self._toast_corner(), self._toast_room())

    def _toast_corner(self) -> QPoint:
        pad = self.look.theme.space.l
        return QPoint(self.rail.width() + pad, self.height() - self.action_bar.height() - pad)

    def _toast_room(self) -> int:
        pad = self.look.theme.space.l
        return min(self.width() - self.rail.width() - 2 * pad, self.look.theme.text_px(TOAST_WIDE))

    def showEvent(self, event: "QShowEvent") -> None:  # noqa: N802 - Qt's name
        super().showEvent(event)
        if self._current is None:
            return  # `open_screen` does the rest
        self.keys.watch()
        self._reload_if_stale()
        if not event.spontaneous():
            (self._current.focusWidget() or self._current).setFocus()

    def _restore(self, memory: WindowMemory) -> None:
        """Open where the window was, unless that place is on no screen any more."""
        self.resize(FIRST_SIZE)
        if memory.window is not None:
            box = QRect(*memory.window)
            if any(one.availableGeometry().intersects(box) for one in QApplication.screens()):
                self.setGeometry(box)
        if memory.maximized:
            self.setWindowState(Qt.WindowState.WindowMaximized)

    def closeEvent(self, event: "QCloseEvent") -> None:  # noqa: N802 - Qt's name
        self._remember()
        super().closeEvent(event)

    def _remember(self) -> None:
        if self._calls.remember is not None and self._current is not None:
            box = self.normalGeometry() if self.isMaximized() else self.geometry()
            place = (box.x(), box.y(), box.width(), box.height())
            self._calls.remember(WindowMemory(place, self.isMaximized(), self._current.name))
