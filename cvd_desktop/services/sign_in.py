"""Signing in and out. Neither ever deletes what was recorded.

A data folder belongs to one person (docs/decisions/0004): the first who signs in adopts what was
recorded before; another one can take it over only when nothing waits to be sent.
"""

from contextlib import suppress

from cvd_desktop.domain.problem import ExitCode, Problem
from cvd_desktop.domain.records import Session
from cvd_desktop.services.server_line import one_sender, open_line, problem_of, this_device
from cvd_desktop.services.workplace import Workplace
from cvd_desktop.storage import outbox_store, pull_store
from cvd_desktop.storage import sync_meta_store as meta
from cvd_desktop.storage.transaction import Transaction
from cvd_desktop.sync.access import Access, keep_token, load_session, save_session
from cvd_desktop.sync.credentials import RefreshSecretStore, new_secret, secret_hash
from cvd_desktop.sync.server_api import ServerApi, Trouble
from cvd_desktop.sync.sync_engine import register_device
from cvd_shared.wire import LogoutRequest, TokenAnswer, TokenRequest


def sign_in(wp: Workplace, server: str, user: str, password: str) -> Session:
    """Sign in and register this device. Topics of change: session, outbox, snapshot.

    Raises Problem: server_address_..., sign_in_refused, too_many_tries, user_blocked, offline,
    captive_or_proxy, server_busy, other_user_waiting, sync_running. Then nothing has changed.
    """
    if not user.strip() or not password:
        raise Problem("sign_in_incomplete", ExitCode.USAGE)
    with one_sender(wp), open_line(wp, server) as api:
        return sign_in_through(wp, api, api.server, user.strip(), password)


def sign_in_through(
    wp: Workplace, api: ServerApi, server: str, user: str, password: str
) -> Session:
    """As `sign_in`, over an API that is open already. The caller is the one sender."""
    secret = new_secret()
    request = TokenRequest(user=user, password=password, next_hash=secret_hash(secret))
    try:
        answer = api.sign_in(request).data
    except Trouble as trouble:
        raise problem_of(trouble) from trouble
    try:
        with wp.database.write() as connection:
            _take_over(wp, connection, answer)
    except Problem:
        _end_family(api, answer.family, secret)
        raise
    secrets = RefreshSecretStore(wp.database, wp.key_store)
    secrets.start(answer.family, secret)
    with wp.database.write() as connection:
        session = _session(connection, server, answer)
        save_session(connection, session)
        keep_token(connection, answer, wp.clock)
        meta.delete_many(connection, meta.FAILURES, meta.NEXT_TRY, meta.PROBLEM)
    if not session.device_id:
        with suppress(Trouble):  # then the next sync registers it
            access = Access(wp.database, api, secrets, wp.clock)
            register_device(wp.database, api, access, this_device())
    signed_in = current_session(wp)
    assert signed_in is not None
    return signed_in


def sign_out(wp: Workplace) -> None:
    """Forget the right to ask. Records, unsent ones too, stay. Topics of change: session."""
    with one_sender(wp):
        session = current_session(wp)
        secrets = RefreshSecretStore(wp.database, wp.key_store)
        held = secrets.load()
        if session is not None and held is not None:
            with open_line(wp, session.server) as api:
                _end_family(api, held.family, held.current)
        secrets.forget()
        with wp.database.write() as connection:
            meta.delete_many(connection, meta.SESSION, meta.ACCESS, meta.PROBLEM)


def current_session(wp: Workplace) -> Session | None:
    """Who is signed in, also offline and when the server wants the password again."""
    with wp.database.read() as connection:
        return load_session(connection)


def _take_over(wp: Workplace, connection: Transaction, answer: TokenAnswer) -> None:
    """Make the data folder this person's. Raises Problem("other_user_waiting")."""
    owner = f"{answer.operator_id}/{answer.user_id}"
    before = meta.get(connection, meta.OWNER)
    if before is not None and before != owner:
        waiting = outbox_store.counts(connection).waiting
        if waiting:
            raise Problem("other_user_waiting", ExitCode.REFUSED, waiting=waiting)
        pull_store.drop_everything(connection)
        meta.delete_many(
            connection, meta.EPOCH, meta.DEVICE, meta.SESSION, meta.ACCESS, meta.STUCK,
            meta.LAST_ANSWER,
        )  # fmt: skip
        meta.put(connection, meta.INCARNATION, wp.new_id())
        meta.put(connection, meta.OWNER_SINCE, str(outbox_store.newest_lseq(connection)))
    meta.put(connection, meta.OWNER, owner)


def _session(connection: Transaction, server: str, answer: TokenAnswer) -> Session:
    return Session(
        server=server,
        user_id=answer.user_id,
        user_name=answer.user_name,
        role=answer.role,
        operator_id=answer.operator_id,
        operator_name=answer.operator_name,
        device_id=meta.get(connection, meta.DEVICE) or "",
    )


def _end_family(api: ServerApi, family: str, secret: str) -> None:
    with suppress(Trouble):  # offline the family ends by itself when it has not been used
        api.sign_out(LogoutRequest(family=family, current=secret))
