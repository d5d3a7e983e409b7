"""The reference of `push`: the same bodies read and written, one INSERT per batch, no rules."""

import gzip
import json
import os
from collections.abc import Callable, Iterable
from typing import Any

import psycopg

_connection: list[psycopg.Connection[Any]] = []


def app(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """WSGI for gunicorn's sync worker; the database is named by BARE_DATABASE."""
    if not _connection:
        _connection.append(psycopg.connect(os.environ["BARE_DATABASE"]))
    body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
    document = json.loads(gzip.decompress(body))
    rows = [
        (op["op_id"], json.dumps(op).encode(), document["inline_blobs"][op["blobs"][0]])
        for op in document["ops"]
    ]
    with _connection[0].transaction(), _connection[0].cursor() as cursor:
        cursor.execute(
            "INSERT INTO bare (op_id, body, raw) "
            "SELECT * FROM unnest(%s::text[], %s::bytea[], %s::text[])",
            [list(column) for column in zip(*rows, strict=True)],
        )
    start_response("200 OK", [("Content-Type", "application/json"), ("Content-Length", "2")])
    return [b"{}"]
