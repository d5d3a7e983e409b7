"""Many clients of a real server at once, each like a laptop: the same batch until it is answered.

`Fleet(url, 40).run(seconds)` pushes and pulls from as many threads, then `assert_arrived` looks.
"""

import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import httpx
from sqlalchemy import select

from cvd_server import tables
from cvd_server.database import Database
from cvd_server.self_check import self_check
from tests.support.field_events import EventStream
from tests.support.servers import Session

BATCH = 5
_MACHINES = ["m1", "m2", "m3", "m4", None]
_LATER = {429, 500, 502, 503}


@dataclass
class Client:
    """One stream of events. `told` are those that the server has answered with an outcome."""

    url: str
    number: int
    told: dict[str, str] = field(default_factory=dict)  # op_id -> outcome
    problems: Counter[str] = field(default_factory=Counter)

    def sign_in(self) -> None:
        self.http = httpx.Client(base_url=self.url, timeout=30)
        self.session = Session.open(self.http, "manager")
        self.stream = EventStream("u-manager")
        self.random = random.Random(self.number)

    def work(self, goes_on: threading.Event) -> None:
        """Until `goes_on` is cleared; a batch that was begun is brought to its end."""
        while goes_on.is_set():
            self._push([self.stream.read(self.random.choice(_MACHINES)) for _ in range(BATCH)])
            if self.random.random() < 0.3:
                self._pull()

    def _push(self, ops: list[dict[str, object]]) -> None:
        for _ in range(300):
            try:
                answer = self.session.push(ops, inline_blobs=self.stream.blobs)
            except httpx.TransportError as error:
                self.problems[type(error).__name__] += 1
                time.sleep(0.1)
                continue
            if answer.status_code in _LATER:
                self.problems[str(answer.status_code)] += 1
                time.sleep(0.1)
                continue
            assert answer.status_code == 200, answer.text
            results = answer.json()["data"]["results"]
            assert [each["op_id"] for each in results] == [op["op_id"] for op in ops]
            self.told |= {each["op_id"]: each["outcome"] for each in results}
            self.stream.blobs.clear()
            return
        raise AssertionError("a batch was never answered")

    def _pull(self) -> None:
        try:
            answer = self.session.pull()
        except httpx.TransportError as error:
            self.problems[type(error).__name__] += 1
            return
        assert answer.status_code in {200, *_LATER}, answer.text


class Fleet:
    def __init__(self, url: str, count: int) -> None:
        self.clients = [Client(url, number) for number in range(count)]
        for client in self.clients:
            client.sign_in()

    def run(self, seconds: float, disturb: Sequence[Callable[[], None]] = ()) -> None:
        """`disturb` are functions that are called one after the other, evenly spread."""
        goes_on = threading.Event()
        goes_on.set()
        with ThreadPoolExecutor(len(self.clients)) as pool:
            running = [pool.submit(client.work, goes_on) for client in self.clients]
            try:
                for act in disturb:
                    time.sleep(seconds / (len(disturb) + 1))
                    act()
                time.sleep(seconds / (len(disturb) + 1))
            finally:
                goes_on.clear()
            for each in running:
                each.result(timeout=90)
        for client in self.clients:
            client.http.close()

    def assert_arrived(self, database: Database) -> int:
        """Everything that was answered is in the log once, with one record; returns how many."""
        told: dict[str, str] = {}
        for client in self.clients:
            told |= client.told
        with database.read() as connection:
            log = connection.execute(select(tables.op_log.c.op_id, tables.op_log.c.outcome)).all()
            reads = connection.scalars(select(tables.read.c.id)).all()
            problems = self_check(connection).problems
        logged = Counter(row.op_id for row in log)
        assert not set(told) - set(logged), "lost"
        assert not set(logged) - set(told), "never answered"
        assert max(logged.values()) == 1, "twice"
        changed = [(row, told[row.op_id]) for row in log if row.outcome != told[row.op_id]]
        assert not changed, "the log says something else than was told"
        assert set(told.values()) == {"applied"}
        assert len(reads) == len(set(reads)) == len(told)
        assert problems == []
        return len(told)
