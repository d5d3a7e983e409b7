"""A DDCMP session of the master up to "who are you": calling, speeds, repeats, restarts, failures.

What is read and written in it is in ddcmp.DdcmpReader, the rules are in ddcmp_table.
"""

from abc import abstractmethod

from cvd_desktop.link.ddcmp_blocks import ReportBlocks
from cvd_desktop.link.ddcmp_frames import (
    NACK_OF,
    SPEED_CODES,
    Damage,
    NackCode,
    speed_code,
)
from cvd_desktop.link.ddcmp_line import DdcmpLine
from cvd_desktop.link.ddcmp_other_link import DEX_SPEED, DexEar
from cvd_desktop.link.ddcmp_settings import DdcmpSettings
from cvd_desktop.link.ddcmp_table import STATES, Event, State
from cvd_desktop.link.outputs import (
    Failed,
    FailureCode,
    Output,
    Party,
    Phase,
    Progress,
    SetBaudRate,
)


class DdcmpSession(DdcmpLine):
    def __init__(self, settings: DdcmpSettings) -> None:
        super().__init__(settings)
        wanted, first = settings.wanted_speed, settings.start_speed
        self._wish = 0 if wanted == first else speed_code(wanted)
        self._give_up_at = 0.0  # the end of calling
        self._called = 0  # STARTs
        self._round = 0  # STARTs at the agreed speed, or back at the first one
        self._quiet = False  # between two rounds of them
        self._dex_ear = DexEar()
        self._only_echo = True  # nothing but our own light was heard
        self._met = False  # a STACK came
        self._restarts = 0
        self._blocks = ReportBlocks(settings.longest_report, settings.most_blocks)
        self._document_out = False
        self._tries = 0  # of the message at hand
        self._busy = False  # the last try was answered with NACK "buffer busy"
        self._repeats = 0  # of the machine, without anything new
        self._retries = 0

    def start(self, now: float) -> list[Output]:
        self._now = now
        self._out.append(SetBaudRate(self._baud_rate))
        self._give_up_at = now + self._settings.max_wait
        self._enter(State.CALL)
        self._call_now()
        self._take_turn()
        return self._taken()

    @abstractmethod
    def _question(self) -> bytes:
        """The first message of a session."""

    @abstractmethod
    def _not_confirmed(self) -> State:
        """FINISH will not be acknowledged any more."""

    def _progress(self, phase: Phase, **detail: str | int) -> None:
        blocks, received = self._blocks.count, self._blocks.received
        self._out.append(Progress(phase, blocks, received, self._retries, detail))

    def _failed(self, failure: FailureCode, party: Party, **detail: str | int) -> Failed:
        rest = STATES.get(self._state)
        facts: dict[str, str | int] = {
            "phase": str(rest.phase if rest else Phase.ANSWER),
            "blocks": self._blocks.count,
            "received": self._blocks.received,
            "retries": self._retries,
            "heard": self._heard,
            "baud_rate": self._baud_rate,
        }
        return Failed(failure, party, facts | detail)

    def _fail(self, failure: FailureCode, party: Party, **detail: str | int) -> State:
        self._out.append(self._failed(failure, party, **detail))
        return State.OVER

    def _drowned(self) -> State:
        if self._state is State.FINISH_SENT:
            return self._not_confirmed()
        return self._break_off(FailureCode.TOO_LONG, Party.CABLE, "noise")

    # Actions: finding the machine

    def _call_now(self) -> None:
        self._called += 1
        raising = self._state is not State.CALL_BACK
        self._progress(Phase.ANSWER, tries=self._called, baud_rate=self._baud_rate)
        self._call(self._wish if raising else 0)
        self._start_timer()

    def _call_again(self) -> State | None:
        heard = self._heard_since_start()
        if self._baud_rate == DEX_SPEED and not self._met and self._dex_ear.hears_dex(heard):
            return self._fail(FailureCode.OTHER_LINK, Party.SETTING, speaks="dexucs")
        self._only_echo = self._only_echo and not heard
        if self._now >= self._give_up_at:
            return self._give_up()
        self._call_now()
        return None

    def _heard_since_start(self) -> bytes:
        """Without our own light, which may be damaged at its edges."""
        said = self._spoken[-1]
        heard = bytes(self._window).replace(said, b"")
        damaged_echo = said[:6] in heard or said[-5:] in heard
        return b"" if damaged_echo and len(heard) < len(said) + 4 else heard

    def _give_up(self) -> State:
        """Nothing at all: the cable or the aim. Bytes without sense: the speed or the link."""
        if self._met:
            return self._fail(FailureCode.BROKEN_OFF, Party.MACHINE, why="silence")
        if self._heard and not self._only_echo:
            party, why = Party.SETTING, "noise"
        else:
            party, why = Party.CABLE, "echo" if self._heard else "silence"
        return self._fail(FailureCode.NO_ANSWER, party, why=why, tries=self._called)

    def _agree(self) -> State | None:
        """0 of the slave, or a code that nobody knows: no change."""
        self._met = True
        theirs = SPEED_CODES.get(self._control.low)
        ours = SPEED_CODES.get(self._wish)
        speed = min(theirs, ours) if theirs and ours else self._baud_rate
        if speed == self._baud_rate:
            return self._ask_who() or State.WHO_SENT
        self._set_speed(speed)
        return self._call_agreed()

    def _ask_who(self) -> State | None:
        """A STACK that came twice answers no START at a speed at which none is out yet."""
        unasked = self._say_start is not None and self._round == 1
        if self._state is State.CALL_AGREED and unasked:
            return State.CALL_AGREED
        self._met = True
        self._forget_session()
        self._repeats = 0
        self._progress(Phase.HANDSHAKE_1, baud_rate=self._baud_rate)
        self._say_new(self._question())
        return None

    def _call_agreed(self) -> State:
        self._enter(State.CALL_AGREED)
        self._round = 1
        self._call_now()
        return State.CALL_AGREED

    def _call_agreed_again(self) -> State | None:
        self._retries += 1
        if self._round >= self._settings.start_tries:
            return self._call_back()
        self._round += 1
        self._call_now()
        return None

    def _call_back(self) -> State:
        """Where the speed was never raised, one round will do."""
        raised = self._baud_rate != self._settings.start_speed
        self._set_speed(self._settings.start_speed)
        self._enter(State.CALL_BACK)
        self._round = 1 if raised else 2 * self._settings.start_tries + 1
        self._call_now()
        return State.CALL_BACK

    def _call_back_again(self) -> State | None:
        """Two rounds until its link time-out is over; then silence for longer than that, because a
        machine may take anything that it hears for a sign that somebody is there; a last round.
        """
        self._retries += 1
        tries = self._settings.start_tries
        if self._round >= 3 * tries:
            return self._give_up()
        if self._round == 2 * tries and not self._quiet:
            self._quiet = True
            self._timer = self._now + self._settings.link_limit + 2 * self._settings.start_interval
            return None
        self._quiet = False
        self._round += 1
        self._call_now()
        return None

    def _break_off(self, failure: FailureCode, party: Party, why: str) -> State:
        """Starts the session again while nothing came of it yet: at this speed, then at the first.

        A line that damages frames gets no second try at the speed at which it does.
        """
        damage = failure is FailureCode.BAD_CRC
        lost = self._blocks.count or self._document_out or failure is FailureCode.TOO_LONG
        slow = damage and self._restarts and self._baud_rate == self._settings.start_speed
        if lost or slow or self._restarts >= self._settings.most_restarts:
            tries = {"tries": self._damaged} if damage else {}
            return self._fail(failure, party, why=why, **tries)
        self._restarts += 1
        self._retries += 1
        self._forget_session()
        if self._restarts > 1 or damage:
            return self._call_back()
        return self._call_agreed()

    # Actions: our messages

    def _say_new(self, message: bytes, select: bool = False) -> None:
        self._tries = 1
        self._busy = False
        self._say(message, select)

    def _say_again(self) -> State | None:
        """The same number. A busy machine is asked when the time is up, and not at once."""
        nacked = self._event is Event.NACK
        if nacked and self._control.error == NackCode.BUSY:
            self._busy = True
            return None
        if self._say_message:
            return None
        self._retries += 1
        self._tries += 1
        if self._tries > self._settings.message_tries:
            if self._state is State.FINISH_SENT:
                return self._not_confirmed()
            return self._break_off(FailureCode.BROKEN_OFF, Party.MACHINE, self._why_not_taken())
        self._busy = False
        self._say_ack = self._say_ack or self._event is Event.AGAIN
        self._say_message = True
        self._progress(STATES[self._state].phase)
        return None

    def _why_not_taken(self) -> str:
        if self._event is Event.NACK:
            return "nack"
        if self._event is Event.AGAIN:
            return "deaf"
        return "busy" if self._busy else "silence"

    def _was_taken(self) -> None:
        self._say_message = False

    def _stay(self) -> None:
        """Nothing is done about it."""

    def _began_anew(self) -> State:
        return self._break_off(FailureCode.BROKEN_OFF, Party.MACHINE, "restarted")

    def _fail_silent(self) -> State:
        """A frame that only stops is what a plug leaves behind that is pulled."""
        if self._damaged and self._damage is not Damage.CUT:
            return self._damaged_line()
        why = "deaf" if self._repeats else "silence"
        return self._break_off(FailureCode.BROKEN_OFF, Party.CABLE, why)

    def _machine_gave_up(self) -> State:
        return self._break_off(FailureCode.BROKEN_OFF, Party.MACHINE, "eot")

    # Actions: receiving

    def _refuse_frame(self) -> State | None:
        self._retries += 1
        self._damaged += 1
        if self._damaged > self._settings.most_repeats:
            return self._damaged_line()
        self._refuse(NACK_OF[self._damage])
        return None

    def _damaged_line(self) -> State:
        too_long = self._damage is Damage.TOO_LONG
        failure = FailureCode.TOO_LONG if too_long else FailureCode.BAD_CRC
        party = Party.MACHINE if too_long else Party.CABLE
        return self._break_off(failure, party, str(self._damage))

    def _refuse_number(self) -> State | None:
        self._refuse(NackCode.HEADER_FORMAT)
        return self._count_repeat("restarted")

    def _acknowledge_again(self) -> State | None:
        self._acknowledge()
        return self._count_repeat("deaf")

    def _acknowledge_odd(self) -> State | None:
        self._acknowledge()
        return self._count_repeat("noise")

    def _count_repeat(self, why: str) -> State | None:
        self._retries += 1
        self._repeats += 1
        if self._repeats > self._settings.most_repeats:
            return self._break_off(FailureCode.BROKEN_OFF, Party.MACHINE, why)
        return None
