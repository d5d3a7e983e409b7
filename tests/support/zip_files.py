"""Zips for tests: whole ones, locked ones, damaged ones, ones that lie."""

import io
import zipfile
from collections.abc import Mapping

Contents = Mapping[str, bytes]
_WHEN = (2026, 3, 2, 10, 20, 30)


def zip_of(contents: Contents, *, when: tuple[int, int, int, int, int, int] = _WHEN) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in contents.items():
            info = zipfile.ZipInfo(name, when)
            info.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(info, data)
    return packed.getvalue()


def locked_zip_of(contents: Contents) -> bytes:
    """Its flags say that every file is encrypted, as packers write them."""
    data = bytearray(zip_of(contents))
    for mark, flags in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        place = data.find(mark)
        while place >= 0:
            data[place + flags] |= 1
            place = data.find(mark, place + 4)
    return bytes(data)


def zip_that_says(contents: Contents, *, unpacked_bytes: int) -> bytes:
    """As `zip_of`, with another size of every file in its directory."""
    data = bytearray(zip_of(contents))
    place = data.find(b"PK\x01\x02")
    while place >= 0:
        data[place + 24 : place + 28] = unpacked_bytes.to_bytes(4, "little")
        place = data.find(b"PK\x01\x02", place + 4)
    return bytes(data)
