"""Lets our reader hear the machine of a recorded trace once more: what does it conclude today?

The machine's bytes come at their recorded times; what the reader says goes nowhere. So a trace of a
customer's machine proves a change of the reader, without the machine.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from cvd_desktop.link.byte_trace import MACHINE, READER, Entry
from cvd_desktop.link.ddcmp import DdcmpReader
from cvd_desktop.link.ddcmp_settings import DdcmpSettings
from cvd_desktop.link.dexucs import DexReader
from cvd_desktop.link.dexucs_station import DexSettings
from cvd_desktop.link.dexucs_writer import DexWriter
from cvd_desktop.link.outputs import Failed, Finished, Output, ProtocolMachine, Received
from cvd_desktop.link.trace_decoder import DDCMP, decode_trace, link_of
from cvd_desktop.link.trace_decoder_facts import report_of
from cvd_desktop.link.trace_decoder_steps import TraceStep

_MOST_STEPS = 100_000
_MAX_WAIT = 60.0


@dataclass(frozen=True, slots=True)
class Replay:
    """`outcome` is how the reader ended, `report` what it had received until then."""

    outcome: Finished | Failed
    report: bytes
    blocks: int


def replay_reader(entries: Sequence[Entry], link: str = "", baud_rate: int = 0) -> Replay:
    """Feed the machine's bytes to a new reader. Any bytes are taken; it always ends.

    `link` and `baud_rate` are as for `decode_trace`, "" and 0 for unknown.
    """
    link = link if link in ("dexucs", DDCMP) else link_of(entries)
    steps = decode_trace(entries, link, baud_rate or None)
    first = next((step.at for step in steps if step.code in ("enq", "start")), 0.0)
    heard = [(max(0.0, at - first), data) for at, who, data in entries if who == MACHINE and data]
    return _run(_reader(link, baud_rate, steps), heard)


def _reader(link: str, baud_rate: int, steps: Sequence[TraceStep]) -> ProtocolMachine:
    """One that asks for what was asked for then, or writes what was written."""
    try:
        return _reader_for(report_of(steps, READER), link, baud_rate, steps)
    except ValueError:  # what was sent there is nothing that we would write
        return _reader_for(b"", link, baud_rate, steps)


def _reader_for(
    document: bytes, link: str, baud_rate: int, steps: Sequence[TraceStep]
) -> ProtocolMachine:
    if link != DDCMP:
        settings = DexSettings(max_wait=_MAX_WAIT, session_wait=_MAX_WAIT)
        return DexWriter(document, settings) if document else DexReader(settings)
    lists = tuple(int(step.values["list"]) for step in steps if step.code == "read")
    speed = baud_rate or DdcmpSettings().start_speed
    wished = max((int(step.values["wish"]) for step in steps if step.code == "start"), default=0)
    return DdcmpReader(
        DdcmpSettings(start_speed=speed, wanted_speed=wished or speed, max_wait=_MAX_WAIT),
        lists=tuple(dict.fromkeys(lists)) or (() if document else (2,)),
        document=document or None,
    )


def _run(reader: ProtocolMachine, heard: Sequence[tuple[float, bytes]]) -> Replay:
    report = bytearray()
    blocks = 0
    now, place = 0.0, 0
    outputs: list[Output] = reader.start(now)
    for _ in range(_MOST_STEPS):
        for output in outputs:
            if isinstance(output, Received):
                report += output.data
                blocks += 1
            elif isinstance(output, Finished | Failed):
                return Replay(output, bytes(report), blocks)
        deadline = reader.deadline
        if place < len(heard) and (deadline is None or heard[place][0] <= deadline):
            now = max(now, heard[place][0])
            outputs = reader.receive(heard[place][1], now)
            place += 1
        elif deadline is not None:
            now = max(now, deadline)
            outputs = reader.tick(now)
        else:
            break
    ended = [each for each in reader.cancel(now) if isinstance(each, Finished | Failed)]
    return Replay(ended[-1], bytes(report), blocks)


def replay_facts(replay: Replay) -> tuple[str, Mapping[str, str | int]]:
    """The failure ("" for none) and its values."""
    outcome = replay.outcome
    if isinstance(outcome, Failed):
        return str(outcome.code), {**outcome.detail, "party": str(outcome.party)}
    return "", outcome.detail
