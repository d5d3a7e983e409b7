"""Products as a person looks for them: by words, by a scanned code, with their pictures."""

import base64
import binascii
from collections.abc import Iterable

from cvd_desktop.services.workplace import Workplace
from cvd_desktop.storage import product_store, snapshot_store
from cvd_shared.wire_records import ProductPictureRecord, ProductRecord

TOPICS = frozenset[str]()  # it writes nothing
_UPC = 12  # digits of UPC-A; EAN-13 has a 0 before them
_MOST_LOOKED_AT = 400  # ids in one question


def find_products(wp: Workplace, text: str, limit: int = 50) -> list[ProductRecord]:
    """Those that hold every word of the text in name, SKU, barcode or category, by category and
    name; all of them for an empty text."""
    with wp.database.read() as connection:
        return product_store.find(connection, text, limit=limit)


def product_by_code(wp: Workplace, code: str) -> ProductRecord | None:
    """The one with this SKU or barcode; UPC-A and EAN-13 are the same. None: not in the catalogue.

    A barcode goes before an SKU that looks like it; codes that two products share name neither.
    """
    wanted = _spelled(code)
    if not wanted:
        return None
    with wp.database.read() as connection:
        near = product_store.find(connection, wanted.lstrip("0") or wanted, limit=None)
    by_barcode = [each for each in near if each.barcode and _spelled(each.barcode) == wanted]
    by_sku = [each for each in near if _spelled(each.sku) == wanted]
    found = by_barcode or by_sku
    return found[0] if len(found) == 1 else None


def product_pictures(wp: Workplace, ids: Iterable[str]) -> dict[str, bytes]:
    """Product id -> bytes of its picture (PNG or JPEG), of those that have one."""
    wanted, found = sorted(set(ids)), dict[str, bytes]()
    with wp.database.read() as connection:
        for start in range(0, len(wanted), _MOST_LOOKED_AT):
            some = wanted[start : start + _MOST_LOOKED_AT]
            for picture in snapshot_store.records(connection, ProductPictureRecord, some).values():
                try:
                    found[picture.id] = base64.b64decode(picture.data, validate=True)
                except (binascii.Error, ValueError):
                    continue  # shown like a product without one
    return found


def _spelled(code: str) -> str:
    """One spelling: no blanks, capitals, and a UPC-A as the EAN-13 that it is."""
    plain = "".join(code.split()).upper()
    return f"0{plain}" if len(plain) == _UPC and plain.isascii() and plain.isdigit() else plain
