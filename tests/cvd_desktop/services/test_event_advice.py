"""Every event of a machine comes with a sentence that says who does what about it."""

import pytest

from cvd_desktop.services.word_table_events import EVENTS, MAKERS_OWN, event_advice
from cvd_shared.dex.dex_events import event_table

WHO = ("Driver: ", "Technician: ", "Office: ", "Nothing to do: ")


@pytest.mark.parametrize("code", sorted(event_table()))
def test_every_standard_event_says_who_acts(code: str) -> None:
    advice = event_advice(code)
    assert advice.startswith(WHO) or (advice == MAKERS_OWN and "reserved" in event_table()[code])
    assert advice.endswith(".")
    assert "  " not in advice


def test_advice_is_given_for_events_that_exist() -> None:
    assert set(EVENTS) <= set(event_table())


def test_what_a_maker_glues_to_a_standard_code_changes_no_advice() -> None:
    assert event_advice("EJB61") == event_advice("EJB_61") == event_advice(" EJB ")
    assert event_advice("EJB61").startswith("Driver: look for a stuck product")


def test_a_code_without_advice_of_its_own_has_that_of_its_group() -> None:
    assert event_advice("EAP") == event_advice("EA")
    assert event_advice("EFN") == event_advice("EF")


def test_the_second_card_reader_is_told_apart_and_shares_the_advice_of_the_first() -> None:
    assert event_advice("EK2K") == event_advice("EKK")
    assert "second" in event_advice("EK2")
    assert "second" in event_advice("EK2B")


def test_endings_that_mean_the_same_in_every_group() -> None:
    assert event_advice("EAW") == event_advice("ENW") == event_advice("OAW")
    assert event_advice("EGX").startswith("Driver: a customer caused it")


def test_an_event_without_a_code_is_in_no_manual() -> None:
    assert event_advice(" ").startswith("Nothing to do")


@pytest.mark.parametrize("code", ["CR", "EG1A", "LOWCHANGE", "6A", "EBL"])
def test_the_makers_own_codes_are_in_the_manual(code: str) -> None:
    assert event_advice(code) == MAKERS_OWN
