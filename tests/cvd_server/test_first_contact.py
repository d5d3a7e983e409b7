"""What a new laptop does first: ping, sign in, register, say hello, fetch."""

from cvd_shared.wire import Envelope, HelloAnswer, PullAnswer
from tests.support.servers import LocalServer
from tests.support.small_operator import SmallOperator


def test_a_new_laptop_gets_its_share(server: LocalServer, small: SmallOperator) -> None:
    ping = server.http().get("/api/v1/sync/ping", headers={"X-Request-Id": "abc"})
    assert ping.status_code == 204
    assert ping.headers["X-CVD-Sync"] == "1"
    assert ping.headers["X-CVD-Echo"] == "abc"

    session = server.session("driver07")
    hello = Envelope[HelloAnswer].model_validate(session.hello(unsent=3).json()).data
    assert hello is not None
    assert (hello.epoch, hello.last_seq, hello.durable_seq) == (session.epoch, 0, 0)

    page = Envelope[PullAnswer].model_validate(session.pull().json()).data
    assert page is not None
    assert not page.more
    assert [scope.id for scope in page.scopes] == ["catalog", "me:u-driver07", "org", "route:r1"]
    seen = {(row.k, row.i) for row in page.rows}
    assert ("machine", "m1") in seen
    assert ("machine", "m3") not in seen
    assert ("location", "l1") in seen
    assert ("user", "u-driver07") in seen
    assert not any(name.startswith("x-") for _, name in seen)
