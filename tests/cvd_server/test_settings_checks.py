"""Settings: a production server refuses, each time with a sentence, what only tries things out."""

from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from cvd_server.settings import Settings
from cvd_server.settings_rules import shown, table

GOOD = "kV7#pX2!mQ9zR4&wL8sT1yB6nD3hF5jC0"
PRODUCTION: dict[str, Any] = {
    "environment": "production",
    "secret_key": GOOD,
    "database_url": "postgresql+psycopg://office:Wq8-hidden-pw@db.example/vending",
    "hosts": "cvd.example.com, .field.example.com",
}


def production(**changes: Any) -> Settings:
    return Settings.model_validate(PRODUCTION | changes)


@pytest.mark.parametrize(
    "secret", [None, "", "short", "a" * 64, "please-change-me-" + GOOD, "my-default-" + GOOD]
)
def test_production_refuses_weak_secrets(secret: str | None) -> None:
    with pytest.raises(ValidationError, match="CVD_SERVER_SECRET_KEY"):
        production(secret_key=secret)


def test_production_takes_a_random_secret_from_the_environment(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name, value in PRODUCTION.items():
        monkeypatch.setenv(f"CVD_SERVER_{name.upper()}", value)
    settings = Settings()
    assert settings.secret_key is not None
    assert settings.secret_key.get_secret_value() == GOOD
    assert GOOD not in repr(settings)
    assert settings.hosts == ("cvd.example.com", ".field.example.com")
    assert settings.logs_json
    assert settings.limits_requests


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"password_memory_kib": 4096}, "too cheap"),
        ({"password_time_cost": 1}, "too cheap"),
        ({"debug": True}, "CVD_SERVER_DEBUG must be off"),
        ({"hosts": ""}, "CVD_SERVER_HOSTS is empty"),
        ({"database_url": "sqlite:////srv/cvd.db"}, "CVD_SERVER_SQLITE_IN_PRODUCTION=true"),
        (
            {"database_url": "postgresql+psycopg://postgres:postgres@db/cvd"},
            "CVD_SERVER_DATABASE_URL has a password that everybody guesses",
        ),
        ({"rate_limits": False}, "CVD_SERVER_RATE_LIMITS must be on"),
        ({"trusted_proxies": "0.0.0.0/0"}, "trusts the whole internet"),
        ({"metrics_token": "prometheus"}, "CVD_SERVER_METRICS_TOKEN is short"),
    ],
)
def test_production_refuses(changes: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ValidationError, match=sentence):
        production(**changes)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"cors_origins": "*"}, "CVD_SERVER_CORS_ORIGINS takes origins"),
        ({"cors_origins": "https://office.example.com/"}, "CVD_SERVER_CORS_ORIGINS takes origins"),
        ({"hosts": "*.example.com"}, "CVD_SERVER_HOSTS takes names"),
        ({"hosts": "cvd.example.com:8080"}, "CVD_SERVER_HOSTS takes names"),
        ({"password_lanes": 4, "password_memory_kib": 8}, "8 times the lanes"),
        ({"trusted_proxies": "the proxy"}, "trusted_proxies"),
        ({"attachment_bucket": "photos"}, "attachment_bucket"),
    ],
)
def test_every_server_refuses(changes: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ValidationError, match=sentence):
        Settings.model_validate({"environment": "testing"} | changes)


def test_all_faults_are_told_at_once() -> None:
    with pytest.raises(ValidationError) as caught:
        production(debug=True, hosts="", secret_key=None)
    text = str(caught.value)
    assert all(name in text for name in ("SECRET_KEY", "DEBUG", "HOSTS"))


def test_the_explicit_word_for_one_file() -> None:
    settings = production(database_url="sqlite:////srv/cvd.db", sqlite_in_production=True)
    assert settings.embedded


def test_settings_are_shown_without_secrets() -> None:
    redis = "redis://:Rd9-hidden-pw@cache.example/0"
    settings = production(metrics_token=GOOD[::-1], redis_url=redis, trusted_proxies="10.0.0.0/8")
    lines = shown(settings)
    assert set(lines) == {f"CVD_SERVER_{name.upper()}" for name in Settings.model_fields}
    text = "\n".join(lines.values())
    for secret in (GOOD, GOOD[::-1], "hidden-pw"):
        assert secret not in text
    assert lines["CVD_SERVER_DATABASE_URL"].startswith("postgresql+psycopg://office:***@db")
    assert lines["CVD_SERVER_TRUSTED_PROXIES"] == "10.0.0.0/8"
    in_query = "postgresql+psycopg:///cvd?host=/run&password=Wq8-hidden-pw"
    assert "hidden-pw" not in "".join(shown(production(database_url=in_query)).values())


def test_the_page_of_settings_is_true() -> None:
    page = Path(__file__).parents[2] / "docs" / "server-settings.md"
    assert page.read_text(encoding="utf-8") == table(Settings) + "\n", (
        "run: cvd-server settings --table > docs/server-settings.md"
    )
    undescribed = [name for name, field in Settings.model_fields.items() if not field.description]
    assert undescribed == []


def test_testing_has_no_rate_limits_and_readable_logs() -> None:
    settings = Settings.model_validate({"environment": "testing"})
    assert not settings.limits_requests
    assert not settings.logs_json
