"""Makes reads of files: single ones, folders, zips; each report found is kept once."""

import threading
from collections.abc import Callable, Sequence
from pathlib import Path

from cvd_desktop.domain.import_records import ImportReport, ImportStep
from cvd_desktop.services.workplace import Workplace


def import_files(
    wp: Workplace,
    paths: Sequence[Path],
    *,
    on_progress: Callable[[ImportStep], None] | None = None,
    cancelled: threading.Event | None = None,
) -> ImportReport:
    """Store every report in the files, folders and zips. Topics of change: reads, outbox.

    Never raises for what a file holds: it is named in the report with the reason. `on_progress`
    is called in this thread, about 10 times a second; `cancelled` ends the import within 200 ms
    and keeps what is stored.
    """
    raise NotImplementedError
