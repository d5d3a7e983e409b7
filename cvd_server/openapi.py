"""The OpenAPI 3.1 document, made from what the server is: addresses, rights, `@described`, models.

Nothing is written twice: models give the schemas, the guard's rights the security, the decorator
the rest. What every endpoint of a kind can answer (no token, not allowed, too large, ...) is added
here. Why no library does this: docs/decisions/0024.
"""

import re
from collections.abc import Iterator, Mapping
from http import HTTPStatus
from typing import Any

from flask import Flask
from pydantic import BaseModel
from pydantic.json_schema import JsonSchemaMode, models_json_schema
from werkzeug.routing import Rule

from cvd_server.access import PUBLIC
from cvd_server.answer_headers import EVERY_ANSWER
from cvd_server.described import Description
from cvd_shared.permissions import MATRIX, Right
from cvd_shared.wire import (
    HEADER_ECHO,
    HEADER_EPOCH,
    HEADER_REQUEST_ID,
    HEADER_SYNC,
    SYNC_MEDIA_TYPE,
)
from cvd_shared.wire_events import EVENTS
from cvd_shared.wire_records import RECORDS

Json = dict[str, Any]
_Codes = dict[int, set[str]]

_EVERYWHERE = (
    (400, "malformed"), (400, "wrong_host"), (429, "too_many_requests"), (500, "server_error"),
    (503, "unavailable"),
)  # fmt: skip
_SIGNED_IN = (
    (401, "token_missing"), (401, "token_invalid"), (401, "token_expired"), (401, "session_ended"),
    (403, "not_allowed"), (403, "user_blocked"), (403, "device_revoked"), (403, "device_locked"),
    (403, "password_change_needed"),
)  # fmt: skip
_WITH_BODY = ((413, "too_large"), (415, "malformed"), (422, "malformed"))
_NO_SUCH = ((404, "not_found"), (422, "malformed"))
_RETRY = (429, 503)
_REFERENCE = "#/components/schemas/{model}"
_ABOUT = (
    "Laptops send what people recorded and fetch what they may see. Every answer below /api is an "
    "envelope: `data` on success, `error` otherwise. An answer without the three X-CVD headers is "
    "not from this server. `x-events` names the payload of each event (type and version) that "
    "`/sync/push` takes, `x-records` the body of each kind of row that `/sync/pull` gives."
)


def openapi_document(app: Flask) -> Json:
    """Of all endpoints of the application. Raises LookupError for one without description."""
    endpoints = list(_endpoints(app))
    names, schemas = _schemas(description for _, _, description in endpoints)
    paths: Json = {}
    for rule, right, description in endpoints:
        path = paths.setdefault(_path(rule), {})
        for method in _methods(rule):
            path[method.lower()] = _operation(rule, method, right, description, names)
    return {
        "openapi": "3.1.0",
        "info": {"title": "CVD server", "version": "1", "description": _ABOUT},
        "servers": [{"url": "/"}],
        "paths": paths,
        "x-events": {
            f"{name} {version}": {"$ref": names[model, "validation"]}
            for (name, version), model in EVENTS.items()
        },
        "x-records": {
            kind: {"$ref": names[model, "serialization"]} for kind, model in RECORDS.items()
        },
        "components": {
            "schemas": schemas | {"ErrorBody": _ERROR_BODY},
            "headers": _HEADERS,
            "securitySchemes": {
                "person": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "Access token of POST /api/v1/auth/token.",
                },
            },
        },
    }


def undescribed(app: Flask) -> list[str]:
    """Endpoints whose view lacks `@described`."""
    return sorted(
        name for name, view in app.view_functions.items() if not hasattr(view, "described")
    )


def _endpoints(app: Flask) -> Iterator[tuple[Rule, Right | str, Description]]:
    for rule in sorted(app.url_map.iter_rules(), key=lambda rule: rule.rule):
        view = app.view_functions[rule.endpoint]
        description: Description | None = getattr(view, "described", None)
        if description is None:
            raise LookupError(f"{rule.endpoint} lacks @described")
        yield rule, getattr(view, "right", PUBLIC), description


def _methods(rule: Rule) -> list[str]:
    """Those that were asked for; HEAD comes with every GET by itself."""
    methods = set(rule.methods or ()) - {"OPTIONS"}
    return sorted(methods - {"HEAD"} if "GET" in methods else methods)


def _path(rule: Rule) -> str:
    return re.sub(r"<(?:[^:<>]+:)?([^<>]+)>", r"{\1}", rule.rule)


def _operation(
    rule: Rule, method: str, right: Right | str, description: Description, names: "_Names"
) -> Json:
    signed_in = right != PUBLIC
    operation: Json = {
        "operationId": f"{rule.endpoint}_{method.lower()}".replace(".", "_")
        + ("" if rule.rule.count("/") != 1 else f"_{rule.rule.strip('/')}"),
        "summary": description.summary,
        "tags": [rule.endpoint.partition(".")[0].removesuffix("_api")],
        "security": [{"person": []}] if signed_in else [],
        "parameters": list(_parameters(rule, description)),
        "responses": _responses(rule, method, description, names, signed_in=signed_in),
    }
    if isinstance(right, Right):
        roles = ", ".join(role for role, rights in MATRIX.items() if right in rights)
        operation["description"] = f"Needs the right `{right}`: {roles}."
        operation["x-right"] = str(right)
    if description.takes is not None:
        schema = {"$ref": names[description.takes, "validation"]}
        content: Json = {kind: {"schema": schema} for kind in ("application/json", SYNC_MEDIA_TYPE)}
        operation["requestBody"] = {"required": True, "content": content}
    elif description.takes_bytes is not None:
        content = {description.takes_bytes: {"schema": _BYTES}}
        operation["requestBody"] = {"required": True, "content": content}
    return operation


def _parameters(rule: Rule, description: Description) -> Iterator[Json]:
    for name in sorted(rule.arguments):
        text = {"type": "string", "minLength": 1, "maxLength": 200}
        yield {"name": name, "in": "path", "required": True, "schema": text}
    for name in description.query:
        yield {"name": name, "in": "query", "required": False, "schema": {"type": "string"}}
    for name in description.headers:
        if name != "Authorization":  # OpenAPI knows it by its security schemes alone
            yield {"name": name, "in": "header", "required": False, "schema": {"type": "string"}}


def _responses(
    rule: Rule, method: str, description: Description, names: "_Names", *, signed_in: bool
) -> Json:
    ours = rule.rule.startswith("/api/")
    headers = {name: {"$ref": f"#/components/headers/{name}"} for name in _headers_of(ours)}
    good: Json = {"description": description.summary, "headers": headers}
    if method != "HEAD":
        content = _good_content(description, names)
        if content:
            good["content"] = content
    responses: Json = {str(description.status): good}
    if "Range" in description.headers:
        responses["206"] = good | {"description": "A part of it."}
    for status, codes in sorted(_errors(rule, description, signed_in=signed_in).items()):
        responses[str(status)] = _error_response(status, codes, headers, bodiless=method == "HEAD")
    if rule.endpoint == "health_api.ready":
        responses["503"] = good | {"description": "Not ready: which check failed."}
    return responses


def _errors(rule: Rule, description: Description, *, signed_in: bool) -> _Codes:
    known: list[tuple[int, str]] = [*_EVERYWHERE, *description.errors]
    if signed_in:
        known += _SIGNED_IN
    if description.takes is not None or description.takes_bytes is not None:
        known += _WITH_BODY
    if rule.arguments or description.query:
        known += _NO_SUCH
    codes: _Codes = {}
    for status, code in known:
        codes.setdefault(status, set()).add(code)
    return codes


def _good_content(description: Description, names: "_Names") -> Json:
    if description.gives_bytes is not None:
        return {description.gives_bytes: {}}
    if description.status == HTTPStatus.NO_CONTENT:
        return {}
    data: Json = {"type": "object"}
    if description.gives is not None:
        data = {"$ref": names[description.gives, "serialization"]}
    return _enveloped({"const": True}, data, {"type": "null"})


def _error_response(status: int, codes: set[str], headers: Json, *, bodiless: bool) -> Json:
    more: Json = {}
    if status in _RETRY:
        more = {"Retry-After": {"$ref": "#/components/headers/Retry-After"}}
    response: Json = {
        "description": f"{HTTPStatus(status).phrase}: {', '.join(sorted(codes))}",
        "headers": headers | more,
    }
    if not bodiless:
        told = {
            "allOf": [
                {"$ref": "#/components/schemas/ErrorBody"},
                {"properties": {"code": {"enum": sorted(codes)}}},
            ]
        }
        response["content"] = _enveloped({"const": False}, {"type": "null"}, told)
    return response


def _enveloped(success: Json, data: Json, error: Json) -> Json:
    schema = {
        "type": "object",
        "required": ["success", "data", "error"],
        "properties": {"success": success, "data": data, "error": error},
        "additionalProperties": False,
    }
    return {SYNC_MEDIA_TYPE: {"schema": schema}}


def _headers_of(ours: bool) -> list[str]:
    sync = [HEADER_SYNC, HEADER_EPOCH, HEADER_ECHO] if ours else []
    return [*sync, HEADER_REQUEST_ID, *EVERY_ANSWER]


_Names = Mapping[tuple[type[BaseModel], JsonSchemaMode], str]


def _schemas(descriptions: Iterator[Description]) -> tuple[_Names, Json]:
    """References of all models, and what they refer to."""
    wanted: dict[tuple[type[BaseModel], JsonSchemaMode], None] = {}
    wanted |= {(model, "validation"): None for model in EVENTS.values()}
    wanted |= {(model, "serialization"): None for model in RECORDS.values()}
    for description in descriptions:
        if description.takes is not None:
            wanted[description.takes, "validation"] = None
        if description.gives is not None:
            wanted[description.gives, "serialization"] = None
    references, document = models_json_schema(list(wanted), ref_template=_REFERENCE)
    names = {key: str(references[key]["$ref"]) for key in wanted}
    return names, dict(sorted(document.get("$defs", {}).items()))


_BYTES = {"type": "string", "format": "binary"}
_TEXT = {"schema": {"type": "string"}}
_HEADERS: Json = {
    HEADER_SYNC: {"description": "An answer of this server.", "schema": {"const": "1"}},
    HEADER_EPOCH: _TEXT | {"description": "Changes when the server's history changes."},
    HEADER_ECHO: _TEXT | {"description": "The request's X-Request-Id."},
    HEADER_REQUEST_ID: _TEXT | {"description": "The name of this request in the server's log."},
    "Retry-After": {
        "description": "Seconds until another try is worth it.",
        "schema": {"type": "string", "pattern": "^[0-9]+$"},
    },
} | {name: {"schema": {"const": value}} for name, value in EVERY_ANSWER.items()}

_ERROR_BODY: Json = {
    "type": "object",
    "required": ["message", "code", "timestamp", "details"],
    "properties": {
        "message": {"type": "string", "minLength": 1},
        "code": {"type": "string", "pattern": "^[a-z_]+$"},
        "timestamp": {"type": "string"},
        "details": {"type": "object"},
    },
    "additionalProperties": False,
}
