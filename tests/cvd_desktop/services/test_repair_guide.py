"""The repair guide has a page for every code, and says on it what to check and what to bring."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cvd_desktop.services.repair_guide import all_pages, event_words, guide_group, guide_pages
from cvd_desktop.services.word_table_repair import MAKERS_OWN, PAGES
from cvd_shared.dex.dex_events import event_table


@pytest.mark.parametrize("code", sorted(event_table()))
def test_every_standard_code_has_a_page(code: str) -> None:
    (page,) = guide_pages([code])
    assert page.group
    assert code.startswith(page.group)
    assert page.events[0].code == code


@pytest.mark.parametrize("page", [*PAGES.values(), MAKERS_OWN], ids=lambda page: page.title)
def test_a_page_can_be_worked_off(page: object) -> None:
    assert isinstance(page, type(MAKERS_OWN))
    assert page.checks
    for sentence in (page.means, page.safety, *page.checks):
        assert not sentence or sentence.endswith((".", "?"))
        assert "  " not in sentence
    assert len(set(page.checks)) == len(page.checks)
    assert not any(part.endswith(".") for part in page.parts)


def test_a_fault_of_the_machine_names_parts() -> None:
    assert [
        group for group, page in PAGES.items() if group.startswith("E") and not page.parts
    ] == []


def test_the_second_reader_has_its_own_page() -> None:
    assert (guide_group("EK2M"), guide_group("EKM"), guide_group("EK2")) == ("EK2", "EK", "EK2")


@pytest.mark.parametrize("code", ["CR", "6A", "EG1A", "LOWCHANGE", "", " ", "ĘJB", "\x00"])
def test_what_is_in_no_standard_has_the_page_of_the_makers(code: str) -> None:
    assert guide_group(code) == ""


@settings(max_examples=60, deadline=None)
@given(st.lists(st.text(max_size=12), max_size=5))
def test_whatever_a_machine_sends_has_its_pages(codes: list[str]) -> None:
    pages = guide_pages(codes)
    told = [event.code for page in pages for event in page.events]
    assert sorted(told) == sorted({code.strip() for code in codes} - {""})
    assert all(page.checks for page in pages)


def test_codes_of_one_part_share_a_page_in_the_order_of_the_first() -> None:
    pages = guide_pages(["EJL", "CR", "EJB61", "EJL", " ", "EAR"])
    assert [page.group for page in pages] == ["EJ", "", "EA"]
    assert [event.code for event in pages[0].events] == ["EJL", "EJB61"]


def test_without_a_code_the_whole_guide_is_there() -> None:
    pages = all_pages()
    assert len(pages) == len(PAGES) + 1
    assert len({page.group for page in pages}) == len(pages)
    assert not any(page.events for page in pages)


def test_an_event_is_told_with_what_to_do() -> None:
    told = event_words(" EJB61 ")
    assert (told.code, told.text) == (
        "EJB61", "Food, snack or can/bottle system: dispense motor error (61)",
    )  # fmt: skip
    assert told.advice.startswith("Driver: ")
