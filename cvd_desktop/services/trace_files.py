"""Traces as files that can be sent to somebody, without pass codes; read back and replayed.

One JSON document a line: first the circumstances, then `[seconds, "R" or "M", "hex"]` for each
piece of the line. "R" is the reader (this laptop), "M" the machine.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from cvd_desktop.domain.bench_records import ReplayVerdict, StoredTrace, TraceEntry, TraceHead
from cvd_desktop.domain.clock import from_wire, to_wire
from cvd_desktop.domain.problem import ExitCode, Problem
from cvd_desktop.link.trace_blanking import blank_codes
from cvd_desktop.link.trace_replay import replay_facts, replay_reader

FORMAT = "cvd-trace"
VERSION = 1
MOST_BYTES = 64 * 1024 * 1024  # of a file that is opened
_TEXTS = ("link", "adapter", "port", "machine", "model", "failure")


def save_trace(path: Path, trace: StoredTrace) -> None:
    """Write the file as a whole. Raises Problem("file_not_written")."""
    unfinished = path.with_name(path.name + ".part")
    try:
        unfinished.write_bytes(trace_bytes(trace))
        unfinished.replace(path)
    except OSError as error:
        reason = error.strerror or str(error)
        raise Problem("file_not_written", ExitCode.USAGE, path=str(path), reason=reason) from error


def trace_bytes(trace: StoredTrace) -> bytes:
    """The content of a trace file, pass codes blanked."""
    entries, blanked = blank_codes(trace.entries, trace.head.link or None)
    head = trace.head
    document: dict[str, Any] = {"format": FORMAT, "version": VERSION}
    document |= {name: getattr(head, name) for name in _TEXTS}
    document |= {
        "baud_rate": head.baud_rate,
        "at": to_wire(head.at) if head.at is not None else None,
        "practice": head.practice,
        "blanked": blanked or trace.blanked,
    }
    lines = [json.dumps(document, ensure_ascii=False)]
    lines += (
        json.dumps([round(at, 6), sender, data.hex(" ").upper()]) for at, sender, data in entries
    )
    return ("\n".join(lines) + "\n").encode("utf-8")


def load_trace(path: Path) -> StoredTrace:
    """Read a trace file. Raises Problem: file_unreadable, trace_unreadable."""
    try:
        with path.open("rb") as file:  # a device has no size to ask for
            data = file.read(MOST_BYTES + 1)
    except OSError as error:
        reason = error.strerror or str(error)
        raise Problem("file_unreadable", ExitCode.USAGE, path=str(path), reason=reason) from error
    if len(data) > MOST_BYTES:
        raise _unreadable(str(path), 1)
    return parse_trace(data.decode("utf-8", "replace"), str(path))


def parse_trace(text: str, name: str = "") -> StoredTrace:
    """The trace of such a text. Raises Problem("trace_unreadable") with the line that is odd."""
    lines = text.splitlines()
    document = _json(lines[0], name, 1) if lines else None
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        raise _unreadable(name, 1)
    if document.get("version") != VERSION:
        raise _unreadable(name, 1)
    entries = tuple(_entries(lines, name))
    return StoredTrace(_head(document, name), entries, None, document.get("blanked") is True)


def replay(trace: StoredTrace) -> ReplayVerdict:
    """What our reader of today makes of the machine's bytes; see link/trace_replay.py."""
    played = replay_reader(trace.entries, trace.head.link, trace.head.baud_rate)
    failure, values = replay_facts(played)
    retries = values.get("retries", 0)
    if "code" in values:
        values = {**values, "response": values["code"]}
    values = {"port": trace.head.port, "blocks": played.blocks, **values}
    return ReplayVerdict(
        failure, values, played.report, played.blocks, retries if isinstance(retries, int) else 0
    )


def _entries(lines: list[str], name: str) -> Iterator[TraceEntry]:
    before = 0.0
    for number, line in enumerate(lines[1:], 2):
        if not line.strip():
            continue
        entry = _json(line, name, number)
        if not isinstance(entry, list) or len(entry) != 3:
            raise _unreadable(name, number)
        at, sender, hexed = entry
        is_time = isinstance(at, int | float) and not isinstance(at, bool) and 0 <= at < 1e9
        if not is_time or sender not in ("R", "M") or not isinstance(hexed, str):
            raise _unreadable(name, number)
        try:
            data = bytes.fromhex(hexed)
        except ValueError as error:
            raise _unreadable(name, number) from error
        before = max(before, float(at))
        yield before, sender, data


def _head(document: dict[str, Any], name: str) -> TraceHead:
    texts = {key: document.get(key, "") for key in _TEXTS}
    speed, at = document.get("baud_rate", 0), document.get("at")
    good = all(isinstance(text, str) for text in texts.values()) and type(speed) is int
    if not good or not isinstance(at, str | None):
        raise _unreadable(name, 1)
    try:
        moment = from_wire(at) if at else None
    except ValueError as error:
        raise _unreadable(name, 1) from error
    return TraceHead(**texts, baud_rate=speed, at=moment, practice=document.get("practice") is True)


def _json(line: str, name: str, number: int) -> Any:
    try:
        return json.loads(line)
    except (ValueError, RecursionError) as error:
        raise _unreadable(name, number) from error


def _unreadable(name: str, line: int) -> Problem:
    return Problem("trace_unreadable", ExitCode.USAGE, path=name, line=line)
