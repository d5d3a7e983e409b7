"""The OpenAPI document: every endpoint in it, valid, open to everybody, free of secrets."""

import json
from typing import Any

import jsonschema
import pytest

from cvd_server.access import PUBLIC
from cvd_server.openapi import openapi_document, undescribed
from cvd_shared.wire_events import EVENTS
from cvd_shared.wire_records import RECORDS
from tests.support.servers import LocalServer, local_server, sqlite_url


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Any:
    with local_server(sqlite_url(tmp_path_factory.mktemp("openapi"))) as running:
        yield running


@pytest.fixture(scope="module")
def document(server: LocalServer) -> dict[str, Any]:
    answer = server.http().get("/openapi/openapi.json")
    assert answer.status_code == 200
    found: dict[str, Any] = answer.json()
    return found


def test_every_endpoint_is_described(server: LocalServer) -> None:
    assert undescribed(server.app) == [], "decorate the view with described(...)"


def test_every_endpoint_is_in_the_document(server: LocalServer, document: dict[str, Any]) -> None:
    told = {(path, method) for path, methods in document["paths"].items() for method in methods}
    for rule in server.app.url_map.iter_rules():
        path = rule.rule.replace("<", "{").replace(">", "}")
        methods = (rule.methods or set()) - {"OPTIONS"}
        for method in methods - {"HEAD"} if "GET" in methods else methods:
            assert (path, method.lower()) in told


def test_who_may_call_is_told_as_it_is(server: LocalServer, document: dict[str, Any]) -> None:
    rights = {
        rule.rule.replace("<", "{").replace(">", "}"): getattr(
            server.app.view_functions[rule.endpoint], "right", None
        )
        for rule in server.app.url_map.iter_rules()
    }
    for path, methods in document["paths"].items():
        for operation in methods.values():
            signed_in = rights[path] != PUBLIC
            assert operation["security"] == ([{"person": []}] if signed_in else [])
            assert ("401" in operation["responses"]) >= signed_in


def test_names_of_operations_are_unique(document: dict[str, Any]) -> None:
    names = [
        operation["operationId"]
        for methods in document["paths"].values()
        for operation in methods.values()
    ]
    assert len(names) == len(set(names))


def test_every_reference_leads_somewhere(document: dict[str, Any]) -> None:
    references = set()

    def walk(node: Any) -> None:
        if isinstance(node, dict):
            if isinstance(node.get("$ref"), str):
                references.add(node["$ref"])
            for child in node.values():
                walk(child)
        elif isinstance(node, list):
            for child in node:
                walk(child)

    walk(document)
    assert references
    for reference in references:
        node = document
        for part in reference.removeprefix("#/").split("/"):
            node = node[part]
    for schema in document["components"]["schemas"].values():
        jsonschema.Draft202012Validator.check_schema(schema)


def test_a_stranger_learns_what_events_and_records_look_like(document: dict[str, Any]) -> None:
    schemas = document["components"]["schemas"]

    def fields(reference: dict[str, str]) -> set[str]:
        return set(schemas[reference["$ref"].rpartition("/")[2]]["properties"])

    assert document["x-events"].keys() == {f"{name} {version}" for name, version in EVENTS}
    assert {"visit_id", "machine_id", "lines"} <= fields(document["x-events"]["visit.finished 1"])
    assert document["x-records"].keys() == set(RECORDS)
    assert {"asset_number", "route_id"} <= fields(document["x-records"]["machine"])


def test_the_document_has_no_secret(server: LocalServer, document: dict[str, Any]) -> None:
    text = json.dumps(document)
    assert server.services.epoch not in text
    assert "argon2" not in text
    assert text == json.dumps(openapi_document(server.app))
