"""The Machine screen over plain fakes: machines, their reads, their past."""

import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import cache
from pathlib import Path

from cvd_desktop.domain.clock import to_wire
from cvd_desktop.domain.problem import ExitCode, Problem
from cvd_desktop.domain.records import (
    MachineHistory,
    MachineLine,
    ReadDetail,
    ReadSummary,
    RecordState,
)
from cvd_desktop.ui.background import Background
from cvd_desktop.ui.read_exporter import ExportServices
from cvd_desktop.ui.screens.machines_screen import MachineServices, MachinesScreen
from cvd_desktop.ui.theme import Look
from cvd_shared.dex.dex_text import read_dex
from cvd_shared.dex.machine_reading import MachineReading
from cvd_shared.dex.reading_maker import make_reading
from cvd_shared.price_audit import audit_prices
from cvd_shared.selection_mapping import propose
from cvd_shared.wire_events import VerdictWire
from cvd_shared.wire_records import PlanogramRecord, ReadRecord
from tests.support import read_facts as facts
from tests.support.machine_facts import eventful
from tests.support.screens_at_work import messages

READS_HERE = 16  # of the newest ones; older ones are other laptops'


@cache
def reading() -> MachineReading:
    """What the report of `facts.detail` says."""
    return make_reading(read_dex(facts.detail().raw).reports[0])


def vended(said: MachineReading, *selections: str) -> MachineReading:
    """The same machine after one more vend of each of these selections."""
    return replace(
        said,
        selections=tuple(
            each._replace(
                meters=each.meters._replace(
                    sold_since_init=(each.meters.sold_since_init or 0)
                    + selections.count(each.selection)
                )
            )
            for each in said.selections
        ),
    )


def detail_of(
    read_id: str, history: MachineHistory, said: MachineReading | None = None
) -> ReadDetail:
    """A read of the history in full, with prices compared to the planogram."""
    point = next(point for point in history.points if point.read_id == read_id)
    whole = facts.detail()
    return replace(
        whole,
        summary=replace(whole.summary, id=read_id, at=point.at),
        reading=said or reading(),
        audit=audit_prices(reading(), facts.slots(), 2),
        mapping=propose(reading(), facts.slots()),
        selections=tuple(
            replace(
                line, history=tuple((n * 5 + k * 3) % 11 if (n + k) % 9 else None for k in range(8))
            )
            for n, line in enumerate(whole.selections)
        ),
    )


@dataclass
class Fleet:
    """The services of the Machine screen over a list of lines; `past` is that of every machine."""

    lines: list[MachineLine] = field(default_factory=list)
    planned: bool = True
    past: MachineHistory = field(default_factory=eventful)
    error: Exception | None = None
    asked: list[tuple[str, int, int]] = field(default_factory=list)
    go_on: threading.Event | None = None  # an export waits for it
    said: dict[str, MachineReading] = field(default_factory=dict)  # by read, else `reading()`
    names_of: Mapping[str, str] = field(
        default_factory=lambda: {
            f"product-{n}": facts.PRODUCTS[n % len(facts.PRODUCTS)] for n in range(48)
        }
    )

    def find(self, text: str, offset: int, limit: int) -> tuple[Sequence[MachineLine], int]:
        self.asked.append((text, offset, limit))
        low = text.lower()
        found = [
            line
            for line in self.lines
            if low in f"{line.record.asset_number} {line.record.location_name}".lower()
        ]
        return found[offset : offset + limit], len(found)

    def reads(self, machine_id: str) -> Sequence[ReadRecord]:
        if self.error is not None:
            raise self.error
        verdict = VerdictWire.model_validate(facts.summary().verdict)
        points = self.past.points
        return [
            ReadRecord(
                id=point.read_id,
                machine_id=machine_id,
                at=to_wire(point.at),
                actor_name="Driver 07",
                purpose="collect" if n % 4 == 0 else "look",
                link="dexucs",
                complete=True,
                size=6204,
                raw_sha256="0" * 64,
                verdict=verdict,
                number_of_paid_vends_since_init=9120 + 61 * n,
            )
            for n, point in reversed(list(enumerate(points)))
        ]

    def here(self, machine_id: str) -> Sequence[ReadSummary]:
        del machine_id
        states = (RecordState.RECORDED_HERE, *[RecordState.ON_THE_SERVER] * 7)
        newest = [point for point in reversed(self.past.points) if point.here][:READS_HERE]
        return [
            facts.summary(id=point.read_id, at=point.at, state=states[n % len(states)])
            for n, point in enumerate(newest)
        ]

    def history(self, machine_id: str) -> MachineHistory:
        del machine_id
        return self.past

    def detail(self, read_id: str) -> ReadDetail:
        return detail_of(read_id, self.past, self.said.get(read_id))

    def take_read(self, *selections: str) -> None:
        """The machine is read again after one more vend of each of these selections."""
        last = self.past.points[-1]
        before = self.said.get(last.read_id) or reading()
        newer = replace(
            last, read_id=f"read-{len(self.past.points)}", at=last.at + timedelta(minutes=1)
        )
        self.said[newer.read_id] = vended(before, *selections)
        self.past = replace(self.past, points=(*self.past.points, newer))

    def planogram(self, machine_id: str) -> PlanogramRecord | None:
        if not self.planned:
            return None
        return PlanogramRecord(
            id="plan",
            machine_id=machine_id,
            version=14,
            valid_from="2026-11-16",
            slots=facts.slots(),
        )

    def names(self, ids: Iterable[str]) -> Mapping[str, str]:
        return {each: self.names_of[each] for each in ids if each in self.names_of}

    def export(
        self,
        read_ids: Sequence[str],
        path: Path,
        wanted: str,
        *,
        on_progress: Callable[[int, int], object],
        cancelled: threading.Event,
    ) -> int:
        """Waits at `go_on` when it is there."""
        on_progress(0, len(read_ids))
        while self.go_on is not None and not self.go_on.wait(0.01):
            if cancelled.is_set():
                raise Problem("export_cancelled", ExitCode.USAGE)
        path.write_text(f"{wanted} of {', '.join(read_ids)}")
        return path.stat().st_size

    def export_name(self, read: ReadSummary, wanted: str) -> str:
        return f"{read.machine_asset}.{'dex' if wanted == 'raw' else wanted}"

    def conformance(self, read_id: str) -> str:
        return f"<h1>Report of {read_id}</h1>"

    def services(self) -> MachineServices:
        return MachineServices(
            find_machines=self.find,
            machine_reads=self.reads,
            list_reads=self.here,
            planogram_of=self.planogram,
            product_names=self.names,
            machine_history=self.history,
            read_detail=self.detail,
            conformance=self.conformance,
            exports=ExportServices(self.export, self.export_name),
        )

    def screen(self, look: Look, background: Background) -> MachinesScreen:
        return MachinesScreen(look, background, messages(), self.services(), lambda: facts.NOW)
