"""Pictures of the Read screen after a read, of every page and of odd reads, to be looked at.

Run it: .venv/bin/python -m tests.support.read_pictures [part of a name ...]
"""

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from tests.support.screenshots import OUT, use_offscreen


def main() -> None:
    """Take every picture, or those whose name contains an argument."""
    use_offscreen()
    OUT.mkdir(parents=True, exist_ok=True)
    for path in take_read_pictures(OUT, sys.argv[1:]):
        sys.stdout.write(f"{path}\n")


def take_read_pictures(folder: Path, wanted: Sequence[str]) -> Iterator[Path]:
    """Save each scene as <folder>/read-<name>.png."""
    from PySide6.QtWidgets import QApplication

    from cvd_desktop.ui.theme import Look
    from tests.support.read_scenes import SCENES, picture

    application = QApplication.instance() or QApplication(["cvd", "-style", "Fusion"])
    assert isinstance(application, QApplication)
    look = Look(application)
    for name, scene in SCENES.items():
        if wanted and not any(part in name for part in wanted):
            continue
        path = folder / f"read-{name}.png"
        picture(application, look, scene).save(str(path))
        yield path


if __name__ == "__main__":
    main()
