"""What a technician wants to write to a machine, typed in."""

from PySide6.QtWidgets import QWidget

from cvd_desktop.domain.write_records import Wanted
from cvd_desktop.ui.bench_columns import without_margins
from cvd_desktop.ui.screens.bench_write import parse_pairs
from cvd_desktop.ui.theme import Look, Tone
from cvd_desktop.ui.widgets.card import Card
from cvd_desktop.ui.widgets.choice import Choice
from cvd_desktop.ui.widgets.choice_grid import ChoiceGrid
from cvd_desktop.ui.widgets.field import Field
from cvd_desktop.ui.widgets.text_label import TextLabel
from cvd_desktop.ui.widgets.two_columns import TwoColumns

SIDE, SIDE_COMPACT = 380, 300


class WriteForm(TwoColumns):
    """Values at the left; clock and resets at the right."""

    def __init__(self, look: Look, parent: QWidget | None = None) -> None:
        super().__init__(look, SIDE, SIDE_COMPACT, parent)
        without_margins(self)
        values = Card(look, self.tr("New values"))
        about = self.tr(
            "First the machine is read, then you see every value before and after. Nothing is "
            "sent before you say so."
        )
        values.body.addWidget(TextLabel(look, about, "dense", Tone.MUTED, wrap=True))
        self.prices = Field(look, self.tr("Prices"), hint=self.tr("10=1.50, 11=1.60"))
        self.names = Field(look, self.tr("Names"), hint=self.tr("10=Mint gum; 11=Crisps"))
        self.asset = Field(look, self.tr("Asset number"))
        for field in (self.prices, self.names, self.asset):
            values.body.addWidget(field)
        self.main.addWidget(values)
        self.main.addStretch(1)
        more = Card(look, self.tr("Clock and resets"))
        self.clock = Choice(look, self.tr("Set the clock"), self.tr("to the time of this laptop"))
        self.interval = Choice(
            look, self.tr("Reset the interval"), self.tr("the counters since the last collect")
        )
        self.events = Choice(look, self.tr("Reset the events"), self.tr("those that are over"))
        choices = (self.clock, self.interval, self.events)
        for choice in choices:
            choice.setAutoExclusive(False)
        grid = ChoiceGrid(look)
        grid.set_choices(choices)
        more.body.addWidget(grid)
        self.password = Field(look, self.tr("Password of the machine"), secret=True)
        self.password.edit.setPlaceholderText(self.tr("only if its resets ask for one"))
        more.body.addWidget(self.password)
        self.side.addWidget(more)
        self.side.addStretch(1)

    def wanted(self) -> Wanted | None:
        """What is typed; None where a field says what is wrong with it."""
        good = True
        pairs: dict[Field, dict[str, str]] = {}
        for field in (self.prices, self.names):
            found = parse_pairs(field.text())
            if isinstance(found, str):
                words = self.tr('"{text}" is not of the form selection=value, or stands twice.')
                field.show_error(words.format(text=found))
                good = False
            else:
                pairs[field] = found
        if not good:
            return None
        return Wanted(
            prices=pairs[self.prices],
            names=pairs[self.names],
            asset_number=self.asset.text().strip() or None,
            clock=self.clock.isChecked(),
            interval_reset=self.interval.isChecked(),
            event_reset=self.events.isChecked(),
            password=self.password.text() or None,
        )

    def empty(self) -> None:
        """Nothing is wanted; the password is forgotten."""
        for field in (self.prices, self.names, self.asset, self.password):
            field.set_text("")
            field.show_error("")
        for choice in (self.clock, self.interval, self.events):
            choice.setChecked(False)
