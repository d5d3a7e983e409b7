"""Build the Flask application: services, guard, endpoints, errors, headers."""

import gzip
import logging
from collections.abc import Callable, Iterable
from ipaddress import ip_address
from typing import Any

from flask import Flask, Response, g, request
from sqlalchemy.exc import DataError, DBAPIError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from werkzeug.exceptions import HTTPException, MethodNotAllowed
from werkzeug.middleware.proxy_fix import ProxyFix

from cvd_server.access import guard
from cvd_server.answer_headers import check_host, preflight, put_headers
from cvd_server.answers import ApiError, failure, malformed, try_later
from cvd_server.attachment_store import make_store
from cvd_server.attachments_api import attachments_api
from cvd_server.auth_api import auth_api
from cvd_server.bundle_api import bundle_api
from cvd_server.clock import Clock, system_clock
from cvd_server.database import Database, is_conflict
from cvd_server.devices_api import devices_api
from cvd_server.fleet_api import fleet_api
from cvd_server.health import health_api
from cvd_server.keys_api import keys_api
from cvd_server.metrics import Metrics
from cvd_server.migrations.upgrade import head_revision, present_revision
from cvd_server.openapi_api import openapi_api
from cvd_server.operator_keys import box_again
from cvd_server.people import make_hasher
from cvd_server.rate_limits import limit_addresses, limit_persons
from cvd_server.repair_api import repair_api
from cvd_server.request_counts import RequestCounts
from cvd_server.request_log import begin_request, log_request, milliseconds, route
from cvd_server.server_meta import read_epoch
from cvd_server.server_secrets import server_secrets
from cvd_server.services import Services, install, services
from cvd_server.settings import Settings
from cvd_server.sync_api import sync_api
from cvd_server.users_api import users_api
from cvd_shared.ids import IdMaker

log = logging.getLogger(__name__)

BLUEPRINTS = (
    sync_api,
    repair_api,
    attachments_api,
    auth_api,
    devices_api,
    bundle_api,
    keys_api,
    users_api,
    fleet_api,
    health_api,
    openapi_api,
)

_COMPRESS_FROM = 1024  # bytes

WsgiApp = Callable[[dict[str, Any], Any], Iterable[bytes]]


def create_app(settings: Settings | None = None, *, clock: Clock = system_clock) -> Flask:
    """The application on a migrated database. Raises LookupError when it is not migrated."""
    settings = settings or Settings()
    app = Flask("cvd_server", static_folder=None)
    app.config["PROVIDE_AUTOMATIC_OPTIONS"] = False
    app.url_map.merge_slashes = False  # no redirects: an address is ours or it is not
    app.json.sort_keys = False  # type: ignore[attr-defined]  # of the default provider
    install(make_services(settings, clock), app.extensions)
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
    for step in (begin_request, check_host, preflight, limit_addresses, guard, limit_persons):
        app.before_request(step)
    app.after_request(_finish)
    app.register_error_handler(ApiError, _told)
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(DBAPIError, _database_error)
    app.register_error_handler(PoolTimeoutError, _pool_exhausted)
    app.register_error_handler(Exception, _our_bug)
    if settings.trusted_proxies:
        app.wsgi_app = _BehindProxies(app.wsgi_app, settings)  # type: ignore[method-assign]
    return app


def make_services(settings: Settings, clock: Clock = system_clock) -> Services:
    database = Database(
        settings.database_url,
        pool_size=settings.connections,
        overflow=settings.pool_overflow,
        wait_seconds=settings.pool_wait_seconds,
    )
    try:
        epoch = _stored_epoch(database)
        secrets = server_secrets(settings, database, clock())
        database.in_transaction(lambda connection: box_again(connection, secrets))
    except BaseException:
        database.close()
        raise
    hasher = make_hasher(settings)
    metrics = Metrics()
    metrics.watch_pool(database.engine)
    return Services(
        settings=settings,
        database=database,
        clock=clock,
        new_id=IdMaker(clock),
        hasher=hasher,
        dummy_hash=hasher.hash("nobody has this password"),
        secrets=secrets,
        epoch=epoch,
        store=make_store(settings),
        metrics=metrics,
        request_counts=RequestCounts(settings),
    )


def _stored_epoch(database: Database) -> str:
    with database.read() as connection:
        if present_revision(connection) != head_revision():
            raise LookupError("the database has another schema: run `cvd-server migrate`")
        return read_epoch(connection)


class _BehindProxies:
    """Believes X-Forwarded-... only when a trusted proxy brings the request."""

    def __init__(self, app: WsgiApp, settings: Settings) -> None:
        hops = settings.proxy_hops
        self._direct = app
        self._through = ProxyFix(app, x_for=hops, x_proto=hops, x_host=0)
        self._networks = settings.trusted_proxies

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        try:
            peer = ip_address(environ.get("REMOTE_ADDR", ""))
        except ValueError:
            return self._direct(environ, start_response)
        trusted = any(peer in network for network in self._networks)
        return (self._through if trusted else self._direct)(environ, start_response)


def _finish(answer: Response) -> Response:
    put_headers(answer)
    if not answer.direct_passthrough and not answer.is_streamed:
        _compress(answer)
    services().metrics.request(request.method, route(), answer.status_code, milliseconds() / 1000)
    log_request(answer)
    return answer


def _compress(answer: Response) -> None:
    kind = answer.mimetype or ""
    if not kind.endswith("json") and not kind.startswith("text/"):
        return  # a photo is small already, and its parts are asked for by their place in it
    body = answer.get_data()
    if len(body) < _COMPRESS_FROM or "Content-Encoding" in answer.headers:
        return
    answer.vary.add("Accept-Encoding")
    if request.accept_encodings.quality("gzip") > 0 and answer.status_code != 206:
        answer.set_data(gzip.compress(body, compresslevel=5, mtime=0))
        answer.headers["Content-Encoding"] = "gzip"


def _told(error: ApiError) -> Response:
    to = services()
    if error.code == "epoch_changed":
        to.epoch = error.details["epoch"]
    g.error_code = error.code
    to.metrics.refusal(error.code)
    return failure(error, to.now())


def _http_error(error: HTTPException) -> Response:
    status = error.code or 500
    codes = {404: "not_found", 405: "method_not_allowed", 413: "too_large"}
    code = codes.get(status, "malformed" if status < 500 else "server_error")
    answer = _told(ApiError(status, code, error.name))
    if isinstance(error, MethodNotAllowed) and error.valid_methods:
        answer.headers["Allow"] = ", ".join(sorted(error.valid_methods))
    return answer


def _database_error(error: DBAPIError) -> Response:
    if isinstance(error, DataError):
        return _told(malformed("The request holds what no database can keep."))
    away = isinstance(error, OperationalError) or error.connection_invalidated
    if away or is_conflict(error):
        log.info("database not available: %s", error.orig)
        return _told(try_later(503, "unavailable", "The server is busy; try again later.", 5))
    return _our_bug(error)


def _pool_exhausted(error: PoolTimeoutError) -> Response:  # noqa: ARG001 - Flask's shape
    return _told(try_later(503, "unavailable", "The server is busy; try again later.", 5))


def _our_bug(error: Exception) -> Response:
    log.error("request failed: %s %s", request.method, route(), exc_info=error)
    return _told(ApiError(500, "server_error", "The server failed; nothing was applied."))
