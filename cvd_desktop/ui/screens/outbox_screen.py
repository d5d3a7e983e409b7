"""The Outbox screen: every record of this laptop, its state, and what to do about it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Protocol, TypeGuard

from PySide6.QtCore import Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QVBoxLayout

from cvd_desktop.domain.bundle_records import CarriedBundle
from cvd_desktop.domain.clock import Clock
from cvd_desktop.domain.records import OutboxEntry, RecordState, SyncStatus
from cvd_desktop.ui import formats
from cvd_desktop.ui.background import Background, Job, Lane
from cvd_desktop.ui.messages import Messages, Told
from cvd_desktop.ui.outbox_words import OutboxWords
from cvd_desktop.ui.screen import Screen
from cvd_desktop.ui.screens.outbox_files import FileServices, OutboxFiles
from cvd_desktop.ui.screens.outbox_panel import OutboxPanel
from cvd_desktop.ui.table_model import PAGE_ROWS, Cell, Column, Deliver, Face, Fit, TableModel
from cvd_desktop.ui.theme import Look, Tone
from cvd_desktop.ui.widgets.card import Card
from cvd_desktop.ui.widgets.facts_row import FactsRow
from cvd_desktop.ui.widgets.note_line import NoteLine
from cvd_desktop.ui.widgets.state_count import StateCount
from cvd_desktop.ui.widgets.table_view import TableView
from cvd_desktop.ui.widgets.tag import TagKind
from cvd_desktop.ui.widgets.text_label import TextLabel
from cvd_desktop.ui.widgets.two_columns import TwoColumns

SIDE = 352
LEAST_ROWS = 5
SENT = frozenset({"outbox", "sync", "snapshot", "session", "reads"})


class SyncReport(Protocol):
    """What one run of sync did."""

    @property
    def pushed(self) -> int: ...
    @property
    def pulled(self) -> int: ...
    @property
    def problem(self) -> str | None: ...


@dataclass(frozen=True, slots=True)
class OutboxServices:
    """The services of this screen, bound to the workplace by the application."""

    list_outbox: Callable[[int, int], list[OutboxEntry]]
    """list_outbox(offset, limit): refused first, then what waits, then the rest, newest first"""
    sync_status: Callable[[], SyncStatus]
    sync_now: Callable[[Callable[[], bool]], SyncReport]
    """sync_now(should_stop)"""
    retry_now: Callable[[], None]
    leave_to_office: Callable[[str, bool], None]
    """leave_to_office(op_id, left): a refused record asks for nothing here any more, or again"""
    files: FileServices


@dataclass(frozen=True, slots=True)
class _Shown:
    status: SyncStatus
    entries: Sequence[OutboxEntry]
    carried: Sequence[CarriedBundle]


class OutboxScreen(Screen):
    """Three counts, the list, and beside it what happened to the record chosen."""

    name = "outbox"
    icon = "outbox"
    topics = frozenset({"outbox", "sync", "session"})

    synced = Signal(object)
    """SyncReport of a run that a person asked for."""
    status_known = Signal(object)
    """SyncStatus as just fetched, for the sync chip."""
    correction_wanted = Signal(object)
    """OutboxEntry: a refused correction of a visit is to be made anew."""

    def __init__(
        self,
        look: Look,
        background: Background,
        messages: Messages,
        services: OutboxServices,
        clock: Clock,
    ) -> None:
        super().__init__()
        self._look = look
        self._background = background
        self._messages = messages
        self._services = services
        self._words = OutboxWords(messages, clock, self)
        self._status: SyncStatus | None = None
        self._job: Job[_Shown] | None = None
        self._syncing = False
        self._said = ""
        self._as_sent = False
        self.files = OutboxFiles(self, background, messages, services.files)
        self.files.said.connect(self._tell_news)
        self.files.failed.connect(self._file_failed)
        self._make_actions()
        self._columns_page = TwoColumns(look, SIDE, parent=self)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self._columns_page)
        self._build(look)
        self._name_actions()

    def _make_actions(self) -> None:
        make, look = self.make_action, self._look
        self.sync_action = make(look, "outbox", "", self.sync)
        self.correct_action = make(look, "undo", "", self._correct, self.tr("Correct the visit"))
        self.retry_action = make(look, "retry", "R", self.retry, self.tr("Retry now"))
        self.export_action = make(
            look, "usb", "U", self.files.ask_where, self.tr("Export unsent to USB")
        )
        self.import_action = make(
            look, "arrow-down", "I", self.files.ask_which, self.tr("Import receipt")
        )
        self.leave_action = make(look, "arrow-right", "O", self._leave)
        self.sent_action = make(look, "info", "D", self._turn_as_sent)

    def _build(self, look: Look) -> None:
        space = look.theme.space
        counts = Card(look)
        self._columns_page.main.addWidget(counts)
        self.counts = tuple(
            StateCount(look, state, self._messages.state(state))
            for state in (RecordState.REFUSED, RecordState.RECORDED_HERE, RecordState.ON_THE_SERVER)
        )
        for count in self.counts:
            count.show_count(None, "")
        self._facts = FactsRow(look, self.counts)
        counts.body.addWidget(self._facts)
        self.carried = NoteLine(look)
        self.carried.setContentsMargins(0, look.theme.space.m, 0, 0)
        counts.body.addWidget(self.carried)
        self.news = NoteLine(look)  # of files: a sentence too long for the bar
        self.news.setContentsMargins(0, look.theme.space.m, 0, 0)
        counts.body.addWidget(self.news)
        card = Card(look, padding=1)
        self._columns_page.main.addWidget(card, 1)
        card.body.setSpacing(0)
        self.entries = TableModel(self._columns(), key=lambda entry: entry.op_id, parent=self)
        self.table = TableView(look, self.entries, self.tr("Records"), look.theme.control.row)
        self.table.keep_height(LEAST_ROWS)
        self.table.current_changed.connect(self._choose)
        self.empty = TextLabel(look, "", "body", Tone.MUTED, wrap=True)
        self.empty.setContentsMargins(space.l, space.l, space.l, space.l)
        card.body.addWidget(self.empty)
        card.body.addWidget(self.table, 1)
        card.body.addStretch(0)
        self.panel = OutboxPanel(look, self.leave_action, self.sent_action)
        self._columns_page.side.addWidget(self.panel, 1)
        self._say(self.tr("Fetching the records of this laptop."))

    def _columns(self) -> tuple[Column[OutboxEntry], ...]:
        words = self._words
        return (
            Column("state", self.tr("State"), self._state),
            Column(
                "record",
                self.tr("Record"),
                words.short_title,
                face=Face.STRONG,
                fit=Fit.REST,
                least=160,
            ),
            Column(
                "machine",
                self.tr("Machine"),
                lambda e: e.machine_asset or "",
                face=Face.LABEL,
                rank=1,
            ),
            Column(
                "place",
                self.tr("Place"),
                lambda e: e.place or "",
                fit=Fit.REST,
                least=96,
                rank=3,
                tone=Tone.MUTED,
            ),
            Column("recorded", self.tr("Recorded"), words.recorded, right=True, rank=2),
            Column(
                "next",
                self.tr("Reason or next step"),
                lambda e: words.next_step(e, self._now_status()),
                fit=Fit.REST,
                least=160,
            ),
        )

    def _state(self, entry: OutboxEntry) -> Cell:
        word = self._messages.state(entry.state)
        return Cell(word, mark=TagKind(entry.state.value), face=Face.STRONG)

    # what the frame asks

    def word(self) -> str:
        return self.tr("Outbox")

    def place(self) -> tuple[str, str]:
        return self.word(), self._words.place_detail(self._status) if self._status else ""

    def primary(self) -> QAction | None:
        entry = self.table.current()
        return self.correct_action if is_correctable(entry) else self.sync_action

    def secondary(self) -> Sequence[QAction]:
        return (self.retry_action, self.export_action, self.import_action)

    def fact(self) -> str:
        return self._said

    def reload(self) -> None:
        if self._job is not None:
            self._job.cancel()
        self._job = self._background.run(
            Lane.DATABASE, partial(_fetch, self._services), self._show, self._failed
        )

    # sending

    def sync(self) -> None:
        """Send and fetch now, in the network lane."""
        if self._syncing:
            return
        self._syncing = True
        self._said = ""
        self.news.show_note(TagKind.GOOD, "")
        self._name_actions()
        if self._status is not None:
            self.status_known.emit(replace(self._status, syncing=True))
        self.table.viewport().update()  # every row that waits tells it
        self._background.run(
            Lane.NETWORK,
            partial(self._services.sync_now, self._background.should_stop),
            self._synced,
            self._not_synced,
            topics=SENT,
        )

    def retry(self) -> None:
        """Do not wait for the next try: forget the waiting time, then send."""
        if not self._syncing:
            self._background.run(
                Lane.DATABASE,
                self._services.retry_now,
                self._retried,
                self._not_synced,
                topics={"sync", "outbox"},
            )

    def _retried(self, nothing: None) -> None:
        del nothing
        self.sync()

    def _synced(self, report: SyncReport) -> None:
        self._syncing = False
        if report.problem:
            self._said = self._messages.code(report.problem).what
        else:
            self._said = self.tr("{sent} sent, {fetched} fetched").format(
                sent=formats.number(report.pushed), fetched=formats.number(report.pulled)
            )
        self._name_actions()
        self.synced.emit(report)

    def _not_synced(self, error: BaseException) -> None:
        self._syncing = False
        told = self._messages.error(error)
        self._said = told.what
        self.panel.show_told(self.tr("Not sent"), "", told, "alert", Tone.CRITICAL)
        self._name_actions()

    # files and decisions

    def _tell_news(self, words: str) -> None:
        self.news.show_note(TagKind.GOOD, words)
        self._said = ""
        self._name_actions()

    def _file_failed(self, title: str, error: BaseException) -> None:
        told = self._messages.error(error)
        self._said = told.what
        self.news.show_note(TagKind.GOOD, "")
        self.panel.show_told(title, "", told, "alert", Tone.CRITICAL)
        self.panel.show_choices(None, refused=False)
        self._name_actions()

    def _leave(self) -> None:
        entry = self.table.current()
        if entry is not None and entry.state is RecordState.REFUSED:
            self._background.run(
                Lane.DATABASE,
                partial(self._services.leave_to_office, entry.op_id, not entry.left_to_office),
                failed=self._failed,
                topics={"sync", "outbox"},
            )

    def _correct(self) -> None:
        entry = self.table.current()
        if is_correctable(entry):
            self.correction_wanted.emit(entry)

    # showing

    def _show(self, shown: _Shown) -> None:
        status = shown.status
        self._status = status
        for count, (figure, line) in zip(self.counts, self._words.counts(status), strict=True):
            count.show_count(figure, line)
        self._facts.arrange()
        self.carried.show_note(*self.files.carried_words(shown.carried))
        total = status.refused + status.waiting + status.on_server
        if len(shown.entries) < PAGE_ROWS or total <= len(shown.entries):
            self.entries.set_rows(shown.entries)
        else:
            self.entries.set_paged(total, self._fetch_page, shown.entries)
        if shown.entries:
            self._say("")
            if self.table.current() is None:
                self.table.go_to(0)
        else:
            self._say(
                self.tr("Nothing is recorded on this laptop yet. Reads and visits appear here.")
            )
        self._choose()
        self.status_known.emit(status)

    def _fetch_page(self, offset: int, limit: int, deliver: Deliver[OutboxEntry]) -> None:
        self._background.run(
            Lane.DATABASE,
            partial(self._services.list_outbox, offset, limit),
            deliver,
            self._failed,
        )

    def _failed(self, error: BaseException) -> None:
        told = self._messages.error(error)
        self._say(f"{told.what} {told.do}")
        self.panel.show_told(self.tr("The list cannot be read"), "", told, "alert", Tone.CRITICAL)

    def _say(self, sentence: str) -> None:
        self.empty.setText(sentence)
        self.empty.setVisible(bool(sentence))
        self.table.setVisible(not sentence)

    def _now_status(self) -> SyncStatus | None:
        if self._status is None or not self._syncing:
            return self._status
        return replace(self._status, syncing=True)

    def _choose(self) -> None:
        """The panel of the current record, else of the outbox as a whole."""
        status = self._now_status()
        entry = self.table.current()
        if entry is not None:
            panel = self._words.of_entry(entry, status)
        elif status is not None:
            panel = self._words.of_status(status, any_entry=self.entries.rowCount() > 0)
        else:
            waiting = Told(self.tr("Fetching the records of this laptop."), "", "", "")
            self.panel.show_told(self.word(), "", waiting, "info", Tone.PLAIN)
            return
        self.panel.show_told(panel.title, panel.detail, panel.told, panel.icon, panel.tone)
        refused = entry is not None and entry.state is RecordState.REFUSED
        self.panel.show_choices(entry, refused=refused)
        self.panel.show_as_sent(entry, shown=self._as_sent)
        self._name_actions()

    def _turn_as_sent(self) -> None:
        self._as_sent = not self._as_sent
        self._choose()

    def _name_actions(self) -> None:
        status = self._status
        signed_in = status is None or status.signed_in
        reason = ""
        if self._syncing:
            reason = self.tr("Records are being sent and fetched")
        elif not signed_in:
            reason = self.tr("Sign in first: the server must know whose records they are")
        self.sync_action.setText(self.tr("Syncing") if self._syncing else self.tr("Sync now"))
        for action in (self.sync_action, self.retry_action):
            action.setEnabled(not reason)
            action.setStatusTip(reason)
        self.sent_action.setText(
            self.tr("Hide the record") if self._as_sent else self.tr("Show it as sent")
        )
        entry = self.table.current()
        left = entry is not None and entry.left_to_office
        self.leave_action.setText(
            self.tr("Count it again") if left else self.tr("Leave it to the office")
        )
        nothing = ""
        if status is not None and not (status.waiting or status.attachments_waiting):
            nothing = self.tr("Nothing waits: there is nothing to export")
        self.export_action.setEnabled(not nothing)
        self.export_action.setStatusTip(nothing)
        self.frame_changed.emit()


def _fetch(services: OutboxServices) -> _Shown:
    """In the database lane."""
    return _Shown(
        services.sync_status(), services.list_outbox(0, PAGE_ROWS), services.files.list_carried()
    )


def is_correctable(entry: OutboxEntry | None) -> TypeGuard[OutboxEntry]:
    """True where the person can put it right: a correction of a visit that was refused."""
    return (
        entry is not None
        and entry.state is RecordState.REFUSED
        and entry.type == "visit.amended"
        and entry.machine_id is not None
        and not entry.left_to_office
    )
