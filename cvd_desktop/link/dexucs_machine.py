"""The machine's side of DEX/UCS, for the virtual machine: it sends its report, with faults, and
takes what is written to it."""

from collections.abc import Callable, Iterable
from dataclasses import replace

from cvd_desktop.link.dexucs_blocks import BlockSequence, Verdict
from cvd_desktop.link.dexucs_faults import parse_faults
from cvd_desktop.link.dexucs_frames import (
    BLOCK_TEXT,
    CONTROL_BYTES,
    Control,
    FirstHandshake,
    Frame,
    SecondHandshake,
    build_frame,
    parse_first,
    parse_second,
    split_blocks,
)
from cvd_desktop.link.dexucs_machine_table import MACHINE_STATES, MACHINE_TABLE, MachineState
from cvd_desktop.link.dexucs_machine_voice import MachineVoice
from cvd_desktop.link.dexucs_station import EOT_BYTE, DexSettings, Event
from cvd_desktop.link.outputs import (
    Failed,
    FailureCode,
    Finished,
    Output,
    Party,
    Progress,
    Received,
)

MACHINE_SETTINGS = DexSettings(communication_id="QRS7654321", revisions=("R01L01",))

_ENQ = CONTROL_BYTES[Control.ENQ]


class DexMachine(MachineVoice):
    """Serves reads and writes one after another, for ever.

    `report` is called once per read, when its data are about to be sent. Outputs: Send; Progress
    for each acknowledged block; Finished when the reader has acknowledged a whole report, the only
    moment at which interval counters may be cleared; Received(document, last=True) when a whole
    document was written, before its last acknowledgement; Failed(BROKEN_OFF) when a read or a write
    is given up, after which the machine is there for the next one; Failed(PORT_GONE) when a fault
    pulls the plug. Raises UnknownFaultError.
    """

    def __init__(
        self,
        report: Callable[[], bytes],
        *,
        faults: Iterable[str] = (),
        settings: DexSettings = MACHINE_SETTINGS,
    ) -> None:
        super().__init__(settings, parse_faults(faults))
        self._report = report
        self._home = MachineState.CALL if "machine_master" in self._faults else MachineState.IDLE
        self.completed = 0
        self._begin()

    def _begin(self) -> None:
        """Everything that belongs to one read or write; each fault happens once more."""
        self._left = dict(self._faults)
        self._request: FirstHandshake | None = None
        self._response: SecondHandshake | None = None
        self._handshake_out = False
        self._blocks: list[Frame] = []
        self._at = 0  # the block that is out, or is next
        self._block_out = False
        self._doubtful = False  # whether who answers has the blocks before
        self._tries = 0
        self._last_answer = Control.ACK0
        self._expect_document()

    def _expect_document(self) -> None:
        self._written: list[bytes] = []
        self._incoming = BlockSequence(self._settings.longest_report)

    @property
    def reader(self) -> str:
        """Communication id of who reads or writes, "" before it has said so."""
        said = self._request or self._response
        return said.communication_id if said else ""

    def start(self, now: float) -> list[Output]:
        self._now = now
        mute = "silent" in self._faults
        self._enter(MachineState.MUTE if mute else self._home)
        if self._state is MachineState.CALL:
            self._call()
        return self._taken()

    def cancel(self, now: float) -> list[Output]:
        """The plug is pulled: whatever was going on is forgotten."""
        self._now = now
        self._line.clear()
        self._answer = None
        self._parser.pause()
        if self._state is not self.over and self._state is not MachineState.MUTE:
            self._enter(self._go_home())
        return self._taken()

    def _reply(self, control: Control) -> None:
        self._last_answer = control
        self._say(CONTROL_BYTES[control])

    def _happens(self, fault: str, number: int | None = None) -> bool:
        """Whether a fault is due: once at `number`, or its argument's number of times."""
        if fault not in self._left:
            return False
        if number is not None:
            due = int(self._left[fault]) == number
            if due:
                del self._left[fault]
            return due
        times = int(self._left[fault])
        self._left[fault] = str(times - 1)
        if times == 1:
            del self._left[fault]
        return True

    # Actions: giving up and beginning

    def _go_home(self) -> MachineState:
        self._block_out = self._handshake_out = self._doubtful = False
        self._request = self._response = None
        self._tries = 0
        self._expect_document()
        return self._home

    def _give_up(self) -> MachineState:
        detail: dict[str, str | int] = {"state": str(self._state), "blocks": self._at}
        self._out.append(Failed(FailureCode.BROKEN_OFF, Party.NOBODY, detail))
        return self._go_home()

    def _began_anew(self) -> MachineState:
        home = self._give_up()
        if home is MachineState.CALL:
            return home
        self._answer_call()
        return MachineState.FIRST_IN

    def _too_often(self, limit: int) -> bool:
        self._tries += 1
        return self._tries > limit

    # Actions: we are slave

    def _answer_call(self) -> MachineState | None:
        self._go_home()
        if self._happens("wack"):
            self._reply(Control.WACK)
            return MachineState.IDLE
        self._reply(Control.ACK0)
        return None

    def _take_request(self) -> MachineState | None:
        request = parse_first(self._frame.text)
        wanted = self._faults.get("nak_revision")
        if request is None or (wanted and request.revision != wanted) or self._happens("nak"):
            self._reply(Control.NAK)
            return None
        if self._left.pop("drop_after_nak", None) is not None:
            self._reply(Control.NAK)
            return MachineState.IDLE
        self._request = request
        self._accept()
        return None

    def _accept(self) -> None:
        self._reply(Control.ACK0 if "ack0_handshake" in self._faults else Control.ACK1)

    def _refuse(self) -> None:
        self._reply(Control.NAK)

    def _repeat_answer(self) -> None:
        if self._answer is None:
            self._reply(self._last_answer)

    def _turn_round(self) -> MachineState | None:
        if self._request is None:
            return self._go_home()
        self._tries = 0
        return None

    def _bid(self) -> MachineState | None:
        if self._too_often(self._settings.enq_tries):
            return self._give_up()
        self._put(_ENQ)
        self._enter(MachineState.BID_SECOND)
        self._start_timer()
        return None

    def _send_answer_frame(self) -> None:
        self._handshake_out = True
        assert self._request is not None
        operation = self._request.operation
        code = self._faults.get("code", "00" if operation in "RS" else "03")
        if operation == "S":
            code = self._faults.get("write_code", code)
        wanted = self._faults.get("strict_revision")
        if wanted and self._request.revision != wanted:
            code = "02"
        revision = wanted or self._request.revision
        name = self._settings.communication_id
        answer = SecondHandshake(code, name, revision, "old_order" in self._faults)
        frame = answer.frame()
        if "op_in_answer" in self._faults:
            frame = replace(frame, text=frame.text[:12] + b"R" + frame.text[12:])
        self._response = answer
        self._say_frame(frame, self._happens("wrong_handshake_crc"))

    def _send_answer_again(self) -> MachineState | None:
        if self._too_often(self._settings.handshake_tries):
            return self._give_up()
        self._send_answer_frame()
        return None

    def _answer_was_taken(self) -> MachineState | None:
        return self._end_second() if self._handshake_out else MachineState.BID_SECOND

    def _end_second(self) -> MachineState | None:
        assert self._response is not None
        if self._response.code != "00":
            self._say(EOT_BYTE)
            return self._give_up()
        if self._request and self._request.operation == "S":
            self._end_session()
            return MachineState.WAIT_DATA
        if "glued_eot_enq" in self._faults:
            self._load()
            self._say(EOT_BYTE + _ENQ)
            return MachineState.BID_DATA
        self._end_session()
        return None

    # Actions: we are first master

    def _call(self) -> None:
        self._enter(MachineState.CALL)
        self._put(_ENQ)
        self._start_timer()

    def _send_call(self) -> None:
        self._handshake_out = True
        revision = self._settings.revisions[0]
        request = FirstHandshake(self._settings.communication_id, "S", revision)
        self._say_frame(request.frame(), self._happens("wrong_handshake_crc"))

    def _send_call_again(self) -> MachineState | None:
        if self._too_often(self._settings.handshake_tries):
            return self._give_up()
        self._send_call()
        return None

    def _call_was_taken(self) -> MachineState | None:
        if not self._handshake_out:
            return MachineState.CALL
        self._end_session()
        return None

    def _end_session(self) -> None:
        self._tries = 0
        self._say(EOT_BYTE)

    def _answer_second(self) -> None:
        self._reply(Control.ACK0)

    def _take_answer(self) -> None:
        self._response = parse_second(self._frame.text)
        if self._response is None:
            self._reply(Control.NAK)
        else:
            self._accept()

    def _weigh_answer(self) -> MachineState | None:
        if self._response is None or self._response.code != "00":
            return self._give_up()
        return None

    # Actions: sending the report

    def _load(self) -> None:
        text = self._report()
        if "no_g85" in self._faults:
            text = _without_line(text, b"G85*")
        if "no_se" in self._faults:
            text = _without_line(text, b"SE*")
        self._blocks = split_blocks(text, int(self._faults.get("block_size", BLOCK_TEXT)))
        self._at = self._tries = 0
        self._block_out = False

    def _bid_data(self) -> MachineState | None:
        if self._state is MachineState.PAUSE_DATA:
            self._load()
        if self._too_often(self._settings.enq_tries):
            return self._give_up()
        self._put(_ENQ)
        self._enter(MachineState.BID_DATA)
        self._start_timer()
        return None

    def _ask_how_far(self) -> MachineState | None:
        if "no_enq" in self._faults:
            return self._send_block_again() or MachineState.BLOCK_SENT
        return self._bid_data()

    def _hold_off(self) -> None:
        self._enter(MACHINE_TABLE[self._state][Event.WACK].then)
        self._start_timer(self._settings.wack_pause)

    def _compare(self) -> MachineState | None:
        number = self._at + 1
        if not self._block_out:
            if self._event is not Event.ACK0:
                return MachineState.BID_DATA
            self._send_block()
            return None
        if self._event is not (Event.ACK1 if number % 2 else Event.ACK0):
            waits = "slow_repeat" in self._faults and self._state is MachineState.BLOCK_SENT
            return self._state if waits else self._send_block_again()
        if self._state is MachineState.BID_DATA and self._event is Event.ACK0:
            # After timer D it may be a reader that has just come and knows of no block.
            self._doubtful = self._doubtful or self._silence > self._settings.session_limit
            if self._doubtful:
                return self._send_block_again()
        if self._happens("lost_ack", number):
            return self._state
        if self._happens("duplicate_block", number):
            return self._send_block_again()
        return self._acknowledged(number)

    def _acknowledged(self, number: int) -> MachineState | None:
        size = sum(len(block.text) for block in self._blocks[:number])
        self._out.append(Progress(MACHINE_STATES[self._state].phase, number, size))
        if self._happens("give_up_after", number):
            self._say(EOT_BYTE)
            return self._give_up()
        if number == len(self._blocks):
            return self._complete(number, size)
        self._at = 0 if self._happens("restart_after", number) else number
        self._tries = 0
        self._block_out = self._doubtful = False
        if self._at == 0:
            return self._bid_data()
        self._send_block()
        return None

    def _complete(self, blocks: int, size: int) -> MachineState:
        """The only place where a machine may clear its interval counters."""
        self.completed += 1
        if "no_eot" not in self._faults:
            self._say(EOT_BYTE)
        self._out.append(Finished({"blocks": blocks, "received": size}))
        self._begin()
        return MachineState.FINISHED if "one_read" in self._faults else self._home

    def _send_block(self) -> None:
        self._block_out = True
        number = self._at + 1
        wrong = "bad_crc_always" in self._faults or self._happens("wrong_crc", number)
        block = self._blocks[self._at]
        if self._happens("hang_in_block", number):
            self._put(build_frame(block)[: 2 + len(block.text) // 2])
            self._fall_silent(unplugged=False)
            return
        self._say_frame(block, wrong)

    def _send_block_again(self) -> MachineState | None:
        if not self._block_out:
            return MachineState.BID_DATA
        if self._too_often(self._settings.enq_tries):
            return self._give_up()
        self._send_block()
        return None

    # Actions: a document is written to us

    def _take_block(self) -> MachineState | None:
        if self._deaf_by_now():
            return None
        number = self._incoming.count + 1
        if "write_nak_always" in self._faults or self._happens("write_nak", number):
            self._reply(Control.NAK)
            return None
        at_once = self._was_heard() and self._last_answer is not Control.NAK
        match self._incoming.take(self._frame, at_once):
            case Verdict.RESTARTED | Verdict.TOO_LONG:
                self._say(EOT_BYTE)
                return self._give_up()
            case Verdict.NEW:
                self._keep_block()
        self._last_answer = self._incoming.acknowledgement
        if self._happens("write_wack", number):
            self._say(CONTROL_BYTES[Control.WACK])
        elif not self._happens("write_lost_ack", number):
            self._reply(self._last_answer)
        return MachineState.WRITTEN if self._frame.last else None

    def _asked_anew(self) -> MachineState | None:
        self._give_up()
        return self._take_request()

    def _keep_block(self) -> None:
        self._tries = 0
        self._written.append(self._frame.text)
        count, size = self._incoming.count, self._incoming.received
        self._out.append(Progress(MACHINE_STATES[self._state].phase, count, size))
        if self._frame.last:
            self._out.append(Received(b"".join(self._written), last=True))

    def _deaf_by_now(self) -> bool:
        after = self._faults.get("write_deaf_after")
        deaf = after is not None and self._incoming.count >= int(after)
        if deaf:
            self._fall_silent(unplugged=False)
        return deaf

    def _repeat_last(self) -> MachineState | None:
        if self._state is MachineState.WRITTEN and self._too_often(self._settings.handshake_tries):
            return self._was_written()
        self._incoming.hear_enq()
        if not self._deaf_by_now():
            self._repeat_answer()
        return None

    def _was_written(self) -> MachineState:
        self._begin()
        return self._home


def _without_line(text: bytes, start: bytes) -> bytes:
    lines = text.splitlines(keepends=True)
    return b"".join(line for line in lines if not line.startswith(start))
