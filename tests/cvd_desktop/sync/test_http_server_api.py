"""How a request travels and what counts as an answer."""

import gzip
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from itertools import count
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cvd_desktop.domain.problem import Problem
from cvd_desktop.sync.backoff import LONGEST_ASKED_SECONDS, LONGEST_SECONDS, delay, is_due
from cvd_desktop.sync.http_server_api import MAX_ANSWER_BYTES, HttpServerApi
from cvd_desktop.sync.server_address import server_address
from cvd_desktop.sync.server_api import Trouble, TroubleCode
from cvd_shared.wire import ClientVersion, HelloRequest, PullRequest

NOW = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)
HELLO = {
    "epoch": "e1",
    "server_time": "2026-03-04T05:06:07.000Z",
    "protocol": {"min_push": 1, "min_pull": 1, "max": 1},
    "min_client_version": "0.1.0",
    "limits": {},
    "last_seq": 0,
    "durable_seq": 0,
}
Answer = Callable[[httpx.Request], httpx.Response]


@contextmanager
def api_over(answer: Answer, server: str = "https://server.test") -> Iterator[HttpServerApi]:
    numbers = count()
    api = HttpServerApi(
        server,
        new_id=lambda: f"request-{next(numbers)}",
        clock=lambda: NOW,
        transport=httpx.MockTransport(answer),
    )
    try:
        yield api
    finally:
        api.close()


def ours(
    request: httpx.Request, data: Any = None, status: int = 200, **more: Any
) -> httpx.Response:
    """An answer of our server; `more` are `code`, `details`, `headers`, `raw`."""
    error = None
    if "code" in more:
        error = {
            "message": "-",
            "code": more["code"],
            "timestamp": "-",
            "details": more.get("details", {}),
        }
    body = json.dumps({"success": error is None, "data": data, "error": error}).encode()
    headers = {
        "X-CVD-Sync": "1",
        "X-CVD-Epoch": "e1",
        "X-CVD-Echo": request.headers["X-Request-Id"],
        "Content-Type": "application/vnd.cvd.sync+json;v=1",
    } | more.get("headers", {})
    raw = more.get("raw", body)
    return httpx.Response(status, headers=headers, stream=httpx.ByteStream(raw))


def hello(api: HttpServerApi) -> None:
    request = HelloRequest(
        device_id="d", incarnation_id="i", client=ClientVersion(v="1", schema_=1)
    )
    api.hello("token", request)


@pytest.mark.parametrize(
    ("status", "name", "code"),
    [
        (401, "token_expired", TroubleCode.TOKEN_EXPIRED),
        (401, "session_ended", TroubleCode.TOKEN_EXPIRED),
        (401, "sign_in_refused", TroubleCode.SIGN_IN_REFUSED),
        (403, "device_revoked", TroubleCode.DEVICE_REVOKED),
        (403, "device_unknown", TroubleCode.DEVICE_UNKNOWN),
        (403, "user_blocked", TroubleCode.USER_BLOCKED),
        (403, "not_allowed", TroubleCode.NOT_ALLOWED),
        (409, "epoch_changed", TroubleCode.EPOCH_CHANGED),
        (409, "stream_fork", TroubleCode.STREAM_FORK),
        (409, "seq_gap", TroubleCode.SEQ_GAP),
        (409, "something_new", TroubleCode.MALFORMED),
        (413, "too_large", TroubleCode.TOO_LARGE),
        (400, "malformed", TroubleCode.MALFORMED),
        (404, "not_found", TroubleCode.MALFORMED),
        (415, "malformed", TroubleCode.MALFORMED),
        (422, "malformed", TroubleCode.MALFORMED),
        (426, "upgrade", TroubleCode.UPGRADE),
        (429, "too_many_tries", TroubleCode.TOO_MANY_TRIES),
        (429, "slow_down", TroubleCode.SERVER_BUSY),
        (500, "server_error", TroubleCode.SERVER_ERROR),
        (503, "unavailable", TroubleCode.SERVER_BUSY),
    ],
)
def test_every_error_of_the_protocol_is_told_apart(
    status: int, name: str, code: TroubleCode
) -> None:
    details = {"epoch": "e2", "last_seq": 7}
    with (
        api_over(lambda request: ours(request, status=status, code=name, details=details)) as api,
        pytest.raises(Trouble) as caught,
    ):
        hello(api)
    assert caught.value.code is code
    assert caught.value.details == {"code": name, **details}


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("7", 7.0),
        ("0", 0.0),
        (format_datetime(NOW + timedelta(seconds=90), usegmt=True), 90.0),
        ("soon", None),
        ("-5", None),
        ("9" * 40, 999999999.0),
        ("1.5", None),
        ("Wed, 04 Mar 2026 05:06:07 -0000", None),
        ("Wed, 04 Mar 2026 05:06:07 +" + "9" * 20, None),
        ("Wed, 04 Mar " + "9" * 20 + " 05:06:07 GMT", None),
    ],
)
def test_the_server_may_say_when_to_come_back_in_two_ways(text: str, seconds: float | None) -> None:
    headers = {"Retry-After": text}
    with (
        api_over(lambda r: ours(r, status=503, code="unavailable", headers=headers)) as api,
        pytest.raises(Trouble) as caught,
    ):
        hello(api)
    assert caught.value.retry_after == seconds


@pytest.mark.parametrize(
    "error",
    [
        httpx.ConnectError("refused"),
        httpx.ConnectTimeout("slow"),
        httpx.ReadTimeout("silent"),
        httpx.WriteTimeout("stuck"),
        httpx.RemoteProtocolError("cut"),
        httpx.ReadError("reset"),
        httpx.ProxyError("no"),
    ],
)
def test_whatever_the_network_does_is_offline_and_no_crash(error: httpx.TransportError) -> None:
    def fail(_: httpx.Request) -> httpx.Response:
        raise error

    with api_over(fail) as api, pytest.raises(Trouble) as caught:
        hello(api)
    assert caught.value.code is TroubleCode.OFFLINE


def test_large_requests_are_compressed_and_every_request_has_its_own_id() -> None:
    seen: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return ours(request, code="malformed", status=422)

    request = PullRequest(
        protocol=1,
        epoch="e1",
        device_id="d",
        incarnation_id="0198c0de-0000-7000-8000-000000000000",
        cursors={f"route:{n}": n for n in range(200)},
    )
    with api_over(answer) as api:
        for _ in range(2):
            with pytest.raises(Trouble):
                api.pull("token", request)
        with pytest.raises(Trouble):
            hello(api)
    assert seen[0].headers["Content-Encoding"] == "gzip"
    assert json.loads(gzip.decompress(seen[0].content))["cursors"]["route:199"] == 199
    assert seen[0].headers["Authorization"] == "Bearer token"
    assert len({each.headers["X-Request-Id"] for each in seen}) == 3
    assert "Content-Encoding" not in seen[2].headers


@pytest.mark.parametrize(
    ("raw", "headers"),
    [
        (b"x" * (MAX_ANSWER_BYTES + 1), {}),
        (gzip.compress(b"x" * (MAX_ANSWER_BYTES * 20)), {"Content-Encoding": "gzip"}),
        (gzip.compress(b"{}", mtime=0)[:-4], {"Content-Encoding": "gzip"}),
        (b"this is no gzip", {"Content-Encoding": "gzip"}),
        (b"{}", {"Content-Encoding": "br"}),
        (b"", {}),
        (b"[]", {}),
        (b'{"success": true}', {}),
        (b'{"success": true, "data": {"epoch": 7}}', {}),
    ],
)
def test_an_answer_that_cannot_be_read_is_told_apart_from_a_strangers(
    raw: bytes, headers: dict[str, str]
) -> None:
    with (
        api_over(lambda request: ours(request, raw=raw, headers=headers)) as api,
        pytest.raises(Trouble) as caught,
    ):
        hello(api)
    assert caught.value.code is TroubleCode.BAD_ANSWER


@given(st.binary(max_size=300), st.sampled_from([200, 401, 409, 500]))
def test_no_bytes_are_an_exception(raw: bytes, status: int) -> None:
    with (
        api_over(lambda request: ours(request, raw=raw, status=status)) as api,
        pytest.raises(Trouble) as caught,
    ):
        hello(api)
    assert caught.value.code is TroubleCode.BAD_ANSWER


def test_a_newer_server_may_add_fields() -> None:
    data = HELLO | {"weather": "fine", "limits": {"ops": 5, "moons": 2}}
    with api_over(lambda request: ours(request, data)) as api:
        hello(api)


def test_reaching_the_server_is_told_from_reaching_a_portal() -> None:
    with api_over(lambda request: ours(request, status=204, raw=b"")) as api:
        api.ping()
    with api_over(lambda _: httpx.Response(204)) as api, pytest.raises(Trouble) as caught:
        api.ping()
    assert caught.value.code is TroubleCode.CAPTIVE_OR_PROXY


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (500, TroubleCode.CAPTIVE_OR_PROXY),
        (511, TroubleCode.CAPTIVE_OR_PROXY),
        (502, TroubleCode.OFFLINE),
        (503, TroubleCode.OFFLINE),
        (504, TroubleCode.OFFLINE),
    ],
)
def test_a_gateway_whose_server_is_away_is_no_sign_in_page(status: int, code: TroubleCode) -> None:
    """The proxy before our server answers so while that begins anew. What it asks for counts not:
    anybody may say it."""
    page = httpx.Response(status, html="<h1>nginx</h1>", headers={"Retry-After": "7000"})
    with api_over(lambda _: page) as api, pytest.raises(Trouble) as caught:
        api.ping()
    assert caught.value.code is code
    assert caught.value.retry_after is None


def test_a_person_can_stop_a_long_answer() -> None:
    api = HttpServerApi(
        "https://server.test",
        new_id=lambda: "r",
        clock=lambda: NOW,
        should_stop=lambda: True,
        transport=httpx.MockTransport(lambda request: ours(request, HELLO)),
    )
    with api, pytest.raises(Trouble) as caught:
        hello(api)
    assert caught.value.code is TroubleCode.STOPPED


@pytest.mark.parametrize(("chunk", "arrives"), [(b" ", False), (b" " * 500, True)])
def test_a_slow_line_is_left_alone_and_a_trickle_is_a_stall(chunk: bytes, arrives: bool) -> None:
    """A byte now and then would otherwise hold the one sender for days."""
    now = [0.0]

    class Slow(httpx.SyncByteStream):
        def __iter__(self) -> Iterator[bytes]:
            for _ in range(200):
                now[0] += 20
                yield chunk
            yield json.dumps({"success": True, "data": HELLO, "error": None}).encode()

    def answer(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, headers=ours(request).headers, stream=Slow())

    api = HttpServerApi(
        "https://server.test",
        new_id=lambda: "r",
        clock=lambda: NOW,
        monotonic=lambda: now[0],
        transport=httpx.MockTransport(answer),
    )
    with api:
        if arrives:
            hello(api)
            return
        with pytest.raises(Trouble) as caught:
            hello(api)
    assert caught.value.code is TroubleCode.OFFLINE
    assert now[0] < 100


# --- addresses ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("https://cvd.example", "https://cvd.example"),
        (" cvd.example/ ", "https://cvd.example"),
        ("https://cvd.example:8443/fleet/", "https://cvd.example:8443/fleet"),
        ("http://127.0.0.1:5000", "http://127.0.0.1:5000"),
        ("http://127.8.8.8", "http://127.8.8.8"),
        ("http://[::1]:5000", "http://[::1]:5000"),
        ("http://localhost:5000/", "http://localhost:5000"),
        ("HTTPS://CVD.example", "https://cvd.example"),
    ],
)
def test_an_address_has_one_spelling(text: str, address: str) -> None:
    assert server_address(text) == address


@pytest.mark.parametrize(
    "text",
    [
        "http://cvd.example", "http://192.168.0.7", "http://127.0.0.1.evil.example",
        "http://localhost.evil.example", "http://[::2]", "http://0.0.0.0",
    ],
)  # fmt: skip
def test_plain_http_is_for_this_computer_only(text: str) -> None:
    with pytest.raises(Problem) as caught:
        server_address(text)
    assert caught.value.code == "server_address_plain"


@pytest.mark.parametrize(
    "text",
    [
        "", "https://", "ftp://cvd.example", "https://me:secret@cvd.example", "https://a b",
        "https://cvd.example/?x=1", "https://cvd.example/#x", "https://cvd.example:port",
        "https://[::1",
    ],
)  # fmt: skip
def test_what_is_no_address_is_refused(text: str) -> None:
    with pytest.raises(Problem) as caught:
        server_address(text)
    assert caught.value.code == "server_address_wrong"


@given(
    st.text(max_size=60)
    | st.from_regex(r"https?://[ -~]{1,30}", fullmatch=True)
    | st.from_regex(r"[a-z0-9_.%:äßİ-]{1,30}", fullmatch=True)
)
def test_no_text_is_an_exception(text: str) -> None:
    try:
        with api_over(lambda _: httpx.Response(200), server=text) as api:
            address = api.server
    except Problem:
        return
    assert server_address(address) == address


# --- when to try again --------------------------------------------------------------------------


@given(st.integers(1, 10_000), st.floats(0, 1, exclude_max=True))
def test_waiting_grows_up_to_five_minutes_and_no_further(failures: int, chance: float) -> None:
    assert 0 <= delay(failures, lambda: chance) <= min(LONGEST_SECONDS, 2 * 2**failures)


@given(st.floats(-1e9, 1e12), st.integers(1, 20))
def test_what_the_server_asks_for_wins_within_reason(asked: float, failures: int) -> None:
    waited = delay(failures, lambda: 0.5, retry_after=asked)
    assert waited == min(max(asked, 0.0), LONGEST_ASKED_SECONDS)


def test_a_clock_that_was_set_back_does_not_stop_the_sync_for_years() -> None:
    assert is_due(None, NOW)
    assert is_due(NOW, NOW)
    assert not is_due(NOW + timedelta(minutes=5), NOW)
    assert is_due(NOW + timedelta(days=3650), NOW)
