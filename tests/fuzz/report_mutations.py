"""Reports that are nearly right: those of the virtual machines and of real files, damaged.

Input `index` of a `seed` is always the same bytes, whatever was made before it.
"""

import random
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import cache

from cvd_shared.dex.dex_segments import segment_table
from cvd_shared.vending_model import SlotSetup, VendingModel
from cvd_shared.vending_profiles import MODELS, MONEY, EventKind
from tests.support.corpus import FOLDER

Lines = list[bytes]
Mutation = Callable[[random.Random, Lines], Lines]

_AT = datetime(2026, 3, 4, 10, 20, 30, tzinfo=UTC)
_MOST_CHANGES = 6
_LINES = 28  # of a real report that are kept: short inputs are quick, and their damage is dense
_DIGITS = b"0123456789"
_ELEMENTS = (
    *(b"", b" ", b"0", b"1", b"-1", b"1.5", b"00000000", b"99999999", b"4294967295", b"9" * 40),
    *(
        b"0" * 40,
        b"x" * 300,
        b"^2A^",
        b"^0D^^0A^",
        b"^FF^",
        b"^",
        b"^^",
        b"\0",
        b"\xe9",
        b"\xc3\xa9",
    ),
    *(
        b"\xff\xff",
        b"\x1a",
        b"\x85",
        b"19000101",
        b"20370101",
        b"370710",
        b"2400",
        b"991231",
        b"0999",
    ),
    *(b"CA", b"DA", b"TA", b"A1", b"10", b"TEMP", b"OPEN", b"AUTO", b"EJB61", b"ELB_507", b"USD"),
    *(b"1840", b"DXS", b"DXE", b"PA1", b"VA1*"),
)
_LINES_TO_ADD = (
    *(b"DXS*ABC0000001*VA*V0/6*1", b"DXS*", b"DXS", b"ST*001*0001", b"ST", b"G85*1234", b"G85"),
    *(b"SE*17*0001", b"SE", b"DXE*1*1", b"DXE", b"DXE*1*1<AAAA|BBBB>", b"ID1*1*2*3*4*5*6", b"ID1"),
    *(b"<000|x|y>", b"Slot 010: Cola", b"@$ 1", b"ST-1*2", b"XX1*1DXS*A*VA*V0/6*1", b"LS*0100"),
    *(b"LE*0100", b"", b"   ", b"\0", b"MC5*1", b"PA1", b"PA2*1*2", b"PA7*10*CA*0*1*2*3*4*5"),
)


@cache
def seeds() -> tuple[bytes, ...]:
    """Whole reports: every make in two states and two currencies, and the real files, if here."""
    found = [_machine(model, money, sales) for model in MODELS for money, sales in _STATES]
    if FOLDER.exists():
        files = sorted(file for file in FOLDER.iterdir() if file.suffix != ".md")
        found += [file.read_bytes() for file in files]
    return tuple(found)


_STATES = (("USD", 12), ("JPY", 0), ("EUR", 40))


def _machine(model: str, money: str, sales: int) -> bytes:
    slots = [SlotSetup(name, 100 * MONEY[money].coins[0] // 5, 9, f"Bar {name}") for name in _NAMES]
    machine = VendingModel(
        model, slots, _AT, serial_number="4711", asset_number="10042", currency=money
    )
    machine.fill_up()
    for number in range(sales):
        name, at = _NAMES[number % 3], _AT + timedelta(hours=number)
        if number % 4 == 0:
            machine.sell_card(name, at, discount=5)
        else:
            machine.sell_cash(name, at)
        if number % 7 == 3:
            machine.test_vend(name, at)
            machine.event(EventKind.DOOR_OPEN, at)
        if number % 9 == 8:
            machine.read_finished(at, "CVD0000001")
    return machine.report(_AT + timedelta(days=3), "CVD0000001")


_NAMES = ("1", "2", "A10", "0*5")


def mutated(seed: int, index: int) -> tuple[bytes, bytes]:
    """Damaged bytes, and the report from which they come."""
    chance = random.Random((seed << 40) + index)
    origin = chance.choice(seeds())
    if chance.random() < 0.02:
        return chance.randbytes(chance.randrange(300)), origin
    lines = _shortened(chance, origin.replace(b"\r\n", b"\n").split(b"\n"))
    for _ in range(chance.randint(1, _MOST_CHANGES)):
        lines = chance.choice(_MUTATIONS)(chance, lines)
    data = chance.choice(_LINE_ENDS).join(lines)
    for _ in range(chance.choice((0, 0, 0, 1, 1, 3))):
        data = chance.choice(_BYTE_MUTATIONS)(chance, data)
    return data, origin


_LINE_ENDS = (b"\r\n", b"\r\n", b"\r\n", b"\n", b"\r", b"\r\r\n", b"  \r\n", b"")


def _shortened(chance: random.Random, lines: Lines) -> Lines:
    """The head, a part of the middle and the end."""
    if len(lines) <= _LINES or chance.random() < 0.05:
        return lines
    start = chance.randrange(6, len(lines) - _LINES + 12)
    return lines[:6] + lines[start : start + _LINES - 12] + lines[-6:]


def _place(chance: random.Random, lines: Lines) -> int:
    return chance.randrange(len(lines)) if lines else 0


def _change_element(chance: random.Random, lines: Lines) -> Lines:
    place = _place(chance, lines)
    elements = lines[place].split(b"*") if lines else [b""]
    elements[chance.randrange(len(elements))] = chance.choice(_ELEMENTS)
    return [*lines[:place], b"*".join(elements), *lines[place + 1 :]]


def _change_number(chance: random.Random, lines: Lines) -> Lines:
    """A counter that goes on, jumps, wraps or restarts."""
    place = _place(chance, lines)
    elements = lines[place].split(b"*") if lines else [b""]
    numbers = [n for n, element in enumerate(elements) if element.isdigit() and len(element) < 40]
    if not numbers:
        return lines
    at = chance.choice(numbers)
    moved = int(elements[at]) + chance.choice((-1, 1, 2, 100, 10**6, 10**8, 2**32))
    elements[at] = b"%d" % (0 if chance.random() < 0.2 else moved)
    return [*lines[:place], b"*".join(elements), *lines[place + 1 :]]


def _more_elements(chance: random.Random, lines: Lines) -> Lines:
    place = _place(chance, lines)
    line = lines[place] if lines else b"VA1"
    more = b"*" + chance.choice(_ELEMENTS)
    return [*lines[:place], line + more * chance.randint(1, 30), *lines[place + 1 :]]


def _fewer_elements(chance: random.Random, lines: Lines) -> Lines:
    place = _place(chance, lines)
    elements = lines[place].split(b"*") if lines else [b""]
    kept = elements[: chance.randint(0, len(elements))]
    return [*lines[:place], b"*".join(kept), *lines[place + 1 :]]


def _another_segment(chance: random.Random, lines: Lines) -> Lines:
    """Any segment of the table, with elements that may be its own or another's."""
    name = chance.choice(list(segment_table())).encode()
    count = chance.randint(0, segment_table()[name.decode()].last_position + 2)
    elements = [
        chance.choice((b"%d" % chance.randrange(2000), chance.choice(_ELEMENTS)))
        for _ in range(count)
    ]
    place = chance.randint(0, len(lines))
    return [*lines[:place], b"*".join((name, *elements)), *lines[place:]]


def _rename(chance: random.Random, lines: Lines) -> Lines:
    place = _place(chance, lines)
    name = chance.choice((*segment_table(), "ZZ9", "pa1", "P", "PA12345", "")).encode()
    line = lines[place] if lines else b""
    return [*lines[:place], name + line[line.find(b"*") :], *lines[place + 1 :]]


def _add(chance: random.Random, lines: Lines) -> Lines:
    place = chance.randint(0, len(lines))
    return [*lines[:place], chance.choice(_LINES_TO_ADD), *lines[place:]]


def _remove(chance: random.Random, lines: Lines) -> Lines:
    place = _place(chance, lines)
    return lines[:place] + lines[place + chance.choice((1, 1, 1, 5)) :]


def _repeat(chance: random.Random, lines: Lines) -> Lines:
    place = _place(chance, lines)
    part = lines[place : place + chance.choice((1, 1, 3, 10))]
    return lines[:place] + part * chance.choice((2, 2, 3, 10)) + lines[place + len(part) :]


def _swap(chance: random.Random, lines: Lines) -> Lines:
    changed = list(lines)
    if changed:
        one, other = _place(chance, lines), _place(chance, lines)
        changed[one], changed[other] = changed[other], changed[one]
    return changed


def _glue(chance: random.Random, lines: Lines) -> Lines:
    place = _place(chance, lines)
    return [*lines[:place], b"".join(lines[place : place + 2]), *lines[place + 2 :]]


def _glue_cut(chance: random.Random, lines: Lines) -> Lines:
    """A lost piece: the beginning of one line goes over into the middle of a later one."""
    place, other = sorted((_place(chance, lines), _place(chance, lines)))
    if not lines:
        return lines
    head, tail = lines[place], lines[other]
    glued = head[: chance.randint(0, len(head))] + tail[chance.randint(0, len(tail)) :]
    return [*lines[:place], glued, *lines[other + 1 :]]


def _splice(chance: random.Random, lines: Lines) -> Lines:
    """Goes on as another report."""
    other = chance.choice(seeds()).replace(b"\r\n", b"\n").split(b"\n")
    start = _place(chance, other)
    return lines[: _place(chance, lines)] + other[start : start + chance.randint(1, 30)]


def _around(chance: random.Random, lines: Lines) -> Lines:
    """Several reports, or text of a handheld around one."""
    return chance.choice((lines + lines, [b"note", *lines, b"<A|B>"], [*lines, b"", *lines[:9]]))


_MUTATIONS: tuple[Mutation, ...] = (
    *(_change_element, _change_element, _change_element, _change_number, _change_number),
    *(_more_elements, _fewer_elements, _another_segment, _another_segment, _rename, _add, _add),
    *(_remove, _repeat, _swap, _glue, _glue_cut, _splice, _around),
)


def _flip(chance: random.Random, data: bytes) -> bytes:
    changed = bytearray(data)
    for _ in range(chance.randint(1, 8) if data else 0):
        changed[chance.randrange(len(changed))] = chance.choice(
            (0, 10, 13, 32, 42, 94, 255, 65, 48)
        )
    return bytes(changed)


def _noise(chance: random.Random, data: bytes) -> bytes:
    place = chance.randint(0, len(data))
    return data[:place] + chance.randbytes(chance.randint(1, 20)) + data[place:]


def _cut(chance: random.Random, data: bytes) -> bytes:
    return data[: chance.randint(0, len(data))]


def _cut_before(chance: random.Random, data: bytes) -> bytes:
    return data[chance.randint(0, len(data)) :]


def _lost(chance: random.Random, data: bytes) -> bytes:
    start = chance.randint(0, len(data))
    return data[:start] + data[start + chance.randint(1, 60) :]


def _encoded(chance: random.Random, data: bytes) -> bytes:
    encoding, mark = chance.choice(
        (
            ("utf-16-le", b"\xff\xfe"),
            ("utf-16-be", b"\xfe\xff"),
            ("utf-16-le", b""),
            ("utf-16-be", b""),
            ("latin-1", b"\xef\xbb\xbf"),
            ("utf-8", b""),
        )
    )
    return mark + data.decode("latin-1").encode(encoding)


_BYTE_MUTATIONS = (_flip, _flip, _noise, _cut, _cut, _cut_before, _lost, _encoded)
