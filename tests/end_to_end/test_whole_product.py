"""The whole product as its own programs: what the self-test of an installation does."""

import os
import subprocess
import sys
from pathlib import Path


def test_self_test_passes_from_any_folder_without_this_environment(tmp_path: Path) -> None:
    environment = {
        "HOME": str(tmp_path),
        "PATH": os.environ["PATH"],
        "QT_QPA_PLATFORM": "offscreen",
    }
    done = subprocess.run(
        [sys.executable, "-m", "cvd_desktop", "self-test"],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        timeout=110,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.endswith("self-test passed\n")
    assert "whole" in done.stdout
