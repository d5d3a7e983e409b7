"""One bag, one collect, however its number is typed or scanned."""

from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cvd_shared.bags import bag_used, normal_bag
from cvd_shared.wire_records import CollectedCash
from tests.support.machine_story import BEGIN, amendment, visit


@pytest.mark.parametrize(
    "text",
    ["0042-AB7", " 0042 ab7\r\n", "0042/AB7", "００４２－ＡＢ７", "0042\u00a0ab.7", "0042–AB7"],
)
def test_one_spelling_of_a_bag(text: str) -> None:
    assert normal_bag(text) == "0042AB7"


def test_leading_zeros_are_part_of_the_number() -> None:
    assert normal_bag("042") != normal_bag("42")


@settings(max_examples=60)
@given(st.text(st.characters(codec="cp1252")))
def test_the_spelling_is_its_own_spelling(text: str) -> None:
    assert normal_bag(normal_bag(text)) == normal_bag(text)


def test_a_bag_is_used_once() -> None:
    visits = [
        visit("v1", BEGIN, cash=CollectedCash(bag="b-1")),
        visit("v2", BEGIN + timedelta(days=1), cash=CollectedCash(bag="B1 ")),
        visit("v3", BEGIN, cash=CollectedCash(bag="B2"), amendments=(amendment(1, 2, bag="B3"),)),
        visit("v4", BEGIN),
    ]
    assert bag_used("b 1", visits) == visits[1]
    assert bag_used("B3", visits) == visits[2]
    assert bag_used("B2", visits) is None
    assert bag_used(" - ", [visit("v5", BEGIN, cash=CollectedCash(bag="-"))]) is None
