"""What the Read screen asks of the services; the application binds them to the workplace."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from cvd_desktop.domain.problem import Problem
    from cvd_desktop.domain.records import PortFact, ReadDetail, ReadStep, ReadSummary
    from cvd_desktop.ui.screens.read_bank_page import BankOutcome
    from cvd_desktop.ui.screens.run_read import ReadMachine
    from cvd_shared.wire_records import MachineRecord


class ReadBank(Protocol):
    """services.read_bank bound to the workplace: `on_step` is told the port of each step."""

    def __call__(
        self,
        ports: Sequence[str],
        *,
        purpose: str,
        on_step: Callable[[str, ReadStep], None],
        cancelled: threading.Event,
    ) -> Sequence[BankOutcome]: ...


@dataclass(frozen=True, slots=True)
class ReadServices:
    """The services of this screen, bound to the workplace by the application."""

    read_machine: ReadMachine
    read_detail: Callable[[str], ReadDetail]
    list_reads: Callable[[], list[ReadSummary]]
    """Of every machine; `reads_of` of the one with this id."""
    list_ports: Callable[[], list[PortFact]]
    read_bank: ReadBank | None = None  # several machines at once
    import_files: Callable[[], object] | None = None  # opens the import; None: there is none
    conformance: Callable[[str], str] | None = None  # read id -> the report as a page of HTML
    assign_read: Callable[[str, str], object] | None = None  # (read id, machine id): it is its
    export: Callable[[Sequence[ReadSummary], ReadSummary], object] | None = None
    """Asks which of these reads, the second one offered first, as what and where."""
    evidence: Callable[[Problem, MachineRecord | None], Sequence[str]] | None = None
    """Which part is at fault, and sentences that say why."""
    keep_codes: Callable[[MachineRecord, str, str], object] | None = None
    """The codes of a machine, typed twice. Raises Problem."""
    enter_meters: Callable[[MachineRecord], object] | None = None
    """Opens the page where the meters of a machine are typed."""
    reads_of: Callable[[str], list[ReadSummary]] | None = None

    def reads_for(self, machine: MachineRecord | None) -> Callable[[], list[ReadSummary]]:
        """Lists the reads of a machine, or all of them."""
        if machine is None or self.reads_of is None:
            return self.list_reads
        return partial(self.reads_of, machine.id)
