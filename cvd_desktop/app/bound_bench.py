"""The technician's bench, bound to the workplace; each is imported when a lane first asks."""

import threading
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from cvd_desktop.app.bound_services import BoundServices
from cvd_desktop.domain.clock import Clock

if TYPE_CHECKING:
    from cvd_desktop.domain.bench_records import PartLine, ReplayVerdict, StoredTrace
    from cvd_desktop.domain.write_records import (
        Wanted,
        WriteOutcome,
        WritePlan,
        WriteStep,
    )
    from cvd_desktop.services.practice_machine import (
        PracticeFault,
        PracticeMachine,
        PracticeModel,
    )
    from cvd_desktop.ui.screens.bench_services import BundleWanted, Finding
    from cvd_desktop.ui.screens.settings_screen import AdapterProfiles
    from cvd_shared.wire_records import MachineRecord


class BoundBench:
    """One for the life of the window: it owns the practice machine. `close` ends it."""

    def __init__(
        self,
        services: BoundServices,
        clock: Clock,
        versions: Callable[[], Sequence[tuple[str, str]]],
    ) -> None:
        self._services = services
        self._clock = clock
        self._versions = versions

    def close(self) -> None:
        if "_practice" in vars(self):
            self._practice.stop()

    # traces

    def trace_of(self, read_id: str) -> "StoredTrace":
        from cvd_desktop.services.bench import trace_of

        return trace_of(self._services.workplace(), read_id)

    def last_good(
        self, now: "StoredTrace", machine: "MachineRecord | None"
    ) -> "StoredTrace | None":
        from cvd_desktop.services.bench import good_trace_for

        return good_trace_for(self._services.workplace(), now, machine)

    def save_trace(self, path: Path, trace: "StoredTrace") -> None:
        from cvd_desktop.services.trace_files import save_trace

        save_trace(path, trace)

    def load_trace(self, path: Path) -> "StoredTrace":
        from cvd_desktop.services.trace_files import load_trace

        return load_trace(path)

    def replay(self, trace: "StoredTrace") -> "ReplayVerdict":
        from cvd_desktop.services.trace_files import replay

        return replay(trace)

    # parts and bundles

    def parts(self) -> "Sequence[PartLine]":
        from cvd_desktop.services.bench import part_list

        return part_list(self._services.workplace())

    def export_bundle(self, path: Path, wanted: "BundleWanted") -> Path:
        from cvd_desktop.services.bench import export_diagnostics

        return export_diagnostics(
            self._services.workplace(),
            path,
            trace=wanted.trace,
            good=wanted.good,
            problem=wanted.problem,
            versions=self._versions(),
        )

    def bundle_name(self, now: datetime) -> str:
        from cvd_desktop.services.diagnostics_bundle import bundle_name

        return bundle_name(now)

    def test_loop_back(self, device: str, cancelled: threading.Event) -> "Finding":
        from cvd_desktop.services import adapters

        result = adapters.test_loop_back(self._services.data_dir, device, cancelled=cancelled)
        return adapters.loop_back_finding(result)

    # adapters

    def adapter_profiles(self, device: str) -> "AdapterProfiles":
        """The profile for what is at a port, and those that one can begin with."""
        from cvd_desktop.services.adapters import list_profiles, profile_of_port
        from cvd_desktop.ui.screens.settings_screen import AdapterProfiles

        data_dir = self._services.data_dir
        models = [one for one in list_profiles(data_dir) if not (one.built_in and one.exactness)]
        return AdapterProfiles(profile_of_port(data_dir, device), tuple(models))

    def keep_adapter(self, device: str, begin: str, fields: Mapping[str, object]) -> object:
        """Make a profile of a person's own for what is at a port."""
        from cvd_desktop.services.adapters import change_profile, own_name

        data_dir = self._services.data_dir
        name = own_name(data_dir, device)
        return change_profile(data_dir, name, fields, like=begin, port=device)

    # the practice machine

    @cached_property
    def _practice(self) -> "PracticeMachine":
        from cvd_desktop.services.practice_machine import PracticeMachine

        return PracticeMachine(self._services.data_dir, self._clock)

    def practice_models(self) -> "Sequence[PracticeModel]":
        from cvd_desktop.services.practice_machine import practice_models

        return practice_models()

    def practice_faults(self, link: str) -> "Sequence[PracticeFault]":
        from cvd_desktop.services.practice_machine import practice_faults

        return practice_faults(link)

    def start_practice(self, model: str, link: str, faults: Sequence[str]) -> str:
        return self._practice.start(model, link, faults)

    def plug_in(self, asset_number: str) -> None:
        """A virtual machine of the sample at the cable, in place of the one before."""
        self._practice.start(asset_number)

    def stop_practice(self) -> None:
        self._practice.stop()

    # writing to a machine

    def plan_write(
        self,
        port: str,
        wanted: "Wanted",
        *,
        machine_id: str | None,
        asset_number: str | None,
        on_step: "Callable[[WriteStep], None]",
        cancelled: threading.Event,
    ) -> "WritePlan":
        from cvd_desktop.services.write_machine import plan_machine_write

        return plan_machine_write(
            self._services.workplace(),
            port,
            wanted,
            machine_id=machine_id,
            asset_number=asset_number,
            on_step=on_step,
            cancelled=cancelled,
        )

    def write(
        self,
        port: str,
        plan: "WritePlan",
        *,
        on_step: "Callable[[WriteStep], None]",
        on_bytes: Callable[[float, str, bytes], None],
        cancelled: threading.Event,
    ) -> "WriteOutcome":
        from cvd_desktop.services.write_machine import write_machine

        return write_machine(
            self._services.workplace(),
            port,
            plan,
            on_step=on_step,
            on_bytes=on_bytes,
            cancelled=cancelled,
        )
