"""Where the data of this person is on this computer, unless it is said otherwise."""

import os
from pathlib import Path


def default_data_dir() -> Path:
    """CVD_DATA_DIR, else the platform's folder of this person, not roamed, not synced elsewhere."""
    if chosen := os.environ.get("CVD_DATA_DIR"):
        return Path(chosen)
    from platformdirs import user_data_path

    return user_data_path("cvd-desktop", appauthor=False, roaming=False)
