"""The tables of EVA-DTS are whole and well formed; event codes are told as makers write them."""

import json
import re
from pathlib import Path

import pytest

from cvd_shared.dex.crc16 import crc16_arc
from cvd_shared.dex.dex_events import event_meaning, event_table
from cvd_shared.dex.dex_segments import (
    Element,
    element,
    id_at_end,
    load_table,
    manufacturers,
    segment_kind,
    segment_table,
)
from cvd_shared.dex.money_frame import currencies

SOURCES = Path(__file__).parents[2] / "../shared/evadts"
"""What was taken from the standard, beside the repository and never in it."""
TOLD = ("code", "name", "type", "min", "max", "scope", "audit_list", "configures", "note")
KINDS = (
    "envelope",
    "loop",
    "audit",
    "configuration",
    "command",
    "manual entry",
    "maker specific",
)


def test_the_dictionary_is_whole() -> None:
    table = segment_table()
    assert len(table) == 158
    assert sum(len(kind.elements) for kind in table.values()) == 714
    assert len(event_table()) == 438
    assert len(manufacturers()) == 224


def test_the_dictionary_is_well_formed() -> None:
    for name, kind in segment_table().items():
        assert re.fullmatch(r"[A-Z]{1,3}\d{0,2}", name)
        assert kind.id == name
        assert kind.name.strip() == kind.name != ""
        assert kind.kind in KINDS
        assert kind.source
        assert isinstance(kind.repeats, bool)
        assert not kind.belongs_to or (kind.belongs_to in segment_table() and kind.repeats)
        assert list(kind.elements) == sorted(kind.elements)
        assert kind.last_position == max(kind.elements, default=0)
        assert all(1 <= position <= 99 for position in kind.elements)


def test_each_element_is_well_formed() -> None:
    for kind in segment_table().values():
        for position, known in kind.elements.items():
            assert known.position == position
            assert known.code == f"{kind.id}{position:02d}"
            assert element(known.code) is known
            assert known.name.strip() == known.name != ""
            assert known.type in ("AN", "N0", "Nc", "N0 / Nc", "DT", "TM", "ID", "CD")
            assert 0 < known.shortest <= known.longest
            assert known.scope in ("", "+", "r")
            assert not known.scope or known.is_number, known.code  # only counters have one
            assert known.audit_list in ("", "M", "O", "CM")


def test_what_an_element_configures_is_in_the_dictionary() -> None:
    for kind in segment_table().values():
        for known in kind.elements.values():
            if known.configures:
                assert kind.kind == "configuration"
                assert element(known.configures) is not None, known.code


def test_the_file_of_the_dictionary_has_a_row_for_each_segment() -> None:
    rows = load_table("segments.json")
    assert [row[0] for row in rows] == list(segment_table())  # none is there twice
    for row in rows:
        assert len(row) == 7
        positions = [cells[0] for cells in row[6]]
        assert len(set(positions)) == len(positions)
        assert all(5 <= len(cells) <= 9 and cells[-1] != "" for cells in row[6])


def test_events_and_makers_are_well_formed() -> None:
    for code, meaning in event_table().items():
        assert re.fullmatch(r"[EO][A-Z][A-Z0-9]{0,2}", code)
        assert meaning.strip() == meaning != ""
        assert event_meaning(code).text == meaning
    for code, (name, country) in manufacturers().items():
        assert re.fullmatch("[A-Z0-9]{3}", code)
        assert name.strip() == name != ""
        assert country.strip() == country


def test_the_tables_say_what_the_sources_say() -> None:
    if not SOURCES.exists():
        pytest.skip("the extracts of the standard are not on this computer")
    segments = json.loads((SOURCES / "segments.json").read_text("utf-8"))
    assert list(segments) == list(segment_table())
    for name, source in segments.items():
        kind = segment_table()[name]
        assert (kind.name, kind.kind, kind.repeats) == (
            source["name"],
            source["kind"],
            source["repeats"],
        )
        assert bool(kind.belongs_to) == bool(source.get("belongs_to"))
        told = {each["pos"]: each for each in source["elements"]}
        assert {position: as_told(known) for position, known in kind.elements.items()} == {
            position: tuple(each.get(key) or "" for key in TOLD) for position, each in told.items()
        }
    assert set(json.loads((SOURCES / "events.json").read_text("utf-8"))) == set(event_table())
    makers = json.loads((SOURCES / "manufacturers.json").read_text("utf-8"))
    assert manufacturers() == {
        code: (maker["name"], maker["country"]) for code, maker in makers.items()
    }


def as_told(known: Element) -> tuple[str | int, ...]:
    return (
        known.code,
        known.name,
        known.type,
        known.shortest,
        known.longest,
        {"+": "init", "r": "interval", "": ""}[known.scope],
        known.audit_list,
        known.configures,
        known.note,
    )


def test_what_the_dictionary_says() -> None:
    counters = [e for kind in segment_table().values() for e in kind.elements.values()]
    assert sum(counter.scope == "+" for counter in counters) == 139
    assert sum(counter.scope == "r" for counter in counters) == 130
    price = element("PA102")
    assert price is not None
    assert (price.is_money, price.is_number, price.longest) == (True, True, 8)
    tubes = element("CA1501")
    assert tubes is not None
    assert tubes.is_money
    product = segment_kind("PA2")
    assert product is not None
    assert (product.repeats, product.belongs_to, product.last_position) == (True, "PA1", 12)


@pytest.mark.parametrize("code", ["", "PA1", "PA199", "PA1xx", "ZZ101", "*"])
def test_codes_that_nobody_knows(code: str) -> None:
    assert element(code) is None
    assert segment_kind(f"?{code}") is None


@pytest.mark.parametrize(
    ("text", "id_"),
    [
        ("MAPA2", "PA2"),
        ("40CA15", "CA15"),
        ("CA1", "CA1"),
        ("2EA3 ", "EA3"),
        ("USD", None),
        ("GVC1", None),
        ("PA2x", None),
        ("PA", None),
        ("", None),
        ("1" * 5000 + "VA1", "VA1"),
    ],
)
def test_an_id_at_the_end_of_an_element(text: str, id_: str | None) -> None:
    assert id_at_end(text) == id_


def test_manufacturers_and_currencies() -> None:
    assert manufacturers()["AMS"][1] == "U.S.A."
    assert all(re.fullmatch("[A-Z0-9]{3}", code) for code in manufacturers())
    assert (currencies()["840"], currencies()["978"], currencies()["036"]) == ("USD", "EUR", "AUD")
    assert all(
        re.fullmatch(r"\d{3}", number) and re.fullmatch("[A-Z]{3}", letters)
        for number, letters in currencies().items()
    )
    assert len(set(currencies().values())) == len(currencies())


@pytest.mark.parametrize(
    ("code", "standard", "detail"),
    [
        ("EGS", "EGS", ""),
        (" EGS ", "EGS", ""),
        ("EA1A", "EA1A", ""),
        ("ELB_507", "ELB", "507"),
        ("EC_ON", "EC", "ON"),
        ("EJB61", "EJB", "61"),
        ("EA1A_7", "EA1A", "7"),
        ("EJB_", "EJB", ""),
    ],
)
def test_standard_codes_and_what_makers_add(code: str, standard: str, detail: str) -> None:
    meaning = event_meaning(code)
    assert (meaning.standard_code, meaning.detail) == (standard, detail)
    assert meaning.text == event_table()[standard] + (f" ({detail})" if detail else "")


@pytest.mark.parametrize(
    "code", ["CR", "DO", "NE1", "6A", "LOWCHANGE", "EG1Z", "EA3A", "17 door", "", "EGSX", "ZZZ_1"]
)
def test_codes_of_makers_mean_themselves(code: str) -> None:
    meaning = event_meaning(code)
    assert (meaning.standard_code, meaning.detail, meaning.text) == (None, "", code)


def test_the_checksum_is_the_one_of_the_standard() -> None:
    assert crc16_arc(b"123456789") == 0xBB3D
    assert crc16_arc(b"6789", crc16_arc(b"12345")) == 0xBB3D
    assert crc16_arc(b"6150210000RR01L01\x03") == 0x6D1A
    assert crc16_arc(b"") == 0
