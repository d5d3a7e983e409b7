"""The right to ask: who is signed in, the access token, and how it is renewed.

A token is renewed at four fifths of its life, and once when the server calls it expired; then the
same question is asked again, unchanged. Call it only while the sync lock is held, so that no two
processes rotate the refresh secret at once. No failure here changes anything that was recorded.
"""

import json
from collections.abc import Callable
from dataclasses import asdict
from datetime import timedelta
from typing import TypeVar, get_args

from cvd_desktop.domain.clock import Clock, from_wire, to_wire
from cvd_desktop.domain.records import Session
from cvd_desktop.storage import sync_meta_store as meta
from cvd_desktop.storage.database import Database
from cvd_desktop.storage.transaction import Transaction
from cvd_desktop.sync.credentials import RefreshSecretStore, secret_hash
from cvd_desktop.sync.server_api import ServerApi, Sign, Trouble, TroubleCode
from cvd_shared.wire import RefreshRequest, TokenAnswer
from cvd_shared.wire_identity import DevicePolicy

_T = TypeVar("_T")
_RENEW_AT = 0.8  # of the token's life
NORMAL, LOCK = "normal", "lock"
POLICIES = frozenset(get_args(DevicePolicy))
_LONGEST_LIFE = 24 * 60 * 60  # seconds; whatever a server says


class Access:
    """Asks the server in the name of the person who is signed in."""

    def __init__(
        self,
        database: Database,
        api: ServerApi,
        secrets: RefreshSecretStore,
        clock: Clock,
        sign: Sign | None = None,
    ) -> None:
        """`sign` proves to the server that it is the registered device that refreshes."""
        self.sign = sign
        self._database = database
        self._api = api
        self._secrets = secrets
        self._clock = clock

    def call(self, ask: Callable[[str], _T]) -> _T:
        """The answer to `ask(token)`. Raises Trouble: SIGN_IN_NEEDED when no token is to be had."""
        try:
            return self._asked(ask)
        except Trouble as trouble:
            if trouble.code is TroubleCode.DEVICE_REVOKED:
                policy = trouble.details.get("policy")
                self.note_policy(LOCK if policy == NORMAL else policy)  # revoked is at least that
            raise

    def note_policy(self, policy: object) -> None:
        """Remember what the server wants this device to do with itself; another program of this
        laptop, or the next start, acts upon it too."""
        known = policy if isinstance(policy, str) and policy in POLICIES else LOCK
        with self._database.read() as connection:
            if known == (meta.get(connection, meta.POLICY) or NORMAL):
                return
        with self._database.write() as connection:
            if known == NORMAL:
                meta.delete_many(connection, meta.POLICY)
            else:
                meta.put(connection, meta.POLICY, known)

    def _asked(self, ask: Callable[[str], _T]) -> _T:
        try:
            return ask(self._kept_token() or self._renewed_token())
        except Trouble as trouble:
            if trouble.code is not TroubleCode.TOKEN_EXPIRED:
                raise
        try:
            return ask(self._renewed_token())
        except Trouble as trouble:
            if trouble.code is not TroubleCode.TOKEN_EXPIRED:
                raise
            raise Trouble(TroubleCode.SIGN_IN_NEEDED, trouble.reason) from trouble

    def _kept_token(self) -> str | None:
        with self._database.read() as connection:
            text = meta.get(connection, meta.ACCESS)
        if text is None:
            return None
        kept = json.loads(text)
        age = self._clock() - from_wire(kept["since"])
        # An age below zero comes from a clock that was set back: such a token may be old.
        fresh = timedelta(0) <= age < timedelta(seconds=kept["seconds"] * _RENEW_AT)
        return str(kept["token"]) if fresh else None

    def _renewed_token(self) -> str:
        held = self._secrets.load()
        with self._database.read() as connection:
            session = load_session(connection)
        if held is None or session is None:
            raise Trouble(TroubleCode.SIGN_IN_NEEDED, "signed out")
        held, proposed = self._secrets.propose(held)
        request = RefreshRequest(
            family=held.family, current=held.current, next_hash=secret_hash(proposed)
        )
        try:
            answer = self._api.refresh(request, self.sign).data
        except Trouble as trouble:
            if trouble.code in (TroubleCode.TOKEN_EXPIRED, TroubleCode.MALFORMED):
                raise Trouble(TroubleCode.SIGN_IN_NEEDED, trouble.reason) from trouble
            raise
        self._secrets.accept(held)
        if answer.user_id != session.user_id:
            raise Trouble(TroubleCode.SIGN_IN_NEEDED, "the secret is another person's")
        with self._database.write() as connection:
            keep_token(connection, answer, self._clock)
        return answer.access_token


def keep_token(connection: Transaction, answer: TokenAnswer, clock: Clock) -> None:
    """Remember an access token for other processes; the database is encrypted."""
    kept = {
        "token": answer.access_token,
        "since": to_wire(clock()),
        "seconds": min(max(answer.expires_in, 0), _LONGEST_LIFE),
    }
    meta.put(connection, meta.ACCESS, json.dumps(kept))


def save_session(connection: Transaction, session: Session) -> None:
    meta.put(connection, meta.SESSION, json.dumps(asdict(session)))


def load_session(connection: Transaction) -> Session | None:
    """Who is signed in; None when nobody is. It outlives a dead refresh secret."""
    text = meta.get(connection, meta.SESSION)
    return None if text is None else Session(**json.loads(text))
