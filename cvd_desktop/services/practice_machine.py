"""Virtual vending machines: served until told to stop, and the one of the practice mode."""

import threading
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from queue import SimpleQueue
from types import MappingProxyType
from typing import NamedTuple

from cvd_desktop.devices.virtual_machine import run_virtual_machine
from cvd_desktop.domain.clock import Clock, system_clock
from cvd_desktop.domain.problem import ExitCode, Problem
from cvd_desktop.link.ddcmp_faults import DDCMP_FAULTS
from cvd_desktop.link.dexucs_faults import FAULTS, parse_faults
from cvd_desktop.link.dexucs_machine import MACHINE_SETTINGS
from cvd_desktop.link.fault_kinds import FaultKind, UnknownFaultError, parse_kinds
from cvd_desktop.services.ports import virtual_ports_folder
from cvd_desktop.services.word_table_practice import REFUSALS
from cvd_desktop.services.word_table_verdict import LINK_NAMES
from cvd_shared.ready_machine import ready_machine, sell_for_a_while
from cvd_shared.sample_operator import sample_operator
from cvd_shared.vending_model import VendingModel as Model
from cvd_shared.vending_profiles import MODELS
from cvd_shared.vending_setup import SetupLine, apply_configuration
from cvd_shared.vending_shapes import MachineProfile

DEFAULT_MODEL = "snack"

MODEL_FAULTS: Mapping[str, FaultKind] = MappingProxyType(
    {
        "door_closed": FaultKind("takes no settings, because its door is closed"),
        "sells_nothing": FaultKind("sells nothing between two reads"),
    }
)
"""What the machine behind the link does; the faults of the links are beside these."""

_AUDIT_LISTS = (None, 1, 2)
_DDCMP_READER = "DDCMP PORT"  # so real machines name who reads through their eye (EA304)
_LINES_TOLD = 20
_LONGEST_TOLD = 60  # characters of what was written


class PracticeModel(NamedTuple):
    """One machine of the practice mode. `links`: "dexucs", "ddcmp"; the first is the usual one."""

    name: str
    make: str
    kind: str  # snack, drink, coffee, combined
    links: tuple[str, ...]


class PracticeFault(NamedTuple):
    """A fault by name; `argument` names what may stand after its colon, "" for nothing."""

    name: str
    meaning: str
    argument: str


def practice_models() -> tuple[PracticeModel, ...]:
    """Every machine that can be practised with."""
    return tuple(
        PracticeModel(each.name, each.make, each.machine_type, each.links)
        for each in MODELS.values()
    )


def practice_faults(link: str) -> tuple[PracticeFault, ...]:
    """Every fault of a machine on this link ("dexucs" or "ddcmp")."""
    of_link = DDCMP_FAULTS if link == "ddcmp" else FAULTS
    return tuple(
        PracticeFault(name, kind.meaning, kind.argument)
        for name, kind in {**of_link, **MODEL_FAULTS}.items()
    )


def serve_practice_machine(
    *,
    stop: threading.Event,
    on_ready: Callable[[str], None],
    model: str | None = None,
    file: Path | None = None,
    link: str | None = None,
    baud_rate: int | None = None,
    faults: Sequence[str] = (),
    registry: Path | None = None,
    practice: bool = False,
    on_event: Callable[[str], None] | None = None,
    clock: Clock = system_clock,
) -> None:
    """Blocks. `on_ready` is told the port; `on_event` a line for everything that happens.

    `link`: None is the usual one of the model, DEX/UCS for a file. `baud_rate`: None is 9600 for
    DEX/UCS and the start speed of the model for DDCMP. `practice` as in `announced`.
    Raises Problem: model_unknown, file_unreadable, fault_unknown, choose_one, link_of_model.
    """
    if model is not None and file is not None:
        raise Problem("choose_one", ExitCode.USAGE, one="--model", other="--file")
    if file is not None:
        served = _served_file(file, link or "dexucs", faults)
    else:
        served = _served_model(model or DEFAULT_MODEL, link, faults, on_event, clock)
    run_virtual_machine(
        served.source,
        stop=stop,
        on_ready=on_ready,
        link=served.link,
        baud_rate=baud_rate or served.baud_rate,
        faults=served.faults,
        name=f"{'Practice' if practice else 'Virtual'} machine ({served.name})",
        registry=registry,
        practice=practice,
        on_event=on_event,
        on_reader=served.source.read_by if isinstance(served.source, SellingMachine) else None,
        communication_id=served.communication_id,
        clock=clock,
    )


class _Served(NamedTuple):
    """What stands behind the port."""

    source: "bytes | SellingMachine"
    name: str
    link: str
    faults: list[str]
    baud_rate: int | None = None  # the usual one of the link
    communication_id: str = MACHINE_SETTINGS.communication_id


def _served_file(file: Path, link: str, faults: Sequence[str]) -> _Served:
    try:
        parse_faults(faults, link)
        return _Served(file.read_bytes(), file.name, link, list(faults))
    except UnknownFaultError as error:
        raise Problem("fault_unknown", ExitCode.USAGE, reason=str(error)) from error
    except OSError as error:
        raise Problem(
            "file_unreadable", ExitCode.USAGE, path=str(file), reason=error.strerror
        ) from error


def _served_model(
    model: str,
    link: str | None,
    faults: Sequence[str],
    on_event: Callable[[str], None] | None,
    clock: Clock,
) -> _Served:
    machine = practice_model(model, clock)
    profile = machine.model.state.profile
    spoken = _link_of(profile, model, link)
    ours = [text for text in faults if _name_of(text) in MODEL_FAULTS]
    of_link = [text for text in faults if text not in ours]
    try:
        arguments = {**parse_faults(of_link, spoken), **parse_kinds(ours, MODEL_FAULTS)}
    except UnknownFaultError as error:
        raise Problem("fault_unknown", ExitCode.USAGE, reason=str(error)) from error
    machine.behave(arguments, on_event)
    if spoken == "ddcmp" and profile.fixed_speed and "fixed_speed" not in arguments:
        of_link.append("fixed_speed")
    start_speed = profile.start_speed if spoken == "ddcmp" else None
    return _Served(machine, model, spoken, of_link, start_speed, profile.communication_id)


def practice_model(model: str, clock: Clock = system_clock) -> "SellingMachine":
    """A machine that has sold for weeks, by the name of its model or by its asset number.

    An asset number of the sample operator gives that machine as it stands this morning: its meters
    continue those that the sample's server knows. Raises Problem("model_unknown").
    """
    now = clock().astimezone()
    if model in MODELS:
        return SellingMachine(ready_machine(model, now), clock)
    try:
        machine = sample_operator(now.date()).vending_model_for(model)
    except ValueError as error:
        known = f"{', '.join(MODELS)}, and the asset numbers of the sample operator"
        raise Problem("model_unknown", ExitCode.USAGE, model=model, known=known) from error
    return SellingMachine(machine, clock)


class SellingMachine:
    """A vending model behind a port: it tells the time to the model, and sells between reads.

    It is a VendingModel of devices/virtual_machine.py. Its clock shows the local time.
    """

    def __init__(self, model: Model, clock: Clock) -> None:
        self.model = model
        self._clock = clock
        self._reader = ""
        self._turn = 0
        self._sells = True
        self._on_event: Callable[[str], None] = lambda _: None
        if model.state.settings.needs_open_door:  # who plugs in has opened it
            model.door_opened(clock().astimezone())

    def behave(
        self, faults: Mapping[str, str], on_event: Callable[[str], None] | None = None
    ) -> None:
        """Plays those of `faults` that concern it, and tells `on_event` what was written."""
        self._on_event = on_event or self._on_event
        self._sells = "sells_nothing" not in faults
        self.model.state.settings.codes = faults.get("codes", "0" * 8).upper()
        if "door_closed" in faults:
            self.model.state.settings.needs_open_door = True
            self.model.door_closed(self._clock().astimezone())

    def read_by(self, reader: str) -> None:
        """The communication id of who reads over DEX/UCS, for EA304 and EA307."""
        self._reader = reader

    def report(self, list_number: int | None) -> bytes | None:
        """The audit for DEX/UCS (None), or what a list of DDCMP holds; None refuses the list."""
        now = self._clock().astimezone()
        if list_number is None:
            return self.model.report(now, self._reader)
        return self.model.list_report(list_number, now, _DDCMP_READER)

    def taken(self, at: datetime, list_number: int | None) -> None:
        """A whole report was acknowledged; what is reset then is the model's own affair."""
        reader = self._reader if list_number is None else _DDCMP_READER
        local = at.astimezone()
        self.model.read_finished(local, reader, list_number)
        if self._sells and list_number in _AUDIT_LISTS:
            sell_for_a_while(self.model, local, self._turn)
            self._turn += 1

    def configure(self, document: bytes, at: datetime) -> None:
        """Takes what was written as its make does, and tells each setting."""
        outcome = apply_configuration(self.model, document, at.astimezone())
        told = [_told(line) for line in (*outcome.accepted, *outcome.ignored)]
        self._on_event(
            f"settings written: {len(outcome.accepted)} accepted, {len(outcome.ignored)} ignored"
        )
        for line in told[:_LINES_TOLD]:
            self._on_event(line)
        if len(told) > _LINES_TOLD:
            self._on_event(f"and {len(told) - _LINES_TOLD} more")


class PracticeMachine:
    """The machine of the practice mode: one at a time, in a thread of this process.

    It is announced as a port for practice, so that nothing read from it is sent to a server.
    `on_event` is called in the machine's thread.
    """

    def __init__(
        self,
        data_dir: Path,
        clock: Clock = system_clock,
        on_event: Callable[[str], None] | None = None,
    ) -> None:
        self._registry = virtual_ports_folder(data_dir)
        self._clock = clock
        self._on_event = on_event
        self._thread: threading.Thread | None = None
        self._stop = threading.Event()
        self._turn = threading.RLock()  # a window that closes stops what is just being started

    @property
    def running(self) -> bool:
        """False also after a fault has pulled its plug."""
        return self._thread is not None and self._thread.is_alive()

    def start(
        self,
        model: str,
        link: str | None = None,
        faults: Sequence[str] = (),
        *,
        baud_rate: int | None = None,
    ) -> str:
        """Starts a machine in place of the one that runs; gives the port to read.

        `link` and `baud_rate`: None is as the model has them. Raises Problem as
        `serve_practice_machine` does, and OSError when there is no free port.
        """
        with self._turn:
            self.stop()
            return self._start(model, link, faults, baud_rate)

    def _start(
        self, model: str, link: str | None, faults: Sequence[str], baud_rate: int | None
    ) -> str:
        stop = threading.Event()
        ready: SimpleQueue[str | Exception] = SimpleQueue()

        def run() -> None:
            started = False

            def on_ready(device: str) -> None:
                nonlocal started
                started = True
                ready.put(device)

            try:
                serve_practice_machine(
                    stop=stop,
                    on_ready=on_ready,
                    model=model,
                    link=link,
                    baud_rate=baud_rate,
                    faults=faults,
                    registry=self._registry,
                    practice=True,
                    on_event=self._on_event,
                    clock=self._clock,
                )
            except Exception as error:
                if started:
                    raise
                ready.put(error)

        self._stop = stop
        self._thread = threading.Thread(target=run, name="practice machine", daemon=True)
        self._thread.start()
        device = ready.get()
        if isinstance(device, Exception):
            self.stop()
            raise device
        return device

    def stop(self) -> None:
        """Ends the machine, if one runs; its port is gone then."""
        with self._turn:
            self._stop.set()
            if self._thread is not None:
                self._thread.join()
                self._thread = None


def _name_of(fault: str) -> str:
    return fault.strip().partition(":")[0]


def _link_of(profile: MachineProfile, name: str, link: str | None) -> str:
    """The link that is spoken; None asks for the usual one."""
    if link is None or link in profile.links:
        return link or profile.links[0]
    known = " or ".join(LINK_NAMES[each] for each in profile.links)
    shown = LINK_NAMES.get(link, link)
    raise Problem("link_of_model", ExitCode.USAGE, model=name, link=shown, known=known)


def _told(line: SetupLine) -> str:
    where = f"{line.element} {line.selection}".strip()
    if line.refusal is not None:
        told = f"  ignored {where}: {line.written[:_LONGEST_TOLD]} ({REFUSALS[line.refusal]})"
    else:
        kept = "" if line.taken == line.written else f" (kept as {line.taken})"
        told = f"  accepted {where}: {line.written[:_LONGEST_TOLD]}{kept}"
    return "".join(each if each.isprintable() else "?" for each in told)  # for terminals
