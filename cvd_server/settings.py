"""What the server is told from outside: `CVD_SERVER_...` variables, checked at start."""

import os
import sys
from pathlib import Path
from typing import Literal, Self

from pydantic import Field, SecretStr, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

_SECRET_LENGTH = 32
_KNOWN_SECRETS = ("secret", "change", "default", "example", "password", "development")


def embedded_database_url() -> str:
    """The SQLite file that is used when no database is named: in the user's own data folder."""
    if sys.platform == "win32":
        base = Path(os.environ.get("LOCALAPPDATA", str(Path.home())))
    else:
        base = Path(os.environ.get("XDG_DATA_HOME", str(Path.home() / ".local" / "share")))
    return f"sqlite:///{base / 'cvd-server' / 'cvd-server.db'}"


class Settings(BaseSettings):
    """All settings with their defaults; a wrong one stops the start with a sentence."""

    model_config = SettingsConfigDict(
        env_prefix="CVD_SERVER_", frozen=True, hide_input_in_errors=True
    )

    environment: Literal["development", "testing", "production"] = "development"
    database_url: str = Field(default_factory=embedded_database_url)
    secret_key: SecretStr | None = None
    """Signs access tokens. Without one (not in production) the database keeps a random one."""
    access_minutes: int = Field(default=15, ge=1, le=60)
    refresh_days: int = Field(default=90, ge=1)  # since the last use
    password_time_cost: int = Field(default=3, ge=1)  # argon2id
    password_memory_kib: int = Field(default=65536, ge=8)
    password_lanes: int = Field(default=4, ge=1)
    workers: int = Field(default_factory=lambda: (os.cpu_count() or 1) + 1, ge=1)
    threads: int | None = Field(default=None, ge=1)
    """Requests at work at once in each worker; those that are still on their way do not count.
    The work is Python's, so threads only get into each other's way: one, but four in the single
    worker that SQLite gets."""

    @property
    def embedded(self) -> bool:
        """The database is an SQLite file: one writer at a time, so one worker process."""
        return self.database_url.startswith("sqlite")

    @property
    def worker_threads(self) -> int:
        return self.threads or (4 if self.embedded else 1)

    @model_validator(mode="after")
    def settings_make_sense(self) -> Self:
        if self.password_memory_kib < 8 * self.password_lanes:
            raise ValueError("CVD_SERVER_PASSWORD_MEMORY_KIB must be 8 times the lanes or more")
        if self.environment != "production":
            return self
        secret = self.secret_key.get_secret_value() if self.secret_key else ""
        if len(secret) < _SECRET_LENGTH:
            raise ValueError(
                f"CVD_SERVER_SECRET_KEY needs at least {_SECRET_LENGTH} characters in production"
            )
        if len(set(secret)) < 10 or any(word in secret.lower() for word in _KNOWN_SECRETS):
            raise ValueError("CVD_SERVER_SECRET_KEY is a default or a guess: make a random one")
        if self.password_time_cost < 2 or self.password_memory_kib < 19456:
            raise ValueError("the password hash is too cheap for production")
        return self
