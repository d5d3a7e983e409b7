"""A head that hears its own light: the echo goes, an answer never does."""

from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from cvd_desktop.devices.echo_filter import EchoFilter
from tests.support.scripted_port import ScriptedPort


class PiecePort(ScriptedPort):
    """Gives what comes back in pieces of `size` bytes."""

    def __init__(self, back: list[bytes], size: int) -> None:
        super().__init__(lambda _: b"")
        wire = b"".join(back)
        self._pieces = [wire[n : n + size] for n in range(0, len(wire), size)]

    def read(self, timeout: float) -> bytes:
        if not self._pieces:
            return super().read(timeout)
        self.now += min(timeout, 0.001)
        return self._pieces.pop(0)


def everything(port: EchoFilter) -> bytes:
    """What comes until it is silent for a second."""
    heard = b""
    while True:
        more = port.read(1.0)
        if not more:
            return heard
        heard += more


def through(back: list[bytes], sent: list[bytes], size: int = 1000) -> bytes:
    line = PiecePort(back, size)
    port = EchoFilter(line, line.monotonic)
    for piece in sent:
        port.write(piece)
    return everything(port)


@hypothesis_settings(max_examples=60)
@given(st.lists(st.binary(min_size=1, max_size=30), max_size=4), st.binary(), st.integers(1, 9))
def test_exactly_what_was_sent_is_dropped(sent: list[bytes], answer: bytes, size: int) -> None:
    assert through([*sent, answer], sent, size) == answer


@hypothesis_settings(max_examples=60)
@given(st.binary(min_size=1, max_size=30), st.binary(max_size=60), st.integers(1, 9))
def test_an_answer_without_an_echo_is_not_lost(sent: bytes, answer: bytes, size: int) -> None:
    if answer[: len(sent)] == sent:  # nobody could tell this from an echo
        answer = bytes((sent[0] ^ 1,)) + answer
    assert through([answer], [sent], size) == answer


def test_an_answer_like_the_question_is_kept_after_the_echo() -> None:
    assert through([b"\x05", b"\x05"], [b"\x05"]) == b"\x05"


def test_a_damaged_echo_is_handed_over_with_all_that_follows() -> None:
    assert through([b"AxC", b"answer"], [b"ABC"], 1) == b"AxCanswer"


def test_what_comes_long_after_is_no_echo() -> None:
    answers = iter([b"", b"\x05\x05"])
    line = ScriptedPort(lambda _: next(answers))
    port = EchoFilter(line, line.monotonic)
    port.write(b"\x05")
    assert port.read(1.0) == b""
    line.write(b"\x05")  # not through the filter: both bytes are the machine's
    assert port.read(1.0) == b"\x05\x05"


def test_the_next_sending_is_filtered_again_after_a_mismatch() -> None:
    answers = iter([b"noise", b"\x05\x10\x30"])
    line = ScriptedPort(lambda _: next(answers))
    port = EchoFilter(line, line.monotonic)
    port.write(b"\x05")
    assert port.read(0.1) == b"noise"
    port.write(b"\x05")
    assert port.read(0.1) == b"\x10\x30"


def test_reading_takes_no_longer_than_it_may() -> None:
    line = ScriptedPort(lambda data: data)
    port = EchoFilter(line, line.monotonic)
    port.write(b"abc")
    assert port.read(0.5) == b""
    assert line.now <= 0.5 + 1e-9
