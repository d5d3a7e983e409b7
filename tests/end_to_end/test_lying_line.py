"""Real sockets, a real server, and a proxy between them that cuts, resets, delays and forges."""

import os
from pathlib import Path

import pytest
from sqlalchemy import select

from cvd_desktop.domain.problem import Problem
from cvd_desktop.services.sign_in import sign_in_through
from cvd_desktop.services.sync_now import SyncReport, sync_through
from cvd_desktop.sync.http_server_api import HttpServerApi
from cvd_server import tables
from cvd_server.database import Database
from cvd_server.self_check import self_check
from tests.support.lying_proxy import lying_proxy
from tests.support.servers import running_server, sqlite_url
from tests.support.small_operator import PASSWORD, with_small_operator
from tests.support.sync_world import Laptop, sync_world

ROUNDS = int(os.environ.get("CVD_LYING_ROUNDS", "25"))

pytestmark = pytest.mark.timeout(120 + ROUNDS * 4)


def run(laptop: Laptop, url: str) -> SyncReport:
    with HttpServerApi(url, new_id=laptop.new_id, clock=laptop.clock) as api:
        return sync_through(laptop.wp, api, lambda: False, laptop.random.random)


def sign_in(laptop: Laptop, url: str) -> bool:
    with HttpServerApi(url, new_id=laptop.new_id, clock=laptop.clock) as api:
        try:
            sign_in_through(laptop.wp, api, url, "driver07", PASSWORD)
        except Problem:
            return False
    return True


def test_a_proxy_that_cuts_and_lies_costs_time_and_nothing_else(tmp_path: Path) -> None:
    url = sqlite_url(tmp_path)
    database = Database(with_small_operator(url))
    with (
        sync_world(tmp_path / "other", sign_in=False) as world,  # only its laptop is used
        running_server(url, workers=1) as server,
        lying_proxy(server.url, seed=5) as proxy,
    ):
        laptop = world.laptop
        problems = set()
        for _ in range(ROUNDS):
            laptop.record()
            report = run(laptop, proxy.url)
            problems.add(report.problem)
            if report.problem == "sign_in_needed":
                sign_in(laptop, proxy.url)
            world.assert_sound(laptop)
        proxy.lies = False
        assert sign_in(laptop, proxy.url)
        for _ in range(5):
            report = run(laptop, proxy.url)
            if report.problem is None:
                break
        assert (report.problem, report.waiting, report.digest) == (None, 0, "ok")
        assert {"offline", "captive_or_proxy"} <= problems
        assert len(proxy.met) == 6, "not every mood was met"
        with database.read() as connection:
            log = connection.execute(select(tables.op_log)).all()
            problems_there = self_check(connection).problems
        assert {row.op_id for row in log if row.alias_of is None} == set(laptop.told)
        assert {row.outcome for row in log} <= {"applied", "duplicate"}
        assert problems_there == []
    database.close()
