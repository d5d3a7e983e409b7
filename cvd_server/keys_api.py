"""The endpoints of the operator's public keys and of the keys that he keeps for his people."""

from flask import Blueprint, Response

from cvd_server import escrow
from cvd_server.access import needs, principal, request_signature
from cvd_server.answers import success
from cvd_server.auth_api import request_source
from cvd_server.described import described
from cvd_server.operator_keys import public_keys
from cvd_server.request_body import read_body
from cvd_server.services import services
from cvd_shared.permissions import Right
from cvd_shared.wire import API, Answer
from cvd_shared.wire_identity import (
    EscrowOpenAnswer,
    EscrowOpenRequest,
    EscrowRequest,
    OperatorKeysAnswer,
)

keys_api = Blueprint("keys_api", __name__, url_prefix=API)


@keys_api.get("/operator/keys")
@needs(Right.ACCOUNT_OWN)
@described("The operator's public keys.", gives=OperatorKeysAnswer)
def operator_keys() -> Response:
    return success(public_keys(services(), principal().operator_id))


@keys_api.post("/escrow")
@needs(Right.ACCOUNT_OWN)
@described(
    "Keep the sealed key of a local database.",
    takes=EscrowRequest,
    gives=Answer,
    errors=((403, "device_unknown"), (403, "device_revoked"), (422, "escrow_unreadable")),
)
def keep_key() -> Response:
    escrow.keep_key(services(), principal(), read_body(EscrowRequest))
    return success(Answer())


@keys_api.post("/escrow/open")
@needs(Right.ACCOUNT_OWN)
@described(
    "One's own key again, for the password; sealed to a key of the moment.",
    takes=EscrowOpenRequest,
    gives=EscrowOpenAnswer,
    errors=(
        (401, "sign_in_refused"),
        (404, "not_found"),
        (422, "escrow_unreadable"),
        (429, "too_many_tries"),
    ),
)
def open_key() -> Response:
    asked = read_body(EscrowOpenRequest)
    to, who = services(), principal()
    return success(escrow.open_for_owner(to, who, asked, request_source(), request_signature()))
