"""The bytes of a session as steps that a technician can read, on either link."""

from collections.abc import Iterable, Sequence
from itertools import pairwise

from cvd_desktop.link.byte_trace import MACHINE, READER, Entry
from cvd_desktop.link.trace_decoder_ddcmp import (
    FIRST_SPEED,
    ddcmp_units,
    set_speeds,
    tell_ddcmp,
)
from cvd_desktop.link.trace_decoder_dex import dex_units, tell_dex
from cvd_desktop.link.trace_decoder_steps import (
    ByteStream,
    Crc,
    TraceStep,
    Unit,
    clock_units,
    in_order,
)

DEXUCS, DDCMP = "dexucs", "ddcmp"


def decode_trace(
    entries: Sequence[Entry],
    link: str | None = None,
    baud_rate: int | None = None,
    *,
    growing: bool = False,
) -> tuple[TraceStep, ...]:
    """Every byte of `entries` in exactly one step, in the order in which the steps began.

    `link` is "dexucs", "ddcmp" or None: then the bytes decide. `baud_rate` is that of the start of
    a DDCMP session, None for 2400; DEX/UCS has 9600 always. A frame without its end is "arriving"
    while the trace is `growing`, else it is damaged. Any bytes are taken; none raises.
    """
    entries = [entry for entry in entries if entry[2]]
    streams = {sender: ByteStream(entries, sender) for sender in (READER, MACHINE)}
    if link not in (DEXUCS, DDCMP):
        link = guess_link(streams.values())
    cut = dex_units if link == DEXUCS else ddcmp_units
    cut_units = {sender: cut(stream) for sender, stream in streams.items()}
    if growing:
        for units in cut_units.values():
            _still_arriving(units)
    units = in_order([unit for own in cut_units.values() for unit in own], streams)
    _mark_echo(units)
    if link == DDCMP:
        set_speeds(units, baud_rate or FIRST_SPEED)
    clock_units(units, streams)
    (tell_dex if link == DEXUCS else tell_ddcmp)(units, streams)
    return tuple(unit.step() for unit in units)


def _mark_echo(units: Sequence[Unit]) -> None:
    """What we said and heard again at once: no machine says our frames. Single characters are taken
    for an echo only on a line on which a frame was one."""
    echoes = [
        after
        for before, after in pairwise(units)
        if before.sender == READER and after.sender == MACHINE and before.data == after.data
    ]
    if any(unit.crc is Crc.RIGHT for unit in echoes):
        for unit in echoes:
            unit.code, unit.values = "echo", {"bytes": unit.end - unit.start}


def _still_arriving(units: Sequence[Unit]) -> None:
    last = units[-1] if units else None
    if last is not None and last.code == "bad_frame" and last.values["damage"] == "cut":
        last.code, last.values = "arriving", {"bytes": last.end - last.start}


def link_of(entries: Sequence[Entry]) -> str:
    """Which link these bytes are of: "dexucs" or "ddcmp"."""
    kept = [entry for entry in entries if entry[2]]
    return guess_link([ByteStream(kept, sender) for sender in (READER, MACHINE)])


def guess_link(streams: Iterable[ByteStream]) -> str:
    """The link that explains more bytes by frames with a right CRC; where neither has any, the one
    that leaves less noise."""
    both = tuple(streams)
    weights = {}
    for link, cut in ((DEXUCS, dex_units), (DDCMP, ddcmp_units)):
        units: list[Unit] = [unit for stream in both for unit in cut(stream)]
        framed = sum(unit.end - unit.start for unit in units if unit.crc is Crc.RIGHT)
        known = sum(unit.end - unit.start for unit in units if unit.code != "noise")
        weights[link] = (framed, known)
    return max(weights, key=lambda link: weights[link])
