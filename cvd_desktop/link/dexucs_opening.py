"""What the reader and the writer of DEX/UCS share: finding the machine, and sessions 1 and 2."""

from typing import ClassVar

from cvd_desktop.link.dexucs_frames import (
    CONTROL_BYTES,
    Control,
    Damage,
    FirstHandshake,
    SecondHandshake,
    build_frame,
    parse_first,
    parse_second,
)
from cvd_desktop.link.dexucs_station import EOT_BYTE, DexSettings, DexStation, Event
from cvd_desktop.link.dexucs_table import State
from cvd_desktop.link.other_link import DdcmpSign
from cvd_desktop.link.outputs import Failed, FailureCode, Output, Party, Phase, Progress

ODD_HANDSHAKE = range(16, 21)
"""Lengths at which a text that follows no known form is taken as a handshake all the same."""

_REFUSED_BY = {"01": Party.SETTING, "02": Party.SETTING}

_TOO_EARLY = {
    (state, event)
    for state in (State.FIRST_SENT, State.SECOND_SENT, State.BLOCK_SENT)
    for event in (Event.ACK0, Event.ACK1, Event.NAK)
}
"""An answer to something that is not out yet belongs to an older question: it came twice."""


class DexOpening(DexStation[State]):
    """Hunts for a machine, asks it for `operation` and takes its answer; then its heir goes on.

    The `detail` of Failed always holds phase, blocks, received, retries and heard (bytes), and
    one of: `code` (of a refusal: "01" to "05", "90", "nak", "master"), `speaks` (of OTHER_LINK),
    or `why`: silence, deaf (the machine does not hear us), eot (it gave up), restarted, noise,
    echo (we heard nobody but ourselves), wack (never ready), report (too long), nak, or a Damage.
    """

    over = State.OVER
    operation: ClassVar[str]  # R read, S send

    def __init__(self, settings: DexSettings | None = None) -> None:
        super().__init__(settings or DexSettings(), State.NEW)
        self._give_up_at = 0.0  # the end of the hunt
        self._last_answer = Control.ACK0
        self._untried = list(self._settings.revisions)
        self._revision = self._untried.pop(0)
        self._first_out = self._second_out = False  # our handshake of that session
        self._request: FirstHandshake | None = None  # of a machine that is first master
        self._response: SecondHandshake | None = None  # of a machine that is slave
        self._ddcmp = DdcmpSign()
        self._retries = 0
        self._asked = 0  # ENQs
        self._refused = 0  # bad frames in a row
        self._naks = 0  # of the machine, to one frame
        self._restarts = 0
        self._busy = 0  # code 03
        self._repeats = 0  # of a question or an answer in a row
        self._held_since: float | None = None  # the first WACK of a row
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

    def receive(self, data: bytes, now: float) -> list[Output]:
        unknown = self._hunting or self._state is State.FIRST_SENT
        if unknown and self._ddcmp.heard(data):
            self._now = now
            self._heard += len(data)
            self._enter(self._fail(FailureCode.OTHER_LINK, Party.SETTING, speaks="ddcmp"))
            return self._taken()
        return super().receive(data, now)

    def tick(self, now: float) -> list[Output]:
        outputs = super().tick(now)
        if self._hunting and now >= self._give_up_at:
            self._enter(self._give_up())
        return outputs + self._taken()

    @property
    def _hunting(self) -> bool:
        """A machine that calls without hearing us is not found yet."""
        return self._state is State.HUNT or (self._state is State.FIRST_IN and not self._request)

    @property
    def _moved(self) -> tuple[int, int]:
        """Blocks and bytes of the document that the other side of us has safely."""
        return 0, 0

    def _act(self, event: Event) -> None:
        if self._answer is not None and (self._state, event) in _TOO_EARLY:
            return
        if not self._hunting:
            self._steps += 1
        if self._steps > self._settings.most_steps:
            self._steps = 0
            self._enter(self._no_end())
        if event not in (Event.WACK, Event.TIMEOUT):
            self._held_since = None
        super()._act(event)

    def _drowned(self) -> None:
        if not self._hunting:
            self._enter(self._no_end())

    def _no_end(self) -> State:
        return self._fail(FailureCode.TOO_LONG, Party.CABLE, why="noise")

    def _reply(self, control: Control) -> None:
        self._last_answer = control
        self._say(CONTROL_BYTES[control])

    def _progress(self, phase: Phase, **detail: str | int) -> None:
        self._out.append(Progress(phase, *self._moved, self._retries, detail))

    def _fail(self, failure: FailureCode, party: Party, **detail: str | int) -> State:
        rest = self.states.get(self._state)
        blocks, received = self._moved
        facts: dict[str, str | int] = {
            "phase": str(rest.phase if rest else Phase.ANSWER),
            "blocks": blocks,
            "received": received,
            "retries": self._retries,
            "heard": self._heard,
        }
        if failure is FailureCode.BROKEN_OFF and self._echoes:
            failure, party, detail = FailureCode.NO_ANSWER, Party.SETTING, {"why": "echo"}
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

    def _hold_off(self) -> State | None:
        """WACK: ENQ again a moment later; nothing that ends a hunt is put off by it."""
        if self._held_since is None:
            self._held_since = self._now
        if self._now - self._held_since >= self._settings.max_wait:
            return self._break_off(Party.MACHINE, "wack")
        self._enter(self.table[self._state][Event.WACK].then)
        self._start_timer(self._settings.wack_pause)
        self._repeats = 0
        return None

    # Actions: session 1 and 2, we are first master

    def _send_first(self) -> None:
        self._first_out = True
        self._response = None
        name = self._settings.communication_id
        self._say(build_frame(FirstHandshake(name, self.operation, self._revision).frame()))
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

    def _answer_bid(self) -> State | None:
        self._repeats = 0
        self._reply(Control.ACK0)
        return None

    def _take_second(self) -> State | None:
        if self._response is None:
            text = self._frame.text
            answer = parse_second(text)
            if answer is None and parse_first(text):
                return self._take_call()
            spelled = text.decode("latin-1")
            answer = answer or SecondHandshake("00", spelled[2:12].rstrip(), "")
            self._response = answer
            self._tell_handshake(Phase.HANDSHAKE_2, answer, code=answer.code)
        return self._accept_handshake()

    def _take_call(self) -> State | None:
        """The machine is first master after all. Only a reader can live with that."""
        return self._fail(FailureCode.REFUSED, Party.MACHINE, code="master")

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
        self._give_up_at = self._now + seconds + self._settings.max_wait
        self._enter(State.PAUSE_RETRY)
        self._start_timer(seconds)
        return State.PAUSE_RETRY

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
        return State.DATA_IN if self._response and State.DATA_IN in self.table else None

    # Actions: receiving

    def _refuse_frame(self) -> State | None:
        return self._refuse(self._settings.handshake_tries)

    def _refuse(self, tries: int) -> State | None:
        self._retries += 1
        self._refused += 1
        if self._refused >= tries:
            too_long = self._damage is Damage.TOO_LONG
            failure = FailureCode.TOO_LONG if too_long else FailureCode.BAD_CRC
            party = Party.MACHINE if too_long else Party.CABLE
            return self._fail(failure, party, why=str(self._damage), tries=self._refused)
        self._reply(Control.NAK)
        self._progress(self.states[self._state].phase)
        return None

    def _fail_silent(self) -> State:
        """An answer that may have been a refusal was one when nothing follows it."""
        if self._response is not None and self._response.instead:
            code = self._response.instead
            party = _REFUSED_BY.get(code, Party.MACHINE)
            return self._fail(FailureCode.REFUSED, party, code=code, revision=self._revision)
        return self._break_off(Party.MACHINE, "silence")
