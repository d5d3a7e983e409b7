"""Runs `cvd` as a process of its own, on a data folder of the test, without a key store."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

PASSPHRASE = "a passphrase of a test"


def environment(data_dir: Path, **more: str) -> dict[str, str]:
    """The environment of the process: nothing of the person who runs the tests."""
    kept = {
        name: os.environ[name]
        for name in ("PATH", "LANG", "LD_LIBRARY_PATH", "SYSTEMROOT", "TEMP")
        if name in os.environ
    }
    return {
        **kept,
        "CVD_DATA_DIR": str(data_dir),
        "CVD_PASSPHRASE": PASSPHRASE,
        "PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring",
        "PYTHONWARNINGS": "error",
        **more,
    }


@dataclass(frozen=True)
class Ran:
    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


def start_cvd(data_dir: Path, *args: str, **more: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-m", "cvd_desktop", *args],
        env=environment(data_dir, **more),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
    )


def run_cvd(data_dir: Path, *args: str, **more: str) -> Ran:
    process = start_cvd(data_dir, *args, **more)
    out, err = process.communicate(timeout=90)
    return Ran(process.returncode, out, err)


@dataclass
class VirtualMachine:
    """A running `cvd vm run`; what it said is known once it has ended."""

    port: str
    process: "subprocess.Popen[str]"
    said: str = ""


@contextmanager
def vm_process(data_dir: Path, *args: str) -> Iterator[VirtualMachine]:
    """`cvd vm run` until the block is left; then `said` holds its stderr."""
    process = start_cvd(data_dir, "vm", "run", *args)
    assert process.stdout is not None
    machine = VirtualMachine(process.stdout.readline().strip(), process)
    try:
        yield machine
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
        _, machine.said = process.communicate(timeout=30)
