"""Figures for Prometheus: requests, events, pulls, repairs, blobs, refusals, pool, sessions.

Labels are few and fixed: route templates, statuses, outcomes, codes of the protocol. Never an
operator, a person, a device or an id: a label lives for ever, and whoever reads the figures shall
not learn who the customers are.
Several workers keep theirs in files of one folder (`share_between_workers`).
"""

import os
from collections import Counter as CountedWords
from collections.abc import Iterable
from pathlib import Path

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest, values
from prometheus_client.multiprocess import MultiProcessCollector
from sqlalchemy import Connection, Engine, event, func, select

from cvd_server import tables

_MULTIPROC_FOLDER = "PROMETHEUS_MULTIPROC_DIR"
CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")

_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 15, 60)


def share_between_workers(folder: Path) -> None:
    """Before any `Metrics` is made. The library looks at its variable when it is imported, and
    somebody may have imported it before."""
    os.environ[_MULTIPROC_FOLDER] = str(folder)
    values.ValueClass = values.get_value_class()  # type: ignore[no-untyped-call]


class Metrics:
    """Of one application. To add a figure: a counter here, and a line where it happens."""

    def __init__(self) -> None:
        self.registry = registry = CollectorRegistry()
        self._requests = Counter(
            "cvd_requests", "Requests by route and status.", ("method", "route", "status"),
            registry=registry,
        )  # fmt: skip
        self._seconds = Histogram(
            "cvd_request_seconds", "Time at work on a request.", ("method", "route"),
            buckets=_SECONDS, registry=registry,
        )  # fmt: skip
        self._refusals = Counter(
            "cvd_refusals", "Answers that are no success, by code (sign_in_refused, ...).",
            ("code",), registry=registry,
        )  # fmt: skip
        self._events = Counter(
            "cvd_push_events", "Events of pushes by outcome.", ("outcome",), registry=registry
        )
        self.pulls = Counter("cvd_pulls", "Pages that were given.", registry=registry)
        self.pull_rows = Counter("cvd_pull_rows", "Rows in these pages.", registry=registry)
        self.repairs = Counter(
            "cvd_repairs", "Repairs that laptops had to make; anything but 0 is a fault of ours.",
            registry=registry,
        )  # fmt: skip
        self.blobs = Counter("cvd_blobs_stored", "Attachments stored.", registry=registry)
        self._in_use = Gauge(
            "cvd_pool_connections_in_use", "Database connections at work.",
            registry=registry, multiprocess_mode="livesum",
        )  # fmt: skip

    def request(self, method: str, route: str, status: int, seconds: float) -> None:
        """One answer. `route` is a template; "" where no address of ours was asked for."""
        method = method if method in METHODS else "other"
        self._requests.labels(method, route or "(none)", str(status)).inc()
        self._seconds.labels(method, route or "(none)").observe(seconds)

    def refusal(self, code: str) -> None:
        self._refusals.labels(code).inc()

    def push_events(self, outcomes: Iterable[str]) -> None:
        for outcome, number in CountedWords(outcomes).items():
            self._events.labels(outcome).inc(number)

    def watch_pool(self, engine: Engine) -> None:
        event.listen(engine, "checkout", lambda *_: self._in_use.inc())
        event.listen(engine, "checkin", lambda *_: self._in_use.dec())

    def text(self) -> bytes:
        """Of all workers, in Prometheus' text form."""
        registry = self.registry
        if os.environ.get(_MULTIPROC_FOLDER):
            registry = CollectorRegistry()
            MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
        return generate_latest(registry)


def database_figures(connection: Connection, sessions_since: str) -> bytes:
    """What only the database knows, in the same form. `sessions_since`: used after that moment."""
    registry = CollectorRegistry()
    family, expect, log = tables.refresh_family, tables.blob_expect, tables.device_stream
    figures = {
        "cvd_sessions": (
            "Sessions that have not ended.",
            select(func.count()).where(
                family.c.ended_at.is_(None), family.c.used_at >= sessions_since
            ),
        ),
        "cvd_blobs_awaited": (
            "Attachments that records name and nobody has sent yet.",
            select(func.count()).select_from(expect),
        ),
        "cvd_events_taken": (
            "Events in the log, by the ends of all streams.",
            select(func.coalesce(func.sum(log.c.last_seq), 0)),
        ),
    }
    for name, (words, query) in figures.items():
        Gauge(name, words, registry=registry).set(float(connection.scalar(query) or 0))
    return generate_latest(registry)
