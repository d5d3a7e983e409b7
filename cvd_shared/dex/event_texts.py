"""What the events of a report mean; tells which codes are not as the list of the standard has them.

Makers send codes of the list, codes with a number glued to them, and codes of their own.
"""

from collections.abc import Iterable, Mapping, Sequence

from cvd_shared.dex.dex_events import EventMeaning, event_meaning
from cvd_shared.dex.element_reader import ElementReader


def event_texts(values: ElementReader, lines: Sequence[int], codes: Sequence[str]) -> Iterable[str]:
    """The text of each code; notes in `values` what is odd about them."""
    meanings = {code: event_meaning(code) for code in set(codes)}
    texts = {code: meaning.text for code, meaning in meanings.items()}
    odd = {
        code: meaning
        for code, meaning in meanings.items()
        if meaning.is_glued or meaning.standard_code is None
    }
    if odd:
        _note(values, [one for one in zip(lines, codes, strict=True) if one[1] in odd], odd)
        texts[""] = "event without a code"
    return map(texts.__getitem__, codes)


def _note(
    values: ElementReader, events: Sequence[tuple[int, str]], odd: Mapping[str, EventMeaning]
) -> None:
    for line, code in events:
        if not code:
            values.note("info", "event_unnamed", line, "An event without a code")
        elif odd[code].is_glued:
            message = "Event codes with a number behind"
            values.note("info", "event_number", line, message, name=code)
        else:
            message = "Event codes of the maker's own"
            values.note("info", "maker_event", line, message, name=code)
