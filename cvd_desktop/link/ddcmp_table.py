"""What the DDCMP reader does in which state: this table is the behaviour and its documentation.

A pair of state and event that is not listed is noise and changes nothing. An action is the method
of that name in ddcmp.DdcmpReader; it may choose another next state than the one given, for the
reason that its own sentence gives. Source: EVA-DTS 6.2.2 ch. 3.5, 3.6 and 6; restarts are our own.

Every message of ours goes through two states: SENT until the machine says that it has it, TAKEN
until it answers. To add a rule: 1. add a line here, 2. write the action if it is a new one, 3. add
a test that walks through it (the tests of the table name what is forgotten).
"""

from enum import StrEnum

from cvd_desktop.link.dexucs_station import Rest, Rule
from cvd_desktop.link.outputs import Phase


class State(StrEnum):
    NEW = "new"
    CALL = "call"
    CALL_AGREED = "call_agreed"
    CALL_BACK = "call_back"
    WHO_SENT = "who_sent"
    WHO_TAKEN = "who_taken"
    PROGRAM_SENT = "program_sent"
    PROGRAM_TAKEN = "program_taken"
    READ_SENT = "read_sent"
    READ_TAKEN = "read_taken"
    BLOCKS_DUE = "blocks_due"
    BLOCKS_IN = "blocks_in"
    BLOCKS_ENDED = "blocks_ended"
    WRITE_SENT = "write_sent"
    WRITE_TAKEN = "write_taken"
    BLOCK_SENT = "block_sent"
    WRITTEN = "written"
    FINISH_SENT = "finish_sent"
    LEAVING = "leaving"
    OVER = "over"


class Event(StrEnum):
    STACK = "STACK"
    START = "START"
    ARRIVED = "arrived"  # ACK, NACK or data whose rr is the number of our message
    NACK = "NACK"  # with another rr: our message came damaged
    ANSWER = "answer"  # 88 to what we asked, with "yes"
    REFUSAL = "refusal"  # 88 to what we asked, with "no"
    BLOCK = "block"  # 99
    OTHER = "other"  # a good new message that nobody asked for
    AGAIN = "again"  # a message that we have already
    WRONG = "wrong number"
    BAD = "bad frame"
    TIMEOUT = "time-out"


_S, _E = State, Event


STATES: dict[State, Rest] = {
    _S.CALL: Rest("start_interval", False, Phase.ANSWER, "START four times a second: who is here?"),
    _S.CALL_AGREED: Rest("start_interval", False, Phase.ANSWER, "START at the agreed speed"),
    _S.CALL_BACK: Rest("start_interval", False, Phase.ANSWER, "START at the first speed, to stay"),
    _S.WHO_SENT: Rest("ack_wait", False, Phase.HANDSHAKE_1, "who are you? is out"),
    _S.WHO_TAKEN: Rest("link_limit", True, Phase.HANDSHAKE_1, "the machine looks at our codes"),
    _S.PROGRAM_SENT: Rest("ack_wait", False, Phase.HANDSHAKE_2, "a new serial number is out"),
    _S.PROGRAM_TAKEN: Rest("command_limit", True, Phase.HANDSHAKE_2, "the machine stores it"),
    _S.READ_SENT: Rest("ack_wait", False, Phase.HANDSHAKE_2, "READ is out"),
    _S.READ_TAKEN: Rest("command_limit", True, Phase.HANDSHAKE_2, "the machine looks for the list"),
    _S.BLOCKS_DUE: Rest("command_limit", True, Phase.TRANSFER, "it prepares the first block"),
    _S.BLOCKS_IN: Rest("link_limit", True, Phase.TRANSFER, "blocks come"),
    _S.BLOCKS_ENDED: Rest("end_wait", True, Phase.TRANSFER, "DXE or flag, not both: was it all?"),
    _S.WRITE_SENT: Rest("ack_wait", False, Phase.HANDSHAKE_2, "WRITE is out"),
    _S.WRITE_TAKEN: Rest("command_limit", True, Phase.HANDSHAKE_2, "will it take a document?"),
    _S.BLOCK_SENT: Rest("ack_wait", False, Phase.TRANSFER, "a block of ours is out"),
    _S.WRITTEN: Rest("write_pause", False, Phase.TRANSFER, "the machine works on what it got"),
    _S.FINISH_SENT: Rest("ack_wait", False, Phase.CHECK, "all is stored; FINISH is out"),
    _S.LEAVING: Rest("link_limit", False, Phase.CHECK, "our last acknowledgement goes out"),
}  # fmt: skip


Rules = dict[Event, Rule[State]]


def _sent(taken: State, what: str, state: State) -> Rules:
    """The rules of a message that waits for its acknowledgement."""
    return {
        _E.ARRIVED: Rule("was_taken", taken, f"the machine has {what}"),
        _E.AGAIN: Rule("say_again", state, "it lost our acknowledgement: both once more"),
        _E.NACK: Rule("say_again", state, "it came damaged; a busy machine gets a moment"),
        _E.TIMEOUT: Rule("say_again", state, "nothing, or nothing about it: the same number again"),
        _E.START: Rule("began_anew", _S.OVER, "it lost the thread; start again where that is safe"),
    }


def _taken(state: State, answer: Rule[State], refusal: Rule[State]) -> Rules:
    """The rules of a message that waits for its answer."""
    return {
        _E.ANSWER: answer,
        _E.REFUSAL: refusal,
        _E.OTHER: Rule("acknowledge_odd", state, "an answer to nothing; else it would repeat it"),
        **_receiving(state),
        _E.TIMEOUT: Rule("fail_silent", _S.OVER, "no answer; start again where that is safe"),
    }


def _receiving(state: State) -> Rules:
    return {
        _E.AGAIN: Rule("acknowledge_again", state, "it lost our ACK; stored once only"),
        _E.WRONG: Rule("refuse_number", state, "NACK tells it how far we are"),
        _E.BAD: Rule("refuse_frame", state, "NACK, once in a run of bad frames"),
        _E.START: Rule("began_anew", _S.OVER, "it lost the thread; start again where that is safe"),
    }


def _reading(state: State) -> Rules:
    return {
        _E.BLOCK: Rule("take_block", _S.BLOCKS_IN, "store it, then ACK; the last: go on"),
        _E.REFUSAL: Rule("machine_gave_up", _S.OVER, "it takes its answer back"),
        _E.ANSWER: Rule("acknowledge_odd", state, "it said so already"),
        _E.OTHER: Rule("acknowledge_odd", state, "not a block; else it would repeat it"),
        **_receiving(state),
    }


TABLE: dict[State, Rules] = {
    # Who is here, and at which speed?
    _S.CALL: {
        _E.STACK: Rule("agree", _S.CALL_AGREED, "the smaller of both speeds; the same: go on"),
        _E.TIMEOUT: Rule("call_again", _S.CALL, "nobody yet: somebody is aiming"),
    },
    _S.CALL_AGREED: {
        _E.STACK: Rule("ask_who", _S.WHO_SENT, "we hear each other at this speed"),
        _E.TIMEOUT: Rule("call_agreed_again", _S.CALL_AGREED, "after ten of them: back"),
    },
    _S.CALL_BACK: {
        _E.STACK: Rule("ask_who", _S.WHO_SENT, "at the first speed, without raising it"),
        _E.TIMEOUT: Rule("call_back_again", _S.CALL_BACK, "it may need its link time-out"),
    },
    # Who are you?
    _S.WHO_SENT: {
        **_sent(_S.WHO_TAKEN, "our question", _S.WHO_SENT),
        _E.START: Rule("stay", _S.WHO_SENT, "an echo of our own START that came late"),
    },
    _S.WHO_TAKEN: _taken(
        _S.WHO_TAKEN,
        Rule("take_identity", _S.READ_SENT, "it lets us in; next: program, read or write"),
        Rule("refuse_codes", _S.LEAVING, "wrong codes; other ones are never tried"),
    ),
    # Program slave
    _S.PROGRAM_SENT: _sent(_S.PROGRAM_TAKEN, "the number", _S.PROGRAM_SENT),
    _S.PROGRAM_TAKEN: _taken(
        _S.PROGRAM_TAKEN,
        Rule("go_on", _S.READ_SENT, "stored; next: read or write"),
        Rule("refuse_program", _S.LEAVING, "it keeps its own"),
    ),
    # Read
    _S.READ_SENT: _sent(_S.READ_TAKEN, "the command", _S.READ_SENT),
    _S.READ_TAKEN: {
        **_taken(
            _S.READ_TAKEN,
            Rule("take_length", _S.BLOCKS_DUE, "the list is there, with its length or without"),
            Rule("try_other_read", _S.READ_SENT, "another length, or the next list, or the end"),
        ),
        _E.BLOCK: Rule("take_block", _S.BLOCKS_IN, "it leaves out its answer"),
    },
    _S.BLOCKS_DUE: {
        **_reading(_S.BLOCKS_DUE),
        _E.BAD: Rule("refuse_frame", _S.BLOCKS_IN, "NACK; the first block was on its way"),
        _E.TIMEOUT: Rule("fail_silent", _S.OVER, "it promised a report and sent none"),
    },
    _S.BLOCKS_IN: {
        **_reading(_S.BLOCKS_IN),
        _E.TIMEOUT: Rule("fail_silent", _S.OVER, "the light is broken; what came is kept"),
    },
    _S.BLOCKS_ENDED: {
        **_reading(_S.BLOCKS_ENDED),
        _E.BAD: Rule("refuse_frame", _S.BLOCKS_IN, "NACK; so there is more"),
        _E.TIMEOUT: Rule("end_by_silence", _S.FINISH_SENT, "an old device; nothing more comes"),
    },
    # Write
    _S.WRITE_SENT: _sent(_S.WRITE_TAKEN, "the command", _S.WRITE_SENT),
    _S.WRITE_TAKEN: _taken(
        _S.WRITE_TAKEN,
        Rule("send_block", _S.BLOCK_SENT, "it takes a document"),
        Rule("refuse_write", _S.LEAVING, "it takes none; door open? key pressed?"),
    ),
    _S.BLOCK_SENT: {
        **_sent(_S.BLOCK_SENT, "the block", _S.BLOCK_SENT),
        _E.ARRIVED: Rule("block_was_taken", _S.BLOCK_SENT, "the next block; after the last: pause"),
    },
    _S.WRITTEN: {
        _E.TIMEOUT: Rule("finish_up", _S.FINISH_SENT, "it had time to work on it"),
        _E.START: Rule("began_anew", _S.OVER, "it lost the thread, and the document is out"),
    },
    # Finish: only its acknowledgement makes a collect good
    _S.FINISH_SENT: {
        _E.ARRIVED: Rule("weigh_finish", _S.OVER, "ACK: the machine counts the read; NACK: not"),
        _E.NACK: Rule("say_again", _S.FINISH_SENT, "it came damaged, or the job failed"),
        _E.AGAIN: Rule("say_again", _S.FINISH_SENT, "it lost our last ACK: both once more"),
        _E.TIMEOUT: Rule("say_again", _S.FINISH_SENT, "five times; then: not confirmed"),
        _E.BLOCK: Rule("came_more", _S.OVER, "its length was wrong: the report is not whole"),
        _E.START: Rule("not_confirmed", _S.OVER, "it began anew; nobody knows if it counted"),
    },
    _S.LEAVING: {
        _E.TIMEOUT: Rule("leave", _S.OVER, "the line is never quiet enough to acknowledge"),
    },
}  # fmt: skip
