"""The people of this laptop: who has a database in which folder. No secret is in here.

The first person's database lies in the data folder itself, everybody else's in `people/<id>/` with
the same files. `people.json` says who is who, so that a start can offer them before anything is
unlocked; a folder that it does not know of (its line was lost with the power) is shown all the
same. See docs/decisions/0023.
"""

import json
import os
from collections.abc import Callable
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING

from cvd_desktop.domain.problem import ExitCode, Problem
from cvd_desktop.services.data_folder import FIRST, PEOPLE, id_of, laptop_folder
from cvd_desktop.storage.safe_files import replace_json

if TYPE_CHECKING:
    from filelock import FileLock

FILE = "people.json"
ID_FILE = "cvd.id"  # database_key.py: a folder that has it holds a person's database
WIPE_MARK = "wipe.json"  # wipe.py: this folder is being deleted
LOCKS = "locks"

__all__ = [
    "People",
    "Person",
    "choose_person",
    "current_folder",
    "folder_in_use",
    "folder_named",
    "folder_of",
    "folders_of_owner",
    "forget_person",
    "id_of",
    "laptop_folder",
    "load_people",
    "new_folder",
    "note_person",
    "note_waiting",
    "others_waiting",
]  # fmt: skip

_LOCK_SECONDS = 10


@dataclass(frozen=True, slots=True)
class Person:
    """A line of the index. Empty texts: nobody has signed in there yet."""

    id: str
    owner: str = ""  # operator id/user id
    name: str = ""  # as the server calls the person
    login: str = ""  # as the person typed it
    server: str = ""
    operator: str = ""
    role: str = ""
    device_id: str = ""
    last_used: str = ""  # UTC ISO 8601
    aside: bool = False  # recorded while this person's own folder was locked
    waiting: int = 0  # records that were not sent when the folder was looked at last

    @property
    def known(self) -> bool:
        """Whether somebody has signed in there."""
        return bool(self.owner)


@dataclass(frozen=True, slots=True)
class People:
    current: str
    all: tuple[Person, ...]

    def person(self, person_id: str) -> Person | None:
        return next((each for each in self.all if each.id == person_id), None)


def folder_of(laptop: Path, person_id: str) -> Path:
    return laptop if person_id == FIRST else laptop / PEOPLE / person_id


def load_people(laptop: Path) -> People:
    """Who is here, the one who used it last first."""
    current, listed = _read(laptop)
    there = _folders(laptop)
    known = {each.id: each for each in listed if each.id in there}
    all_ = [known.get(each) or Person(each) for each in there]
    all_.sort(key=lambda person: person.last_used, reverse=True)
    return People(current if current in there else FIRST, tuple(all_))


def current_folder(laptop: Path) -> Path:
    """The folder of the person who used this laptop last; the laptop's own for a new one."""
    return folder_of(laptop, load_people(laptop).current)


def folder_in_use(laptop: Path) -> Path:
    """Where a start begins: a wipe that was cut short is finished, then the current folder."""
    if folders_being_wiped(laptop):
        from cvd_desktop.services.wipe import finish_wipes
        from cvd_desktop.services.workplace import this_laptop

        finish_wipes(this_laptop(laptop))
    return current_folder(laptop)


def folders_being_wiped(laptop: Path) -> list[Path]:
    """Those whose deletion was begun and not finished, also when little is left of them."""
    folder = laptop / PEOPLE
    folders = [laptop, *(sorted(folder.iterdir()) if folder.is_dir() else ())]
    return [each for each in folders if (each / WIPE_MARK).exists()]


def folder_named(laptop: Path, name: str) -> Path:
    """The folder of the person with this name, sign-in name or id, in any case.

    Raises Problem: person_unknown, person_ambiguous.
    """
    wanted = name.strip().casefold()
    found = [
        each
        for each in load_people(laptop).all
        if wanted in (each.id, each.name.casefold(), each.login.casefold())
    ]
    if not found:
        raise Problem("person_unknown", ExitCode.USAGE, name=name)
    if len({each.owner for each in found}) > 1:
        raise Problem("person_ambiguous", ExitCode.USAGE, name=name)
    return folder_of(laptop, min(found, key=lambda person: person.aside).id)


def folders_of_owner(laptop: Path, owner: str) -> list[Path]:
    """Those in which this person's records are; the person's own before one that was used while
    it was locked."""
    people = sorted(load_people(laptop).all, key=lambda person: person.aside)
    return [folder_of(laptop, each.id) for each in people if each.owner == owner]


def new_folder(laptop: Path) -> Path:
    """Where another person's database will be; nothing is made yet."""
    return laptop / PEOPLE / os.urandom(8).hex()


def note_person(laptop: Path, person_id: str, change: Callable[[Person], Person]) -> None:
    """Change the line of a person, or write a first one."""
    with _locked(laptop):
        current, listed = _read(laptop)
        before = next((each for each in listed if each.id == person_id), Person(person_id))
        after = change(before)
        if after != before or before not in listed:
            _write(laptop, current, [each for each in listed if each.id != person_id] + [after])


def choose_person(laptop: Path, person_id: str) -> None:
    """This person works here from now on."""
    with _locked(laptop):
        current, listed = _read(laptop)
        if current != person_id:
            _write(laptop, person_id, listed)


def forget_person(laptop: Path, person_id: str) -> None:
    """Take the line away; the folder is deleted by others (wipe.py)."""
    with _locked(laptop):
        current, listed = _read(laptop)
        left = [each for each in listed if each.id != person_id]
        _write(laptop, "" if current == person_id else current, left)


def note_waiting(folder: Path, waiting: int) -> None:
    """How many records of this person wait, for those who may not look into the folder."""
    laptop, person_id = laptop_folder(folder), id_of(folder)
    person = load_people(laptop).person(person_id)
    if person is not None and person.waiting != waiting:
        note_person(laptop, person_id, lambda one: replace(one, waiting=waiting))


def others_waiting(folder: Path) -> int:
    """How many records of other people wait on this laptop: all that this person may know."""
    people = load_people(laptop_folder(folder))
    mine = people.person(id_of(folder))
    owner = mine.owner if mine is not None else ""
    return sum(each.waiting for each in people.all if each.owner != owner)


def _folders(laptop: Path) -> list[str]:
    """Ids of the folders that hold a person's database."""
    found = [FIRST] if (laptop / ID_FILE).exists() else []
    folder = laptop / PEOPLE
    if folder.is_dir():
        found += sorted(each.name for each in folder.iterdir() if (each / ID_FILE).exists())
    return found


def _read(laptop: Path) -> tuple[str, list[Person]]:
    path = laptop / FILE
    try:
        document = json.loads(path.read_bytes())
        lines = [_person(each) for each in document["people"]]
        return str(document["current"]), lines
    except FileNotFoundError:
        return "", []
    except (ValueError, KeyError, TypeError, AttributeError):
        # Kept for support. The folders themselves say who there is; names come with a sign-in.
        path.with_name(FILE + ".damaged").write_bytes(path.read_bytes())
        return "", []


def _person(document: dict[str, object]) -> Person:
    names = {field.name for field in fields(Person)}
    values = {name: value for name, value in document.items() if name in names}
    waiting, aside = values.pop("waiting", 0), values.pop("aside", False)
    texts = {name: str(value) for name, value in values.items()}
    return Person(waiting=waiting if isinstance(waiting, int) else 0, aside=aside is True, **texts)


def _write(laptop: Path, current: str, people: list[Person]) -> None:
    """Replace the file as a whole, so that it is never half written."""
    document = {"v": 1, "current": current, "people": [asdict(each) for each in people]}
    replace_json(laptop / FILE, document, for_people=True)


def _locked(laptop: Path) -> "FileLock":
    from filelock import FileLock  # a start only reads

    (laptop / LOCKS).mkdir(mode=0o700, parents=True, exist_ok=True)
    return FileLock(laptop / LOCKS / "people.lock", timeout=_LOCK_SECONDS, fallback_to_soft=False)
