"""Small drawn pictures of the sample's products: a shape for what it is, a colour of its own."""

import base64
import struct
import zlib
from hashlib import sha256

from cvd_shared.wire_records import ProductPictureRecord, ProductRecord

SIDE = 48  # px

_SHAPES = {
    "Cold drinks": "can",
    "Energy drinks": "can",
    "Water": "bottle",
    "Juice and iced tea": "bottle",
    "Hot drinks": "cup",
    "Chocolate": "bar",
    "Gum and sweets": "bar",
    "Biscuits and cakes": "bar",
}
"""Category -> shape; a bag for all others."""

_CLEAR, _BODY, _BAND, _EDGE = 0, 1, 2, 3  # places of the palette


def product_picture(product: ProductRecord) -> ProductPictureRecord:
    """The picture of a product, the same every time."""
    seed = sha256(product.sku.encode()).digest()
    colors = bytes(
        (
            255,
            255,
            255,
            *(60 + byte // 2 for byte in seed[:3]),
            *(120 + byte // 2 for byte in seed[3:6]),
        )
    ) + bytes(30 + byte // 8 for byte in seed[6:9])
    rows = _rows(_SHAPES.get(product.category, "bag"))
    return ProductPictureRecord(
        id=product.id, data=base64.b64encode(_png(rows, colors)).decode("ascii")
    )


def _rows(shape: str) -> list[bytes]:
    return [bytes(_pixel(shape, x, y) for x in range(SIDE)) for y in range(SIDE)]


def _pixel(shape: str, x: int, y: int) -> int:
    """The colour of a pixel: outside, edge, the band with the name, or the body."""
    width = _half_width(shape, y)
    off = abs(2 * x - SIDE + 1)
    if off > width:
        return _CLEAR
    if off > width - 4 or _half_width(shape, y - 2) == 0 or _half_width(shape, y + 2) == 0:
        return _EDGE
    return _BAND if SIDE * 5 // 12 <= y < SIDE * 8 // 12 else _BODY


def _half_width(shape: str, y: int) -> int:
    """Twice the half width in px of the shape at this height; 0 above and below it."""
    if not 3 <= y < SIDE - 3:
        return 0
    match shape:
        case "can":
            return 22 if y in (3, 4, SIDE - 5, SIDE - 4) else 26
        case "bottle":
            return 8 if y < 12 else min(24, 8 + (y - 12) * 4)
        case "cup":
            return 34 - (y - 3) // 3 if y >= 8 else 38
        case "bar":
            return 44 if 14 <= y < 34 else 0
    return 36 if y % 4 < 2 or 7 < y < SIDE - 8 else 34


def _png(rows: list[bytes], colors: bytes) -> bytes:
    """A PNG with a palette (RFC 2083): colour 0 is transparent."""
    head = struct.pack(">IIBBBBB", SIDE, SIDE, 8, 3, 0, 0, 0)
    body = zlib.compress(b"".join(b"\x00" + row for row in rows), 9)
    parts = (
        (b"IHDR", head),
        (b"PLTE", colors),
        (b"tRNS", b"\x00"),
        (b"IDAT", body),
        (b"IEND", b""),
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in parts
    )
