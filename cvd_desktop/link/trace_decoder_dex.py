"""What the bytes of a DEX/UCS line say, independent of the reader (EVA-DTS 6.2.2 ch. 4).

First both streams are cut into control characters, frames and noise; then the order of both gives
sessions, block numbers, repeats and marks against the timers.
"""

import re
from collections.abc import Mapping, Sequence
from itertools import groupby

from cvd_desktop.link.byte_trace import MACHINE
from cvd_desktop.link.trace_decoder_steps import (
    SILENT,
    ByteStream,
    Crc,
    Timing,
    Unit,
    code_spans,
    mark_times,
)
from cvd_shared.dex.crc16 import crc16_arc

ANSWER_AFTER, ANSWER_BEFORE = 0.010, 0.950  # seconds
GAP = 0.100  # timer B
ACTIVITY = 2.0  # timer D
SESSION_PAUSE = 0.100
_CLOCK_SLACK = 0.0015  # seconds by which a time may be wrong: no one is blamed for less

_SINGLE = {0x05: "enq", 0x04: "eot", 0x15: "nak"}
_AFTER_DLE = {0x30: "ack", 0x31: "ack", 0x3B: "wack", 0x16: "filler"}
_ANSWERS = frozenset({"ack", "nak", "wack"})
_FRAMES = frozenset({"handshake_1", "handshake_2", "handshake", "block"})
_LONGEST = 2048  # text bytes after which a frame without an end is given up

_REVISION = re.compile(r"(R\d\dL\d\d)\s*$")
_RESPONSES = frozenset({"00", "01", "02", "03", "04", "05", "90"})


def dex_units(stream: ByteStream) -> list[Unit]:
    """Cut one sender's bytes. Every byte is in exactly one unit; nothing raises."""
    data, sender = stream.data, stream.sender
    units: list[Unit] = []
    place = noise = 0

    def add(unit: Unit) -> int:
        if noise < unit.start:
            units.extend(stream.noise(noise, unit.start))
        units.append(unit)
        return unit.end

    while place < len(data):
        byte = data[place]
        if byte == 0x05 and crc16_arc(data[place : place + 8]) == 0 and place + 8 <= len(data):
            unit = Unit(sender, place, place + 8, "other_call", {"link": "ddcmp"})
        elif byte in _SINGLE:
            unit = Unit(sender, place, place + 1, _SINGLE[byte], controls=((0, 1),))
        elif byte == 0x10 and place + 1 < stream.next_cut(place):
            found = _after_dle(stream, place)
            if found is None:
                place += 1
                continue
            unit = found
        else:
            place += 1
            continue
        place = noise = add(unit)
    if noise < len(data):
        units.extend(stream.noise(noise, len(data)))
    return units


def _after_dle(stream: ByteStream, place: int) -> Unit | None:
    second = stream.data[place + 1]
    if second in _AFTER_DLE:
        values: dict[str, str | int] = {"n": second - 0x30} if second in (0x30, 0x31) else {}
        code = _AFTER_DLE[second]
        return Unit(stream.sender, place, place + 2, code, values, controls=((0, 2),))
    if second in (0x01, 0x02):
        return _frame(stream, place)
    if second in (0x03, 0x17):
        end = min(place + 4, stream.next_cut(place))
        values = {"damage": "head_lost", "part": "block"}
        return Unit(stream.sender, place, end, "bad_frame", values, controls=((0, 2),))
    return None


def _frame(stream: ByteStream, start: int) -> Unit:
    """From DLE SOH or DLE STX to its CRC, or to where it was cut."""
    data, limit = stream.data, stream.next_cut(start)
    limit = min(limit, start + _LONGEST)
    text = bytearray()
    controls = [(0, 2)]
    odd = False
    place = start + 2
    damage = "too_long" if limit == start + _LONGEST else "cut"
    while place < limit:
        mark = data.find(0x10, place, limit)
        if mark < 0 or mark + 1 >= limit:
            break
        text += data[place:mark]
        second = data[mark + 1]
        if second in (0x03, 0x17):
            controls.append((mark - start, mark + 2 - start))
            if mark + 4 > limit:
                break
            return _whole(stream, start, mark, bytes(text), controls, odd=odd)
        if second in (0x01, 0x02):
            limit, damage = mark, "cut"
            break
        if second == 0x16:
            controls.append((mark - start, mark + 2 - start))
            place = mark + 2
        else:
            odd = True
            place = mark + (1 if second == 0x10 else 2)
    values: dict[str, str | int] = {"damage": damage, "part": _part(data[start + 1])}
    return Unit(stream.sender, start, limit, "bad_frame", values, controls=tuple(controls))


def _whole(
    stream: ByteStream,
    start: int,
    mark: int,
    text: bytes,
    controls: Sequence[tuple[int, int]],
    *,
    odd: bool,
) -> Unit:
    data, end = stream.data, mark + 4
    last = data[mark + 1] == 0x03
    handshake = data[start + 1] == 0x01
    sent = int.from_bytes(data[mark + 2 : end], "little")
    right = crc16_arc(bytes([*text, data[mark + 1]])) == sent
    crcs = ((mark + 2 - start, end - start),)
    crc = Crc.RIGHT if right else Crc.WRONG
    unit = Unit(stream.sender, start, end, "bad_frame", {}, crc, tuple(controls), crcs)
    if right and not odd:
        unit.code, unit.values = _read_handshake(text) if handshake else ("block", {})
        if unit.code == "block":
            unit.values = {"characters": len(text), "last": int(last)}
    else:
        unit.values = {"damage": "character" if right else "crc", "part": _part(data[start + 1])}
    unit.secrets = tuple(code_spans(data[start:end]))
    return unit


def _part(head: int) -> str:
    return "handshake" if head == 0x01 else "block"


def _read_handshake(text: bytes) -> tuple[str, dict[str, str | int]]:
    """id operation revision, or code id revision in either order (ch. 4.5, A1.8 of the notes)."""
    words = text.decode("latin-1")
    found = _REVISION.search(words)
    front = words[: found.start()] if found else words
    revision = found[1] if found else ""
    if found and len(front) == 11 and front[10].isalpha():
        values = {"id": front[:10].rstrip(), "operation": front[10], "revision": revision}
        return "handshake_1", dict(values)
    if found and len(front) in (12, 13):
        readings = [(front[:2], front[2:12], 0), (front[10:12], front[:10], 1)]
        known = sorted(
            (each for each in readings if each[0] in _RESPONSES), key=lambda each: each[0] != "00"
        )
        likely = [each for each in readings if each[0].isdigit()]
        for response, name, id_first in (known or likely)[:1]:
            return "handshake_2", {
                "response": response,
                "id": name.rstrip(),
                "revision": revision,
                "id_first": id_first,
            }
    shown = "".join(letter if " " <= letter <= "~" else "?" for letter in words[:24])
    return "handshake", {"text": shown, "revision": revision}


def tell_dex(units: Sequence[Unit], streams: Mapping[str, ByteStream]) -> None:
    """Sessions, block numbers, repeats and marks; `units` are in order and have their times."""
    _mark_sessions(units)
    _mark_meaning(units)
    mark_times(units, streams, GAP, _mark_time)


def _mark_sessions(units: Sequence[Unit]) -> None:
    """Runs between EOTs get their session by what they hold, else by what has to come next."""
    expected = "1"
    for band, run in enumerate(_runs(units)):
        session = next((_SESSION_OF[u.code] for u in run if u.code in _SESSION_OF), expected)
        for unit in run:
            unit.session, unit.band = session, band
        expected = _next_session(run, session)


_SESSION_OF = {"handshake_1": "1", "handshake_2": "2", "block": "3"}


def _next_session(run: Sequence[Unit], session: str) -> str:
    """A session that ended without its frame begins again with the first one."""
    done = any(_SESSION_OF.get(unit.code) == session for unit in run)
    if not done or not any(unit.code == "eot" for unit in run):
        return "1"
    if session == "1":
        return "2"
    agreed = any(u.code == "handshake_2" and u.values["response"] == "00" for u in run)
    return "3" if session == "2" and agreed else "1"


def _runs(units: Sequence[Unit]) -> list[list[Unit]]:
    """A run ends with an EOT; without one, where an ENQ leads to a frame of another session."""
    runs: list[list[Unit]] = []
    run: list[Unit] = []
    session = ""
    ended = False
    for unit in units:
        new = _SESSION_OF.get(unit.code, "")
        if ended and unit.code != "eot":
            runs.append(run)
            run, session, ended = [], "", False
        elif new and session and new != session:
            at = max((n for n, each in enumerate(run) if each.code == "enq"), default=len(run))
            if at:
                runs.append(run[:at])
            run = run[at:]
            session = ""
        run.append(unit)
        session = new or session
        ended = unit.code == "eot"
    return [*runs, run] if run else runs


def _mark_meaning(units: Sequence[Unit]) -> None:
    """What a control character means where it stands, and what is said once more."""
    for _, run in groupby(units, key=lambda unit: unit.band):
        here = list(run)
        line = _Line(here[0].session)
        for unit in here:
            line.take(unit)
        line.close()


class _Line:
    """Who said what last in a run, walking along its units."""

    def __init__(self, session: str) -> None:
        self._session = session
        self._before: Unit | None = None
        self._open: Unit | None = None  # a frame or ENQ that has no answer yet
        self._blocks: list[Unit] = []
        self._count = 0
        self._frames: dict[str, bytes] = {}  # the last frame of each sender
        self._answers: dict[str, Unit] = {}  # the last answer of each sender
        self._done = False  # the frame of this session was there
        self._agreed = False

    def take(self, unit: Unit) -> None:
        if unit.code in _FRAMES or unit.code == "bad_frame":
            self._take_frame(unit)
        elif unit.code == "enq":
            self._take_enq(unit)
        elif unit.code in _ANSWERS:
            self._take_answer(unit)
        elif unit.code == "eot":
            self._take_eot(unit)
        if unit.code not in SILENT:
            self._before = unit

    def close(self) -> None:
        """The last block tells how many there are."""
        if self._whole():
            for block in self._blocks:
                block.values["of"] = self._count

    def _whole(self) -> bool:
        return bool(self._blocks) and self._blocks[-1].values["last"] == 1

    def _take_frame(self, unit: Unit) -> None:
        again = self._frames.get(unit.sender) == unit.data
        before = self._before
        after_nak = before is not None and before.code == "nak" and before.sender != unit.sender
        unit.retry = again or after_nak
        if unit.code == "block":
            self._count += not again or not self._count
            unit.values["n"] = self._count
            self._blocks.append(unit)
        elif unit.code == "bad_frame" and unit.values["part"] == "block":
            unit.values["n"] = self._count + 1
        if unit.code in _FRAMES:
            self._frames[unit.sender] = unit.data
            self._done = self._done or _SESSION_OF.get(unit.code) == self._session
            self._agreed = self._agreed or unit.values.get("response") == "00"
        self._open = unit

    def _take_enq(self, unit: Unit) -> None:
        waiting, before = self._open, self._before
        unit.values["to"] = unit.session
        if before is not None and before.code == "wack" and before.sender != unit.sender:
            unit.values["to"] = "after_wack"
        elif unit.sender in self._frames:
            unit.retry = True
            unit.values["to"] = "lost_answer"
        elif waiting is not None and waiting.sender == unit.sender:
            unit.retry = True
            unit.values["to"] = "repeat"
        self._open = unit

    def _take_answer(self, unit: Unit) -> None:
        asked, last = self._open, self._answers.get(unit.sender)
        if asked is None or asked.sender == unit.sender:
            unit.retry = last is not None and last.data == unit.data
            unit.values["to"] = "nothing"
        elif asked.values.get("to") == "lost_answer":
            unit.retry = True
            unit.values["to"] = "lost_answer"
        else:
            unit.values["to"] = _kind(asked)
        self._answers[unit.sender] = unit
        self._open = None

    def _take_eot(self, unit: Unit) -> None:
        then = {"1": "swap", "2": "data" if self._agreed else "refused"}.get(unit.session, "cut")
        if unit.session == "3" and self._whole():
            then = "whole"
        unit.values["then"] = then if self._done else "gives_up"
        self._open = None


def _kind(unit: Unit) -> str:
    """What an answer is for: "enq", "handshake" or "block"."""
    if unit.code == "bad_frame":
        return str(unit.values["part"])
    return "handshake" if unit.code.startswith("handshake") else unit.code


def _mark_time(unit: Unit, before: Unit) -> None:
    """Answers have a least and a most; between sessions there is only a least."""
    gap = unit.gap / 1000
    if before.code == "eot":
        if gap < SESSION_PAUSE - _CLOCK_SLACK and unit.code == "enq":
            unit.mark(Timing.EARLY, SESSION_PAUSE)
    elif unit.sender != before.sender:
        if gap > (ANSWER_BEFORE if unit.code in _ANSWERS else ACTIVITY) + _CLOCK_SLACK:
            unit.mark(Timing.LATE, ANSWER_BEFORE if unit.code in _ANSWERS else ACTIVITY)
        elif _surely_early(unit, before) and unit.code in _ANSWERS:
            unit.mark(Timing.EARLY, ANSWER_AFTER)


def _surely_early(unit: Unit, before: Unit) -> bool:
    """What the machine says is noted when it has arrived, some bytes at once: when it ended is not
    known, only when it was there at the latest."""
    gap = unit.at - before.at if before.sender == MACHINE else unit.gap / 1000
    return gap < ANSWER_AFTER - _CLOCK_SLACK
