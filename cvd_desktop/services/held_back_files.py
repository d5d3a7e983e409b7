"""Photos and files that wait because the line is metered: when a person is asked about them."""

from datetime import timedelta

from cvd_desktop.domain.clock import from_wire, to_wire
from cvd_desktop.domain.records import FilesHeldBack
from cvd_desktop.services.workplace import Workplace
from cvd_desktop.storage import attachment_store
from cvd_desktop.storage import sync_meta_store as meta

ASK_AFTER = timedelta(hours=24)


def files_to_ask_about(wp: Workplace) -> FilesHeldBack | None:
    """What has waited for a day; None where nothing has, or somebody was asked within a day."""
    now = wp.clock()
    with wp.database.read() as connection:
        asked = meta.get(connection, meta.METERED_ASKED)
        waiting = [each for each in attachment_store.to_send(connection) if each.kind != "report"]
    if asked is not None and abs(now - from_wire(asked)) < ASK_AFTER:
        return None
    if not waiting or now - min(from_wire(each.at) for each in waiting) < ASK_AFTER:
        return None
    return FilesHeldBack(
        len(waiting),
        sum(each.size for each in waiting),
        all(each.kind in ("photo", "original") for each in waiting),
    )


def note_asked(wp: Workplace) -> None:
    """A person was asked just now, whatever the answer is."""
    with wp.database.write() as connection:
        meta.put(connection, meta.METERED_ASKED, to_wire(wp.clock()))
