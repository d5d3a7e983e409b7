"""The five tabs of a stop: made ahead or when first seen, filled when shown."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QStackedWidget, QWidget

from cvd_desktop.domain.visit_records import TABS, StopDetail, TabState, VisitView
from cvd_desktop.ui.background import Lane
from cvd_desktop.ui.screens.stop_part import StopPart
from cvd_desktop.ui.screens.stop_tools import StopTools
from cvd_desktop.ui.stop_words import MARKS, StopWords
from cvd_desktop.ui.widgets.stop_strip import Tab

if TYPE_CHECKING:
    from cvd_desktop.domain.records import ReadDetail
    from cvd_desktop.ui.screens.read_screen import ReadScreen
    from cvd_desktop.ui.screens.stop_cash_part import CashPart
    from cvd_desktop.ui.screens.stop_evidence_part import EvidencePart
    from cvd_desktop.ui.screens.stop_finish_part import FinishPart
    from cvd_desktop.ui.screens.stop_read_part import ReadPart
    from cvd_desktop.ui.screens.stop_screen import StopScreen
    from cvd_shared.route_shapes import SlotKey


KEYS = {"read": "F2", "fill": "F3", "cash": "F4", "evidence": "F5", "finish": "F6"}


def tabs_of(words: StopWords, states: Mapping[str, TabState]) -> list[Tab]:
    """What the strip shows; a tab of which nothing is known is to be done."""
    tabs = []
    for name in TABS:
        state = states.get(name)
        mark = MARKS.get(state.mark, MARKS["todo"]) if state is not None else MARKS["todo"]
        told = words.tab_state(state) if state is not None else ""
        tabs.append(Tab(name, words.tab(name), KEYS[name], mark, told))
    return tabs


def at_place(detail: StopDetail, tab: str, cell: SlotKey | None) -> StopDetail:
    """The same, with the person elsewhere in the open visit."""
    draft = detail.visit.draft
    assert draft is not None
    visit = replace(detail.visit, draft=replace(draft, tab=tab, cell=cell))
    return replace(detail, visit=visit)


class StopTabs(QObject):
    """A tab that is not seen knows nothing newer than when it was seen last."""

    def __init__(
        self,
        tools: StopTools,
        screen: StopScreen,
        stack: QStackedWidget,
        make_read: Callable[[], ReadScreen],
        make_fill: Callable[[], StopPart],
    ) -> None:
        super().__init__(screen)
        self._tools = tools
        self._screen = screen
        self._stack = stack
        self._make_read, self._make_fill = make_read, make_fill
        self._parts: dict[str, StopPart] = {}
        self._stale: set[str] = set()
        self._unstyled: list[str] = []

    @cached_property
    def read(self) -> ReadPart:
        from cvd_desktop.ui.screens.stop_read_part import ReadPart

        part = ReadPart(self._tools, self._make_read(), self._stack)
        part.machine_state_changed.connect(self._screen.machine_state_changed)
        part.back_wanted.connect(self._screen.show_tab)
        return part

    @cached_property
    def fill(self) -> StopPart:
        part = self._make_fill()
        asks: Any = getattr(part, "proof_wanted", None)
        if asks is not None:  # read id and selection: the lines behind a figure of a slot
            asks.connect(self._prove_selection)
        left: Any = getattr(part, "not_a_product", None)
        if left is not None:
            left.connect(self._screen.scan_left)
        return part

    @cached_property
    def cash(self) -> CashPart:
        from cvd_desktop.ui.screens.stop_cash_part import CashPart

        part = CashPart(self._tools, self._stack)
        part.meters_wanted.connect(self._screen.to_meters)
        part.proof_wanted.connect(self._screen.prove)
        part.done.connect(self._screen.go_on)
        return part

    @cached_property
    def evidence(self) -> EvidencePart:
        from cvd_desktop.ui.screens.stop_evidence_part import EvidencePart

        return EvidencePart(self._tools, self._stack)

    @cached_property
    def finish(self) -> FinishPart:
        from cvd_desktop.ui.screens.stop_finish_part import FinishPart

        part = FinishPart(self._tools, self._screen.strip.tab_actions(), self._stack)
        part.read_wanted.connect(lambda: self._screen.show_tab("read"))
        return part

    def _prove_selection(self, read_id: str, selection: str) -> None:
        """The lines of a read: of the one of the visit, or of one before it."""
        view = self._screen.view
        if view is None:
            return
        if view.read is not None and view.read.summary.id == read_id:
            self._show_selection(view.machine.record.id, selection, view.read)
            return
        self._tools.background.run(
            Lane.DATABASE,
            partial(self._tools.services.read_detail, read_id),
            partial(self._show_selection, view.machine.record.id, selection),
            self._no_lines,
        )

    def _show_selection(self, machine_id: str, selection: str, read: ReadDetail) -> None:
        view = self._screen.view
        if view is None or view.machine.record.id != machine_id or self._screen.tab() != "fill":
            return  # the person went on meanwhile
        self.filled("read", view)
        if self.read.show_selection(read, selection, "fill"):
            self._screen.show_proof()
        else:
            self._screen.tell(self.tr("The machine is being read. The lines open when it is done."))

    def _no_lines(self, error: BaseException) -> None:
        told = self._tools.messages.error(error)
        self._screen.tell(f"{told.what} {told.do}")

    def part(self, name: str) -> StopPart:
        """The part of a tab, made now if it was not yet."""
        if name not in self._parts:
            part: StopPart = getattr(self, name)
            self._stack.addWidget(part)
            part.changed.connect(self._changed)
            self._parts[name] = part
            self._stale.add(name)
            self._unstyled.append(name)
        return self._parts[name]

    def make_next(self) -> bool:
        """Make one tab that nobody has opened yet, or one part of it."""
        waiting = [name for name in TABS if name not in self._parts]
        if waiting:
            self.part(waiting[0])
            return True
        if self._unstyled:
            part = self._parts[self._unstyled.pop()]
            for each in (part, *part.findChildren(QWidget)):
                each.ensurePolished()  # Qt would style them when they are shown
            return True
        return self._screen.view is not None and self.read.make_next()

    def all_stale(self) -> None:
        """The visit changed: each tab is filled again when it is shown."""
        self._stale = set(self._parts)

    def filled(self, name: str, view: VisitView) -> StopPart:
        """The part of a tab with this visit in it."""
        part = self.part(name)
        if name in self._stale:
            self._stale.discard(name)
            part.show_visit(view)
        if name == "finish" and view.draft is not None:
            self._show_typed(view)
        return part

    def _show_typed(self, view: VisitView) -> None:
        """What is typed and on its way to the database is told too."""
        assert view.draft is not None
        cash, evidence = view.draft.cash, view.draft.evidence
        if self._tools.keeper.ahead:
            visit_id = view.draft.visit_id
            if "cash" in self._parts and self.cash.visit_id() == visit_id:
                cash = self.cash.cash()
            if "evidence" in self._parts and self.evidence.visit_id() == visit_id:
                evidence = self.evidence.evidence()
        self.finish.show_typed(cash, evidence)

    def seen(self, name: str) -> None:
        """A tab was opened: the focus goes where a person begins."""
        if name == "read":
            self.read.start()
        elif name == "cash":
            self.cash.take_focus()
        elif name == "evidence":
            self.evidence.take_focus()
        elif name == "fill":
            self.part(name).setFocus()

    def cell(self) -> SlotKey | None:
        """The slot that the person is at in Fill."""
        asks: Any = getattr(self._parts.get("fill"), "cell", None)
        cell = asks() if asks is not None else None
        return cell.facts.key if cell is not None else None

    def leave(self, name: str) -> None:
        """Keep what is being typed in this tab."""
        if name in self._parts:
            self._parts[name].leave()

    def _changed(self) -> None:
        if self.sender() is self._stack.currentWidget():
            self._screen.name_actions()
