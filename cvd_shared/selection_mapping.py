"""Selections against slots: how door labels and the machine's names belong together."""

from typing import NamedTuple

from cvd_shared.door_labels import DetectedPattern as DetectedPattern
from cvd_shared.door_labels import LabelPattern as LabelPattern


class Proposal(NamedTuple):
    """One slot with the selection that is believed to be its own."""

    slot: str
    selection: str | None
    confidence: float  # 0 to 1; 1 only when a person or an exact name says so
    reason: str  # a code of REASONS


class Question(NamedTuple):
    """A question of the wizard: vend the slot, read again, tell which counter moved."""

    slot: str
    candidates: tuple[str, ...]  # selections it may be, the likeliest first
    settles: int  # how many slots an answer would settle


class Mapping(NamedTuple):
    machine_pattern: DetectedPattern
    door_pattern: DetectedPattern
    proposals: tuple[Proposal, ...]
    unmapped: tuple[str, ...]  # selections of the report that no slot has
    confidence: float  # of the whole
    questions: tuple[Question, ...]
