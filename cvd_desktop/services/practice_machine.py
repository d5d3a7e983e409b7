"""Serves a virtual vending machine, a model that sells or a file, until it is told to stop."""

import threading
from collections.abc import Callable, Sequence
from pathlib import Path

from cvd_desktop.devices.virtual_machine import VendingModel, run_virtual_machine
from cvd_desktop.domain.clock import Clock, system_clock
from cvd_desktop.domain.problem import ExitCode, Problem
from cvd_shared.ready_machine import ready_machine
from cvd_shared.vending_profiles import MODELS

DEFAULT_MODEL = "snack"


def serve_practice_machine(
    *,
    stop: threading.Event,
    on_ready: Callable[[str], None],
    model: str | None = None,
    file: Path | None = None,
    baud_rate: int = 9600,
    faults: Sequence[str] = (),
    registry: Path | None = None,
    on_event: Callable[[str], None] | None = None,
    clock: Clock = system_clock,
) -> None:
    """Blocks. `on_ready` is told the port; `on_event` a line for everything that happens.

    Raises Problem: model_unknown, file_unreadable, fault_unknown, choose_one.
    """
    if model is not None and file is not None:
        raise Problem("choose_one", ExitCode.USAGE, one="--model", other="--file")
    run_virtual_machine(
        _from_file(file) if file is not None else _selling(model or DEFAULT_MODEL, clock),
        stop=stop,
        on_ready=on_ready,
        baud_rate=baud_rate,
        faults=faults,
        registry=registry,
        on_event=on_event,
        clock=clock,
    )


def _selling(model: str, clock: Clock) -> VendingModel:
    if model not in MODELS:
        raise Problem("model_unknown", ExitCode.USAGE, model=model, known=", ".join(MODELS))
    return ready_machine(model, clock())


def _from_file(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise Problem(
            "file_unreadable", ExitCode.USAGE, path=str(file), reason=error.strerror
        ) from error
