"""The DEX/UCS reader as a protocol machine: what it does is in dexucs_table, how is here.

A block is given out before its acknowledgement, and the acknowledgement comes with a later `tick`
(10 ms after the block at the earliest, as the standard asks): when the runner has stored the block
first, no machine ever hears of a block that is not on disk.
"""

from cvd_desktop.link.dexucs_blocks import BlockSequence, Verdict
from cvd_desktop.link.dexucs_frames import (
    Control,
    Damage,
    FirstHandshake,
    Frame,
    SecondHandshake,
    build_frame,
    parse_first,
    parse_second,
)
from cvd_desktop.link.dexucs_opening import ODD_HANDSHAKE, DexOpening
from cvd_desktop.link.dexucs_station import EOT_BYTE, DexSettings, Event
from cvd_desktop.link.dexucs_table import STATES, TABLE, State
from cvd_desktop.link.outputs import (
    FailureCode,
    Finished,
    Output,
    Party,
    Phase,
    Received,
)

_BABBLE = 64
"""So many bytes without sense, in place of a block, are what broke it off."""


class DexReader(DexOpening):
    """Reads one report. See link/outputs.py for the way it is driven, DexOpening for `detail`."""

    states = STATES
    table = TABLE
    operation = "R"

    def __init__(self, settings: DexSettings | None = None) -> None:
        super().__init__(settings)
        self._blocks = BlockSequence(self._settings.longest_report)
        self._second_over = False  # session 2 has ended, so a later EOT ends something else
        self._waits = 0  # for the first block
        self._empty_sessions = 0  # EOT in place of the first block
        self._doubtful = False  # an EOT came in the middle of the report

    def cancel(self, now: float) -> list[Output]:
        """Ends the session. A report that is whole stays whole and is acknowledged."""
        self._now = now
        if self._state is State.LAST_IN:
            if self._answer is not None:
                self._send_answer()
            self._enter(self._finish())
        elif self._state is not State.OVER:
            if self._state in (State.FIRST_SENT, State.BID_SECOND, State.SECOND_SENT):
                self._put(EOT_BYTE)
            self._enter(self._fail(FailureCode.CANCELLED, Party.PERSON))
        return self._taken()

    @property
    def _moved(self) -> tuple[int, int]:
        return self._blocks.count, self._blocks.received

    def _enter(self, state: State) -> None:
        if state is State.WAIT_DATA:
            self._second_over = True
        elif state in (State.FIRST_IN, State.SECOND_IN):
            self._second_over = False
        super()._enter(state)

    def receive(self, data: bytes, now: float) -> list[Output]:
        outputs = super().receive(data, now)
        if self._state is not State.OVER and self._parser.text_length > self._settings.most_block:
            self._enter(self._never_ends())
        return outputs + self._taken()

    def _never_ends(self) -> State:
        if self._state is State.LAST_IN:
            return self._finish()
        return self._fail(FailureCode.TOO_LONG, Party.MACHINE, why=str(Damage.TOO_LONG))

    def _kind_of(self, frame: Frame) -> Event:
        """The text decides: SOH and STX stand outside the CRC, and one known program begins its
        handshakes with STX. A data block taken for a handshake would be acknowledged and lost.
        """
        fits = parse_first(frame.text) is not None or parse_second(frame.text) is not None
        begun = self._blocks.count > 0
        if not frame.handshake:
            possible = self._blocks.after_enq or not begun
            return Event.HANDSHAKE if fits and possible else Event.BLOCK
        odd = not begun and len(frame.text) in ODD_HANDSHAKE
        if fits or (odd and self._state in (State.FIRST_IN, State.SECOND_IN)):
            return Event.HANDSHAKE
        self._damage = Damage.CHARACTER
        return Event.BAD

    def _no_end(self) -> State:
        if self._state is State.LAST_IN:
            return self._finish()
        return super()._no_end()

    # Actions: session 1 and 2, the machine is first master

    def _take_first(self) -> State | None:
        if self._request is None:
            text = self._frame.text
            if self._first_out and parse_first(text) is None and parse_second(text):
                return self._take_second() or State.SECOND_IN
            spelled = text.decode("latin-1")
            request = parse_first(text) or FirstHandshake(spelled[:10].rstrip(), "S", "")
            self._request = request
            self._tell_handshake(Phase.HANDSHAKE_1, request, master="machine")
        return self._accept_handshake()

    def _take_call(self) -> State | None:
        self._response = None
        return self._take_first() or State.FIRST_IN

    def _send_first_after_all(self) -> State | None:
        if self._request:
            return State.FIRST_IN
        self._send_first()
        return None

    def _turn_round(self) -> State | None:
        """Without a handshake the ENQ was noise: the hunt goes on where it was."""
        if self._request:
            return None
        self._enter(State.HUNT)
        self._ask_again()
        return State.HUNT

    def _bid_second(self) -> State | None:
        self._repeats += 1
        if self._repeats > self._settings.enq_tries:
            return self._break_off(Party.MACHINE, "silence")
        self._enter(State.BID_SECOND)
        self._ask_again()
        return None

    def _send_second(self) -> None:
        """Old firmware accepts no revision but its own, so we give it back."""
        self._second_out = True
        revision = (self._request.revision if self._request else "") or self._revision
        answer = SecondHandshake("00", self._settings.communication_id, revision)
        self._say(build_frame(answer.frame()))
        self._progress(Phase.HANDSHAKE_2, code="00", revision=revision)

    def _send_second_again(self) -> State | None:
        self._retries += 1
        self._naks += 1
        if self._naks >= self._settings.handshake_tries:
            return self._fail(FailureCode.REFUSED, Party.MACHINE, code="nak")
        self._send_second()
        return None

    def _second_was_taken(self) -> State | None:
        if not self._second_out:
            return State.BID_SECOND
        self._end_session()
        return None

    # Actions: receiving

    def _refuse_block(self) -> State | None:
        return self._refuse(self._settings.block_tries)

    def _refuse_last_block(self) -> State | None:
        self._refused += 1
        if self._refused >= self._settings.block_tries:
            return self._finish()
        self._reply(Control.NAK)
        return None

    def _take_early_block(self) -> State | None:
        if self._state is State.FIRST_IN:
            agreed = self._request is not None or self._response is not None
        else:
            agreed = True
        refused = self._response is not None and self._response.code != "00"
        return self._take_block() if agreed and not refused else self._state

    def _take_block(self) -> State | None:
        at_once = self._was_heard() and self._last_answer is not Control.NAK
        verdict = self._blocks.take(self._frame, at_once)
        self._doubtful = False
        match verdict:
            case Verdict.AGAIN:
                self._reply(self._blocks.acknowledgement)
                return self._count_repeat()
            case Verdict.RESTARTED:
                return self._break_off(Party.MACHINE, "restarted")
            case Verdict.TOO_LONG:
                return self._fail(FailureCode.TOO_LONG, Party.MACHINE, why="report")
            case Verdict.NEW:
                self._learn_pace()
                self._refused = self._repeats = self._steps = self._handshakes = 0
                self._out.append(Received(self._frame.text, self._frame.last))
                self._reply(self._blocks.acknowledgement)
                self._progress(Phase.TRANSFER)
                return State.LAST_IN if self._frame.last else State.DATA_IN

    def _repeat_answer(self) -> State | None:
        """The last answer, whatever it was; one that is about to be sent serves as well."""
        if self._doubtful and self._blocks.count:
            return self._break_off(Party.MACHINE, "restarted")
        self._doubtful = False
        self._blocks.hear_enq()
        if self._answer is None:
            self._reply(self._last_answer)
        return self._count_repeat()

    def _count_repeat(self) -> State | None:
        """Behind the last block a few times will do: the ENQ may well be a machine that calls."""
        self._retries += 1
        self._repeats += 1
        if self._state is State.LAST_IN:
            return self._finish() if self._repeats > self._settings.handshake_tries else None
        if self._repeats > self._settings.enq_tries:
            return self._break_off(Party.MACHINE, "deaf")
        return None

    def _doubt(self) -> State | None:
        """Before the first block it may be the EOT of session 2, if that had not ended for us:
        then the machine may take its time. After it the machine has given up, unless it says
        something within moments."""
        if not self._blocks.count:
            self._empty_sessions += 1
            if self._empty_sessions > self._settings.handshake_tries:
                return self._break_off(Party.MACHINE, "eot")
            if not self._second_over:
                return State.WAIT_DATA
        self._doubtful = True
        return None

    def _began_anew(self) -> State | None:
        if self._blocks.count:
            return self._break_off(Party.MACHINE, "restarted")
        if self._request:
            return self._take_first() or State.FIRST_IN
        return self._take_second()

    def _fail_silent(self) -> State:
        if self._state is not State.DATA_IN:
            return super()._fail_silent()
        if self._doubtful:
            return self._break_off(Party.MACHINE, "eot")
        if self._noise >= _BABBLE:
            return self._break_off(Party.CABLE, "noise")
        if not self._blocks.count and not self._refused:
            return self._wait_for_the_first()
        return self._break_off(Party.CABLE, "silence")

    def _wait_for_the_first(self) -> State:
        """Nothing is lost by patience here: a machine that has not heard our ACK0 asks again."""
        self._waits += 1
        if self._waits < self._settings.first_block_waits:
            self._start_timer()
            return State.DATA_IN
        self._waits = 0
        return self._hunt_again()

    def _finish(self) -> State:
        theirs = self._request or self._response
        facts: dict[str, str | int] = {
            "communication_id": theirs.communication_id if theirs else "",
            "revision": (theirs.revision if theirs else "") or self._revision,
            "master": "machine" if self._request else "reader",
            "blocks": self._blocks.count,
            "received": self._blocks.received,
            "retries": self._retries,
            "acknowledged": int(self._answer is None),
            "eot": int(self._event is Event.EOT),
        }
        self._progress(Phase.CHECK)
        self._out.append(Finished(facts))
        return State.OVER
