"""Puts in order at the start what a killed program left of visits: half copied photos.

The drafts themselves need nothing: each change of one was whole on disk before it was answered.
"""

import logging

from cvd_desktop.domain.problem import Problem
from cvd_desktop.services.workplace import Workplace

ORIGINALS = "originals"
"""Folder of the original files of photos, below the data folder."""

_log = logging.getLogger(__name__)


def recover_visits(wp: Workplace) -> int:
    """Remove originals that nobody needs any more; how many. It never keeps the program shut."""
    if not (wp.data_dir / ORIGINALS).is_dir():
        return 0
    from cvd_desktop.services.photos import tidy_originals  # not at each start: 100 ms

    try:
        return tidy_originals(wp)
    except (Problem, OSError) as error:
        _log.warning("originals of photos cannot be tidied now: %s", error)
        return 0
