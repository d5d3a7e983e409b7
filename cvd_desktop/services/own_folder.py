"""Which folder is a person's own, and how it opens for one who has just proved who he is."""

from pathlib import Path
from typing import TYPE_CHECKING

from cvd_desktop.domain.problem import ExitCode, Problem
from cvd_desktop.services import people
from cvd_desktop.services.data_folder import id_of
from cvd_desktop.services.database_key import (
    DATABASE_FILE,
    ID_FILE,
    has_passphrase,
    key_entry,
    opens_by_itself,
)
from cvd_desktop.services.escrow import key_from_operator
from cvd_desktop.services.key_lock import has_pin
from cvd_desktop.services.server_line import problem_of
from cvd_desktop.services.workplace import Laptop, Workplace, open_workplace
from cvd_desktop.storage import sync_meta_store as meta
from cvd_desktop.sync.server_api import Trouble, TroubleCode
from cvd_shared.recovery_code import recovery_code

if TYPE_CHECKING:
    from cvd_desktop.services.database_key import AskPassphrase
    from cvd_desktop.sync.server_api import ServerApi
    from cvd_shared.wire import TokenAnswer

_OTHER_WAY = frozenset({"unlock_password_wrong", "pin_unusable", "key_missing"})
_NOT_THERE = frozenset({TroubleCode.MALFORMED, TroubleCode.NOT_ALLOWED, TroubleCode.DEVICE_UNKNOWN})


def owner_of(wp: Workplace) -> str | None:
    """operator id/user id of the person whose folder this is; None: nobody's yet."""
    with wp.database.read() as connection:
        return meta.get(connection, meta.OWNER)


def folder_for(
    laptop: Laptop, owner: str, open_folder: Path | None, ask_passphrase: "AskPassphrase | None"
) -> Path:
    """The person's folder; else one of nobody's, whose records he adopts; else a new one.

    `open_folder` is another person's, which is open now: nobody looks into it.
    """
    own = people.folders_of_owner(laptop.folder, owner)
    if own:
        return own[0]
    if not (laptop.folder / ID_FILE).exists() and not (laptop.folder / DATABASE_FILE).exists():
        return laptop.folder
    nobodys: Path | None = None
    for person in people.load_people(laptop.folder).all:
        folder = people.folder_of(laptop.folder, person.id)
        if person.known or folder == open_folder:
            continue
        found = _owner_inside(laptop, folder, ask_passphrase)
        if found == owner:
            return folder
        if found == "":
            nobodys = nobodys or folder
    return nobodys or people.new_folder(laptop.folder)


def open_own(
    laptop: Laptop,
    folder: Path,
    api: "ServerApi",
    answer: "TokenAnswer",
    password: str,
    ask_passphrase: "AskPassphrase | None",
) -> Workplace:
    """Open the folder of the person who signs in: by the key store, by the password that was typed,
    else with the key from the operator's keeping. Raises Problem as `open_workplace` does."""

    def opened(secret: str) -> Workplace:
        return open_workplace(
            folder,
            clock=laptop.clock,
            monotonic=laptop.monotonic,
            ask_passphrase=ask_passphrase,
            key_store=laptop.key_store,
            secret=secret,
        )

    try:
        return opened(password)
    except Problem as problem:
        if problem.code not in _OTHER_WAY:
            raise
        refused = problem
    key = _key_from_operator(laptop, folder, api, answer, password, refused)
    if not has_pin(folder):
        laptop.key_store.set(key_entry(folder), key.hex())
    return opened(recovery_code(key))


def _key_from_operator(
    laptop: Laptop,
    folder: Path,
    api: "ServerApi",
    answer: "TokenAnswer",
    password: str,
    refused: Problem,
) -> bytes:
    person = people.load_people(laptop.folder).person(id_of(folder))
    if person is None or not person.device_id:
        raise refused
    try:
        return key_from_operator(folder, api, answer.access_token, person.device_id, password)
    except Trouble as trouble:
        if trouble.code in _NOT_THERE:
            raise Problem("key_not_in_escrow", ExitCode.REFUSED) from trouble
        raise problem_of(trouble) from trouble


def _owner_inside(
    laptop: Laptop, folder: Path, ask_passphrase: "AskPassphrase | None"
) -> str | None:
    """The owner that the database names, "" for nobody; None when it does not open for whoever
    sits here now, so that it is somebody else's. Raises Problem("no_key") when it cannot be known.
    """
    if not has_passphrase(folder) and not opens_by_itself(folder, laptop.key_store):
        return None
    try:
        wp = open_workplace(
            folder, clock=laptop.clock, ask_passphrase=ask_passphrase, key_store=laptop.key_store
        )
    except Problem as problem:
        if problem.code == "no_key":
            raise
        return None
    try:
        return owner_of(wp) or ""
    finally:
        wp.close()
