"""What a decoded trace adds up to: its figures, who leads, and what both ends said they are."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from cvd_desktop.link.byte_trace import MACHINE
from cvd_desktop.link.trace_decoder_steps import Crc, Timing, TraceStep

_ANSWERS = frozenset({"nak", "nack"})
_FRAMES = frozenset({"handshake_1", "handshake_2", "handshake", "block"})


@dataclass(frozen=True, slots=True)
class TraceFacts:
    """Figures of one trace. "" and 0 where nothing was said of it."""

    seconds: float = 0.0
    blocks: int = 0
    characters: int = 0  # of the report: blocks that came twice count once
    naks: int = 0
    resent: int = 0  # frames that were sent once more
    asked_again: int = 0  # ENQ or START without an answer
    crc_right: int = 0
    crc_all: int = 0
    noise: int = 0  # bytes
    echoed: int = 0  # bytes of ours that came back
    heard: int = 0  # bytes of the machine
    out_of_time: int = 0  # steps that are too early, too late or too slow
    leads: str = ""  # "R", "M": whose handshake or START came first
    operation: str = ""  # "R" read, "S" send
    revision: str = ""  # of DEX/UCS, as the machine says, else as we ask
    response: str = ""  # code of the machine's answer
    speed: int = 0  # bits per second that DDCMP agreed on; 0: no change was spoken of
    codes: str = ""  # "given" or "none": whether this laptop gave DDCMP codes
    name: str = ""  # communication id or serial number of the machine
    refused: str = ""  # the DDCMP command that was refused
    whole: bool = False  # the last block was there and was taken
    session: str = ""  # where it ended
    reset_mode: str = ""  # "AUTO", "SAVE": what the report says of itself (SD105)


def trace_facts(steps: Sequence[TraceStep]) -> TraceFacts:
    """Add up the steps of `decode_trace`."""
    checked = [step for step in steps if step.crc is not Crc.NONE and step.code != "echo"]
    blocks = {(s.band, s.values["n"]): s.values for s in steps if s.code == "block"}
    return TraceFacts(
        seconds=max((step.until for step in steps), default=0.0)
        - min((step.at for step in steps), default=0.0),
        blocks=len(blocks),
        characters=sum(int(values["characters"]) for values in blocks.values()),
        naks=sum(step.code in _ANSWERS for step in steps),
        resent=sum(step.retry and step.crc is not Crc.NONE and _is_frame(step) for step in steps),
        asked_again=sum(step.retry and step.code in ("enq", "start") for step in steps),
        crc_right=sum(step.crc is Crc.RIGHT for step in checked),
        crc_all=len(checked),
        noise=sum(len(step.data) for step in steps if step.code == "noise"),
        echoed=sum(len(step.data) for step in steps if step.code == "echo"),
        heard=sum(len(s.data) for s in steps if s.sender == MACHINE and s.code != "echo"),
        out_of_time=sum(step.timing is not Timing.FREE for step in steps),
        leads=_leads(steps),
        operation=_first(steps, "operation", "handshake_1"),
        revision=_first(steps, "revision", "handshake_2") or _first(steps, "revision"),
        response=_first(steps, "response", "handshake_2"),
        speed=_speed(steps),
        codes=_first(steps, "codes", "who"),
        name=_name(steps),
        refused=next((s.code.removesuffix("_refused") for s in steps if "refused" in s.code), ""),
        whole=_whole(steps),
        session=steps[-1].session if steps else "",
        reset_mode=_reset_mode(steps),
    )


def block_text(step: TraceStep) -> bytes:
    """The characters of a block without head, fillers, end and CRC."""
    if "number" in step.values:  # DDCMP: eight bytes of head, 99 and the number of the block
        return step.data[10:-2]
    inside = bytearray(step.data)
    for first, after in sorted((*step.controls, *step.crcs), reverse=True):
        del inside[first:after]
    return bytes(inside)


def report_of(steps: Sequence[TraceStep], sender: str = MACHINE) -> bytes:
    """What the blocks of one sender say together; a block that came twice counts once."""
    blocks = {(s.band, s.values["n"]): s for s in steps if s.code == "block" and s.sender == sender}
    return b"".join(block_text(step) for step in blocks.values())


_RESET_MODE = re.compile(rb"(?:^|[\r\n])SD1(?:\*[^*\r\n]*){4}\*([A-Z]+)")


def _reset_mode(steps: Sequence[TraceStep]) -> str:
    found = _RESET_MODE.search(report_of(steps))
    return found[1].decode("ascii") if found else ""


def _is_frame(step: TraceStep) -> bool:
    return step.code in _FRAMES or "number" in step.values or step.code == "bad_frame"


def _leads(steps: Sequence[TraceStep]) -> str:
    """Who sent the first handshake; without one, nobody is known to lead."""
    first = (step.sender for step in steps if step.code in ("handshake_1", "start"))
    return next(first, "")


def _first(steps: Sequence[TraceStep], value: str, code: str | None = None) -> str:
    found = (
        str(step.values[value])
        for step in steps
        if value in step.values and (code is None or step.code == code)
    )
    return next(found, "")


def _speed(steps: Sequence[TraceStep]) -> int:
    wish = speed = 0
    for step in steps:
        if step.code == "start":
            wish = int(step.values["wish"])
        elif step.code == "stack" and wish and step.values["able"]:
            speed = min(wish, int(step.values["able"]))
    return speed


def _name(steps: Sequence[TraceStep]) -> str:
    for step in steps:
        if step.sender == MACHINE and step.code in ("handshake_1", "handshake_2", "who_agreed"):
            return str(step.values.get("id", step.values.get("serial", "")))
    return ""


def _whole(steps: Sequence[TraceStep]) -> bool:
    """The last block was acknowledged by the other side."""
    sender = ""
    for step in steps:
        if sender and step.sender != sender and step.code in ("ack", "finish"):
            return True
        if step.code == "block" and step.values["last"]:
            sender = step.sender
    return False
