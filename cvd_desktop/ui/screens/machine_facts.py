"""What the Machine screen asks of the services, and how one machine is fetched in two steps.

The first step is what the database knows as it is: reads, planogram, products. The second parses
files: the history of the machine and its last read. Both run in the database lane.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from cvd_desktop.domain.problem import ExitCode, Problem
from cvd_desktop.domain.records import (
    MachineHistory,
    MachineLine,
    ReadDetail,
    ReadSummary,
)
from cvd_desktop.ui.read_shown import ReadShown
from cvd_desktop.ui.screens.machine_list import FindMachines
from cvd_desktop.ui.screens.machine_part import MachineRead, MachineShown

if TYPE_CHECKING:
    from cvd_desktop.domain.machine_facts import MachineFacts
    from cvd_desktop.ui.read_exporter import ExportServices
    from cvd_shared.wire_records import PlanogramRecord, ReadRecord


@dataclass(frozen=True, slots=True)
class MachineServices:
    """The services of this screen, bound to the workplace by the application."""

    find_machines: FindMachines
    machine_reads: Callable[[str], Sequence[ReadRecord]]
    list_reads: Callable[[str], Sequence[ReadSummary]]
    """Those of this laptop, by the id of the machine."""
    planogram_of: Callable[[str], PlanogramRecord | None]
    product_names: Callable[[Iterable[str]], Mapping[str, str]]
    machine_history: Callable[[str], MachineHistory]
    read_detail: Callable[[str], ReadDetail]
    conformance: Callable[[str], str] | None = None
    """Id of a read -> the report about its file as a page of HTML; None: nobody makes it."""
    exports: ExportServices | None = None  # None: reads cannot be exported
    machine_facts: Callable[[Collection[str]], Mapping[str, MachineFacts]] | None = None
    """By machine id; None: what is in the machine is not shown."""
    product_pictures: Callable[[Collection[str]], Mapping[str, bytes]] | None = None


def fetch(services: MachineServices, line: MachineLine, now: datetime) -> MachineShown:
    """The first step."""
    machine_id = line.record.id
    planogram = services.planogram_of(machine_id)
    ids = {slot.product_id for slot in planogram.slots if slot.product_id} if planogram else set()
    facts = None
    if services.machine_facts is not None:
        facts = services.machine_facts([machine_id]).get(machine_id)
    if facts is not None:
        ids |= {stock.product_id for stock in facts.stock.values() if stock.product_id}
    pictures = services.product_pictures
    here = {read.id: read for read in services.list_reads(machine_id)}
    return MachineShown(
        line,
        now,
        reads=tuple(
            MachineRead(record, here.get(record.id))
            for record in services.machine_reads(machine_id)
        ),
        planogram=planogram,
        products=services.product_names(ids) if ids else {},
        facts=facts,
        pictures=pictures(ids) if pictures is not None and ids else {},
    )


def work_out(
    services: MachineServices, shown: MachineShown, before: MachineShown | None
) -> MachineShown:
    """The second step; `before` is what was shown, so that what is the same stays the same."""
    history = services.machine_history(shown.line.record.id)
    points = {point.read_id: point for point in history.points}
    last = _last(services, shown, history)
    if last is not None and before is not None and before.last is not None:
        kept = before.last
        last = kept if kept.detail == last.detail else last
    return replace(
        shown,
        reads=tuple(replace(read, point=points.get(read.record.id)) for read in shown.reads),
        history=history,
        last=last,
    )


def _last(
    services: MachineServices, shown: MachineShown, history: MachineHistory
) -> ReadShown | None:
    """The newest read whose file is on this laptop."""
    here = [point.read_id for point in history.points if point.here]
    if not here:
        here = [read.record.id for read in reversed(shown.reads) if read.here]
    return ReadShown(services.read_detail(here[-1]), shown.now) if here else None


def save_text(text: str, path: Path) -> None:
    """Write a table as spreadsheet programs read it. Raises Problem("file_not_written")."""
    try:
        path.write_text(text, encoding="utf-8-sig", newline="")
    except OSError as error:
        raise Problem(
            "file_not_written", ExitCode.USAGE, path=str(path), reason=error.strerror or str(error)
        ) from error
