"""Slots find their selections: by name and order where that is sure, else by a few test vends."""

import random
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cvd_shared import selection_mapping
from cvd_shared.dex.dex_text import read_dex
from cvd_shared.dex.machine_reading import MachineReading
from cvd_shared.dex.reading_maker import make_reading
from cvd_shared.door_labels import LabelPattern
from cvd_shared.ready_machine import ready_machine
from cvd_shared.selection_mapping import REASONS, answer, moved, propose
from cvd_shared.selection_mapping import Mapping as SelectionMapping
from cvd_shared.vending_model import VendingModel
from cvd_shared.vending_profiles import MODELS
from cvd_shared.wire_records import PlanogramSlot
from tests.support.dex_reports import reading_of

NOW = datetime(2026, 11, 21, 6, 0, tzinfo=UTC)

Naming = Callable[[int, int], str]
NAMINGS: dict[str, Naming] = {
    "tens": lambda row, column: f"{row}{column - 1}",
    "row and column": lambda row, column: f"{row}{column}",
    "shelves": lambda row, column: f"{row}{column:02}",
    "counting": lambda row, column: str((row - 1) * 8 + column),
    "padded": lambda row, column: f"0{row}{column - 1}",
    "text": lambda row, column: f"COL {(row - 1) * 8 + column}",
}
GRID = [(row, column) for row in range(1, 7) for column in range(1, 9)]


def slot(
    label: str,
    row: int,
    column: int,
    *,
    selection: str = "?",
    cabinet: int = 1,
    product: str | None = "p",
) -> PlanogramSlot:
    return PlanogramSlot(
        label=label,
        selection=selection,
        cabinet=cabinet,
        row=row,
        column=column,
        product_id=product,
        capacity=10,
        par=8,
        price=100,
    )


def door(row: int, column: int) -> str:
    return f"{'ABCDEF'[row - 1]}{column}"


def door_slots(selections: Sequence[str] = ()) -> list[PlanogramSlot]:
    """The door A1 to F8; `selections` are those of its planogram."""
    return [
        slot(door(*place), *place, selection=selections[number] if selections else "?")
        for number, place in enumerate(GRID)
    ]


class Ended(NamedTuple):
    mapping: SelectionMapping
    questions: int


def wizard(mapping: SelectionMapping, truth: Mapping[str, str | None]) -> Ended:
    """Asks until nothing is open; each answer is what a vend would show."""
    questions = 0
    while mapping.questions:
        asked = mapping.questions[0].slot
        mapping = answer(mapping, asked, truth[asked])
        questions += 1
    return Ended(mapping, questions)


def said(mapping: SelectionMapping) -> dict[str, str | None]:
    return {each.slot: each.selection for each in mapping.proposals}


def reasons(mapping: SelectionMapping) -> set[str]:
    return {each.reason for each in mapping.proposals}


class TestNames:
    def test_exact_names_ask_nothing(self) -> None:
        names = [NAMINGS["tens"](*place) for place in GRID]
        found = propose(names, door_slots(names))
        assert said(found) == {door(*place): NAMINGS["tens"](*place) for place in GRID}
        assert (found.questions, found.confidence, found.unmapped) == ((), 1, ())
        assert reasons(found) == {"exact"}
        assert found.machine_pattern.pattern is LabelPattern.TENS
        assert found.door_pattern.pattern is LabelPattern.LETTER_DIGIT

    def test_padded_names_and_labels(self) -> None:
        names = [f"{'ABCDEF'[row - 1]}{column:02}" for row, column in GRID]
        found = propose(names, door_slots([f"{name[0].lower()}{int(name[1:])}" for name in names]))
        assert list(said(found).values()) == names
        assert (reasons(found), found.questions) == ({"padded"}, ())
        assert {each.confidence for each in found.proposals} < {0.95, 0.96, 0.97, 0.98, 0.99}
        by_label = propose([door(*place) for place in GRID], door_slots())
        assert (reasons(by_label), by_label.confidence) == ({"label"}, 1)

    def test_slots_without_a_name_get_what_is_between(self) -> None:
        names = [NAMINGS["tens"](*place) for place in GRID]
        known = [*names[:10], "?", "?", *names[12:]]
        found = propose(names, door_slots(known))
        assert list(said(found).values()) == names
        assert {each.slot for each in found.proposals if each.reason == "between"} == {"B3", "B4"}

    def test_selections_that_no_slot_has(self) -> None:
        names = [NAMINGS["tens"](*place) for place in GRID]
        found = propose([*names, "99"], door_slots(names))
        assert (found.unmapped, found.questions) == (("99",), ())

    def test_selections_that_the_machine_has_not(self) -> None:
        reading = reading_of("PA1*1*100", "PA1*2*100*****1", "PA1*3*100")
        found = propose(reading, [slot("A1", 1, 1), slot("A2", 1, 2)])
        assert list(said(found).values()) == ["1", "3"]

    def test_several_slots_on_one_selection(self) -> None:
        slots = [slot("A1", 1, 1, selection="10"), slot("A2", 1, 2, selection="10")]
        found = propose(["10"], slots)
        assert said(found) == {"A1": "10", "A2": "10"}

    def test_one_label_in_two_cabinets(self) -> None:
        slots = [
            slot("A1", 1, 1, selection="1", cabinet=1),
            slot("A1", 1, 1, selection="2", cabinet=2),
        ]
        assert said(propose(["1", "2"], slots)) == {"A1 (1)": "1", "A1 (2)": "2"}
        twice = [slot("A1", 1, 1, selection="1"), slot("A1", 1, 1, selection="2")]
        assert said(propose(["1", "2"], twice)) == {"A1 (1)": "1", "A1 (2)": "2"}


class TestOrder:
    @pytest.mark.parametrize("naming", NAMINGS)
    def test_a_known_pattern_is_right_before_anything_is_asked(self, naming: str) -> None:
        names = [NAMINGS[naming](*place) for place in GRID]
        found = propose(names, door_slots())
        assert list(said(found).values()) == names
        assert reasons(found) <= {"row_and_column", "board_order"}
        assert 0.5 < found.confidence < 0.9
        assert found.questions
        truth = dict(zip(said(found), names, strict=True))
        assert wizard(found, truth).questions <= 2
        assert wizard(found, truth).mapping.confidence > 0.95

    @pytest.mark.parametrize("model", MODELS)
    def test_the_door_of_every_model(self, model: str) -> None:
        truth, slots, rows = {}, [], 0
        for number, plan in enumerate(MODELS[model].cabinets, 1):
            for row, column, selection in plan.places():
                label = f"{chr(ord('A') + rows + row - 1)}{column}"
                slots.append(slot(label, row, column, cabinet=number))
                truth[label] = selection
            rows += plan.rows
        found = propose(list(truth.values()), slots)
        assert said(found) == truth
        assert wizard(found, truth).questions <= 2

    def test_wide_columns_are_found_by_their_numbers(self) -> None:
        """Two trays with every other number, two with all; the door has ten places everywhere."""
        names = [
            *(f"{row}{column}" for row in (1, 2) for column in range(0, 10, 2)),
            *(f"{row}{column}" for row in (3, 4) for column in range(9)),
        ]
        slots = [
            slot(f"{'ABCD'[int(name[0]) - 1]}{int(name[1]) + 1}", int(name[0]), int(name[1]) + 1)
            for name in names
        ]
        assert list(said(propose(names, slots)).values()) == names
        assert reasons(propose(names, slots)) == {"row_and_column"}

    def test_a_tray_that_the_door_does_not_have(self) -> None:
        names = [NAMINGS["tens"](*place) for place in GRID] + ["70", "71"]
        found = propose(names, door_slots())
        assert list(said(found).values()) == names[:48]
        assert found.unmapped == ("70", "71")

    def test_two_columns_of_cans_on_one_selection(self) -> None:
        slots = [slot(f"A{column}", 1, column) for column in range(1, 11)]
        names = ["1", "2", "3", "4", "5"]
        found = propose(names, slots)
        assert [found.proposals[n].selection for n in (0, 1, 2, 3, 9)] == ["1", "1", "2", "2", "5"]
        truth = {f"A{column}": str((column + 1) // 2) for column in range(1, 11)}
        assert said(wizard(found, truth).mapping) == truth

    def test_cabinets_counted_the_other_way_round(self) -> None:
        snacks = [slot(f"A{n}", 1, n, cabinet=1) for n in range(1, 7)]
        drinks = [slot(f"B{n}", 1, n, cabinet=2) for n in range(1, 5)]
        names = [f"10{n}" for n in range(1, 5)] + [f"20{n}" for n in range(1, 7)]
        truth = {f"A{n}": f"20{n}" for n in range(1, 7)} | {f"B{n}": f"10{n}" for n in range(1, 5)}
        ended = wizard(propose(names, [*snacks, *drinks]), truth)
        assert said(ended.mapping) == truth
        assert ended.questions <= 2

    def test_a_machine_without_names(self) -> None:
        reading = reading_of("PA1**100", "PA1**150", "PA1**200")
        found = propose(reading, [slot(f"A{n}", 1, n) for n in (1, 2, 3)])
        assert found.machine_pattern.pattern is LabelPattern.UNNAMED
        assert list(said(found).values()) == ["1", "2", "3"]

    def test_names_without_any_pattern(self) -> None:
        names = ["COKE", "WATER", "TEA", "CRISPS"]
        truth = dict(zip(("A1", "A2", "A3", "A4"), ("TEA", "COKE", "WATER", "CRISPS"), strict=True))
        ended = wizard(propose(names, [slot(label, 1, n) for n, label in enumerate(truth)]), truth)
        assert said(ended.mapping) == truth


class TestWizard:
    def test_it_asks_for_slots_that_can_be_vended(self) -> None:
        slots = [
            slot(door(*place), *place, product="p" if place == (4, 4) else None) for place in GRID
        ]
        found = propose([NAMINGS["tens"](*place) for place in GRID], slots)
        assert found.questions[0].slot == "D4"
        assert found.questions[0].candidates[0] == "43"
        assert found.questions[0].settles > 40

    def test_an_answer_that_nothing_foresaw(self) -> None:
        """The planogram says one thing, the door the same, and yet the counters are exchanged."""
        names = [door(*place) for place in GRID]
        found = propose(names, door_slots(names))
        assert found.confidence == 1
        truth = dict(zip(names, names, strict=True)) | {"A1": "A2", "A2": "A1"}
        ended = wizard(answer(found, "A1", "A2"), truth)
        assert said(ended.mapping) == truth
        assert ended.questions < 8

    def test_a_slot_that_moves_no_counter(self) -> None:
        names = [NAMINGS["tens"](*place) for place in GRID]
        found = answer(propose(names, door_slots(names)), "C3", None)
        assert said(found)["C3"] is None
        assert said(found)["C4"] == "33"
        assert "32" in found.unmapped

    def test_a_second_answer_replaces_the_first(self) -> None:
        names = [NAMINGS["tens"](*place) for place in GRID]
        start = propose(names, door_slots())
        once = answer(answer(start, "D4", "43"), "F8", "67")
        corrected = answer(answer(answer(start, "D4", "11"), "F8", "67"), "D4", "43")
        assert said(corrected) == said(once)
        assert corrected.questions == once.questions == ()

    def test_what_the_mapping_does_not_have(self) -> None:
        found = propose(["1"], [slot("A1", 1, 1)])
        with pytest.raises(ValueError, match="no slot 'B7'"):
            answer(found, "B7", "1")
        with pytest.raises(ValueError, match="no selection '9'"):
            answer(found, "A1", "9")

    def test_nothing_to_map(self) -> None:
        assert propose([], []).proposals == ()
        assert said(propose([], [slot("A1", 1, 1)])) == {"A1": None}
        assert propose(["1", "2"], []).unmapped == ("1", "2")

    def test_boards_larger_than_any_machine_go_by_name(self) -> None:
        names = [str(number) for number in range(20_000)]
        found = propose(names, [slot("A1", 1, 1, selection="7"), slot("A2", 1, 2)])
        assert said(found)["A1"] == "7"

    @pytest.mark.parametrize("naming", NAMINGS)
    @settings(max_examples=8, deadline=None)
    @given(seed=st.integers(0, 10**6))
    def test_shuffled_planograms_of_a_known_pattern_take_two_questions(
        self, naming: str, seed: int
    ) -> None:
        names = [NAMINGS[naming](*place) for place in GRID]
        shuffled = random.Random(seed).sample(names, len(names))
        slots = random.Random(seed + 1).sample(door_slots(shuffled), len(names))
        truth = {door(*place): NAMINGS[naming](*place) for place in GRID}
        ended = wizard(propose(names, slots), truth)
        assert said(ended.mapping) == truth
        assert ended.questions <= 2

    @pytest.mark.parametrize("naming", NAMINGS)
    @given(by=st.integers(-3, 3).filter(bool))
    def test_shifted_planograms_take_two_questions(self, naming: str, by: int) -> None:
        names = [NAMINGS[naming](*place) for place in GRID]
        truth = {door(*place): NAMINGS[naming](*place) for place in GRID}
        ended = wizard(propose(names, door_slots([*names[by:], *names[:by]])), truth)
        assert said(ended.mapping) == truth
        assert ended.questions <= 2

    @pytest.mark.parametrize("naming", NAMINGS)
    @given(by=st.integers(1, 3))
    def test_machines_that_begin_later_than_their_door_take_two_questions(
        self, naming: str, by: int
    ) -> None:
        names = [NAMINGS[naming](*place) for place in GRID]
        board = [*names, *(f"9{n}9" for n in range(by))]
        truth = {door(*place): board[number + by] for number, place in enumerate(GRID)}
        ended = wizard(propose(board, door_slots()), truth)
        assert said(ended.mapping) == truth
        assert ended.questions <= 2

    def test_a_machine_wired_at_random_is_asked_to_the_end(self) -> None:
        names = [NAMINGS["tens"](*place) for place in GRID]
        for seed in range(5):
            wired = random.Random(seed).sample(names, len(names))
            truth = {door(*place): name for place, name in zip(GRID, wired, strict=True)}
            ended = wizard(propose(names, door_slots()), truth)
            assert said(ended.mapping) == truth
            assert ended.questions == 47

    @given(st.permutations(range(8)))
    def test_thorough_is_right_whatever_the_wiring(self, wiring: list[int]) -> None:
        names = [str(number) for number in range(1, 9)]
        slots = [slot(f"A{n}", 1, n, selection=str(n)) for n in range(1, 9)]
        truth: dict[str, str | None] = {f"A{n + 1}": names[to] for n, to in enumerate(wiring)}
        ended = wizard(propose(names, slots, thorough=True), truth)
        assert said(ended.mapping) == truth
        assert ended.questions == 7
        assert reasons(ended.mapping) == {"person", "only_one_left"}

    @settings(deadline=None)
    @given(st.data())
    def test_whatever_is_answered_the_wizard_ends_and_believes_the_answers(
        self, data: st.DataObject
    ) -> None:
        names = data.draw(
            st.lists(st.sampled_from(["1", "2", "10", "11", "A1", "A2", "B1", "x"]), unique=True)
        )
        slots = data.draw(
            st.lists(
                st.builds(
                    slot,
                    st.sampled_from(["A1", "A2", "B1", "10", ""]),
                    st.integers(1, 3),
                    st.integers(1, 3),
                    selection=st.sampled_from(["1", "01", "a1", "?"]),
                    cabinet=st.integers(1, 2),
                    product=st.sampled_from([None, "p"]),
                ),
                max_size=8,
            )
        )
        mapping = propose(names, slots, thorough=data.draw(st.booleans()))
        told: dict[str, str | None] = {}
        while mapping.questions:
            asked = mapping.questions[0]
            assert asked.slot not in told
            assert asked.settles >= 1
            assert set(asked.candidates) <= set(names)
            told[asked.slot] = data.draw(st.sampled_from([None, *names]))
            mapping = answer(mapping, asked.slot, told[asked.slot])
            assert told.items() <= said(mapping).items()
        assert len(mapping.proposals) == len(slots)
        assert all(0 <= each.confidence <= 1 for each in mapping.proposals)
        assert reasons(mapping) <= set(REASONS)
        mapped = {each.selection for each in mapping.proposals}
        assert set(mapping.unmapped) == set(names) - mapped


def test_every_reason_is_in_the_table() -> None:
    rows = [line.split("|")[1].strip() for line in (selection_mapping.__doc__ or "").splitlines()
            if line.startswith("| ")]  # fmt: skip
    assert tuple(rows[1:]) == REASONS


class TestMoved:
    def read(self, machine: VendingModel) -> MachineReading:
        return make_reading(read_dex(machine.report(NOW)).reports[0])

    @pytest.mark.parametrize("model", MODELS)
    def test_the_counter_of_the_slot_that_was_vended(self, model: str) -> None:
        machine = ready_machine(model, NOW)
        machine.fill_up()
        selection = list(machine.slots)[4]
        before = self.read(machine)
        machine.sell_card(selection, NOW)
        after = self.read(machine)
        assert moved(before, after) == selection
        assert moved(after, after) is None

    @pytest.mark.parametrize("model", ["combo", "spiral", "coffee"])
    def test_test_vends_and_free_vends_count(self, model: str) -> None:
        machine = ready_machine(model, NOW)
        machine.fill_up()
        first, second = list(machine.slots)[:2]
        before = self.read(machine)
        machine.test_vend(first, NOW)
        between = self.read(machine)
        machine.free_vend(second, NOW)
        assert moved(before, between) == first
        assert moved(between, self.read(machine)) == second
        assert moved(before, self.read(machine)) is None

    def test_one_vend_may_move_two_counters(self) -> None:
        before = reading_of("PA1*1*100", "PA2*5*500", "PA3*2", "PA1*2*100", "PA2*9*900")
        after = reading_of("PA1*1*100", "PA2*6*500", "PA3*3", "PA1*2*100", "PA2*9*900")
        assert moved(before, after) == "1"

    @pytest.mark.parametrize("sold", [("7", "9"), ("6", "10"), ("4", "9"), ("5", "9"), ("", "10")])
    def test_what_is_not_clear(self, sold: tuple[str, str]) -> None:
        before = reading_of("PA1*1*100", "PA2*5", "PA1*2*100", "PA2*9")
        after = reading_of("PA1*1*100", f"PA2*{sold[0]}", "PA1*2*100", f"PA2*{sold[1]}")
        assert moved(before, after) == ("2" if sold[0] == "" else None)

    def test_through_the_end_of_the_counter(self) -> None:
        before, after = reading_of("PA1*1*100", "PA2*99999999"), reading_of("PA1*1*100", "PA2*0")
        assert moved(before, after) == "1"

    def test_with_a_virtual_machine_to_the_end(self) -> None:
        """The whole way: a planogram that is off by one place, two vends, the true mapping."""
        machine = ready_machine("snack", NOW)
        machine.fill_up()
        names = list(machine.slots)
        labels = [f"{row}{column}" for row, column in GRID]
        slots = [
            slot(label, *place, selection=names[number - 1])
            for number, (label, place) in enumerate(zip(labels, GRID, strict=True))
        ]
        mapping = propose(self.read(machine), slots)
        for _ in range(2):
            before = self.read(machine)
            asked = mapping.questions[0].slot
            machine.sell_card(names[labels.index(asked)], NOW)
            mapping = answer(mapping, asked, moved(before, self.read(machine)))
        assert mapping.questions == ()
        assert list(said(mapping).values()) == names
