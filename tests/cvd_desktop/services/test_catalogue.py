"""Products as a person looks for them."""

import base64
from collections.abc import Iterator
from pathlib import Path

import pytest

from cvd_desktop.services.catalogue import find_products, product_by_code, product_pictures
from cvd_desktop.services.machines import find_machines
from cvd_desktop.services.workplace import Workplace
from cvd_shared.wire_records import ProductPictureRecord, ProductRecord
from tests.support.local_workplace import tell_snapshot, workplace

PNG = b"\x89PNG\r\n\x1a\n picture"
PRODUCTS = (
    ("p1", "SN-0001", "Café crème", "Drinks", "036000291452"),  # UPC-A
    ("p2", "SN-0002", "Salted crisps", "Snacks", "4006381333931"),
    ("p3", "4006381333931", "Paprika crisps", "Snacks", ""),
    ("p4", "SN-0004", "Oat bar", "Bars", "0036000291469"),  # the same kind of code as EAN-13
    ("p5", "twice", "One", "Bars", "777"),
    ("p6", "TWICE", "Other", "Bars", "777"),
)


@pytest.fixture(scope="module")
def wp(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workplace]:
    folder: Path = tmp_path_factory.mktemp("catalogue")
    with workplace(folder) as opened:
        tell_snapshot(
            opened,
            [
                ProductRecord(
                    id=each[0], sku=each[1], name=each[2], category=each[3], barcode=each[4]
                )
                for each in PRODUCTS
            ],
        )
        good = base64.b64encode(PNG).decode()
        tell_snapshot(
            opened,
            [ProductPictureRecord(id="p1", data=good), ProductPictureRecord(id="p2", data="?!")],
        )
        yield opened


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("crisps", ["Paprika crisps", "Salted crisps"]),
        ("CAFE", ["Café crème"]),
        ("snacks salt", ["Salted crisps"]),
        ("sn-000", ["Oat bar", "Café crème", "Salted crisps"]),
        ("nothing like it", []),
    ],
)
def test_every_word_is_looked_for_in_name_code_and_category(
    wp: Workplace, text: str, found: list[str]
) -> None:
    assert [each.name for each in find_products(wp, text)] == found


def test_an_empty_text_shows_the_beginning_of_the_catalogue(wp: Workplace) -> None:
    assert len(find_products(wp, "")) == len(PRODUCTS)
    assert len(find_products(wp, " ", limit=2)) == 2


@pytest.mark.parametrize(
    ("code", "product"),
    [
        ("036000291452", "p1"),  # as UPC-A
        ("0036000291452", "p1"),  # as EAN-13
        ("0036000291469", "p4"),
        ("036000291469", "p4"),
        ("4006381333931", "p2"),  # a barcode goes before an SKU
        (" sn-0004\t", "p4"),
    ],
)
def test_a_scanned_code_finds_its_product(wp: Workplace, code: str, product: str) -> None:
    found = product_by_code(wp, code)
    assert found is not None
    assert found.id == product


@pytest.mark.parametrize("code", ["", "  ", "36000291452", "291452", "777", "twice", "4711", "%"])
def test_a_code_that_names_no_one_product_finds_none(wp: Workplace, code: str) -> None:
    assert product_by_code(wp, code) is None


def test_pictures_come_where_there_are_good_ones(wp: Workplace) -> None:
    assert product_pictures(wp, ["p1", "p2", "p3", "gone"]) == {"p1": PNG}


@pytest.mark.parametrize("text", ["\ud83d", "crisps\ud83d", " ".join(map(str, range(3000)))])
def test_half_a_character_or_a_pasted_page_finds_nothing_and_breaks_nothing(
    wp: Workplace, text: str
) -> None:
    assert find_products(wp, text) == []
    assert product_by_code(wp, text) is None
    assert find_machines(wp, text) == ([], 0)
