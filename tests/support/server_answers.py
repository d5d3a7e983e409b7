"""What the server answered, in the few words that tests compare."""

from typing import Any

import httpx

from cvd_server.self_check import self_check
from cvd_shared.wire import API
from tests.support.servers import LocalServer, Session, sha


def told(answer: httpx.Response) -> tuple[int, str | None]:
    """Status, and the code of the error."""
    error: dict[str, Any] | None = answer.json()["error"]
    return answer.status_code, error and error["code"]


def outcomes(answer: httpx.Response) -> list[tuple[str, str | None]]:
    """Outcome and code of each event of a push that was taken."""
    assert answer.status_code == 200, answer.text
    return [(r["outcome"], r["code"]) for r in answer.json()["data"]["results"]]


def rotate(session: Session, current: str, successor: str) -> httpx.Response:
    """Asks for another token with this refresh secret."""
    body = {"family": session.family, "current": current, "next_hash": sha(successor)}
    return session.http.post(f"{API}/auth/refresh", json=body)


def assert_sound(server: LocalServer) -> None:
    """The server's self-check finds nothing."""
    with server.database.read() as connection:
        assert self_check(connection).problems == []
