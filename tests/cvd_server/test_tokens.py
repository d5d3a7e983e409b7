"""Access tokens and refresh secrets under attack: other keys, other algorithms, many hands."""

import base64
import json
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import jwt
import pytest
from sqlalchemy import func, select

from cvd_server import tables
from cvd_server.access_tokens import access_token
from cvd_server.server_secrets import Secrets, key_name, server_secrets
from cvd_server.settings import Settings
from tests.support.server_answers import rotate, told
from tests.support.servers import CHEAP, LocalServer, Session, sha
from tests.support.small_operator import SmallOperator

GOOD = (200, None)
INVALID = (401, "token_invalid")
NEW_SECRET = "a new secret of forty signs, more or less"
on_sqlite = pytest.mark.parametrize("migrated_url", ["sqlite"], indirect=True)


def with_token(session: Session, token: str) -> tuple[int, str | None]:
    session.http.headers["Authorization"] = f"Bearer {token}"
    return told(session.pull())


def token_of(session: Session) -> str:
    return session.http.headers["Authorization"].removeprefix("Bearer ")


# --- access tokens ------------------------------------------------------------------------------


@on_sqlite
def test_only_our_tokens_are_taken(server: LocalServer, small: SmallOperator) -> None:
    session = server.session("driver07")
    good, secret = token_of(session), server.services.secrets.present
    claims = jwt.decode(good, options={"verify_signature": False})
    kid = {"kid": key_name(secret)}

    def made(algorithm: str = "HS256", headers: Any = kid, **changes: Any) -> str:
        content = {k: v for k, v in (claims | changes).items() if v is not None}
        return jwt.encode(content, secret, algorithm=algorithm, headers=headers)

    assert with_token(session, made()) == GOOD
    head, body, signature = good.split(".")
    none = base64.urlsafe_b64encode(json.dumps({"alg": "none", **kid}).encode()).rstrip(b"=")
    forged = [
        made("HS384"),
        made("HS512"),
        made(headers={}),
        made(headers={"kid": "../../etc/passwd"}),
        made(headers={"kid": key_name(NEW_SECRET)}),
        jwt.encode(claims, NEW_SECRET, algorithm="HS256", headers=kid),
        jwt.encode(claims, "", algorithm="none", headers=kid),
        f"{none.decode()}.{body}.",
        f"{head}.{body}.",
        f"{head}.{body}.{signature[:-4]}AAAA",
        made(aud="other"),
        made(aud=None),
        made(sub=None),
        made(fam=None),
        made(op=None),
        made(exp=None),
        made(iat=None),
        made(exp=claims["exp"] + 1),  # longer than a token lives
        made(exp="soon"),
        made(exp=claims["iat"]),
        "", ".", "..", "a.b.c", good + "x", "\\x00",
    ]  # fmt: skip
    for token in forged:
        assert with_token(session, token) in (INVALID, (401, "token_missing")), token
    assert with_token(session, made(sub="u-driver08")) == (401, "session_ended")
    assert with_token(session, made(op="x-op")) == (401, "session_ended")
    assert with_token(session, good) == GOOD


@on_sqlite
def test_the_previous_key_is_good_for_the_life_of_a_token_and_no_longer(
    server: LocalServer, small: SmallOperator
) -> None:
    session, to = server.session("driver07"), server.services
    old, good = to.secrets.present, token_of(session)
    settings = Settings(
        database_url=to.settings.database_url, secret_key=NEW_SECRET, previous_secret_key=old,
        **CHEAP,
    )  # fmt: skip
    to.secrets = server_secrets(settings, to.database, to.clock())
    assert repr(to.secrets) == f"Secrets({key_name(NEW_SECRET)})"
    assert with_token(session, good) == GOOD
    server.clock.move(minutes=14)
    assert with_token(session, good) == GOOD
    forged = token_signed_by(server, session, old)
    assert with_token(session, forged) == GOOD, "whoever has the old key still can"
    server.clock.move(minutes=1)
    assert with_token(session, token_signed_by(server, session, old)) == INVALID, "but not for long"
    # A restart does not begin the time anew.
    to.secrets = server_secrets(settings, to.database, to.clock())
    assert with_token(session, token_signed_by(server, session, old)) == INVALID
    assert with_token(session, token_signed_by(server, session, NEW_SECRET)) == GOOD


def token_signed_by(server: LocalServer, session: Session, secret: str) -> str:
    to = server.services
    kept, to.secrets = to.secrets, Secrets(secret)
    try:
        return access_token(to, "op", session.user_id, session.family)
    finally:
        to.secrets = kept


@on_sqlite
def test_no_token_and_no_secret_is_logged(
    server: LocalServer, small: SmallOperator, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(0)
    session = server.session("driver07")
    rotate(session, session.secret, "successor-secret")
    rotate(session, session.secret, "thief-secret")  # a theft: the loudest case
    secrets = (
        session.secret, "successor-secret", "thief-secret", token_of(session),
        sha("successor-secret"), server.services.secrets.present,
    )  # fmt: skip
    for secret in secrets:
        assert secret not in caplog.text
    assert "used twice" in caplog.text
    caplog.clear()


# --- refresh secrets ----------------------------------------------------------------------------


def test_the_same_refresh_many_times_at_once_is_one_rotation(
    server: LocalServer, small: SmallOperator
) -> None:
    """On both databases: retries that overtake each other are no theft."""
    session = server.session("driver07")
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: rotate(session, session.secret, "s2"), range(12)))
    assert [told(answer) for answer in answers] == [GOOD] * 12
    assert told(rotate(session, "s2", "s3")) == GOOD
    with server.database.read() as connection:
        table = tables.refresh_token
        count = connection.scalar(
            select(func.count()).select_from(table).filter_by(family_id=session.family)
        )
    assert count == 3


def test_many_hands_on_one_secret_at_once_end_the_session(
    server: LocalServer, small: SmallOperator, caplog: pytest.LogCaptureFixture
) -> None:
    """On both databases: one of them wins for a moment, and nobody keeps anything."""
    session = server.session("driver07")
    with ThreadPoolExecutor(6) as pool:
        answers = list(
            pool.map(lambda n: told(rotate(session, session.secret, f"hand{n}")), range(6))
        )
    assert answers.count(GOOD) <= 1
    assert set(answers) <= {GOOD, (401, "session_ended")}
    for n in range(6):
        refused = told(rotate(session, f"hand{n}", "more"))
        assert refused in ((401, "session_ended"), (401, "refresh_refused"))
    assert told(session.pull()) == (401, "session_ended")
    assert caplog.text.count("used twice") == 1, "told once"
    caplog.clear()
    with server.database.read() as connection:
        table = tables.audit_log
        ends = connection.scalars(
            select(table.c.detail).where(table.c.action == "session_ended")
        ).all()
    assert [end["why"] for end in ends] == ["reused"]


@on_sqlite
def test_a_refresh_belongs_to_its_family_alone(server: LocalServer, small: SmallOperator) -> None:
    mine, other = server.session("driver07"), server.session("x-driver07")
    assert told(rotate(mine, other.secret, "s")) == (401, "refresh_refused")
    mine.family, kept = other.family, mine.family
    assert told(rotate(mine, mine.secret, "s")) == (401, "refresh_refused")
    mine.family = kept
    assert told(rotate(mine, mine.secret, "s2")) == GOOD
    assert told(rotate(other, other.secret, "s2")) == GOOD, "the same successor by chance"


@on_sqlite
def test_a_session_at_work_never_ends_by_itself(server: LocalServer, small: SmallOperator) -> None:
    session, current = server.session("driver07"), None
    for n in range(5):
        server.clock.move(days=server.services.settings.refresh_days - 1)
        successor = f"secret{n}"
        assert told(rotate(session, current or session.secret, successor)) == GOOD
        current = successor
    server.clock.now -= timedelta(days=4000)  # a clock that was set back ends nothing either
    assert told(rotate(session, str(current), "last")) == GOOD
