"""Selections against slots: how door labels and the machine's names belong together."""

from enum import StrEnum
from typing import NamedTuple


class LabelPattern(StrEnum):
    """How the doors and reports met in the field name their selections."""

    LETTER_DIGIT = "letter_digit"  # A1, A2 ... F9
    LETTER_NUMBER = "letter_number"  # A01, B10
    ROW_COLUMN = "row_column"  # 11, 12 ... 68: the row, then the column
    TENS = "tens"  # 10, 12, 14 ... even or every number from 10 on
    HUNDREDS = "hundreds"  # 101, 102 ... 612: shelf and place, or cabinet and place
    COUNTING = "counting"  # 1, 2, 3 ... in the order of the board
    ZERO_PADDED = "zero_padded"  # 001, 010, 099
    UNNAMED = "unnamed"  # the report gives no names, only positions
    OTHER = "other"


class DetectedPattern(NamedTuple):
    pattern: LabelPattern
    confidence: float  # 0 to 1
    cabinets: int
    rows: int
    examples: tuple[str, ...]


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
