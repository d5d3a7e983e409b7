"""The one table model: whole lists, lists fetched by page, places kept over a reload."""

from collections.abc import Sequence
from dataclasses import dataclass

import pytest
from PySide6.QtCore import QModelIndex, Qt
from pytestqt.modeltest import ModelTester
from pytestqt.qtbot import QtBot

from cvd_desktop.ui.table_model import (
    CELL_ROLE,
    PAGE_ROWS,
    PAGES_KEPT,
    Cell,
    Column,
    Face,
    TableModel,
)
from cvd_desktop.ui.theme import Tone
from cvd_desktop.ui.widgets.tag import TagKind


@dataclass(frozen=True)
class Fact:
    id: int
    name: str


COLUMNS = (
    Column[Fact]("asset", "Machine", lambda f: str(f.id), face=Face.MONO),
    Column[Fact](
        "name",
        "Name",
        lambda f: Cell(f.name, Tone.WARNING, mark=TagKind.WARNING, detail="late"),
        right=True,
    ),
)


class Store:
    """100,000 rows behind a fetch that answers when it is told to."""

    def __init__(self, total: int = 100_000) -> None:
        self.total = total
        self.asked: list[tuple[int, int]] = []
        self.waiting: list[tuple[int, int, object]] = []

    def fetch(self, offset: int, limit: int, deliver: object) -> None:
        self.asked.append((offset, limit))
        self.waiting.append((offset, limit, deliver))

    def rows(self, offset: int, limit: int) -> Sequence[Fact]:
        return [Fact(n, f"name {n}") for n in range(offset, min(offset + limit, self.total))]

    def answer(self) -> None:
        waiting, self.waiting = self.waiting, []
        for offset, limit, deliver in waiting:
            deliver(self.rows(offset, limit))  # type: ignore[operator]


@pytest.fixture
def model(qapp: object) -> TableModel[Fact]:
    return TableModel(COLUMNS, key=lambda f: f.id)


def test_whole_list_is_a_proper_model(model: TableModel[Fact], qtmodeltester: ModelTester) -> None:
    qtmodeltester.check(model)
    model.set_rows([Fact(1, "a"), Fact(2, "b")])
    qtmodeltester.check(model)
    model.set_rows([])
    qtmodeltester.check(model)


def test_paged_list_is_a_proper_model(model: TableModel[Fact], qtmodeltester: ModelTester) -> None:
    store = Store(450)
    model.set_paged(store.total, store.fetch, store.rows(0, PAGE_ROWS))
    qtmodeltester.check(model)
    store.answer()
    qtmodeltester.check(model)


def test_cell_is_what_the_column_says(model: TableModel[Fact]) -> None:
    model.set_rows([Fact(7, "seven")])
    first, second = model.index(0, 0), model.index(0, 1)
    assert model.data(first) == "7"
    assert model.data(first, CELL_ROLE) == Cell("7", face=Face.MONO)
    assert model.data(second, CELL_ROLE).tone is Tone.WARNING
    assert model.data(second, Qt.ItemDataRole.AccessibleTextRole) == "Name seven late"
    assert model.data(second, Qt.ItemDataRole.TextAlignmentRole) & Qt.AlignmentFlag.AlignRight
    assert model.headerData(1, Qt.Orientation.Horizontal) == "Name"


def test_only_pages_that_are_looked_at_are_fetched_and_each_once(model: TableModel[Fact]) -> None:
    store = Store()
    model.set_paged(store.total, store.fetch, store.rows(0, PAGE_ROWS))
    assert model.rowCount() == 100_000
    assert model.data(model.index(0, 0)) == "0"
    assert store.asked == []
    for row in range(99_900, 99_930):
        assert model.data(model.index(row, 0)) == "…"
    assert store.asked == [(99_800, PAGE_ROWS)]
    store.answer()
    assert model.data(model.index(99_929, 0)) == "99929"
    assert model.find(99_850) == 99_850


def test_arrived_page_repaints_its_rows_only(model: TableModel[Fact], qtbot: QtBot) -> None:
    store = Store()
    model.set_paged(store.total, store.fetch)
    model.data(model.index(450, 0))
    changed: list[tuple[int, int]] = []
    model.dataChanged.connect(lambda a, b: changed.append((a.row(), b.row())))
    store.answer()
    assert changed == [(400, 599)]


def test_memory_holds_a_bounded_number_of_pages(model: TableModel[Fact]) -> None:
    store = Store()
    model.set_paged(store.total, store.fetch)
    for page in range(PAGES_KEPT + 5):
        model.row(page * PAGE_ROWS)
        store.answer()
    assert model.row(0) is None  # let go, asked for again
    store.answer()
    assert model.row(0) == Fact(0, "name 0")


def test_late_answer_of_an_earlier_question_is_dropped(model: TableModel[Fact]) -> None:
    store = Store()
    model.set_paged(store.total, store.fetch)
    model.row(0)
    late = store.waiting.pop()
    model.set_paged(3, store.fetch, [Fact(n, "new") for n in (10, 11, 12)])
    late[2]([Fact(0, "old")])  # type: ignore[operator]
    assert model.row(0) == Fact(10, "new")


def test_reload_of_the_same_rows_does_not_reset(model: TableModel[Fact], qtbot: QtBot) -> None:
    model.set_rows([Fact(1, "a"), Fact(2, "b")])
    with qtbot.assertNotEmitted(model.modelReset), qtbot.waitSignal(model.dataChanged):
        model.set_rows([Fact(1, "a2"), Fact(2, "b")])
    assert model.row(0) == Fact(1, "a2")
    with qtbot.waitSignal(model.modelReset):
        model.set_rows([Fact(2, "b")])


def test_rows_have_no_children(model: TableModel[Fact]) -> None:
    model.set_rows([Fact(1, "a")])
    assert model.rowCount(model.index(0, 0)) == 0
    assert model.columnCount(QModelIndex()) == 2


def test_rows_that_stand_for_themselves_are_told_only_where_they_differ() -> None:
    runs: list[tuple[int, int]] = []
    model = TableModel(COLUMNS, key=lambda fact: fact.id, rows_alone=True)
    model.set_rows([Fact(n, "as it was") for n in range(8)])
    model.dataChanged.connect(lambda first, last: runs.append((first.row(), last.row())))
    other = {2, 3, 6}
    model.set_rows([Fact(n, "other" if n in other else "as it was") for n in range(8)])
    assert runs == [(2, 3), (6, 6)]
    assert [row.name for n in range(8) if (row := model.row(n))].count("other") == len(other)
    runs.clear()
    model.set_rows([Fact(n, "other" if n in other else "as it was") for n in range(8)])
    assert runs == []
