"""Whatever a document of ours allows, and what it does not: no 5xx, every answer as described.

The suite draws a few requests for each endpoint, always the same ones, on PostgreSQL, which takes
less; `make fuzz-api` draws new ones on both databases, CVD_FUZZ_EXAMPLES for each.
"""

import logging
import os
from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import GenerationMode
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from cvd_shared.wire_attachments import CHUNK_MEDIA_TYPE
from cvd_shared.wire_repair import BUNDLE_MEDIA_TYPE
from tests.support.postgres import new_database
from tests.support.servers import LocalServer, Session, local_server, sqlite_url
from tests.support.small_operator import seed_small_operator

EXAMPLES = int(os.environ.get("CVD_FUZZ_EXAMPLES", "4"))
CHECKS = [
    schemathesis.checks.not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
FUZZ = settings(
    max_examples=EXAMPLES,
    derandomize="CVD_FUZZ_EXAMPLES" not in os.environ,
    database=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)
pytestmark = pytest.mark.timeout(120 + EXAMPLES * 30)


@schemathesis.serializer(CHUNK_MEDIA_TYPE, BUNDLE_MEDIA_TYPE)
def as_bytes(context: Any, value: Any) -> Any:
    """Bodies that are no JSON go as they were drawn."""
    data = getattr(value, "data", value)
    return data if isinstance(data, bytes) else str(data).encode("utf-8", "surrogatepass")


@pytest.fixture(
    scope="module",
    params=["postgresql", "sqlite"] if "CVD_FUZZ_EXAMPLES" in os.environ else ["postgresql"],
)
def server(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[LocalServer]:
    if request.param == "sqlite":
        url = sqlite_url(tmp_path_factory.mktemp("fuzz"))
    else:
        url = new_database(request.getfixturevalue("cluster"))
    with local_server(url) as running:
        seed_small_operator(running.database)
        yield running


@pytest.fixture(scope="module")
def schema(server: LocalServer) -> Any:
    return schemathesis.openapi.from_wsgi("/openapi/openapi.json", server.app)


@pytest.fixture(scope="module")
def session(server: LocalServer) -> Session:
    return server.session("admin")


@pytest.fixture(autouse=True)
def only_bugs_are_worth_a_line(caplog: pytest.LogCaptureFixture) -> None:
    """Nonsense may be warned of; an exception that nobody expected is a fault: it answers 500."""
    caplog.set_level(logging.CRITICAL)


def known(session: Session) -> dict[str, Any]:
    """What makes a drawn request that of a real device: it comes further into the server."""
    return {
        "device_id": session.device_id,
        "incarnation_id": session.incarnation_id,
        "epoch": session.epoch,
        "protocol": 1,
        "ops": [],
        "scope": "org",
    }


def draw(operation: Any, mode: GenerationMode, look: Any, examples: int = EXAMPLES) -> None:
    """Draw requests of an endpoint and look at each."""

    @settings(FUZZ, max_examples=examples)
    @given(case=operation.as_strategy(generation_mode=mode))
    def ask(case: Any) -> None:
        look(case)

    ask()


def ask_all(schema: Any, session: Session, mode: GenerationMode, *, as_known: bool) -> int:
    """Draw for every endpoint; the number of answers that were looked at."""
    asked = 0
    headers = {
        "Authorization": session.http.headers["Authorization"],
        "Accept-Encoding": "identity",  # the tool does not unpack what it gets in process
    }

    def look(case: Any) -> None:
        nonlocal asked
        if as_known and isinstance(case.body, dict):
            case.body |= {k: v for k, v in known(session).items() if k in case.body}
        checks = [*CHECKS, negative_data_rejection] if case.operation.body else CHECKS
        case.validate_response(case.call(headers=headers), checks=checks)
        asked += 1

    for result in schema.get_all_operations():
        operation = result.ok()
        has_input = operation.body or operation.query or operation.path_parameters
        if mode == GenerationMode.POSITIVE or has_input:  # else nothing can be wrong
            draw(operation, mode, look)
    return asked


def test_what_fits_the_document(schema: Any, session: Session) -> None:
    assert ask_all(schema, session, GenerationMode.POSITIVE, as_known=False) > 50


def test_what_fits_the_document_from_a_real_device(schema: Any, session: Session) -> None:
    assert ask_all(schema, session, GenerationMode.POSITIVE, as_known=True) > 50


def test_what_does_not_fit_the_document(schema: Any, session: Session) -> None:
    assert ask_all(schema, session, GenerationMode.NEGATIVE, as_known=False) > 50


def test_nobody_gets_in_without_a_token(schema: Any, server: LocalServer) -> None:
    """Each endpoint with what would be right, and no token, another's, or rubbish for one."""
    for token in ("", "Bearer ", "Bearer x.y.z", "Basic YWRtaW46YWRtaW4="):

        def look(case: Any, token: str = token) -> None:
            answer = case.call(headers={"Authorization": token})
            assert answer.status_code == 401, case.as_curl_command()

        for result in schema.get_all_operations():
            operation = result.ok()
            if operation.definition.raw["security"]:
                draw(operation, GenerationMode.POSITIVE, look, examples=1)
