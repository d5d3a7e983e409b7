"""Sign in by password, stay signed in, sign out."""

from cvd_server import sessions
from cvd_server.access_tokens import access_token
from cvd_server.accounts import Account, account_named, password_fits
from cvd_server.answers import ApiError
from cvd_server.audit_trail import NO_OPERATOR, record_audit
from cvd_server.device_trust import Signature, SignedDevice
from cvd_server.people import plain_name
from cvd_server.services import Services
from cvd_server.sign_in_tries import Trier, count_try, forget_tries
from cvd_shared.wire import LogoutRequest, RefreshRequest, TokenAnswer, TokenRequest


def sign_in(
    to: Services, request: TokenRequest, source: str, signature: Signature | None = None
) -> TokenAnswer:
    """`source` as of sign_in_tries.source_of. Raises ApiError 401 sign_in_refused, 403
    user_blocked, 429 too_many_tries."""
    name = plain_name(request.user)
    with to.database.read() as connection:
        account = account_named(connection, name)
    account, device = prove_password(to, account, name, request.password, source, signature)
    if not account.active:
        with to.database.write() as connection:
            record_audit(
                connection, to.new_id, to.now(), "sign_in_blocked",
                operator_id=account.operator_id, actor_id=account.user_id, source=source,
            )  # fmt: skip
        raise ApiError(403, "user_blocked", "This user may not work any more.")
    family_id = to.database.in_transaction(
        lambda tx: sessions.open_family(tx, to, account, request.next_hash, device)
    )
    return _token_answer(to, account, family_id)


def prove_password(
    to: Services,
    account: Account | None,
    name: str,
    password: str,
    source: str,
    signature: Signature | None,
) -> tuple[Account, SignedDevice | None]:
    """The account whose password this is, and the device that provably asks. Raises ApiError 401
    sign_in_refused, 429 too_many_tries; wherever a password is asked, the tries are counted."""
    operator_id = account.operator_id if account else NO_OPERATOR
    with to.database.read() as connection:
        device = sessions.signed_by(connection, operator_id, signature)
    if device is not None and device.status == "active":
        source = f"device:{device.device_id}"
    trier = Trier(operator_id, name, source)
    to.database.in_transaction(lambda tx: count_try(tx, to, trier))
    if not password_fits(to.hasher, to.dummy_hash, account, password) or account is None:
        with to.database.write() as connection:
            # Not the name: where nobody has it, it may be a password in the wrong field.
            record_audit(
                connection, to.new_id, to.now(), "sign_in_refused", operator_id=operator_id,
                source=source, user_id=account.user_id if account else None,
            )  # fmt: skip
        raise ApiError(401, "sign_in_refused", "User name or password is wrong.")
    to.database.in_transaction(lambda tx: forget_tries(tx, to, trier))
    return account, device


def refresh(
    to: Services, request: RefreshRequest, signature: Signature | None = None
) -> TokenAnswer:
    """Raises ApiError 401 session_ended, refresh_refused or device_signature, 403 user_blocked or
    device_revoked, 422 malformed."""
    verdict, account = to.database.in_transaction(
        lambda tx: sessions.rotate(tx, to, request, signature)
    )
    if verdict is not None:
        raise verdict
    assert account is not None
    return _token_answer(to, account, request.family)


def sign_out(to: Services, request: LogoutRequest) -> None:
    to.database.in_transaction(
        lambda tx: sessions.sign_out(tx, to, request.family, request.current)
    )


def _token_answer(to: Services, account: Account, family_id: str) -> TokenAnswer:
    return TokenAnswer(
        access_token=access_token(to, account.operator_id, account.user_id, family_id),
        expires_in=to.settings.access_minutes * 60,
        family=family_id,
        user_id=account.user_id,
        user_name=account.name,
        role=account.role,
        operator_id=account.operator_id,
        operator_name=account.operator_name,
        must_change_password=account.must_change,
    )
