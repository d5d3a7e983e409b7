"""Which profile an adapter gets, and what the built-in ones may say."""

from dataclasses import replace

import pytest

from cvd_desktop.devices.adapter_profiles import (
    BUILT_IN,
    MODELS,
    OVER_NETWORK,
    SERIAL_PORT,
    AdapterProfile,
    Level,
    known_profiles,
    profile_of,
)
from cvd_desktop.domain.records import PortFact

FTDI = PortFact("/dev/ttyUSB0", "FT232R", "FTDI FT232", 0x0403, 0x6001, "A50285BI", likely=True)
UNKNOWN = PortFact("/dev/ttyUSB1", "chip", None, 0x1234, 0x0001, None, likely=False)
ON_BOARD = PortFact("/dev/ttyS0", "ttyS0", None, None, None, None, likely=False)

OF_VENDOR = AdapterProfile("vendor", vid=0x0403)
OF_PRODUCT = AdapterProfile("product", vid=0x0403, pid=0x6001)
OF_DEVICE = AdapterProfile("device", device="/dev/ttyUSB0")
OF_NUMBER = AdapterProfile("number", serial_number="A50285BI")


def test_a_known_chip_is_found_by_itself() -> None:
    assert profile_of(FTDI).name == "FTDI FT232"
    assert profile_of(replace(FTDI, pid=0x9999)).name == "FTDI"
    assert profile_of(FTDI).answer_slack_ms == 16  # its latency timer


def test_everything_else_gets_a_general_one() -> None:
    assert profile_of(UNKNOWN) is SERIAL_PORT
    assert profile_of(ON_BOARD) is SERIAL_PORT
    far = replace(ON_BOARD, device="rfc2217://10.0.0.5:4000")
    assert profile_of(far) is OVER_NETWORK


def test_the_most_exact_one_is_taken_whatever_the_order() -> None:
    ladder = [OF_VENDOR, OF_PRODUCT, OF_DEVICE, OF_NUMBER]
    for n, expected in enumerate(ladder):
        if expected is OF_VENDOR:
            continue  # the built-in one of the product is more exact
        assert profile_of(FTDI, ladder[: n + 1]) is expected
        assert profile_of(FTDI, reversed(ladder[: n + 1])) is expected


def test_a_persons_own_one_goes_before_a_built_in_one_that_is_as_exact() -> None:
    assert profile_of(FTDI, [OF_PRODUCT]) is OF_PRODUCT
    assert profile_of(replace(FTDI, pid=1), [OF_VENDOR]) is OF_VENDOR


def test_every_key_must_fit() -> None:
    other = replace(OF_NUMBER, vid=0x10C4)
    assert profile_of(FTDI, [other]).name == "FTDI FT232"
    assert profile_of(UNKNOWN, [OF_NUMBER]) is SERIAL_PORT


def test_an_own_profile_of_a_built_in_name_replaces_it() -> None:
    mine = AdapterProfile("Serial port", dtr=Level.OFF)
    assert profile_of(ON_BOARD, [mine]) is mine
    known = known_profiles([mine])
    assert known[0] is mine
    assert len(known) == len(BUILT_IN)


def test_a_model_is_taken_by_nobody_by_itself() -> None:
    for fact in (FTDI, UNKNOWN, ON_BOARD):
        assert profile_of(fact) not in MODELS
        assert not any(model.fits(fact) for model in MODELS)


def test_the_built_in_ones_can_be_told_apart() -> None:
    names = [profile.name for profile in BUILT_IN]
    assert len(set(names)) == len(names)
    assert all(profile.built_in for profile in BUILT_IN)
    keys = [(one.vid, one.pid) for one in BUILT_IN if one.exactness]
    assert len(set(keys)) == len(keys)


@pytest.mark.parametrize(
    ("speed", "dtr", "rts"), [(9600, "off", "on"), (19_200, "on", "off"), (115_200, "on", "on")]
)
def test_the_lines_of_a_jeteye_choose_its_speed(speed: int, dtr: str, rts: str) -> None:
    (profile,) = [one for one in MODELS if one.name == f"Extended Systems JetEye at {speed}"]
    assert (profile.dtr, profile.rts) == (dtr, rts)
    assert profile.start_speed == profile.top_speed == speed
