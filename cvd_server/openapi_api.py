"""Where the OpenAPI document lies: open to everybody, as it holds no secret and no name."""

import json

from flask import Blueprint, Response, current_app

from cvd_server.access import public
from cvd_server.described import described
from cvd_server.openapi import openapi_document

openapi_api = Blueprint("openapi_api", __name__)

_KEPT = "cvd_openapi"


@openapi_api.get("/openapi/openapi.json")
@public
@described("This document.", gives_bytes="application/json")
def document() -> Response:
    """Made when it is asked for the first time: the addresses do not change after the start."""
    text = current_app.extensions.get(_KEPT)
    if text is None:
        text = json.dumps(openapi_document(current_app), separators=(",", ":"))
        current_app.extensions[_KEPT] = text
    return Response(text, content_type="application/json")
