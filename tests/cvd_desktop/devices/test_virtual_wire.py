"""The pace of a line: every byte is there when its stop bit has passed, and no earlier."""

import math

from hypothesis import given
from hypothesis import strategies as st

from cvd_desktop.devices.virtual_wire import Pace


def test_bytes_arrive_one_after_the_other() -> None:
    pace = Pace(9600)
    pace.put(b"abcd", 10.0)
    assert pace.due(10.001) == b""
    assert pace.due(10.00105) == b"a"
    assert pace.due(10.0032) == b"bc"
    assert pace.due(10.0042) == b"d"
    assert not pace


def test_a_second_sending_waits_for_the_first() -> None:
    pace = Pace(9600)
    pace.put(b"ab", 10.0)
    pace.put(b"c", 10.001)
    assert pace.due(10.0022) == b"ab"
    assert pace.due(10.0030) == b""
    assert pace.due(10.0032) == b"c"


def test_an_empty_line_needs_no_look() -> None:
    pace = Pace(9600)
    assert pace.next_at() == math.inf
    pace.put(b"a", 5.0)
    pace.clear()
    assert pace.next_at() == math.inf


@given(
    st.lists(st.tuples(st.integers(0, 300), st.binary(min_size=1, max_size=300)), min_size=1),
    st.sampled_from([1200, 9600, 115_200]),
)
def test_looking_when_told_gives_every_byte_in_time(
    sendings: list[tuple[int, bytes]], baud_rate: int
) -> None:
    """Whoever looks at `next_at` sees the last byte at its own time: the pace is exact."""
    pace, now, heard, free = Pace(baud_rate), 0.0, b"", 0.0
    for pause, data in sendings:
        now += pause / 1000
        heard += pace.due(now)
        pace.put(data, now)
        free = max(free, now) + len(data) * 10 / baud_rate
    while pace:
        now = max(now, pace.next_at())
        heard += pace.due(now)
    assert heard == b"".join(data for _, data in sendings)
    assert now <= free + 1e-6
