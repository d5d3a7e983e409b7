"""Writing to a machine over DEX/UCS: what it does is in dexucs_writer_table, how is here.

What a machine has acknowledged it has received; whether it obeys it is shown by the next read only.
"""

from cvd_desktop.link.dexucs_frames import (
    CONTROL_BYTES,
    Control,
    Damage,
    Frame,
    build_frame,
    parse_first,
    parse_second,
    split_blocks,
)
from cvd_desktop.link.dexucs_opening import ODD_HANDSHAKE, DexOpening
from cvd_desktop.link.dexucs_station import EOT_BYTE, DexSettings, Event
from cvd_desktop.link.dexucs_table import State
from cvd_desktop.link.dexucs_writer_table import WRITER_STATES, WRITER_TABLE
from cvd_desktop.link.outputs import FailureCode, Finished, Output, Party, Phase

_LINE_CHARACTERS = frozenset(range(0x20, 0x7F)) | {0x0D, 0x0A}

_ECHO_WITHIN = 0.05
"""Seconds: an ENQ that comes so soon after ours is an echo of it, or a call like it."""


_FORGETS = 1.5
"""Of timer A: after timer D, 2 s from what it heard last, a machine may have given up."""


class DexWriter(DexOpening):
    """Writes one document, and is driven like a reader. EVA-DTS 6.2.2 ch. 4.5.5, 4.6.1.

    Finished means that the machine has acknowledged the last block; its detail holds
    communication_id and revision of the machine, blocks, written (bytes) and retries. The detail of
    Failed is that of DexOpening, with `written` (bytes that were acknowledged) beside it; a machine
    that is first master is REFUSED with code "master". Progress counts blocks and bytes that the
    machine has. Raises ValueError for a document with a character that may not stand in a block.
    """

    states = WRITER_STATES
    table = WRITER_TABLE
    operation = "S"

    def __init__(self, document: bytes, settings: DexSettings | None = None) -> None:
        super().__init__(settings)
        wrong = next((byte for byte in document if byte not in _LINE_CHARACTERS), None)
        if wrong is not None:
            raise ValueError(f"byte {wrong:#04x} may not stand in a DEX/UCS block")
        self._blocks = split_blocks(document)
        self._at = 0  # the block that is out, or is next: so many are acknowledged
        self._written = 0  # bytes that are acknowledged
        self._block_out = False
        self._doubtful = False  # the machine may have forgotten all
        self._unheard = 0  # questions and repeats since the last good answer
        self._calls = 0  # of a machine that is master
        self._called_at = 0.0
        self._echoed = 0  # ENQs that came together with ours

    def cancel(self, now: float) -> list[Output]:
        """Ends the session. A document that the machine has stays written."""
        self._now = now
        if self._state is State.EOT_DUE:
            self._enter(self._finish())
        elif self._state is not State.OVER:
            if self._state in (State.FIRST_SENT, State.BID_DATA, State.BLOCK_SENT):
                self._put(EOT_BYTE)
            self._enter(self._fail(FailureCode.CANCELLED, Party.PERSON))
        return self._taken()

    @property
    def _moved(self) -> tuple[int, int]:
        return self._at, self._written

    def _kind_of(self, frame: Frame) -> Event:
        """A machine has no data for us: a text that is no handshake is damage."""
        odd = frame.handshake and len(frame.text) in ODD_HANDSHAKE
        if odd or parse_first(frame.text) or parse_second(frame.text):
            return Event.HANDSHAKE
        self._damage = Damage.CHARACTER
        return Event.BAD

    def _fail(self, failure: FailureCode, party: Party, **detail: str | int) -> State:
        return super()._fail(failure, party, written=self._written, **detail)

    def _hold_off(self) -> State | None:
        self._unheard = 0
        return super()._hold_off()

    # Actions: a machine that calls

    def _hear_call(self) -> State | None:
        """A machine whose call crossed our first handshake is in session 2 by now."""
        if self._first_out:
            self._answer_bid()
            return State.SECOND_IN
        self._start_timer(self._settings.enq_interval / 2)
        if self._now - self._spoke_at < _ECHO_WITHIN:
            self._echoed += 1
            return None
        since, self._called_at = self._now - self._called_at, self._now
        self._calls += since >= self._settings.enq_interval / 2
        if self._calls > self._settings.handshake_tries:
            return self._fail(FailureCode.REFUSED, Party.MACHINE, code="master")
        return None

    def _give_up(self) -> State:
        if self._heard == self._echoed > self._settings.handshake_tries:
            why = "echo"
            return self._fail(FailureCode.NO_ANSWER, Party.SETTING, why=why, tries=self._asked)
        return super()._give_up()

    # Actions: session 3

    def _bid_data(self) -> State | None:
        if self._too_often():
            return self._break_off(Party.MACHINE, "silence")
        self._enter(State.BID_DATA)
        self._put(CONTROL_BYTES[Control.ENQ])
        self._start_timer()
        return None

    def _too_often(self) -> bool:
        self._retries += self._unheard > 0
        self._unheard += 1
        return self._unheard > self._settings.enq_tries

    def _hear_other(self) -> State | None:
        if self._block_out or self._at:
            return self._break_off(Party.MACHINE, "restarted")
        self._answer_bid()
        return None

    def _compare(self) -> State | None:
        """ACK0 after a long silence proves nothing: a machine that has given up and forgotten all
        answers any ENQ so. The block is sent once more, and only the answer to that counts."""
        number = self._at + 1
        if not self._block_out:
            if self._event is not Event.ACK0:
                return State.BID_DATA
            self._unheard = 0
            self._send_block()
            return None
        right = self._event is (Event.ACK1 if number % 2 else Event.ACK0)
        if self._state is State.BID_DATA and self._event is Event.ACK0:
            self._doubtful = (
                self._doubtful or self._silence > _FORGETS * self._settings.answer_limit
            )
            right = right and not self._doubtful
        if not right:
            return self._send_block_again()
        return self._acknowledged()

    def _acknowledged(self) -> State | None:
        self._written += len(self._blocks[self._at].text)
        self._at += 1
        self._block_out = self._doubtful = False
        self._unheard = self._naks = self._steps = 0
        self._progress(Phase.TRANSFER)
        if self._at == len(self._blocks):
            return State.EOT_DUE
        self._send_block()
        return None

    def _send_block(self) -> None:
        self._block_out = True
        self._say(build_frame(self._blocks[self._at]))

    def _send_block_again(self) -> State | None:
        if self._too_often():
            return self._break_off(Party.MACHINE, "deaf")
        self._send_block()
        return None

    def _refused_block(self) -> State | None:
        """NAK: line or machine, nobody can tell; but damage is what it means."""
        if not self._block_out:
            return State.BID_DATA
        self._retries += 1
        self._naks += 1
        if self._naks >= self._settings.block_tries:
            return self._fail(FailureCode.BAD_CRC, Party.CABLE, why="nak", tries=self._naks)
        self._send_block()
        return None

    def _was_given_up(self) -> State:
        return self._break_off(Party.MACHINE, "eot")

    def _finish(self) -> State:
        self._put(EOT_BYTE)
        theirs = self._response
        facts: dict[str, str | int] = {
            "communication_id": theirs.communication_id if theirs else "",
            "revision": (theirs.revision if theirs else "") or self._revision,
            "blocks": self._at,
            "written": self._written,
            "retries": self._retries,
        }
        self._progress(Phase.CHECK)
        self._out.append(Finished(facts))
        return State.OVER
