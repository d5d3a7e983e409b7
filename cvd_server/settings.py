"""What the server is told from outside: `CVD_SERVER_...` variables, checked at start.

To add one: 1. a field here with its default and a docstring; 2. where a production server must not
have it so, a line in settings_rules.py; 3. `cvd-server settings --table` into
docs/server-settings.md (a test compares).
"""

import os
import sys
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, SecretStr, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from cvd_server.settings_rules import faults_in_production, guessable

Words = Annotated[tuple[str, ...], NoDecode]
Networks = Annotated[tuple[IPv4Network | IPv6Network, ...], NoDecode]


def embedded_database_url() -> str:
    """The SQLite file that is used when no database is named: in the user's own data folder."""
    return f"sqlite:///{data_folder() / 'cvd-server.db'}"


def data_folder() -> Path:
    """Where an embedded server keeps its files when it is not told."""
    if sys.platform == "win32":
        base = Path(os.environ.get("LOCALAPPDATA", str(Path.home())))
    else:
        base = Path(os.environ.get("XDG_DATA_HOME", str(Path.home() / ".local" / "share")))
    return base / "cvd-server"


class Settings(BaseSettings):
    """All settings with their defaults; a wrong one stops the start with a sentence."""

    model_config = SettingsConfigDict(
        env_prefix="CVD_SERVER_",
        frozen=True,
        hide_input_in_errors=True,
        use_attribute_docstrings=True,
    )

    environment: Literal["development", "testing", "production"] = "development"
    """`production` refuses what is only good for trying out; `testing` has no rate limits."""
    debug: bool = False
    """More in the logs. Never in production."""

    database_url: str = Field(default_factory=embedded_database_url, repr=False)
    """PostgreSQL or SQLite."""
    sqlite_in_production: bool = False
    """The explicit word that one SQLite file shall do for a production server."""
    pool_size: int | None = Field(default=None, ge=1, le=1000)
    """Database connections kept by each worker; one more than its threads when not told."""
    pool_overflow: int = Field(default=5, ge=0, le=1000)
    """Connections beyond the pool for a moment of need."""
    pool_wait_seconds: float = Field(default=5, gt=0, le=60)
    """How long a request waits for a free connection before it is told to come later."""

    secret_key: SecretStr | None = None
    """Signs access tokens. Without one (not in production) the database keeps a random one."""
    previous_secret_key: SecretStr | None = None
    """The secret before, while a new one comes into use: its last tokens are still accepted."""
    access_minutes: int = Field(default=15, ge=1, le=60)
    """Life of an access token."""
    refresh_days: int = Field(default=90, ge=1, le=3650)
    """A session that was not used for so long ends."""
    password_time_cost: int = Field(default=3, ge=1)
    """argon2id: rounds."""
    password_memory_kib: int = Field(default=65536, ge=8)
    """argon2id: memory."""
    password_lanes: int = Field(default=4, ge=1)
    """argon2id: threads."""

    hosts: Words = ()
    """Names under which the server is called, with commas; `.example.com` takes all below it."""
    trusted_proxies: Networks = ()
    """Networks of the proxies whose X-Forwarded-For and X-Forwarded-Proto are believed."""
    proxy_hops: int = Field(default=1, ge=1, le=5)
    """Trusted proxies one behind the other."""
    cors_origins: Words = ()
    """Web pages that may call the API: exact origins. Nobody by default."""

    workers: int = Field(default_factory=lambda: (os.cpu_count() or 1) + 1, ge=1, le=512)
    """Worker processes; SQLite gets one."""
    threads: int | None = Field(default=None, ge=1, le=512)
    """Requests at work at once in each worker; those that are still on their way do not count.
    The work is Python's, so threads only get into each other's way: one, but four in the single
    worker that SQLite gets."""
    worker_requests: int = Field(default=20_000, ge=0)
    """A worker is replaced after so many requests; 0: never."""
    worker_seconds: int = Field(default=60, ge=5, le=600)
    """A worker that does not stir for so long is killed."""
    slow_seconds: int = Field(default=60, ge=1, le=3600)
    """A request that arrives more slowly than 500 bytes a second is dropped after so long. Some
    70 such senders hold up a worker until then: the open internet needs a proxy in front that takes
    requests whole, as packaging/containers/nginx.conf does."""
    graceful_seconds: int = Field(default=20, ge=1, le=600)
    """At the end of the server running requests have so long to finish."""

    rate_limits: bool | None = None
    """Off by default only in testing."""
    device_day_megabytes: int = Field(default=256, ge=1, le=1_000_000)
    """So much may one laptop send in 24 hours, photos not counted; an honest one sends a few. What
    is more waits on the laptop."""
    redis_url: SecretStr | None = None
    """Counts of the rate limits, shared by all workers; each worker counts for itself without."""

    log_format: Literal["json", "text"] | None = None
    """`json` by default in production."""
    slow_ms: int = Field(default=1000, ge=1)
    """A request that takes longer is marked in the log."""
    metrics_token: SecretStr | None = None
    """Whoever says it may read `/metrics`; without one that address does not exist."""

    attachment_folder: Path | None = None
    """Where photos and files lie; beside the SQLite file when not told."""
    attachment_bucket: str | None = Field(default=None, pattern="^s3://[^/]+(/.*)?$")
    """Instead of the folder an S3-compatible store: `s3://bucket/prefix`."""
    attachment_endpoint: str | None = None
    """Where that store answers, when it is not Amazon's."""
    attachment_region: str | None = None
    """Its region, where it has any."""
    attachment_access_key: SecretStr | None = None
    """Without a key of its own the server takes what boto3 finds."""
    attachment_secret_key: SecretStr | None = None
    """The secret half of that key."""
    free_megabytes: int = Field(default=512, ge=0)
    """Less room than this in the attachment folder, and the server is not ready."""

    backup_folder: Path | None = None
    """Where `cvd-server jobs` puts a proved backup each day: another disk, another building."""
    backups_kept: int = Field(default=14, ge=1)
    """So many proved backups stay in that folder."""
    audit_years: int = Field(default=10, ge=1, le=100)
    """Older lines of the audit trail are deleted."""

    @property
    def embedded(self) -> bool:
        """The database is an SQLite file: one writer at a time, so one worker process."""
        return self.database_url.startswith("sqlite")

    @property
    def worker_threads(self) -> int:
        return self.threads or (4 if self.embedded else 1)

    @property
    def connections(self) -> int:
        """Database connections that each worker keeps."""
        return self.pool_size or self.worker_threads + 1

    @property
    def limits_requests(self) -> bool:
        return self.environment != "testing" if self.rate_limits is None else self.rate_limits

    @property
    def logs_json(self) -> bool:
        return (self.log_format or ("json" if self.in_production else "text")) == "json"

    @property
    def in_production(self) -> bool:
        return self.environment == "production"

    @property
    def attachments(self) -> Path:
        """The folder of the attachments, whether it was told or not."""
        if self.attachment_folder is not None:
            return self.attachment_folder
        if self.embedded:
            return Path(self.database_url.removeprefix("sqlite:///")).parent / "attachments"
        return data_folder() / "attachments"

    @field_validator("hosts", "trusted_proxies", "cors_origins", mode="before")
    @classmethod
    def words_of(cls, value: object) -> object:
        """Lists are written with commas; JSON is for machines."""
        if isinstance(value, str):
            return tuple(word.strip() for word in value.split(",") if word.strip())
        return value

    @model_validator(mode="after")
    def settings_make_sense(self) -> Self:
        if self.password_memory_kib < 8 * self.password_lanes:
            raise ValueError("CVD_SERVER_PASSWORD_MEMORY_KIB must be 8 times the lanes or more")
        for origin in self.cors_origins:
            scheme, separator, host = origin.partition("://")
            if scheme not in ("http", "https") or not separator or not host or "/" in host:
                raise ValueError(
                    "CVD_SERVER_CORS_ORIGINS takes origins such as https://office.example.com, "
                    "without a path and without *"
                )
        if any("/" in host or ":" in host or "*" in host for host in self.hosts):
            raise ValueError(
                "CVD_SERVER_HOSTS takes names such as cvd.example.com, without port and without *"
            )
        if self.metrics_token is not None and guessable(self.metrics_token):
            raise ValueError(
                "CVD_SERVER_METRICS_TOKEN is short, a default or a guess: make a random one"
            )
        faults = list(faults_in_production(self)) if self.in_production else []
        if faults:
            raise ValueError("\n".join(faults))
        return self
