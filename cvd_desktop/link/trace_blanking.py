"""Takes pass codes out of a trace, so that it can leave this computer.

DDCMP carries them as four bytes in "who are you" and "program", and any report that is written may
change them (SD1). Every place where a code that was found stands is blanked, wherever else it
appears; checksums that were right are made right again, so that the trace still decodes.
"""

from collections.abc import Iterable, Sequence

from cvd_desktop.link.byte_trace import MACHINE, READER, Entry
from cvd_desktop.link.trace_decoder import decode_trace
from cvd_desktop.link.trace_decoder_facts import block_text
from cvd_desktop.link.trace_decoder_steps import Crc, TraceStep, code_spans
from cvd_shared.dex.crc16 import crc16_arc

_SHORTEST = 4  # bytes; shorter values stand everywhere by chance
_HEAD = 8
BLANK_TEXT = ord("0")


def blank_codes(
    entries: Sequence[Entry], link: str | None = None
) -> tuple[tuple[Entry, ...], bool]:
    """The entries without pass codes, and whether there were any."""
    entries = [entry for entry in entries if entry[2]]
    steps = decode_trace(entries, link)
    streams = {
        sender: bytearray(b"".join(data for _, who, data in entries if who == sender))
        for sender in (READER, MACHINE)
    }
    before = {sender: bytes(stream) for sender, stream in streams.items()}
    found: set[bytes] = set()
    for sender, stream in streams.items():
        own = [step for step in steps if step.sender == sender]
        for place in _secret_places(own, before[sender]):
            found.add(before[sender][place[0] : place[1]])
            _blank(stream, *place)
    spelled = {code.hex().upper().encode("ascii") for code in found if len(code) == _SHORTEST}
    for code in found | spelled:
        for stream in streams.values():
            _blank_everywhere(stream, code)
    if all(before[sender] == stream for sender, stream in streams.items()):
        return tuple(entries), False
    for step in steps:
        _mend_crc(step, streams[step.sender], before[step.sender])
    return _split_again(entries, streams), True


def blank_report(report: bytes) -> bytes:
    """A report without the pass codes of SD1; its G85 is not made right again."""
    blanked = bytearray(report)
    for first, after in code_spans(report):
        _blank(blanked, first, after)
    return bytes(blanked)


def _secret_places(steps: Sequence[TraceStep], stream: bytes) -> Iterable[tuple[int, int]]:
    """From and to in the stream of one sender: marked by the decoder, or in a report."""
    for step in steps:
        for first, after in step.secrets:
            yield step.place + first, step.place + after
    yield from code_spans(stream)
    places: list[int] = []
    text = bytearray()
    for step in steps:
        if step.code == "block":
            inside = block_text(step)
            places.extend(_text_places(step))
            text += inside
    for first, after in code_spans(bytes(text)):
        for place in places[first:after]:
            yield place, place + 1


def _text_places(step: TraceStep) -> list[int]:
    """Where in the stream the characters of a block stand."""
    if "number" in step.values:
        return list(range(step.place + _HEAD + 2, step.place + len(step.data) - 2))
    outside = {n for first, after in (*step.controls, *step.crcs) for n in range(first, after)}
    return [step.place + n for n in range(len(step.data)) if n not in outside]


def _blank(stream: bytearray, first: int, after: int) -> None:
    """Text stays text: a zero byte would be damage in a DEX block."""
    for place in range(first, after):
        stream[place] = BLANK_TEXT if 0x20 <= stream[place] <= 0x7E else 0


def _blank_everywhere(stream: bytearray, code: bytes) -> None:
    if len(code) < _SHORTEST or not any(code):
        return
    place = stream.find(code)
    while place >= 0:
        _blank(stream, place, place + len(code))
        place = stream.find(code, place + len(code))


def _mend_crc(step: TraceStep, stream: bytearray, before: bytes) -> None:
    first, after = step.place, step.place + len(step.data)
    if step.crc is not Crc.RIGHT or stream[first:after] == before[first:after]:
        return
    if "number" in step.values:
        crc = crc16_arc(bytes(stream[first + _HEAD : after - 2]))
    else:
        inside = bytes(stream[place] for place in _text_places(step))
        crc = crc16_arc(inside + bytes([stream[after - 3]]))
    stream[after - 2 : after] = crc.to_bytes(2, "little")


def _split_again(entries: Sequence[Entry], streams: dict[str, bytearray]) -> tuple[Entry, ...]:
    places = dict.fromkeys(streams, 0)
    split = []
    for at, sender, data in entries:
        first = places[sender]
        places[sender] = first + len(data)
        split.append((at, sender, bytes(streams[sender][first : first + len(data)])))
    return tuple(split)
