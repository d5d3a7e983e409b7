"""What the DEX/UCS reader does in which state: this table is the behaviour and its documentation.

A pair of state and event that is not listed is noise and changes nothing. An action is the method
of that name in dexucs.DexReader or its DexOpening; it may choose another next state than the one
given, for the reason that its own sentence gives. Source: EVA-DTS 6.2.2 ch. 4; retry counts are our
own.

To add a rule: 1. add a line here, 2. write the action if it is a new one, 3. add a test that walks
through it (the tests of the table name what is forgotten).
"""

from enum import StrEnum

from cvd_desktop.link.dexucs_station import Event, Rest, Rule
from cvd_desktop.link.outputs import Phase


class State(StrEnum):
    NEW = "new"
    HUNT = "hunt"
    FIRST_SENT = "first_sent"
    WAIT_SECOND = "wait_second"
    SECOND_IN = "second_in"
    FIRST_IN = "first_in"
    PAUSE_SECOND = "pause_second"
    BID_SECOND = "bid_second"
    SECOND_SENT = "second_sent"
    WAIT_DATA = "wait_data"
    DATA_IN = "data_in"
    LAST_IN = "last_in"
    PAUSE_DATA = "pause_data"  # this and the next three: of the writer
    BID_DATA = "bid_data"
    BLOCK_SENT = "block_sent"
    EOT_DUE = "eot_due"
    PAUSE_RETRY = "pause_retry"
    OVER = "over"


_S, _E = State, Event


OPENING_STATES: dict[State, Rest] = {
    _S.HUNT: Rest("enq_interval", False, Phase.ANSWER, "ENQ once a second: who answers?"),
    _S.FIRST_SENT: Rest("answer_limit", False, Phase.HANDSHAKE_1, "our request is out (session 1)"),
    _S.WAIT_SECOND: Rest("session_wait", False, Phase.HANDSHAKE_2, "it prepares session 2"),
    _S.SECOND_IN: Rest("session_limit", True, Phase.HANDSHAKE_2, "its answer comes (session 2)"),
    _S.PAUSE_RETRY: Rest("session_pause", False, Phase.ANSWER, "pause before another attempt"),
}

STATES: dict[State, Rest] = OPENING_STATES | {
    _S.FIRST_IN: Rest("session_limit", True, Phase.HANDSHAKE_1, "it is first master (session 1)"),
    _S.PAUSE_SECOND: Rest("session_pause", False, Phase.HANDSHAKE_2, "pause before our session 2"),
    _S.BID_SECOND: Rest("enq_interval", False, Phase.HANDSHAKE_2, "ENQ of our session 2 is out"),
    _S.SECOND_SENT: Rest("answer_limit", False, Phase.HANDSHAKE_2, "our answer is out (session 2)"),
    _S.WAIT_DATA: Rest("session_wait", False, Phase.TRANSFER, "it prepares session 3"),
    _S.DATA_IN: Rest("session_limit", True, Phase.TRANSFER, "blocks come (session 3)"),
    _S.LAST_IN: Rest("session_limit", True, Phase.TRANSFER, "the report is stored; EOT is due"),
}


TABLE: dict[State, dict[Event, Rule[State]]] = {
    # Who is master?
    _S.HUNT: {
        _E.TIMEOUT: Rule("ask_again", _S.HUNT, "nobody answered within a second"),
        _E.ACK0: Rule("send_first", _S.FIRST_SENT, "the machine is slave: we are first master"),
        _E.ACK1: Rule("first_was_taken", _S.WAIT_SECOND, "it has it: its answer was lost"),
        _E.ENQ: Rule("answer_bid", _S.FIRST_IN, "it is master, or both began: we give way"),
        _E.WACK: Rule("hold_off", _S.HUNT, "it is not ready; ENQ again after a moment"),
    },
    # Session 1, we are master
    _S.FIRST_SENT: {
        _E.ACK1: Rule("end_session", _S.WAIT_SECOND, "the handshake was taken"),
        _E.ACK0: Rule("end_session", _S.WAIT_SECOND, "some machines say ACK0 here"),
        _E.NAK: Rule("send_first_again", _S.FIRST_SENT, "it cannot read us, or not this revision"),
        _E.WACK: Rule("hold_off", _S.HUNT, "taken but not ready; ENQ asks again"),
        _E.ENQ: Rule("answer_bid", _S.FIRST_IN, "the machine wants to be master after all"),
        _E.EOT: Rule("hunt_again", _S.HUNT, "the machine gave up the session"),
        _E.TIMEOUT: Rule("hunt_again", _S.HUNT, "no answer: ENQ tells whether it has it"),
    },
    # Session 2, the machine is master
    _S.WAIT_SECOND: {
        _E.ENQ: Rule("answer_bid", _S.SECOND_IN, "roles swap"),
        _E.HANDSHAKE: Rule("take_second", _S.SECOND_IN, "the EOT before it was noise"),
        _E.TIMEOUT: Rule("fail_silent", _S.OVER, "it never came back"),
    },
    _S.SECOND_IN: {
        _E.HANDSHAKE: Rule("take_second", _S.SECOND_IN, "its answer, or the same again: ACK1"),
        _E.BAD: Rule("refuse_frame", _S.SECOND_IN, "NAK: send it again"),
        _E.ENQ: Rule("repeat_in_handshake", _S.SECOND_IN, "it lost our answer, or it began anew"),
        _E.EOT: Rule("weigh_answer", _S.WAIT_DATA, "session 2 is over: the code decides"),
        _E.BLOCK: Rule("take_early_block", _S.DATA_IN, "it counts session 2 as done: data mean OK"),
        _E.TIMEOUT: Rule("weigh_answer", _S.WAIT_DATA, "EOT lost; without an answer: hunt again"),
    },
    # Session 1, the machine is master
    _S.FIRST_IN: {
        _E.HANDSHAKE: Rule("take_first", _S.FIRST_IN, "its request, or the same again: ACK1"),
        _E.BAD: Rule("refuse_frame", _S.FIRST_IN, "NAK: send it again"),
        _E.ENQ: Rule("repeat_in_handshake", _S.FIRST_IN, "collision, or it lost our answer"),
        _E.ACK0: Rule("send_first_after_all", _S.FIRST_SENT, "its ENQ was noise: it is slave"),
        _E.EOT: Rule("turn_round", _S.PAUSE_SECOND, "session 1 is over"),
        _E.BLOCK: Rule("take_early_block", _S.DATA_IN, "it leaves out session 2"),
        _E.TIMEOUT: Rule("turn_round", _S.PAUSE_SECOND, "EOT lost; with no handshake: hunt again"),
    },
    # Session 2, we are master
    _S.PAUSE_SECOND: {
        _E.TIMEOUT: Rule("bid_second", _S.BID_SECOND, "100 ms are over"),
        _E.ENQ: Rule("answer_bid", _S.FIRST_IN, "the machine goes on as master"),
    },
    _S.BID_SECOND: {
        _E.ACK0: Rule("send_second", _S.SECOND_SENT, "the machine listens"),
        _E.ACK1: Rule("second_was_taken", _S.WAIT_DATA, "its answer was lost and comes again"),
        _E.WACK: Rule("hold_off", _S.BID_SECOND, "it is not ready; ENQ again after a moment"),
        _E.ENQ: Rule("answer_bid", _S.FIRST_IN, "both at once: we give way"),
        _E.TIMEOUT: Rule("bid_second", _S.BID_SECOND, "no answer: ENQ again"),
    },
    _S.SECOND_SENT: {
        _E.ACK1: Rule("end_session", _S.WAIT_DATA, "our answer was taken"),
        _E.ACK0: Rule("end_session", _S.WAIT_DATA, "some machines say ACK0 here"),
        _E.NAK: Rule("send_second_again", _S.SECOND_SENT, "it could not read us"),
        _E.WACK: Rule("hold_off", _S.BID_SECOND, "taken but not ready; ENQ asks again"),
        _E.ENQ: Rule("answer_bid", _S.FIRST_IN, "the machine began anew"),
        _E.EOT: Rule("hunt_again", _S.HUNT, "the machine gave up the session"),
        _E.TIMEOUT: Rule("bid_second", _S.BID_SECOND, "no answer: ENQ tells whether it has ours"),
    },
    # Session 3, the machine sends
    _S.WAIT_DATA: {
        _E.ENQ: Rule("answer_bid", _S.DATA_IN, "the data come"),
        _E.BLOCK: Rule("take_block", _S.DATA_IN, "the EOT before it was noise"),
        _E.TIMEOUT: Rule("fail_silent", _S.OVER, "it promised data and sent none"),
    },
    _S.DATA_IN: {
        _E.BLOCK: Rule("take_block", _S.DATA_IN, "store it, then ACK1, ACK0, ACK1, ..."),
        _E.BAD: Rule("refuse_block", _S.DATA_IN, "NAK: send it again; the number does not move"),
        _E.ENQ: Rule("repeat_answer", _S.DATA_IN, "it lost our answer: the same again"),
        _E.EOT: Rule("doubt", _S.DATA_IN, "it gave up, or noise: the next moments will tell"),
        _E.HANDSHAKE: Rule("began_anew", _S.SECOND_IN, "it went back to session 2"),
        _E.TIMEOUT: Rule("fail_silent", _S.OVER, "unplugged; if nothing came yet: hunt again"),
    },
    # The report is whole
    _S.LAST_IN: {
        _E.EOT: Rule("finish", _S.OVER, "the regular end"),
        _E.TIMEOUT: Rule("finish", _S.OVER, "no EOT: the report is whole all the same"),
        _E.ENQ: Rule("repeat_answer", _S.LAST_IN, "it lost the last acknowledgement"),
        _E.BLOCK: Rule("take_block", _S.LAST_IN, "the same: same answer; another: more follows"),
        _E.BAD: Rule("refuse_last_block", _S.LAST_IN, "the last block again, damaged"),
        _E.HANDSHAKE: Rule("finish", _S.OVER, "its EOT was lost and it began a new session"),
    },
    # Another attempt
    _S.PAUSE_RETRY: {
        _E.TIMEOUT: Rule("hunt", _S.HUNT, "another revision, or the machine was busy"),
        _E.ENQ: Rule("answer_bid", _S.FIRST_IN, "the machine wants to be master"),
    },
}  # fmt: skip
