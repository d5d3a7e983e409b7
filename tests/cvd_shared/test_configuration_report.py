"""A configuration report sets what it was asked to set, and nothing else."""

import re
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cvd_shared.dex.configuration_report import ListPrice, configuration_report
from cvd_shared.dex.dex_text import read_dex
from cvd_shared.dex.integrity_check import G85
from cvd_shared.dex.report_checks import structure_findings
from tests.support.transcripts import transcript

READER = "CVD0000001"
AT = datetime(2026, 11, 21, 9, 8, 7, tzinfo=UTC)


def lines(**wanted: Any) -> list[str]:
    """The segments between ST and G85 of a report that is whole and right."""
    (report,) = read_dex(configuration_report(READER, **wanted)).reports
    assert report.complete
    assert report.check.g85 is G85.OK
    assert structure_findings(report) == []
    return [segment.raw for segment in report.segments[2:-3]]


def test_the_write_of_the_reference_transcript_byte_for_byte() -> None:
    (block,) = [step.data for step in transcript("dex-write-config") if b"DXS*" in step.data]
    report = configuration_report(
        READER,
        asset_number="55556666",
        prices={"COL 1": 25, "COL 2": 50},
        names={"COL 1": "Mint 1", "COL 2": "Mint 2"},
    )
    assert block.removeprefix(b"\x10\x02")[:-4] == report  # DLE ETX and two bytes of CRC behind


def test_the_interval_is_reset() -> None:
    """EVA-DTS: SD105 = RESET clears the interval counters of a machine in SAVE mode."""
    assert lines(interval_reset=True) == ["SD1*****RESET"]
    assert lines(event_reset=True, password="123") == ["SD1*123*****RESET"]


def test_the_clock() -> None:
    assert lines(clock=AT) == ["IC5*20261121*090807"]
    assert lines(clock=AT, short_clock=True) == ["IC5*261121*0908*7"]


def test_prices_of_lists_and_devices() -> None:
    wanted = {ListPrice("10", 1, "DA"): 140, ListPrice("10", 2): 150}
    assert lines(list_prices=wanted) == ["PC7*10*DA*1*140", "LC1*2*10*150"]


def test_a_name_alone_leaves_the_price_as_it_is() -> None:
    assert lines(names={"A1": "5*6 \u00e9"}) == ["PC1*A1**5^2A^6 ^E9^"]


def test_machines_that_want_the_audit_segment() -> None:
    """The example of ch. 4.7 sends ID1 where the text asks for IC1."""
    assert lines(asset_number="7", identity_segment="ID1") == ["ID1******7"]


@pytest.mark.parametrize(
    ("wanted", "reason"),
    [
        ({}, "nothing to set"),
        ({"prices": {"1234567": 1}}, "PC101: '1234567' is longer than 6"),
        ({"prices": {" ": 1}}, "PC101: ' ' is empty"),
        ({"prices": {"1": 123_456_789}}, "PC102: 123456789 is longer than 8"),
        ({"prices": {"1": -1}}, "PC102: -1 is no number"),
        ({"names": {"1": "x" * 21}}, "PC103: "),
        ({"names": {"1": "\u20ac"}}, "PC103: '\u20ac' has a character"),
        ({"asset_number": ""}, "IC106: '' is empty"),
        ({"asset_number": "x" * 21}, "IC106: "),
        ({"list_prices": {ListPrice("1", 10): 5}}, "LC101: 10 is longer than 1"),
        ({"list_prices": {ListPrice("1", 1, "CARD"): 5}}, "PC702: 'CARD' is longer than 2"),
        ({"interval_reset": True, "password": "x" * 13}, "SD101: "),
        ({"interval_reset": True, "version": "6"}, "DXS03: '6' is shorter than 4"),
    ],
)
def test_what_does_not_fit_is_named(wanted: dict[str, Any], reason: str) -> None:
    with pytest.raises(ValueError, match=re.escape(reason)):
        configuration_report(READER, **wanted)


@pytest.mark.parametrize("sender", ["", "CVD001", "CVD00000012"])
def test_the_sender_has_ten_characters(sender: str) -> None:
    with pytest.raises(ValueError, match="DXS01"):
        configuration_report(sender, interval_reset=True)


latin = st.text(st.characters(max_codepoint=255), min_size=1, max_size=6).filter(str.strip)


@given(st.dictionaries(latin, st.integers(0, 99_999_999), min_size=1), st.booleans())
def test_every_price_arrives_once(prices: dict[str, int], reset: bool) -> None:
    written = [line.split("*") for line in lines(prices=prices, interval_reset=reset)]
    assert [int(elements[2]) for elements in written if elements[0] == "PC1"] == list(
        prices.values()
    )
    assert [elements[0] for elements in written].count("SD1") == reset
