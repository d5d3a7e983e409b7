"""Access tokens: minutes long, for one audience, by one algorithm, the key named (its rotation:
server_secrets.py)."""

from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import Any

import jwt

from cvd_server.answers import ApiError
from cvd_server.server_secrets import key_name
from cvd_server.services import Services

AUDIENCE = "sync"
ALGORITHM = "HS256"
_REQUIRED = ["exp", "iat", "sub", "op", "fam"]
_REMEMBERED = 2048  # tokens, of some 300 bytes, in each worker


def access_token(to: Services, operator_id: str, user_id: str, family_id: str) -> str:
    now = int(to.clock().timestamp())
    claims = {
        "aud": AUDIENCE,
        "op": operator_id,
        "sub": user_id,
        "fam": family_id,
        "iat": now,
        "exp": now + to.settings.access_minutes * 60,
    }
    present = to.secrets.present
    headers = {"kid": key_name(present), "typ": None}  # it travels with every request: no "typ"
    return jwt.encode(claims, present, algorithm=ALGORITHM, headers=headers)


def claims_of(to: Services, token: str) -> dict[str, Any]:
    """Raises ApiError 401 token_invalid or token_expired."""
    try:
        claims = dict(_signed(token, _key_of(to, token)))
        life = claims["exp"] - claims["iat"]
    except (jwt.PyJWTError, TypeError, ValueError) as error:
        raise ApiError(401, "token_invalid", "This access token is not ours.") from error
    if not 0 < life <= to.settings.access_minutes * 60:
        raise ApiError(401, "token_invalid", "This access token is not ours.")
    if claims["exp"] <= to.clock().timestamp():
        raise ApiError(401, "token_expired", "The access token has expired; refresh it.")
    return claims


@lru_cache(maxsize=_REMEMBERED)
def _signed(token: str, secret: str) -> Mapping[str, Any]:
    """What it says, when this secret signed it: that never changes, and a laptop shows the same
    token in every request of its minutes. Raises jwt.PyJWTError."""
    claims: dict[str, Any] = jwt.decode(
        token,
        secret,
        algorithms=[ALGORITHM],
        audience=AUDIENCE,
        # the times are compared with the clock that is passed in, at every request
        options={"require": _REQUIRED, "verify_exp": False, "verify_iat": False},
    )
    return MappingProxyType(claims)


@lru_cache(maxsize=_REMEMBERED)
def _key_named(token: str) -> object:
    """Raises jwt.PyJWTError."""
    return jwt.get_unverified_header(token).get("kid")


def _key_of(to: Services, token: str) -> str:
    """The secret that the token says it was signed with. Raises jwt.PyJWTError."""
    name = _key_named(token)
    secrets = to.secrets
    if name == key_name(secrets.present):
        return secrets.present
    until = secrets.previous_until
    if secrets.previous and until and name == key_name(secrets.previous) and to.clock() < until:
        return secrets.previous
    raise jwt.InvalidKeyError("no key of ours")
