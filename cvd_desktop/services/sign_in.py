"""Signing in and out. Neither ever deletes what was recorded.

A folder belongs to one person (docs/decisions/0023): the first who signs in there adopts what was
recorded before. Anybody else gets a folder of his own, once the server has said who he is.
"""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from cvd_desktop.domain.clock import to_wire
from cvd_desktop.domain.problem import ExitCode, Problem
from cvd_desktop.domain.records import Session
from cvd_desktop.services import people
from cvd_desktop.services.data_folder import id_of, laptop_folder
from cvd_desktop.services.database_key import AskPassphrase, has_passphrase, key_entry
from cvd_desktop.services.escrow import give_key_to_operator
from cvd_desktop.services.key_lock import keep_password
from cvd_desktop.services.own_folder import folder_for, open_own, owner_of
from cvd_desktop.services.sample_folder import is_sample
from cvd_desktop.services.server_line import (
    access_of,
    one_sender,
    open_line,
    problem_of,
    this_device,
)
from cvd_desktop.services.wipe import closed_for_good
from cvd_desktop.services.workplace import Laptop, Workplace
from cvd_desktop.storage import outbox_store
from cvd_desktop.storage import sync_meta_store as meta
from cvd_desktop.storage.transaction import Transaction
from cvd_desktop.sync.access import keep_token, load_session, save_session
from cvd_desktop.sync.credentials import RefreshSecretStore, new_secret, secret_hash
from cvd_desktop.sync.operator_keys import fetch_operator_keys
from cvd_desktop.sync.server_api import ServerApi, Trouble, TroubleCode
from cvd_desktop.sync.sync_engine import register_device
from cvd_shared.password_rules import SENTENCES
from cvd_shared.wire import LogoutRequest, TokenAnswer, TokenRequest
from cvd_shared.wire_identity import PasswordRequest

if TYPE_CHECKING:
    from cvd_desktop.sync.http_server_api import HttpServerApi


@dataclass(frozen=True, slots=True)
class SignedIn:
    session: Session
    folder: Path
    """Where this person's records are: another folder than before when somebody else signed in."""
    must_change_password: bool = False


@dataclass(frozen=True, slots=True)
class _Proof:
    """What the person typed and what the server said to it."""

    user: str
    password: str = field(repr=False)
    secret: str = field(repr=False)
    answer: TokenAnswer

    @property
    def owner(self) -> str:
        return f"{self.answer.operator_id}/{self.answer.user_id}"


def sign_in(wp: Workplace, server: str, user: str, password: str) -> Session:
    """Sign in to this folder and register this device. Topics of change: session, outbox, snapshot.

    Raises Problem: server_address_..., sign_in_refused, too_many_tries, user_blocked, offline,
    captive_or_proxy, server_busy, other_person (the folder is another one's), sync_running.
    Then nothing has changed.
    """
    _refuse_incomplete(user, password)
    with one_sender(wp), open_line(wp, server) as api:
        return sign_in_through(wp, api, api.server, user.strip(), password)


def sign_in_through(
    wp: Workplace, api: ServerApi, server: str, user: str, password: str
) -> Session:
    """As `sign_in`, over an API that is open already. The caller is the one sender."""
    proof = _proof(api, user, password)
    with _family(api, proof):
        if owner_of(wp) not in (None, proof.owner):
            raise Problem("other_person", ExitCode.REFUSED)
        _settle(wp, api, server, proof)
    return _signed_in(wp)


def sign_in_here(
    laptop: Laptop,
    server: str,
    user: str,
    password: str,
    *,
    here: Workplace | None = None,
    ask_passphrase: AskPassphrase | None = None,
) -> SignedIn:
    """Sign in on this laptop, whoever used it last: each person's records lie by themselves.

    `here` is the folder that is open already, None when it is locked. Also the way back to a
    folder whose PIN was forgotten. Raises the Problems of `sign_in`; no_key where a new person has
    to choose a passphrase first, sample_folder, and those of opening a folder.
    """
    _refuse_incomplete(user, password)
    if is_sample(laptop.folder):
        raise Problem("sample_folder", ExitCode.USAGE)
    with open_line(laptop, server) as api:
        return sign_in_here_through(laptop, api, user, password, here, ask_passphrase)


def sign_in_here_through(
    laptop: Laptop,
    api: "HttpServerApi",
    user: str,
    password: str,
    here: Workplace | None = None,
    ask_passphrase: AskPassphrase | None = None,
) -> SignedIn:
    """As `sign_in_here`, over a line that is open already."""
    proof = _proof(api, user.strip(), password)
    with _family(api, proof), _place(laptop, api, proof, here, ask_passphrase) as wp:
        with one_sender(wp):
            _settle(wp, api, api.server, proof)
        session, folder = _signed_in(wp), wp.data_dir
    people.choose_person(laptop.folder, id_of(folder))
    return SignedIn(session, folder, proof.answer.must_change_password)


def change_password(wp: Workplace, password: str, new_password: str) -> None:
    """A new sign-in password, at the server and for unlocking this laptop.

    Raises Problem: password_refused (reason), and those of the line; then the old one stays.
    """
    session = current_session(wp)
    if session is None:
        raise Problem("not_signed_in", ExitCode.USAGE)
    request = PasswordRequest(password=password, new_password=new_password)
    with one_sender(wp), open_line(wp, session.server) as api:
        try:
            access_of(wp, api).call(lambda token: api.change_password(token, request))
        except Trouble as trouble:
            if trouble.code is TroubleCode.PASSWORD_REFUSED:
                raise _password_refused(trouble) from trouble
            raise problem_of(trouble) from trouble
    _keep_password(wp, new_password)


def take_up(wp: Workplace) -> None:
    """After a folder was opened: write the line of its person where the index has none.

    Raises Problem("device_wiped") for one whose wipe was cut short; it is closed then.
    """
    if closed_for_good(wp):
        wp.close()
        raise Problem("device_wiped", ExitCode.REFUSED)
    laptop, person_id = laptop_folder(wp.data_dir), id_of(wp.data_dir)
    person, session, owner = (
        people.load_people(laptop).person(person_id),
        current_session(wp),
        owner_of(wp),
    )
    if session is None or owner is None or (person is not None and person.known):
        return
    people.note_person(
        laptop,
        person_id,
        lambda one: replace(
            one,
            owner=owner,
            name=session.user_name,
            login=session.user_name,
            server=session.server,
            operator=session.operator_name,
            role=session.role,
            device_id=session.device_id,
            last_used=to_wire(wp.clock()),
        ),
    )


def leave(wp: Workplace) -> None:
    """Close a folder, and say in the index how much of it waits: others may know that."""
    with suppress(Problem), wp.database.read() as connection:
        people.note_waiting(wp.data_dir, outbox_store.counts(connection).waiting)
    wp.close()


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


@contextmanager
def _place(
    laptop: Laptop,
    api: ServerApi,
    proof: _Proof,
    here: Workplace | None,
    ask_passphrase: AskPassphrase | None,
) -> Iterator[Workplace]:
    """The open folder of this person."""
    if here is not None and owner_of(here) in (None, proof.owner):
        yield here
        return
    open_folder = here.data_dir if here is not None else None
    folder = folder_for(laptop, proof.owner, open_folder, ask_passphrase)
    wp = open_own(laptop, folder, api, proof.answer, proof.password, ask_passphrase)
    try:
        yield wp
    finally:
        wp.close()


def _settle(wp: Workplace, api: ServerApi, server: str, proof: _Proof) -> None:
    """Everything that a sign-in leaves behind in the folder, in an order that a cut may break."""
    answer = proof.answer
    with wp.database.write() as connection:
        meta.put(connection, meta.OWNER, proof.owner)
    secrets = RefreshSecretStore(wp.database, wp.key_store)
    secrets.start(answer.family, proof.secret)
    with wp.database.write() as connection:
        save_session(connection, _session(connection, server, answer))
        keep_token(connection, answer, wp.clock)
        meta.delete_many(connection, meta.FAILURES, meta.NEXT_TRY, meta.PROBLEM)
        registered = meta.get_many(connection, meta.DEVICE, meta.DEVICE_PUBKEY)
        waiting = outbox_store.counts(connection).waiting
    device, access = this_device(wp), access_of(wp, api)
    with suppress(Trouble):  # then the next sync does both
        if meta.DEVICE not in registered or registered.get(meta.DEVICE_PUBKEY) != device.pubkey:
            register_device(wp.database, api, access, device)
        fetch_operator_keys(wp.database, api, access)
        give_key_to_operator(wp, api, access)
    _keep_password(wp, proof.password)
    _note(wp, proof, server, waiting)


def _keep_password(wp: Workplace, password: str) -> None:
    if wp.key is None or has_passphrase(wp.data_dir) or not wp.key_store.available():
        return
    keep_password(wp.data_dir, wp.key_store, wp.key, password, key_entry(wp.data_dir))


def _note(wp: Workplace, proof: _Proof, server: str, waiting: int) -> None:
    laptop, folder = laptop_folder(wp.data_dir), wp.data_dir
    own = [each for each in people.folders_of_owner(laptop, proof.owner) if each != folder]
    session = _signed_in(wp)
    people.note_person(
        laptop,
        id_of(folder),
        lambda person: replace(
            person,
            owner=proof.owner,
            name=session.user_name,
            login=proof.user,
            server=server,
            operator=session.operator_name,
            role=session.role,
            device_id=session.device_id,
            last_used=to_wire(wp.clock()),
            aside=person.aside or (bool(own) and not person.known),
            waiting=waiting,
        ),
    )


def _password_refused(trouble: Trouble) -> Problem:
    said = next(
        (words for fault, words in SENTENCES.items() if fault == trouble.details.get("rule")),
        trouble.reason,
    )
    return Problem("password_refused", ExitCode.REFUSED, reason=f"{said.rstrip('.')}.")


def _refuse_incomplete(user: str, password: str) -> None:
    if not user.strip() or not password:
        raise Problem("sign_in_incomplete", ExitCode.USAGE)


def _proof(api: ServerApi, user: str, password: str) -> _Proof:
    secret = new_secret()
    request = TokenRequest(user=user, password=password, next_hash=secret_hash(secret))
    try:
        return _Proof(user, password, secret, api.sign_in(request).data)
    except Trouble as trouble:
        raise problem_of(trouble) from trouble


@contextmanager
def _family(api: ServerApi, proof: _Proof) -> Iterator[None]:
    """What was begun at the server ends when nothing came of it here."""
    try:
        yield
    except Problem:
        _end_family(api, proof.answer.family, proof.secret)
        raise


def _signed_in(wp: Workplace) -> Session:
    session = current_session(wp)
    assert session is not None
    return session


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
