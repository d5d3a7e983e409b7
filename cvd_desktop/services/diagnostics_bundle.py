"""One zip for support: traces, facts of the read, ports, versions, settings, log, crash reports.

Nothing in it lets anybody in: pass codes are blanked in traces and reports, and every text goes
through `without_secrets`. To add a file: a line in `bundle_files`, its test in
test_diagnostics_bundle.py.
"""

import json
import re
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from urllib.parse import urlsplit

from cvd_desktop.domain.bench_records import PartLine, StoredTrace
from cvd_desktop.domain.clock import to_wire
from cvd_desktop.domain.problem import ExitCode, Problem
from cvd_desktop.domain.records import PortFact, ReadDetail
from cvd_desktop.link.trace_blanking import blank_codes, blank_report
from cvd_desktop.link.trace_compare import compare_traces
from cvd_desktop.link.trace_decoder import decode_trace
from cvd_desktop.link.trace_decoder_steps import TraceStep
from cvd_desktop.services.settings import load_settings
from cvd_desktop.services.trace_files import trace_bytes
from cvd_desktop.services.trace_words import (
    conclusion_words,
    sender_words,
    step_words,
    turn_words,
)

LOG_TAIL = 256 * 1024  # bytes of the end of the log
MOST_CRASHES = 20
REMOVED = "[removed]"

_NAMES = (
    r"pass(?:word|wd|phrase|[ _-]?code)s?|pwd|security[ _-]?codes?|secret|token|credential"
    r"|authorization|cookie|next[ _-]?hash"
)
_NAMED = re.compile(
    rf"(?i)((?:{_NAMES}|api[ _-]?key|bearer)[\"']?\s*[:=]\s*)"
    r"(?:bearer\s+)?(\"[^\"\n]*\"|'[^'\n]*'|\S+)"
)
_SECRET_NAME = re.compile(rf"(?i).*(?:{_NAMES}).*")
_BEARER = re.compile(r"(?i)(bearer\s+)\S+")
_IN_ADDRESS = re.compile(r"(?i)([a-z][a-z0-9+.-]*://)[^/\s:@]*:[^/\s@]*@")
_LONG = re.compile(r"(?<![\w/.+-])(?=[\w+=-]*\d)(?=[\w+=-]*[A-Za-z])[\w+=-]{40,}(?:\.[\w-]+)*")
_PASS_CODE = re.compile(r"SD1\*([^*\s]*)(?:\*([^*\s]*))?")


@dataclass(frozen=True, slots=True)
class BundleFacts:
    """What the caller knows of the read; None and empty where there is nothing."""

    trace: StoredTrace | None = None
    good: StoredTrace | None = None
    read: ReadDetail | None = None
    problem: Problem | None = None
    ports: Sequence[PortFact] = ()
    parts: Sequence[PartLine] = ()
    versions: Sequence[tuple[str, str]] = ()
    secrets: Sequence[str] = ()  # texts that must not be in it, whatever they look like


def bundle_name(now: datetime) -> str:
    """The name that is offered: cvd-diagnostics-20261121-0742.zip."""
    return f"cvd-diagnostics-{now.astimezone():%Y%m%d-%H%M}.zip"


def export_bundle(path: Path, data_dir: Path, facts: BundleFacts, now: datetime) -> Path:
    """Write the zip as a whole. Raises Problem("file_not_written")."""
    unfinished = path.with_name(path.name + ".part")
    try:
        with zipfile.ZipFile(unfinished, "w", zipfile.ZIP_DEFLATED) as bundle:
            for name, data in bundle_files(data_dir, facts, now):
                bundle.writestr(name, data)
        unfinished.replace(path)
    except OSError as error:
        reason = error.strerror or str(error)
        raise Problem("file_not_written", ExitCode.USAGE, path=str(path), reason=reason) from error
    return path


def bundle_files(data_dir: Path, facts: BundleFacts, now: datetime) -> Iterator[tuple[str, bytes]]:
    """Name and content of every file of the bundle."""

    def text(words: str) -> bytes:
        return without_secrets(words, facts.secrets).encode("utf-8")

    def document(content: object) -> bytes:
        cleaned = _cleaned(json.loads(json.dumps(content, default=str)), facts.secrets)
        return (json.dumps(cleaned, ensure_ascii=False, indent=2) + "\n").encode("utf-8")

    yield "README.txt", _ABOUT.encode("utf-8")
    yield "versions.json", document({"made_at": to_wire(now), **dict(facts.versions)})
    yield "settings.json", document(_settings(data_dir))
    yield "ports.json", document([_fields(port) for port in facts.ports])
    yield "parts.json", document([_fields(part) for part in facts.parts])
    if facts.problem is not None:
        problem = {"code": facts.problem.code, **_plain(facts.problem.values)}
        yield "problem.json", document(problem)
    for name, trace in (("trace", facts.trace), ("good-trace", facts.good)):
        if trace is not None:
            yield f"{name}.cvdtrace", trace_bytes(trace)
            yield f"{name}.txt", text("\n".join(_told(_steps(trace))) + "\n")
    if facts.trace is not None and facts.good is not None:
        yield "comparison.txt", text("\n".join(_compared(facts.good, facts.trace)) + "\n")
    if facts.read is not None:
        yield "read.json", document(_read(facts.read))
        yield "report.txt", blank_report(facts.read.raw)
    yield from _logs(data_dir, facts.secrets)


def without_secrets(words: str, secrets: Iterable[str] = ()) -> str:
    """The text without what a name calls a secret, without what looks like a key or a token, and
    without these secrets."""
    for secret in sorted({each for each in secrets if each}, key=len, reverse=True):
        words = words.replace(secret, REMOVED)
    words = _IN_ADDRESS.sub(rf"\1{REMOVED}@", words)
    words = _NAMED.sub(rf"\1{REMOVED}", words)
    words = _BEARER.sub(rf"\1{REMOVED}", words)
    words = _PASS_CODE.sub(f"SD1*{REMOVED}*{REMOVED}", words)
    return _LONG.sub(REMOVED, words)


def _cleaned(value: object, secrets: Sequence[str]) -> object:
    """A JSON value whose texts hold no secret and whose secret names hold nothing."""
    if isinstance(value, dict):
        return {
            name: REMOVED if _SECRET_NAME.fullmatch(name) else _cleaned(each, secrets)
            for name, each in value.items()
        }
    if isinstance(value, list):
        return [_cleaned(each, secrets) for each in value]
    return without_secrets(value, secrets) if isinstance(value, str) else value


def _settings(data_dir: Path) -> Mapping[str, object]:
    """Of the server only the host: its address may carry a name and a password."""
    settings = load_settings(data_dir)._asdict()
    try:
        settings["server"] = urlsplit(str(settings["server"])).hostname or ""
    except ValueError:
        settings["server"] = ""
    return settings


def _read(read: ReadDetail) -> Mapping[str, object]:
    summary = read.summary
    answers = {
        name: {"state": str(answer.state), "code": answer.code, **_plain(answer.values)}
        for name in ("link", "transfer", "integrity", "mapping", "plausibility")
        if (answer := getattr(read.verdict, name)) is not None
    }
    return {
        "id": summary.id,
        "machine": summary.machine_asset,
        "at": to_wire(summary.at),
        "size": summary.size,
        "complete": summary.complete,
        "purpose": summary.purpose,
        "link": summary.link,
        "seconds": read.seconds,
        "blocks": read.blocks,
        "retries": read.retries,
        "verdict": answers,
        "findings": [_fields(finding) for finding in read.findings],
    }


def _fields(facts: PortFact | PartLine | object) -> Mapping[str, object]:
    names = getattr(type(facts), "__slots__", ())
    return _plain({name: getattr(facts, name) for name in names})


def _plain(values: Mapping[str, object]) -> dict[str, object]:
    """Values as JSON has them; bytes in hex."""
    return {
        name: value.hex(" ").upper() if isinstance(value, bytes) else value
        for name, value in values.items()
    }


def _steps(trace: StoredTrace) -> tuple[TraceStep, ...]:
    entries, _ = blank_codes(trace.entries, trace.head.link or None)
    return decode_trace(entries, trace.head.link or None, trace.head.baud_rate or None)


def _told(steps: Sequence[TraceStep]) -> Iterator[str]:
    for step in steps:
        words = step_words(step).line()
        hexed = step.data.hex(" ").upper()
        yield (
            f"{step.at:10.3f}  +{step.gap:7.0f} ms  {sender_words(step.sender):12}  "
            f"{step.session:6}  {words}  |  {hexed}"
        )


def _compared(good: StoredTrace, now: StoredTrace) -> Iterator[str]:
    comparison = compare_traces(_steps(good), _steps(now))
    yield conclusion_words(comparison)
    for turn in comparison.turns:
        then, since = turn.then, turn.now
        yield (
            f"{turn_words(turn)}, {sender_words(turn.sender)}: "
            f"then {then.median if then else '-'} ms, now {since.median if since else '-'} ms, "
            f"limit {turn.limit or 'none'}"
        )


def _logs(data_dir: Path, secrets: Sequence[str]) -> Iterator[tuple[str, bytes]]:
    """The end of the log and the crash reports; a file that cannot be read says so in its place."""
    crashes = sorted((data_dir / "crashes").glob("*.*"))[-MOST_CRASHES:]
    logs = sorted((data_dir / "logs").glob("*.log*"))
    for folder, paths in (("crashes", crashes), ("logs", logs)):
        for path in paths:
            if not path.is_file():
                continue
            try:
                with path.open("rb") as file:
                    file.seek(max(0, path.stat().st_size - LOG_TAIL))
                    words = file.read().decode("utf-8", "replace")
            except OSError as error:
                words = f"could not be read: {error}"
            yield f"{folder}/{path.name}", without_secrets(words, secrets).encode("utf-8")


_ABOUT = """What this is: a diagnostics bundle of CVD Desktop, made by a technician at the Bench.

trace.cvdtrace       every byte of the session with its time; the Bench opens and replays it
trace.txt            the same in words
good-trace.*         the last good session of the same machine or model, where there is one
comparison.txt       what differs between the two
read.json, report.txt  what was read and how it was judged; the report as it came
problem.json         what went wrong, with its values
ports.json, parts.json, settings.json, versions.json, logs/, crashes/

Left out: passwords, passphrases, tokens, credentials of the server. Pass codes of machines are
blanked; the check value of a report (G85) is that of the report before.
"""
