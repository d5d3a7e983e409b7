"""What the server is asked and what can go wrong, without saying how the question travels."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Generic, Protocol, TypeVar

from cvd_shared.wire import (
    DeviceAnswer,
    DeviceRequest,
    HelloAnswer,
    HelloRequest,
    KnownAnswer,
    KnownRequest,
    LogoutRequest,
    PullAnswer,
    PullRequest,
    PushAnswer,
    RefreshRequest,
    TokenAnswer,
    TokenRequest,
)
from cvd_shared.wire_attachments import BlobOffer, BlobOffered, BlobProgress, BlobsMissing
from cvd_shared.wire_identity import (
    EscrowOpenAnswer,
    EscrowOpenRequest,
    EscrowRequest,
    OperatorKeysAnswer,
    PasswordRequest,
)
from cvd_shared.wire_repair import (
    BundleAnswer,
    DigestAnswer,
    DigestRequest,
    RescueAnswer,
    RescueRequest,
    RowsAnswer,
    RowsRequest,
)

DataT = TypeVar("DataT")
Sign = Callable[[bytes], Mapping[str, str]]
"""The body of a request as it is sent -> headers that prove which device sends it."""


class TroubleCode(StrEnum):
    """Why an answer is missing. None of them is a verdict on what was recorded."""

    OFFLINE = "offline"  # nothing came back; it may have arrived all the same
    CAPTIVE_OR_PROXY = "captive_or_proxy"  # somebody answered, but not our server
    NOT_TRUSTED = "not_trusted"  # who answers cannot prove to be the server: its certificate
    SERVER_BUSY = "server_busy"  # try later, `retry_after` says when
    QUOTA = "quota"  # more than this laptop may send in a day
    SERVER_ERROR = "server_error"  # a fault of the server's
    BAD_ANSWER = "bad_answer"  # from our server, but it cannot be read
    TOKEN_EXPIRED = "token_expired"  # noqa: S105 - a code; a new token may be had by refreshing
    SIGN_IN_NEEDED = "sign_in_needed"
    SIGN_IN_REFUSED = "sign_in_refused"  # name or password
    TOO_MANY_TRIES = "too_many_tries"  # wrong passwords; `retry_after` says when the next may come
    USER_BLOCKED = "user_blocked"
    PASSWORD_REFUSED = "password_refused"  # noqa: S105 - a code; the new one, `rule` says why
    DEVICE_REVOKED = "device_revoked"
    DEVICE_UNKNOWN = "device_unknown"  # the server was restored to before its registration
    NOT_ALLOWED = "not_allowed"
    EPOCH_CHANGED = "epoch_changed"  # the server was restored: its past may have changed
    LOADS_LATER = "loads_later"  # all is sent; everything is to be loaded anew, but in a while
    STREAM_FORK = "stream_fork"  # another event has this number already
    SEQ_GAP = "seq_gap"  # the server does not have the number before
    STREAM_REFUSED = "stream_refused"  # no new stream is accepted either
    TOO_LARGE = "too_large"
    MALFORMED = "malformed"  # the server could not read the request; nothing was applied
    STOPPED = "stopped"  # by the person, or because the program ends
    DIGEST_MISMATCH = "digest_mismatch"  # loading anew did not help
    UPGRADE = "upgrade"  # this program is too old for what the server sends


class Trouble(Exception):  # noqa: N818 - most of it is nobody's error
    """No usable answer. `retry_after` are seconds, where the server named them."""

    def __init__(
        self,
        code: TroubleCode,
        reason: str = "",
        *,
        retry_after: float | None = None,
        details: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(str(code), reason)
        self.code = code
        self.reason = reason
        self.retry_after = retry_after
        self.details = dict(details or {})


@dataclass(frozen=True, slots=True)
class Answered(Generic[DataT]):
    """An answer that is proved to be our server's, and the epoch it was given in."""

    data: DataT
    epoch: str


class AttachmentApi(Protocol):
    """The endpoints of attachments; each raises Trouble, with `code` in its details."""

    def offer(self, token: str, offer: BlobOffer) -> BlobOffered: ...

    def send_chunk(self, token: str, upload_id: str, offset: int, data: bytes) -> BlobProgress: ...

    def missing(self, token: str, device_id: str) -> BlobsMissing: ...

    def fetch(self, token: str, sha256: str, first: int, last: int, visit_id: str | None) -> bytes:
        """The bytes from `first` to `last`, both included, or up to the end of the file."""


class ServerApi(Protocol):
    """One method per endpoint; each raises Trouble. `token` is the access token."""

    @property
    def attachments(self) -> AttachmentApi: ...

    def sign_in(self, request: TokenRequest) -> Answered[TokenAnswer]: ...

    def refresh(self, request: RefreshRequest, sign: Sign | None = None) -> Answered[TokenAnswer]:
        """`sign` proves that it is the device that was registered."""

    def sign_out(self, request: LogoutRequest) -> None: ...

    def register_device(self, token: str, request: DeviceRequest) -> Answered[DeviceAnswer]: ...

    def change_password(self, token: str, request: PasswordRequest) -> None: ...

    def operator_keys(self, token: str) -> Answered[OperatorKeysAnswer]: ...

    def keep_escrow(self, token: str, request: EscrowRequest) -> None: ...

    def open_escrow(self, token: str, request: EscrowOpenRequest) -> Answered[EscrowOpenAnswer]: ...

    def ping(self) -> None:
        """Reach the server, or find out that something stands before it."""

    def hello(self, token: str, request: HelloRequest) -> Answered[HelloAnswer]: ...

    def push(self, token: str, document: Mapping[str, Any]) -> Answered[PushAnswer]:
        """`document` is a PushRequest, not judged again: an old event is the server's to judge."""

    def rescue(
        self, token: str | None, request: RescueRequest, sign: Sign | None
    ) -> Answered[RescueAnswer]:
        """By a token, or by the signature of this device alone."""

    def pull(self, token: str, request: PullRequest) -> Answered[PullAnswer]: ...

    def known(self, token: str, request: KnownRequest) -> Answered[KnownAnswer]: ...

    def bring_bundle(self, token: str, bundle: bytes) -> Answered[BundleAnswer]:
        """`bundle` is a whole file, of this laptop or of another one."""

    def digest(self, token: str, request: DigestRequest) -> Answered[DigestAnswer]: ...

    def rows(self, token: str, request: RowsRequest) -> Answered[RowsAnswer]: ...

    def snapshot(self, token: str, sha256: str, first: int, last: int) -> Answered[bytes]:
        """The bytes `first` to `last`, both included, of a snapshot; fewer at its end."""
