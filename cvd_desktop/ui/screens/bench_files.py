"""Files of the Bench: saves and opens traces, exports the diagnostics bundle, replays a trace."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, QStandardPaths, Signal
from PySide6.QtWidgets import QWidget

from cvd_desktop.domain.bench_records import ReplayVerdict, StoredTrace
from cvd_desktop.domain.clock import Clock
from cvd_desktop.domain.problem import ExitCode, Problem
from cvd_desktop.ui import formats
from cvd_desktop.ui.background import Background, Lane
from cvd_desktop.ui.file_dialogs import ask_for_files, ask_where_to_save
from cvd_desktop.ui.messages import Messages
from cvd_desktop.ui.screens.bench_services import BenchServices, BundleWanted

TRACE_FILTER = "(*.cvdtrace)"
BUNDLE_FILTER = "(*.zip)"


class BenchFiles(QObject):
    """Asks where, works in the lane of files, tells in a sentence."""

    told = Signal(str)
    """A fact for the action bar."""
    opened = Signal(object)
    """A StoredTrace that a person opened."""

    def __init__(
        self,
        background: Background,
        messages: Messages,
        services: BenchServices,
        clock: Clock,
        screen: QWidget,
    ) -> None:
        super().__init__(screen)
        self._background = background
        self._messages = messages
        self._services = services
        self._clock = clock
        self._screen = screen

    def save(self, trace: StoredTrace) -> None:
        offered = _documents() / f"{_stem(trace)}.cvdtrace"
        filters = [f"{self.tr('Trace')} {TRACE_FILTER}"]
        ask_where_to_save(
            self._screen, self.tr("Save the trace"), offered, filters, partial(self._save, trace)
        )

    def open(self) -> None:
        ask_for_files(self._screen, self.tr("Open a trace"), lambda paths: self.load(paths[0]))

    def load(self, path: Path) -> None:
        """Read the trace of a file and show it."""
        self._run(partial(self._services.load_trace, path), self.opened.emit)

    def export(self, wanted: BundleWanted) -> None:
        offered = _documents() / self._services.bundle_name(self._clock())
        filters = [f"{self.tr('Diagnostics bundle')} {BUNDLE_FILTER}"]
        ask_where_to_save(
            self._screen,
            self.tr("Export the diagnostics bundle"),
            offered,
            filters,
            partial(self._export, wanted),
        )

    def replay(self, trace: StoredTrace) -> None:
        """Let our reader hear the machine of this trace once more, and tell what it concludes."""
        self._run(partial(self._services.replay, trace), self._replayed)

    def _save(self, trace: StoredTrace, path: Path) -> None:
        words = self.tr("Saved without pass codes: {name}").format(name=path.name)
        self._run(partial(self._services.save_trace, path, trace), lambda _: self.told.emit(words))

    def _export(self, wanted: BundleWanted, path: Path) -> None:
        words = self.tr("Exported without secrets: {name}").format(name=path.name)
        self.told.emit(self.tr("Exporting {name}").format(name=path.name))
        self._run(
            partial(self._services.export_bundle, path, wanted), lambda _: self.told.emit(words)
        )

    def _replayed(self, verdict: ReplayVerdict) -> None:
        if not verdict.failure and not verdict.report:
            words = self.tr("Replayed: this version ends this session well")
        elif not verdict.failure:
            words = self.tr("Replayed: this version reads it whole, {size}").format(
                size=formats.size(len(verdict.report))
            )
        else:
            problem = Problem(verdict.failure, ExitCode.BROKEN_OFF, **dict(verdict.values))
            words = self.tr("Replayed: {what}").format(what=self._messages.error(problem).what)
        self.told.emit(words)

    def _run(self, work: Callable[[], object], done: Callable[..., object]) -> None:
        self._background.run(Lane.FILES, work, done, self._failed)

    def _failed(self, error: BaseException) -> None:
        told = self._messages.error(error)
        self.told.emit(" ".join(part for part in (told.what, told.do) if part))


def _documents() -> Path:
    place = QStandardPaths.StandardLocation.DocumentsLocation
    return Path(QStandardPaths.writableLocation(place))


def _stem(trace: StoredTrace) -> str:
    """trace-10433-20261014-0712; without what is not known."""
    at = trace.head.at
    moment = at.astimezone().strftime("%Y%m%d-%H%M") if at is not None else ""
    return "-".join(part for part in ("trace", trace.head.machine, moment) if part)
