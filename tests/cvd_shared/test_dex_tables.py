"""The tables of EVA-DTS are whole and well formed; event codes are told as makers write them."""

import re

import pytest

from cvd_shared.dex.crc16 import crc16_arc
from cvd_shared.dex.dex_events import event_meaning, event_table
from cvd_shared.dex.dex_segments import element, manufacturers, segment_kind, segment_table
from cvd_shared.dex.money_frame import currencies


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
        assert kind.name
        assert kind.source
        assert kind.belongs_to in ("", "PA1")
        for position, known in kind.elements.items():
            assert known.code == f"{name}{position:02d}"
            assert element(known.code) is known
            assert known.name
            assert known.type in ("AN", "N0", "Nc", "N0 / Nc", "DT", "TM", "ID", "CD")
            assert 0 < known.shortest <= known.longest
            assert known.scope in ("", "+", "r")
            assert known.audit_list in ("", "M", "O", "CM")
            assert not known.configures or element(known.configures) is not None


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
