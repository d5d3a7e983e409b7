"""What may happen to any line between a reader and a machine: drawn by hypothesis, played here."""

from collections.abc import Callable

from hypothesis import strategies as st

from tests.support.fifo_wire import Meddle, Pieces

Mishap = tuple[str, int, int, float]
"""(what happens, at which byte, another value for it, seconds late)"""

_KINDS = ("lost", "doubled", "damaged", "byte lost", "byte more", "split", "late")


def mishaps(*delays: float) -> st.SearchStrategy[Mishap]:
    """One for each sending; two in nine of them leave it alone."""
    return st.tuples(
        st.sampled_from(["none", "none", *_KINDS]),
        st.integers(0, 260),
        st.integers(1, 255),
        st.sampled_from([0.0, *delays]),
    )


def play_mishaps(
    plan: list[Mishap], survivable: Callable[[str, bytes, bytes], bool] = lambda *_: True
) -> Meddle:
    """One mishap of the plan for each sending. Where a change is not `survivable` (what happens,
    the bytes sent, the bytes that would arrive), the sending is lost instead."""
    left = iter(plan)

    def meddle(_sender: str, data: bytes) -> Pieces:
        what, place, value, delay = next(left, ("none", 0, 1, 0.0))
        place %= len(data)
        changed = {
            "damaged": data[:place] + bytes([data[place] ^ value]) + data[place + 1 :],
            "byte lost": data[:place] + data[place + 1 :],
            "byte more": data[:place] + bytes([value]) + data[place:],
        }
        if what in changed:
            arrives = changed[what]
            return [(0.0, arrives)] if survivable(what, data, arrives) else []
        pieces: dict[str, Pieces] = {
            "lost": [],
            "doubled": [(0.0, data), (0.0, data)],
            "split": [(0.0, data[:place]), (delay, data[place:])],
            "late": [(delay, data)],
        }
        return pieces.get(what, [(0.0, data)])

    return meddle


def cut_after(count: int, direction: str) -> Meddle:
    """The plug is pulled when so many bytes have passed, of one sender or of both."""
    left = count

    def meddle(sender: str, data: bytes) -> Pieces:
        nonlocal left
        if sender not in direction:
            return [(0.0, data)] if left else []
        passing, left = data[:left], max(0, left - len(data))
        return [(0.0, passing)] if passing else []

    return meddle
