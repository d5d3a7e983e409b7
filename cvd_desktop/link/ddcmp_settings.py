"""What a DDCMP session needs to know: speeds, times, limits, and who asks (EVA-DTS 6.2.2 ch. 6)."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class DdcmpSettings:
    """Seconds, bits per second, counts. Times are those of table 2 unless a comment says more."""

    start_speed: int = 2400  # machines with a fixed speed: 9600, 19200, 4800, 38400, 115200
    wanted_speed: int = 115200  # START asks for it; the same as start_speed: no change of speed
    max_wait: float = 60.0  # for the machine to show itself: somebody aims the optical head
    start_interval: float = 0.25  # between two STARTs
    start_tries: int = 10  # a round of STARTs
    message_tries: int = 5
    ack_wait: float = 0.4  # 0.17 in the standard, from the end of our frame to the end of the ACK
    gap: float = 0.25  # 0.065 in the standard; USB adapters and slow devices need more
    turnaround: float = 0.040  # from the last byte heard to the first byte said
    link_limit: float = 5.0
    end_wait: float = 2.0  # ours; after the last segment of a report whose end nothing else tells
    command_limit: float = 15.0  # around READ, WRITE and PROGRAM
    quick_sync: bool = True  # the flag in our messages; one known reader leaves it out
    read_length: int = 0  # "all" in READ; a refusal is answered with FFFF, or 0 after FFFF
    write_pause: float = 1.0  # before FINISH, after a write; as a known tool does
    most_restarts: int = 2  # of a session in which nothing was received yet; ours, as all below
    most_repeats: int = 20  # in a row: of a message of the machine, or of damaged frames
    most_noise: int = 1 << 15  # bytes in a session without a frame that means something
    frame_limit: float = 90.0  # in a session without such a frame, however many bytes come
    most_blocks: int = 1 << 15
    longest_report: int = 1 << 20  # bytes, of all lists together


@dataclass(frozen=True, slots=True)
class DdcmpIdentity:
    """Who asks. A machine STORES the first code that is not 0 and lets nobody else in after that:
    a code is given only where a person has given it.
    """

    security_code: int = 0  # 0 to 0xFFFF
    pass_code: int = 0  # 0 to 0xFFFF
    user_id: int = 0  # 0 to 0xFFFF
    maintenance: bool = False  # a technician and no route person
    at: datetime | None = None  # local time, for the clock of the machine; None: zeros
