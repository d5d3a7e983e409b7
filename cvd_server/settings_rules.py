"""What a production server refuses to start with, and how settings are shown to people."""

from collections.abc import Iterator
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

from pydantic import SecretStr
from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

if TYPE_CHECKING:
    from cvd_server.settings import Settings

_SECRET_LENGTH = 32
_KNOWN_SECRETS = ("secret", "change", "default", "example", "password", "development")
_HIDDEN = "(hidden)"


def guessable(secret: SecretStr) -> bool:
    """Short, monotonous, or with a word that stands in examples."""
    text = secret.get_secret_value()
    return (
        len(text) < _SECRET_LENGTH
        or len(set(text)) < 10
        or any(word in text.lower() for word in _KNOWN_SECRETS)
    )


def faults_in_production(settings: "Settings") -> Iterator[str]:
    """Sentences: each names the variable, what is wrong and what to do."""
    secret = settings.secret_key
    if secret is None or len(secret.get_secret_value()) < _SECRET_LENGTH:
        yield f"CVD_SERVER_SECRET_KEY needs at least {_SECRET_LENGTH} characters in production"
    elif guessable(secret):
        yield "CVD_SERVER_SECRET_KEY is a default or a guess: make a random one"
    if settings.debug:
        yield "CVD_SERVER_DEBUG must be off in production"
    if settings.embedded and not settings.sqlite_in_production:
        yield (
            "CVD_SERVER_DATABASE_URL is an SQLite file: name a PostgreSQL, or say that one file "
            "shall do with CVD_SERVER_SQLITE_IN_PRODUCTION=true"
        )
    if _password_of(settings.database_url) in ("postgres", "password", "cvd", "changeme"):
        yield "CVD_SERVER_DATABASE_URL has a password that everybody guesses: set another one"
    if settings.password_time_cost < 2 or settings.password_memory_kib < 19456:
        yield (
            "CVD_SERVER_PASSWORD_TIME_COST and CVD_SERVER_PASSWORD_MEMORY_KIB make a password "
            "hash that is too cheap for production: at least 2 and 19456"
        )
    if not settings.hosts:
        yield (
            "CVD_SERVER_HOSTS is empty: name the host names under which laptops call this "
            "server, such as cvd.example.com"
        )
    if not settings.limits_requests:
        yield "CVD_SERVER_RATE_LIMITS must be on in production"
    if any(network.prefixlen == 0 for network in settings.trusted_proxies):
        yield "CVD_SERVER_TRUSTED_PROXIES trusts the whole internet: name the proxies' networks"


def shown(settings: "Settings") -> dict[str, str]:
    """Every setting in force by the name of its variable; secrets and passwords hidden."""
    lines = {}
    for name, value in settings:
        text = _text(value)
        if isinstance(value, SecretStr):
            text = _HIDDEN
        elif name == "database_url":
            text = without_password(text)
        lines[f"CVD_SERVER_{name.upper()}"] = text
    lines["CVD_SERVER_ATTACHMENT_FOLDER"] = str(settings.attachments)
    lines["CVD_SERVER_POOL_SIZE"] = str(settings.connections)
    lines["CVD_SERVER_THREADS"] = str(settings.worker_threads)
    lines["CVD_SERVER_RATE_LIMITS"] = _text(settings.limits_requests)
    lines["CVD_SERVER_LOG_FORMAT"] = "json" if settings.logs_json else "text"
    return lines


def table(kind: "type[Settings]") -> str:
    """All settings with their meaning and default, as the text of docs/server-settings.md."""
    lines = [
        "# Settings of the server",
        "",
        "Variables of the environment. `cvd-server settings` prints those in force.",
        "",
        "| variable | default | what it is |",
        "|---|---|---|",
    ]
    for name, field in kind.model_fields.items():
        default = "worked out" if field.default_factory else _text(field.default)
        words = " ".join((field.description or "").split())
        lines.append(f"| `CVD_SERVER_{name.upper()}` | {default} | {words} |")
    return "\n".join(lines)


def without_password(url: str) -> str:
    """A database URL that may be read by anybody; what cannot be parsed is hidden whole."""
    try:
        parsed = make_url(url)
    except ArgumentError:
        return _HIDDEN
    hidden = {name: _HIDDEN for name in parsed.query if "pass" in name.lower()}
    return parsed.update_query_dict(hidden).render_as_string(hide_password=True)


def _password_of(url: str) -> str | None:
    parts = urlsplit(url)
    return parts.password or next(iter(parse_qs(parts.query).get("password", [])), None)


def _text(value: object) -> str:
    if value is None:
        return "-"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, tuple):
        return ",".join(str(item) for item in value) or "-"
    return str(value)
