"""The table of the DDCMP reader is whole: nothing is forgotten, nothing leads nowhere."""

from dataclasses import fields

from cvd_desktop.link.ddcmp import DdcmpReader
from cvd_desktop.link.ddcmp_settings import DdcmpSettings
from cvd_desktop.link.ddcmp_table import STATES, TABLE, Event, State
from cvd_desktop.link.outputs import Phase


def test_every_action_is_a_method() -> None:
    actions = {rule.action for rules in TABLE.values() for rule in rules.values()}
    assert not {action for action in actions if not hasattr(DdcmpReader, f"_{action}")}


def test_every_state_has_a_limit_and_says_what_happens_then() -> None:
    names = {field.name for field in fields(DdcmpSettings)}
    for state, rest in STATES.items():
        assert rest.limit in names
        assert rest.meaning
        assert Event.TIMEOUT in TABLE[state], state


def test_every_rule_leads_to_a_state_that_is_described() -> None:
    for state, rules in TABLE.items():
        assert state in STATES
        assert all(rule.then in {*STATES, State.OVER} and rule.why for rule in rules.values())


def test_no_state_is_without_rules_but_the_ends() -> None:
    assert set(State) - set(TABLE) == {State.NEW, State.OVER}


def test_a_person_sees_every_step_but_the_port() -> None:
    assert {rest.phase for rest in STATES.values()} == set(Phase) - {Phase.PORT}
