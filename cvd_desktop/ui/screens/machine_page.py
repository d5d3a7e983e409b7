"""One machine: its views behind one strip of keys. A view is made when it is first looked at."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Protocol

from PySide6.QtCore import Qt, Signal, SignalInstance
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QApplication, QStackedWidget, QVBoxLayout, QWidget

from cvd_desktop.domain.records import ReadDetail
from cvd_desktop.ui import formats
from cvd_desktop.ui.read_events import EventGroup, group_events
from cvd_desktop.ui.screens.machine_overview_part import OverviewPart
from cvd_desktop.ui.screens.machine_part import MachineRead, MachineShown
from cvd_desktop.ui.screens.read_part import PartWords
from cvd_desktop.ui.theme import Look
from cvd_desktop.ui.widgets.tag import TagKind
from cvd_desktop.ui.widgets.view_strip import View, ViewStrip
from cvd_shared.price_audit import PriceState

if TYPE_CHECKING:
    from cvd_desktop.ui.screens.machine_findings_part import FindingsPart
    from cvd_desktop.ui.screens.machine_last_read import LastReadView
    from cvd_desktop.ui.screens.machine_mapping_part import MappingPart
    from cvd_desktop.ui.screens.machine_planogram_part import PlanogramPart


class MachineView(Protocol):
    """What the page asks of a view; `MachinePart` and `LastReadView` are such."""

    @property
    def read_opened(self) -> SignalInstance: ...
    @property
    def proof_wanted(self) -> SignalInstance: ...
    @property
    def changed(self) -> SignalInstance: ...
    def show_machine(self, shown: MachineShown) -> None: ...
    def actions_here(self) -> Sequence[QAction]: ...
    def primary_here(self) -> QAction | None: ...
    def read_begins(self) -> None: ...
    def first_focus(self) -> QWidget | None: ...


class MachinePage(QWidget):
    """To add a view: its maker in `_makers`, its word and key in `_views`."""

    read_opened = Signal(str)
    """Id of a read that a person wants to see."""
    proof_opened = Signal(str, object)
    """Id of a read, and the `Proof` in it that a person wants to see."""
    save_wanted = Signal(str, object)
    """Text of a file, and the path where a person wants it."""
    report_wanted = Signal(bool)
    """A person wants the report of the last file: on paper (True) or as a PDF (False)."""
    changed = Signal()
    """The view, its actions or the current read are others now."""

    def __init__(self, look: Look, words: PartWords, parent: QWidget) -> None:
        super().__init__(parent)
        self._look = look
        self._words = words
        self.shown: MachineShown | None = None
        self._made: dict[str, QWidget] = {}
        pad = look.theme.frame.content_padding
        column = QVBoxLayout(self)
        column.setContentsMargins(0, pad, 0, 0)
        column.setSpacing(0)
        self.strip = ViewStrip(look, self.tr("Views of this machine"))
        self.strip.setContentsMargins(0, 0, 0, 0)
        edge = QVBoxLayout()
        edge.setContentsMargins(pad, 0, pad, 0)
        edge.addWidget(self.strip)
        column.addLayout(edge)
        self._stack = QStackedWidget(self)
        column.addWidget(self._stack, 1)
        self._makers: dict[str, Callable[[], MachineView]] = {
            "overview": self._make_overview,
            "sales": self._make_sales,
            "cash": self._make_cash,
            "planogram": self._make_planogram,
            "mapping": self._make_mapping,
            "events": self._make_events,
            "findings": self._make_findings,
        }
        self.strip.set_views(self._views())
        self.strip.chosen.connect(self._chosen)
        self.overview = OverviewPart(look, words, self._stack)
        self.overview.read_changed.connect(self.changed)
        self.show_view("overview")

    # views

    def _views(self) -> tuple[View, ...]:
        """The same words and keys as the views of a read have."""
        return (
            View("overview", self.tr("Overview"), "O"),
            View("sales", self.tr("Sales"), "S"),
            View("cash", self.tr("Cash"), "C"),
            _marked("planogram", self.tr("Planogram"), "P", self._price_trouble()),
            _marked("mapping", self.tr("Mapping"), "M", self._mapping_trouble()),
            _marked("events", self.tr("Events"), "E", self._event_trouble()),
            _marked("findings", self.tr("Findings"), "F", self._file_trouble()),
        )

    def _detail(self) -> ReadDetail | None:
        last = self.shown.last if self.shown is not None else None
        return last.detail if last is not None else None

    def _price_trouble(self) -> str:
        """What waits in the planogram view, in words; empty for nothing."""
        detail = self._detail()
        audit = detail.audit if detail is not None else None
        differ = audit.count(PriceState.DIFFERS) if audit is not None else 0
        words = self.tr("1 price differs") if differ == 1 else self.tr("{n} prices differ")
        return words.format(n=formats.number(differ)) if differ else ""

    def _mapping_trouble(self) -> str:
        detail = self._detail()
        mapping = detail.mapping if detail is not None else None
        asked = len(mapping.questions) if mapping is not None else 0
        words = self.tr("1 question") if asked == 1 else self.tr("{n} questions")
        return words.format(n=formats.number(asked)) if asked else ""

    def active_events(self) -> tuple[str, ...]:
        """Codes of the events that the last read tells as active, the door's apart."""
        return tuple(group.code for group in self._active() if not group.routine)

    def _active(self) -> list[EventGroup]:
        detail = self._detail()
        groups = group_events(detail.events, detail.interval) if detail is not None else ()
        return [group for group in groups if group.active]

    def _event_trouble(self) -> str:
        active = len(self._active())
        return self.tr("{n} active now").format(n=formats.number(active)) if active else ""

    def _file_trouble(self) -> str:
        detail = self._detail()
        findings = detail.findings if detail is not None else ()
        errors = sum(finding.severity == "error" for finding in findings)
        words = self.tr("1 error") if errors == 1 else self.tr("{n} errors")
        return words.format(n=formats.number(errors)) if errors else ""

    def _make_overview(self) -> MachineView:
        return self.overview

    def _make_sales(self) -> LastReadView:
        from cvd_desktop.ui.screens.machine_last_read import LastReadView
        from cvd_desktop.ui.screens.read_sales_page import SalesPage

        return LastReadView(self._look, self._words, self._stack, SalesPage)

    def _make_cash(self) -> LastReadView:
        from cvd_desktop.ui.screens.machine_last_read import LastReadView
        from cvd_desktop.ui.screens.read_cash_page import CashPage

        return LastReadView(self._look, self._words, self._stack, CashPage)

    def _make_events(self) -> LastReadView:
        from cvd_desktop.ui.screens.machine_last_read import LastReadView
        from cvd_desktop.ui.screens.read_events_page import EventsPage

        return LastReadView(self._look, self._words, self._stack, EventsPage)

    def _make_findings(self) -> FindingsPart:
        from cvd_desktop.ui.screens.machine_findings_part import FindingsPart

        part = FindingsPart(self._look, self._words, self._stack)
        part.report_wanted.connect(self.report_wanted)
        return part

    def _make_mapping(self) -> MappingPart:
        from cvd_desktop.ui.screens.machine_mapping_part import MappingPart

        part = MappingPart(self._look, self._words, self._stack)
        part.save_wanted.connect(self.save_wanted)
        return part

    def _make_planogram(self) -> PlanogramPart:
        from cvd_desktop.ui.screens.machine_planogram_part import PlanogramPart

        return PlanogramPart(self._look, self._words, self._stack)

    def view(self, name: str) -> MachineView:
        """The view of a name, made now if it was not yet. Raises KeyError for no such view."""
        if name not in self._made:
            view = self._makers[name]()
            assert isinstance(view, QWidget)
            self._made[name] = view
            self._stack.addWidget(view)
            view.read_opened.connect(self.read_opened)
            view.proof_wanted.connect(self._open_proof)
            view.changed.connect(self.changed)
        made: MachineView = self._made[name]  # type: ignore[assignment]
        return made

    def make_next(self) -> bool:
        """Make one view that nobody has opened yet; False when there is none left."""
        waiting = [name for name in self._makers if name not in self._made]
        if waiting:
            self.view(waiting[0])
        return bool(waiting)

    def current_view(self) -> str:
        return self.strip.current()

    def show_view(self, name: str) -> None:
        """Show a view, filled with what is known now."""
        view = self.view(name)
        self.strip.show_view(name)
        if self.shown is not None:
            view.show_machine(self.shown)
        focus = QApplication.focusWidget()
        had_focus = focus is not None and self._stack.isAncestorOf(focus)
        if had_focus:
            self._stack.setFocus()  # else Qt moves the focus of a hidden page to any widget
        self._stack.setCurrentWidget(self._made[name])
        if had_focus:
            self.take_focus()
        self.changed.emit()

    def take_focus(self) -> None:
        """The arrow keys walk the list of the view shown."""
        first = self.view(self.current_view()).first_focus()
        if first is not None:
            first.setFocus(Qt.FocusReason.OtherFocusReason)

    def _chosen(self, name: str) -> None:
        self.show_view(name)

    # showing

    def show_machine(self, shown: MachineShown) -> None:
        """Facts of a machine. Another machine begins with its overview."""
        before = self.shown
        self.shown = shown
        self.strip.set_views(self._views())
        if before is None or before.line.record.id != shown.line.record.id:
            self.show_view("overview")
        else:
            self.view(self.current_view()).show_machine(shown)
        self.changed.emit()

    def current_read(self) -> MachineRead | None:
        """The read that actions are about: the current one of the overview, else the last."""
        if self.current_view() == "overview":
            return self.overview.current_read()
        last = self.shown.last if self.shown is not None else None
        reads = self.shown.reads if self.shown is not None else ()
        wanted = last.detail.summary.id if last is not None else None
        return next((read for read in reads if read.record.id == wanted), None)

    def actions_here(self) -> Sequence[QAction]:
        return self.view(self.current_view()).actions_here()

    def primary_here(self) -> QAction | None:
        """What is to be done next in the view shown; None: to read the machine."""
        return self.view(self.current_view()).primary_here()

    def read_begins(self) -> None:
        """A person went from here to read the machine."""
        self.view(self.current_view()).read_begins()

    def _open_proof(self, proof: object) -> None:
        last = self.shown.last if self.shown is not None else None
        if last is not None:
            self.proof_opened.emit(last.detail.summary.id, proof)


def _marked(name: str, word: str, key: str, trouble: str) -> View:
    """A view with a mark where something waits in it."""
    return View(name, word, key, TagKind.WARNING if trouble else None, trouble)
