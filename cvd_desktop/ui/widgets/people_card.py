"""The people of this laptop as large rows: one press, and it is that person's."""

from collections.abc import Sequence
from functools import partial
from typing import NamedTuple

from PySide6.QtCore import Signal

from cvd_desktop.ui.theme import Look
from cvd_desktop.ui.widgets.card import Card
from cvd_desktop.ui.widgets.choice import Choice


class PersonRow(NamedTuple):
    id: str
    name: str
    detail: str
    here: bool  # whose folder this window has


class PeopleCard(Card):
    """Hidden while there is nobody to choose from."""

    chosen = Signal(str)
    """The id of another person than the one who is here."""

    def __init__(self, look: Look) -> None:
        super().__init__(look, "")
        self.set_heading(self.tr("Who is it?"))
        self._look = look
        self.rows: dict[str, Choice] = {}
        self._here = ""
        self.hide()

    def show_people(self, people: Sequence[PersonRow]) -> None:
        """In the order given; the one who is here is marked."""
        for row in self.rows.values():
            self.body.removeWidget(row)
            row.hide()
            row.deleteLater()
        self.rows = {}
        self._here = next((each.id for each in people if each.here), "")
        for each in people:
            row = Choice(self._look, each.name, each.detail)
            row.setChecked(each.here)
            row.clicked.connect(partial(self._pressed, each.id))
            self.body.addWidget(row)
            self.rows[each.id] = row
        self.setVisible(len(people) > 1)

    def _pressed(self, person_id: str, checked: bool = False) -> None:
        del checked
        if person_id != self._here:
            self.chosen.emit(person_id)
