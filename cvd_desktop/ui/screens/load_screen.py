"""The Load screen: the pick list by product and by tote, the load, the count on return."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property, partial
from typing import TYPE_CHECKING

from PySide6.QtGui import QAction, QHideEvent
from PySide6.QtWidgets import QApplication, QStackedWidget, QVBoxLayout

from cvd_desktop.domain.clock import Clock
from cvd_desktop.domain.route_records import LoadView
from cvd_desktop.ui import formats
from cvd_desktop.ui.background import Background, Job, Lane
from cvd_desktop.ui.load_words import LoadWords, is_open
from cvd_desktop.ui.messages import Messages
from cvd_desktop.ui.screen import Screen
from cvd_desktop.ui.screens.load_pages import NoListPage
from cvd_desktop.ui.screens.load_part import LoadPart, LoadTools, allow
from cvd_desktop.ui.screens.load_pick_part import PickPart
from cvd_desktop.ui.screens.load_services import RECORDED, TICKED, LoadServices
from cvd_desktop.ui.theme import Look

if TYPE_CHECKING:
    from cvd_desktop.ui.screens.load_count_part import CountPart
    from cvd_desktop.ui.screens.load_pages import ChangesPage, LoadedPage, OpenLinesPage
    from cvd_desktop.ui.screens.load_print import LoadPrinter

__all__ = ["LoadScreen", "LoadServices"]

_MADE_LATER = ("changes", "open_lines", "loaded", "count")
_Shown = tuple[LoadView | None, bool]
"""The list, and whether somebody is signed in."""


class LoadScreen(Screen):
    """One part is shown at a time: the list, a page behind it, or the count of the truck."""

    name = "load"
    icon = "load"
    topics = frozenset({"load", "run", "visit", "reads", "snapshot", "session", "outbox"})

    def __init__(
        self,
        look: Look,
        background: Background,
        messages: Messages,
        services: LoadServices,
        clock: Clock,
    ) -> None:
        super().__init__()
        self._look = look
        self._background = background
        self._messages = messages
        self._services = services
        self._words = LoadWords(clock, self)
        self._clock = clock
        self._tools = LoadTools(look, self._words, messages, background, services)
        self._view: LoadView | None = None
        self._adding = False  # the load is recorded, and the person adds to it
        self._told = ""
        self._busy = False
        self._job: Job[_Shown] | None = None
        self._stack = QStackedWidget(self)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self._stack)
        self._make_actions()
        self.nothing = NoListPage(self._tools, self._stack)
        self._adopt(self.nothing)
        self.nothing.again.connect(self.reload)
        self.nothing.left.connect(self.left)
        self.pick = PickPart(self._tools, self._stack)
        self._adopt(self.pick)
        self.pick.finish_wanted.connect(self._finish)
        self.pick.changes_wanted.connect(self._show_changes)
        self.pick.ticks.begun.connect(self._ticking)
        self.nothing.show_fetching(self.tr("The pick list of today is being worked out."))

    def _make_actions(self) -> None:
        make = partial(self.make_action, self._look)
        self.print_action = make("print", "Ctrl+P", self.print_papers, self.tr("Print"))
        self.count_action = make("list", "F8", self.begin_count, self.tr("Count the truck"))
        self.add_action = make("plus", "A", self._add_more, self.tr("Add more"))
        self.stop_action = make("arrow-left", "Esc", self._stop_adding, self.tr("Back"))
        self.today_action = make("today", "", self.left.emit, self.tr("Back to the day"))

    def _adopt(self, part: LoadPart) -> None:
        self._stack.addWidget(part)
        part.changed.connect(self._part_changed)
        part.told.connect(self._tell)

    # made when first needed

    @cached_property
    def changes(self) -> ChangesPage:
        from cvd_desktop.ui.screens.load_pages import ChangesPage

        page = ChangesPage(self._tools, self._stack)
        self._adopt(page)
        page.accepted.connect(self._accept_changes)
        page.back.connect(self.show_list)
        return page

    @cached_property
    def open_lines(self) -> OpenLinesPage:
        from cvd_desktop.ui.screens.load_pages import OpenLinesPage

        page = OpenLinesPage(self._tools, self._stack)
        self._adopt(page)
        page.confirmed.connect(self._record)
        page.back.connect(self.show_list)
        return page

    @cached_property
    def loaded(self) -> LoadedPage:
        from cvd_desktop.ui.screens.load_pages import LoadedPage

        page = LoadedPage(self._tools, self._stack)
        self._adopt(page)
        return page

    @cached_property
    def count(self) -> CountPart:
        from cvd_desktop.ui.screens.load_count_part import CountPart

        part = CountPart(self._tools, self._stack)
        self._adopt(part)
        part.finished.connect(self.show_list)
        return part

    @cached_property
    def papers(self) -> LoadPrinter:
        from cvd_desktop.ui.screens.load_print import LoadPrinter

        printer = LoadPrinter(self._tools, self)
        printer.told.connect(self._tell)
        return printer

    def make_next(self) -> bool:
        for name in _MADE_LATER:
            if name not in vars(self):
                return getattr(self, name) is not None
        return False

    def _shows(self, name: str) -> bool:
        return name in vars(self) and self._stack.currentWidget() is vars(self)[name]

    def part(self) -> LoadPart:
        """The part that is shown."""
        shown = self._stack.currentWidget()
        assert isinstance(shown, LoadPart)
        return shown

    def _show(self, part: LoadPart) -> None:
        if self._stack.currentWidget() is not part:
            focus = QApplication.focusWidget()
            inside = focus is not None and (focus is self or self.isAncestorOf(focus))
            if focus is not None and self._stack.isAncestorOf(focus):
                self.setFocus()  # else Qt moves the focus of a hidden part to any widget
            self._stack.setCurrentWidget(part)
            if inside:
                part.take_focus()
        elif self.hasFocus():
            part.take_focus()
        self._part_changed()

    # what the frame asks

    def word(self) -> str:
        return self.tr("Load")

    def place(self) -> tuple[str, str]:
        if self._shows("count"):
            return self.tr("Count the truck"), self.count.detail()
        view = self._view
        if view is None:
            return self.word(), ""
        made = view.made_at
        return (
            self.tr("Load for Route {number}").format(number=view.route_number),
            f"{formats.day(made)}, {formats.clock_time(made)}",
        )

    def primary(self) -> QAction | None:
        if self._shows("loaded"):
            return self.today_action
        return self.part().primary()

    def secondary(self) -> Sequence[QAction]:
        if self._shows("loaded"):
            return (self.add_action, self.print_action, self.count_action)
        if self._stack.currentWidget() is self.pick:
            if self.pick.takes_digits_now():
                return self.pick.secondary()
            first, *rest = self.pick.secondary()
            others = (*rest, *self.pick.later(), self.count_action)
            adding = self._view is not None and self._view.recorded_at is not None
            back = (self.stop_action,) if adding else ()
            return (*back, first, self.print_action, *others)
        if self._stack.currentWidget() is self.nothing:
            return (self.count_action,)
        return self.part().secondary()

    def fact(self) -> str:
        return self._told or self.part().fact()

    def reload(self) -> None:
        self._drop_fetch()
        self._job = self._background.run(Lane.DATABASE, self._fetch, self._fetched, self._no_list)
        if self._shows("count"):
            self.count.reload()

    def hideEvent(self, event: QHideEvent) -> None:  # noqa: N802 - Qt's name
        self.pick.ticks.leave()
        super().hideEvent(event)

    def scanned(self, text: str) -> bool:
        self._told = ""
        if self._stack.currentWidget() in (self.pick, self.nothing):
            return self.pick.scanned(text)
        if not self._shows("count") and self._view is not None and not self._shows("loaded"):
            self.show_list()
            return self.pick.scanned(text)
        return self.part().scanned(text)

    # fetching

    def _fetch(self) -> _Shown:
        """In the database lane."""
        view = self._services.load_view()
        return view, view is not None or self._services.sync_status().signed_in

    def _ticking(self) -> None:
        """What is being fetched is older than what is ticked now."""
        self._told = ""
        self._drop_fetch()

    def _drop_fetch(self) -> None:
        if self._job is not None:
            self._job.cancel()
            self._job = None

    def _fetched(self, shown: _Shown) -> None:
        view, signed_in = shown
        other = self._view is None or view is None or self._view.run_id != view.run_id
        ticked = view is not None and bool(view.picked_lines or view.totes_ticked)
        if other or ticked:
            self._adding = ticked  # ticks after the load was recorded are to be added to it
        self._view = view
        if view is None:
            self._say_no_run(signed_in=signed_in)
        else:
            self.pick.show_view(view)
        to_record = view is not None and (view.recorded_at is None or self._adding)
        if self._shows("changes") and view is not None and view.changes:
            self.changes.show_view(view)
        elif self._shows("open_lines") and view is not None and to_record and not other:
            self.open_lines.show_view(view)
        elif not self._shows("count"):
            self.show_list()
        self._part_changed()

    def _no_list(self, error: BaseException) -> None:
        told = self._messages.error(error)
        self._view = None
        title = self.tr("The pick list cannot be worked out")
        self.nothing.show_told(title, told)
        if not self._shows("count"):
            self._show(self.nothing)

    def _say_no_run(self, *, signed_in: bool) -> None:
        if signed_in:
            self.nothing.show_none(
                self.tr("No run of today is on this laptop, so there is nothing to load."),
                self.tr(
                    "Sync in the Outbox: the office may have planned it since. A machine that is "
                    "not on a run can be served all the same, from Today."
                ),
            )
        else:
            self.nothing.show_none(
                self.tr("Nobody is signed in, and no run of today is on this laptop."),
                self.tr("Sign in and sync: the run and its pick list come from the office."),
            )

    # from part to part

    def show_list(self) -> None:
        """The list; what was loaded once it is recorded; or why there is nothing."""
        view = self._view
        if view is None:
            self._show(self.nothing)
        elif view.recorded_at is not None and not self._adding:
            self.loaded.show_view(view)
            self._show(self.loaded)
        elif not self._adding and not any(one.to_pick or one.picked for one in view.lines):
            self.nothing.show_nothing(
                self.tr("Nothing has to be picked."),
                self.tr(
                    "Every slot of this run holds what it will need, or it is on the truck "
                    "already. Newer reads may change that; the list works itself out again."
                ),
            )
            self._show(self.nothing)
        else:
            self._show(self.pick)

    def _show_changes(self) -> None:
        if self._view is not None and self._view.changes:
            self.changes.show_view(self._view)
            self._show(self.changes)

    def _accept_changes(self) -> None:
        if self._view is None:
            return
        self._drop_fetch()
        work = partial(self._services.accept_changes, self._view.run_id)
        self._background.run(Lane.DATABASE, work, None, self._failed, topics=TICKED)
        self._show(self.pick)

    def _add_more(self) -> None:
        self._adding = True
        self._told = ""
        self.show_list()

    def _stop_adding(self) -> None:
        """What is ticked stays ticked, to be recorded or added to later."""
        self._adding = False
        self.show_list()

    def begin_count(self) -> None:
        """The blind count of the truck."""
        self._told = ""
        self.count.reload()
        self._show(self.count)

    def print_papers(self) -> None:
        """Ask which paper, then print it or save it."""
        if self._view is not None:
            self.papers.ask(self._view)

    # recording

    def _finish(self) -> None:
        view = self._view
        if view is None:
            return
        shown = self.pick.view or view
        if not any(map(is_open, shown.lines)):
            self._record()
        else:
            self.open_lines.show_view(shown)
            self._show(self.open_lines)

    def _record(self) -> None:
        if self._view is None or self._busy:
            return
        self._busy = True
        self._drop_fetch()
        self._tell(self.tr("The load is being recorded"))
        self._background.run(
            Lane.DATABASE,
            partial(self._services.record_load, self._view.run_id, ""),
            self._recorded,
            self._failed,
            topics=RECORDED,
        )

    def _recorded(self, _: object) -> None:
        self._busy = False
        self._adding = False
        self._tell("")

    def _failed(self, error: BaseException) -> None:
        self._busy = False
        told = self._messages.error(error)
        self._tell(" ".join(part for part in (told.what, told.do) if part))
        self.reload()

    # naming

    def _tell(self, words: str) -> None:
        self._told = words
        self._part_changed()

    def _part_changed(self) -> None:
        nothing = self._view is None or not self._view.lines
        allow(self.print_action, self.tr("There is no list to print") if nothing else "")
        self.takes_digits = self.part().takes_digits_now()
        self.frame_changed.emit()
