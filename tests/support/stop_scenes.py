"""The Stop screen over the real services of a small operator; only the cable is made up."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from PySide6.QtCore import QEvent
from PySide6.QtGui import QColor, QImage
from PySide6.QtWidgets import QApplication

from cvd_desktop.domain.problem import ExitCode, Problem
from cvd_desktop.domain.records import PortFact, ReadStep
from cvd_desktop.services import catalogue, complete_visit, photos, reads, stop, visit_draft
from cvd_desktop.services.record_words import reason_of, title_of
from cvd_desktop.services.word_table_interval import FACTS
from cvd_desktop.services.word_table_visit import visit_fact_words
from cvd_desktop.services.words import answer_words, words
from cvd_desktop.ui.background import Background
from cvd_desktop.ui.messages import Messages
from cvd_desktop.ui.screens.fill_part import FillPart
from cvd_desktop.ui.screens.fill_services import FillServices
from cvd_desktop.ui.screens.read_screen import ReadScreen
from cvd_desktop.ui.screens.read_services import ReadServices
from cvd_desktop.ui.screens.stop_screen import StopScreen
from cvd_desktop.ui.screens.stop_services import StopServices
from cvd_desktop.ui.theme import Look
from cvd_shared.wire_records import LocationRecord
from tests.support import read_facts as facts
from tests.support.day_operator import DayOperator, machine, run

SOLD = {"A1": 1062, "A2": 1031, "A3": 1031, "A4": 1000}
"""Meters of a machine in the morning: a little was sold since the last read."""


def fact_words(area: str, code: str, values: object) -> str:
    assert isinstance(values, dict)
    table: dict[str, str] = FACTS.get(area, {})
    return table.get(code, "").format_map(values) or visit_fact_words(area, code, values)


def messages() -> Messages:
    """The words of the real services."""
    return Messages(words, answer_words, title_of, reason_of, None, fact_words)


@dataclass
class StopDesk:
    """`cable` is whether an adapter is there; a machine that is read says `SOLD`."""

    day: DayOperator
    cable: bool = True
    problem: Problem | None = None
    go_on: threading.Event | None = None  # a read waits here when it is there
    refused: dict[str, Problem] = field(default_factory=dict)  # service -> what it raises
    left: list[str] = field(default_factory=list)
    far: dict[str, bytes] = field(default_factory=dict)  # pictures of colleagues on the server
    folder: Path = Path()

    def clock_on(self, **parts: float) -> None:
        """Time goes on."""
        self.day.clock.go_on(**parts)

    def pictures(self, count: int) -> list[Path]:
        """Photos of a camera, each of another colour."""
        made = []
        for n in range(count):
            image = QImage(1600, 1200, QImage.Format.Format_RGB32)
            image.fill(QColor.fromHsv(60 * n, 120, 200))
            path = self.folder / f"photo-{n}.jpg"
            assert image.save(str(path))
            made.append(path)
        return made

    def broken_picture(self) -> Path:
        """It says that it is a JPEG, and ends."""
        path = self.folder / "broken.jpg"
        path.write_bytes(b"\xff\xd8\xff\xe0\x00\x10JFIF\x00")
        return path

    def long_names(self, name: str) -> None:
        """The office likes to write."""
        day = self.day
        day.change(LocationRecord(id="l1", name=name, address=name, access_notes=f"{name}. {name}"))
        for number in (1, 2):
            changed = machine(f"m{number}", "l1").model_copy(
                update={"model": name, "machine_type": name, "note": name}
            )
            day.change(changed)

    def services(self) -> StopServices:
        wp = self.day.wp
        return StopServices(
            stop_detail=self._guarded("stop_detail", partial(stop.stop_detail, wp)),
            begin_visit=partial(visit_draft.begin_visit, wp),
            keep_cash=self._guarded("keep_cash", partial(visit_draft.keep_cash, wp)),
            keep_evidence=partial(visit_draft.keep_evidence, wp),
            keep_place=partial(visit_draft.keep_place, wp),
            keep_read=partial(visit_draft.keep_read, wp),
            drop_visit=partial(visit_draft.drop_visit, wp),
            check_bag=partial(visit_draft.check_bag, wp),
            finish_visit=self._guarded("finish_visit", partial(complete_visit.finish_visit, wp)),
            amend_visit=partial(complete_visit.amend_visit, wp),
            add_photo=partial(photos.add_photo, wp),
            photo_bytes=partial(photos.photo_bytes, wp),
            store_signature=partial(photos.store_signature, wp),
            read_detail=partial(reads.read_detail, wp),
            take_up_visit=partial(visit_draft.take_up_visit, wp),
            fetch_attachment=self._fetch,
        )

    def _fetch(self, sha256: str) -> bytes:
        if sha256 not in self.far:
            raise Problem("attachment_not_there", ExitCode.REFUSED)
        return self.far[sha256]

    def _guarded(self, name: str, service: Callable[..., Any]) -> Callable[..., Any]:
        def call(*given: object, **named: object) -> object:
            if name in self.refused:
                raise self.refused[name]
            return service(*given, **named)

        return call

    def read_machine(
        self,
        port: str,
        *,
        purpose: str,
        machine_id: str | None,
        asset_number: str | None,
        link: str,
        max_wait: float,
        on_step: Callable[[ReadStep], None],
        cancelled: threading.Event,
    ) -> facts.Outcome:
        for step in facts.steps():
            on_step(step)
        if self.go_on is not None:
            while not self.go_on.wait(0.01) and not cancelled.is_set():
                pass
        if self.problem is not None or machine_id is None:
            return facts.Outcome(None, self.problem or Problem("no_answer", ExitCode.NO_ANSWER))
        read_id = self.day.read_now(machine_id, SOLD)
        return facts.Outcome(reads.read_detail(self.day.wp, read_id).summary, None)

    def ports(self) -> list[PortFact]:
        return [facts.port()] if self.cable else []

    def screen(self, look: Look, background: Background) -> StopScreen:
        wp, clock = self.day.wp, self.day.clock

        def make_read() -> ReadScreen:
            services = ReadServices(
                self.read_machine,
                partial(reads.read_detail, wp),
                partial(reads.list_reads, wp),
                self.ports,
                import_files=lambda: None,
                enter_meters=lambda machine: None,
                reads_of=lambda machine_id: reads.list_reads(wp, machine_id=machine_id),
            )
            return ReadScreen(look, background, messages(), services, clock)

        def make_fill() -> FillPart:
            services = FillServices(
                keep_edits=partial(visit_draft.keep_edits, wp),
                keep_place=partial(visit_draft.keep_place, wp),
                find_products=partial(catalogue.find_products, wp),
                product_by_code=partial(catalogue.product_by_code, wp),
                product_pictures=partial(catalogue.product_pictures, wp),
            )
            return FillPart(look, background, messages(), services, clock)

        screen = StopScreen(
            look, background, messages(), self.services(), clock, make_read, make_fill
        )
        screen.stop_left.connect(lambda: self.left.append("today"))
        return screen


def full_stop(day: DayOperator) -> None:
    """The first stop with all that an office can ask for."""
    made = run()
    first = made.stops[0].model_copy(
        update={
            "checklist": ("Wipe the glass", "Empty the drip tray", "Read the temperature"),
            "photos_wanted": 1,
            "signature_wanted": True,
        }
    )
    day.change(made.model_copy(update={"stops": (first, *made.stops[1:])}))


def settle(background: Background) -> None:
    """Until every lane has answered and nothing is left to do."""
    for _ in range(4):
        QApplication.processEvents()
        while background.busy:
            QApplication.processEvents()
        QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
