"""The faults of a virtual DDCMP machine, by name: what it does wrong, and how often.

Blocks are counted from 1; messages are the machine's data messages, whose first is its answer to
WHO ARE YOU, the second that to the first READ, the third the first block.

To add one: 1. a line in DDCMP_FAULTS, 2. the place in ddcmp_machine that asks for it, 3. a line in
the table of tests/cvd_desktop/link/test_ddcmp_faults.py (a test names a fault without one).
"""

from cvd_desktop.link.fault_kinds import FaultKind

DDCMP_FAULTS: dict[str, FaultKind] = {
    "ack_only": FaultKind("acknowledges what its message N should answer, and no more", "N", "2"),
    "bad_crc_always": FaultKind("sends every block with a wrong data CRC"),
    "block_size": FaultKind("sends blocks of N bytes", "N", "146"),
    "busy": FaultKind("answers the reader's messages N times with NACK 8, buffer busy", "N", "1"),
    "calls": FaultKind("sends START by itself once a second until a reader calls"),
    "codes": FaultKind(
        "keeps these security and pass codes", "SSSSPPPP", "12345678", r"[0-9A-Fa-f]{8}"
    ),
    "deaf": FaultKind("hears nothing that the reader sends"),
    "duplicate_block": FaultKind("sends block N again although it was acknowledged", "N", "1"),
    "echo": FaultKind("what the reader sends comes back to it, as its own light does"),
    "extra_reads": FaultKind("lets the same list be read N times more in a session", "N", "1"),
    "ffff_only": FaultKind("refuses READ unless its length is FFFF"),
    "fixed_speed": FaultKind(
        "stays at its start speed, and says so with its own code or with 00",
        "CODE",
        "own",
        "own|00",
    ),
    "give_up_after": FaultKind("sends nothing more after block N until START comes", "N", "1"),
    "glued": FaultKind("sends an acknowledgement and the message after it in one piece"),
    "hang_in_block": FaultKind("stops for ever in the middle of block N", "N", "1"),
    "huge": FaultKind("has a report of so many bytes", "BYTES", "5000000"),
    "impatient": FaultKind("repeats a message after the standard's 170 ms"),
    "late_stack": FaultKind("answers START when the next one is already on its way"),
    "length_lie": FaultKind(
        "announces so many bytes more than it sends, or less", "BYTES", "10", r"-?[1-9]\d{0,3}"
    ),
    "lost_ack": FaultKind("does not hear the first acknowledgement of block N", "N", "1"),
    "nack": FaultKind("answers the reader's messages N times with NACK 2, data CRC", "N", "1"),
    "nack_finish": FaultKind("answers FINISH with NACK"),
    "no_finish_ack": FaultKind("never acknowledges FINISH"),
    "no_second_stack": FaultKind("agrees to another speed and does not answer START there"),
    "no_select": FaultKind("sends its last block without the select flag"),
    "noise": FaultKind("sends stray bytes before everything that it says"),
    "one_read": FaultKind("answers no second session until it is started again"),
    "overrun": FaultKind("answers the reader's messages N times with NACK 9, overrun", "N", "1"),
    "piggy_back": FaultKind("sends no ACK where a message of its own acknowledges as well"),
    "quick_sync_clear": FaultKind("sends its data messages without the quick-sync flag"),
    "refuse_list": FaultKind("refuses to send list N", "N", "1"),
    "refuse_program": FaultKind("refuses PROGRAM SLAVE"),
    "refuse_write": FaultKind("refuses WRITE"),
    "restart_after": FaultKind(
        "begins anew after block N: sends START and has forgotten the session", "N", "2"
    ),
    "separate_ack": FaultKind("pauses for so long between an ACK and its answer", "MS", "330"),
    "silent": FaultKind("never says anything"),
    "silent_after": FaultKind("says nothing more after so many bytes", "BYTES", "400"),
    "slow_answers": FaultKind("takes its time before everything that it says", "MS", "120"),
    "slow_bytes": FaultKind("pauses after each byte", "MS", "12", r"[1-9]\d{0,2}"),
    "small_buffer": FaultKind("takes no message longer than N bytes, and says so", "N", "64"),
    "speaks_other": FaultKind("speaks DEX/UCS"),
    "speed_lie": FaultKind("agrees to another speed and keeps the old one"),
    "strict_speed": FaultKind("hears and says rubbish while the two speeds differ (pty only)"),
    "toggling_select": FaultKind("sets the select flag on every second block"),
    "unknown_length": FaultKind("announces its report with length FFFF"),
    "unplug_after": FaultKind("pulls the plug after so many bytes: the port is gone", "BYTES"),
    "wrong_ack_number": FaultKind("acknowledges N times with a wrong number", "N", "1"),
    "wrong_block_number": FaultKind("sends block N with a wrong block number", "N", "2"),
    "wrong_data_crc": FaultKind("sends message N with a wrong data CRC once", "N", "3"),
    "wrong_header_crc": FaultKind("sends message N with a wrong header CRC once", "N", "3"),
    "zero_serial": FaultKind("has a serial number of eight zero bytes"),
}
