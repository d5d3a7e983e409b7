"""What the machine side of DDCMP does in which state: this table is its behaviour and its manual.

A pair of state and event that is not listed is noise and changes nothing. An action is the method
of that name in ddcmp_machine.DdcmpMachine or in the station under it; it may choose another next
state than the one given, for the reason that its own sentence gives. Source: EVA-DTS 6.2.2 ch. 3.

To add a rule: 1. add a line here, 2. write the action if it is a new one, 3. add a test that walks
through it (the tests of the table name what is forgotten).
"""

from dataclasses import dataclass
from enum import StrEnum

from cvd_desktop.link.outputs import Phase


@dataclass(frozen=True, slots=True)
class DdcmpMachineSettings:
    """Seconds, bytes and names; those of the standard unless a comment says more."""

    start_speed: int = 2400  # bits per second; where it waits for START
    most_speed: int = 115200  # what its STACK says that it can do
    codes: bytes = bytes(4)  # security code and pass code, high byte first; zeros: from the factory
    serial: bytes = b"12345678"  # eight bytes
    version: int = 1
    maker: int = 8
    extra_reads: int = 0  # rd: further READs of a list that was read in the session
    buffer_size: int = 0  # bytes of a whole frame; 0 stands for 256
    block_size: int = 235  # bytes of the report in a block
    addresses: tuple[int, ...] = (0x01, 0x07)  # anyone, and vending machine
    turnaround: float = 0.010  # from hearing to speaking; real machines are quicker than 0.040
    answer_pause: float = 0.005  # between an acknowledgement and the message after it
    ack_wait: float = 0.35  # the standard has 0.17, which laptops miss now and then
    message_tries: int = 5
    gap: float = 0.065
    second_start_limit: float = 3.0  # ours: ten STARTs, 0.25 apart, and some slack
    link_limit: float = 5.0
    job_limit: float = 15.0  # around WRITE
    closing_limit: float = 2.0  # ours: for a FINISH that is repeated
    call_interval: float = 1.0  # ours; of a machine that calls by itself
    enq_interval: float = 1.0  # of a machine that speaks DEX/UCS
    most_written: int = 1 << 20  # bytes; ours


class SlaveState(StrEnum):
    IDLE = "idle"
    CALL = "call"
    SPEED = "speed"
    LINKED = "linked"
    ANSWER_SENT = "answer_sent"
    BLOCK_SENT = "block_sent"
    WRITE_IN = "write_in"
    CLOSED = "closed"
    LOST = "lost"
    OTHER = "other"
    MUTE = "mute"
    GONE = "gone"


class SlaveEvent(StrEnum):
    START = "START"
    MESSAGE = "message"  # a good data message with the next number
    REPEAT = "repeat"  # a good data message that we have had already
    ACK = "ACK"  # of our message; by ACK, NACK or a message that bears our number
    NACK = "NACK"  # our message did not arrive
    BAD = "bad frame"
    TIMEOUT = "time-out"


@dataclass(frozen=True, slots=True)
class SlaveRest:
    """How long a state lasts without a good frame: a field of DdcmpMachineSettings, or for ever."""

    limit: str | None
    phase: Phase
    meaning: str


@dataclass(frozen=True, slots=True)
class SlaveRule:
    """An action (a method, with an underscore in front) and the state after it."""

    action: str
    then: SlaveState
    why: str


_S, _E = SlaveState, SlaveEvent

SLAVE_STATES: dict[SlaveState, SlaveRest] = {
    _S.IDLE: SlaveRest(None, Phase.ANSWER, "vending; listens at its start speed"),
    _S.CALL: SlaveRest("call_interval", Phase.ANSWER, "calls by itself, once a second (a fault)"),
    _S.SPEED: SlaveRest("second_start_limit", Phase.ANSWER, "STACK is out; START at the new speed"),
    _S.LINKED: SlaveRest("link_limit", Phase.HANDSHAKE_1, "waits for a command"),
    _S.ANSWER_SENT: SlaveRest("ack_wait", Phase.HANDSHAKE_2, "our answer to a command is out"),
    _S.BLOCK_SENT: SlaveRest("ack_wait", Phase.TRANSFER, "a block of the report is out"),
    _S.WRITE_IN: SlaveRest("job_limit", Phase.TRANSFER, "blocks are written to us"),
    _S.CLOSED: SlaveRest("closing_limit", Phase.CHECK, "FINISH was acknowledged"),
    _S.LOST: SlaveRest("link_limit", Phase.CHECK, "the session is given up; only START is heard"),
    _S.OTHER: SlaveRest("enq_interval", Phase.ANSWER, "speaks DEX/UCS (a fault)"),
    _S.MUTE: SlaveRest(None, Phase.ANSWER, "says nothing any more (a fault)"),
}

_OPEN = SlaveRule("open", _S.LINKED, "STACK; another speed: START must come at that one too")
_AGAIN = SlaveRule("acknowledge_again", _S.LINKED, "our acknowledgement was lost")
_REFUSE = SlaveRule("refuse", _S.LINKED, "NACK, once until something good is heard")


def _stay(rule: SlaveRule, state: SlaveState) -> SlaveRule:
    return SlaveRule(rule.action, state, rule.why)


SLAVE_TABLE: dict[SlaveState, dict[SlaveEvent, SlaveRule]] = {
    _S.IDLE: {
        _E.START: _OPEN,
    },
    _S.CALL: {
        _E.START: _OPEN,
        _E.TIMEOUT: SlaveRule("call", _S.CALL, "nobody is here yet"),
    },
    _S.SPEED: {
        _E.START: _OPEN,
        _E.TIMEOUT: SlaveRule("hang_up", _S.IDLE, "nobody followed to the new speed"),
    },
    _S.LINKED: {
        _E.START: _OPEN,
        _E.MESSAGE: SlaveRule("take_command", _S.ANSWER_SENT, "ACK, and the answer after it"),
        _E.REPEAT: _AGAIN,
        _E.BAD: _REFUSE,
        _E.TIMEOUT: SlaveRule("hang_up", _S.IDLE, "the reader is gone"),
    },
    _S.ANSWER_SENT: {
        _E.START: _OPEN,
        _E.ACK: SlaveRule("answer_was_taken", _S.LINKED, "blocks follow, from us or from it"),
        _E.NACK: SlaveRule("send_again", _S.ANSWER_SENT, "the same number once more"),
        _E.REPEAT: _stay(_AGAIN, _S.ANSWER_SENT),
        _E.BAD: _stay(_REFUSE, _S.ANSWER_SENT),
        _E.TIMEOUT: SlaveRule("send_again", _S.ANSWER_SENT, "no answer: the same number once more"),
    },
    _S.BLOCK_SENT: {
        _E.START: _OPEN,
        _E.ACK: SlaveRule("block_was_taken", _S.BLOCK_SENT, "the next; after the last: LINKED"),
        _E.NACK: SlaveRule("send_again", _S.BLOCK_SENT, "the same number once more"),
        _E.REPEAT: _stay(_AGAIN, _S.BLOCK_SENT),
        _E.BAD: _stay(_REFUSE, _S.BLOCK_SENT),
        _E.TIMEOUT: SlaveRule("send_again", _S.BLOCK_SENT, "no answer: the same number once more"),
    },
    _S.WRITE_IN: {
        _E.START: _OPEN,
        _E.MESSAGE: SlaveRule("take_block", _S.WRITE_IN, "ACK; after the last block: LINKED"),
        _E.REPEAT: _stay(_AGAIN, _S.WRITE_IN),
        _E.BAD: _stay(_REFUSE, _S.WRITE_IN),
        _E.TIMEOUT: SlaveRule("hang_up", _S.IDLE, "the reader is gone"),
    },
    _S.CLOSED: {
        _E.START: _OPEN,
        _E.REPEAT: _stay(_AGAIN, _S.CLOSED),
        _E.TIMEOUT: SlaveRule("hang_up", _S.IDLE, "back to the start speed"),
    },
    _S.LOST: {
        _E.START: _OPEN,
        _E.TIMEOUT: SlaveRule("hang_up", _S.IDLE, "back to the start speed"),
    },
    _S.OTHER: {
        _E.TIMEOUT: SlaveRule("call_as_dex", _S.OTHER, "ENQ once a second"),
    },
}
