"""Hypothesis strategies for EVA-DTS reports: any segment of the table, tidy or odd."""

from functools import cache

from hypothesis import strategies as st

from cvd_shared.dex.dex_segments import Element, segment_table
from cvd_shared.dex.dex_writer import escape

ENVELOPE = ("DXS", "ST", "G85", "SE", "DXE")
KINDS = [id_ for id_ in segment_table() if id_ not in ENVELOPE]
_PRODUCT = ("PA1", "PA2", "PA3", "PA4", "PA5", "PA7", "PA8")
_ODD = st.one_of(
    st.sampled_from(["-1", " ", "0" * 40, "9" * 40, "1.5", "^", "^2A^", "^zz^", "\x00", "\xe9"]),
    st.text(st.characters(max_codepoint=255, exclude_characters="*\r\n"), max_size=8),
)


@cache
def _tidy(element: Element | None) -> st.SearchStrategy[str]:
    """An element as the standard wants it."""
    if element is None:
        return st.sampled_from(["", "x", "7"])
    if element.is_number:
        largest = 10 ** min(element.longest, 12) - 1
        return st.one_of(st.integers(0, 9), st.integers(0, largest)).map(str)
    if element.type == "DT":
        return st.dates().map(lambda day: day.strftime("%y%m%d")) | st.dates().map(
            lambda day: day.isoformat().replace("-", "")
        )
    if element.type == "TM":
        return st.times().map(lambda time: time.strftime("%H%M")) | st.times().map(
            lambda time: time.strftime("%H%M%S")
        )
    letters = st.characters(min_codepoint=0x20, max_codepoint=0x7E)
    return st.text(letters, max_size=min(element.longest, 12)).map(
        lambda text: escape(text.strip())
    )


@cache
def _segment(segment_id: str, odd: bool) -> st.SearchStrategy[str]:
    """A line of this segment; an odd one has elements that make no sense, and extra ones."""
    kind = segment_table()[segment_id]
    positions = range(1, kind.last_position + (3 if odd else 1))
    elements = []
    for position in positions:
        tidy = st.one_of(st.just(""), _tidy(kind.elements.get(position)))
        elements.append(st.one_of(tidy, tidy, _ODD) if odd else tidy)
    whole = st.tuples(*elements)
    if odd:
        whole = st.tuples(whole, st.integers(0, len(elements))).map(
            lambda drawn: drawn[0][: drawn[1]]
        )
    return whole.map(lambda drawn: "*".join((segment_id, *drawn)))


def _products(odd: bool) -> st.SearchStrategy[list[str]]:
    """A few selections with what belongs to them, sometimes in a loop, sometimes without PA1."""
    one = st.tuples(*(_maybe(_segment(id_, odd)) for id_ in _PRODUCT))
    lines = st.lists(one, max_size=4).map(
        lambda groups: [line for group in groups for line in group if line]
    )
    return lines | lines.map(lambda found: ["LS*0100", *found, "LE*0100"])


def _maybe(strategy: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.one_of(strategy, strategy, st.just(""))


def segment_lists(*, odd: bool = False) -> st.SearchStrategy[list[str]]:
    """The segments between ST and G85."""
    kinds = st.sampled_from(KINDS).flatmap(lambda id_: _segment(id_, odd))
    if odd:
        kinds |= st.sampled_from(["ZZ9*1*^2A^* ", "XY12", " PA2*3*4", "QQ*\xff*", "CA1*MAPA2*1*2"])
    some = st.lists(kinds, max_size=6)
    return st.tuples(some, _products(odd), some).map(
        lambda parts: [*parts[0], *parts[1], *parts[2]]
    )


def odd_texts() -> st.SearchStrategy[bytes]:
    """Whole files of one or more reports, envelopes with missing and wrong pieces among them."""
    heads = st.sampled_from(
        ["DXS*ABC0000001*VA*V0/6*1", "DXS*ABC*VA*V1/1*2*", "DXS*^41^", "note", ""]
    )
    first = st.sampled_from(["ST*001*0001", "ST*001*0007", "ST", ""])
    ends = st.sampled_from(
        [
            ("G85*1234", "SE*017*0001", "DXE*1*1"),
            ("G85*ab12*x", "SE*9", "DXE*1*1<AAAA|BBBB>"),
            ("SE*4*0001", "G85*0000", "SE*5*0001", "DXE"),
            ("DXE*1*1",),
            ("SE*4*0001",),
            (),
        ]
    )
    report = st.tuples(heads, first, segment_lists(odd=True), ends).map(
        lambda parts: [parts[0], parts[1], *parts[2], *parts[3]]
    )
    return st.tuples(st.lists(report, max_size=3), st.sampled_from(["\r\n", "\n", "\r", ""])).map(
        lambda drawn: (
            (drawn[1] or "\r\n")
            .join(line for lines in drawn[0] for line in lines)
            .encode("latin-1")
            + drawn[1].encode()
        )
    )
