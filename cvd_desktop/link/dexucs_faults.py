"""The faults of a virtual DEX/UCS machine, by name: what it does wrong, and how often.

To add one: 1. a line in FAULTS, 2. the place in dexucs_machine that asks for it, 3. a line in the
table of tests/cvd_desktop/link/test_dexucs_faults.py (a test names a fault without one).
"""

from collections.abc import Iterable

from cvd_desktop.link.ddcmp_faults import DDCMP_FAULTS
from cvd_desktop.link.fault_kinds import FaultKind, UnknownFaultError, parse_kinds

__all__ = ["FAULTS", "UnknownFaultError", "parse_faults"]

_REVISION = r"R\d\dL\d\d"

FAULTS: dict[str, FaultKind] = {
    "ack0_handshake": FaultKind("acknowledges handshakes with ACK0 in place of ACK1"),
    "bad_crc_always": FaultKind("sends every data block with a wrong CRC"),
    "block_size": FaultKind("sends blocks of N text characters", "N", "1000"),
    "code": FaultKind("refuses with response code NN", "NN", None, r"0[1-5]|90"),
    "deaf": FaultKind("hears nothing that the reader sends"),
    "drop_after_nak": FaultKind("refuses the first handshake with NAK and drops the session"),
    "duplicate_block": FaultKind("sends block N again although it was acknowledged", "N", "1"),
    "give_up_after": FaultKind("ends the session with EOT after block N", "N", "1"),
    "glued_eot_enq": FaultKind("sends EOT and the next ENQ without a pause between them"),
    "hang_in_block": FaultKind("stops for ever in the middle of block N", "N", "1"),
    "lost_ack": FaultKind("does not hear the first acknowledgement of block N", "N", "1"),
    "machine_master": FaultKind("is first master: sends ENQ by itself"),
    "nak": FaultKind("refuses the reader's handshake N times with NAK", "N", "1"),
    "nak_revision": FaultKind("answers NAK to any other revision", "RnnLnn", "R00L06", _REVISION),
    "no_enq": FaultKind("repeats the block where the standard asks for ENQ (see lost_ack)"),
    "no_eot": FaultKind("sends no EOT after the last block"),
    "no_g85": FaultKind("sends a report without its G85 line"),
    "no_se": FaultKind("sends a report without its SE line"),
    "noise": FaultKind("sends stray bytes before everything that it says"),
    "old_order": FaultKind("answers with the id before the code, as in 6.2 and before"),
    "one_read": FaultKind("answers no second read until it is started again"),
    "op_in_answer": FaultKind("answers with 19 characters, an operation letter among them"),
    "restart_after": FaultKind("begins the report anew after block N", "N", "2"),
    "silent": FaultKind("never says anything"),
    "silent_after": FaultKind("says nothing more after so many bytes", "BYTES", "400"),
    "slow_answers": FaultKind("takes its time before each answer", "MS", "900"),
    "slow_bytes": FaultKind("pauses after each byte", "MS", "5", r"[1-9]\d{0,2}"),
    "slow_repeat": FaultKind("waits a second before it repeats what got a wrong number"),
    "slow_sessions": FaultKind("takes its time before each session", "S", "5"),
    "strict_revision": FaultKind(
        "answers code 02 to any other revision", "RnnLnn", "R00L06", _REVISION
    ),
    "strict_speed": FaultKind("hears and says rubbish while the two speeds differ (pty only)"),
    "stx_handshake": FaultKind("begins its handshake with STX in place of SOH"),
    "tsyn": FaultKind("puts the filler DLE SYN into every frame"),
    "unplug_after": FaultKind("pulls the plug after so many bytes: the port is gone", "BYTES"),
    "wack": FaultKind("answers the reader's ENQ N times with WACK", "N", "1"),
    "wrong_crc": FaultKind("sends block N with a wrong CRC once", "N", "1"),
    "wrong_handshake_crc": FaultKind("sends its handshake with a wrong CRC N times", "N", "1"),
    "write_code": FaultKind("refuses a write with response code NN", "NN", None, r"0[1-5]|90"),
    "write_deaf_after": FaultKind("hears nothing more after N blocks of a write", "N", "1"),
    "write_lost_ack": FaultKind("takes block N of a write and does not say so once", "N", "1"),
    "write_nak": FaultKind("refuses block N of a write with NAK once", "N", "1"),
    "write_nak_always": FaultKind("refuses every block of a write with NAK"),
    "write_wack": FaultKind("is not ready after block N of a write: WACK once", "N", "1"),
}

_OF_LINK = {"dexucs": FAULTS, "ddcmp": DDCMP_FAULTS}


def parse_faults(texts: Iterable[str], link: str = "dexucs") -> dict[str, str]:
    """Arguments by name, of texts such as "silent" or "wrong_crc:2", for a machine of `link`
    ("dexucs" or "ddcmp"). Raises UnknownFaultError."""
    return parse_kinds(texts, _OF_LINK[link])
