"""The window is killed while somebody serves a machine: what it had kept is there, and it opens
where the work was."""

import os
import random
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from PySide6.QtGui import QColorConstants, QImage
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from cvd_desktop.app.application import Application
from cvd_desktop.services.sample_folder import PASSPHRASE, make_sample
from cvd_desktop.ui.screens.stop_screen import StopScreen
from tests.support import killed_window
from tests.support.cvd_process import environment
from tests.support.driver_day import PATIENCE_MS

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL is Unix's")


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_sample(tmp_path_factory.mktemp("sample"))


@pytest.fixture
def folder(sample: Path, tmp_path: Path) -> Path:
    return shutil.copytree(sample, tmp_path / "laptop")


@dataclass
class Told:
    """What the window had said before it died: nothing of that may be missing afterwards."""

    visit_id: str = ""
    at: str = ""
    cells: dict[str, tuple[int, int]] = field(default_factory=dict)  # label -> counted, put in
    photos: int = 0
    entered: bool = False
    finished: bool = False

    def hear(self, line: str) -> None:
        what, *rest = line.split()
        if what == "visit":
            self.visit_id = rest[0]
        elif what == "at":
            self.at = rest[0]
        elif what == "put":
            self.cells[rest[0]] = int(rest[1]), int(rest[2])
        elif what == "photo":
            self.photos += 1
        self.entered = self.entered or what == "enter"
        self.finished = self.finished or what == "finished"


def killed(folder: Path, moment: str, *, at_line: str, times: int = 1) -> Told:
    """Serve a machine, and be killed at once when the line has come so many times."""
    picture = folder.parent / "picture.png"
    image = QImage(800, 600, QImage.Format.Format_RGB32)
    image.fill(QColorConstants.DarkGreen)
    assert image.save(str(picture))
    env = environment(
        folder,
        PYTHONPATH=os.pathsep.join(sys.path),
        CVD_PASSPHRASE=PASSPHRASE,
        QT_QPA_PLATFORM="offscreen",
    )
    command = [sys.executable, "-m", killed_window.__name__, str(folder), moment, str(picture)]
    told = Told()
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=env
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        left = times
        for line in process.stdout:
            told.hear(line)
            left -= line.startswith(at_line)
            if not left:
                process.kill()
                break
        for line in process.stdout:  # what it had said before it died
            told.hear(line)
        assert not left, process.stderr.read()
    return told


@pytest.fixture
def reopened(
    qapp: QApplication, qtbot: QtBot, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator["Reopened"]:
    monkeypatch.setenv("CVD_PASSPHRASE", PASSPHRASE)
    with Reopened(qapp, qtbot, folder) as again:
        yield again


class Reopened:
    """The window of the next morning; it is opened by the first look at it."""

    def __init__(self, qapp: QApplication, qtbot: QtBot, folder: Path) -> None:
        self._qapp, self._qtbot, self._folder = qapp, qtbot, folder
        self._application: Application | None = None

    def __enter__(self) -> "Reopened":
        return self

    def __exit__(self, *_: object) -> None:
        if self._application is not None:
            with closing(self._application):
                pass

    def stop(self) -> StopScreen:
        """The Stop screen, which has to be the one that is shown."""
        if self._application is None:
            application = self._application = Application(self._qapp, self._folder)
            made: list[bool] = []
            application.show(lambda: made.append(True))
            self._qtbot.waitUntil(
                lambda: bool(made) and not application.background.busy, timeout=PATIENCE_MS
            )
        screen = self._application.window.current_screen()
        assert isinstance(screen, StopScreen)
        return screen

    def sent(self, kind: str) -> int:
        assert self._application is not None
        entries = self._application.workings.services.list_outbox(limit=500)
        return sum(entry.type == kind for entry in entries)


def assert_kept(stop: StopScreen, told: Told) -> None:
    assert stop.view is not None
    draft = stop.view.draft
    assert draft is not None
    assert draft.visit_id == told.visit_id
    entered = {key.label: (edit.counted, edit.filled) for key, edit in draft.edits.items()}
    missing = {label for label in told.cells if entered.get(label) != told.cells[label]}
    assert missing == set()
    assert len(entered.keys() - told.cells.keys()) <= 1  # one that it could not say any more
    assert len(draft.evidence.photos) >= told.photos


def test_killed_in_the_middle_of_a_fill(folder: Path, reopened: Reopened) -> None:
    told = killed(folder, "typing", at_line="put", times=random.randrange(3, 15))
    stop = reopened.stop()
    assert_kept(stop, told)
    assert stop.tab() == "fill"
    current = stop.parts.fill.view.current()
    assert current is not None
    cells = [slot.key.label for slot in stop.parts.fill.hand.sheet.slots]
    assert cells.index(current.label) - cells.index(told.at) in (0, 1)


def test_killed_after_a_photo(folder: Path, reopened: Reopened) -> None:
    told = killed(folder, "photo", at_line="photo")
    stop = reopened.stop()
    assert_kept(stop, told)
    assert len(told.cells) == killed_window.CELLS
    assert stop.tab() == "evidence"
    assert len(stop.parts.evidence.evidence().photos) == 1


@pytest.mark.parametrize("line", ["enter", "finished"])
def test_killed_while_it_is_finished(folder: Path, reopened: Reopened, line: str) -> None:
    """Either the visit is recorded, once and with its photo, or it waits as it was."""
    told = killed(folder, line, at_line=line)
    stop = reopened.stop()
    recorded = reopened.sent("visit.finished")
    assert recorded == reopened.sent("photo.taken")
    if told.finished:
        assert recorded == 1
    if recorded:
        assert recorded == 1
        assert stop.view is None or stop.view.draft is None or stop.view.finished is not None
    else:
        assert_kept(stop, told)
