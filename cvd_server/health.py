"""Is the server alive, can it work, and how busy is it: for machines that watch, and for people.

`/health/...` is open to everybody, as load balancers ask without a name: it tells states, no
figures that are worth hiding. `/metrics` exists only for who says CVD_SERVER_METRICS_TOKEN.
"""

import hmac
import json
import shutil
from datetime import timedelta
from pathlib import Path

from flask import Blueprint, Response, request
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from cvd_server.access import public
from cvd_server.answers import ApiError
from cvd_server.clock import from_wire, to_wire
from cvd_server.described import described
from cvd_server.metrics import CONTENT_TYPE, database_figures
from cvd_server.migrations.upgrade import head_revision, present_revision
from cvd_server.server_meta import DURABLE_AT, read_meta
from cvd_server.services import Services, services
from cvd_server.settings import Settings

health_api = Blueprint("health_api", __name__)

_MEGABYTE = 1024 * 1024


@health_api.get("/health/live")
@public
@described("The process answers.", gives_bytes="application/json")
def live() -> Response:
    return _answer({"status": "ok"}, 200)


@health_api.get("/health")
@health_api.get("/health/ready")
@public
@described(
    "The database answers, is at the newest migration, and attachments have room; 503 otherwise. "
    "Without its bucket the server takes all but photos: `limited`, with 200.",
    gives_bytes="application/json",
    errors=((503, "not_ready"),),
)
def ready() -> Response:
    to = services()
    checks = {"database": "ok", "migrations": "ok", "disk": _disk(to.settings)}
    backup: int | None = None
    try:
        with to.database.read() as connection:
            if present_revision(connection) != head_revision():
                checks["migrations"] = "run cvd-server migrate"
            else:
                backup = _seconds_since(to, read_meta(connection, DURABLE_AT))
    except (DBAPIError, PoolTimeoutError):
        checks |= {"database": "unreachable", "migrations": "unknown"}
    good = all(state == "ok" for state in checks.values())
    status = "ok" if good else "failed"
    if to.settings.attachment_bucket is not None:
        checks["store"] = to.store_health.state(to.store, to.clock().timestamp())
        if good and checks["store"] not in ("ok", "unknown"):
            status = "limited"  # to send the laptops away would keep back their records as well
    document: dict[str, object] = {
        "status": status,
        "checks": checks,
        "seconds_since_backup": backup,
    }
    return _answer(document, 200 if good else 503)


@health_api.get("/metrics")
@public  # the token of the settings is asked for, not a person's
@described(
    "Figures for Prometheus; needs the token of the settings.",
    gives_bytes="text/plain",
    errors=((404, "not_found"),),
    headers=("Authorization",),
)
def metrics() -> Response:
    to = services()
    token = to.settings.metrics_token
    told = request.headers.get("Authorization", "").encode()
    if token is None or not hmac.compare_digest(
        told, f"Bearer {token.get_secret_value()}".encode()
    ):
        raise ApiError(404, "not_found", "Not Found")
    text = to.metrics.text()
    since = to_wire(to.clock() - timedelta(days=to.settings.refresh_days))
    try:
        with to.database.read() as connection:
            text += database_figures(connection, since)
    except (DBAPIError, PoolTimeoutError):
        pass  # the others are worth having, then more than ever
    return Response(text, content_type=CONTENT_TYPE)


def _disk(settings: Settings) -> str:
    """Room for attachments; a store elsewhere looks after itself."""
    if settings.attachment_bucket is not None:
        return "ok"
    try:
        free = shutil.disk_usage(_existing(settings.attachments)).free
    except OSError:
        return "unreachable"
    return "ok" if free >= settings.free_megabytes * _MEGABYTE else "full"


def _existing(folder: Path) -> Path:
    """The folder, or the nearest above it that is there: it is made with the first attachment."""
    return next(place for place in (folder, *folder.absolute().parents) if place.exists())


def _seconds_since(to: Services, moment: str | None) -> int | None:
    if moment is None:
        return None
    return max(0, int((to.clock() - from_wire(moment)).total_seconds()))


def _answer(document: dict[str, object], status: int) -> Response:
    return Response(json.dumps(document), status=status, content_type="application/json")
