"""The program's start reads no sources: PySide6 would search them all."""

import subprocess
import sys

CODE = """
import sys
from pathlib import Path
from cvd_desktop.app.start import start
application = start(Path(sys.argv[1]))
import cvd_desktop.services.today
import linecache
print(sum(name.endswith(("today.py", "engine/base.py")) for name in linecache.cache))
application.close()
"""


def test_modules_imported_after_qt_are_not_read_for_its_features(tmp_path: object) -> None:
    done = subprocess.run(
        [sys.executable, "-c", CODE, str(tmp_path)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env={"QT_QPA_PLATFORM": "offscreen", "CVD_PASSPHRASE": "x", "PATH": ""},
    )
    assert done.stdout.strip() == "0", done.stderr
