"""The log: one line a request, enough to find it again, and no secret in any."""

import io
import json
import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any

import httpx
import pytest
from pydantic import BaseModel

from cvd_server.request_log import JsonLines, TextLines, set_up_logging, without_secrets
from cvd_server.settings import Settings
from cvd_shared import wire, wire_identity
from cvd_shared.wire import API
from tests.support.servers import LocalServer, local_server, sha, sqlite_url
from tests.support.small_operator import PASSWORD, seed_small_operator

MARK = "5ECRET"
SECRET_NAME = re.compile("password|^current$|access_token|sealed_key")


@contextmanager
def logged(environment: str, *, everything: bool = False) -> Iterator[io.StringIO]:
    """All that a server of this environment writes."""
    root = logging.getLogger()
    before = root.handlers[:], root.level, logging.getLogger("cvd_server").level
    stream = io.StringIO()
    told: dict[str, Any] = {"environment": environment, "log_format": None}
    if environment == "production":
        told |= {
            "secret_key": "kV7#pX2!mQ9zR4&wL8sT1yB6nD3hF5jC0", "hosts": "cvd.example.com",
            "database_url": "postgresql+psycopg://db/cvd",
        }  # fmt: skip
    try:
        set_up_logging(Settings.model_validate(told), stream)
        if everything:
            root.setLevel(logging.DEBUG)
            logging.getLogger("cvd_server").setLevel(logging.DEBUG)
        yield stream
    finally:
        logging.captureWarnings(False)
        root.handlers[:], level, ours = before
        root.setLevel(level)
        logging.getLogger("cvd_server").setLevel(ours)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[LocalServer]:
    with local_server(sqlite_url(tmp_path)) as running:
        seed_small_operator(running.database)
        yield running


def lines_of(stream: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_one_line_tells_a_request(server: LocalServer) -> None:
    session = server.session("driver07")
    with logged("production") as stream:
        session.http.post(
            f"{API}/sync/hello?token=abc",
            json={
                "device_id": session.device_id,
                "incarnation_id": session.incarnation_id,
                "client": {"v": "0.1.0", "schema": 1},
            },
            headers={"X-Request-Id": "find-me"},
        )
    (line,) = lines_of(stream)
    assert line.pop("ms") >= 0
    assert line.pop("bytes") > 100
    assert line.pop("at").endswith("Z")
    assert line.pop("process") > 0
    assert line == {
        "level": "info",
        "logger": "cvd_server.request_log",
        "message": "request",
        "request": "find-me",
        "operator": "op",
        "user": "u-driver07",
        "device": session.device_id,
        "method": "POST",
        "route": "/api/v1/sync/hello",
        "status": 200,
    }


def test_ids_in_addresses_are_not_told_and_refusals_have_their_code(server: LocalServer) -> None:
    with logged("production") as stream:
        server.http().get(f"{API}/blobs/{MARK}?token={MARK}")
        server.http().get(f"/{MARK}")
    first, second = lines_of(stream)
    assert (first["route"], first["code"]) == (f"{API}/blobs/<sha256>", "token_missing")
    assert (second["route"], second["status"], second["code"]) == ("", 404, "not_found")
    assert MARK not in stream.getvalue()


def test_slow_requests_are_marked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with local_server(sqlite_url(tmp_path)) as server, logged("development") as stream:
        monkeypatch.setattr("cvd_server.request_log.milliseconds", lambda: 999.9)
        server.http().get("/health/live")
        monkeypatch.setattr("cvd_server.request_log.milliseconds", lambda: 1000.0)
        server.http().get("/health/live")
    quick, slow = stream.getvalue().splitlines()
    assert "slow" not in quick
    assert slow.endswith("slow=True")


def test_an_exception_is_told_with_its_cause(
    server: LocalServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        try:
            raise KeyError("the first cause")
        except KeyError as error:
            raise ZeroDivisionError(
                f"Bearer {MARK}.{MARK}, postgresql://cvd:{MARK}@db/x"
            ) from error

    monkeypatch.setattr("cvd_server.sync_api.pull_page", broken)
    session = server.session("driver07")
    with logged("production") as stream:
        assert session.pull().status_code == 500
    fault, request = lines_of(stream)
    assert fault["level"] == "error"
    assert "the first cause" in fault["exception"]
    assert "ZeroDivisionError" in fault["exception"]
    assert fault["request"] == request["request"]
    assert MARK not in stream.getvalue()


def test_a_line_is_one_line_whatever_is_in_it() -> None:
    record = logging.makeLogRecord({"msg": "first\nsecond \x1b[31m %s", "args": ("é\u2028",)})
    assert len(JsonLines().format(record).splitlines()) == 1
    assert json.loads(JsonLines().format(record))["message"] == "first\nsecond \x1b[31m é\u2028"
    told = TextLines().format(record)
    assert told.isprintable()
    assert "first\\nsecond \\x1b[31m é\\u2028" in told


def test_what_looks_like_a_secret_is_blotted_out() -> None:
    told = without_secrets(
        f"Authorization: Bearer {MARK}.x, url?token={MARK}&a=1, redis://:{MARK}@cache, "
        f"postgresql://cvd:{MARK}@db/cvd password={MARK}"
    )
    assert MARK not in told
    assert "a=1" in told


@pytest.mark.parametrize("module", [wire, wire_identity])
def test_no_document_tells_its_secret_where_it_is_printed(module: ModuleType) -> None:
    models = [each for each in vars(module).values() if isinstance(each, type)]
    fields = {
        (model.__name__, name): field
        for model in models
        if issubclass(model, BaseModel)
        for name, field in model.model_fields.items()
        if SECRET_NAME.search(name) and field.annotation is not bool
    }
    assert fields
    assert [name for name, field in fields.items() if field.repr] == []


def test_settings_do_not_tell_the_password_of_the_database() -> None:
    settings = Settings(database_url=f"postgresql+psycopg://cvd:{MARK}@db/cvd")
    assert MARK not in f"{settings!r} {settings}"


# --- every endpoint, with secrets that can be found again ---------------------------------------


def filled(schema: dict[str, Any], document: dict[str, Any], number: int) -> Any:
    """Something of this schema, each text of which carries the mark where it may."""
    while "$ref" in schema:
        schema = document["$defs"][schema["$ref"].rpartition("/")[2]]
    if "anyOf" in schema:
        return filled(schema["anyOf"][0], document, number)
    if "const" in schema or "enum" in schema:
        return schema.get("const", schema.get("enum", [None])[0])
    kind = schema.get("type")
    if kind == "object":
        names = schema.get("properties", {})
        return {name: filled(part, document, number) for name, part in names.items()}
    if kind == "array":
        least = schema.get("minItems", 1)
        items = schema.get("items") or schema.get("prefixItems", [{}])[0]
        return [filled(items, document, number) for _ in range(least)]
    if kind == "string":
        return text_for(schema, number)
    return {"integer": max(1, schema.get("minimum", 1)), "number": 1.5, "boolean": True}.get(
        str(kind), {MARK: f"{MARK}-{number}"}
    )


def text_for(schema: dict[str, Any], number: int) -> str:
    pattern = schema.get("pattern", "")
    if "{64}" in pattern:
        return sha(f"{MARK}{number}")
    if "{128}" in pattern:
        return "ab" * 64
    if "{36}" in pattern:
        return f"0198c0de-0000-7000-8000-{number:012d}"
    return f"{MARK}-{number}"[: schema.get("maxLength", 1000)]


def test_no_secret_of_any_endpoint_is_in_any_log(server: LocalServer) -> None:
    session = server.session("admin")
    token = session.http.headers["Authorization"].partition(" ")[2]
    rules = list(server.app.url_map.iter_rules())
    statuses = set()
    with logged("production", everything=True) as stream:
        for number, rule in enumerate(rules):
            described = server.app.view_functions[rule.endpoint].described  # type: ignore[attr-defined]
            path = "".join(
                part if dynamic is False else f"{MARK}-{number}" for dynamic, part in rule._trace
            ).lstrip("|")
            for method in (rule.methods or set()) - {"OPTIONS"}:
                for body in bodies_of(described.takes, number):
                    for who in (f"Bearer {token}", f"Bearer {MARK}.{MARK}.{MARK}", MARK):
                        answer = ask(server.http(), method, path, body, who)
                        statuses.add(answer.status_code)
        refresh = {"family": session.family, "current": session.secret, "next_hash": sha("n")}
        assert session.http.post(f"{API}/auth/refresh", json=refresh).status_code in (200, 401)
        for password in (PASSWORD, f"wrong {MARK}"):
            sign_in = {"user": "driver07", "password": password, "next_hash": sha(password)}
            session.http.post(f"{API}/auth/token", json=sign_in)
    lines = [line for line in stream.getvalue().splitlines() if '"httpx"' not in line]
    text = "\n".join(lines)  # the asking side is in this process too, and is not the server
    assert {200, 401, 404, 422} <= statuses
    assert len(lines) > len(rules) * 3
    for secret in (MARK, token, PASSWORD, session.secret, *token.split(".")[1:]):
        assert secret not in text


def bodies_of(model: type[BaseModel] | None, number: int) -> list[bytes]:
    """Right, unknown fields, no JSON."""
    if model is None:
        return [MARK.encode()]
    document = model.model_json_schema()
    body = filled(document, document, number)
    return [
        json.dumps(body).encode(),
        json.dumps(body | {f"{MARK}_field": MARK}).encode(),
        f'{{"password": "{MARK}", "current": "{MARK}"'.encode(),
    ]


def ask(http: httpx.Client, method: str, path: str, body: bytes, who: str) -> httpx.Response:
    return http.request(
        method,
        f"{path}?token={MARK}&password={MARK}",
        content=b"" if method in ("GET", "HEAD") else body,
        headers={
            "Authorization": who,
            "Content-Type": "application/json",
            "Cookie": f"session={MARK}",
            "X-Request-Id": f"{MARK} {MARK}",
            "Referer": f"https://{MARK}.example/",
            "User-Agent": MARK,
        },
    )
