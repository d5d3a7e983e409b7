"""Settings: a production server refuses what is only good for trying out."""

import pytest
from pydantic import ValidationError

from cvd_server.settings import Settings

GOOD = "kV7#pX2!mQ9zR4&wL8sT1yB6nD3hF5jC0"


@pytest.mark.parametrize(
    "secret", [None, "", "short", "a" * 64, "please-change-me-" + GOOD, "my-default-" + GOOD]
)
def test_production_refuses_weak_secrets(secret: str | None) -> None:
    with pytest.raises(ValidationError, match="CVD_SERVER_SECRET_KEY"):
        Settings.model_validate({"environment": "production", "secret_key": secret})


def test_production_takes_a_random_secret_from_the_environment(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("CVD_SERVER_ENVIRONMENT", "production")
    monkeypatch.setenv("CVD_SERVER_SECRET_KEY", GOOD)
    settings = Settings()
    assert settings.secret_key is not None
    assert settings.secret_key.get_secret_value() == GOOD
    assert GOOD not in repr(settings)


def test_production_refuses_a_cheap_password_hash() -> None:
    with pytest.raises(ValidationError, match="too cheap"):
        Settings.model_validate(
            {"environment": "production", "secret_key": GOOD, "password_memory_kib": 4096}
        )
