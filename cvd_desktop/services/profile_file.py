"""A person's own adapter profiles: one JSON file of the data folder, readable and exportable."""

import json
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import fields
from pathlib import Path
from typing import Any

from filelock import FileLock

from cvd_desktop.devices.adapter_profiles import AdapterProfile, Level, ProfileLink
from cvd_desktop.domain.problem import ExitCode, Problem
from cvd_desktop.services.data_folder import laptop_folder
from cvd_desktop.storage.safe_files import replace_json

FILE = "adapters.json"
SPEEDS = (1200, 2400, 4800, 9600, 19_200, 38_400, 57_600, 115_200)  # those of DDCMP

_FORMAT = 1
_LARGEST = 1_000_000  # bytes of a file
_NAME_MAX, _TEXT_MAX = 60, 500
_SLACK_MAX, _TURNAROUND_MAX = 5000, 1000  # milliseconds
_FIELDS = tuple(field.name for field in fields(AdapterProfile) if field.name != "built_in")


def own_profiles(data_dir: Path) -> tuple[AdapterProfile, ...]:
    """A person's own ones, by name. What is no profile is left out, and the file as it was is kept
    beside it as `adapters.json.damaged`. Raises Problem("profiles_unreadable")."""
    path = laptop_folder(data_dir) / FILE
    try:
        text = _text_of(path)
    except FileNotFoundError:
        return ()
    except OSError as error:
        raise unreadable(path, str(error)) from error
    good, bad = [], False
    try:
        entries = _entries(text)
    except ValueError:
        entries, bad = [], True
    for entry in entries:
        try:
            good.append(profile_from(entry))
        except ValueError:
            bad = True
    if bad:
        _put_right(data_dir, path, good)
    return tuple(good)


def write_own_profiles(data_dir: Path, profiles: Iterable[AdapterProfile]) -> None:
    """Replace the file as a whole. Raises Problem("profiles_not_written")."""
    write_profiles(laptop_folder(data_dir) / FILE, profiles)


def write_profiles(path: Path, profiles: Iterable[AdapterProfile]) -> None:
    """Write them into `path`, so that it is never half written.

    Raises Problem("profiles_not_written").
    """
    ordered = sorted(profiles, key=lambda profile: profile.name)
    document = {"format": _FORMAT, "profiles": [document_of(profile) for profile in ordered]}
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        replace_json(path, document, for_people=True)
    except OSError as error:
        values = {"path": str(path), "reason": error.strerror or str(error)}
        raise Problem("profiles_not_written", ExitCode.USAGE, **values) from error


def read_profiles(path: Path) -> tuple[AdapterProfile, ...]:
    """Those of an exported file, which must be right from end to end.

    Raises Problem("profiles_unreadable") that names what is wrong.
    """
    try:
        found = tuple(profile_from(entry) for entry in _entries(_text_of(path)))
    except OSError as error:
        raise unreadable(path, error.strerror or str(error)) from error
    except ValueError as error:
        raise unreadable(path, str(error)) from error
    names = [profile.name for profile in found]
    for name in names:
        if names.count(name) > 1:
            raise unreadable(path, f"{name!r} is there twice")
    return found


@contextmanager
def profiles_locked(data_dir: Path) -> Iterator[None]:
    """Two programs that change the file at once must not lose each other's changes."""
    laptop = laptop_folder(data_dir)
    laptop.mkdir(parents=True, exist_ok=True)
    with FileLock(laptop / (FILE + ".lock")):
        yield


def document_of(profile: AdapterProfile) -> dict[str, object]:
    """As it is in the file; USB numbers in hexadecimal, keys that it does not have left out."""
    document: dict[str, object] = {}
    for name in _FIELDS:
        value = getattr(profile, name)
        if name in ("vid", "pid") and value is not None:
            value = f"{value:04x}"
        if value is not None:
            document[name] = value
    return document


def profile_from(entry: object) -> AdapterProfile:
    """Check an entry of the file. Raises ValueError that names the profile and what is wrong."""
    if not isinstance(entry, dict):
        raise ValueError("a profile is not an object")  # noqa: TRY004 - it is about a file
    name = entry.get("name")
    if not (isinstance(name, str) and name.strip() and len(name) <= _NAME_MAX and _is_text(name)):
        raise ValueError(f"a profile has no name of 1 to {_NAME_MAX} characters")
    unknown = sorted(set(entry) - set(_FIELDS))
    if unknown:
        raise ValueError(f"{name!r}: there is no {unknown[0]!r}")
    values = {key: _checked(name, key, value) for key, value in entry.items()}
    profile = AdapterProfile(**values)
    if profile.pid is not None and profile.vid is None:
        raise ValueError(f"{name!r}: a pid says nothing without its vid")
    if profile.top_speed < profile.start_speed:
        raise ValueError(f"{name!r}: top_speed is below start_speed")
    return profile


def unreadable(path: Path, reason: str) -> Problem:
    return Problem("profiles_unreadable", ExitCode.USAGE, path=str(path), reason=reason)


def _checked(profile: str, key: str, value: Any) -> Any:
    """The value as AdapterProfile has it."""
    match key:
        case "vid" | "pid":
            try:
                number = int(value, 16) if isinstance(value, str) else -1
            except ValueError:
                number = -1
            wanted, good, value = "4 hexadecimal digits", 0 <= number <= 0xFFFF, number
        case "dtr" | "rts":
            wanted, good = "on, off or leave", value in tuple(Level)
            value = Level(value) if good else value
        case "link":
            wanted, good = "auto, dexucs or ddcmp", value in tuple(ProfileLink)
            value = ProfileLink(value) if good else value
        case "echo" | "high_impedance":
            wanted, good = "true or false", isinstance(value, bool)
        case "start_speed" | "top_speed":
            wanted, good = "a speed of DDCMP", type(value) is int and value in SPEEDS
        case "answer_slack_ms" | "gap_slack_ms" | "turnaround_ms":
            most = _TURNAROUND_MAX if key == "turnaround_ms" else _SLACK_MAX
            wanted, good = f"0 to {most}", type(value) is int and 0 <= value <= most
        case _:
            wanted, good = "a text", isinstance(value, str) and _is_text(value)
    if not good:
        raise ValueError(f"{profile!r}: {key} is not {wanted}")
    return value


def _is_text(value: str) -> bool:
    return len(value) <= _TEXT_MAX and value.isprintable()


def _text_of(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(_LARGEST + 1)


def _entries(text: bytes) -> list[object]:
    if len(text) > _LARGEST:
        raise ValueError("it is too large")
    try:
        document = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ValueError("it is no JSON") from error
    if not (isinstance(document, dict) and isinstance(document.get("profiles"), list)):
        raise ValueError("it holds no list of profiles")  # noqa: TRY004 - it is about a file
    if document.get("format") != _FORMAT:
        raise ValueError(f"it is of format {document.get('format')!r}, not {_FORMAT}")
    return list(document["profiles"])


def _put_right(data_dir: Path, path: Path, good: list[AdapterProfile]) -> None:
    try:
        shutil.copyfile(path, path.with_name(FILE + ".damaged"))
    except OSError as error:
        raise unreadable(path, str(error)) from error
    write_own_profiles(data_dir, good)
