"""The server over HTTP: an answer counts only if it is proved to be ours (chapter 2.11).

Exact status, three headers with the echo of this very request, our media type, no redirect. What
fails any of it is `captive_or_proxy`, whatever it says. Time-outs are stalls, not totals: a slow
line that still delivers is left alone, a trickle that would never end is a stall. A time-out never
means "not applied".
"""

import gzip
import json
import re
import ssl
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from email.utils import parsedate_to_datetime
from functools import cache
from typing import Any, TypeVar, cast
from urllib.parse import urlsplit

import httpx
from pydantic import BaseModel, ValidationError

from cvd_desktop.domain.clock import Clock, Monotonic, system_monotonic
from cvd_desktop.domain.problem import ExitCode, Problem
from cvd_desktop.sync.answer_patience import AnswerPatience
from cvd_desktop.sync.http_attachments import HttpAttachments
from cvd_desktop.sync.server_address import server_address
from cvd_desktop.sync.server_api import Answered, Sign, Trouble, TroubleCode
from cvd_shared.wire import (
    API,
    HEADER_ECHO,
    HEADER_EPOCH,
    HEADER_REQUEST_ID,
    HEADER_SYNC,
    SYNC_MEDIA_TYPE,
    Answer,
    DeviceAnswer,
    DeviceRequest,
    Envelope,
    ErrorBody,
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
from cvd_shared.wire_attachments import CHUNK_MEDIA_TYPE
from cvd_shared.wire_identity import (
    EscrowOpenAnswer,
    EscrowOpenRequest,
    EscrowRequest,
    OperatorKeysAnswer,
    PasswordRequest,
)
from cvd_shared.wire_repair import (
    BUNDLE_MEDIA_TYPE,
    SNAPSHOT_MEDIA_TYPE,
    BundleAnswer,
    DigestAnswer,
    DigestRequest,
    RescueAnswer,
    RescueRequest,
    RowsAnswer,
    RowsRequest,
)

STALL_SECONDS = 30.0
CONNECT_SECONDS = 10.0
LEAST_BYTES = 512  # of an answer in STALL_SECONDS; less is no line but a stall
MAX_ANSWER_BYTES = 8 * 1024 * 1024  # after decompression
GZIP_FROM_BYTES = 256
_AS_IT_IS = (BUNDLE_MEDIA_TYPE, CHUNK_MEDIA_TYPE)  # compressed already, or never worth it

_AnswerT = TypeVar("_AnswerT", bound=Answer)

_LIMIT = 1 << 63
_SUM = re.compile(r"-?[0-9]{1,19}")

_NO_TLS = ("WRONG_VERSION_NUMBER", "HTTP_REQUEST")
"""Plain http where https was asked for."""

_SERVER_IS_AWAY = (502, 503, 504)
"""What the proxy in front of our server says while that begins anew. No sign-in page says it."""

_CODE_OF_STATUS = {
    401: TroubleCode.TOKEN_EXPIRED,
    403: TroubleCode.NOT_ALLOWED,
    413: TroubleCode.TOO_LARGE,
    426: TroubleCode.UPGRADE,
    429: TroubleCode.SERVER_BUSY,
    503: TroubleCode.SERVER_BUSY,
}
_CODE_OF_NAME = {
    (401, "sign_in_refused"): TroubleCode.SIGN_IN_REFUSED,
    (429, "too_many_tries"): TroubleCode.TOO_MANY_TRIES,
    (429, "quota"): TroubleCode.QUOTA,
    (403, "device_revoked"): TroubleCode.DEVICE_REVOKED,
    (403, "device_unknown"): TroubleCode.DEVICE_UNKNOWN,
    (403, "user_blocked"): TroubleCode.USER_BLOCKED,
    (422, "password_refused"): TroubleCode.PASSWORD_REFUSED,
    (409, "epoch_changed"): TroubleCode.EPOCH_CHANGED,
    (409, "stream_fork"): TroubleCode.STREAM_FORK,
    (409, "seq_gap"): TroubleCode.SEQ_GAP,
}


class HttpServerApi:
    """The sync API of one server. Use it from one thread; `close` it, or use it as a context."""

    def __init__(
        self,
        server: str,
        *,
        new_id: Callable[[], str],
        clock: Clock,
        monotonic: Monotonic = system_monotonic,
        should_stop: Callable[[], bool] = lambda: False,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        """Raises Problem for an address that may not be used. `transport` is for tests."""
        self.server = server_address(server)
        self._new_id = new_id
        self._clock = clock
        self._monotonic = monotonic
        self._should_stop = should_stop
        self._trace = AnswerPatience(monotonic, should_stop).trace
        try:
            base_url = httpx.URL(self.server + API)
        except httpx.InvalidURL as error:
            raise Problem("server_address_wrong", ExitCode.USAGE, server=server) from error
        self.attachments = HttpAttachments(self._exchange, _data_of)
        self._client = httpx.Client(
            base_url=base_url,
            transport=transport,
            follow_redirects=False,
            timeout=httpx.Timeout(STALL_SECONDS, connect=CONNECT_SECONDS),
            # Proxies and extra certificates of the system, but never a proxy to this computer.
            trust_env=urlsplit(self.server).scheme == "https",
            headers={"Accept-Encoding": "gzip"},
        )
        for name in ("Accept", "Connection", "User-Agent"):  # nobody needs them, each is paid for
            del self._client.headers[name]

    def __enter__(self) -> "HttpServerApi":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self._client.close()

    # --- the endpoints ----------------------------------------------------------------------

    def sign_in(self, request: TokenRequest) -> Answered[TokenAnswer]:
        return self._ask("/auth/token", request, TokenAnswer)

    def refresh(self, request: RefreshRequest, sign: Sign | None = None) -> Answered[TokenAnswer]:
        return self._ask("/auth/refresh", request, TokenAnswer, sign=sign)

    def sign_out(self, request: LogoutRequest) -> None:
        self._ask("/auth/logout", request, Answer)

    def register_device(self, token: str, request: DeviceRequest) -> Answered[DeviceAnswer]:
        return self._ask("/devices", request, DeviceAnswer, token=token)

    def change_password(self, token: str, request: PasswordRequest) -> None:
        self._ask("/auth/password", request, Answer, token=token)

    def operator_keys(self, token: str) -> Answered[OperatorKeysAnswer]:
        content, epoch = self._exchange("GET", "/operator/keys", None, token, 200)
        return _data_of(OperatorKeysAnswer, content, epoch)

    def keep_escrow(self, token: str, request: EscrowRequest) -> None:
        self._ask("/escrow", request, Answer, token=token)

    def open_escrow(self, token: str, request: EscrowOpenRequest) -> Answered[EscrowOpenAnswer]:
        return self._ask("/escrow/open", request, EscrowOpenAnswer, token=token)

    def ping(self) -> None:
        self._exchange("GET", "/sync/ping", None, None, 204)

    def hello(self, token: str, request: HelloRequest) -> Answered[HelloAnswer]:
        return self._ask("/sync/hello", request, HelloAnswer, token=token)

    def push(self, token: str, document: Mapping[str, Any]) -> Answered[PushAnswer]:
        return self._ask("/sync/push", document, PushAnswer, token=token)

    def rescue(
        self, token: str | None, request: RescueRequest, sign: Sign | None
    ) -> Answered[RescueAnswer]:
        return self._ask("/sync/rescue", request, RescueAnswer, token=token, sign=sign)

    def pull(self, token: str, request: PullRequest) -> Answered[PullAnswer]:
        answered = self._ask("/sync/pull", request, PullAnswer, token=token)
        _refuse_nonsense(answered.data)
        return answered

    def known(self, token: str, request: KnownRequest) -> Answered[KnownAnswer]:
        return self._ask("/sync/ops/known", request, KnownAnswer, token=token)

    def bring_bundle(self, token: str, bundle: bytes) -> Answered[BundleAnswer]:
        content, epoch = self._exchange(
            "POST", "/sync/bundles", bundle, token, 200, media_type=BUNDLE_MEDIA_TYPE
        )
        return _data_of(BundleAnswer, content, epoch)

    def digest(self, token: str, request: DigestRequest) -> Answered[DigestAnswer]:
        return self._ask("/sync/digest", request, DigestAnswer, token=token)

    def rows(self, token: str, request: RowsRequest) -> Answered[RowsAnswer]:
        return self._ask("/sync/rows", request, RowsAnswer, token=token)

    def snapshot(self, token: str, sha256: str, first: int, last: int) -> Answered[bytes]:
        content, epoch = self._exchange(
            "GET", f"/sync/snapshots/{sha256}", None, token, 206,
            gives=SNAPSHOT_MEDIA_TYPE, more={"Range": f"bytes={first}-{last}"},
        )  # fmt: skip
        return Answered(content, epoch)

    # --- how they travel --------------------------------------------------------------------

    def _ask(
        self,
        path: str,
        request: BaseModel | Mapping[str, Any],
        answer: type[_AnswerT],
        *,
        token: str | None = None,
        sign: Sign | None = None,
    ) -> Answered[_AnswerT]:
        if isinstance(request, BaseModel):
            body = request.model_dump_json(by_alias=True, exclude_none=True).encode()
        else:
            body = json.dumps(request, ensure_ascii=False, separators=(",", ":")).encode()
        content, epoch = self._exchange("POST", path, body, token, 200, sign)
        return _data_of(answer, content, epoch)

    def _exchange(
        self,
        method: str,
        path: str,
        body: bytes | None,
        token: str | None,
        status: int | tuple[int, ...],
        sign: Sign | None = None,
        media_type: str = f"{SYNC_MEDIA_TYPE};v=1",
        gives: str | tuple[str, ...] = SYNC_MEDIA_TYPE,
        more: Mapping[str, str] | None = None,
    ) -> tuple[bytes, str]:
        """(content, epoch) of an answer with this very status; Trouble for every other one.

        `gives` is the media type of a success, or those that it may have; `more` are headers of the
        request.
        """
        request_id = self._new_id()
        headers = {**(more or {}), HEADER_REQUEST_ID: request_id}
        if token is not None:
            headers["Authorization"] = f"Bearer {token}"
        if body is not None:
            headers["Content-Type"] = media_type
            if len(body) > GZIP_FROM_BYTES and media_type not in _AS_IT_IS:
                body = gzip.compress(body, 6, mtime=0)
                headers["Content-Encoding"] = "gzip"
            if sign is not None:
                headers.update(sign(body))
        with (
            _network(),
            self._client.stream(
                method, path, content=body, headers=headers, extensions={"trace": self._trace}
            ) as response,
        ):
            _refuse_strangers(response, request_id, gives)
            content = self._content(response)
        epoch = response.headers[HEADER_EPOCH]
        if response.status_code in (status if isinstance(status, tuple) else (status,)):
            return content, epoch
        if response.is_success:
            raise Trouble(
                TroubleCode.CAPTIVE_OR_PROXY, f"status {response.status_code}, not {status}"
            )
        raise self._trouble(response, content)

    def _content(self, response: httpx.Response) -> bytes:
        """The decompressed body, read piece by piece so that neither its size nor a stop waits."""
        encoding = response.headers.get("Content-Encoding", "identity").strip().lower()
        if encoding not in ("identity", "gzip"):
            raise Trouble(TroubleCode.BAD_ANSWER, f"encoded as {encoding}")
        decoder = zlib.decompressobj(wbits=31) if encoding == "gzip" else None
        parts: list[bytes] = []
        room = MAX_ANSWER_BYTES + 1
        came, since = 0, self._monotonic()
        for chunk in response.iter_raw():
            if self._should_stop():
                raise Trouble(TroubleCode.STOPPED)
            came += len(chunk)
            if self._monotonic() - since >= STALL_SECONDS:
                if came < LEAST_BYTES:
                    raise Trouble(TroubleCode.OFFLINE, f"only {came} bytes in a long time")
                came, since = 0, self._monotonic()
            try:
                part = decoder.decompress(chunk, room) if decoder else chunk
            except zlib.error as error:
                raise Trouble(TroubleCode.BAD_ANSWER, "damaged gzip") from error
            parts.append(part)
            room -= len(part)
            if room <= 0:
                raise Trouble(TroubleCode.BAD_ANSWER, f"more than {MAX_ANSWER_BYTES} bytes")
        if decoder is not None and parts and not decoder.eof:
            raise Trouble(TroubleCode.BAD_ANSWER, "cut gzip")
        return b"".join(parts)

    def _trouble(self, response: httpx.Response, content: bytes) -> Trouble:
        """The server's own error, which is known by its status and its code."""
        status = response.status_code
        error = _error_of(content)
        code = _CODE_OF_NAME.get((status, error.code)) or _CODE_OF_STATUS.get(status)
        if code is None:
            code = TroubleCode.SERVER_ERROR if status >= 500 else TroubleCode.MALFORMED
        return Trouble(
            code,
            f"{status} {error.code}: {error.message}",
            retry_after=self._retry_after(response),
            details={"code": error.code, **error.details},
        )

    def _retry_after(self, response: httpx.Response) -> float | None:
        text = response.headers.get("Retry-After", "").strip()
        if not text:
            return None
        if text.isdecimal():
            return float(text[:9])
        try:
            return (parsedate_to_datetime(text) - self._clock()).total_seconds()
        except (TypeError, ValueError, OverflowError):
            return None  # not a moment: our own back-off decides


def _refuse_strangers(
    response: httpx.Response, request_id: str, gives: str | tuple[str, ...]
) -> None:
    """Raise unless this is an answer of our server to this request."""
    headers = response.headers
    proof = headers.get(HEADER_SYNC) == "1" and bool(headers.get(HEADER_EPOCH))
    if not proof or headers.get(HEADER_ECHO) != request_id:
        if response.status_code in _SERVER_IS_AWAY:
            raise Trouble(TroubleCode.OFFLINE, f"status {response.status_code} of a gateway")
        raise Trouble(
            TroubleCode.CAPTIVE_OR_PROXY, f"status {response.status_code} without our headers"
        )
    media_type = headers.get("Content-Type", "").partition(";")[0].strip().lower()
    expected = gives if response.is_success else SYNC_MEDIA_TYPE
    if response.status_code == 204:
        return
    if media_type not in (expected if isinstance(expected, tuple) else (expected,)):
        raise Trouble(TroubleCode.CAPTIVE_OR_PROXY, f"content type {media_type!r}")


def _refuse_nonsense(answer: PullAnswer) -> None:
    """A page that contradicts itself is not applied, not even in part."""
    scopes = {scope.id for scope in answer.scopes}
    for scope in answer.scopes:
        numbers = (scope.cursor, scope.head, scope.n)
        right = _SUM.fullmatch(scope.sum) and -_LIMIT <= int(scope.sum) < _LIMIT
        if not right or not all(0 <= number < _LIMIT for number in numbers):
            raise Trouble(TroubleCode.BAD_ANSWER, f"numbers of {scope.id}")
    if len(scopes) != len(answer.scopes) or not 0 <= answer.applied_seq < _LIMIT:
        raise Trouble(TroubleCode.BAD_ANSWER, "a scope twice, or no number")
    for row in answer.rows:
        known = row.s in scopes and 0 <= row.ver < _LIMIT
        if not known or (row.op == "put" and row.d is None):
            raise Trouble(TroubleCode.BAD_ANSWER, f"row {row.k} {row.i} of {row.s}")


def _data_of(answer: type[_AnswerT], content: bytes, epoch: str) -> Answered[_AnswerT]:
    envelope = _envelope(answer, content)
    if not envelope.success or envelope.data is None:
        raise Trouble(TroubleCode.BAD_ANSWER, "an empty envelope")
    return Answered(envelope.data, epoch)


@cache
def _model_of(answer: type[BaseModel]) -> type[Envelope[Any]]:
    """Kept, because pydantic would build the class anew for every answer."""
    return cast(type[Envelope[Any]], Envelope.__class_getitem__(answer))


def _envelope(answer: type[_AnswerT], content: bytes) -> Envelope[_AnswerT]:
    try:
        return cast(Envelope[_AnswerT], _model_of(answer).model_validate_json(content))
    except ValidationError as error:
        raise Trouble(TroubleCode.BAD_ANSWER, f"{error.error_count()} faults") from error


def _error_of(content: bytes) -> ErrorBody:
    envelope = _envelope(Answer, content)
    if envelope.error is None:
        raise Trouble(TroubleCode.BAD_ANSWER, "an error without its reason")
    return envelope.error


@contextmanager
def _network() -> Iterator[None]:
    try:
        yield
    except httpx.DecodingError as error:
        raise Trouble(TroubleCode.BAD_ANSWER, str(error)) from error
    except (httpx.TransportError, httpx.InvalidURL) as error:
        raise Trouble(_code_of_failure(error), f"{type(error).__name__}: {error}") from error


def _code_of_failure(error: BaseException) -> TroubleCode:
    """What stands behind a failure of the line: silence for most, but not for all of them."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return TroubleCode.NOT_TRUSTED
        if isinstance(cause, ssl.SSLError) and cause.reason in _NO_TLS:
            return TroubleCode.CAPTIVE_OR_PROXY
        cause = cause.__cause__ or cause.__context__
    return TroubleCode.OFFLINE
