"""The DDCMP reader on a bad line: damage, noise, silence, machines that lose the thread."""

from cvd_desktop.link.ddcmp_commands import (
    ReadAnswer,
    SlaveIdentity,
    build_block,
)
from cvd_desktop.link.ddcmp_frames import (
    ControlFrame,
    ControlKind,
    build_control,
)
from cvd_desktop.link.ddcmp_settings import DdcmpSettings
from cvd_desktop.link.outputs import FailureCode, Party
from tests.support.ddcmp_slave import (
    BLOCKS,
    SlaveLine,
    ack,
    known,
    linked,
    reading,
    stack,
)

FINISH = ("data", 3, b"\x77\xff")
START = build_control(ControlFrame(ControlKind.START, high=8))


def test_a_damaged_block_gets_one_nack_in_a_run() -> None:
    line = reading(SlaveLine(), 0xFFFF)
    good = line.message(build_block(0, BLOCKS[0]), select=True)
    damaged = good[:-1] + bytes([good[-1] ^ 1])
    line.hear(damaged)
    assert line.frames() == [("NACK", 2, b"\x02")]
    for _ in range(3):
        line.hear(damaged)
        assert line.frames(0.2) == []
    line.hear(good)
    assert line.frames()[0] == ("ACK", 3, b"")
    assert line.received == BLOCKS[0]


def test_a_damaged_header_is_named_in_the_nack() -> None:
    line = reading(SlaveLine(), 0xFFFF)
    good = line.message(build_block(0, BLOCKS[0]))
    line.hear(good[:6] + b"\0\0" + good[8:])
    assert line.frames() == [("NACK", 2, b"\x01")]


def test_after_a_good_frame_the_next_damage_gets_its_own_nack() -> None:
    line = reading(SlaveLine(), 0xFFFF)
    for number in range(3):
        good = line.message(build_block(number, BLOCKS[number]))
        line.hear(good[:-1] + bytes([good[-1] ^ 1]))
        assert line.frames()[0][:2] == ("NACK", number + 2)
        line.hear(good)
        assert line.frames() == [("ACK", number + 3, b"")]


def test_a_damaged_answer_with_our_number_still_means_that_ours_arrived() -> None:
    line = linked(SlaveLine())
    good = line.message(SlaveIdentity().build(), received=1)
    line.hear(good[:-1] + bytes([good[-1] ^ 1]))
    assert line.frames(1) == [("NACK", 0, b"\x02")]
    line.hear(good)
    assert line.frames()[0] == ("ACK", 1, b"")


def test_a_damaged_acknowledgement_is_not_refused() -> None:
    line = reading(SlaveLine(), 0xFFFF)
    line.hear(ack(2)[:-1] + b"\0")
    assert line.frames(0.5) == []


def test_an_acknowledgement_of_what_was_not_said_yet_is_none() -> None:
    line = linked(SlaveLine())
    line.hear(ack(1) + line.message(SlaveIdentity().build(), received=1) + ack(2))
    assert line.frames()[-1][:2] == ("data", 2)
    assert line.frames(0.6)[0][:2] == ("data", 2)


def test_an_acknowledgement_that_comes_slowly_is_waited_for() -> None:
    line = linked(SlaveLine())
    line.wait(0.45)
    for byte in ack(1):
        line.hear(bytes([byte]))
        line.wait(0.1)
    assert line.frames(2) == []


def test_a_slow_device_is_not_talked_over() -> None:
    """12 ms between bytes is known; pauses up to the gap are borne as well."""
    for pause, piece in ((0.012, 1), (0.2, 40)):
        line = reading(SlaveLine(), 0xFFFF)
        data = line.message(build_block(0, BLOCKS[0]), select=True)
        for place in range(0, len(data), piece):
            line.wait(pause)
            assert line.said() == b""
            line.hear(data[place : place + piece])
        assert line.frames() == [("ACK", 3, b""), FINISH]
        assert line.received == BLOCKS[0]


def test_a_frame_that_has_begun_is_waited_for_before_an_answer() -> None:
    """The machine repeats the block because it did not hear us in time; one ACK is enough."""
    line = reading(SlaveLine(), 0xFFFF)
    data = line.message(build_block(0, BLOCKS[0]))
    line.hear(data + data[:20])
    assert line.frames(0.2) == []
    line.hear(data[20:])
    assert line.frames() == [("ACK", 3, b"")]


def test_our_own_nack_that_comes_back_begins_no_new_run() -> None:
    line = reading(SlaveLine(), 0xFFFF)
    good = line.message(build_block(0, BLOCKS[0]))
    damaged = good[:-1] + bytes([good[-1] ^ 1])
    line.hear(damaged)
    line.wait(0.05)
    line.hear(line.said())
    line.hear(damaged)
    assert line.frames(0.2) == []


def test_a_block_that_stops_is_refused_after_the_gap() -> None:
    line = reading(SlaveLine(), 0xFFFF)
    good = line.message(build_block(0, BLOCKS[0]))
    line.hear(good[:100])
    assert line.frames(0.2) == []
    assert line.frames(0.1)[0][:2] == ("NACK", 2)


def test_a_line_that_damages_everything_is_told() -> None:
    line = reading(SlaveLine(DdcmpSettings(wanted_speed=2400, most_restarts=0)), 0xFFFF)
    good = line.message(build_block(0, BLOCKS[0]))
    for _ in range(5):
        line.hear(good[:-1] + bytes([good[-1] ^ 1]))
        line.wait(0.3)
    line.wait(20)
    assert line.failed.code is FailureCode.BAD_CRC
    assert line.failed.party is Party.CABLE
    assert line.failed.detail["why"] == "data_crc"


def test_endless_noise_ends() -> None:
    line = reading(SlaveLine(), 0xFFFF)
    line.block(0, BLOCKS[0])
    for _ in range(2000):
        line.hear(b"\x81\x05" * 25)
        line.wait(0.2)
        if line.end:
            break
    assert line.failed.code in (FailureCode.TOO_LONG, FailureCode.BROKEN_OFF, FailureCode.BAD_CRC)
    assert line.now < 400


def test_a_trickle_of_noise_ends_too() -> None:
    line = reading(SlaveLine(), 0xFFFF)
    line.block(0, BLOCKS[0])
    for _ in range(600):
        line.hear(b"\x81")
        line.wait(0.2)
    assert line.failed.code is FailureCode.TOO_LONG


def test_good_frames_that_mean_nothing_end_too() -> None:
    for frame, pause in ((ack(2), 4.0), (stack(), 0.04), (ack(9), 0.0)):
        line = reading(SlaveLine(), 0xFFFF)
        line.block(0, BLOCKS[0])
        began = line.now
        for _ in range(5000):
            line.hear(frame)
            line.wait(pause)
            if line.end:
                break
        assert line.failed.code is FailureCode.TOO_LONG
        assert line.now - began < 200


def test_answers_to_nothing_are_not_acknowledged_for_ever() -> None:
    line = linked(SlaveLine(DdcmpSettings(wanted_speed=2400, most_restarts=0)))
    line.hear(ack(1))
    for _ in range(100):
        line.hear(line.message(b"\x88\xe4\x01"))
        line.wait(0.1)
    assert line.failed.code is FailureCode.BROKEN_OFF


def test_blocks_of_nothing_end() -> None:
    line = reading(SlaveLine(), 0xFFFF)
    for number in range(100):
        line.block(number, b"")
        if line.end:
            break
    assert line.failed.detail["why"] == "report"


# The end of the line


def test_a_machine_that_falls_silent_in_the_report() -> None:
    line = reading(SlaveLine(), 0xFFFF)
    line.block(0, BLOCKS[0])
    line.wait(4.5)
    assert line.end is None
    line.wait(1)
    failed = line.failed
    assert (failed.code, failed.party) == (FailureCode.BROKEN_OFF, Party.CABLE)
    assert failed.detail["phase"] == "transfer"
    assert (failed.detail["blocks"], failed.detail["received"]) == (1, 235)
    assert {"retries", "heard", "why"} <= set(failed.detail)


def test_a_machine_may_take_fifteen_seconds_for_a_list() -> None:
    line = known(SlaveLine())
    line.hear(ack(2))
    line.heard = 2
    line.wait(14.5)
    line.hear(line.message(ReadAnswer(2, 0xFFFF).build()))
    assert line.frames() == [("ACK", 2, b"")]
    line.wait(14.5)
    assert line.block(0, BLOCKS[0]) == [("ACK", 3, b"")]


def test_a_machine_that_begins_anew_in_the_report_breaks_it_off() -> None:
    line = reading(SlaveLine(), 0xFFFF)
    line.block(0, BLOCKS[0])
    line.hear(START)
    assert line.failed.detail["why"] == "restarted"
    assert line.failed.code is FailureCode.BROKEN_OFF


def test_nothing_received_yet_the_session_is_started_again_at_the_same_speed() -> None:
    line = known(SlaveLine())
    line.hear(START)
    assert line.frames() == [("START", 0, b"")]
    line.hear(stack())
    assert line.frames()[0][:2] == ("data", 1)


def test_after_that_at_the_first_speed_and_then_no_more() -> None:
    line = SlaveLine(DdcmpSettings())
    line.hear(stack(8, 8))
    line.wait(0.05)
    for speeds in ([2400, 115200], [2400, 115200], [2400, 115200, 2400]):
        line.said()
        line.hear(stack(8, 8))
        assert line.frames()[-1][:2] == ("data", 1)
        assert line.speeds() == speeds
        line.wait(2.6)
    assert line.failed.code is FailureCode.BROKEN_OFF
    assert line.failed.detail["baud_rate"] == 2400


def test_a_raised_speed_that_damages_everything_is_given_up() -> None:
    line = SlaveLine(DdcmpSettings())
    line.hear(stack(8, 8))
    line.wait(0.05)
    line.said()
    line.hear(stack(8, 8))
    line.wait(0.05)
    line.hear(ack(1) + line.message(SlaveIdentity().build(), received=1))
    line.wait(0.05)
    line.heard = 2
    line.hear(ack(2) + line.message(ReadAnswer(2, 235).build()))
    good = line.message(build_block(0, BLOCKS[0]), select=True)
    line.wait(0.05)
    for _ in range(5):
        line.hear(good[:-1] + bytes([good[-1] ^ 1]))
        line.wait(0.4)
    line.said()
    assert line.frames(6)[0] == ("START", 0, b"")
    assert line.speeds() == [2400, 115200, 2400]


def test_damage_at_the_first_speed_gets_one_more_session_and_no_third() -> None:
    line = SlaveLine()
    for _ in range(2):
        line.sent = line.heard = 0
        reading(line, 0xFFFF)
        good = line.message(build_block(0, BLOCKS[0]))
        line.hear(good[:-1] + bytes([good[-1] ^ 1]))
        line.wait(5.5)
    assert line.failed.code is FailureCode.BAD_CRC
