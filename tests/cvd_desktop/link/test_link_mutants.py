"""Wrong variants of readers, writers and machines: the checks of the sessions notice each of them.

A check that lets one pass would also let the same mistake pass in a change of tomorrow.
"""

from collections.abc import Callable
from typing import Any

import pytest

from cvd_desktop.link import ddcmp, ddcmp_frames, dexucs_frames
from cvd_desktop.link.ddcmp import DdcmpReader
from cvd_desktop.link.ddcmp_commands import ReadData
from cvd_desktop.link.ddcmp_frames import DataFrame, NackCode
from cvd_desktop.link.ddcmp_machine import DdcmpMachine
from cvd_desktop.link.dexucs import DexReader
from cvd_desktop.link.dexucs_blocks import BlockSequence, Verdict
from cvd_desktop.link.dexucs_frames import Control, Frame, FrameParser
from cvd_desktop.link.dexucs_machine import DexMachine
from cvd_desktop.link.dexucs_station import Event
from cvd_desktop.link.dexucs_table import State
from cvd_desktop.link.dexucs_writer import DexWriter
from cvd_desktop.link.outputs import Finished, Output, Received, Send
from cvd_shared.dex.crc16 import crc16_arc
from tests.support.link_checks import DDCMP_CHECKS, DEX_CHECKS

Patch = pytest.MonkeyPatch
Mutant = Callable[[Patch], None]


def _wrap(patch: Patch, owner: Any, name: str, wrapper: Callable[..., Any]) -> None:
    """`wrapper` is called with the method it replaces and what that would be called with."""
    true = getattr(owner, name)
    patch.setattr(owner, name, lambda *args, **more: wrapper(true, *args, **more))


def _held_back(patch: Patch, reader: type) -> None:
    """What is received is given out only after something was sent, so after its acknowledgement."""

    def delay(true: Callable[..., list[Output]], self: Any, *args: Any) -> list[Output]:
        late: list[Output] = self.__dict__.setdefault("late", [])
        outputs = true(self, *args)
        late += [output for output in outputs if isinstance(output, Received)]
        outputs = [output for output in outputs if not isinstance(output, Received)]
        if any(isinstance(output, Send) for output in outputs):
            outputs += late
            late.clear()
        return outputs

    for name in ("receive", "tick"):
        _wrap(patch, reader, name, delay)


# DEX/UCS


def crc_over_dle(patch: Patch) -> None:
    def with_dle(data: bytes) -> int:
        return crc16_arc(data[:-1] + b"\x10" + data[-1:])

    patch.setattr(dexucs_frames, "crc16_arc", with_dle)


def crc_is_not_looked_at(patch: Patch) -> None:
    def whole(self: FrameParser, _crc: int) -> Frame:
        return Frame(self._handshake, bytes(self._text), self._end == 0x03)

    patch.setattr(FrameParser, "_whole", whole)


def wrong_acknowledgement_number(patch: Patch) -> None:
    flipped = property(lambda self: Control.ACK0 if self.count % 2 else Control.ACK1)
    patch.setattr(BlockSequence, "acknowledgement", flipped)


def acknowledges_what_is_damaged(patch: Patch) -> None:
    patch.setattr(DexReader, "_refuse_block", lambda self: self._reply(Control.ACK1))


def acknowledges_before_it_gives_out(patch: Patch) -> None:
    _held_back(patch, DexReader)


def stores_a_block_that_comes_again(patch: Patch) -> None:
    def take(self: BlockSequence, frame: Frame, *_: object) -> Verdict:
        self.count += 1
        self.received += len(frame.text)
        return Verdict.NEW

    patch.setattr(BlockSequence, "take", take)


def takes_every_equal_block_for_a_copy(patch: Patch) -> None:
    def take(true: Callable[..., Verdict], self: BlockSequence, frame: Frame, *_: bool) -> Verdict:
        return Verdict.AGAIN if frame == self._latest else true(self, frame, False)

    _wrap(patch, BlockSequence, "take", take)


def takes_the_third_copy_for_new_however_slow_it_is(patch: Patch) -> None:
    _wrap(
        patch,
        BlockSequence,
        "take",
        lambda true, self, frame, *_: true(self, frame, True),
    )


def does_not_notice_a_machine_that_begins_anew(patch: Patch) -> None:
    def take(
        true: Callable[..., Verdict], self: BlockSequence, frame: Frame, *rest: bool
    ) -> Verdict:
        self.after_enq = False
        return true(self, frame, *rest)

    _wrap(patch, BlockSequence, "take", take)


def says_acknowledged_to_every_enq(patch: Patch) -> None:
    def next_number(self: DexReader) -> None:
        self._reply(Control.ACK0 if self._blocks.count % 2 else Control.ACK1)

    patch.setattr(DexReader, "_repeat_answer", next_number)


def takes_silence_for_the_end(patch: Patch) -> None:
    patch.setattr(DexReader, "_fail_silent", lambda self: self._finish())


def takes_eot_for_the_end(patch: Patch) -> None:
    patch.setattr(DexReader, "_doubt", lambda self: self._finish())


def never_gives_up(patch: Patch) -> None:
    patch.setattr(DexReader, "_fail_silent", lambda self: self._start_timer() or State.DATA_IN)


def machine_counts_when_the_last_block_goes_out(patch: Patch) -> None:
    def send(true: Callable[..., None], self: DexMachine) -> None:
        true(self)
        if self._at + 1 == len(self._blocks):
            self._out.append(Finished({"received": 0}))

    _wrap(patch, DexMachine, "_send_block", send)


def machine_takes_every_number_for_the_right_one(patch: Patch) -> None:
    def compare(true: Callable[..., Any], self: DexMachine) -> Any:
        if self._block_out:
            self._event = Event.ACK0 if self._at % 2 else Event.ACK1
        return true(self)

    _wrap(patch, DexMachine, "_compare", compare)


def machine_takes_a_written_block_twice(patch: Patch) -> None:
    def take(true: Callable[..., Any], self: DexMachine) -> Any:
        if self._written and self._frame.text == self._written[-1]:
            self._written.append(self._frame.text)
        return true(self)

    _wrap(patch, DexMachine, "_take_block", take)


def machine_acknowledges_a_write_and_keeps_nothing(patch: Patch) -> None:
    patch.setattr(DexMachine, "_keep_block", lambda self: None)


def writer_is_content_with_any_number(patch: Patch) -> None:
    def compare(true: Callable[..., Any], self: DexWriter) -> Any:
        if self._block_out:
            self._event = Event.ACK0 if self._at % 2 else Event.ACK1
        return true(self)

    _wrap(patch, DexWriter, "_compare", compare)


def writer_takes_silence_for_consent(patch: Patch) -> None:
    def bid(true: Callable[..., Any], self: DexWriter) -> Any:
        return self._acknowledged() if self._block_out else true(self)

    _wrap(patch, DexWriter, "_bid_data", bid)


def writer_goes_on_after_nak(patch: Patch) -> None:
    patch.setattr(DexWriter, "_refused_block", lambda self: self._acknowledged())


DEX_MUTANTS: list[Mutant] = [
    acknowledges_before_it_gives_out,
    acknowledges_what_is_damaged,
    crc_is_not_looked_at,
    crc_over_dle,
    does_not_notice_a_machine_that_begins_anew,
    machine_acknowledges_a_write_and_keeps_nothing,
    machine_counts_when_the_last_block_goes_out,
    machine_takes_a_written_block_twice,
    machine_takes_every_number_for_the_right_one,
    never_gives_up,
    says_acknowledged_to_every_enq,
    stores_a_block_that_comes_again,
    takes_eot_for_the_end,
    takes_every_equal_block_for_a_copy,
    takes_silence_for_the_end,
    takes_the_third_copy_for_new_however_slow_it_is,
    writer_goes_on_after_nak,
    writer_is_content_with_any_number,
    writer_takes_silence_for_consent,
    wrong_acknowledgement_number,
]


# DDCMP


def ddcmp_crc_over_the_header_begins_elsewhere(patch: Patch) -> None:
    patch.setattr(ddcmp_frames, "crc16_arc", lambda data: crc16_arc(b"\x01" + data))


def ddcmp_look_asks_for_list_1(patch: Patch) -> None:
    patch.setattr(ddcmp, "ReadData", lambda _number, length: ReadData(1, length))


def ddcmp_wrong_acknowledgement_number(patch: Patch) -> None:
    def acknowledge(true: Callable[..., None], self: DdcmpReader) -> None:
        true(self)
        self._received = (self._received + 1) & 0xFF

    _wrap(patch, DdcmpReader, "_acknowledge", acknowledge)


def ddcmp_gives_out_after_the_turn(patch: Patch) -> None:
    _held_back(patch, DdcmpReader)


def ddcmp_takes_finish_for_granted(patch: Patch) -> None:
    patch.setattr(DdcmpReader, "_not_confirmed", lambda self: self._finished("confirmed"))


def ddcmp_takes_a_message_again_for_a_new_one(patch: Patch) -> None:
    def hear(true: Callable[..., None], self: DdcmpReader, frame: DataFrame) -> None:
        self._received = (frame.number - 1) & 0xFF
        true(self, frame)

    _wrap(patch, DdcmpReader, "_hear_data", hear)


def ddcmp_machine_counts_before_finish(patch: Patch) -> None:
    def taken(true: Callable[..., Any], self: DdcmpMachine) -> Any:
        then = true(self)
        self._out.append(Finished({"list": 1, "received": 0}))
        return then

    _wrap(patch, DdcmpMachine, "_block_was_taken", taken)


def ddcmp_machine_skips_a_block(patch: Patch) -> None:
    def taken(true: Callable[..., Any], self: DdcmpMachine) -> Any:
        if self._at == 1:
            self._blocks[2] = self._blocks[3]
        return true(self)

    _wrap(patch, DdcmpMachine, "_block_was_taken", taken)


def ddcmp_reader_accepts_what_is_damaged(patch: Patch) -> None:
    def refuse(self: DdcmpReader, _code: NackCode) -> None:
        self._say_ack = True
        self._received = (self._received + 1) & 0xFF

    patch.setattr(DdcmpReader, "_refuse", refuse)


DDCMP_MUTANTS: list[Mutant] = [
    ddcmp_crc_over_the_header_begins_elsewhere,
    ddcmp_gives_out_after_the_turn,
    ddcmp_look_asks_for_list_1,
    ddcmp_machine_counts_before_finish,
    ddcmp_machine_skips_a_block,
    ddcmp_reader_accepts_what_is_damaged,
    ddcmp_takes_a_message_again_for_a_new_one,
    ddcmp_takes_finish_for_granted,
    ddcmp_wrong_acknowledgement_number,
]


def first_to_notice(checks: list[Callable[[], None]]) -> str:
    """The name of the check that fails; "" when none does."""
    for check in checks:
        try:
            check()
        except AssertionError:
            return check.__name__
    return ""


@pytest.mark.parametrize("check", [*DEX_CHECKS, *DDCMP_CHECKS])
def test_what_is_right_passes(check: Callable[[], None]) -> None:
    check()


@pytest.mark.parametrize("mutant", DEX_MUTANTS)
def test_a_mutant_of_dex_is_noticed(mutant: Mutant, monkeypatch: Patch) -> None:
    mutant(monkeypatch)
    assert first_to_notice(DEX_CHECKS)


@pytest.mark.parametrize("mutant", DDCMP_MUTANTS)
def test_a_mutant_of_ddcmp_is_noticed(mutant: Mutant, monkeypatch: Patch) -> None:
    mutant(monkeypatch)
    assert first_to_notice(DDCMP_CHECKS)
