"""Small files of the program's own: whole and on the disk before they get their name."""

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

PART = ".part"  # at the end of the name of a file that is not whole yet


def replace_text(path: Path, text: str) -> None:
    """The file has all of this text, or what it had before, whenever the power goes.

    Raises OSError.
    """
    unfinished = path.with_name(path.name + PART)
    with unfinished.open("w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    unfinished.replace(path)
    sync_folder(path.parent)


def replace_json(path: Path, document: Mapping[str, Any], *, for_people: bool = False) -> None:
    """As above; `for_people` lays it out in lines. Raises OSError."""
    text = json.dumps(
        document, ensure_ascii=False, indent=2 if for_people else None, sort_keys=True
    )
    replace_text(path, text + "\n")


def sync_folder(folder: Path) -> None:
    """New names in it are on the disk too, where the system can say so. Raises OSError."""
    if os.name != "posix":
        return
    opened = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
