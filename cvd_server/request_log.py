"""One line a request, JSON or readable, and nothing secret in any of them.

What a line may hold is listed here: no body, no address with its query, no header but the
request's id. Tracebacks go through the same formatters, which blot out what looks like a token.
"""

import json
import logging
import re
import sys
import time
from datetime import UTC, datetime
from typing import TextIO

from flask import Response, g, has_request_context, request

from cvd_server.services import services
from cvd_server.settings import Settings
from cvd_shared.wire import HEADER_REQUEST_ID

log = logging.getLogger(__name__)

_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_SANE_ID = re.compile(r"[A-Za-z0-9._:-]{1,100}")
_SECRETS = (
    (re.compile(r"(?i)\b(bearer|basic)\s+[^\s\"',]+"), r"\1 (hidden)"),
    (re.compile(r"://([^/\s:@]*):[^/\s@]*@"), r"://\1:(hidden)@"),
    (re.compile(r"(?i)\b(password|passwd|token|secret)=[^\s&\"']+"), r"\1=(hidden)"),
)
_UNSEEN = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]")  # a terminal would obey some of them
_FIELDS = (
    "request", "operator", "user", "device", "method", "route", "status", "code", "ms", "bytes",
    "slow",
)  # fmt: skip


def set_up_logging(settings: Settings, stream: TextIO | None = None) -> None:
    """For a process that serves: all records to one stream, by default stderr."""
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(JsonLines() if settings.logs_json else TextLines())
    handler.addFilter(_with_request_id)
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    logging.captureWarnings(True)
    ours = logging.DEBUG if settings.debug else logging.INFO
    if settings.environment == "testing":
        ours = logging.WARNING
    logging.getLogger("cvd_server").setLevel(ours)


def begin_request() -> None:
    """Before everything else: the clock runs, the request has an id."""
    g.began = time.perf_counter()
    told = request.headers.get(HEADER_REQUEST_ID, "")
    g.request_id = told if _SANE_ID.fullmatch(told) else services().new_id()


def request_id() -> str:
    return str(g.get("request_id", ""))


def milliseconds() -> float:
    """How long the present request has been at work."""
    began = g.get("began")
    return 0.0 if began is None else (time.perf_counter() - began) * 1000


def route() -> str:
    """The address as a template, so that neither ids nor queries are told; "" for none of ours."""
    return request.url_rule.rule if request.url_rule else ""


def log_request(answer: Response) -> None:
    """The line of a request that has been answered."""
    if not log.isEnabledFor(logging.INFO):
        return
    ms = milliseconds()
    who = g.get("principal")
    device_id = str(g.get("device_id") or "")  # as the request says: anything may stand there
    fields = {
        "operator": who.operator_id if who else None,
        "user": who.user_id if who else None,
        "device": device_id if _ID.fullmatch(device_id) else None,
        "method": request.method if request.method.isalpha() else "?",
        "route": route(),
        "status": answer.status_code,
        "code": g.get("error_code"),
        "ms": round(ms, 1),
        "bytes": answer.calculate_content_length(),
        "slow": True if ms >= services().settings.slow_ms else None,
    }
    log.info("request", extra=fields)


def without_secrets(text: str) -> str:
    """Also where somebody else's error quotes a header or an address."""
    for pattern, instead in _SECRETS:
        text = pattern.sub(instead, text)
    return text


class JsonLines(logging.Formatter):
    """One JSON document a record; an exception with its causes is one field of it."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, object] = {
            "at": _moment(record),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": without_secrets(record.getMessage()),
        }
        line |= _fields_of(record)
        if record.exc_info:
            line["exception"] = without_secrets(self.formatException(record.exc_info))
        line["process"] = record.process
        return json.dumps(line, ensure_ascii=True, default=str)


class TextLines(logging.Formatter):
    """The same for people."""

    def format(self, record: logging.LogRecord) -> str:
        text = _UNSEEN.sub(_escaped, without_secrets(record.getMessage()))
        more = "".join(f" {name}={value}" for name, value in _fields_of(record).items())
        line = f"{_moment(record)} {record.levelname} {record.name}: {text}{more}"
        if record.exc_info:
            line += "\n" + without_secrets(self.formatException(record.exc_info))
        return line


def _escaped(found: re.Match[str]) -> str:
    return found[0].encode("unicode_escape").decode()


def _fields_of(record: logging.LogRecord) -> dict[str, object]:
    found = {name: getattr(record, name, None) for name in _FIELDS}
    return {name: value for name, value in found.items() if value is not None}


def _moment(record: logging.LogRecord) -> str:
    moment = datetime.fromtimestamp(record.created, UTC)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{int(record.msecs):03d}Z"


def _with_request_id(record: logging.LogRecord) -> bool:
    if has_request_context():
        record.request = request_id()
    return True
