"""The tables are whole: nothing is forgotten, nothing leads nowhere."""

from dataclasses import fields
from enum import StrEnum

import pytest

from cvd_desktop.link.dexucs import DexReader
from cvd_desktop.link.dexucs_machine import DexMachine
from cvd_desktop.link.dexucs_machine_table import MACHINE_STATES, MACHINE_TABLE, MachineState
from cvd_desktop.link.dexucs_station import DexSettings, Event, Rest, Rule
from cvd_desktop.link.dexucs_table import STATES, TABLE, State
from cvd_desktop.link.dexucs_writer import DexWriter
from cvd_desktop.link.dexucs_writer_table import WRITER_STATES, WRITER_TABLE

Table = dict[StrEnum, dict[Event, Rule[StrEnum]]]

EACH = pytest.mark.parametrize(
    ("station", "states", "table"),
    [
        (DexReader, STATES, TABLE),
        (DexWriter, WRITER_STATES, WRITER_TABLE),
        (DexMachine, MACHINE_STATES, MACHINE_TABLE),
    ],
    ids=["reader", "writer", "machine"],
)


@EACH
def test_every_action_is_a_method(station: type, states: dict[StrEnum, Rest], table: Table) -> None:
    actions = {rule.action for rules in table.values() for rule in rules.values()}
    assert not {action for action in actions if not hasattr(station, f"_{action}")}


@EACH
def test_every_state_that_has_a_limit_says_what_happens_then(
    station: type, states: dict[StrEnum, Rest], table: Table
) -> None:
    names = {field.name for field in fields(DexSettings)}
    for state, rest in states.items():
        assert rest.limit is None or rest.limit in names
        assert (rest.limit is not None) == (Event.TIMEOUT in table.get(state, {})), state


@EACH
def test_every_rule_leads_to_a_state_that_is_described(
    station: type, states: dict[StrEnum, Rest], table: Table
) -> None:
    described = {*states, State.OVER, MachineState.GONE}
    for state, rules in table.items():
        assert state in states
        assert all(rule.then in described and rule.why for rule in rules.values())


def test_no_state_is_without_rules_but_the_ends() -> None:
    assert set(State) - set(TABLE) - set(WRITER_TABLE) == {State.NEW, State.OVER}
    assert set(TABLE) == set(STATES)
    assert set(WRITER_TABLE) == set(WRITER_STATES)
    ends = {MachineState.MUTE, MachineState.FINISHED, MachineState.GONE}
    assert set(MachineState) - set(MACHINE_TABLE) == ends
