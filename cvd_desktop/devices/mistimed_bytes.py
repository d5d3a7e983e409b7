"""What a UART hears of bytes that were sent at another speed than its own."""


def misheard(data: bytes, sent_at: int, heard_at: int) -> bytes:
    """8N1 at both ends, speeds in bits per second; the line rests before and after `data`.

    A byte without its stop bit is heard as 0, as Linux hands it over.
    """
    if sent_at == heard_at:
        return data
    bits = b"".join(_BITS[byte] for byte in data)
    step = sent_at / heard_at  # length of a heard bit, in sent bits
    heard = bytearray()
    at = 0.0
    while True:
        begin = bits.find(0, int(at))
        if begin < 0:
            return bytes(heard)
        start = max(at, float(begin))
        if _level(bits, start + step / 2):  # too short for a start bit
            at = start + step / 2
            continue
        value = sum(_level(bits, start + (place + 1.5) * step) << place for place in range(8))
        stop = _level(bits, start + 9.5 * step)
        heard.append(value if stop else 0)
        at = start + 9.5 * step
        if not stop:  # nothing begins before the line has been high again
            high = bits.find(1, int(at))
            at = float(high) if high >= 0 else float(len(bits))


def _level(bits: bytes, at: float) -> int:
    return bits[int(at)] if at < len(bits) else 1


_BITS = [bytes([0, *((byte >> place) & 1 for place in range(8)), 1]) for byte in range(256)]
