"""The endpoints of the sync: ping, hello, push, pull, and which events are known."""

from flask import Blueprint, Response
from sqlalchemy import Connection, select

from cvd_server import tables
from cvd_server.access import (
    needs,
    open_before_new_password,
    open_to_shut_devices,
    principal,
    public,
    sender,
)
from cvd_server.alike_events import in_full
from cvd_server.answers import CONTENT_TYPE, success, success_text
from cvd_server.database import among, chunks
from cvd_server.deep_compare import note_repairs
from cvd_server.described import described
from cvd_server.devices import check_device, hello
from cvd_server.pull_page import idle_page, pull_page
from cvd_server.push_batch import parse_push, push
from cvd_server.request_body import read_body
from cvd_server.rescue import decoded, rescue
from cvd_server.services import services
from cvd_server.versions import check_pull_protocol, check_push_protocol
from cvd_shared.permissions import Right
from cvd_shared.wire import (
    API,
    HEADER_DEVICE,
    HEADER_DEVICE_SIGNATURE,
    HelloAnswer,
    HelloRequest,
    KnownAnswer,
    KnownRequest,
    PullAnswer,
    PullRequest,
    PushAnswer,
    PushRequest,
)
from cvd_shared.wire_repair import RescueAnswer, RescueRequest

REFUSED_OUTCOMES = ("rejected", "quarantined")
_OF_THE_DEVICE = ((403, "device_unknown"), (403, "device_revoked"), (403, "device_locked"))
_EPOCH = (409, "epoch_changed")

sync_api = Blueprint("sync_api", __name__, url_prefix=f"{API}/sync")


@sync_api.get("/ping")
@public
@described("Reachable, and really this server: the headers tell.", status=204)
def ping() -> Response:
    return Response(status=204, content_type=CONTENT_TYPE)


@sync_api.post("/hello")
@needs(Right.SYNC_PULL)
@open_to_shut_devices  # it is told how it stands
@open_before_new_password  # a push begins with it
@described(
    "What this server can, how far the stream of this laptop is, what it shall do with itself.",
    takes=HelloRequest, gives=HelloAnswer, errors=_OF_THE_DEVICE,
)  # fmt: skip
def say_hello() -> Response:
    to, who, request = services(), principal(), read_body(HelloRequest)

    def work(connection: Connection) -> HelloAnswer:
        answer, before = hello(to, connection, who, request)
        note_repairs(to, connection, who, request, before)
        return answer

    answer = to.database.in_transaction(work)
    to.epoch = answer.epoch
    return success(answer)


@sync_api.post("/push")
@needs(Right.SYNC_PUSH)
@described(
    "A batch of the outbox; an outcome for every event.",
    takes=PushRequest, gives=PushAnswer,
    errors=(
        *_OF_THE_DEVICE, _EPOCH, (409, "stream_fork"), (409, "seq_gap"), (409, "base_unknown"),
        (429, "quota"),
    ),
)  # fmt: skip
def take_push() -> Response:
    """Answered after the commit, never before."""
    to, who, request = services(), principal(), read_body(PushRequest)
    check_push_protocol(request.protocol)
    parsed = parse_push(*in_full(to, who, request))

    size = sum(map(len, parsed.bodies)) + sum(map(len, parsed.blobs.values()))

    def work(connection: Connection) -> PushAnswer:
        to.day_quota.check(to, connection, who.operator_id, request.device_id, size)
        return push(to, connection, who, parsed)

    answer = to.database.in_transaction(work)
    to.epoch = answer.epoch
    to.metrics.push_events(result.outcome for result in answer.results)
    return success(answer)


@sync_api.post("/rescue")
@public
@described(
    "Keep an event unread that no push could bring, and let its stream go on",
    takes=RescueRequest,
    gives=RescueAnswer,
    errors=(
        (401, "token_missing"), (401, "token_invalid"), (401, "token_expired"),
        (401, "session_ended"), (401, "device_signature"), (403, "device_unknown"),
        (409, "epoch_changed"), (409, "stream_fork"), (409, "seq_gap"), (429, "quota"),
    ),
    headers=(HEADER_DEVICE, HEADER_DEVICE_SIGNATURE),
)  # fmt: skip
def take_rescued() -> Response:
    """From a person with a token, blocked or not, or from a device that signs by its key."""
    to, request = services(), read_body(RescueRequest)
    body = decoded(request)

    def work(connection: Connection) -> RescueAnswer:
        return rescue(to, connection, sender(connection), request, body)

    return success(to.database.in_transaction(work))


@sync_api.post("/pull")
@needs(Right.SYNC_PULL)
@described(
    "What has changed in the scopes that this laptop may hold.",
    takes=PullRequest, gives=PullAnswer, errors=(*_OF_THE_DEVICE, _EPOCH, (426, "upgrade")),
)  # fmt: skip
def give_page() -> Response:
    to, who, request = services(), principal(), read_body(PullRequest)
    check_pull_protocol(request.protocol)

    rows = 0
    with to.database.ask() as connection:
        page = idle_page(connection, who, request, to.now())
    if page is None:
        with to.database.read() as connection:
            page, rows = pull_page(connection, who, request, to.now())
    to.epoch = request.epoch  # equal to the stored one, else there were no page
    to.metrics.pulls.inc()
    to.metrics.pull_rows.inc(rows)
    return success_text(page)


@sync_api.post("/ops/known")
@needs(Right.SYNC_PUSH)
@described(
    "Which of these events are in the log: asked after the server's epoch has changed.",
    takes=KnownRequest, gives=KnownAnswer, errors=_OF_THE_DEVICE,
)  # fmt: skip
def known_events() -> Response:
    to, who, request = services(), principal(), read_body(KnownRequest)
    table = tables.op_log
    outcomes: dict[str, str] = {}
    with to.database.read() as connection:
        check_device(connection, who, request.device_id)
        for part in chunks(sorted(set(request.op_ids))):
            rows = connection.execute(
                select(table.c.op_id, table.c.outcome).where(
                    table.c.operator_id == who.operator_id,
                    among(connection, table.c.op_id, part),
                    table.c.alias_of.is_(None),
                )
            )
            outcomes |= {row.op_id: row.outcome for row in rows}
    refused = [op_id for op_id, outcome in outcomes.items() if outcome in REFUSED_OUTCOMES]
    return success(KnownAnswer(known=list(outcomes), refused=refused))
