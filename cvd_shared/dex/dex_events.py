"""What an event code of EA1 and EA2 means, with the additions that makers glue to it.

To add an event: one row in events.json. Makers write a standard code, a standard code with `_` and
text (`ELB_507`), a standard code with digits (`EJB61`: motor 61), or a code of their own (`CR`,
`EG1A`), which is shown as it is: cutting it at three letters would give it a wrong meaning.
"""

from functools import cache, lru_cache
from typing import NamedTuple

from cvd_shared.dex.dex_segments import load_table

_LETTERS = 3  # class, unit, event


class EventMeaning(NamedTuple):
    standard_code: str | None  # None: a maker's own code
    detail: str  # what the maker added: "507", "61"
    text: str
    is_glued: bool = False  # the detail follows the code without the `_` of the standard


@cache
def event_table() -> dict[str, str]:
    """Text by standard code (EVA-DTS 6.2.2, event list); read once."""
    table: dict[str, str] = load_table("events.json")
    return table


@lru_cache(maxsize=2048)  # codes come from machines: bounded
def _meaning(code: str) -> EventMeaning:
    table = event_table()
    if code in table:
        return EventMeaning(code, "", table[code])
    head, _, detail = code.partition("_")
    is_glued = head not in table
    if is_glued:
        head, detail = code[:_LETTERS], code[_LETTERS:]
        if not detail.isdecimal() or head not in table:
            return EventMeaning(None, "", code)
    text = f"{table[head]} ({detail})" if detail else table[head]
    return EventMeaning(head, detail, text, is_glued)


def event_meaning(code: str) -> EventMeaning:
    """The meaning of `code`, blanks around it ignored; a code that nobody knows means itself."""
    return _meaning(code.strip())
