"""The Evidence tab: photos, checklist, notes, signature; everything is kept at once."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QScroller
from pytestqt.qtbot import QtBot

from cvd_desktop.domain.visit_records import EvidenceDraft
from cvd_desktop.services.stop import stop_detail
from cvd_desktop.ui.background import Background
from cvd_desktop.ui.dialogs.photo_dialog import PhotoDialog
from cvd_desktop.ui.main_window import MainWindow
from cvd_desktop.ui.screens.stop_camera import camera_built_in
from cvd_desktop.ui.screens.stop_evidence_part import EvidencePart
from cvd_desktop.ui.screens.stop_screen import StopScreen
from cvd_desktop.ui.theme import Look
from cvd_desktop.ui.widgets.signature_pad import SignaturePad
from cvd_desktop.ui.widgets.two_columns import TwoColumns
from tests.support.day_operator import day_operator
from tests.support.sample_window import press
from tests.support.stop_scenes import StopDesk, full_stop, settle


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[StopDesk]:
    with day_operator(tmp_path) as day:
        full_stop(day)
        yield StopDesk(day, folder=tmp_path)


@pytest.fixture
def screen(
    desk: StopDesk, look: Look, background: Background, bugs: list[BaseException], qtbot: QtBot
) -> Iterator[StopScreen]:
    made = desk.screen(look, background)
    window = MainWindow(look, [made])
    qtbot.addWidget(window)
    background.changed.connect(window.topics_changed)
    with qtbot.waitExposed(window):
        window.show()
    window.activateWindow()
    made.open_stop("run1", "s1", "m1")
    settle(background)
    made.do.arrive.trigger()
    settle(background)
    made.show_tab("evidence")
    settle(background)
    yield made
    background.close()
    assert bugs == []


def part(screen: StopScreen) -> EvidencePart:
    return screen.parts.evidence


def window_of(screen: StopScreen) -> MainWindow:
    window = screen.window()
    assert isinstance(window, MainWindow)
    return window


def kept(desk: StopDesk) -> EvidenceDraft:
    """What a program that is started after a dead battery finds."""
    draft = stop_detail(desk.day.wp, machine_id="m1").visit.draft
    assert draft is not None
    return draft.evidence


def draw(pad: SignaturePad) -> None:
    QTest.mousePress(pad, Qt.MouseButton.LeftButton, pos=QPoint(20, 60))
    for step in range(10):
        QTest.mouseMove(pad, QPoint(20 + 10 * step, 60 + 20 * (step % 2)))
    QTest.mouseRelease(pad, Qt.MouseButton.LeftButton, pos=QPoint(120, 60))


@pytest.mark.qt_log_ignore("JPEG", "JFIF")
def test_photos_are_taken_turned_deleted_and_taken_back(
    screen: StopScreen, desk: StopDesk, background: Background, qtbot: QtBot
) -> None:
    window = window_of(screen)
    part(screen).take_files([*desk.pictures(2), desk.broken_picture()])
    settle(background)
    settle(background)  # pictures come after their names
    photos = kept(desk).photos
    assert len(photos) == 2
    assert all(photo.size <= 200_000 for photo in photos)
    assert [photo.subject for photo in photos] == ["before", "before"]
    assert set(part(screen).photos.pictures()) == {photo.sha256 for photo in photos}
    assert "broken.jpg is broken" in part(screen).trouble.text()

    part(screen).photos.choose(1)
    press(window, "s")
    qtbot.waitUntil(lambda: part(screen).evidence().photos[1].subject == "after")
    settle(background)
    assert [photo.subject for photo in kept(desk).photos] == ["before", "after"]

    desk.clock_on(minutes=1)
    press(window, Qt.Key.Key_Delete)
    settle(background)
    assert kept(desk).photos == photos[:1]
    press(window, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    settle(background)
    assert [photo.photo_id for photo in kept(desk).photos] == [one.photo_id for one in photos]


def test_a_photo_is_seen_large_also_after_the_visit(
    screen: StopScreen, desk: StopDesk, background: Background
) -> None:
    def large() -> list[PhotoDialog]:
        settle(background)
        return [one for one in screen.findChildren(PhotoDialog) if one.isVisible()]

    evidence = part(screen)
    evidence.take_files(desk.pictures(1))
    settle(background)
    settle(background)
    for _ in range(2):  # the first touch chooses
        assert large() == []
        QTest.mouseClick(evidence.photos, Qt.MouseButton.LeftButton, pos=QPoint(30, 30))
    [dialog] = large()
    assert dialog.picture.accessibleName().startswith("Before, ")
    dialog.reject()
    screen.show_tab("finish")
    settle(background)
    screen.do.finish.trigger()
    settle(background)
    assert len(desk.day.payloads("visit.finished")) == 1
    screen.show_tab("evidence")
    settle(background)
    assert evidence.asked.text() == "1 photo"
    assert [action.text() for action in evidence.secondary()] == ["Show it large"]
    evidence.large_action.trigger()
    [dialog] = large()
    dialog.reject()


def test_files_are_dropped_and_a_missing_camera_says_why(
    screen: StopScreen, desk: StopDesk, background: Background
) -> None:
    dragged = QMimeData()
    dragged.setUrls([QUrl.fromLocalFile(str(path)) for path in desk.pictures(1)])
    held = (Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier)
    copy = Qt.DropAction.CopyAction
    over = QDragEnterEvent(QPoint(10, 10), copy, dragged, *held)
    QApplication.sendEvent(part(screen), over)
    assert over.isAccepted()
    QApplication.sendEvent(part(screen), QDropEvent(QPointF(10, 10), copy, dragged, *held))
    settle(background)
    assert len(kept(desk).photos) == 1
    camera = part(screen).camera_action
    assert camera.isEnabled() == camera_built_in()
    assert bool(camera.statusTip()) != camera_built_in()
    assert camera.text() == ("Take a photo" if camera_built_in() else "No camera here")


def test_the_checklist_takes_the_space_bar_and_enter_goes_on(
    screen: StopScreen, desk: StopDesk, background: Background
) -> None:
    evidence, window = part(screen), window_of(screen)
    box = evidence._checks["Wipe the glass"]
    assert QApplication.focusWidget() is box, "the tab opens where there is something to do"
    press(window, Qt.Key.Key_Space)
    order = []
    for _ in range(len(evidence._checks) + 1):
        press(window, Qt.Key.Key_Tab)
        order.append(QApplication.focusWidget())
    assert order[-2:] == [evidence.note.edit, evidence.answer.edit], "as one reads"
    box.setFocus(Qt.FocusReason.TabFocusReason)
    press(window, Qt.Key.Key_Return)
    settle(background)
    assert screen.tab() == "finish"
    assert kept(desk).checks == {"Wipe the glass": True}, "Enter takes no tick back"


def test_checklist_notes_and_answer_are_kept(
    screen: StopScreen, desk: StopDesk, background: Background
) -> None:
    box = part(screen)._checks["Wipe the glass"]
    box.setFocus(Qt.FocusReason.TabFocusReason)
    press(window_of(screen), Qt.Key.Key_Space)
    settle(background)
    assert kept(desk).checks == {"Wipe the glass": True}
    for area, text in ((part(screen).note, "Lock sticks"), (part(screen).answer, "Got it")):
        area.edit.setFocus()
        QTest.keyClicks(area.edit, text)
        screen.reload()  # facts that arrive meanwhile do not touch what is being typed
        settle(background)
        assert area.text() == text
    assert (kept(desk).note, kept(desk).answer) == ("Lock sticks", "Got it")
    press(window_of(screen), Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    assert screen.tab() == "finish"


def test_a_signature_counts_with_its_name(
    screen: StopScreen, desk: StopDesk, background: Background
) -> None:
    card = part(screen).signature
    draw(card.pad)
    settle(background)
    assert kept(desk).signature_sha256 == ""
    assert "name" in card.note.text()
    QTest.keyClicks(card.name.edit, "P. Example")
    settle(background)
    first = kept(desk)
    assert first.signature_sha256
    assert first.signed_by == "P. Example"
    assert desk.services().photo_bytes(first.signature_sha256)
    desk.clock_on(minutes=1)
    card.clear_action.trigger()
    settle(background)
    assert kept(desk).signature_sha256 == ""
    assert card.pad.is_empty()
    draw(card.pad)
    settle(background)
    assert kept(desk).signature_sha256


def test_a_finger_that_signs_does_not_scroll_the_page(look: Look, qtbot: QtBot) -> None:
    page = TwoColumns(look, 296)
    qtbot.addWidget(page)
    pad = SignaturePad(look)
    page.main.addWidget(pad)
    for _ in range(3):
        page.main.addWidget(SignaturePad(look))
    page.resize(500, 300)
    with qtbot.waitExposed(page):
        page.show()
    finger = QTest.createTouchDevice()
    touch = QTest.touchEvent(pad, finger)
    touch.press(0, QPoint(100, 150), pad).commit()
    for step in range(1, 12):
        touch.move(0, QPoint(100, 150 - 10 * step), pad).commit()
    assert QScroller.scroller(page.viewport()).state() is QScroller.State.Inactive
    touch.release(0, QPoint(100, 30), pad).commit()
    assert pad.begun()


def test_a_pad_keeps_its_strokes_and_can_be_locked(look: Look, qtbot: QtBot) -> None:
    pad = SignaturePad(look)
    qtbot.addWidget(pad)
    pad.resize(300, 168)
    pad.show()
    assert pad.png() == b""
    with qtbot.waitSignal(pad.signed):
        draw(pad)
    assert pad.png().startswith(b"\x89PNG")
    drawn = pad.png()
    pad.resize(600, 168)
    assert pad.png() == drawn  # a window that changes its size changes no signature
    with qtbot.waitSignal(pad.signed):
        QTest.keyClick(pad, Qt.Key.Key_Delete)
    assert pad.is_empty()
    pad.show_kept(None, locked=True)
    draw(pad)
    assert pad.is_empty()


def test_a_colleagues_picture_comes_from_the_server(
    screen: StopScreen, desk: StopDesk, background: Background
) -> None:
    """While it is on its way nothing is shown; it is asked for again the next time."""
    name = "c" * 64
    photos = part(screen).desk
    photos.fetch((name,), "")
    settle(background)
    settle(background)
    assert photos.picture(name) is None
    (path,) = desk.pictures(1)
    desk.far[name] = path.read_bytes()
    photos.fetch((name,), "")
    settle(background)
    settle(background)
    picture = photos.picture(name)
    assert picture is not None
    assert not picture.isNull()
