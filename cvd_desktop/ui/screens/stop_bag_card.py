"""The bag of a collect: its number, scanned or typed; whether it may be used; why there is none."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QFont, QKeyEvent, QKeySequence
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from cvd_desktop.domain.visit_records import NO_COLLECT_REASONS, BagCheck, CashDraft
from cvd_desktop.ui import formats
from cvd_desktop.ui.screens.stop_tools import StopTools
from cvd_desktop.ui.theme import Tone
from cvd_desktop.ui.widgets.card import Card
from cvd_desktop.ui.widgets.choice import Choice
from cvd_desktop.ui.widgets.choice_grid import ChoiceGrid
from cvd_desktop.ui.widgets.field import Field
from cvd_desktop.ui.widgets.note_line import NoteLine
from cvd_desktop.ui.widgets.shape import Shape
from cvd_desktop.ui.widgets.tag import TagKind
from cvd_desktop.ui.widgets.tag_box import TagBox
from cvd_desktop.ui.widgets.text_label import TextLabel

MOST = 64  # characters of a bag number
GROUP = 4
BAG_PX = 34
_ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter)


class BagCard(Card):
    """Shows the bag, a field for one, or the reasons of no collect."""

    typed = Signal(str)
    """A bag number that a person typed."""
    reason_given = Signal(str)
    """Why there is no collect: a code, or words."""

    def __init__(self, tools: StopTools, parent: QWidget | None) -> None:
        super().__init__(tools.look, strong=True, parent=parent)
        self._tools = tools
        self._asking = False  # for another bag while there is one
        self._choosing = False  # the reason of no collect
        self._locked = False
        self._cash = CashDraft()
        self._check: BagCheck | None = None
        self.set_heading("")
        self._build_bag()
        self._build_field()
        self._build_reasons()

    def _build_bag(self) -> None:
        look = self._tools.look
        space = look.theme.space
        self._bag = QWidget(self)
        row = QHBoxLayout(self._bag)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(space.l)
        row.addWidget(Shape(look, "cash", Tone.PLAIN, 24, "figure"))
        left = QVBoxLayout()
        left.setSpacing(0)
        self.how = TextLabel(look, "", "dense", Tone.MUTED, wrap=True)
        self.number = TextLabel(look, "", "title", wrap=True)
        look.follow(self._restyle_number)
        left.addWidget(self.how)
        left.addWidget(self.number)
        row.addLayout(left, 1)
        right = QVBoxLayout()
        self.tag = TagBox(look)
        self.rule = TextLabel(look, "", "dense", Tone.MUTED)
        right.addStretch(1)
        right.addWidget(self.tag, 0, Qt.AlignmentFlag.AlignRight)
        right.addWidget(self.rule, 0, Qt.AlignmentFlag.AlignRight)
        right.addStretch(1)
        row.addLayout(right)
        self.body.addWidget(self._bag)

    def _build_field(self) -> None:
        look = self._tools.look
        self.field = Field(
            look, self.tr("Bag number"), hint=self.tr("scan the bag, or type it"), mono=True
        )
        self.field.edit.setMaxLength(MOST)
        EnterCommits(self.field.edit, self._entered)
        self.trouble = NoteLine(look, "body")
        self.body.addWidget(self.field)
        self.body.addWidget(self.trouble)

    def _build_reasons(self) -> None:
        look = self._tools.look
        self._reasons = QWidget(self)
        column = QVBoxLayout(self._reasons)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(TextLabel(look, self.tr("Why is the cash not collected?"), "bodyStrong"))
        grid = ChoiceGrid(look)
        self.choices = {
            reason: Choice(look, self._tools.words.no_collect(reason))
            for reason in NO_COLLECT_REASONS
        }
        for reason, choice in self.choices.items():
            choice.clicked.connect(lambda _=False, reason=reason: self._chosen(reason))
        grid.set_choices(tuple(self.choices.values()))
        column.addWidget(grid)
        self.words = Field(look, self.tr("In a few words"))
        self.words.edit.setMaxLength(500)
        self.words.edited.connect(lambda text: self.reason_given.emit(text.strip() or "other"))
        column.addWidget(self.words)
        self.body.addWidget(self._reasons)

    # showing

    def show_cash(self, cash: CashDraft, check: BagCheck | None, *, locked: bool) -> None:
        """`check` is of the bag that is shown; `locked`: the visit is finished."""
        if cash.bag != self._cash.bag:
            self._asking = False
            self.field.set_text("")
            self.show_trouble("")
        self._cash, self._check, self._locked = cash, check, locked
        if cash.no_collect:
            self._choosing = True
        elif cash.bag:
            self._choosing = False
        self._arrange()

    def begin_anew(self) -> None:
        """Another visit: nothing is typed and nothing chosen."""
        self._asking = self._choosing = False
        self.field.set_text("")
        self.words.set_text("")
        self.show_trouble("")

    def ask(self) -> None:
        """Another bag is wanted."""
        self._asking, self._choosing = True, False
        self._arrange()
        self.field.edit.setFocus(Qt.FocusReason.TabFocusReason)

    def choose_reason(self) -> None:
        """There is no collect: why?"""
        self._choosing = True
        self._arrange()
        next(iter(self.choices.values())).setFocus(Qt.FocusReason.TabFocusReason)

    def choose_bag(self) -> None:
        """It is collected after all."""
        self._choosing = False
        self._arrange()
        self.take_focus()

    def choosing(self) -> bool:
        """Whether it is about why there is no collect."""
        return self._choosing

    def wants_bag(self) -> bool:
        """Whether the field for a bag number is shown."""
        return self.field.isVisibleTo(self)

    def take_focus(self) -> None:
        if self.wants_bag():
            self.field.edit.setFocus(Qt.FocusReason.TabFocusReason)

    def show_trouble(self, words: str) -> None:
        """Why a bag is not taken."""
        self.trouble.show_note(TagKind.WARNING, words)
        self.field.edit.setAccessibleDescription(words)

    def _arrange(self) -> None:
        cash = self._cash
        showing = bool(cash.bag) and not self._choosing
        self._bag.setVisible(showing or self._locked)
        self.field.setVisible(
            not self._locked and not self._choosing and (not cash.bag or self._asking)
        )
        self.trouble.setVisible(bool(self.trouble.text()) and not self._choosing)
        self._reasons.setVisible(self._choosing and not self._locked)
        for reason, choice in self.choices.items():
            known = cash.no_collect in NO_COLLECT_REASONS
            choice.setChecked(
                bool(cash.no_collect) and reason == (cash.no_collect if known else "other")
            )
        other = self.choices["other"].isChecked()
        self.words.setVisible(other)
        if other and cash.no_collect not in NO_COLLECT_REASONS and not self.words.edit.hasFocus():
            self.words.set_text(cash.no_collect)
        self._show_bag(cash)

    def _show_bag(self, cash: CashDraft) -> None:
        if self._locked and not cash.bag:
            self.how.setText(self.tr("No collect"))
            reason = self._tools.words.no_collect(cash.no_collect)
            self.number.setText(reason or self.tr("No cash was collected"))
            self.tag.show_tag(TagKind.QUIET, "")
            self.rule.setText("")
            return
        self.number.setText(grouped(cash.bag))
        self.number.setAccessibleName(cash.bag)
        at = formats.moment_beside(cash.bag_at, self._tools.clock()) if cash.bag_at else ""
        self.how.setText(self.tr("Bag, {when}").format(when=at) if at else self.tr("Bag"))
        checked = self._check is not None and self._check.bag == cash.bag
        if checked and self._check is not None and not self._check.free:
            self.tag.show_tag(TagKind.WARNING, self.tr("Used before"))
            self.rule.setText(self._tools.words.bag_used(self._check, self._tools.clock()))
        elif checked:
            self.tag.show_tag(TagKind.GOOD, self.tr("Not used before"))
            self.rule.setText(self.tr("one bag, one collect"))
        else:
            self.tag.show_tag(TagKind.QUIET, "")
            self.rule.setText("")

    def _restyle_number(self) -> None:
        """Mono, as it is printed: no letter is taken for a figure."""
        theme = self._tools.look.theme
        font = QFont(theme.font("cellLabel"))
        font.setPixelSize(theme.text_px(BAG_PX))
        self.number.setFont(font)

    # typing

    def _entered(self) -> None:
        text = self.field.text().strip()
        if text:
            self.typed.emit(text)

    def _chosen(self, reason: str) -> None:
        self.words.setVisible(reason == "other")
        if reason == "other":
            self.words.edit.setFocus(Qt.FocusReason.TabFocusReason)
        self.reason_given.emit(reason)


def grouped(bag: str) -> str:
    """A number of digits in fours, as it is printed: "0048 2217"; other bags as they are."""
    if not bag.isdigit() or len(bag) <= GROUP:
        return bag
    first = len(bag) % GROUP
    parts = [bag[:first]] if first else []
    return " ".join([*parts, *(bag[n : n + GROUP] for n in range(first, len(bag), GROUP))])


class EnterCommits(QObject):
    """Enter in the field with something typed commits it; without, it is the primary's key."""

    def __init__(self, edit: QLineEdit, commit: Callable[[], None]) -> None:
        super().__init__(edit)
        self._edit = edit
        self._commit = commit
        edit.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's name
        del watched
        if not isinstance(event, QKeyEvent):
            return False
        if event.type() is QEvent.Type.ShortcutOverride and not self._edit.text():
            event.ignore()  # Ctrl+Z is the tab's: it takes back the amount before
            return event.matches(QKeySequence.StandardKey.Undo)
        plain = not event.modifiers() & Qt.KeyboardModifier.ControlModifier
        if event.key() not in _ENTER or not plain or not self._edit.text():
            return False
        if event.type() is QEvent.Type.ShortcutOverride:
            event.accept()
            return True
        if event.type() is QEvent.Type.KeyPress:
            self._commit()
            return True
        return False
