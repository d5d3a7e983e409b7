"""What the pictures of the Outbox screen show: every state, theme and size."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from PySide6.QtGui import QPixmap
from PySide6.QtWidgets import QApplication

from cvd_desktop.app.bound_services import (
    answer_words_of,
    record_reason_of,
    record_title_of,
    words_of,
)
from cvd_desktop.domain.bundle_records import CarriedBundle, CarriedState
from cvd_desktop.domain.problem import ExitCode, Problem
from cvd_desktop.domain.records import OutboxEntry, SyncStatus
from cvd_desktop.ui.background import Background
from cvd_desktop.ui.main_window import FrameCalls, MainWindow
from cvd_desktop.ui.messages import Messages
from cvd_desktop.ui.screen import Screen
from cvd_desktop.ui.screens.outbox_screen import OutboxScreen
from cvd_desktop.ui.theme import Look
from tests.support import read_facts as facts
from tests.support.sample_screen import sample_screens
from tests.support.screens_at_work import Post
from tests.support.settled import raise_error, settle

LOOKS = {
    "": ("light", 1.0, (1280, 800)),
    "-dark-compact": ("dark", 1.0, (1024, 768)),
    "-sunlight-wide": ("sunlight", 1.0, (1920, 1080)),
    "-200": ("light", 2.0, (1280, 800)),
    "-sunlight-200-compact": ("sunlight", 2.0, (1024, 768)),
}


def _carried() -> list[CarriedBundle]:
    here = Path("/home/cvd/carried")
    return [
        CarriedBundle("a", "driver12", facts.NOW, 14, CarriedState.WAITING, here / "a.cvdbundle"),
        CarriedBundle("b", "driver03", None, None, CarriedState.RECEIPT, here / "b.cvdreceipt"),
    ]


def _away() -> list[OutboxEntry]:
    return [replace(each, exported_at=facts.NOW) for each in facts.outbox()]


def _first(screen: OutboxScreen) -> None:
    screen.table.go_to(0)


def _waiting(screen: OutboxScreen) -> None:
    screen.table.go_to(3)


def _fails(screen: OutboxScreen) -> None:
    screen.files.failed.emit(
        "Nothing was exported",
        Problem("bundle_no_room", ExitCode.USAGE, path="/media/stick/driver07.cvdbundle"),
    )


def _exported(screen: OutboxScreen) -> None:
    screen.files.export(Path("/media/stick"))


def _as_sent(screen: OutboxScreen) -> None:
    _first(screen)
    screen.sent_action.trigger()


def _empty(status: SyncStatus) -> SyncStatus:
    return replace(status, waiting=0, refused=0, on_server=0, oldest_waiting=None)


def _waits(problem: str) -> SyncStatus:
    return facts.status(refused=0, problem=problem)


Scene = tuple[Post, Callable[[OutboxScreen], None]]
SCENES: dict[str, Scene] = {
    "refused": (Post(), _first),
    "carried": (Post(entries=_away(), carried=_carried()), _waiting),
    "captive": (Post(entries=facts.outbox()[2:], status=_waits("captive_or_proxy")), _first),
    "no-room": (Post(), _fails),
    "exported": (Post(files=3, left_out=2), _exported),
    "as-sent": (Post(), _as_sent),
    "empty": (Post(entries=[], status=_empty(facts.status())), lambda _: None),
}


def take_outbox_pictures(folder: Path, wanted: Sequence[str]) -> Iterator[Path]:
    """Save each scene as <folder>/outbox-<scene><look>.png."""
    application = QApplication.instance() or QApplication([])
    assert isinstance(application, QApplication)
    look = Look(application)
    for suffix, (theme, scale, size) in LOOKS.items():
        for scene, (post, prepare) in SCENES.items():
            name = f"outbox-{scene}{suffix}"
            if wanted and not any(part in name for part in wanted):
                continue
            look.show(theme, scale)
            path = folder / f"{name}.png"
            _take(application, look, post, prepare, size).save(str(path))
            yield path


def _take(
    application: QApplication,
    look: Look,
    post: Post,
    prepare: Callable[[OutboxScreen], None],
    size: tuple[int, int],
) -> QPixmap:
    background = Background(raise_error)
    words = Messages(words_of, answer_words_of, record_title_of, record_reason_of)
    screen = post.screen(look, background, words)
    screens: list[Screen] = list(sample_screens(look))
    screens[2] = screen
    window = MainWindow(look, screens, calls=FrameCalls(lock=lambda: None, person=lambda: None))
    screen.status_known.connect(lambda status: window.show_sync(status, facts.NOW))
    window.resize(*size)
    window.show()
    window.activateWindow()
    window.show_person("Driver 07", "driver, https://cvd.example")
    window.open_screen("outbox")
    settle(application, background)
    prepare(screen)
    settle(application, background)
    picture = window.grab()
    window.close()
    background.close()
    window.deleteLater()
    return picture
