"""Adapter profiles: which there are, which fits a port, a person's own ones; the loop-back test."""

import threading
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path

from cvd_desktop.devices.adapter_profiles import (
    BUILT_IN,
    AdapterProfile,
    known_profiles,
    profile_of,
)
from cvd_desktop.devices.loop_back import (
    SPEEDS,
    LoopBackResult,
    LoopBackVerdict,
    SpeedResult,
    loop_back_test,
)
from cvd_desktop.devices.port import PortError
from cvd_desktop.devices.serial_port import open_port
from cvd_desktop.domain.problem import ExitCode, Problem
from cvd_desktop.domain.records import PortFact
from cvd_desktop.link.outputs import FailureCode
from cvd_desktop.services.ports import port_fact, port_problem
from cvd_desktop.services.profile_file import (
    document_of,
    own_profiles,
    profile_from,
    profiles_locked,
    read_profiles,
    unreadable,
    write_own_profiles,
    write_profiles,
)


@dataclass(frozen=True, slots=True)
class ImportedProfiles:
    """The names of an import, by what it did to them."""

    added: tuple[str, ...]
    changed: tuple[str, ...]
    same: tuple[str, ...]


def list_profiles(data_dir: Path) -> tuple[AdapterProfile, ...]:
    """A person's own ones first, then the built-in ones (`built_in`) that these do not replace."""
    return known_profiles(own_profiles(data_dir))


def profile_for(data_dir: Path, fact: PortFact) -> AdapterProfile:
    """The most exact one: serial number, device, vendor and product, vendor, else a general one."""
    return profile_of(fact, own_profiles(data_dir))


def profile_of_port(data_dir: Path, device: str) -> AdapterProfile:
    """The one for what is plugged in at `device`, which may also be a link or a network address."""
    return profile_for(data_dir, port_fact(data_dir, device))


def save_profile(data_dir: Path, profile: AdapterProfile) -> AdapterProfile:
    """Add it, or replace the one of its name; a built-in one is replaced for this person.

    Raises Problem: profile_wrong with what is wrong, profiles_unreadable, profiles_not_written.
    """
    return _save_document(data_dir, document_of(profile))


def change_profile(
    data_dir: Path,
    name: str,
    changes: Mapping[str, object],
    *,
    like: str | None = None,
    port: str | None = None,
) -> AdapterProfile:
    """Change some fields of the profile `name`, which is made when there is none.

    `changes` has the names and values of the file (profile_file.document_of). A new one begins as
    a copy of the profile `like`. `port` makes it one for the adapter that is plugged in there.
    Raises Problem: profile_wrong with what is wrong, profile_unknown, and those of the file.
    """
    known = {profile.name: profile for profile in list_profiles(data_dir)}
    if like is not None:
        profile = replace(find_profile(data_dir, like), name=name)
    else:
        profile = known.get(name, AdapterProfile(name))
    if port is not None:
        profile = keyed_to(profile, port_fact(data_dir, port))
    return _save_document(data_dir, {**document_of(profile), **changes})


def own_name(data_dir: Path, device: str) -> str:
    """What a person's own profile for the adapter at `device` is called: the name it has already,
    else the adapter with its serial number, else its place."""
    fact = port_fact(data_dir, device)
    profile = profile_for(data_dir, fact)
    if not profile.built_in and profile.fits(fact):
        return profile.name
    return " ".join(part for part in (fact.adapter, fact.serial_number) if part) or device


def remove_profile(data_dir: Path, name: str) -> None:
    """Forget one of a person's own; a built-in one of this name is as it was again.

    Raises Problem: profile_unknown, profiles_unreadable, profiles_not_written.
    """
    with profiles_locked(data_dir):
        own = own_profiles(data_dir)
        left = [one for one in own if one.name != name]
        if len(left) == len(own):
            raise Problem("profile_unknown", ExitCode.USAGE, name=name)
        write_own_profiles(data_dir, left)


def find_profile(data_dir: Path, name: str) -> AdapterProfile:
    """The one of this name. Raises Problem("profile_unknown")."""
    for profile in list_profiles(data_dir):
        if profile.name == name:
            return profile
    raise Problem("profile_unknown", ExitCode.USAGE, name=name)


def keyed_to(profile: AdapterProfile, fact: PortFact) -> AdapterProfile:
    """`profile` for exactly what is plugged in: by its serial number, else its USB ids, else its
    place."""
    serial_number = fact.serial_number if fact.vid is not None else None
    device = fact.device if fact.vid is None else None
    return replace(profile, vid=fact.vid, pid=fact.pid, serial_number=serial_number, device=device)


def export_profiles(data_dir: Path, path: Path) -> int:
    """Write a person's own ones into a file that another laptop can import; how many.

    Raises Problem: no_own_profiles, profiles_unreadable, profiles_not_written.
    """
    own = own_profiles(data_dir)
    if not own:
        raise Problem("no_own_profiles", ExitCode.USAGE)
    write_profiles(path, own)
    return len(own)


def import_profiles(data_dir: Path, path: Path) -> ImportedProfiles:
    """Merge by name: those of the file win. Nothing is changed unless all of it is right.

    Raises Problem: profiles_unreadable with what is wrong, profiles_not_written.
    """
    coming = read_profiles(path)
    if not coming:
        raise unreadable(path, "it holds no profile")
    with profiles_locked(data_dir):
        own = {profile.name: profile for profile in own_profiles(data_dir)}
        before = {profile.name: replace(profile, built_in=False) for profile in BUILT_IN} | own
        write_own_profiles(data_dir, (own | {one.name: one for one in coming}).values())
    return ImportedProfiles(
        added=tuple(one.name for one in coming if one.name not in before),
        changed=tuple(one.name for one in coming if before.get(one.name, one) != one),
        same=tuple(one.name for one in coming if before.get(one.name) == one),
    )


def test_loop_back(
    data_dir: Path,
    device: str,
    *,
    seconds: float = 8.0,  # noqa: PT028 - it is no test of the program
    cancelled: threading.Event | None = None,  # noqa: PT028
    on_speed: Callable[[SpeedResult], None] | None = None,  # noqa: PT028
) -> LoopBackResult:
    """Test the cable at `device`, whose two wires a jumper joins; see devices/loop_back.py.

    The levels of DTR and RTS are those of its profile. Raises Problem: port_missing, port_busy,
    port_denied, port_gone.
    """
    profile = replace(profile_of_port(data_dir, device), echo=False)
    try:
        with closing(open_port(device, profile=profile, cancelled=cancelled)) as port:
            return loop_back_test(
                port,
                seconds,
                speeds=_speeds_of(profile),
                slack=profile.answer_slack_ms / 1000,
                cancelled=cancelled,
                on_speed=on_speed,
            )
    except PortError as error:
        if error.code is FailureCode.CANCELLED:
            return LoopBackResult(LoopBackVerdict.CANCELLED)
        values = port_problem(error, data_dir)
        raise Problem(str(error.code), ExitCode.NO_ANSWER, **values) from error


def loop_back_finding(result: LoopBackResult) -> tuple[str, dict[str, str | int]]:
    """The code and values of `words.words` for what a test found."""
    damaged = [str(speed.baud_rate) for speed in result.speeds if speed.right < speed.sent]
    trip = result.round_trip_ms
    return f"loop_back_{result.verdict}", {
        "sent": result.sent,
        "right": result.right,
        "round_trip": "?" if trip is None else f"{trip:.1f} ms",
        "where": f" (at {', '.join(damaged)} bit/s)" if damaged else "",
    }


def _speeds_of(profile: AdapterProfile) -> tuple[int, ...]:
    """Those that the adapter carries; one that holds a speed only that."""
    if profile.start_speed == profile.top_speed:
        return (profile.top_speed,)
    return tuple(speed for speed in SPEEDS if speed <= profile.top_speed)


def _save_document(data_dir: Path, document: Mapping[str, object]) -> AdapterProfile:
    try:
        checked = profile_from(dict(document))
    except ValueError as error:
        raise Problem("profile_wrong", ExitCode.USAGE, reason=str(error)) from error
    with profiles_locked(data_dir):
        others = [one for one in own_profiles(data_dir) if one.name != checked.name]
        write_own_profiles(data_dir, [*others, checked])
    return checked
