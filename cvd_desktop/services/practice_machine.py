"""Serves a virtual vending machine, a model that sells or a file, until it is told to stop."""

import threading
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path

from cvd_desktop.devices.virtual_machine import VendingModel, run_virtual_machine
from cvd_desktop.domain.clock import Clock, system_clock
from cvd_desktop.domain.problem import ExitCode, Problem
from cvd_desktop.link.dexucs_faults import UnknownFaultError, parse_faults
from cvd_shared.ready_machine import ready_machine
from cvd_shared.sample_operator import sample_operator
from cvd_shared.vending_model import VendingModel as Model
from cvd_shared.vending_profiles import MODELS

DEFAULT_MODEL = "snack"
_SELLS_EVERY = 3  # every third selection sells one after a read, so that the next shows sales


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
    try:
        parse_faults(faults)
    except UnknownFaultError as error:
        raise Problem("fault_unknown", ExitCode.USAGE, reason=str(error)) from error
    source = _from_file(file) if file is not None else practice_model(model or DEFAULT_MODEL, clock)
    run_virtual_machine(
        source,
        stop=stop,
        on_ready=on_ready,
        baud_rate=baud_rate,
        faults=faults,
        name=f"Virtual machine ({file.name if file else model or DEFAULT_MODEL})",
        registry=registry,
        on_event=on_event,
        clock=clock,
    )


def practice_model(model: str, clock: Clock = system_clock) -> VendingModel:
    """A machine that has sold for weeks, by the name of its model or by its asset number.

    An asset number of the sample operator gives that machine as it stands this morning: its meters
    continue those that the sample's server knows. Raises Problem("model_unknown").
    """
    if model in MODELS:
        return SellingMachine(ready_machine(model, clock()), clock)
    try:
        machine = sample_operator(clock().astimezone().date()).vending_model_for(model)
    except ValueError as error:
        known = f"{', '.join(MODELS)}, and the asset numbers of the sample operator"
        raise Problem("model_unknown", ExitCode.USAGE, model=model, known=known) from error
    return SellingMachine(machine, clock)


class SellingMachine:
    """A vending model behind a port: it tells the time to the model, and sells between reads."""

    def __init__(self, model: Model, clock: Clock) -> None:
        self._model = model
        self._clock = clock

    def report(self, _list_number: int | None) -> bytes:
        return self._model.report(self._clock())

    def taken(self, at: datetime, _list_number: int | None) -> None:
        """A whole report was acknowledged; what is reset then is the model's own affair."""
        self._model.read_finished(at)
        for number, (selection, slot) in enumerate(self._model.slots.items()):
            if number % _SELLS_EVERY == 0:
                self._model.sell_cash(selection, at, slot.price)

    def configure(self, document: bytes, at: datetime) -> None:
        """Nothing can be written to it."""


def _from_file(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise Problem(
            "file_unreadable", ExitCode.USAGE, path=str(file), reason=error.strerror
        ) from error
