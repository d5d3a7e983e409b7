"""What the bytes of a DDCMP line say, independent of the reader (EVA-DTS 6.2.2 ch. 3 and 6).

Both streams are cut into control frames, data frames, damage and noise by their CRCs; then the
order of both gives phases, block numbers, repeats and marks against the timers.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from itertools import groupby

from cvd_desktop.link.byte_trace import READER
from cvd_desktop.link.trace_decoder_steps import (
    ByteStream,
    Crc,
    Timing,
    Unit,
    code_spans,
    mark_times,
)
from cvd_shared.dex.crc16 import crc16_arc

FIRST_SPEED = 2400
SPEEDS = {1: 1200, 2: 2400, 3: 4800, 4: 9600, 5: 19200, 6: 38400, 7: 57600, 8: 115200}
ACK_BEFORE = 0.170  # seconds from the end of a frame to the end of its acknowledgement
GAP = 0.065
LINK_BEFORE, JOB_BEFORE = 5.0, 15.0  # for an answer; the second around READ, WRITE and PROGRAM
_CLOCK_SLACK = 0.0015

_HEAD = 8
_FIRST_BYTE = re.compile(rb"[\x05\x81]")
_CONTROLS = {1: "ack", 2: "nack", 6: "start", 7: "stack"}
_COMMANDS = {
    0xE0: "who",
    0xE1: "program",
    0xE2: "read",
    0xE3: "write",
    0xE4: "delete",
    0xE5: "module",
    0xE6: "memory",
    0xFF: "finish",
}
_LONG_JOBS = frozenset({"read", "write", "program"})


def ddcmp_units(stream: ByteStream) -> list[Unit]:
    """Cut one sender's bytes. Every byte is in exactly one unit; nothing raises."""
    data = stream.data
    units: list[Unit] = []
    place = noise = 0
    while place < len(data):
        found = _FIRST_BYTE.search(data, place)
        if found is None:
            break
        place = found.start()
        unit = _unit(stream, place)
        if unit is None:
            place += 1
            continue
        if noise < place:
            units.extend(_between(stream, noise, place))
        units.append(unit)
        place = noise = unit.end
    if noise < len(data):
        units.extend(_between(stream, noise, len(data)))
    return units


def _between(stream: ByteStream, start: int, end: int) -> list[Unit]:
    """Noise, or the ENQ by which this laptop looks for a machine on the other link."""
    units = stream.noise(start, end)
    for unit in units:
        if stream.sender == READER and not stream.data[unit.start : unit.end].strip(b"\x05"):
            unit.code, unit.values = "other_call", {"link": "dexucs"}
    return units


def _unit(stream: ByteStream, start: int) -> Unit | None:
    data, limit = stream.data, stream.next_cut(start)
    head = data[start : min(start + _HEAD, limit)]
    if len(head) < _HEAD:
        return _bad(stream, start, limit, "cut", Crc.NONE) if _likely(head) else None
    right = _head_is_right(head)
    if not right and not _likely(head):
        return None
    if not right:
        size = 0 if head[0] == 0x05 else _length(head) + 2
        end = _resync(data, start + 1, min(start + _HEAD + size, limit))
        return _bad(stream, start, end, "header_crc", Crc.WRONG)
    if head[0] == 0x05:
        return _control(stream, start, head)
    end = start + _HEAD + _length(head) + 2
    if end > limit:
        return _bad(stream, start, _resync(data, start + _HEAD, limit), "cut", Crc.NONE)
    body = data[start + _HEAD : end]
    if crc16_arc(body):  # over data and CRC it is zero
        end = _resync(data, start + _HEAD, end)
        return _bad(stream, start, end, "data_crc", Crc.WRONG)
    return _data(stream, start, end, head, body[:-2])


def _head_is_right(head: bytes) -> bool:
    return len(head) == _HEAD and crc16_arc(head) == 0


def _likely(head: bytes) -> bool:
    """Whether damaged bytes were a frame once: type and flags of what exists, not the address."""
    if len(head) < 3:
        return False
    if head[0] == 0x05:
        return head[1] in _CONTROLS and head[2] & 0x40 != 0
    return head[1:3] != b"\x00\x00" and (head[2] & 0x3F) < 8


def _length(head: bytes) -> int:
    return head[1] | (head[2] & 0x3F) << 8


def _resync(data: bytes, start: int, end: int) -> int:
    """Where a good header begins between these places, else the end."""
    for found in _FIRST_BYTE.finditer(data, start, end):
        if _head_is_right(data[found.start() : found.start() + _HEAD]):
            return found.start()
    return end


def _bad(stream: ByteStream, start: int, end: int, damage: str, crc: Crc) -> Unit:
    size = end - start
    part = "control" if stream.data[start] == 0x05 else "data"
    crcs: tuple[tuple[int, int], ...] = ()
    if damage == "header_crc" and size >= _HEAD:
        crcs = ((6, 8),)
    elif damage == "data_crc":
        crcs = ((size - 2, size),)
    values: dict[str, str | int] = {"damage": damage, "part": part}
    controls = ((0, min(6, size)),)
    return Unit(stream.sender, start, end, "bad_frame", values, crc, controls, crcs)


def _control(stream: ByteStream, start: int, head: bytes) -> Unit:
    code = _CONTROLS.get(head[1], "control")
    values: dict[str, str | int] = {}
    if code == "ack":
        values = {"n": head[3]}
    elif code == "nack":
        values = {"n": head[3], "error": head[2] & 0x3F}
    elif code in ("start", "stack"):
        values = {"wish": SPEEDS.get(head[4], 0)}
        if code == "stack":
            values["able"] = SPEEDS.get(head[3], 0)
    else:
        values = {"type": head[1]}
    spans = (((0, 6),), ((6, 8),))
    return Unit(stream.sender, start, start + _HEAD, code, values, Crc.RIGHT, *spans)


def _data(stream: ByteStream, start: int, end: int, head: bytes, body: bytes) -> Unit:
    size = end - start
    code, values, secrets = _meaning(body)
    values |= {"number": head[4], "last_heard": head[3], "last": head[2] >> 7}
    spans = [(_HEAD + first, _HEAD + after) for first, after in secrets]
    if code == "block":
        spans += [(_HEAD + first, _HEAD + after) for first, after in code_spans(body)]
    return Unit(
        stream.sender,
        start,
        end,
        code,
        values,
        Crc.RIGHT,
        ((0, 6),),
        ((6, 8), (size - 2, size)),
        tuple(spans),
    )


Meaning = tuple[str, dict[str, str | int], list[tuple[int, int]]]


def _meaning(body: bytes) -> Meaning:
    """Code, values, and where pass codes stand in the data part."""
    kind, name = body[:1], _COMMANDS.get(body[1], "") if len(body) > 1 else ""
    if kind == b"\x99" and len(body) > 1:
        return "block", {"characters": len(body) - 2, "sent_as": body[1]}, []
    if kind == b"\x77" and name in _READ_COMMAND:
        values, secrets = _READ_COMMAND[name](body)
        return name, values, secrets
    if kind == b"\x88" and name:
        good = len(body) > 2 and body[2] == 1
        if not good:
            reason = body[3] if len(body) > 3 else 0
            return f"{name}_refused", {"reason": reason}, []
        values, secrets = _READ_ANSWER.get(name, _plain)(body)
        return f"{name}_agreed", values, secrets
    return "data", {"first": f"{body[0]:02X}" if body else "", "bytes": len(body)}, []


Read = tuple[dict[str, str | int], list[tuple[int, int]]]


def _plain(body: bytes) -> Read:
    del body
    return {}, []


def _codes(body: bytes) -> Read:
    """Whether security and pass code are given; never what they are."""
    given = any(body[3:7])
    return {"codes": "given" if given else "none"}, [(3, min(7, len(body)))] if given else []


def _who(body: bytes) -> Read:
    values, secrets = _codes(body)
    day, month, year, *time = (f"{each:02X}" for each in body[7:13].ljust(6, b"\x00"))
    century = "19" if year >= "80" else "20"
    values["at"] = f"{century}{year}-{month}-{day} {':'.join(time)}"
    values["user"] = int.from_bytes(body[13:15], "big")
    values["person"] = _PERSONS.get(body[15] if len(body) > 15 else 0, "")
    return values, secrets


_PERSONS = {0x0C: "route", 0x0B: "maintenance"}


def _who_agreed(body: bytes) -> Read:
    values, secrets = _codes(body)
    serial = body[7:15].strip(b"\x00 ")
    readable = all(0x20 <= byte <= 0x7E for byte in serial)
    values["serial"] = serial.decode("ascii") if readable else body[7:15].hex(" ").upper()
    values["more_reads"] = body[17] if len(body) > 17 else 0
    values["buffer"] = int.from_bytes(body[19:21], "big") or 256
    return values, secrets


def _list(body: bytes) -> Read:
    values: dict[str, str | int] = {"list": body[3] if len(body) > 3 else 0}
    if len(body) >= 9:
        values["offset"] = int.from_bytes(body[5:7], "little")
        values["length"] = int.from_bytes(body[7:9], "little")
    return values, []


def _write(body: bytes) -> Read:
    size = int.from_bytes(body[4:6], "little")
    return {"list": body[3] if len(body) > 3 else 0, "length": size}, []


_READ_COMMAND: dict[str, Callable[[bytes], Read]] = {
    "who": _who,
    "program": _who,
    "read": _list,
    "write": _write,
    "delete": _list,
    "module": _plain,
    "memory": _plain,
    "finish": _plain,
}
_READ_ANSWER: dict[str, Callable[[bytes], Read]] = {
    "who": _who_agreed,
    "program": _codes,
    "read": _list,
}


def set_speeds(units: Sequence[Unit], speed: int) -> None:
    """How long a byte takes on the line in each unit: both ends change after a STACK."""
    wish = 0
    for unit in units:
        unit.byte_seconds = 10 / speed
        if unit.code == "start":
            wish = int(unit.values["wish"])
        elif unit.code == "stack" and wish and unit.values["able"]:
            speed = min(wish, int(unit.values["able"]))


def tell_ddcmp(units: Sequence[Unit], streams: Mapping[str, ByteStream]) -> None:
    """Phases, block numbers, repeats and time marks; `units` are in order and have their times."""
    _mark_phases(units)
    bands = [list(band) for _, band in groupby(units, key=lambda unit: unit.band)]
    for number, band in enumerate(bands, 1):
        after = bands[number][0].code if number < len(bands) else "start"
        _number_blocks(band, went_on=after != "start")
    _mark_answers(units)
    mark_times(units, streams, GAP, _mark_time)


def _mark_phases(units: Sequence[Unit]) -> None:
    """A command begins a phase, unless it is the one before once more; so does START."""
    phase, band, command = "start", 0, b""
    for unit in units:
        begins = unit.code == "start" and phase != "start"
        if unit.code in _COMMANDS.values():
            begins = unit.code != phase or _body(unit) != command
            command = _body(unit)
        if begins:
            phase, band = unit.code, band + 1
        unit.session, unit.band = phase, band


def _body(unit: Unit) -> bytes:
    return unit.data[_HEAD:]


def _number_blocks(band: Sequence[Unit], *, went_on: bool) -> None:
    """Some devices do not flag the last block: when the reader went on, it was the last one."""
    blocks = [unit for unit in band if unit.code == "block"]
    count = 0
    before: bytes | None = None
    for unit in blocks:
        count += _body(unit) != before
        unit.values["n"] = count
        before = _body(unit)
    if blocks and (went_on or blocks[-1].values["last"] == 1):
        for unit in blocks:
            unit.values["of"] = count
            unit.values["last"] = int(unit.values["n"] == count)


def _mark_answers(units: Sequence[Unit]) -> None:
    """What an acknowledgement is for, and what is said once more."""
    asked: Unit | None = None
    last_data: dict[str, Unit] = {}
    last_answer: dict[str, Unit] = {}
    for unit in units:
        sender = unit.sender
        if unit.code == "start":
            unit.retry = asked is not None and asked.code == "start" and asked.data == unit.data
            asked = unit
        elif unit.code == "stack":
            asked = None
        elif unit.code in ("ack", "nack"):
            to = asked if asked is not None and asked.sender != sender else None
            before = last_answer.get(sender)
            unit.values["to"] = to.code if to is not None else "nothing"
            unit.retry = to is None and before is not None and before.data == unit.data
            last_answer[sender] = unit
            asked = None if unit.code == "ack" else asked
        elif unit.code == "bad_frame":
            asked = unit
        elif unit.crc is Crc.RIGHT:
            before = last_data.get(sender)
            unit.retry = before is not None and _same_message(before, unit)
            last_data[sender] = asked = unit


def _same_message(before: Unit, unit: Unit) -> bool:
    return before.values.get("number") == unit.values.get("number") and _body(before) == _body(unit)


def _mark_time(unit: Unit, before: Unit) -> None:
    if unit.sender == READER and unit.code == "start":
        return
    if unit.code in ("ack", "nack", "stack"):
        asked = before.sender != unit.sender
        if asked and unit.until - before.until > ACK_BEFORE + _CLOCK_SLACK:
            unit.mark(Timing.LATE, ACK_BEFORE)
        return
    most = JOB_BEFORE if unit.session in _LONG_JOBS else LINK_BEFORE
    if unit.gap / 1000 > most + _CLOCK_SLACK:
        unit.mark(Timing.LATE, most)
