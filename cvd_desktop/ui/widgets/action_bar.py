"""The bar at the bottom: other actions at the left, a fact, the one thing to do next at the right.

The primary button stands at the same place on every screen, its right edge 8 px from the window's.
"""

from collections.abc import Sequence
from itertools import pairwise

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QAction, QFontMetrics, QResizeEvent
from PySide6.QtWidgets import QFrame, QMenu

from cvd_desktop.ui.theme import Look, Tone
from cvd_desktop.ui.widgets.action_button import ActionButton, ButtonKind
from cvd_desktop.ui.widgets.text_label import TextLabel

COMPACT_MOST = 2
"""Secondary actions that a compact bar keeps; the rest is behind `More`."""


class ActionBar(QFrame):
    """Lays out what a screen offers. What has no room goes into the menu of `more` (F10)."""

    def __init__(self, look: Look, more: QAction, always_in_more: Sequence[QAction] = ()) -> None:
        super().__init__()
        self._look = look
        self._more = more
        self._always = tuple(always_in_more)
        self._compact = False
        self._primary: ActionButton | None = None
        self._buttons: list[ActionButton] = []
        self._overflow: list[QAction] = []
        self.setProperty("role", "actionbar")
        self._more_button = ActionButton(look, more, parent=self)
        self._fact = TextLabel(look, "", "dense", Tone.MUTED, wrap=True, parent=self)
        self._fact.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self._words = ""
        more.triggered.connect(self._open_more)
        look.follow(self._restyle)

    def show_actions(
        self, primary: QAction | None, secondary: Sequence[QAction], fact: str
    ) -> None:
        """Take over the actions of a screen. The same actions as before keep their buttons."""
        self._words = fact
        wanted = [action for action in secondary if action.isVisible()]
        if [button.action for button in self._buttons] != wanted:
            for button in self._buttons:
                button.hide()
                button.deleteLater()
            self._buttons = [ActionButton(self._look, one, parent=self) for one in wanted]
        shown = self._primary.action if self._primary is not None else None
        if shown is not primary:
            if self._primary is not None:
                self._primary.hide()
                self._primary.deleteLater()
            self._primary = None
            if primary is not None:
                self._primary = ActionButton(self._look, primary, ButtonKind.PRIMARY, parent=self)
                primary.changed.connect(self.arrange)
        self._order_tabs()
        self.arrange()

    def primary_button(self) -> ActionButton | None:
        """The big button, for tests and for help."""
        return self._primary

    def fact_text(self) -> str:
        """The sentence at the left of the primary button: why it is disabled, else the fact."""
        if self._primary is not None and not self._primary.action.isEnabled():
            reason = self._primary.action.statusTip()
            if reason:
                return reason
        return self._words

    def set_compact(self, compact: bool) -> None:
        """Keep two secondary actions at most."""
        if compact != self._compact:
            self._compact = compact
            self.arrange()

    def _restyle(self) -> None:
        theme = self._look.theme
        self.setFixedHeight(theme.chrome_px(theme.frame.action_bar))
        self.arrange()

    def _order_tabs(self) -> None:
        chain = [*self._buttons, self._more_button]
        if self._primary is not None:
            chain.append(self._primary)
        for before, after in pairwise(chain):
            self.setTabOrder(before, after)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        super().resizeEvent(event)
        self.arrange()

    def minimumSizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        return QSize(0, self.height())

    def arrange(self) -> None:
        """Give every button its whole width; drop buttons into the menu until all fits."""
        theme = self._look.theme
        line = theme.colors.line_width
        area = self.rect().adjusted(theme.pad_px(theme.space.l), line, -theme.space.s, 0)
        right = area.right() + 1
        if self._primary is not None:
            size = self._primary.sizeHint()
            size.setWidth(min(size.width(), area.width()))
            top = area.top() + (area.height() - size.height() + 1) // 2
            self._primary.setGeometry(QRect(right - size.width(), top, size.width(), size.height()))
            self._primary.show()
            right -= size.width() + theme.space.l
        count = self._how_many(right - area.left())
        left = self._place_secondary(area, count)
        self._place_fact(
            QRect(
                left + theme.space.s,
                area.top(),
                max(right - left - theme.space.s, 0),
                area.height(),
            )
        )

    def _how_many(self, room: int) -> int:
        """How many secondary buttons fit, with the fact, and with `More` if not all do."""
        gap = self._look.theme.control.touch_gap
        widths = [button.sizeHint().width() + gap for button in self._buttons]
        more = self._more_button.sizeHint().width() + gap
        most = min(len(widths), COMPACT_MOST) if self._compact else len(widths)
        least_fact = self._fact_widths()[1]
        least_fact += self._look.theme.space.s if least_fact else 0
        reason = self.fact_text() != self._words  # why the primary is disabled: before all others
        for fact in (least_fact, 0):
            for count in range(most, -1, -1):
                whole = count == len(widths) and not self._always_needed()
                needed = sum(widths[:count]) + (0 if whole else more) + fact
                if needed <= room and (fact == 0 or reason or count >= min(most, COMPACT_MOST)):
                    return count
        return 0

    def _always_needed(self) -> bool:
        """Large text: what the top bar dropped must be reachable by touch."""
        return bool(self._always) and self._look.theme.text_scale >= 1.5

    def _place_secondary(self, area: QRect, count: int) -> int:
        gap = self._look.theme.control.touch_gap
        left = area.left()
        self._overflow = [button.action for button in self._buttons[count:]]
        for index, button in enumerate(self._buttons):
            button.setVisible(index < count)
            if index < count:
                left = self._place(button, area, left) + gap
        wanted = bool(self._overflow) or self._always_needed()
        self._more_button.setVisible(wanted)
        if wanted:
            left = self._place(self._more_button, area, left) + gap
        return left

    def _place(self, button: ActionButton, area: QRect, left: int) -> int:
        size = button.sizeHint()
        top = area.top() + (area.height() - size.height() + 1) // 2
        button.setGeometry(QRect(left, top, size.width(), size.height()))
        return left + size.width()

    def _fact_widths(self) -> tuple[int, int]:
        """px the fact needs on one line, and on two lines of about the same length."""
        words = self.fact_text()
        if not words:
            return 0, 0
        metrics = QFontMetrics(self._look.theme.font("dense"))
        whole = metrics.horizontalAdvance(words) + 2
        longest = max(metrics.horizontalAdvance(word) for word in words.split()) + 2
        return whole, min(whole, max(whole * 6 // 10, longest))

    def _place_fact(self, area: QRect) -> None:
        words = self.fact_text()
        one_line, two_lines = self._fact_widths()
        fits = bool(words) and two_lines <= area.width()
        self._fact.setVisible(fits)
        self._fact.setText(words)
        wide = one_line if one_line <= area.width() else two_lines
        self._fact.setGeometry(area.adjusted(max(area.width() - wide, 0), 0, 0, 0))
        if self._primary is not None:
            key = self._primary.key_text()
            about = ", ".join(part for part in (key, words) if part)
            self._primary.setAccessibleDescription(about)
            self._primary.setToolTip("" if fits else words)

    def _open_more(self) -> None:
        menu = QMenu(self)
        menu.setFont(self._look.theme.font("control"))
        menu.addActions(self._overflow)
        if self._overflow:
            menu.addSeparator()
        menu.addActions([action for action in self._always if action.isVisible()])
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        corner = self._more_button.mapToGlobal(self._more_button.rect().topLeft())
        if not self._more_button.isVisible():
            corner = self.mapToGlobal(self.rect().topLeft())
        menu.popup(corner - menu.rect().bottomLeft() - menu.rect().topLeft())
        height = menu.sizeHint().height()
        menu.move(corner.x(), corner.y() - height)
