"""Deleting a person's data from this laptop: what the office asked for, or the person did.

Before anything goes, `wipe.json` says that it is going: a wipe that was killed continues at the
next start. Keys go first, since a file without its key is nothing. A wipe that has to wait until
all is sent closes the outbox in the transaction that counts it: whatever is recorded after that
count fails aloud, so none can be lost between the count and the deletion.
"""

import json
import shutil
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from cvd_desktop.domain.problem import ExitCode, Problem
from cvd_desktop.services import key_lock, people
from cvd_desktop.services.data_folder import FIRST, PEOPLE, id_of
from cvd_desktop.services.database_key import key_entry
from cvd_desktop.storage import attachment_store, outbox_store
from cvd_desktop.storage import sync_meta_store as meta
from cvd_desktop.storage.safe_files import replace_json
from cvd_desktop.sync.credentials import database_name

if TYPE_CHECKING:
    from cvd_desktop.services.workplace import Laptop, Workplace
    from cvd_desktop.storage.transaction import Transaction

WIPE_NOW, WIPE_WHEN_DRAINED = "wipe_now", "wipe_when_drained"

_OF_THE_LAPTOP = frozenset(
    {PEOPLE, people.FILE, people.FILE + ".damaged", people.LOCKS, "virtual_ports", "sample"}
    | {"adapters.json", "adapters.json.damaged", "adapters.json.lock"}
)
"""What stays when the person goes whose database lies in the laptop's own folder."""

_GOES_LAST = (people.ID_FILE, people.WIPE_MARK)  # in this order

_BEGUN = (
    # Reads that are under way or not settled, and work of a person that is not recorded yet.
    "SELECT (SELECT count(*) FROM read WHERE op_id IS NULL AND practice = 0)"
    " + (SELECT count(*) FROM draft WHERE kind <> 'seen')"
)
_FILES = "SELECT count(*) FROM attachment WHERE state IN ('new', 'waiting')"

_CLOSED = """
    CREATE TRIGGER IF NOT EXISTS outbox_is_closed BEFORE INSERT ON outbox
    BEGIN SELECT RAISE(ABORT, 'this folder is being deleted: nothing is recorded here'); END
"""


def wipe_begun(folder: Path) -> bool:
    """Whether this folder is being deleted."""
    return (folder / people.WIPE_MARK).exists()


def begin_wipe_when_drained(wp: "Workplace") -> bool:
    """Close the outbox and take the keys away, if nothing waits; False when something does."""
    with wp.database.write() as connection:
        if _unsent(wp, connection):
            return False
        connection.exec_driver_sql(_CLOSED)
        meta.put(connection, meta.WIPING, WIPE_WHEN_DRAINED)
    _take_keys(wp, WIPE_WHEN_DRAINED)
    return True


def begin_wipe_now(wp: "Workplace") -> None:
    """Take the keys away whatever waits: the laptop was stolen, or a person typed so."""
    _take_keys(wp, WIPE_NOW)


def remove_person(wp: "Workplace", typed: str = "") -> None:
    """Take a person's data off this laptop. `finish_wipe` deletes them when the folder is closed.

    Only when all is sent; else when the person `typed` the number of what waits, and files with
    all unsent records and their photos are at hand. Work that is begun and not recorded is in no
    file: it is told apart, and goes with the number. Raises Problem: unsent_stays, begun_stays,
    export_not_proved (all: waiting).
    """
    from cvd_desktop.services.bundles import all_events_exported

    if begin_wipe_when_drained(wp):
        return
    waiting = unsent(wp)
    if typed.strip() != str(waiting):
        open_work = begun(wp)
        code = "begun_stays" if open_work else "unsent_stays"
        raise Problem(code, ExitCode.USAGE, waiting=waiting, begun=open_work)
    if not all_events_exported(wp):
        raise Problem("export_not_proved", ExitCode.USAGE, waiting=waiting)
    begin_wipe_now(wp)


def unsent(wp: "Workplace") -> int:
    """What would be lost with the folder: records and attachments that wait, work under way."""
    with wp.database.write() as connection:
        return _unsent(wp, connection)


def begun(wp: "Workplace") -> int:
    """Of `unsent`: work that is begun and not recorded, which no export takes along."""
    with wp.database.read() as connection:
        return _number(connection, _BEGUN)


def closed_for_good(wp: "Workplace") -> bool:
    """Whether a wipe was killed between the count and its mark; then the mark is made now."""
    with wp.database.read() as connection:
        wiping = meta.get(connection, meta.WIPING)
    if wiping is None:
        return False
    _take_keys(wp, wiping)
    return True


def finish_wipes(laptop: "Laptop") -> list[str]:
    """Continue what was begun; the ids of those whose data are gone now. At each start."""
    begun = people.folders_being_wiped(laptop.folder)
    return [id_of(each) for each in begun if finish_wipe(laptop, each)]


def finish_wipe(laptop: "Laptop", folder: Path) -> bool:
    """Delete the files of a folder that is closed; False when one is still held by a program."""
    _delete_keys(laptop, folder)
    try:
        _delete_files(folder)
    except PermissionError:  # Windows: another program has one open; the next start continues
        return False
    people.forget_person(laptop.folder, id_of(folder))
    for name in _GOES_LAST:
        (folder / name).unlink(missing_ok=True)
    if id_of(folder) != FIRST:
        shutil.rmtree(folder, ignore_errors=True)
    return True


def _unsent(wp: "Workplace", connection: "Transaction") -> int:
    """Inside a `write` transaction. Bundles of colleagues that lie here count too."""
    from cvd_desktop.services.carried import list_carried

    carried = sum(one.state == "waiting" for one in list_carried(wp))
    attachment_store.notice_new(connection)
    return (
        carried
        + outbox_store.counts(connection).waiting
        + _number(connection, _BEGUN)
        + _number(connection, _FILES)
    )


def _number(connection: "Transaction", query: str) -> int:
    return int(connection.exec_driver_sql(query).scalar_one())


def _take_keys(wp: "Workplace", policy: str) -> None:
    """The mark with all names, then the keys themselves."""
    name = database_name(wp.database)
    document = {
        "v": 1,
        "policy": policy,
        "entries": [key_entry(wp.data_dir), f"refresh-{name}", f"device-{name}"],
    }
    replace_json(wp.data_dir / people.WIPE_MARK, document)
    _delete_keys(wp.laptop, wp.data_dir)


def _delete_keys(laptop: "Laptop", folder: Path) -> None:
    try:
        entries = json.loads((folder / people.WIPE_MARK).read_bytes())["entries"]
    except (ValueError, KeyError, TypeError):
        entries = []  # the files go all the same
    with suppress(Problem):  # a key store that refuses must not keep the files alive
        if laptop.key_store.available():
            for entry in entries:
                laptop.key_store.delete(str(entry))
    with suppress(Problem):
        key_lock.destroy(folder, laptop.key_store)


def _delete_files(folder: Path) -> None:
    kept = {*_GOES_LAST, *(_OF_THE_LAPTOP if id_of(folder) == FIRST else {people.LOCKS})}
    # The database first: if it ends here, what is left gives nothing away.
    paths = sorted(folder.iterdir(), key=lambda path: not path.name.startswith("cvd.db"))
    for path in paths:
        if path.name in kept or path.name.startswith(people.FILE):
            continue
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)
