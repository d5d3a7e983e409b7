"""Where data are on this computer: the laptop's folder, and in it a folder for each person."""

import os
from pathlib import Path

PEOPLE = "people"
FIRST = "first"
"""Id of the person whose database lies in the laptop's data folder itself."""


def default_data_dir() -> Path:
    """CVD_DATA_DIR, else the platform's folder of this person, not roamed, not synced elsewhere."""
    if chosen := os.environ.get("CVD_DATA_DIR"):
        return Path(chosen)
    from platformdirs import user_data_path

    return user_data_path("cvd-desktop", appauthor=False, roaming=False)


def laptop_folder(folder: Path) -> Path:
    """The data folder of the laptop that a person's folder lies in; what belongs to the laptop
    (adapters, virtual ports, the index of people) is there."""
    return folder.parent.parent if folder.parent.name == PEOPLE else folder


def id_of(folder: Path) -> str:
    """The id of the person whose folder it is."""
    return folder.name if folder.parent.name == PEOPLE else FIRST
