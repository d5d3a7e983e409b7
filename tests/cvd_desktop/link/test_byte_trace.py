"""The trace of a session: every byte comes back, with its sender and its time."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cvd_desktop.link.byte_trace import MACHINE, READER, ByteTrace, pack_trace, unpack_trace

ENTRIES = st.lists(
    st.tuples(
        st.integers(0, 10_000_000), st.sampled_from([READER, MACHINE]), st.binary(min_size=1)
    ),
    max_size=20,
).map(
    lambda rows: [
        (at / 1000, who, data) for at, (_, who, data) in zip(_times(rows), rows, strict=True)
    ]
)


def _times(rows: list[tuple[int, str, bytes]]) -> list[int]:
    return sorted(at for at, _, _ in rows)


@given(ENTRIES)
def test_a_packed_trace_comes_back_as_it_was(entries: list[tuple[float, str, bytes]]) -> None:
    assert list(unpack_trace(pack_trace(entries))) == entries


@given(ENTRIES)
def test_a_trace_keeps_every_byte_in_order(entries: list[tuple[float, str, bytes]]) -> None:
    trace = ByteTrace()
    for entry in entries:
        trace.add(*entry)
    for direction in (READER, MACHINE):
        sent = b"".join(data for _, who, data in entries if who == direction)
        kept = b"".join(data for _, who, data in trace if who == direction)
        assert kept == sent
        assert trace.count(direction) == len(sent)


def test_bytes_without_a_pause_share_an_entry_and_others_do_not() -> None:
    trace = ByteTrace()
    trace.add(0.0, READER, b"\x05")
    trace.add(0.020, MACHINE, b"\x10")
    trace.add(0.021, MACHINE, b"0")
    trace.add(0.500, MACHINE, b"\x04")
    assert list(trace) == [(0.0, "R", b"\x05"), (0.020, "M", b"\x100"), (0.5, "M", b"\x04")]


def test_a_read_of_six_kilobytes_is_packed_with_few_bytes_more() -> None:
    trace = ByteTrace()
    for number in range(6000):
        trace.add(number * 0.00104, MACHINE, b"x")
    assert len(trace.to_bytes()) < 6100


@pytest.mark.parametrize(
    "packed", [b"", b"CVDT", b"CVDT\x02", b"CVDT\x01\x05", b"CVDT\x01\x05\x09ab"]
)
def test_a_cut_or_foreign_trace_is_refused(packed: bytes) -> None:
    with pytest.raises(ValueError, match="trace"):
        unpack_trace(packed)


@given(st.binary())
def test_any_bytes_are_read_or_refused(rubbish: bytes) -> None:
    try:
        entries = unpack_trace(b"CVDT\x01" + rubbish)
    except ValueError:
        return
    assert all(data is not None for _, _, data in entries)


def test_a_direction_that_there_is_not_is_refused() -> None:
    with pytest.raises(ValueError, match="direction"):
        ByteTrace().add(0.0, "X", b"a")
