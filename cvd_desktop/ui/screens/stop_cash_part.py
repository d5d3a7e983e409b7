"""The Cash tab: the bag, the amounts, what was expected, and whether it matches."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

from PySide6.QtCore import Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QVBoxLayout, QWidget

from cvd_desktop.domain.visit_records import BagCheck, CashDraft, VisitView
from cvd_desktop.ui.background import Lane
from cvd_desktop.ui.screens.stop_bag_card import BagCard
from cvd_desktop.ui.screens.stop_expected_card import ExpectedCard
from cvd_desktop.ui.screens.stop_money import Asked, MoneyForm
from cvd_desktop.ui.screens.stop_part import StopPart
from cvd_desktop.ui.screens.stop_tools import StopTools, allow
from cvd_desktop.ui.widgets.card import Card
from cvd_desktop.ui.widgets.focus_follower import FocusFollower
from cvd_desktop.ui.widgets.two_columns import TwoColumns
from cvd_shared.bags import normal_bag
from cvd_shared.cash_facts import CashTerm
from cvd_shared.wire_events import CashCollected
from cvd_shared.wire_records import VisitRecord

SIDE = 440
SIDE_COMPACT = 360
MOST_UNDO = 50
AMOUNTS = ("counted", "refunds", "changer_refill", "float_left", "test_vends")


def cash_of(recorded: CashCollected | None, no_collect: str = "") -> CashDraft:
    """What was recorded, as it was typed."""
    if recorded is None:
        return CashDraft(no_collect=no_collect)
    return CashDraft(
        bag=recorded.bag,
        counted=recorded.counted,
        refunds=recorded.refunds,
        changer_refill=recorded.changer_refill,
        float_left=recorded.float_left,
        test_vends=recorded.test_vends,
    )


def with_amounts(cash: CashDraft, form: MoneyForm) -> CashDraft:
    """The amounts as they are typed just now."""
    return replace(
        cash,
        counted=form.amount("counted"),
        refunds=form.amount("refunds") or 0,
        changer_refill=form.amount("changer_refill") or 0,
        float_left=form.amount("float_left"),
        test_vends=form.amount("test_vends") or 0,
    )


def amounts_of(cash: CashDraft) -> dict[str, int | None]:
    return {name: getattr(cash, name) for name in AMOUNTS}


class CashPart(StopPart):
    """Every change is kept at once; what other views of the visit bring never undoes typing."""

    meters_wanted = Signal()
    """The meters of the machine are to be typed."""
    proof_wanted = Signal(object)
    """The CashTerm whose lines in the file a person wants to see."""
    done = Signal()
    """Enter in the last field: on to the next tab."""

    def __init__(self, tools: StopTools, parent: QWidget) -> None:
        super().__init__(parent)
        self._tools = tools
        self._view: VisitView | None = None
        self._shown = ""  # the visit that is shown
        self._cash = CashDraft()
        self._past: list[CashDraft] = []
        self._group = ""  # what the last change was about: keys of one field are one step back
        self._told = ""
        look = tools.look
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        self.page = TwoColumns(look, SIDE, SIDE_COMPACT, self)
        column.addWidget(self.page)
        self.bag = BagCard(tools, self.page.widget())
        self.page.main.addWidget(self.bag)
        self.money_card = Card(look, padding=look.theme.space.l, parent=self.page.widget())
        self.page.main.addWidget(self.money_card)
        self.money = MoneyForm(look, asked_amounts(self))
        self.money_card.body.addWidget(self.money)
        self.page.main.addStretch(1)
        self.expected = ExpectedCard(tools, self.page.widget())
        self.page.side.addWidget(self.expected)
        self.page.side.addStretch(1)
        FocusFollower(self.page)
        self.bag.typed.connect(self.take_bag)
        self.bag.reason_given.connect(self._no_collect)
        self.money.changed.connect(self._typed)
        self.money.passed.connect(self.done)
        self.expected.proof_wanted.connect(self.proof_wanted)
        make = partial(tools.action, self)
        self.other_action = make("cash", "Ctrl+B B", self._other_bag, self.tr("Other bag"))
        self.none_action = make("skip", "Ctrl+N N", self._none, self.tr("No collect"))
        self.undo_action = make("undo", "Ctrl+Z", self.undo, self.tr("Undo"))
        self.meters_action = make(
            "list", "Ctrl+H H", self.meters_wanted.emit, self.tr("Meters by hand")
        )
        self.file_action = make("file", "F11", self._prove, self.tr("Show in the file"))

    # showing

    def show_visit(self, view: VisitView) -> None:
        draft, finished = view.draft, view.finished
        shown = draft.visit_id if draft is not None else (finished.id if finished else "")
        other = shown != self._shown
        if other:
            self._shown, self._past, self._group, self._told = shown, [], "", ""
            self.bag.begin_anew()
            self.money.begin_anew()
        self._view = view
        if draft is None:
            self._cash = recorded_cash(view.finished)
        elif other or not self._tools.keeper.ahead:
            self._cash = draft.cash
        self._show()

    def _show(self) -> None:
        view = self._view
        if view is None:
            return
        locked = view.draft is None
        self.bag.show_cash(self._cash, view.cash.bag, locked=locked)
        self.money.show_amounts(amounts_of(self._cash), view.cash.decimals, locked=locked)
        self.money_card.setVisible(not self.bag.choosing() and not (locked and not self._cash.bag))
        self.expected.show_cash(view, self._cash.counted, self._by(view))
        self._name_actions()
        self.changed.emit()

    def _by(self, view: VisitView) -> str:
        return view.finished.actor_name if view.finished is not None else self.tr("by you")

    def _name_actions(self) -> None:
        choosing = self.bag.choosing()
        self.none_action.setText(
            self.tr("Collect it after all") if choosing else self.tr("No collect")
        )
        nothing = "" if self._past else self.tr("Nothing was typed yet")
        allow(self.undo_action, nothing)
        can = self._view is not None and self._view.read is not None
        allow(self.file_action, "" if can else self.tr("There is no read of this visit"))

    def secondary(self) -> Sequence[QAction]:
        if self._view is None or self._view.draft is None:
            return (self.file_action,)
        other = (self.other_action,) if self._cash.bag and not self.bag.choosing() else ()
        return (*other, self.none_action, self.undo_action, self.meters_action, self.file_action)

    def fact(self) -> str:
        return self._told

    def take_focus(self) -> None:
        """Where the next thing is typed."""
        if self._view is None or self._view.draft is None or self.bag.choosing():
            return
        if self.bag.wants_bag():
            self.bag.take_focus()
        else:
            self.money.take_focus("counted")

    def visit_id(self) -> str:
        """The visit that is shown; empty for none."""
        return self._shown

    def cash(self) -> CashDraft:
        """As it is typed just now."""
        return self._cash

    # the bag

    def scanned(self, text: str) -> bool:
        if self._view is None or self._view.draft is None:
            return False
        self.take_bag(text)
        return True

    def take_bag(self, text: str) -> None:
        """A bag number was scanned or typed: it is taken when it was not used before."""
        view = self._view
        bag = normal_bag(text)
        if view is None or view.draft is None:
            return
        if not bag:
            self.bag.show_trouble(self.tr("This is no bag number."))
            return
        self._tools.background.run(
            Lane.DATABASE,
            partial(self._tools.services.check_bag, bag, view.draft.visit_id),
            partial(self._bag_checked, view.draft.visit_id),
            self._failed,
        )

    def _bag_checked(self, visit_id: str, check: BagCheck) -> None:
        if visit_id != self._shown or self._view is None:
            return
        if not check.free:
            used = self._tools.words.bag_used(check, self._tools.clock())
            self.bag.ask()
            self.bag.show_trouble(
                self.tr("Bag {bag} was {used}: one bag, one collect. Take another bag.").format(
                    bag=check.bag, used=used
                )
            )
            self._tell(self.tr("The bag is not taken"))
            return
        self._told = ""
        self._view = replace(self._view, cash=replace(self._view.cash, bag=check))
        now = self._tools.clock()
        self._change(
            f"bag {check.bag}", replace(self._cash, bag=check.bag, bag_at=now, no_collect="")
        )
        self.bag.show_trouble("")
        self.money.take_focus("counted")

    def _other_bag(self) -> None:
        self.bag.ask()

    def _none(self) -> None:
        if not self.bag.choosing():
            self.bag.choose_reason()
            self._show()
            return
        if self._cash.no_collect:
            self._change("none", replace(self._cash, no_collect=""))
        self.bag.choose_bag()
        self._show()
        self.take_focus()

    def _no_collect(self, reason: str) -> None:
        self._change(
            "none", replace(self._cash, bag="", bag_at=None, counted=None, no_collect=reason)
        )

    # typing

    def _typed(self, name: str) -> None:
        self._change(name, with_amounts(self._cash, self.money))

    def _change(self, group: str, cash: CashDraft) -> None:
        if cash == self._cash:
            return
        if group != self._group:
            self._past = [*self._past[-MOST_UNDO:], self._cash]
        self._group, self._told = group, ""
        self._take(cash)

    def _take(self, cash: CashDraft) -> None:
        self._cash = cash
        self._keep()
        self._show()

    def _keep(self) -> None:
        view = self._view
        if view is not None and view.draft is not None:
            visit_id = view.draft.visit_id
            save = partial(self._tools.services.keep_cash, visit_id, self._cash)
            self._tools.keeper.keep(visit_id, "cash", save)

    def undo(self) -> None:
        """The last change is taken back; what was typed is kept before and after."""
        if self._past:
            cash = self._past.pop()
            self._group = ""
            self.bag.show_trouble("")
            if cash.no_collect:
                self.bag.choose_reason()
            elif self.bag.choosing():
                self.bag.choose_bag()
            for name, edit in self.money.edits.items():
                if not self.money.right(name):
                    edit.show_text("")
            self._take(cash)

    def leave(self) -> None:
        self.money.show_trouble()

    # telling

    def _prove(self) -> None:
        term = self.expected.current_term()
        self.proof_wanted.emit(term if term is not None else CashTerm("expected", None, ()))

    def _failed(self, error: BaseException) -> None:
        told = self._tools.messages.error(error)
        self.bag.show_trouble(f"{told.what} {told.do}")

    def _tell(self, words: str) -> None:
        self._told = words
        self.changed.emit()


def recorded_cash(finished: VisitRecord | None) -> CashDraft:
    """The cash of a finished visit, corrections applied."""
    if finished is None:
        return CashDraft()
    corrected = [one.cash for one in finished.amendments if one.cash is not None]
    return cash_of(corrected[-1] if corrected else finished.cash, finished.no_collect)


def asked_amounts(part: QWidget) -> tuple[Asked, ...]:
    """The amounts of a collect in their order."""
    return (
        Asked(
            "counted",
            part.tr("Counted here"),
            part.tr("leave empty if the counting room does it"),
            True,
        ),
        Asked(
            "refunds", part.tr("Refunds paid to customers"), part.tr("taken out of the bag"), False
        ),
        Asked(
            "changer_refill",
            part.tr("Changer refill"),
            part.tr("coins brought along, not from the bag"),
            False,
        ),
        Asked(
            "float_left",
            part.tr("Float left in the machine"),
            part.tr("tubes full after the refill; empty: not known"),
            True,
        ),
        Asked("test_vends", part.tr("Test vends"), part.tr("money that went back out"), False),
    )
