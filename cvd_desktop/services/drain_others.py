"""Sends what other people of this laptop recorded, each under that person's own sign-in.

Only a folder that opens without its person is looked into, and only by this program: nothing of it
is shown. One that is locked by a PIN or a passphrase, or whose sign-in has ended, waits for its
person; `people.others_waiting` says how many records do.
"""

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from cvd_desktop.domain.problem import Problem
from cvd_desktop.services import people
from cvd_desktop.services.database_key import opens_by_itself
from cvd_desktop.services.sign_in import current_session
from cvd_desktop.services.sync_now import sync_now
from cvd_desktop.services.wipe import finish_wipe, wipe_begun
from cvd_desktop.services.workplace import Laptop, Workplace, open_workplace
from cvd_desktop.storage import outbox_store

Send = Callable[[Workplace], object]
"""One run of sync of a folder, whatever comes of it."""


def drain_others(
    laptop: Laptop,
    current: Path,
    should_stop: Callable[[], bool],
    send: Send | None = None,
    *,
    metered: bool = False,
) -> int:
    """How many records of others still wait. The network lane's work, after a run of one's own.

    `send` instead of a run of sync, which leaves photos here on a `metered` line.
    """

    def by_sync(wp: Workplace) -> object:
        return sync_now(wp, should_stop=should_stop, metered=metered)

    for person in people.load_people(laptop.folder).all:
        folder = people.folder_of(laptop.folder, person.id)
        if should_stop() or folder == current or not person.known:
            continue
        if wipe_begun(folder) or not opens_by_itself(folder, laptop.key_store):
            continue
        with suppress(Problem):  # another person's trouble is told to that person
            _drain(laptop, folder, send or by_sync)
        if wipe_begun(folder):
            finish_wipe(laptop, folder)
    return people.others_waiting(current)


def _drain(laptop: Laptop, folder: Path, send: Send) -> None:
    wp = open_workplace(folder, clock=laptop.clock, key_store=laptop.key_store)
    try:
        if current_session(wp) is not None and _waiting(wp):
            send(wp)
        people.note_waiting(folder, _waiting(wp))
    finally:
        wp.close()


def _waiting(wp: Workplace) -> int:
    with wp.database.read() as connection:
        return outbox_store.counts(connection).waiting
