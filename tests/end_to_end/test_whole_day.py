"""A driver's whole day on the real window, a machine at each stop, the real server at the end."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from cvd_desktop.app.application import Application
from cvd_desktop.demo import SampleServer, sample_server, seed_sample
from cvd_desktop.domain.records import RecordState
from cvd_desktop.domain.route_records import RunView, StopMachine
from cvd_desktop.ui.screens.fill_part import FillPart
from cvd_desktop.ui.screens.load_screen import LoadScreen
from cvd_desktop.ui.screens.sign_in_screen import SignInScreen
from cvd_desktop.ui.screens.today_screen import TodayScreen
from cvd_desktop.ui.widgets.choice import Choice
from tests.support.driver_day import Driver, machine_at_the_cable

pytestmark = [
    pytest.mark.skipif(sys.platform == "win32", reason="virtual ports are Unix's"),
    pytest.mark.timeout(420),
]

MOST_STEPS = 60  # of one visit, so that a circle is seen


@dataclass
class Day:
    driver: Driver
    server: SampleServer
    folder: Path  # of the laptop
    database: str  # of the server


@pytest.fixture(scope="module")
def seeded(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any]]:
    """A folder with the sample's server, to be copied, and who is in it."""
    folder = tmp_path_factory.mktemp("sample")
    return folder, seed_sample(folder)


@pytest.fixture
def day(
    qapp: QApplication,
    qtbot: QtBot,
    seeded: tuple[Path, dict[str, Any]],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Day]:
    monkeypatch.setenv("CVD_PASSPHRASE", "a whole day")
    with ExitStack() as stack:
        shutil.copytree(seeded[0], tmp_path, dirs_exist_ok=True)
        server = stack.enter_context(sample_server(tmp_path, seeded[1]))
        application = Application(qapp, tmp_path / "laptop")
        stack.callback(application.close)
        made: list[bool] = []
        application.show(lambda: made.append(True))
        driver = Driver(application, qtbot)
        driver.until(lambda: bool(made), "every screen is made")
        yield Day(driver, server, tmp_path / "laptop", f"sqlite:///{tmp_path / 'server.db'}")


def sign_in(day: Day) -> None:
    driver = day.driver
    driver.next_is("Sign in")
    driver.press(Qt.Key.Key_U, ctrl=True)
    driver.until(lambda: driver.screen().name == "sign_in")
    screen = driver.screen()
    assert isinstance(screen, SignInScreen)
    screen.server.edit.setFocus()
    driver.type(day.server.url)
    driver.press(Qt.Key.Key_Tab)
    driver.type(day.server.driver.name)
    driver.press(Qt.Key.Key_Tab)
    driver.type(day.server.driver.password)
    driver.enter()
    driver.until(lambda: driver.screen() is not screen)
    driver.press("1", alt=True)
    driver.next_is("Arrive at stop 1")


def load_by_keys(driver: Driver) -> None:
    """Every line is picked with Enter; of the third there was one less."""
    driver.press("2", alt=True)
    screen = driver.screen()
    assert isinstance(screen, LoadScreen)
    driver.next_is("Picked")
    for _ in range(200):
        primary = screen.primary()
        assert primary is not None
        if "Load done" in primary.text():
            break
        driver.enter()
        driver.until(lambda: screen.primary() is not None)
    driver.next_is("Load done")
    driver.enter()
    driver.until(lambda: screen.part().__class__.__name__ == "LoadedPage")


def visit_by_keys(day: Day, bag: str) -> None:
    """Arrive, read, fill to par, cash, finish."""
    driver = day.driver
    driver.next_is("Arrive at")
    asset = driver.stop().detail.visit.machine.record.asset_number  # type: ignore[union-attr]
    with machine_at_the_cable(day.folder, asset):
        driver.enter()
        driver.until(lambda: driver.stop().tab() == "read" and not driver.stop().arriving())
        driver.next_is("Read")
        driver.enter()
        driver.next_is("Go to Fill")
        driver.enter()
        driver.until(lambda: driver.stop().tab() == "fill")
        driver.press(Qt.Key.Key_F8)
        driver.next_is("Go to Cash")
        driver.enter()
        driver.until(lambda: driver.stop().tab() == "cash")
        view = driver.stop().view
        assert view is not None
        if "collect" in view.machine.tasks:
            driver.scan(bag)
            driver.until(lambda: driver.stop().view.draft.cash.bag == bag)  # type: ignore[union-attr]
        driver.press(Qt.Key.Key_F6)
        driver.next_is("Finish")
        driver.enter()
        driver.until(lambda: driver.stop().view.finished is not None)  # type: ignore[union-attr]


def count_the_truck(driver: Driver) -> int:
    """Blind, line by line; everything is there. Gives the units that came back."""
    units = {
        line.product.id: max(0, line.units)
        for line in driver.application.workings.day.return_view().lines
    }
    driver.press("2", alt=True)
    screen = driver.screen()
    assert isinstance(screen, LoadScreen)
    driver.press(Qt.Key.Key_F8)
    driver.until(lambda: screen.part() is screen.count and screen.count.table.current() is not None)
    for _ in units:
        line = screen.count.table.current()
        assert line is not None
        driver.type(str(units[line.product.id]))
        driver.enter()
    driver.next_is("Record the count")
    driver.enter()
    driver.next_is("Back to the load")
    return sum(units.values())


def to_today(driver: Driver) -> None:
    driver.press("1", alt=True)
    driver.until(lambda: isinstance(driver.screen(), TodayScreen))


def test_a_day_by_keys_alone(day: Day) -> None:
    driver = day.driver
    sign_in(day)
    load_by_keys(driver)
    to_today(driver)
    today = driver.screen()
    assert isinstance(today, TodayScreen)
    visits = 0
    while (view := run_of(driver)).next_stop_id is not None:
        if view.done == 1 and view.skipped == 0:  # the second one is closed today
            driver.next_is("Arrive at stop")
            driver.press("k")
            driver.until(lambda: QApplication.activeModalWidget() is not None, "it asks why")
            driver.press("1")
            driver.until(lambda: run_of(driver).skipped == 1, "skipped")
            continue
        driver.next_is("Arrive at stop")
        driver.enter()
        driver.until(lambda: driver.screen().name == "stop" and driver.stop().view is not None)
        for _ in driver.stop().detail.machines:  # type: ignore[union-attr]
            visits += 1
            visit_by_keys(day, f"004822{visits:02}")
            driver.enter()  # the next machine, or back to Today
            driver.until(lambda: driver.screen() is today or driver.stop().arriving())
        to_today(driver)
    view = run_of(driver)
    assert (view.done, view.skipped, len(view.stops)) == (3, 1, 4)
    returned = count_the_truck(driver)
    driver.application.workings.sync()
    driver.until(lambda: waiting(driver) == 0, "all is on the server")
    back = driver.application.workings.day.return_view()
    assert (back.returned, back.loaded > 0) == (returned, True)
    told = checked(day.database)
    assert told["problems"] == []
    assert told["events"]["rejected"] == told["events"]["quarantined"] == 0
    assert told["events"]["applied"] >= 3 * visits
    states = [machine.visit_state for machine in served(run_of(driver))]
    assert states == [RecordState.ON_THE_SERVER] * visits


def run_of(driver: Driver) -> RunView:
    run = driver.application.workings.day.todays_run()
    assert isinstance(run, RunView)
    return run


def served(view: RunView) -> list[StopMachine]:
    return [machine for stop in view.stops if stop.state == "done" for machine in stop.machines]


def waiting(driver: Driver) -> int:
    return driver.application.workings.services.sync_status().waiting


def checked(database: str) -> dict[str, dict[str, int]]:
    """What `cvd-server check` says of the server's database."""
    done = subprocess.run(
        [sys.executable, "-m", "cvd_server", "check", "--json", "--database", database],
        capture_output=True,
        text=True,
        env=os.environ | {"CVD_SERVER_SECRET_KEY": "x" * 40},
        check=False,
    )
    told: dict[str, dict[str, int]] = json.loads(done.stdout)
    return told


def read_before(day: Day, asset_number: str) -> None:
    """The machine was read a moment ago, by `cvd read` in another window."""
    from cvd_desktop.services.read_machine import read_machine

    with machine_at_the_cable(day.folder, asset_number) as port:
        workplace = day.driver.application.workings.services.workplace()
        assert read_machine(workplace, port, asset_number=asset_number).problem is None


def test_a_machine_of_48_slots_is_filled_to_par_in_five_keys(day: Day) -> None:
    driver = day.driver
    sign_in(day)
    asset = run_of(driver).stops[0].machines[0].record.asset_number
    read_before(day, asset)
    to_today(driver)
    driver.press("1", alt=True)
    driver.next_is("Arrive at stop 1")
    driver.enter()  # opens the stop
    driver.next_is("Arrive at")
    before = driver.keys
    driver.enter()
    driver.until(lambda: driver.stop().tab() != "", "arrived")
    driver.press(Qt.Key.Key_F3, Qt.Key.Key_F8, Qt.Key.Key_F6)
    driver.next_is("Finish")
    driver.enter()
    driver.until(lambda: driver.stop().view.finished is not None)  # type: ignore[union-attr]
    assert driver.keys - before <= 5
    view = driver.stop().view
    assert view is not None
    assert view.finished is not None
    assert len(view.sheet.slots) >= 40
    lines = {(line.cabinet, line.slot): line for line in view.finished.lines}
    sold = [slot for slot in view.sheet.slots if slot.stock is not None and slot.stock < slot.par]
    assert sum(slot.par - (slot.stock or 0) for slot in sold) > 20, "the machine has sold"
    for slot in sold:
        if slot.change is None and slot.allotted is None:
            assert lines[slot.key].after == slot.par


def test_a_visit_by_touches_of_a_finger_alone(day: Day) -> None:
    driver = day.driver
    sign_in(day)
    rail = {item.text(): item for item in driver.window.rail.items if item.isVisible()}
    driver.touch(rail["Today"])
    driver.next_is("Arrive at stop 1")
    driver.touch_primary()
    driver.next_is("Arrive at")
    stop = driver.stop()
    asset = stop.detail.visit.machine.record.asset_number  # type: ignore[union-attr]
    with machine_at_the_cable(day.folder, asset):
        driver.touch_primary()
        driver.next_is("Read")
        driver.touch_primary()
        driver.next_is("Go to Fill")
        driver.touch_primary()
        driver.until(lambda: stop.tab() == "fill")
    fill = stop.parts.fill
    assert isinstance(fill, FillPart)
    driver.touch_action(fill.do.all)
    slots = stop.view.sheet.slots  # type: ignore[union-attr]
    chosen = [slot.key for slot in slots if slot.capacity - (slot.stock or 0) >= 2][-1]
    driver.touch(fill.view.viewport(), fill.view.box_of(chosen).center())
    driver.until(lambda: fill.view.current() == chosen)
    driver.touch(fill.panel.keypad.keys["2"])
    driver.touch_primary()
    driver.until(lambda: stop.tab() == "cash")
    driver.touch_primary()
    driver.until(lambda: stop.tab() == "evidence")
    checks = [one for one in stop.parts.evidence.findChildren(Choice) if one.isVisible()]
    for check in checks:
        driver.touch(check)
    driver.touch_primary()
    driver.next_is("Finish")
    driver.touch_primary()
    driver.until(lambda: stop.view is not None and stop.view.finished is not None)
    finished = stop.view.finished  # type: ignore[union-attr]
    assert finished is not None
    assert {(line.cabinet, line.slot): line.filled for line in finished.lines}[chosen] == 2
    assert finished.checks
    assert all(check.done for check in finished.checks)
