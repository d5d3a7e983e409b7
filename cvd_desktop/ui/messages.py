"""The words of the services as the screens show them: problems, verdict answers, records.

The services' own words are passed in (services/words.py, services/record_words.py), so that no
screen imports them; what only a screen can say (a bug of ours, an empty list) is said here.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

from PySide6.QtCore import QObject

from cvd_desktop.domain.problem import Problem
from cvd_desktop.domain.records import OutboxEntry, RecordState
from cvd_shared.read_verdict import Actor, Answer, State


class ServiceWords(Protocol):
    """What services/words.py says of one code."""

    @property
    def what(self) -> str: ...
    @property
    def safe(self) -> str: ...
    @property
    def do(self) -> str: ...
    @property
    def who(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Told:
    """What happened, what is safe, what to do, who acts: each a sentence for a person."""

    what: str
    safe: str
    do: str
    who: str


WordsOf = Callable[[str, Mapping[str, object]], ServiceWords]
AnswerWordsOf = Callable[[str, Answer], str]
RecordTitleOf = Callable[[OutboxEntry], str]
FactWordsOf = Callable[[str, str, Mapping[str, object]], str]
"""(area, code, values) -> a sentence about a figure of a read; empty for a code without words.
Areas: evidence, cash_term, cash_reason, mapping_reason."""


def no_fact_words(area: str, code: str, values: Mapping[str, object]) -> str:
    """Where nobody gave words to the codes of facts."""
    del area, code, values
    return ""


class Messages(QObject):
    """Made once by the application and passed to every screen."""

    def __init__(
        self,
        words: WordsOf,
        answer_words: AnswerWordsOf,
        record_title: RecordTitleOf,
        record_reason: RecordTitleOf,
        parent: QObject | None = None,
        fact_words: FactWordsOf = no_fact_words,
    ) -> None:
        super().__init__(parent)
        self._words = words
        self._answer_words = answer_words
        self._record_title = record_title
        self._record_reason = record_reason
        self._fact_words = fact_words

    def code(self, code: str, values: Mapping[str, object] | None = None) -> Told:
        """The words of a code of a Problem, a failure of a link or a refusal of the server."""
        said = self._words(code, values or {})
        return Told(said.what, said.safe, said.do, said.who)

    def error(self, error: BaseException) -> Told:
        """The words of what a job failed with."""
        if isinstance(error, Problem):
            return self.code(error.code, error.values)
        return Told(
            self.tr("This program made a mistake here: {name}.").format(name=type(error).__name__),
            self.tr("What was recorded before is kept. A report of the mistake was written."),
            self.tr("Try it once more. If it happens again, send the report to the office."),
            self.tr("the office"),
        )

    def answer(self, question: str, answer: Answer) -> str:
        """The finding of one of the five questions of a read."""
        return self._answer_words(question, answer)

    def fact(self, area: str, code: str, values: Mapping[str, object] | None = None) -> str:
        """The words of a code of a figure; a code without words is told as it is."""
        return self._fact_words(area, code, values or {}) or code.replace("_", " ")

    def record(self, entry: OutboxEntry) -> str:
        """What a record of the outbox is, e.g. "Read, 5,118 bytes"."""
        return self._record_title(entry)

    def reason(self, entry: OutboxEntry) -> str:
        """Why the server refused a record; empty when it did not."""
        return self._record_reason(entry)

    def question(self, question: str) -> str:
        return {
            "link": self.tr("Link"),
            "transfer": self.tr("Transfer"),
            "integrity": self.tr("Integrity"),
            "mapping": self.tr("Mapping"),
            "plausibility": self.tr("Plausibility"),
        }[question]

    def asked(self, question: str) -> str:
        """The question in full."""
        return {
            "link": self.tr("Did the machine answer?"),
            "transfer": self.tr("Is the file whole?"),
            "integrity": self.tr("Is the file as the machine wrote it?"),
            "mapping": self.tr("Do the selections match the planogram?"),
            "plausibility": self.tr("Do the meters go on from the read before?"),
        }[question]

    def who_acts(self, answer: Answer) -> str:
        """The state in words and who acts: "Open, the office acts"."""
        state = {
            State.OK: self.tr("Right"),
            State.WARNING: self.tr("Open"),
            State.FAILED: self.tr("Wrong"),
            State.UNKNOWN: self.tr("Not known"),
        }[answer.state]
        actor = {
            Actor.NOBODY: self.tr("nobody acts"),
            Actor.DRIVER: self.tr("you act"),
            Actor.TECHNICIAN: self.tr("a technician acts"),
            Actor.OFFICE: self.tr("the office acts"),
        }[answer.actor]
        return f"{state}, {actor}"

    def state(self, state: RecordState) -> str:
        return {
            RecordState.RECORDED_HERE: self.tr("Recorded here"),
            RecordState.ON_THE_SERVER: self.tr("On the server"),
            RecordState.REFUSED: self.tr("Refused"),
        }[state]
