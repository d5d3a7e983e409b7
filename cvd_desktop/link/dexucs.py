"""The DEX/UCS reader as a protocol machine: what it does is in dexucs_table, how is here.

A block is given out before its acknowledgement, and the acknowledgement comes with a later `tick`
(10 ms after the block at the earliest, as the standard asks): when the runner has stored the block
first, no machine ever hears of a block that is not on disk.
"""

from cvd_desktop.link.dexucs_blocks import BlockSequence, Verdict
from cvd_desktop.link.dexucs_frames import (
    CONTROL_BYTES,
    Control,
    Damage,
    FirstHandshake,
    Frame,
    SecondHandshake,
    build_frame,
    parse_first,
    parse_second,
)
from cvd_desktop.link.dexucs_station import EOT_BYTE, DexSettings, DexStation, Event
from cvd_desktop.link.dexucs_table import STATES, TABLE, State
from cvd_desktop.link.outputs import (
    Failed,
    FailureCode,
    Finished,
    Output,
    Party,
    Phase,
    Progress,
    Received,
)

_REFUSED_BY = {"01": Party.SETTING, "02": Party.SETTING}

_TOO_EARLY = {
    (state, event)
    for state in (State.FIRST_SENT, State.SECOND_SENT)
    for event in (Event.ACK0, Event.ACK1, Event.NAK)
}
"""An answer to a handshake that is not out yet belongs to an older question: it came twice."""

_ODD_HANDSHAKE = range(16, 21)
"""Lengths at which a text that follows no known form is taken as a handshake all the same."""


class DexReader(DexStation[State]):
    """Reads one report. See link/outputs.py for the way it is driven.

    The `detail` of Failed always holds phase, blocks, received, retries and heard (bytes), and
    either `code` (of a refusal: "01" to "05", "90", "nak") or `why`: silence, deaf (the machine
    does not hear us), eot (it gave up), restarted, noise, report (too long), or a Damage.
    """

    states = STATES
    table = TABLE
    over = State.OVER

    def __init__(self, settings: DexSettings | None = None) -> None:
        super().__init__(settings or DexSettings(), State.NEW)
        self._blocks = BlockSequence(self._settings.longest_report)
        self._give_up_at = 0.0  # the end of the hunt
        self._last_answer = Control.ACK0
        self._untried = list(self._settings.revisions)
        self._revision = self._untried.pop(0)
        self._first_out = self._second_out = False  # our handshake of that session
        self._request: FirstHandshake | None = None  # of a machine that is first master
        self._response: SecondHandshake | None = None  # of a machine that is slave
        self._doubtful = False  # an EOT came in the middle of the report
        self._after_enq = False  # an ENQ came since the last block
        self._retries = 0
        self._asked = 0  # ENQs
        self._refused = 0  # bad frames in a row
        self._naks = 0  # of the machine, to one handshake
        self._restarts = 0
        self._busy = 0  # code 03
        self._repeats = 0  # of a question or an answer in a row
        self._steps = 0
        self._handshakes = 0  # since the last block

    @property
    def deadline(self) -> float | None:
        due = super().deadline
        return min(due, self._give_up_at) if due is not None and self._hunting else due

    def start(self, now: float) -> list[Output]:
        self._now = now
        self._enter(self._hunt())
        return self._taken()

    def tick(self, now: float) -> list[Output]:
        outputs = super().tick(now)
        if self._hunting and now >= self._give_up_at:
            self._enter(self._give_up())
        return outputs + self._taken()

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
    def _hunting(self) -> bool:
        """A machine that calls without hearing us is not found yet."""
        return self._state is State.HUNT or (self._state is State.FIRST_IN and not self._request)

    def _kind_of(self, frame: Frame) -> Event:
        """The text decides: SOH and STX stand outside the CRC, and one known program begins its
        handshakes with STX. A data block taken for a handshake would be acknowledged and lost.
        """
        fits = parse_first(frame.text) is not None or parse_second(frame.text) is not None
        begun = self._blocks.count > 0
        if not frame.handshake:
            return Event.HANDSHAKE if fits and (self._after_enq or not begun) else Event.BLOCK
        odd = not begun and len(frame.text) in _ODD_HANDSHAKE
        if fits or (odd and self._state in (State.FIRST_IN, State.SECOND_IN)):
            return Event.HANDSHAKE
        self._damage = Damage.CHARACTER
        return Event.BAD

    def _act(self, event: Event) -> None:
        if self._answer is not None and (self._state, event) in _TOO_EARLY:
            return
        if not self._hunting:
            self._steps += 1
        if self._steps > self._settings.most_steps:
            self._steps = 0
            self._enter(self._no_end())
        super()._act(event)

    def _drowned(self) -> None:
        if not self._hunting:
            self._enter(self._no_end())

    def _no_end(self) -> State:
        if self._state is State.LAST_IN:
            return self._finish()
        return self._fail(FailureCode.TOO_LONG, Party.CABLE, why="noise")

    def _reply(self, control: Control) -> None:
        self._last_answer = control
        self._say(CONTROL_BYTES[control])

    def _progress(self, phase: Phase, **detail: str | int) -> None:
        blocks, received = self._blocks.count, self._blocks.received
        self._out.append(Progress(phase, blocks, received, self._retries, detail))

    def _fail(self, failure: FailureCode, party: Party, **detail: str | int) -> State:
        rest = STATES.get(self._state)
        facts: dict[str, str | int] = {
            "phase": str(rest.phase if rest else Phase.ANSWER),
            "blocks": self._blocks.count,
            "received": self._blocks.received,
            "retries": self._retries,
            "heard": self._heard,
        }
        self._out.append(Failed(failure, party, facts | detail))
        return State.OVER

    def _break_off(self, party: Party, why: str) -> State:
        return self._fail(FailureCode.BROKEN_OFF, party, why=why)

    # Actions: finding the machine

    def _hunt(self) -> State:
        self._give_up_at = self._now + self._settings.max_wait
        self._enter(State.HUNT)
        self._ask_again()
        return State.HUNT

    def _ask_again(self) -> None:
        self._asked += 1
        self._progress(Phase.ANSWER, tries=self._asked)
        self._put(CONTROL_BYTES[Control.ENQ])
        self._start_timer()

    def _give_up(self) -> State:
        """Nothing at all: the cable or the plug. Bytes without sense: the speed or the link."""
        if self._first_out:
            return self._break_off(Party.MACHINE, "silence")
        if self._state is State.FIRST_IN:
            return self._fail(FailureCode.NO_ANSWER, Party.CABLE, why="deaf", tries=self._asked)
        party, why = (Party.SETTING, "noise") if self._heard else (Party.CABLE, "silence")
        return self._fail(FailureCode.NO_ANSWER, party, why=why, tries=self._asked)

    def _hunt_again(self) -> State:
        self._restarts += 1
        self._retries += 1
        if self._restarts <= self._settings.handshake_tries:
            return self._hunt()
        if self._state is State.FIRST_SENT and self._untried:
            return self._try_revision(self._untried[0])
        return self._break_off(Party.MACHINE, "silence")

    def _hold_off(self) -> None:
        """WACK: ENQ again a moment later; nothing that ends a hunt is put off by it."""
        self._enter(TABLE[self._state][Event.WACK].then)
        self._start_timer(self._settings.wack_pause)
        self._repeats = 0

    # Actions: session 1 and 2, we are first master

    def _send_first(self) -> None:
        self._first_out = True
        request = FirstHandshake(self._settings.communication_id, "R", self._revision)
        self._say(build_frame(request.frame()))
        self._progress(Phase.HANDSHAKE_1, master="reader", revision=self._revision)

    def _send_first_again(self) -> State | None:
        self._retries += 1
        self._naks += 1
        if self._naks < self._settings.handshake_tries:
            self._send_first()
            return None
        if self._untried:
            self._end_session()
            return self._try_revision(self._untried[0])
        return self._fail(FailureCode.REFUSED, Party.MACHINE, code="nak", revision=self._revision)

    def _first_was_taken(self) -> State | None:
        if not self._first_out:
            return State.HUNT
        self._end_session()
        return None

    def _end_session(self) -> None:
        self._repeats = 0
        self._say(EOT_BYTE)

    def _take_second(self) -> State | None:
        if self._response is None:
            text = self._frame.text
            spelled = text.decode("latin-1")
            answer = parse_second(text) or SecondHandshake("00", spelled[2:12].rstrip(), "")
            self._response = answer
            self._tell_handshake(Phase.HANDSHAKE_2, answer, code=answer.code)
        return self._accept_handshake()

    def _tell_handshake(
        self, phase: Phase, theirs: FirstHandshake | SecondHandshake, **more: str
    ) -> None:
        name, revision = theirs.communication_id, theirs.revision
        self._progress(phase, communication_id=name, revision=revision, **more)

    def _accept_handshake(self) -> State | None:
        self._handshakes += 1
        if self._handshakes > self._settings.most_handshakes:
            return self._break_off(Party.MACHINE, "eot")
        self._refused = self._repeats = self._steps = 0
        self._reply(Control.ACK1)
        return None

    def _weigh_answer(self) -> State | None:
        """Without an answer: listen again after an EOT, hunt again after silence."""
        if self._response is None:
            return self._hunt_again() if self._event is Event.TIMEOUT else State.WAIT_SECOND
        code, theirs = self._response.code, self._response.revision
        if code == "00":
            return None
        if code == "02" and self._untried:
            return self._try_revision(theirs if theirs in self._untried else self._untried[0])
        if code == "03" and self._busy + 1 < self._settings.handshake_tries:
            self._busy += 1
            return self._retry_after(self._settings.busy_pause)
        party = _REFUSED_BY.get(code, Party.MACHINE)
        return self._fail(FailureCode.REFUSED, party, code=code, revision=self._revision)

    def _try_revision(self, revision: str) -> State:
        self._untried.remove(revision)
        self._revision = revision
        self._naks = self._restarts = 0
        return self._retry_after(self._settings.session_pause)

    def _retry_after(self, seconds: float) -> State:
        self._retries += 1
        self._first_out = False
        self._response = None
        self._enter(State.PAUSE_RETRY)
        self._start_timer(seconds)
        return State.PAUSE_RETRY

    # Actions: session 1 and 2, the machine is first master

    def _answer_bid(self) -> None:
        self._repeats = 0
        self._reply(Control.ACK0)

    def _take_first(self) -> State | None:
        if self._request is None:
            text = self._frame.text
            spelled = text.decode("latin-1")
            request = parse_first(text) or FirstHandshake(spelled[:10].rstrip(), "S", "")
            self._request = request
            self._tell_handshake(Phase.HANDSHAKE_1, request, master="machine")
        return self._accept_handshake()

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

    def _refuse_frame(self) -> State | None:
        return self._refuse(self._settings.handshake_tries)

    def _refuse_block(self) -> State | None:
        return self._refuse(self._settings.block_tries)

    def _refuse(self, tries: int) -> State | None:
        self._retries += 1
        self._refused += 1
        if self._refused >= tries:
            too_long = self._damage is Damage.TOO_LONG
            failure = FailureCode.TOO_LONG if too_long else FailureCode.BAD_CRC
            party = Party.MACHINE if too_long else Party.CABLE
            return self._fail(failure, party, why=str(self._damage), tries=self._refused)
        self._reply(Control.NAK)
        self._progress(STATES[self._state].phase)
        return None

    def _refuse_last_block(self) -> State | None:
        self._refused += 1
        if self._refused >= self._settings.block_tries:
            return self._finish()
        self._reply(Control.NAK)
        return None

    def _repeat_in_handshake(self) -> State | None:
        """The last answer once more, then ACK0: nobody can tell a lost answer from a new beginning.

        After that ACK0 the machine may be sending its data, where ACK1 would acknowledge a first
        block that never came. So it is not said again before another handshake or block is here.
        """
        self._retries += 1
        self._repeats += 1
        if self._repeats > self._settings.enq_tries and not self._hunting:
            return self._break_off(Party.MACHINE, "deaf")
        if self._repeats == 1 and self._last_answer is not Control.ACK0:
            self._say(CONTROL_BYTES[self._last_answer])
            return None
        self._reply(Control.ACK0)
        return State.DATA_IN if self._response else None

    def _take_early_block(self) -> State | None:
        if self._state is State.FIRST_IN:
            agreed = self._request is not None
        else:
            agreed = self._response is None or self._response.code == "00"
        return self._take_block() if agreed else self._state

    def _take_block(self) -> State | None:
        verdict = self._blocks.take(self._frame, self._after_enq, self._went_on_at_once())
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
                self._refused = self._repeats = self._steps = self._handshakes = 0
                self._after_enq = False
                self._out.append(Received(self._frame.text, self._frame.last))
                self._reply(self._blocks.acknowledgement)
                self._progress(Phase.TRANSFER)
                return State.LAST_IN if self._frame.last else State.DATA_IN

    def _went_on_at_once(self) -> bool:
        """A machine that has not heard our acknowledgement waits out timer A first."""
        unheard = self._answer is not None or self._after_enq or self._last_answer is Control.NAK
        pause = self._settings.answer_limit if self._pause is None else self._pause
        return not unheard and pause < self._settings.answer_limit / 2

    def _repeat_answer(self) -> State | None:
        """The last answer, whatever it was; one that is about to be sent serves as well."""
        if self._doubtful:
            return self._break_off(Party.MACHINE, "restarted")
        self._after_enq = True
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
        self._doubtful = self._blocks.count > 0
        return None if self._doubtful else State.WAIT_DATA

    def _began_anew(self) -> State | None:
        if self._blocks.count:
            return self._break_off(Party.MACHINE, "restarted")
        if self._request:
            return self._take_first() or State.FIRST_IN
        return self._take_second()

    def _fail_silent(self) -> State:
        if self._state is not State.DATA_IN:
            return self._break_off(Party.MACHINE, "silence")
        if not self._blocks.count and not self._refused:
            return self._hunt_again()
        if self._doubtful:
            return self._break_off(Party.MACHINE, "eot")
        return self._break_off(Party.CABLE, "silence")

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
