"""Is the server alive, and can it work: for load balancers, containers and people."""

import json

from flask import Blueprint, Response
from sqlalchemy.exc import DBAPIError

from cvd_server.access import public
from cvd_server.migrations.upgrade import head_revision, present_revision
from cvd_server.services import services

health_api = Blueprint("health_api", __name__)


@health_api.get("/health/live")
@public
def live() -> Response:
    """The process answers."""
    return _answer({"status": "ok"}, 200)


@health_api.get("/health")
@health_api.get("/health/ready")
@public
def ready() -> Response:
    """The database answers and is at the newest migration; 503 otherwise."""
    checks = {"database": "ok", "migrations": "ok"}
    try:
        with services().database.read() as connection:
            if present_revision(connection) != head_revision():
                checks["migrations"] = "run cvd-server migrate"
    except DBAPIError:
        checks = {"database": "unreachable", "migrations": "unknown"}
    good = all(state == "ok" for state in checks.values())
    return _answer({"status": "ok" if good else "failed", "checks": checks}, 200 if good else 503)


def _answer(document: dict[str, object], status: int) -> Response:
    return Response(json.dumps(document), status=status, content_type="application/json")
