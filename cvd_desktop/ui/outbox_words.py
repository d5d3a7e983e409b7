"""The sentences of the Outbox screen about one record and about the whole outbox."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from PySide6.QtCore import QObject

from cvd_desktop.domain.records import OutboxEntry, RecordState, SyncStatus
from cvd_desktop.ui import formats
from cvd_desktop.ui.ages import age_words
from cvd_desktop.ui.messages import Messages, Told
from cvd_desktop.ui.theme import Tone
from cvd_desktop.ui.widgets.sync_face import phrase_words, problem_of, waits_for_a_person
from cvd_desktop.ui.widgets.tag import TagKind, kind_icon, kind_tone


def first_sentence(words: str) -> str:
    """Without its full stop: a list tells in short what the panel tells in full."""
    return words.partition(". ")[0].removesuffix(".")


@dataclass(frozen=True, slots=True)
class Panel:
    """What the detail panel shows."""

    title: str
    detail: str
    told: Told
    icon: str
    tone: Tone


class OutboxWords(QObject):
    """Puts records and the state of sync into words."""

    def __init__(
        self, messages: Messages, clock: Callable[[], datetime], parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._messages = messages
        self._clock = clock

    def short_title(self, entry: OutboxEntry) -> str:
        """What it is, without machine and place, which have columns of their own."""
        title = self._messages.record(replace(entry, machine_asset=None, place=None))
        size = entry.payload.get("size")
        if isinstance(size, int) and not isinstance(size, bool):
            title = f"{title}, {formats.size(size)}"
        return title

    def recorded(self, entry: OutboxEntry) -> str:
        return formats.moment_beside(entry.recorded_at, self._clock())

    def next_step(self, entry: OutboxEntry, status: SyncStatus | None) -> str:
        """The last column: the reason of a refusal, the next try, or when it was answered."""
        if entry.state is RecordState.REFUSED:
            if entry.left_to_office:
                return self.tr("Left to the office")
            return first_sentence(self._messages.reason(entry))
        if entry.state is RecordState.ON_THE_SERVER:
            if entry.files_waiting:
                return self.tr("Its file waits for a better line")
            if entry.answered_at is None:
                return self.tr("Answered")
            return self.tr("Answered {time}").format(
                time=formats.moment_beside(entry.answered_at, self._clock())
            )
        if status is not None and not status.signed_in:
            return self._carried(entry) or self.tr("Waits for you to sign in")
        if status is not None and status.syncing:
            return self.tr("Is being sent")
        if entry.exported_at is not None:
            return self._carried(entry)
        code = None if status is None else problem_of(status)
        if code is not None and waits_for_a_person(code):
            return self.tr("Waits: {why}").format(why=phrase_words(code))
        if entry.next_try_at is not None:
            return self.tr("Next try {time}").format(
                time=formats.moment_beside(entry.next_try_at, self._clock())
            )
        return self.tr("Goes with the next sync")

    def _carried(self, entry: OutboxEntry) -> str:
        if entry.exported_at is None:
            return ""
        return self.tr("Carried by USB {time}").format(
            time=formats.moment_beside(entry.exported_at, self._clock())
        )

    def counts(self, status: SyncStatus) -> tuple[tuple[int, str], ...]:
        """Figure and line of Refused, Recorded here, On the server."""
        now = self._clock()
        refused = self.tr("kept here until a person decides")
        waiting = self.tr("nothing is only on this laptop")
        if status.waiting and status.oldest_waiting is not None:
            waiting = self.tr("only on this laptop, oldest {age}").format(
                age=age_words(now - status.oldest_waiting)
            )
        answered = self.tr("the server has not answered yet")
        if status.last_answer_at is not None:
            answered = self.tr("last answer {time}").format(
                time=formats.moment_beside(status.last_answer_at, now)
            )
        return (
            (status.refused, refused if status.refused else self.tr("nothing was refused")),
            (status.waiting, waiting),
            (status.on_server, answered),
        )

    def place_detail(self, status: SyncStatus) -> str:
        """Beside the name of the screen: what waits for whom."""
        parts = []
        if status.waiting == 1:
            parts.append(self.tr("1 waits for the server"))
        elif status.waiting:
            parts.append(self.tr("{n} wait for the server").format(n=status.waiting))
        if status.refused == 1:
            parts.append(self.tr("1 waits for a person"))
        elif status.refused:
            parts.append(self.tr("{n} wait for a person").format(n=status.refused))
        return ", ".join(parts)

    def of_entry(self, entry: OutboxEntry, status: SyncStatus | None) -> Panel:
        """What happened to one record, what is safe, what to do, who acts."""
        kind = TagKind(entry.state.value)
        title = self.tr("{state}: {record}").format(
            state=self._messages.state(entry.state), record=self.short_title(entry)
        )
        detail = ", ".join(
            part for part in (entry.machine_asset, entry.place, self.recorded(entry)) if part
        )
        told = {
            RecordState.REFUSED: self._refused,
            RecordState.RECORDED_HERE: self._waiting,
            RecordState.ON_THE_SERVER: self._answered,
        }[entry.state](entry, status)
        tone = kind_tone(kind)
        return Panel(title, detail, told, kind_icon(kind), tone)

    def _refused(self, entry: OutboxEntry, status: SyncStatus | None) -> Told:
        del status
        reason = self._messages.reason(entry) or self.tr("The server gave no reason.")
        if entry.left_to_office:
            return Told(
                reason,
                self.tr("The record is kept on this laptop and in the keeping of the office."),
                self.tr("Nothing: you have left it to the office."),
                self.tr("the office"),
            )
        return Told(
            reason,
            self.tr(
                "The record is kept on this laptop, whole and unchanged. Nothing is deleted, and "
                "no other record waits for it."
            ),
            self.tr(
                "Leave it to the office, which sees it too. What the office puts right, it puts "
                "right on the server; this record stays as proof."
            ),
            self.tr("the office"),
        )

    def _waiting(self, entry: OutboxEntry, status: SyncStatus | None) -> Told:
        problem = self._problem(status)
        if problem is not None:
            return problem
        tried = self.tr("It was not sent yet.")
        if entry.attempts == 1:
            tried = self.tr("It was sent once; the server has not answered.")
        elif entry.attempts:
            tried = self.tr("It was sent {n} times; the server has not answered.").format(
                n=entry.attempts
            )
        if entry.exported_at is not None:
            return Told(
                self.tr("{carried}, and the receipt is not back yet. {tried}").format(
                    carried=self._carried(entry), tried=tried
                ),
                self.tr("It is on this laptop and in the file, which only the office can open."),
                self.tr(
                    "Bring the file to the office, or to a laptop that has a line, and import the "
                    "receipt here. With a line of its own the record goes by itself."
                ),
                self.tr("you"),
            )
        return Told(
            self.tr("The record is on this laptop only. {tried}").format(tried=tried),
            self.tr("It is on disk and stays there until the server has it, exactly once."),
            self.tr("Nothing: it goes by itself. {next}.").format(
                next=self.next_step(entry, status)
            ),
            self.tr("nobody"),
        )

    def _answered(self, entry: OutboxEntry, status: SyncStatus | None) -> Told:
        del status
        when = self.next_step(entry, None)
        if entry.files_waiting:
            return Told(
                self.tr("The server has this record, and not yet the photo or file of it."),
                self.tr("The file is kept on this laptop until the server has it, verified."),
                self.tr("Nothing: it goes by itself when the line is good enough."),
                self.tr("nobody"),
            )
        return Told(
            self.tr("The server has this record. {answered}.").format(answered=when),
            self.tr("It is on the server and on this laptop."),
            self.tr("Nothing."),
            self.tr("nobody"),
        )

    def of_status(self, status: SyncStatus, *, any_entry: bool) -> Panel:
        """The panel when no record is chosen: the state of sync as a whole."""
        problem = self._problem(status)
        if problem is not None:
            next_try = ""
            if status.next_try_at is not None and status.signed_in:
                next_try = self.tr("Next try {time}").format(
                    time=formats.moment_beside(status.next_try_at, self._clock())
                )
            title = self.tr("Not sent yet") if status.signed_in else self.tr("Nobody is signed in")
            return Panel(title, next_try, problem, "warning", Tone.WARNING)
        if not any_entry:
            return Panel(
                self.tr("Nothing recorded yet"),
                "",
                Told(
                    self.tr("This laptop has recorded nothing so far."),
                    self.tr("Every read and every visit will be listed here with its state."),
                    self.tr("Read a machine to begin."),
                    "",
                ),
                "info",
                Tone.PLAIN,
            )
        told = Told(self.tr("Choose a record in the list to see what became of it."), "", "", "")
        if status.waiting or status.refused:
            return Panel(self.place_detail(status), "", told, "ring", Tone.PLAIN)
        return Panel(self.tr("All on the server"), "", told, "check-circle", Tone.POSITIVE)

    def _problem(self, status: SyncStatus | None) -> Told | None:
        code = None if status is None else problem_of(status)
        return None if code is None else self._messages.code(code)
