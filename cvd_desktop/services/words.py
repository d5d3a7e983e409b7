"""Puts codes into words: what happened, what is safe, what to do, who acts.

The sentences are in word_table.py (problems), word_table_sync.py (the server) and
word_table_verdict.py (the five questions of a read); here is only how they are chosen and filled.
To add a code: its line in the table of its area. A test names a code without words.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

from cvd_desktop.services.word_table import PROBLEMS
from cvd_desktop.services.word_table_bench import BENCH
from cvd_desktop.services.word_table_bundles import BUNDLES
from cvd_desktop.services.word_table_day import DAY
from cvd_desktop.services.word_table_link import KEPT, NOTHING_READ
from cvd_desktop.services.word_table_people import PEOPLE
from cvd_desktop.services.word_table_ports import PORTS
from cvd_desktop.services.word_table_practice import PRACTICE
from cvd_desktop.services.word_table_sync import SYNC
from cvd_desktop.services.word_table_tickets import TICKETS
from cvd_desktop.services.word_table_verdict import ANSWERS, LINK_NAMES
from cvd_desktop.services.word_table_visit import VISITS
from cvd_desktop.services.word_table_write import WRITE
from cvd_shared.read_verdict import Actor, Answer, State

QUESTIONS = {
    "link": "Link",
    "transfer": "Transfer",
    "integrity": "Integrity",
    "mapping": "Mapping",
    "plausibility": "Plausibility",
}
STATES = {
    State.OK: "right",
    State.WARNING: "open",
    State.FAILED: "wrong",
    State.UNKNOWN: "not known",
}
ACTORS = {
    Actor.NOBODY: "nobody",
    Actor.DRIVER: "you",
    Actor.TECHNICIAN: "a technician",
    Actor.OFFICE: "the office",
}

_VARIANTS = ("response", "why", "party")
_TABLE = {
    **PROBLEMS,
    **BENCH,
    **BUNDLES,
    **DAY,
    **PEOPLE,
    **PORTS,
    **PRACTICE,
    **SYNC,
    **TICKETS,
    **VISITS,
    **WRITE,
}


class Words(NamedTuple):
    """Sentences for a person; each may be empty but `what`."""

    what: str
    safe: str
    do: str
    who: str


class _Values(dict[str, Any]):
    def __missing__(self, key: str) -> str:
        return "?"


def words(code: str, values: Mapping[str, object]) -> Words:
    """The words of a Problem, a FailureCode or a trouble of sync.

    A code may have variants, chosen by the value `response`, `why` or `party` ("refused.04").
    A code that nobody gave words to is named as it is, so that support can work with it.
    """
    filled = _Values(values)
    blocks = values.get("blocks", 0)
    filled["blocks_said"] = "1 block" if blocks == 1 else f"{blocks:,} blocks"
    if "speaks" in values:
        filled["speaks"] = LINK_NAMES.get(str(values["speaks"]), values["speaks"])
    for name in _VARIANTS:
        if f"{code}.{values.get(name)}" in _TABLE:
            entry = _TABLE[f"{code}.{values[name]}"]
            break
    else:
        if code not in _TABLE:
            return Words(
                f'Something happened that this program has no words for: "{code}".',
                "What was recorded is kept.",
                "Send this line to the office.",
                "the office",
            )
        entry = _TABLE[code]
    what, safe, do, who = (text.format_map(filled) for text in entry)
    if safe == "link":  # depends on how far it came
        safe = KEPT.format_map(filled) if values.get("blocks") else NOTHING_READ
    return Words(what, safe, do, who)


def answer_words(question: str, answer: Answer) -> str:
    """The finding of one question of a read, e.g. "G85 3A7F is right, 87 segments"."""
    values = _Values(
        (name, f"{value:,}" if type(value) is int else value)
        for name, value in answer.values.items()
    )
    if "retries" in values:
        values["repeated"] = f"{values['retries'] if answer.values['retries'] else 'none'} repeated"
    if "link" in values:
        values["link"] = LINK_NAMES.get(str(values["link"]), values["link"])
    code = f"{question}.{answer.code}"
    for key in (
        f"{code}.{answer.values.get('failure')}",
        *(f"{code}+{name}" for name in answer.values),
        code,
        answer.code,
    ):
        if key in ANSWERS:
            return ANSWERS[key].format_map(values)
    return f"{answer.code} ({STATES[answer.state]})"


def has_words(code: str) -> bool:
    """True when the code, or one of its variants, is in a table."""
    return any(key.partition(".")[0] == code for key in _TABLE)
