"""The list of ports with a person's own names, and the sentence for each port that fails."""

import os
from pathlib import Path

import pytest

from cvd_desktop.devices import port_trouble
from cvd_desktop.devices.adapter_profiles import AdapterProfile
from cvd_desktop.devices.port import PortError
from cvd_desktop.devices.virtual_ports import announced
from cvd_desktop.domain.problem import ExitCode, Problem
from cvd_desktop.link.outputs import FailureCode
from cvd_desktop.services import adapters
from cvd_desktop.services.ports import list_ports, port_fact, port_problem, virtual_ports_folder
from cvd_desktop.services.words import Words, words

SERVER = "rfc2217://10.0.0.5:4000"


def said(error: PortError, data_dir: Path) -> Words:
    problem = Problem(str(error.code), ExitCode.NO_ANSWER, **port_problem(error, data_dir))
    sentences = words(problem.code, {"blocks": 0, **problem.values})
    assert "?" not in "".join(sentences)
    assert sentences.safe == "Nothing was read. The machine has changed nothing."
    return sentences


def test_a_network_port_of_a_profile_is_a_port(tmp_path: Path) -> None:
    before = list_ports(tmp_path)
    adapters.save_profile(tmp_path, AdapterProfile("Hall 3", device=SERVER))
    (found,) = [fact for fact in list_ports(tmp_path) if fact not in before]
    assert (found.device, found.adapter, found.likely) == (SERVER, "Hall 3", True)
    assert adapters.profile_of_port(tmp_path, SERVER).name == "Hall 3"


def test_a_port_with_a_profile_goes_by_its_name_and_is_likely(tmp_path: Path) -> None:
    with announced(virtual_ports_folder(tmp_path), "/dev/pts/77", "a machine"):
        adapters.save_profile(tmp_path, AdapterProfile("My eye", device="/dev/pts/77"))
        fact = port_fact(tmp_path, "/dev/pts/77")
    assert (fact.adapter, fact.likely, fact.description) == ("My eye", True, "a machine")


@pytest.mark.skipif(os.name != "posix", reason="needs links")
def test_a_link_to_a_port_is_that_port(tmp_path: Path) -> None:
    real, link = tmp_path / "real", tmp_path / "by-id"
    real.touch()
    link.symlink_to(real)
    with announced(virtual_ports_folder(tmp_path), str(real), "a machine"):
        assert port_fact(tmp_path, str(link)).device == str(real)
    assert port_fact(tmp_path, str(link)).device == str(link)


def test_a_missing_port_names_those_that_there_are(tmp_path: Path) -> None:
    error = PortError(FailureCode.PORT_MISSING, "COM9", "no such file")
    with announced(virtual_ports_folder(tmp_path), "/dev/pts/77", "a machine"):
        assert "/dev/pts/77" in said(error, tmp_path).what
    assert "COM9" in said(error, tmp_path).what
    none = PortError(FailureCode.PORT_MISSING, SERVER, "Connection refused", why="network")
    assert said(none, tmp_path).what == f"Nothing answers at {SERVER} (Connection refused)."
    asleep = PortError(FailureCode.PORT_MISSING, "COM7", "timed out", why="bluetooth")
    assert said(asleep, tmp_path).what == "The Bluetooth device of COM7 does not answer."
    strange = PortError(FailureCode.PORT_MISSING, SERVER, why="no_rfc2217")
    assert "socket://" in said(strange, tmp_path).do


def test_a_busy_port_names_the_program(tmp_path: Path) -> None:
    held = PortError(FailureCode.PORT_BUSY, "/dev/ttyUSB0", holder="minicom (1234)")
    assert said(held, tmp_path).what == "The program minicom (1234) uses /dev/ttyUSB0."
    assert "minicom (1234)" in said(held, tmp_path).do
    unknown = PortError(FailureCode.PORT_BUSY, "/dev/ttyUSB0")
    assert said(unknown, tmp_path).what == "Another program uses /dev/ttyUSB0."
    far = PortError(FailureCode.PORT_BUSY, SERVER, why="network")
    assert "somebody else" in said(far, tmp_path).what


def test_a_forbidden_port_names_the_group_and_what_to_type(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    error = PortError(FailureCode.PORT_DENIED, "/dev/ttyUSB0", group="no-such-group")
    sentences = said(error, tmp_path)
    person = port_trouble.person()
    assert f"sudo usermod -a -G no-such-group {person}" in sentences.do
    assert "/usr/lib/udev/rules.d/70-cvd-serial.rules" in sentences.do
    nobody_knows = PortError(FailureCode.PORT_DENIED, "/dev/ttyUSB0")
    assert "usermod" not in said(nobody_knows, tmp_path).do
    monkeypatch.setattr("cvd_desktop.services.ports.joined_since_sign_in", lambda group: True)
    assert "sign in again" in said(error, tmp_path).do


def test_the_rule_file_that_is_named_is_the_one_that_is_shipped() -> None:
    from cvd_desktop.services.word_table_ports import UDEV_RULES

    (rules,) = (Path(__file__).parents[3] / "packaging" / "linux").glob("*.rules")
    assert rules.name == Path(UDEV_RULES).name


def test_a_port_that_vanishes_and_a_speed_that_is_not_taken(tmp_path: Path) -> None:
    gone = PortError(FailureCode.PORT_GONE, "COM3", "read failed")
    assert "COM3 was unplugged" in said(gone, tmp_path).what
    slow = PortError(FailureCode.PORT_GONE, SERVER, "not 2400 but 9600", why="speed")
    assert "not 2400 but 9600" in said(slow, tmp_path).what
