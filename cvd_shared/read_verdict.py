"""The verdict of a read: five separate questions, each with its answer and who must act."""

from dataclasses import dataclass, field
from enum import StrEnum

MOST_OF_A_REPORT = 1_000_000
"""Bytes. The longest audits of real machines have 14 kB: more than this is no report of a machine,
and is kept without being looked into."""

Values = dict[str, str | int | float]


class State(StrEnum):
    OK = "ok"
    WARNING = "warning"
    FAILED = "failed"
    UNKNOWN = "unknown"  # the question cannot be answered here, e.g. no planogram to compare with


class Actor(StrEnum):
    NOBODY = "nobody"
    DRIVER = "driver"
    TECHNICIAN = "technician"
    OFFICE = "office"


@dataclass(frozen=True, slots=True)
class Answer:
    """`code` and `values` are put into words in one place only (cvd_desktop/services/words.py)."""

    state: State
    code: str
    actor: Actor = Actor.NOBODY
    values: Values = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ReadVerdict:
    link: Answer  # did the machine answer
    transfer: Answer  # is the file whole
    integrity: Answer  # G85, SE
    mapping: Answer  # do the selections match the planogram
    plausibility: Answer  # do the meters continue

    def states(self) -> dict[str, str]:
        """The five states by question, as `cvd read --json` prints them."""
        return {name: str(getattr(self, name).state) for name in self.__slots__}
