"""What the office takes away is gone for the laptops, kept on the server, and can come back."""

from typing import Any

import pytest

from cvd_server.self_check import self_check
from tests.support.servers import LocalServer, Session
from tests.support.small_operator import SmallOperator

WHY = {"reason": "sold"}


@pytest.fixture
def manager(server: LocalServer, small: SmallOperator) -> Session:
    return server.session("manager")


def post(who: Session, address: str, body: dict[str, Any] | None = None) -> tuple[int, Any]:
    answer = who.http.post(f"/api/v1/records/{address}", json=WHY if body is None else body)
    document = answer.json()
    return answer.status_code, document["error"]["code"] if document["error"] else None


def rows(who: Session) -> dict[tuple[str, str], str]:
    """(kind, id) -> op of the newest pull from 0."""
    return {(row["k"], row["i"]): row["op"] for row in who.pull().json()["data"]["rows"]}


def removed(who: Session) -> list[tuple[str, str]]:
    document = who.http.get("/api/v1/records/removed").json()["data"]
    return [(each["kind"], each["name"]) for each in document["records"]]


def test_a_machine_goes_and_comes_back(server: LocalServer, manager: Session) -> None:
    driver = server.session("driver07")
    before = rows(driver)
    assert post(manager, "machine/m1/remove") == (200, None)
    assert rows(driver)[("machine", "m1")] == "remove"
    assert removed(manager) == [("machine", "A-1")]
    assert post(manager, "machine/m1/remove") == (200, None)  # again: nothing
    assert post(manager, "machine/m1/restore", {}) == (200, None)
    assert rows(driver) == before
    assert removed(manager) == []
    assert post(manager, "machine/m1/restore", {}) == (200, None)
    with server.database.read() as connection:
        assert self_check(connection).problems == []


def test_a_route_with_machines_says_which(server: LocalServer, manager: Session) -> None:
    answer = manager.http.post("/api/v1/records/route/r1/remove", json=WHY)
    assert answer.status_code == 409
    assert answer.json()["error"]["details"]["machines"] == ["A-1", "A-2"]
    assert removed(manager) == []


@pytest.mark.parametrize(
    "address", ["machine/x-m1", "machine/nonsense", "visit/v1", "user_account/u-viewer", "x/y"]
)
def test_what_is_not_the_offices_is_unknown(manager: Session, address: str) -> None:
    assert post(manager, f"{address}/remove") == (404, "not_found")
    assert post(manager, f"{address}/restore", {}) == (404, "not_found")


def test_a_reason_is_needed_and_kept(server: LocalServer, manager: Session) -> None:
    assert post(manager, "product/p1/remove", {})[0] == 422
    assert post(manager, "product/p1/remove") == (200, None)
    admin = server.session("admin")
    lines = admin.http.get("/api/v1/audit").json()["data"]["lines"]
    line = next(each for each in lines if each["action"] == "record_removed")
    assert line["detail"] == {"kind": "product", "record_id": "p1", "reason": "sold"}
