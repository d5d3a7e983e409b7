"""Tells a scanner's burst from a person's keys, wherever the focus is.

A scanner types: characters at most `SCAN_GAP_MS` apart, then Enter. Such a burst becomes one scan
and its Enter presses nothing. Single characters outside text fields are held for the same time,
so that the first letter of a burst is never taken for a command; then they are commands.
A widget that `takes_digits` gets digits at once and takes them back when they were a scanner's.
A button whose `enter_goes_on` leaves Enter to the screen.

Widgets are told apart by their meta objects: naming a class of PySide6 creates it, and this file
is read before the first paint.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol, cast

from PySide6.QtCore import QCoreApplication, QEvent, QObject, Qt, QTimer, Signal
from PySide6.QtGui import QAction, QKeyEvent, QKeySequence
from PySide6.QtWidgets import QAbstractButton, QApplication, QWidget

if TYPE_CHECKING:
    from PySide6.QtWidgets import QLineEdit, QPlainTextEdit

SCAN_GAP_MS = 50
"""The longest pause inside a burst. Scanners send a character every 1 to 30 ms; a person who
types 200 words a minute needs 60 ms for each."""

SCAN_MIN = 4
"""The fewest characters of a scan: asset labels, product codes and bag numbers are longer."""

_ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter)
_PLAIN = Qt.KeyboardModifier.ShiftModifier | Qt.KeyboardModifier.KeypadModifier


class TakesDigits(Protocol):
    """A widget to which a digit is a number as soon as it is pressed, such as a planogram."""

    takes_digits: bool

    def take_back(self, count: int) -> None:
        """The last so many digits were a scanner's: undo what they did."""


class _Burst:
    """Characters that followed one another closely, and the field they went to."""

    def __init__(self) -> None:
        self.text = ""
        self.held: list[QKeyEvent] = []
        self.last = 0
        self.edit: QWidget | None = None
        self.line_before = ("", 0)  # text and cursor of a line edit
        self.digits_to: TakesDigits | None = None  # the widget that got digits at once
        self.digits = 0  # how many


def takes_text(widget: QWidget | None) -> bool:
    """True when typed characters belong to this widget: it asks for an input method."""
    wanted = Qt.InputMethodQuery.ImEnabled
    return widget is not None and widget.isEnabled() and bool(widget.inputMethodQuery(wanted))


def event_stamp(event: QKeyEvent) -> int:
    """When the key was pressed, in ms, as the window system says: a busy window shifts nothing."""
    return event.timestamp()


class KeyRouter(QObject):
    """Watches the keys of one window. Install with `watch` once the window has its handle."""

    scanned = Signal(str)
    """The text of a scan, without its Enter."""

    def __init__(self, window: QWidget, stamp: Callable[[QKeyEvent], int] = event_stamp) -> None:
        super().__init__(window)
        self._window = window
        self._stamp = stamp
        self._burst = _Burst()
        self._watched: QObject | None = None
        self._wait = QTimer(self)
        self._wait.setSingleShot(True)
        self._wait.setTimerType(Qt.TimerType.PreciseTimer)
        self.set_gap(SCAN_GAP_MS)
        self._wait.timeout.connect(self._waited)

    def set_gap(self, ms: int) -> None:
        """The longest pause inside a burst, for a scanner that types slowly; what came before is
        no part of it."""
        self._flush()
        self._gap = ms
        self._wait.setInterval(ms)

    def watch(self) -> None:
        """Begin, or go on after the window got another handle."""
        handle = self._window.windowHandle()
        if handle is not None and handle is not self._watched:
            handle.installEventFilter(self)
            self._watched = handle

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's name
        del watched
        kind = event.type()
        if kind is QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent):
            if self._overrides(event):
                event.accept()
                return True
        elif kind is QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            return self._pressed(event)
        return False

    def _overrides(self, event: QKeyEvent) -> bool:
        """True when the key is to come as a key press, not as a shortcut."""
        focus = QApplication.focusWidget()
        if event.key() in _ENTER:
            if self._ends_scan(event):
                return True
            self._flush()
            if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
                return False  # Ctrl+Enter is a shortcut wherever the focus is
            if getattr(focus, "enter_goes_on", False):
                return False  # what is chosen or ticked there stays: Enter is the big button
            return isinstance(focus, QAbstractButton)  # the focused button gets its own Enter
        return _is_character(event) and not takes_text(focus)

    def _pressed(self, event: QKeyEvent) -> bool:
        """True when the key is kept from the window."""
        if event.key() in _ENTER:
            if not self._ends_scan(event):
                self._flush()
                return False
            self._finish_scan()
            return True
        if not _is_character(event):
            self._flush()
            return False
        if event.isAutoRepeat():
            return False
        return self._character(event)

    def _character(self, event: QKeyEvent) -> bool:
        focus = QApplication.focusWidget()
        if self._stamp(event) - self._burst.last > self._gap:
            self._flush()
        burst = self._burst
        if takes_text(focus):
            if not burst.text and focus is not None:
                burst.edit = focus
                if focus.inherits("QLineEdit"):
                    line = cast("QLineEdit", focus)
                    burst.line_before = (line.text(), line.cursorPosition())
            self._add(event)
            return False
        if event.text() == " " and not burst.text:
            return False  # a button's key; no label begins with a blank
        self._add(event)
        if event.text().isdigit() and not burst.held and getattr(focus, "takes_digits", False):
            burst.digits_to = cast("TakesDigits", focus)
            burst.digits += 1
            self._wait.start()
            return False
        burst.held.append(event.clone())
        self._wait.start()
        return True

    def _add(self, event: QKeyEvent) -> None:
        self._burst.text += event.text()
        self._burst.last = self._stamp(event)

    def _ends_scan(self, event: QKeyEvent) -> bool:
        burst = self._burst
        close = self._stamp(event) - burst.last <= self._gap
        return close and len(burst.text) >= SCAN_MIN and not event.isAutoRepeat()

    def _finish_scan(self) -> None:
        burst, self._burst = self._burst, _Burst()
        self._wait.stop()
        _take_back(burst)
        self.scanned.emit(burst.text)

    def _waited(self) -> None:
        """Time is up. Keys that queued up while the window was busy are looked at first."""
        count = len(self._burst.text)
        QTimer.singleShot(0, self, lambda: self._flush_if(count))

    def _flush_if(self, count: int) -> None:
        if len(self._burst.text) == count and not self._wait.isActive():
            self._flush()

    def _flush(self) -> None:
        """Held characters were a person's: let them act. A burst without its Enter is dropped."""
        burst, self._burst = self._burst, _Burst()
        self._wait.stop()
        if len(burst.held) + burst.digits >= SCAN_MIN:
            _take_back(burst)
            return
        for event in burst.held:
            self._act(event)

    def _act(self, event: QKeyEvent) -> None:
        action = self._action_of(event)
        if action is not None:
            action.trigger()
            return
        focus = QApplication.focusWidget() or self._window
        for kind in (QEvent.Type.KeyPress, QEvent.Type.KeyRelease):
            again = QKeyEvent(kind, event.key(), event.modifiers(), event.text())
            QCoreApplication.sendEvent(focus, again)

    def _action_of(self, event: QKeyEvent) -> QAction | None:
        wanted = _sequences(event)
        for action in self._window.findChildren(QAction):
            if not action.isEnabled() or not any(key in wanted for key in action.shortcuts()):
                continue
            if self._reaches(action):
                return action
        return None

    def _reaches(self, action: QAction) -> bool:
        """As Qt decides it: a visible widget holds the action, focused where its context asks."""
        focus = QApplication.focusWidget()
        context = action.shortcutContext()
        for holder in action.associatedObjects():
            if not isinstance(holder, QWidget) or not holder.isVisible():
                continue
            if holder.window() is not self._window:
                continue
            if context is Qt.ShortcutContext.WidgetShortcut and holder is not focus:
                continue
            inside = focus is not None and (holder is focus or holder.isAncestorOf(focus))
            if context is Qt.ShortcutContext.WidgetWithChildrenShortcut and not inside:
                continue
            return True
        return False


def _take_back(burst: _Burst) -> None:
    """Remove from a field, or a widget that takes digits, what the scanner typed there."""
    if burst.digits_to is not None:
        burst.digits_to.take_back(burst.digits)
    edit = burst.edit
    if edit is None:
        return
    if edit.inherits("QLineEdit"):
        line = cast("QLineEdit", edit)
        line.setText(burst.line_before[0])
        line.setCursorPosition(burst.line_before[1])
    elif edit.inherits("QPlainTextEdit") or edit.inherits("QTextEdit"):
        cursor = cast("QPlainTextEdit", edit).textCursor()
        for _ in burst.text:
            cursor.deletePreviousChar()


def _is_character(event: QKeyEvent) -> bool:
    text = event.text()
    return len(text) == 1 and text.isprintable() and not (event.modifiers() & ~_PLAIN)


def _sequences(event: QKeyEvent) -> list[QKeySequence]:
    """The shortcuts a key can mean: shifted symbols are written without Shift."""
    key = event.key()
    shift = event.modifiers() & Qt.KeyboardModifier.ShiftModifier
    found = [QKeySequence(int(shift.value) | int(key))]
    if shift and not event.text().isalpha():
        found.append(QKeySequence(int(key)))
    return found
