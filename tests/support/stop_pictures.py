"""What the pictures of the Stop screen show: every tab and state in sizes and themes.

Run it: .venv/bin/python -m tests.support.stop_pictures [part of a name]
"""

import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PySide6.QtWidgets import QApplication

    from cvd_desktop.ui.screens.stop_screen import StopScreen
    from tests.support.stop_scenes import StopDesk

LOOKS = {
    "": ("light", 1.0, (1280, 800)),
    "-dark-compact": ("dark", 1.0, (1024, 768)),
    "-sunlight-wide": ("sunlight", 1.0, (1920, 1080)),
    "-200": ("light", 2.0, (1280, 800)),
    "-200-compact": ("sunlight", 2.0, (1024, 768)),
}
Settle = Callable[[], None]
Prepare = Callable[["StopScreen", "StopDesk", Settle], None]
LONG = "Municipal Hospital of the Northern Districts, building 17, basement corridor to the kitchen"


def _stop(screen: "StopScreen", desk: "StopDesk", settle: Settle) -> None:
    screen.open_stop("run1", "s1", "m1")
    settle()


def _begun(screen: "StopScreen", desk: "StopDesk", settle: Settle) -> None:
    _stop(screen, desk, settle)
    screen.do.arrive.trigger()
    settle()


def _read(screen: "StopScreen", desk: "StopDesk", settle: Settle) -> None:
    _begun(screen, desk, settle)
    desk.clock_on(minutes=2)
    screen.parts.read.reader.start_read()
    settle()


def _failed(screen: "StopScreen", desk: "StopDesk", settle: Settle) -> None:
    from cvd_desktop.domain.problem import ExitCode, Problem

    desk.problem = Problem("no_answer", ExitCode.NO_ANSWER, device="ttyUSB0")
    _read(screen, desk, settle)


def _no_read(screen: "StopScreen", desk: "StopDesk", settle: Settle) -> None:
    _failed(screen, desk, settle)
    screen.parts.read.none_action.trigger()
    screen.parts.read.none.choices["machine_off"].click()
    settle()


def _fill(screen: "StopScreen", desk: "StopDesk", settle: Settle) -> None:
    _read(screen, desk, settle)
    screen.show_tab("fill")
    settle()


def _cash(screen: "StopScreen", desk: "StopDesk", settle: Settle) -> None:
    _read(screen, desk, settle)
    screen.show_tab("cash")
    settle()


def _type(screen: "StopScreen", name: str, text: str) -> None:
    edit = screen.parts.cash.money.edits[name]
    edit.setText(text)
    edit.textEdited.emit(text)


def _cash_typed(screen: "StopScreen", desk: "StopDesk", settle: Settle) -> None:
    _cash(screen, desk, settle)
    screen.scanned("0048-2217")
    settle()
    view = screen.view
    assert view is not None
    expected = view.cash.expected.amount if view.cash.expected is not None else None
    _type(screen, "refunds", "2.00")
    settle()
    _type(screen, "counted", f"{((expected or 0) - 200) / 100:.2f}")
    _type(screen, "changer_refill", "20.00")
    _type(screen, "float_left", "64.50")
    settle()


def _cash_short(screen: "StopScreen", desk: "StopDesk", settle: Settle) -> None:
    _cash_typed(screen, desk, settle)
    _type(screen, "counted", "20.00")
    settle()


def _cash_used(screen: "StopScreen", desk: "StopDesk", settle: Settle) -> None:
    _cash(screen, desk, settle)
    screen.scanned("B-m2-0301")
    settle()


def _cash_none(screen: "StopScreen", desk: "StopDesk", settle: Settle) -> None:
    _cash(screen, desk, settle)
    screen.parts.cash.none_action.trigger()
    screen.parts.cash.bag.choices["no_key"].click()
    settle()


def _cash_odd(screen: "StopScreen", desk: "StopDesk", settle: Settle) -> None:
    _cash_typed(screen, desk, settle)
    _type(screen, "refunds", "2,0x")
    screen.parts.cash.money.show_trouble()
    settle()


def _evidence(screen: "StopScreen", desk: "StopDesk", settle: Settle) -> None:
    _begun(screen, desk, settle)
    screen.show_tab("evidence")
    settle()


def _evidence_full(screen: "StopScreen", desk: "StopDesk", settle: Settle) -> None:
    from PySide6.QtCore import QPointF, Qt
    from PySide6.QtTest import QTest

    _evidence(screen, desk, settle)
    part = screen.parts.evidence
    part.take_files([*desk.pictures(3), desk.broken_picture()])
    settle()
    next(iter(part._checks.values())).click()
    part.note.edit.setPlainText("The lock of the cash box sticks. Oiled it, it wants a new one.")
    part.answer.edit.setPlainText("Got the key, thanks.")
    part.signature.name.set_text("P. Example")
    part.signature.name.edited.emit("P. Example")
    pad = part.signature.pad
    QTest.mousePress(pad, Qt.MouseButton.LeftButton, pos=QPointF(30, 90).toPoint())
    for step in range(20):
        QTest.mouseMove(pad, QPointF(30 + 8 * step, 90 + 30 * (-1) ** step).toPoint())
    QTest.mouseRelease(pad, Qt.MouseButton.LeftButton, pos=QPointF(200, 90).toPoint())
    settle()


def _finish(screen: "StopScreen", desk: "StopDesk", settle: Settle) -> None:
    _begun(screen, desk, settle)
    screen.show_tab("finish")
    settle()


def _finish_full(screen: "StopScreen", desk: "StopDesk", settle: Settle) -> None:
    _cash_typed(screen, desk, settle)
    screen.show_tab("fill")
    settle()
    screen.parts.fill.secondary()[0].trigger()
    settle()
    screen.show_tab("finish")
    settle()


def _not_saved(screen: "StopScreen", desk: "StopDesk", settle: Settle) -> None:
    from cvd_desktop.domain.problem import ExitCode, Problem

    _finish_full(screen, desk, settle)
    desk.refused["finish_visit"] = Problem("disk_full", ExitCode.USAGE)
    screen.do.finish.trigger()
    settle()


def _finished(screen: "StopScreen", desk: "StopDesk", settle: Settle) -> None:
    _finish_full(screen, desk, settle)
    desk.clock_on(minutes=9)
    screen.do.finish.trigger()
    settle()


def _amend(screen: "StopScreen", desk: "StopDesk", settle: Settle) -> None:
    _finished(screen, desk, settle)
    screen.do.amend.trigger()
    settle()


def _amend_refused(screen: "StopScreen", desk: "StopDesk", settle: Settle) -> None:
    _amended(screen, desk, settle)
    desk.day.answer("quarantined", "visit_unknown")
    screen.reload()
    settle()
    screen.do.amend.trigger()
    settle()


def _amended(screen: "StopScreen", desk: "StopDesk", settle: Settle) -> None:
    _amend(screen, desk, settle)
    screen.amend.reason.edit.setPlainText("Counted the coins once more")
    edit = screen.amend.money.edits["counted"]
    edit.setText("31.50")
    edit.textEdited.emit("31.50")
    screen.do.record_amend.trigger()
    settle()


def _off_run(screen: "StopScreen", desk: "StopDesk", settle: Settle) -> None:
    screen.open_stop(None, None, "m5")
    settle()


def _none(screen: "StopScreen", desk: "StopDesk", settle: Settle) -> None:
    from cvd_desktop.domain.problem import ExitCode, Problem

    desk.refused["stop_detail"] = Problem("no_stop", ExitCode.USAGE)
    screen.open_stop(None, None)
    settle()


def _loading(screen: "StopScreen", desk: "StopDesk", settle: Settle) -> None:
    screen.waiting.show_loading()


def _chooser(screen: "StopScreen", desk: "StopDesk", settle: Settle) -> None:
    _begun(screen, desk, settle)


def _long(screen: "StopScreen", desk: "StopDesk", settle: Settle) -> None:
    desk.long_names(LONG)
    _begun(screen, desk, settle)
    screen.show_tab("evidence")
    settle()


def _long_arrive(screen: "StopScreen", desk: "StopDesk", settle: Settle) -> None:
    desk.long_names(LONG)
    _stop(screen, desk, settle)


SCENES: dict[str, Prepare] = {
    "arrive": _stop,
    "arrive-long": _long_arrive,
    "read": _begun,
    "read-done": _read,
    "read-failed": _failed,
    "no-read": _no_read,
    "fill": _fill,
    "cash-empty": _cash,
    "cash": _cash_typed,
    "cash-short": _cash_short,
    "cash-used": _cash_used,
    "cash-none": _cash_none,
    "cash-odd": _cash_odd,
    "evidence": _evidence,
    "evidence-full": _evidence_full,
    "evidence-long": _long,
    "finish-missing": _finish,
    "finish": _finish_full,
    "not-saved": _not_saved,
    "finished": _finished,
    "amend": _amend,
    "amend-refused": _amend_refused,
    "amended": _amended,
    "off-run": _off_run,
    "none": _none,
    "loading": _loading,
}


def take_stop_pictures(folder: Path, wanted: Sequence[str]) -> Iterator[Path]:
    """Save each scene in each look as <folder>/stop-<name>.png."""
    from PySide6.QtWidgets import QApplication

    from cvd_desktop.ui.theme import Look

    application = QApplication.instance() or QApplication([])
    assert isinstance(application, QApplication)
    look = Look(application)
    for suffix, (theme, scale, size) in LOOKS.items():
        for name, prepare in SCENES.items():
            title = f"stop-{name}{suffix}"
            if not wanted or any(part in f"{title}." for part in wanted):
                look.show(theme, scale)
                yield _picture(application, look, size, prepare, folder / f"{title}.png")


def _picture(
    application: "QApplication", look: object, size: tuple[int, int], prepare: Prepare, path: Path
) -> Path:
    from cvd_desktop.ui.background import Background
    from cvd_desktop.ui.main_window import FrameCalls, MainWindow
    from cvd_desktop.ui.screen import Screen
    from cvd_desktop.ui.theme import Look
    from tests.support.day_operator import day_operator
    from tests.support.sample_screen import sample_screens, sample_status
    from tests.support.stop_scenes import StopDesk, full_stop, settle

    assert isinstance(look, Look)
    background = Background(_raise)
    with tempfile.TemporaryDirectory() as folder, day_operator(Path(folder)) as day:
        full_stop(day)
        desk = StopDesk(day, folder=Path(folder))
        screen = desk.screen(look, background)
        screens: list[Screen] = list(sample_screens(look))
        screens[2] = screen
        window = MainWindow(look, screens, calls=FrameCalls(lock=lambda: None, person=lambda: None))
        background.changed.connect(window.topics_changed)
        screen.machine_state_changed.connect(window.show_machine_chip)
        window.resize(*size)
        window.show()
        window.activateWindow()
        window.show_sync(sample_status(), day.clock())
        window.show_person("Driver 07", "driver")
        window.open_screen("stop")
        settle(background)
        prepare(screen, desk, lambda: settle(background))
        settle(background)
        window.grab().save(str(path))
        background.close()
        window.close()
        window.deleteLater()
        application.processEvents()
    return path


def _raise(error: BaseException) -> None:
    raise error


def main() -> None:
    from tests.support.screenshots import OUT, use_offscreen

    use_offscreen()
    OUT.mkdir(parents=True, exist_ok=True)
    for path in take_stop_pictures(OUT, sys.argv[1:]):
        sys.stdout.write(f"{path}\n")


if __name__ == "__main__":
    main()
