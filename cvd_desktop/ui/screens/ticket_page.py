"""One ticket: its job, the repair guide, the work, what was done before; one strip of keys."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QApplication, QStackedWidget, QVBoxLayout, QWidget

from cvd_desktop.domain.ticket_records import GuidePage, TicketDetail
from cvd_desktop.ui import formats
from cvd_desktop.ui.screens.ticket_guide_part import GuidePart
from cvd_desktop.ui.screens.ticket_history_part import HistoryPart
from cvd_desktop.ui.screens.ticket_job_part import JobPart
from cvd_desktop.ui.screens.ticket_list import Tools
from cvd_desktop.ui.screens.ticket_part import TicketPart
from cvd_desktop.ui.screens.ticket_work_part import WorkPart
from cvd_desktop.ui.widgets.tag import TagKind
from cvd_desktop.ui.widgets.view_strip import View, ViewStrip

VIEWS = ("job", "guide", "work", "history")


class TicketPage(QWidget):
    """To add a view: its maker in `_make`, its word and key in `_views`, its name in `VIEWS`."""

    changed = Signal()
    """The view, its actions or the ticket are others now."""
    draft_changed = Signal(str, object)
    """Ticket id and the `TicketDraft` that is to be kept."""

    def __init__(
        self,
        tools: Tools,
        parent: QWidget,
        guide: Callable[[], Sequence[GuidePage]],
        arrive: QAction,
    ) -> None:
        """`arrive` starts the time on site, for the view of the work."""
        super().__init__(parent)
        self._tools = tools
        self._guide = guide
        self._arrive = arrive
        self.shown: TicketDetail | None = None
        self._made: dict[str, TicketPart] = {}
        pad = tools.look.theme.frame.content_padding
        column = QVBoxLayout(self)
        column.setContentsMargins(0, pad, 0, 0)
        column.setSpacing(0)
        self.strip = ViewStrip(tools.look, self.tr("Views of this ticket"))
        edge = QVBoxLayout()
        edge.setContentsMargins(pad, 0, pad, 0)
        edge.addWidget(self.strip)
        column.addLayout(edge)
        self._stack = QStackedWidget(self)
        column.addWidget(self._stack, 1)
        self.strip.set_views(self._views())
        self.strip.chosen.connect(self.show_view)
        self.show_view("job")

    def _views(self) -> tuple[View, ...]:
        shown = self.shown
        done = len(shown.work) if shown is not None else 0
        history = self.tr("History")
        if done:
            history = self.tr("History, {n}").format(n=formats.number(done))
        draft = shown is not None and bool(
            shown.draft.arrived_at or shown.draft.actions or shown.draft.parts
        )
        return (
            View("job", self.tr("Job"), "J"),
            View("guide", self.tr("Guide"), "G"),
            View(
                "work",
                self.tr("Work"),
                "W",
                TagKind.CURRENT if draft else None,
                self.tr("not recorded yet") if draft else "",
            ),
            View("history", history, "H"),
        )

    # views

    def part(self, name: str) -> TicketPart:
        """The view of a name, made now if it was not yet. Raises KeyError for no such view."""
        if name not in self._made:
            made = self._make(name)
            self._made[name] = made
            self._stack.addWidget(made)
        return self._made[name]

    def _make(self, name: str) -> TicketPart:
        tools, parent = self._tools, self._stack
        if name == "guide":
            return GuidePart(tools, parent, self._guide())
        if name == "work":
            work = WorkPart(tools, parent)
            work.offer_arrival(self._arrive)
            work.addAction(self._arrive)  # its key works where its button is
            work.draft_changed.connect(self.draft_changed)
            return work
        return {"job": JobPart, "history": HistoryPart}[name](tools, parent)

    @property
    def work(self) -> WorkPart:
        part = self.part("work")
        assert isinstance(part, WorkPart)
        return part

    def make_next(self) -> bool:
        """Make one view that nobody has opened yet; False when there is none left."""
        waiting = [name for name in VIEWS if name not in self._made]
        if waiting:
            self.part(waiting[0])
        return bool(waiting)

    def current_view(self) -> str:
        return self.strip.current()

    def show_view(self, name: str) -> None:
        """Show a view, filled with what is known now; what was typed in the work is kept."""
        if "work" in self._made and self._stack.currentWidget() is self._made["work"]:
            self.work.keep_now()
        part = self.part(name)
        self.strip.show_view(name)
        if self.shown is not None:
            part.show_ticket(self.shown)
        focus = QApplication.focusWidget()
        had_focus = focus is not None and self._stack.isAncestorOf(focus)
        if had_focus:
            self._stack.setFocus()  # else Qt moves the focus of a hidden page to any widget
        self._stack.setCurrentWidget(part)
        self.take_focus()
        self.changed.emit()

    def take_focus(self) -> None:
        """The keys mean the view shown."""
        first = self.part(self.current_view()).first_focus()
        if first is not None and self.isVisible():
            first.setFocus(Qt.FocusReason.OtherFocusReason)

    def leave(self) -> None:
        """The person goes back to the list."""
        if "work" in self._made:
            self.work.keep_now()

    # showing

    def show_ticket(self, shown: TicketDetail) -> None:
        """Facts of a ticket. Another ticket begins with its job, or with the work begun on it."""
        before = self.shown
        self.shown = shown
        self.strip.set_views(self._views())
        if before is None or before.line.id != shown.line.id:
            draft = shown.draft
            begun = bool(draft.actions or draft.outcome or draft.parts)
            self.show_view("work" if begun else "job")
        else:
            self.part(self.current_view()).show_ticket(shown)
        self.changed.emit()
