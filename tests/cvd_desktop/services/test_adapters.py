"""A person's own adapter profiles: kept, carried to another laptop, refused when wrong."""

import json
import os
import select
import socket
import sys
import threading
from dataclasses import replace
from pathlib import Path

import pytest

from cvd_desktop.devices.adapter_profiles import AdapterProfile, Level, ProfileLink
from cvd_desktop.devices.loop_back import LoopBackResult, LoopBackVerdict, SpeedResult
from cvd_desktop.domain.problem import Problem
from cvd_desktop.domain.records import PortFact
from cvd_desktop.services import adapters
from cvd_desktop.services.profile_file import FILE, own_profiles
from cvd_desktop.services.words import has_words, words

CABLE = PortFact("/dev/ttyUSB0", "FT232R", "FTDI FT232", 0x0403, 0x6001, "A50285BI", likely=True)
HEAD = AdapterProfile(
    "Head of the van",
    vid=0x0403,
    pid=0x6001,
    serial_number="A50285BI",
    dtr=Level.OFF,
    rts=Level.LEAVE,
    echo=True,
    link=ProfileLink.DDCMP,
    start_speed=9600,
    top_speed=19_200,
    answer_slack_ms=30,
    gap_slack_ms=20,
    turnaround_ms=50,
    high_impedance=True,
    note="Läuft nur mit 9600",
)


def problem_of(code: str, caught: "pytest.ExceptionInfo[Problem]") -> str:
    assert caught.value.code == code
    return words(code, caught.value.values).what


def test_a_saved_profile_is_found_for_its_adapter_and_read_back_whole(tmp_path: Path) -> None:
    adapters.save_profile(tmp_path, HEAD)
    assert own_profiles(tmp_path) == (HEAD,)
    assert adapters.profile_for(tmp_path, CABLE) == HEAD
    assert adapters.profile_for(tmp_path, replace(CABLE, serial_number="B")).name == "FTDI FT232"
    assert adapters.list_profiles(tmp_path)[0] == HEAD


def test_saving_again_replaces_and_removing_forgets(tmp_path: Path) -> None:
    adapters.save_profile(tmp_path, HEAD)
    adapters.save_profile(tmp_path, replace(HEAD, echo=False))
    assert [one.echo for one in own_profiles(tmp_path)] == [False]
    adapters.remove_profile(tmp_path, HEAD.name)
    assert own_profiles(tmp_path) == ()
    with pytest.raises(Problem) as caught:
        adapters.remove_profile(tmp_path, HEAD.name)
    assert HEAD.name in problem_of("profile_unknown", caught)


def test_a_model_is_made_ones_own_for_what_is_plugged_in(tmp_path: Path) -> None:
    model = adapters.find_profile(tmp_path, "Optical head on a serial chip")
    mine = adapters.keyed_to(replace(model, name="mine"), CABLE)
    assert (mine.vid, mine.pid, mine.serial_number, mine.device) == (
        0x0403, 0x6001, "A50285BI", None,
    )  # fmt: skip
    assert adapters.profile_for(tmp_path, CABLE).name == "FTDI FT232"
    adapters.save_profile(tmp_path, mine)
    assert adapters.profile_for(tmp_path, CABLE) == replace(mine, built_in=False)
    fob = PortFact("/dev/rfcomm0", "rfcomm0", None, None, None, None, likely=False)
    assert adapters.keyed_to(model, fob).device == "/dev/rfcomm0"


def test_some_fields_can_be_changed_alone(tmp_path: Path) -> None:
    adapters.change_profile(tmp_path, "x", {"vid": "10c4", "echo": True}, like="ACTiSYS head")
    changed = adapters.change_profile(tmp_path, "x", {"start_speed": 9600})
    assert (changed.vid, changed.echo, changed.start_speed) == (0x10C4, True, 9600)
    with pytest.raises(Problem) as caught:
        adapters.change_profile(tmp_path, "y", {}, like="no such")
    assert "no such" in problem_of("profile_unknown", caught)


def test_profiles_are_carried_to_another_laptop(tmp_path: Path) -> None:
    here, there, file = tmp_path / "a", tmp_path / "b", tmp_path / "profiles.json"
    other = AdapterProfile("Other", vid=0x1A86)
    adapters.save_profile(here, HEAD)
    adapters.save_profile(here, other)
    adapters.save_profile(here, AdapterProfile("Same"))
    adapters.save_profile(there, replace(HEAD, echo=False))
    adapters.save_profile(there, AdapterProfile("Same"))
    adapters.save_profile(there, AdapterProfile("Kept"))
    assert adapters.export_profiles(here, file) == 3
    done = adapters.import_profiles(there, file)
    assert (done.added, done.changed, done.same) == (("Other",), (HEAD.name,), ("Same",))
    names = {profile.name for profile in own_profiles(there)}
    assert names == {"Other", HEAD.name, "Same", "Kept"}
    assert adapters.profile_for(there, CABLE) == HEAD


def test_an_import_that_replaces_a_built_in_one_says_so(tmp_path: Path) -> None:
    file = tmp_path / "profiles.json"
    adapters.save_profile(tmp_path / "a", AdapterProfile("Serial port", dtr=Level.OFF))
    adapters.export_profiles(tmp_path / "a", file)
    assert adapters.import_profiles(tmp_path / "b", file).changed == ("Serial port",)


@pytest.mark.parametrize(
    ("entry", "reason"),
    [
        ({"name": ""}, "no name"),
        ({"name": "a\nb"}, "no name"),
        ({"name": "x" * 61}, "no name"),
        ("x", "not an object"),
        ({"name": "x", "dtrr": "on"}, "dtrr"),
        ({"name": "x", "built_in": True}, "built_in"),
        ({"name": "x", "dtr": "maybe"}, "on, off or leave"),
        ({"name": "x", "dtr": ["on"]}, "on, off or leave"),
        ({"name": "x", "vid": "10403"}, "hexadecimal"),
        ({"name": "x", "vid": 1027}, "hexadecimal"),
        ({"name": "x", "vid": "-1"}, "hexadecimal"),
        ({"name": "x", "pid": "6001"}, "without its vid"),
        ({"name": "x", "echo": 1}, "true or false"),
        ({"name": "x", "link": "irda"}, "ddcmp"),
        ({"name": "x", "start_speed": 9601}, "speed"),
        ({"name": "x", "start_speed": 9600.0}, "speed"),
        ({"name": "x", "top_speed": 1200}, "below"),
        ({"name": "x", "answer_slack_ms": -1}, "0 to 5000"),
        ({"name": "x", "turnaround_ms": True}, "0 to 1000"),
        ({"name": "x", "device": 7}, "text"),
        ({"name": "x", "note": "y" * 501}, "text"),
    ],
)
def test_what_is_no_profile_is_named_and_nothing_is_changed(
    tmp_path: Path, entry: object, reason: str
) -> None:
    adapters.save_profile(tmp_path, HEAD)
    file = tmp_path / "in.json"
    file.write_text(json.dumps({"format": 1, "profiles": [{"name": "good"}, entry]}))
    with pytest.raises(Problem) as caught:
        adapters.import_profiles(tmp_path, file)
    said = problem_of("profiles_unreadable", caught)
    assert reason in said
    assert str(file) in said
    assert own_profiles(tmp_path) == (HEAD,)


@pytest.mark.parametrize(
    "text",
    [b"", b"\xff\xfe", b"[]", b'{"profiles": 1}', b'{"profiles": []}', b"[" * 100_000,
     b'{"format": 2, "profiles": []}', b'{"format": 1, "profiles": []}', b" " * 1_000_001,
     b'{"format": 1, "profiles": [{"name": "x"}, {"name": "x"}]}'],
)  # fmt: skip
def test_what_is_no_file_of_profiles_is_refused(tmp_path: Path, text: bytes) -> None:
    file = tmp_path / "in.json"
    file.write_bytes(text)
    with pytest.raises(Problem) as caught:
        adapters.import_profiles(tmp_path, file)
    problem_of("profiles_unreadable", caught)
    assert not (tmp_path / FILE).exists()


def test_files_that_are_not_there_or_cannot_be_written_are_said(tmp_path: Path) -> None:
    with pytest.raises(Problem) as caught:
        adapters.import_profiles(tmp_path, tmp_path / "nothing")
    problem_of("profiles_unreadable", caught)
    with pytest.raises(Problem) as caught:
        adapters.export_profiles(tmp_path, tmp_path / "out.json")
    problem_of("no_own_profiles", caught)
    adapters.save_profile(tmp_path, HEAD)
    with pytest.raises(Problem) as caught:
        adapters.export_profiles(tmp_path, tmp_path)
    problem_of("profiles_not_written", caught)


def test_a_damaged_file_is_kept_beside_and_its_good_profiles_stay(tmp_path: Path) -> None:
    adapters.save_profile(tmp_path, HEAD)
    document = json.loads((tmp_path / FILE).read_text("utf-8"))
    document["profiles"].append({"name": "bad", "dtr": 3})
    damaged = json.dumps(document)
    (tmp_path / FILE).write_text(damaged, "utf-8")
    assert own_profiles(tmp_path) == (HEAD,)
    assert (tmp_path / f"{FILE}.damaged").read_text("utf-8") == damaged
    (tmp_path / FILE).write_bytes(b"\x00\x01")
    assert own_profiles(tmp_path) == ()
    assert (tmp_path / f"{FILE}.damaged").read_bytes() == b"\x00\x01"
    adapters.save_profile(tmp_path, HEAD)
    assert own_profiles(tmp_path) == (HEAD,)


def test_a_wrong_profile_is_not_saved(tmp_path: Path) -> None:
    with pytest.raises(Problem) as caught:
        adapters.save_profile(tmp_path, replace(HEAD, start_speed=1))
    assert "start_speed" in problem_of("profile_wrong", caught)
    assert own_profiles(tmp_path) == ()


@pytest.mark.skipif(sys.platform == "win32", reason="ptys are Unix's")
def test_a_head_that_holds_one_speed_is_tested_at_that(tmp_path: Path) -> None:
    import pty
    import tty

    ours, theirs = pty.openpty()
    tty.setraw(theirs)
    device = os.ttyname(theirs)
    profile = AdapterProfile("head", device=device, start_speed=19_200, top_speed=19_200, echo=True)
    adapters.save_profile(tmp_path, profile)
    ended = threading.Event()

    def jumper() -> None:
        while not ended.is_set():
            if select.select([ours], [], [], 0.1)[0]:
                os.write(ours, os.read(ours, 4096))

    thread = threading.Thread(target=jumper)
    thread.start()
    result = adapters.test_loop_back(tmp_path, device)
    ended.set()
    thread.join()
    os.close(ours)
    os.close(theirs)
    assert result.verdict is LoopBackVerdict.RIGHT  # the echo is the very thing to be heard
    assert [speed.baud_rate for speed in result.speeds] == [19_200]


def test_a_loop_back_test_of_a_missing_port_is_a_problem(tmp_path: Path) -> None:
    with pytest.raises(Problem) as caught:
        adapters.test_loop_back(tmp_path, "/dev/nowhere")
    assert "/dev/nowhere" in problem_of("port_missing", caught)


def test_a_test_that_is_cancelled_before_its_port_is_open_says_so(tmp_path: Path) -> None:
    cancelled = threading.Event()
    cancelled.set()
    with socket.create_server(("127.0.0.1", 0)) as server:
        device = f"rfc2217://127.0.0.1:{server.getsockname()[1]}"
        result = adapters.test_loop_back(tmp_path, device, cancelled=cancelled)
    assert result.verdict is LoopBackVerdict.CANCELLED


def test_every_finding_of_a_loop_back_test_has_words() -> None:
    speeds = (SpeedResult(9600, 10, 10), SpeedResult(2400, 10, 8))
    for verdict in LoopBackVerdict:
        code, values = adapters.loop_back_finding(LoopBackResult(verdict, speeds, 1.25))
        assert has_words(code)
        assert "?" not in words(code, values).what
    code, values = adapters.loop_back_finding(LoopBackResult(LoopBackVerdict.DAMAGED, speeds))
    assert "18 of 20 bytes came back right (at 2400 bit/s)" in words(code, values).what
