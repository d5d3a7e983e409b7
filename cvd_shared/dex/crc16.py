"""CRC-16/ARC, the one checksum of EVA-DTS: in DEX/UCS blocks, in DDCMP frames and in G85."""

from fastcrc import crc16


def crc16_arc(data: bytes, start: int = 0) -> int:
    """Checksum of `data`, 0 to 0xFFFF; `start` continues an earlier one. b"123456789" -> 0xBB3D."""
    checksum: int = crc16.arc(data, start)
    return checksum
