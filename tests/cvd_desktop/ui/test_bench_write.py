"""Writing settings on the Bench: nothing is sent by one key, and every value is told after it."""

import pytest
from pytestqt.qtbot import QtBot

from cvd_desktop.domain.write_records import Wanted
from cvd_desktop.ui.background import Background
from cvd_desktop.ui.screens.bench_write import parse_pairs
from cvd_desktop.ui.screens.bench_write_page import State, WritePage
from cvd_desktop.ui.theme import Look
from tests.support.bench_desk import PORT, Desk, machine_record
from tests.support.bench_traces import dex_read


@pytest.mark.parametrize(
    ("text", "pairs"),
    [
        ("", {}),
        ("10=1.50", {"10": "1.50"}),
        ("10 = 1,50, 11=160", {"10": "1,50", "11": "160"}),
        ("10=1,50,11=160,A 2=3.00", {"10": "1,50", "11": "160", "A 2": "3.00"}),
        ("A 1=Mint gum; B=x", {"A 1": "Mint gum", "B": "x"}),
        ("10=1.50,\n11=2", {"10": "1.50", "11": "2"}),
    ],
)
def test_pairs_are_understood(text: str, pairs: dict[str, str]) -> None:
    assert parse_pairs(text) == pairs


@pytest.mark.parametrize("text", ["10", "=1", "10=", "10=1, 10=2", "10=1, x"])
def test_what_is_not_understood_comes_back(text: str) -> None:
    assert isinstance(parse_pairs(text), str)


class Panel:
    """The write page with a desk behind it."""

    def __init__(self, desk: Desk, look: Look, background: Background, qtbot: QtBot) -> None:
        self.desk = desk
        self._background = background
        self._qtbot = qtbot
        self.screen = desk.screen(look, background)
        qtbot.addWidget(self.screen)
        with qtbot.waitExposed(self.screen):
            self.screen.show()
        self.screen.choose_machine(machine_record())
        self.screen.reload()
        self.settle()
        self.screen.do.write.trigger()
        self.page: WritePage = self.screen.write

    def settle(self) -> None:
        self._qtbot.waitUntil(lambda: not self._background.busy)

    def preview(self) -> None:
        self.page.form.prices.set_text("10=1.50, 11=1.60")
        self.page.form.clock.setChecked(True)
        self.page.look_action.trigger()
        self.settle()

    def cells(self, column: int) -> list[str]:
        model = self.page.rows
        return [model.cell(model.index(n, column)).text for n in range(model.rowCount())]


@pytest.fixture
def panel(look: Look, background: Background, qtbot: QtBot) -> Panel:
    return Panel(Desk(), look, background, qtbot)


def test_the_preview_shows_every_value_before_and_after(panel: Panel) -> None:
    panel.preview()
    assert panel.desk.wanted == [Wanted(prices={"10": "1.50", "11": "1.60"}, clock=True)]
    assert panel.page.state is State.PREVIEW
    assert panel.cells(0)[:2] == ["Price 10", "Price 11"]
    assert panel.cells(1)[:2] == ["1.40", "1.40"]
    assert panel.cells(2)[:2] == ["1.50", "1.60"]
    assert panel.cells(4)[2] == "is so already"
    assert len(panel.page.warnings.texts()) == 2
    assert panel.desk.written == []


def test_the_first_key_goes_into_the_form(panel: Panel) -> None:
    assert panel.page.form.prices.edit.hasFocus(), "else a digit opens another screen"


def test_back_in_the_form_the_next_key_goes_into_the_field(panel: Panel) -> None:
    names = panel.page.form.names.edit
    names.setFocus()
    panel.preview()
    panel.page.back_action.trigger()
    assert names.hasFocus(), "else a digit opens another screen"


def test_two_different_keys_are_needed(panel: Panel) -> None:
    panel.preview()
    page = panel.page
    page.send_action.trigger()
    panel.settle()
    assert panel.desk.written == []
    first = panel.screen.primary()
    assert first is page.read_action
    assert first.shortcut().isEmpty()  # Enter
    first.trigger()
    second = panel.screen.primary()
    assert second is page.send_action
    assert second.shortcut().toString() == "F8"
    assert panel.desk.written == []
    second.trigger()
    panel.settle()
    assert len(panel.desk.written) == 1


def test_back_sends_nothing_and_keeps_what_was_typed(panel: Panel) -> None:
    panel.preview()
    panel.page.read_action.trigger()
    panel.page.back_action.trigger()
    assert panel.page.state is State.FORM
    assert panel.page.form.prices.text() == "10=1.50, 11=1.60"
    panel.page.send_action.trigger()
    panel.settle()
    assert panel.desk.written == []


def test_after_it_each_value_says_what_became_of_it(
    look: Look, background: Background, qtbot: QtBot
) -> None:
    panel = Panel(Desk(outcome="mixed"), look, background, qtbot)
    panel.preview()
    panel.page.read_action.trigger()
    panel.page.send_action.trigger()
    panel.settle()
    assert panel.page.state is State.DONE
    assert panel.cells(4) == ["accepted", "ignored: as it was", "accepted", "different"]
    assert panel.page.sentence.text().startswith("2 of 4 values")
    assert panel.page.form.prices.text() == ""
    panel.page.back_action.trigger()
    assert panel.screen.trace.table.trace.step_count == len(dex_read())


def test_a_machine_that_refuses_is_told_with_what_is_safe(
    look: Look, background: Background, qtbot: QtBot
) -> None:
    panel = Panel(Desk(outcome="refused"), look, background, qtbot)
    panel.preview()
    panel.page.read_action.trigger()
    panel.page.send_action.trigger()
    panel.settle()
    assert panel.page.failure.isVisible()
    assert "code 03" in panel.page.failure.what.text()
    assert set(panel.cells(4)) == {"not proven"}


def test_what_cannot_be_understood_is_said_at_its_field(panel: Panel) -> None:
    panel.page.form.prices.set_text("10 to 1.50")
    panel.page.look_action.trigger()
    assert "10 to 1.50" in panel.page.form.prices.error()
    assert panel.desk.wanted == []


def test_without_a_port_nothing_can_begin(look: Look, background: Background, qtbot: QtBot) -> None:
    panel = Panel(Desk(ports=[]), look, background, qtbot)
    assert not panel.page.look_action.isEnabled()
    assert panel.page.look_action.statusTip()
    assert PORT.device not in panel.screen.port_card.checks.texts()
