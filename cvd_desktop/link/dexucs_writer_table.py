"""What the DEX/UCS writer does in which state; read it like dexucs_table.

Sessions 1 and 2 are those of a reader that asks with `S`; session 3 is turned round: we send. A
machine that is first master decides the direction itself, so there is no writing to it.
"""

from cvd_desktop.link.dexucs_station import Event, Rest, Rule
from cvd_desktop.link.dexucs_table import OPENING_STATES, State
from cvd_desktop.link.outputs import Phase

_S, _E = State, Event

WRITER_STATES: dict[State, Rest] = OPENING_STATES | {
    _S.PAUSE_DATA: Rest("session_pause", False, Phase.TRANSFER, "pause before session 3"),
    _S.BID_DATA: Rest("enq_interval", False, Phase.TRANSFER, "ENQ is out: how far is it?"),
    _S.BLOCK_SENT: Rest("answer_limit", False, Phase.TRANSFER, "a block is out"),
    _S.EOT_DUE: Rest("answer_delay", False, Phase.TRANSFER, "the machine has it all"),
}

WRITER_TABLE: dict[State, dict[Event, Rule[State]]] = {
    # Who is master?
    _S.HUNT: {
        _E.TIMEOUT: Rule("ask_again", _S.HUNT, "nobody answered within a second"),
        _E.ACK0: Rule("send_first", _S.FIRST_SENT, "the machine is slave: we are first master"),
        _E.ACK1: Rule("first_was_taken", _S.WAIT_SECOND, "it has it: its answer was lost"),
        _E.ENQ: Rule("hear_call", _S.HUNT, "it calls: we call between its calls, a few times"),
        _E.WACK: Rule("hold_off", _S.HUNT, "it is not ready; ENQ again after a moment"),
    },
    # Session 1, we are master
    _S.FIRST_SENT: {
        _E.ACK1: Rule("end_session", _S.WAIT_SECOND, "the handshake was taken"),
        _E.ACK0: Rule("end_session", _S.WAIT_SECOND, "some machines say ACK0 here"),
        _E.NAK: Rule("send_first_again", _S.FIRST_SENT, "it cannot read us, or not this revision"),
        _E.WACK: Rule("hold_off", _S.HUNT, "taken but not ready; ENQ asks again"),
        _E.ENQ: Rule("answer_bid", _S.SECOND_IN, "session 2, or a call: its text will tell"),
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
        _E.EOT: Rule("weigh_answer", _S.PAUSE_DATA, "session 2 is over: the code decides"),
        _E.TIMEOUT: Rule("weigh_answer", _S.PAUSE_DATA, "EOT lost; without an answer: hunt again"),
    },
    # Session 3, we send
    _S.PAUSE_DATA: {
        _E.TIMEOUT: Rule("bid_data", _S.BID_DATA, "100 ms are over"),
        _E.ENQ: Rule("answer_bid", _S.SECOND_IN, "the EOT was noise: it is still in session 2"),
    },
    _S.BID_DATA: {
        _E.ACK0: Rule("compare", _S.BLOCK_SENT, "is it the number of the block that is out?"),
        _E.ACK1: Rule("compare", _S.BLOCK_SENT, "is it the number of the block that is out?"),
        _E.NAK: Rule("refused_block", _S.BLOCK_SENT, "it could not read the block"),
        _E.WACK: Rule("hold_off", _S.BID_DATA, "it is not ready"),
        _E.ENQ: Rule("hear_other", _S.SECOND_IN, "before the first block it is still in session 2"),
        _E.EOT: Rule("was_given_up", _S.OVER, "the machine gave up"),
        _E.TIMEOUT: Rule("bid_data", _S.BID_DATA, "no answer: ENQ again"),
    },
    _S.BLOCK_SENT: {
        _E.ACK0: Rule("compare", _S.BLOCK_SENT, "the right number: the next block"),
        _E.ACK1: Rule("compare", _S.BLOCK_SENT, "the right number: the next block"),
        _E.NAK: Rule("refused_block", _S.BLOCK_SENT, "it could not read the block"),
        _E.WACK: Rule("hold_off", _S.BID_DATA, "taken but not ready; ENQ asks again"),
        _E.EOT: Rule("was_given_up", _S.OVER, "the machine gave up"),
        _E.TIMEOUT: Rule("bid_data", _S.BID_DATA, "no answer: ENQ asks for it again"),
    },
    _S.EOT_DUE: {
        _E.TIMEOUT: Rule("finish", _S.OVER, "10 ms are over: EOT"),
    },
    # Another attempt
    _S.PAUSE_RETRY: {
        _E.TIMEOUT: Rule("hunt", _S.HUNT, "another revision, or the machine was busy"),
    },
}  # fmt: skip
