"""What the events of a report mean; tells which codes are not as the list of the standard has them.

Makers send codes of the list, codes with a number glued to them, and codes of their own.
"""

from collections.abc import Iterable, Sequence

from cvd_shared.dex.dex_events import EventMeaning, event_meaning
from cvd_shared.dex.element_reader import ElementReader


def event_texts(values: ElementReader, lines: Sequence[int], codes: Sequence[str]) -> Iterable[str]:
    """The text of each code; notes in `values` what is odd about them."""
    meanings = {code: event_meaning(code) for code in set(codes)}
    odd = {code for code, meaning in meanings.items() if _is_odd(code, meaning)}
    for line, code in zip(lines, codes, strict=True) if odd else ():
        if not code:
            values.note("info", "event_unnamed", line, "An event without a code")
        elif code in odd:
            _note(values, line, code, meanings[code])
    texts = {code: meaning.text for code, meaning in meanings.items()}
    texts[""] = "event without a code"
    return map(texts.__getitem__, codes)


def _is_odd(code: str, meaning: EventMeaning) -> bool:
    return meaning.standard_code is None or bool(meaning.detail and "_" not in code)


def _note(values: ElementReader, line: int, code: str, meaning: EventMeaning) -> None:
    if meaning.standard_code is None:
        message = "Event codes of the maker's own"
        values.note("info", "maker_event", line, message, name=code)
    else:
        message = "Event codes with a number behind"
        values.note("info", "event_number", line, message, name=code)
