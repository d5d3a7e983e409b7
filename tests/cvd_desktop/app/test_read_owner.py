"""The wrong machine on the cable: the window asks whose read it is, and does what it is told."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication

from cvd_desktop.app.application import Application
from cvd_desktop.app.pictures import settle
from cvd_desktop.devices.virtual_machine import virtual_machine
from cvd_desktop.services.outbox import list_outbox
from cvd_desktop.services.reads import list_reads
from cvd_desktop.services.workplace import Workplace, open_workplace
from cvd_desktop.ui.widgets.action_button import ActionButton
from cvd_shared.wire_records import MachineRecord
from tests.support.local_workplace import tell_snapshot
from tests.support.simple_report import simple_report

CHOSEN = MachineRecord(id="m2", asset_number="B-2", serial_number="S200", currency="EUR")
NAMED = MachineRecord(id="m1", asset_number="A-1", serial_number="S100", currency="EUR")


@pytest.fixture
def application(
    qapp: QApplication, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Application]:
    monkeypatch.setenv("CVD_PASSPHRASE", "correct horse")
    with_machines = open_workplace(tmp_path)
    tell_snapshot(with_machines, [CHOSEN, NAMED])
    with_machines.close()
    built = Application(qapp, tmp_path)
    built.show()
    settle(built)
    yield built
    built.close()


def read_wrong_machine(application: Application) -> None:
    """A person chose B-2; the cable is in A-1."""
    wp = workplace_of(application)
    from cvd_desktop.services.read_machine import read_machine

    with virtual_machine(simple_report({"1": 5}), baud_rate=400_000) as machine:
        outcome = read_machine(wp, machine.device, machine_id="m2", max_wait=5.0)
    assert outcome.read is not None
    detail = application.workings.services.read_detail(outcome.read.id)
    application.read.show_read(detail, fresh=True)
    settle(application)


def workplace_of(application: Application) -> Workplace:
    return application.workings.services._wp()  # noqa: SLF001 - the same open database


def answers(application: Application) -> dict[str, ActionButton]:
    buttons = application.window.banner.findChildren(ActionButton)
    return {button.action.text(): button for button in buttons if button.isVisible()}


def test_the_window_asks_whose_read_it_is(application: Application) -> None:
    read_wrong_machine(application)
    assert application.window.banner.isVisible()
    assert {"It is A-1", "It is B-2"} <= answers(application).keys()


def test_it_is_another_one_leaves_it_there(application: Application) -> None:
    read_wrong_machine(application)
    answers(application)["It is A-1"].click()
    settle(application)
    wp = workplace_of(application)
    assert [read.machine_id for read in list_reads(wp)] == ["m1"]
    assert [entry.type for entry in list_outbox(wp)] == ["read.recorded"]
    assert not application.window.banner.isVisible()


def test_it_is_the_chosen_one_moves_it(application: Application) -> None:
    read_wrong_machine(application)
    answers(application)["It is B-2"].click()
    settle(application)
    wp = workplace_of(application)
    assert [read.machine_id for read in list_reads(wp)] == ["m2"]
    assert [entry.type for entry in list_outbox(wp)] == ["read.assigned", "read.recorded"]
    assert not application.window.banner.isVisible()
    detail = application.read.done.detail()
    assert detail is not None
    assert detail.verdict.plausibility.code == "board_changed"


def test_a_read_of_the_chosen_machine_asks_nothing(application: Application) -> None:
    wp = workplace_of(application)
    from cvd_desktop.services.read_machine import read_machine

    with virtual_machine(simple_report({"1": 5}), baud_rate=400_000) as machine:
        outcome = read_machine(wp, machine.device, machine_id="m1", max_wait=5.0)
    assert outcome.read is not None
    application.read.show_read(
        application.workings.services.read_detail(outcome.read.id), fresh=True
    )
    settle(application)
    assert not application.window.banner.isVisible()
