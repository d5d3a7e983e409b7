"""Codes that are scanned: which product one belongs to, and what is no number of the trade."""

from collections.abc import Iterable

from cvd_shared.wire_records import ProductRecord


def place_of_code(products: Iterable[ProductRecord], code: str) -> int | None:
    """Which of these has this barcode or SKU, from 0."""
    found = (
        n
        for n, one in enumerate(products)
        if same_code(code, one.barcode) or same_code(code, one.sku)
    )
    return next(found, None)


def same_code(code: str, known: str) -> bool:
    """Whether two codes are one product's: a UPC-A is an EAN-13 without its leading zero."""
    if not known:
        return False
    if code.isdigit() and known.isdigit():
        return code.lstrip("0") == known.lstrip("0")
    return code.casefold() == known.casefold()


def is_trade_code(code: str) -> bool:
    """Whether it is as long as the numbers of the trade: EAN-8, UPC-A, EAN-13, ITF-14."""
    return code.isdigit() and len(code) in (8, 12, 13, 14)
