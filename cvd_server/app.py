"""Build the Flask application: services, guard, endpoints, errors, headers."""

import gzip
import logging

from flask import Flask, Response, request
from sqlalchemy.exc import DataError, DBAPIError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from werkzeug.exceptions import HTTPException, MethodNotAllowed

from cvd_server.access import guard
from cvd_server.answers import ApiError, failure, malformed, try_later
from cvd_server.auth_api import auth_api
from cvd_server.clock import Clock, system_clock
from cvd_server.database import Database, is_conflict
from cvd_server.health import health_api
from cvd_server.migrations.upgrade import head_revision, present_revision
from cvd_server.people import make_hasher
from cvd_server.server_meta import SIGNING_KEY, read_epoch, read_meta
from cvd_server.services import Services, install, services
from cvd_server.settings import Settings
from cvd_server.sync_api import sync_api
from cvd_shared.ids import IdMaker
from cvd_shared.wire import HEADER_ECHO, HEADER_EPOCH, HEADER_REQUEST_ID, HEADER_SYNC

log = logging.getLogger(__name__)

_ECHO_LENGTH = 200
_COMPRESS_FROM = 1024  # bytes


def create_app(settings: Settings | None = None, *, clock: Clock = system_clock) -> Flask:
    """The application on a migrated database. Raises LookupError when it is not migrated."""
    settings = settings or Settings()
    app = Flask("cvd_server", static_folder=None)
    app.config["PROVIDE_AUTOMATIC_OPTIONS"] = False
    app.url_map.merge_slashes = False  # no redirects: an address is ours or it is not
    app.json.sort_keys = False  # type: ignore[attr-defined]  # of the default provider
    install(make_services(settings, clock), app.extensions)
    for blueprint in (sync_api, auth_api, health_api):
        app.register_blueprint(blueprint)
    app.before_request(guard)
    app.after_request(_finish)
    app.register_error_handler(ApiError, _told)
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(DBAPIError, _database_error)
    app.register_error_handler(PoolTimeoutError, _pool_exhausted)
    app.register_error_handler(Exception, _our_bug)
    return app


def make_services(settings: Settings, clock: Clock = system_clock) -> Services:
    database = Database(settings.database_url, pool_size=settings.worker_threads + 1)
    try:
        epoch, stored_key = _stored_facts(database)
    except BaseException:
        database.close()
        raise
    hasher = make_hasher(settings)
    secret = settings.secret_key.get_secret_value() if settings.secret_key else stored_key
    assert secret, "a migrated database has a signing key"
    return Services(
        settings=settings,
        database=database,
        clock=clock,
        new_id=IdMaker(clock),
        hasher=hasher,
        dummy_hash=hasher.hash("nobody has this password"),
        signing_key=secret,
        epoch=epoch,
    )


def _stored_facts(database: Database) -> tuple[str, str | None]:
    with database.read() as connection:
        if present_revision(connection) != head_revision():
            raise LookupError("the database has another schema: run `cvd-server migrate`")
        return read_epoch(connection), read_meta(connection, SIGNING_KEY)


def _finish(answer: Response) -> Response:
    if request.path.startswith("/api/"):
        answer.headers[HEADER_SYNC] = "1"
        answer.headers[HEADER_EPOCH] = services().epoch
        answer.headers[HEADER_ECHO] = request.headers.get(HEADER_REQUEST_ID, "")[:_ECHO_LENGTH]
    answer.headers["Cache-Control"] = "no-store"
    answer.headers["X-Content-Type-Options"] = "nosniff"
    body = answer.get_data()
    if len(body) >= _COMPRESS_FROM and request.accept_encodings.quality("gzip") > 0:
        answer.set_data(gzip.compress(body, compresslevel=5, mtime=0))
        answer.headers["Content-Encoding"] = "gzip"
        answer.headers["Vary"] = "Accept-Encoding"
    return answer


def _told(error: ApiError) -> Response:
    if error.code == "epoch_changed":
        services().epoch = error.details["epoch"]
    return failure(error, services().now())


def _http_error(error: HTTPException) -> Response:
    status = error.code or 500
    codes = {404: "not_found", 405: "method_not_allowed", 413: "too_large"}
    code = codes.get(status, "malformed" if status < 500 else "server_error")
    answer = failure(ApiError(status, code, error.name), services().now())
    if isinstance(error, MethodNotAllowed) and error.valid_methods:
        answer.headers["Allow"] = ", ".join(sorted(error.valid_methods))
    return answer


def _database_error(error: DBAPIError) -> Response:
    if isinstance(error, DataError):
        return _told(malformed("The request holds what no database can keep."))
    if isinstance(error, OperationalError) or is_conflict(error):
        log.info("database not available: %s", error.orig)
        return _told(try_later(503, "unavailable", "The server is busy; try again later.", 5))
    return _our_bug(error)


def _pool_exhausted(error: PoolTimeoutError) -> Response:  # noqa: ARG001 - Flask's shape
    return _told(try_later(503, "unavailable", "The server is busy; try again later.", 5))


def _our_bug(error: Exception) -> Response:
    log.error("request failed: %s %s", request.method, request.path, exc_info=error)
    return _told(ApiError(500, "server_error", "The server failed; nothing was applied."))
