"""What the machine side of DEX/UCS does in which state; read it like dexucs_table."""

from enum import StrEnum

from cvd_desktop.link.dexucs_station import Event, Rest, Rule
from cvd_desktop.link.outputs import Phase


class MachineState(StrEnum):
    IDLE = "idle"
    FIRST_IN = "first_in"
    PAUSE_SECOND = "pause_second"
    BID_SECOND = "bid_second"
    SECOND_SENT = "second_sent"
    CALL = "call"
    CALL_SENT = "call_sent"
    WAIT_SECOND = "wait_second"
    SECOND_IN = "second_in"
    PAUSE_DATA = "pause_data"
    BID_DATA = "bid_data"
    BLOCK_SENT = "block_sent"
    WAIT_DATA = "wait_data"
    DATA_IN = "data_in"
    WRITTEN = "written"
    FINISHED = "finished"
    MUTE = "mute"
    GONE = "gone"


_M, _E = MachineState, Event

MACHINE_STATES: dict[MachineState, Rest] = {
    _M.IDLE: Rest(None, False, Phase.ANSWER, "vending; a reader may call"),
    _M.FIRST_IN: Rest("session_limit", True, Phase.HANDSHAKE_1, "its request comes"),
    _M.PAUSE_SECOND: Rest("session_pause", False, Phase.HANDSHAKE_2, "pause before session 2"),
    _M.BID_SECOND: Rest("enq_interval", False, Phase.HANDSHAKE_2, "ENQ of session 2 is out"),
    _M.SECOND_SENT: Rest("answer_limit", False, Phase.HANDSHAKE_2, "our answer is out"),
    _M.CALL: Rest("enq_interval", False, Phase.ANSWER, "first master: ENQ once a second"),
    _M.CALL_SENT: Rest("answer_limit", False, Phase.HANDSHAKE_1, "our request is out"),
    _M.WAIT_SECOND: Rest("max_wait", False, Phase.HANDSHAKE_2, "the reader prepares session 2"),
    _M.SECOND_IN: Rest("session_limit", True, Phase.HANDSHAKE_2, "its answer comes"),
    _M.PAUSE_DATA: Rest("session_pause", False, Phase.TRANSFER, "pause before the data"),
    _M.BID_DATA: Rest("enq_interval", False, Phase.TRANSFER, "ENQ is out: how far are we?"),
    _M.BLOCK_SENT: Rest("answer_limit", False, Phase.TRANSFER, "a block is out"),
    _M.WAIT_DATA: Rest("max_wait", False, Phase.TRANSFER, "a document is to be written to us"),
    _M.DATA_IN: Rest("session_limit", True, Phase.TRANSFER, "its blocks come"),
    _M.WRITTEN: Rest("session_limit", True, Phase.TRANSFER, "the document is here; EOT is due"),
    _M.FINISHED: Rest(None, False, Phase.ANSWER, "no second read until it is plugged again"),
    _M.MUTE: Rest(None, False, Phase.ANSWER, "says nothing any more (a fault)"),
}

MACHINE_TABLE: dict[MachineState, dict[Event, Rule[MachineState]]] = {
    # We are slave
    _M.IDLE: {
        _E.ENQ: Rule("answer_call", _M.FIRST_IN, "a reader is there"),
    },
    _M.FIRST_IN: {
        _E.HANDSHAKE: Rule("take_request", _M.FIRST_IN, "ACK1, and the same again for a repeat"),
        _E.BLOCK: Rule("take_request", _M.FIRST_IN, "one program begins its handshakes with STX"),
        _E.BAD: Rule("refuse", _M.FIRST_IN, "NAK"),
        _E.ENQ: Rule("repeat_answer", _M.FIRST_IN, "it lost our answer"),
        _E.EOT: Rule("turn_round", _M.PAUSE_SECOND, "session 1 is over"),
        _E.TIMEOUT: Rule("give_up", _M.IDLE, "the reader is gone"),
    },
    _M.PAUSE_SECOND: {
        _E.TIMEOUT: Rule("bid", _M.BID_SECOND, "roles swap"),
        _E.ENQ: Rule("answer_call", _M.FIRST_IN, "the reader began anew"),
    },
    _M.BID_SECOND: {
        _E.ACK0: Rule("send_answer_frame", _M.SECOND_SENT, "the reader listens"),
        _E.ACK1: Rule("answer_was_taken", _M.PAUSE_DATA, "its acknowledgement was lost"),
        _E.WACK: Rule("hold_off", _M.BID_SECOND, "it is not ready"),
        _E.ENQ: Rule("answer_call", _M.FIRST_IN, "the reader began anew"),
        _E.TIMEOUT: Rule("bid", _M.BID_SECOND, "no answer: ENQ again"),
    },
    _M.SECOND_SENT: {
        _E.ACK0: Rule("end_second", _M.PAUSE_DATA, "taken; some readers say ACK0 here"),
        _E.ACK1: Rule("end_second", _M.PAUSE_DATA, "taken"),
        _E.NAK: Rule("send_answer_again", _M.SECOND_SENT, "it could not read us"),
        _E.WACK: Rule("hold_off", _M.BID_SECOND, "taken but not ready"),
        _E.ENQ: Rule("answer_call", _M.FIRST_IN, "the reader began anew"),
        _E.EOT: Rule("give_up", _M.IDLE, "the reader gave up"),
        _E.TIMEOUT: Rule("bid", _M.BID_SECOND, "no answer: ENQ tells whether it has ours"),
    },
    # We are first master; an ENQ of the reader collides with ours and is thrown away
    _M.CALL: {
        _E.ACK0: Rule("send_call", _M.CALL_SENT, "a reader is there"),
        _E.ACK1: Rule("call_was_taken", _M.WAIT_SECOND, "its acknowledgement was lost"),
        _E.TIMEOUT: Rule("call", _M.CALL, "ENQ once a second"),
    },
    _M.CALL_SENT: {
        _E.ACK0: Rule("end_session", _M.WAIT_SECOND, "taken; some readers say ACK0 here"),
        _E.ACK1: Rule("end_session", _M.WAIT_SECOND, "taken"),
        _E.NAK: Rule("send_call_again", _M.CALL_SENT, "it could not read us"),
        _E.WACK: Rule("hold_off", _M.CALL, "taken but not ready"),
        _E.EOT: Rule("give_up", _M.CALL, "the reader gave up"),
        _E.TIMEOUT: Rule("call", _M.CALL, "no answer: ENQ tells whether it has ours"),
    },
    _M.WAIT_SECOND: {
        _E.ENQ: Rule("answer_second", _M.SECOND_IN, "roles swap"),
        _E.TIMEOUT: Rule("give_up", _M.CALL, "the reader is gone"),
    },
    _M.SECOND_IN: {
        _E.HANDSHAKE: Rule("take_answer", _M.SECOND_IN, "ACK1, and the same again for a repeat"),
        _E.BLOCK: Rule("take_answer", _M.SECOND_IN, "one program begins its handshakes with STX"),
        _E.BAD: Rule("refuse", _M.SECOND_IN, "NAK"),
        _E.ENQ: Rule("repeat_answer", _M.SECOND_IN, "it lost our answer"),
        _E.EOT: Rule("weigh_answer", _M.PAUSE_DATA, "session 2 is over"),
        _E.TIMEOUT: Rule("give_up", _M.CALL, "the reader is gone"),
    },
    # We send
    _M.PAUSE_DATA: {
        _E.TIMEOUT: Rule("bid_data", _M.BID_DATA, "session 3 begins"),
        _E.ENQ: Rule("began_anew", _M.FIRST_IN, "the reader began anew"),
    },
    _M.BID_DATA: {
        _E.ACK0: Rule("compare", _M.BLOCK_SENT, "is it the number of the block that is out?"),
        _E.ACK1: Rule("compare", _M.BLOCK_SENT, "is it the number of the block that is out?"),
        _E.NAK: Rule("send_block_again", _M.BLOCK_SENT, "it could not read the block"),
        _E.WACK: Rule("hold_off", _M.BID_DATA, "it is not ready"),
        _E.EOT: Rule("give_up", _M.IDLE, "the reader gave up"),
        _E.ENQ: Rule("began_anew", _M.FIRST_IN, "the reader began anew"),
        _E.TIMEOUT: Rule("bid_data", _M.BID_DATA, "no answer: ENQ again"),
    },
    _M.BLOCK_SENT: {
        _E.ACK0: Rule("compare", _M.BLOCK_SENT, "the right number: the next block"),
        _E.ACK1: Rule("compare", _M.BLOCK_SENT, "the right number: the next block"),
        _E.NAK: Rule("send_block_again", _M.BLOCK_SENT, "it could not read the block"),
        _E.WACK: Rule("hold_off", _M.BID_DATA, "taken but not ready"),
        _E.EOT: Rule("give_up", _M.IDLE, "the reader gave up"),
        _E.ENQ: Rule("began_anew", _M.FIRST_IN, "the reader began anew"),
        _E.TIMEOUT: Rule("ask_how_far", _M.BID_DATA, "no answer: ENQ asks for it again"),
    },
    # The other side sends
    _M.WAIT_DATA: {
        _E.ENQ: Rule("answer_second", _M.DATA_IN, "the document comes"),
        _E.TIMEOUT: Rule("give_up", _M.IDLE, "it promised a document and sent none"),
    },
    _M.DATA_IN: {
        _E.BLOCK: Rule("take_block", _M.DATA_IN, "keep it, then ACK1, ACK0, ACK1, ..."),
        _E.BAD: Rule("refuse", _M.DATA_IN, "NAK"),
        _E.ENQ: Rule("repeat_last", _M.DATA_IN, "it lost our answer"),
        _E.HANDSHAKE: Rule("asked_anew", _M.FIRST_IN, "the ENQ was that of another session"),
        _E.EOT: Rule("give_up", _M.IDLE, "the writer gave up: nothing of it is kept"),
        _E.TIMEOUT: Rule("give_up", _M.IDLE, "the writer is gone: nothing of it is kept"),
    },
    _M.WRITTEN: {
        _E.BLOCK: Rule("take_block", _M.WRITTEN, "the last block again: the same answer"),
        _E.ENQ: Rule("repeat_last", _M.WRITTEN, "it lost the last acknowledgement"),
        _E.EOT: Rule("was_written", _M.IDLE, "the regular end"),
        _E.TIMEOUT: Rule("was_written", _M.IDLE, "no EOT: the document is whole all the same"),
    },
}  # fmt: skip
