"""Pictures of frame and screens in build/screenshots, to be looked at beside the drawn ones.

Run it: .venv/bin/python -m tests.support.screenshots
"""

import json
import os
import sys
import tempfile
from pathlib import Path

SCREEN = {"x": 0, "y": 0, "width": 1920, "height": 1080, "logicalDpi": 96, "logicalBaseDpi": 96}
SIZES = ((1280, 800), (1024, 768), (1920, 1080))
OUT = Path(__file__).resolve().parents[2] / "build" / "screenshots"


def use_offscreen(width: int = 1920, height: int = 1080) -> None:
    """Give Qt's offscreen platform a screen of this size. Call before Qt is imported."""
    screen = {**SCREEN, "name": "picture", "width": width, "height": height, "dpr": 1}
    file = Path(tempfile.mkdtemp()) / "screen.json"
    file.write_text(json.dumps({"screens": [screen]}))
    os.environ["QT_QPA_PLATFORM"] = f"offscreen:configfile={file}"


def main() -> None:
    """Take every picture, or those whose name contains an argument."""
    use_offscreen()
    from tests.support.frame_pictures import take_pictures
    from tests.support.machine_pictures import take_machine_pictures
    from tests.support.outbox_pictures import take_outbox_pictures
    from tests.support.unlock_pictures import take_unlock_pictures

    OUT.mkdir(parents=True, exist_ok=True)
    for take in (take_pictures, take_machine_pictures, take_outbox_pictures, take_unlock_pictures):
        for path in take(OUT, sys.argv[1:]):
            sys.stdout.write(f"{path}\n")


if __name__ == "__main__":
    main()
