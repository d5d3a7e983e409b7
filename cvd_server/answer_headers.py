"""Headers on every answer, also on errors; hosts that may be called; CORS, closed unless told."""

from flask import Response, request

from cvd_server.answers import ApiError
from cvd_server.request_log import request_id
from cvd_server.services import services
from cvd_server.settings import Settings
from cvd_shared.wire import (
    API,
    HEADER_ECHO,
    HEADER_EPOCH,
    HEADER_REQUEST_ID,
    HEADER_SYNC,
)

ECHO_LENGTH = 200
EVERY_ANSWER = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
}
HSTS = "max-age=31536000; includeSubDomains"
_PREFLIGHT_SECONDS = "600"
_ANY_HOST = ("/health", "/metrics")  # called by machines beside us, by an address


def put_headers(answer: Response) -> None:
    """What every answer has; a view may have set `Cache-Control` itself."""
    to, headers = services(), answer.headers
    more = [(HEADER_REQUEST_ID, request_id()), *EVERY_ANSWER.items()]
    if request.path.startswith("/api/"):
        echo = request.headers.get(HEADER_REQUEST_ID, "")[:ECHO_LENGTH]
        more += [(HEADER_SYNC, "1"), (HEADER_EPOCH, to.epoch), (HEADER_ECHO, echo)]
    if "Cache-Control" not in headers:
        more.append(("Cache-Control", "no-store"))
    if request.is_secure:
        more.append(("Strict-Transport-Security", HSTS))
    headers.extend(more)  # all at once: setting each one looks through all the others
    _put_cors(answer, to.settings)


def check_host() -> None:
    """Raises ApiError 400 for a name that is not ours: somebody's DNS or cache is being tried."""
    hosts = services().settings.hosts
    if not hosts or request.path.startswith(_ANY_HOST):
        return
    name = _host_name(request.environ.get("HTTP_HOST", ""))
    for host in hosts:
        if name == host.lower().lstrip(".") or (host.startswith(".") and name.endswith(host)):
            return
    raise ApiError(400, "wrong_host", "This server has another name.")


def preflight() -> Response | None:
    """The answer to a browser's question, when the page that asks may call us."""
    wants = request.headers.get("Access-Control-Request-Method")
    if request.method != "OPTIONS" or wants is None or _allowed_origin() is None:
        return None
    answer = Response(status=204)
    answer.headers["Access-Control-Allow-Methods"] = "GET, HEAD, POST, PUT, PATCH, DELETE"
    answer.headers["Access-Control-Allow-Headers"] = (
        f"Authorization, Content-Type, Content-Encoding, {HEADER_REQUEST_ID}"
    )
    answer.headers["Access-Control-Max-Age"] = _PREFLIGHT_SECONDS
    return answer


def _put_cors(answer: Response, settings: Settings) -> None:
    if not settings.cors_origins:
        return
    answer.headers.add("Vary", "Origin")
    origin = _allowed_origin()
    if origin is not None and request.path.startswith(f"{API}/"):
        answer.headers["Access-Control-Allow-Origin"] = origin
        answer.headers["Access-Control-Expose-Headers"] = (
            f"{HEADER_SYNC}, {HEADER_EPOCH}, {HEADER_ECHO}, {HEADER_REQUEST_ID}, Retry-After"
        )


def _allowed_origin() -> str | None:
    """The page that calls, when it is named in the settings, letter by letter."""
    origin = request.headers.get("Origin")
    return origin if origin in services().settings.cors_origins else None


def _host_name(text: str) -> str:
    """A Host header without its port, small letters."""
    if text.startswith("["):
        return text.partition("]")[0].lstrip("[").lower()
    return text.partition(":")[0].lower().rstrip(".")
