"""Meters by hand: what the machine's display shows, typed where the cable has failed.

It is the office's proof of how far the machine had counted; sales are counted from reads alone.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QVBoxLayout, QWidget

from cvd_desktop.domain.problem import Problem
from cvd_desktop.domain.records import RecordState
from cvd_desktop.domain.ticket_records import METER_KINDS, KnownMeters, MetersDone
from cvd_desktop.ui import formats
from cvd_desktop.ui.ages import age_words
from cvd_desktop.ui.meter_figures import parse_count, parse_money, parse_selections
from cvd_desktop.ui.read_shown import Amounts
from cvd_desktop.ui.screens.ticket_list import Tools
from cvd_desktop.ui.theme import Look, Tone
from cvd_desktop.ui.widgets.card import Card
from cvd_desktop.ui.widgets.choice import Choice
from cvd_desktop.ui.widgets.choice_grid import ChoiceGrid
from cvd_desktop.ui.widgets.enter_moves_on import EnterMovesOn
from cvd_desktop.ui.widgets.fact_list import FactList
from cvd_desktop.ui.widgets.field import Field
from cvd_desktop.ui.widgets.focus_follower import FocusFollower
from cvd_desktop.ui.widgets.note_line import NoteLine
from cvd_desktop.ui.widgets.source_mark import Source, SourceMark
from cvd_desktop.ui.widgets.tag import TagKind
from cvd_desktop.ui.widgets.tag_box import TagBox
from cvd_desktop.ui.widgets.text_area import TextArea
from cvd_desktop.ui.widgets.text_label import TextLabel
from cvd_desktop.ui.widgets.two_columns import TwoColumns
from cvd_shared.wire_events import MeterKind

SIDE = 348
ROOM = 500  # px at text scale 1 that three fields need side by side
METERS = ("vends", "value", "cash_box")


@dataclass(frozen=True, slots=True)
class TypedMeters:
    """What is to be recorded; money in minor units."""

    kind: MeterKind
    vends: int | None
    value: int | None
    cash_box: int | None
    selections: Mapping[str, int]
    note: str


class FieldsRow(QWidget):
    """Fields side by side where there is room, else one below the other; each with its note."""

    def __init__(self, look: Look) -> None:
        super().__init__()
        self._look = look
        self._row = QBoxLayout(QBoxLayout.Direction.LeftToRight, self)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(look.theme.space.l)
        look.follow(self._arrange)

    def add(self, field: Field, note: NoteLine) -> None:
        column = QVBoxLayout()
        column.setSpacing(self._look.theme.space.s)
        column.addWidget(field)
        column.addWidget(note)
        column.addStretch(1)
        self._row.addLayout(column, 1)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        super().resizeEvent(event)
        self._arrange()

    def _arrange(self) -> None:
        wide = self.width() >= self._look.theme.text_px(ROOM)
        wanted = QBoxLayout.Direction.LeftToRight if wide else QBoxLayout.Direction.TopToBottom
        if self._row.direction() is not wanted:
            self._row.setDirection(wanted)


class MetersPage(TwoColumns):
    """The form at the left, the last known meters at the right; then what became of it."""

    changed = Signal()
    """Typed, recorded, or another machine."""

    def __init__(self, tools: Tools, parent: QWidget) -> None:
        super().__init__(tools.look, SIDE, parent=parent)
        self._tools = tools
        self.known: KnownMeters | None = None
        self.done: MetersDone | None = None
        self._kind: MeterKind = "normal"
        self._build_form()
        self._build_result()
        self._build_side()
        self._show_form(shown=True)
        FocusFollower(self)

    def _build_form(self) -> None:
        look = self._tools.look
        space = look.theme.space
        self.form = Card(look, padding=space.xl, parent=self.widget())
        self.form.body.setSpacing(space.l)
        self.main.addWidget(self.form)
        self.title = TextLabel(look, self.tr("Meters by hand"), "title", wrap=True)
        about = TextLabel(
            look,
            self.tr(
                "Type what the machine shows; leave empty what it does not show. It proves to the "
                "office how far the machine had counted. Sales and stock are still counted from "
                "reads alone: the next good read spans this visit."
            ),
            "body",
            Tone.MUTED,
            wrap=True,
        )
        self.fields = {
            "vends": Field(look, self.tr("Vends in all")),
            "value": Field(look, self.tr("Value of the vends in all")),
            "cash_box": Field(look, self.tr("Cash to the box in all")),
        }
        self._since = {name: NoteLine(look) for name in METERS}
        self.trouble = NoteLine(look, "body")
        self.waiting = NoteLine(look, "body")
        for widget in (self.title, about, self.waiting, self.trouble):
            self.form.body.addWidget(widget)
        row = FieldsRow(look)
        for name, field in self.fields.items():
            field.edit.setMaxLength(24)
            field.edit.setInputMethodHints(Qt.InputMethodHint.ImhPreferNumbers)
            field.edited.connect(lambda _: self._typed())
            row.add(field, self._since[name])
        self.form.body.addWidget(row)
        self.form.body.addWidget(TextLabel(look, self.tr("How they go on"), "denseStrong"))
        self.kinds: dict[MeterKind, Choice] = {}
        grid = ChoiceGrid(look)
        words = self._tools.words
        for kind in METER_KINDS:
            choice = Choice(look, words.meter_kind(kind), words.meter_kind_about(kind))
            choice.clicked.connect(self._taker(kind))
            self.kinds[kind] = choice
        grid.set_choices(tuple(self.kinds.values()))
        self.form.body.addWidget(grid)
        self.selections = TextArea(
            look,
            self.tr("Vends by selection, if it shows them: one selection and its count in a line"),
            hint="A1 1204\nA2 988",
            most=60_000,
        )
        self.selections.edited.connect(self._typed)
        self.note = TextArea(look, self.tr("Note"), most=2000)
        self.form.body.addWidget(self.selections)
        self.form.body.addWidget(self.note)
        EnterMovesOn(self, tuple(field.edit for field in self.fields.values()))

    def _build_result(self) -> None:
        look = self._tools.look
        space = look.theme.space
        self.result = Card(look, padding=space.xl, parent=self.widget())
        self.main.addWidget(self.result)
        self.result_title = TextLabel(look, "", "title", wrap=True)
        self.result_mark = TagBox(look, boxed=False)
        self.result_words = TextLabel(look, "", "body", wrap=True)
        self.result_facts = FactList(look)
        for widget in (
            self.result_mark, self.result_title, self.result_words, self.result_facts,
        ):  # fmt: skip
            self.result.body.addWidget(widget)
        self.main.addStretch(1)

    def _build_side(self) -> None:
        look = self._tools.look
        card = Card(look, self.tr("Last known meters"), parent=self.widget())
        self.side.addWidget(card)
        self.mark = SourceMark(look, Source.DEVICE)
        card.head.addWidget(self.mark)
        self.known_facts = FactList(look)
        self.known_words = TextLabel(look, "", "dense", Tone.MUTED, wrap=True)
        card.body.addWidget(self.known_facts)
        card.body.addWidget(self.known_words)
        machine = Card(look, self.tr("Machine"), parent=self.widget())
        self.side.addWidget(machine)
        self.machine = FactList(look)
        machine.body.addWidget(self.machine)
        self.side.addStretch(1)

    # showing

    def begin(self, known: KnownMeters) -> None:
        """An empty form for this machine; what was typed of it and not recorded is still there."""
        before = self.known
        goes_on = before is not None and before.machine.id == known.machine.id and not self.done
        self.known, self.done = known, None
        self._show_known(known)
        self.waiting.show_note(TagKind.RECORDED_HERE, self._waiting_words(known))
        self._show_form(shown=True)
        if goes_on:
            self._typed()
            return
        machine = known.machine
        self.title.setText(
            self.tr("Meters of {machine} by hand").format(machine=machine.asset_number)
        )
        for field in self.fields.values():
            field.set_text("")
            field.show_error("")
        self.selections.set_text("")
        self.note.set_text("")
        self.trouble.show_note(TagKind.WARNING, "")
        self._take("normal")
        self.machine.show_lines(
            [
                (name, value)
                for name, value in (
                    (self.tr("Asset number"), machine.asset_number),
                    (self.tr("Place"), machine.location_name),
                    (
                        self.tr("Make and model"),
                        formats.make_and_model(machine.make, machine.model),
                    ),
                    (self.tr("Serial number"), machine.serial_number),
                )
                if value
            ]
        )
        self._typed()

    def take_focus(self) -> None:
        self.fields["vends"].edit.setFocus()

    def _show_known(self, known: KnownMeters) -> None:
        now = self._tools.clock()
        self.mark.setVisible(known.at is not None)
        if known.at is None:
            self.known_facts.show_lines([])
            self.known_words.setText(
                self.tr("No meter of this machine is known on this laptop, so nothing is compared.")
            )
            return
        when, age = formats.moment_beside(known.at, now), age_words(now - known.at)
        by_hand = known.source == "hand"
        self.mark.show_source(
            Source.MANUAL if by_hand else Source.DEVICE, self.tr("{age} old").format(age=age)
        )
        self.known_facts.show_lines([(self._name(n), self._figure(n)) for n in METERS])
        words = (
            self.tr("Read {when}, {age} ago") if not by_hand else self.tr("Typed {when}, {age} ago")
        )
        told = words.format(when=when, age=age)
        if by_hand and known.kind not in (None, "normal"):
            assert known.kind is not None
            told += f" ({self._tools.words.meter_kind(known.kind)})"
        self.known_words.setText(told)

    def _waiting_words(self, known: KnownMeters) -> str:
        typed = known.waiting
        if typed is None:
            return ""
        figures = [
            f"{self._name(name)} {self._in_words(name, value)}"
            for name in METERS
            if (value := getattr(typed, name)) is not None
        ]
        told = self.tr(
            "Typed here {when} and not sent yet: {figures}. What you record now corrects it."
        )
        return told.format(
            when=formats.moment_beside(typed.at, self._tools.clock()),
            figures=", ".join(figures) or self.tr("selections only"),
        )

    def _name(self, meter: str) -> str:
        return {
            "vends": self.tr("Vends"),
            "value": self.tr("Value"),
            "cash_box": self.tr("Cash to the box"),
        }[meter]

    def _figure(self, meter: str) -> str:
        return self._in_words(meter, getattr(self.known, meter))

    def _in_words(self, meter: str, value: int | None) -> str:
        if value is None:
            return self.tr("not known")
        if meter == "vends" or self.known is None:
            return formats.number(value)
        machine = self.known.machine
        return Amounts(machine.currency, machine.decimals).full(value)

    def _show_form(self, *, shown: bool) -> None:
        self.form.setVisible(shown)
        self.result.setVisible(not shown)

    # typing

    def meter(self, name: str) -> int | None:
        """What is typed, None for nothing and for what is no number."""
        text = self.fields[name].text()
        if not text.strip() or self.known is None:
            return None
        if name == "vends":
            return parse_count(text)
        return parse_money(text, self.known.machine.decimals)

    def _taker(self, kind: MeterKind) -> Callable[[], None]:
        return lambda: self._take(kind)

    def _take(self, kind: MeterKind) -> None:
        self._kind = kind
        for each, choice in self.kinds.items():
            choice.setChecked(each == kind)
        self._typed()

    def _typed(self) -> None:
        """Beside each figure: how far it went on since the last known one."""
        for name in METERS:
            self._since[name].show_note(*self._since_words(name))
        self.trouble.show_note(TagKind.WARNING, "")
        self.changed.emit()

    def _since_words(self, name: str) -> tuple[TagKind, str]:
        meter = self.meter(name)
        before = getattr(self.known, name) if self.known is not None else None
        if meter is None or before is None:
            return TagKind.INFO, ""
        if meter >= before:
            words = self.tr("{n} more than the last known one")
            return TagKind.INFO, words.format(n=self._in_words(name, meter - before))
        if self._kind == "normal":
            words = self.tr(
                "Lower than {n}. Compare it with the display; if it is right, choose "
                "below why: rolled over, restarted or pulled."
            )
            return TagKind.WARNING, words.format(n=self._in_words(name, before))
        words = self.tr("Lower than {n}, as {kind} explains")
        kind = self._tools.words.meter_kind(self._kind)
        return TagKind.INFO, words.format(n=self._in_words(name, before), kind=kind)

    def typed(self) -> TypedMeters | None:
        """What is to be recorded; None, and said at its field, where something is no number."""
        right = True
        for name, field in self.fields.items():
            wrong = bool(field.text().strip()) and self.meter(name) is None
            field.show_error(self._example(name) if wrong else "")
            if wrong and right:
                field.edit.setFocus()
            right = right and not wrong
        selections = parse_selections(self.selections.text())
        if isinstance(selections, str):
            self.selections.show_error(
                self.tr('"{line}" is no selection with its count, or it is there twice.').format(
                    line=selections
                )
            )
            return None
        if not right:
            return None
        return TypedMeters(
            self._kind,
            self.meter("vends"),
            self.meter("value"),
            self.meter("cash_box"),
            selections,
            self.note.text(),
        )

    def _example(self, name: str) -> str:
        decimals = self.known.machine.decimals if self.known is not None else 2
        example = formats.number(9120) if name == "vends" else formats.money(129_634, decimals)
        return self.tr("Type digits only, as in {example}.").format(example=example)

    # what became of it

    def show_trouble(self, error: BaseException) -> None:
        """Why it was not recorded, at its field or above all of them."""
        told = self._tools.messages.error(error)
        self.trouble.show_note(TagKind.WARNING, f"{told.what} {told.do}")
        meter = str(error.values.get("meter", "")) if isinstance(error, Problem) else ""
        if meter in self.fields:
            if isinstance(error, Problem) and error.code == "meters_lower":
                self.trouble.show_note(TagKind.WARNING, "")  # it stands at the field already
            self.fields[meter].edit.setFocus()
        self.ensureWidgetVisible(self.form.heading)

    def correct(self) -> None:
        """The form again, with what was recorded, to be recorded anew."""
        self.done = None
        self._show_form(shown=True)
        self._typed()
        self.take_focus()

    def show_done(self, done: MetersDone, typed: TypedMeters) -> None:
        """What is recorded, and what it says about the time since."""
        self.done = done
        words, known = self._tools.words, self.known
        state = RecordState.RECORDED_HERE
        self.result_mark.show_tag(TagKind(state.value), self._tools.messages.state(state))
        asset = known.machine.asset_number if known is not None else ""
        self.result_title.setText(
            self.tr("The meters of {machine} are recorded").format(machine=asset)
        )
        self.result_words.setText(self._result(done))
        facts = [
            (self._name(name), self._in_words(name, getattr(typed, name)))
            for name in METERS
            if getattr(typed, name) is not None
        ]
        facts.append((self.tr("How they go on"), words.meter_kind(done.kind)))
        if typed.selections:
            facts.append((self.tr("Selections"), formats.number(len(typed.selections))))
        self.result_facts.show_lines(facts)
        self._show_form(shown=False)
        self.changed.emit()

    def _result(self, done: MetersDone) -> str:
        known, now = self.known, self._tools.clock()
        if known is None or known.at is None:
            return self.tr("It is the first meter of this machine that is known here.")
        when = formats.moment_beside(known.at, now)
        parts = []
        if done.vends is not None:
            vends = self.tr("1 vend") if done.vends == 1 else self.tr("{n} vends")
            parts.append(vends.format(n=formats.number(done.vends)))
        if done.value is not None:
            parts.append(self._in_words("value", done.value))
        if parts:
            told = self.tr("{figures} since {when}, as a person read it.")
            return told.format(figures=", ".join(parts), when=when)
        return self.tr(
            "How much was sold since {when} cannot be told from these meters; the next good read "
            "spans it."
        ).format(when=when)
