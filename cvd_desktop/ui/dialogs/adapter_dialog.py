"""How an adapter is driven: what it is, which link it speaks, its lines, its echo, its patience."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QDialog, QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from cvd_desktop.ui.messages import Told
from cvd_desktop.ui.theme import Look, Tone
from cvd_desktop.ui.widgets.action_button import ActionButton, ButtonKind
from cvd_desktop.ui.widgets.choice import Choice
from cvd_desktop.ui.widgets.choice_grid import ChoiceGrid
from cvd_desktop.ui.widgets.field import Field
from cvd_desktop.ui.widgets.icon_engine import themed_icon
from cvd_desktop.ui.widgets.text_label import TextLabel

if TYPE_CHECKING:
    from cvd_desktop.devices.adapter_profiles import AdapterProfile

WIDE = 760  # px at text scale 1


class AdapterDialog(QDialog):
    """Enter keeps the profile for this adapter, Esc closes and keeps nothing."""

    kept = Signal(str, object)
    """Name of the profile it was made from, and the fields that differ, as the file has them."""

    def __init__(
        self,
        look: Look,
        adapter: str,
        now: AdapterProfile,
        profiles: Sequence[AdapterProfile],
        parent: QWidget,
    ) -> None:
        """`now` is the profile that counts, `profiles` are those to begin with."""
        super().__init__(parent)
        self._look = look
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setModal(True)
        self.setWindowTitle(self.tr("Adapter"))
        self.finished.connect(parent.activateWindow)
        space = look.theme.space
        outer = QVBoxLayout(self)
        outer.setContentsMargins(space.l, space.l, space.l, space.l)
        outer.setSpacing(space.m)
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setFrameShape(QScrollArea.Shape.NoFrame)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        inner = QWidget()
        self._column = QVBoxLayout(inner)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(space.s)
        self._column.addWidget(TextLabel(look, adapter, "head", wrap=True))
        self._profiles = {profile.name: profile for profile in profiles}
        self._profiles.setdefault(now.name, now)
        self.begin = self._group(
            self.tr("What it is"),
            {name: (name, profile.note) for name, profile in self._profiles.items()},
        )
        self.link = self._group(
            self.tr("It reads"),
            {
                "auto": (self.tr("Both links"), self.tr("Found out at each machine.")),
                "dexucs": (self.tr("DEX/UCS"), self.tr("The 6.35 mm jack.")),
                "ddcmp": (self.tr("DDCMP"), self.tr("The optical eye.")),
            },
        )
        self.echo = self._group(
            self.tr("What is sent comes back"),
            {"no": (self.tr("No"), ""), "yes": (self.tr("Yes, it sees its own light"), "")},
        )
        levels = {
            "on": (self.tr("On"), ""),
            "off": (self.tr("Off"), ""),
            "leave": (self.tr("As it is"), ""),
        }
        self.dtr = self._group(self.tr("DTR line"), levels)
        self.rts = self._group(self.tr("RTS line"), levels)
        row = QHBoxLayout()
        row.setSpacing(space.m)
        self.speed = Field(look, self.tr("First speed of DDCMP, baud"))
        self.slack = Field(look, self.tr("Wait longer for an answer, ms"))
        row.addWidget(self.speed)
        row.addWidget(self.slack)
        self._column.addLayout(row)
        self.trouble = TextLabel(look, "", "dense", Tone.CRITICAL, wrap=True)
        self.trouble.hide()
        self._column.addWidget(self.trouble)
        self._column.addStretch(1)
        area.setWidget(inner)
        outer.addWidget(area, 1)
        keep = QAction(themed_icon(look, "check"), self.tr("Keep it for this adapter"), self)
        keep.setShortcuts([QKeySequence("Return"), QKeySequence("Enter")])
        keep.triggered.connect(self._keep)
        self.addAction(keep)
        self.button = ActionButton(look, keep, ButtonKind.PRIMARY)
        outer.addWidget(self.button, 0, Qt.AlignmentFlag.AlignRight)
        room = parent.window().size()
        self.resize(
            min(look.theme.text_px(WIDE), room.width() - 2 * space.xxl),
            room.height() - 2 * space.xxl,
        )
        for name, choice in self.begin.items():
            choice.toggled.connect(lambda on, name=name: self._begun(name, on=on))
        self.begin[now.name].setChecked(True)
        self._show(now)
        self.begin[now.name].setFocus(Qt.FocusReason.TabFocusReason)

    def show_problem(self, told: Told) -> None:
        """Why it could not be kept."""
        self.trouble.setText(f"{told.what} {told.do}")
        self.trouble.show()

    def fields(self) -> dict[str, object]:
        """What is set now, by the names and values of the profile file."""
        return {
            "link": _checked(self.link),
            "echo": _checked(self.echo) == "yes",
            "dtr": _checked(self.dtr),
            "rts": _checked(self.rts),
            "start_speed": _number(self.speed.text()),
            "answer_slack_ms": _number(self.slack.text()),
        }

    def _group(self, heading: str, words: Mapping[str, tuple[str, str]]) -> dict[str, Choice]:
        self._column.addWidget(TextLabel(self._look, heading, "bodyStrong"))
        choices = {name: Choice(self._look, *said) for name, said in words.items()}
        grid = ChoiceGrid(self._look)
        grid.set_choices(tuple(choices.values()))
        self._column.addWidget(grid)
        return choices

    def _begun(self, name: str, *, on: bool) -> None:
        if on:
            self._show(self._profiles[name])

    def _show(self, profile: AdapterProfile) -> None:
        self.link[str(profile.link)].setChecked(True)
        self.echo["yes" if profile.echo else "no"].setChecked(True)
        self.dtr[str(profile.dtr)].setChecked(True)
        self.rts[str(profile.rts)].setChecked(True)
        self.speed.set_text(str(profile.start_speed))
        self.slack.set_text(str(profile.answer_slack_ms))

    def _keep(self) -> None:
        self.kept.emit(_checked(self.begin), self.fields())


def _checked(choices: Mapping[str, Choice]) -> str:
    return next(name for name, choice in choices.items() if choice.isChecked())


def _number(text: str) -> object:
    """The number typed; what is none is given on as it is, and refused where it is checked."""
    digits = text.strip()
    return int(digits) if digits.isascii() and digits.isdigit() else digits
