"""The audit trail takes lines and gives none away; the office reads it in pages."""

import pytest
from sqlalchemy import select
from sqlalchemy.exc import DBAPIError

from cvd_server import tables
from cvd_server.audit_trail import purge_audit, record_audit
from cvd_server.migrations.append_only import AUDIT_KEPT_FROM
from cvd_server.server_meta import read_meta
from cvd_shared.wire import API
from tests.support.field_events import EventStream
from tests.support.servers import LocalServer
from tests.support.small_operator import SmallOperator

audit_log = tables.audit_log


@pytest.mark.parametrize(
    "attack",
    [
        "UPDATE audit_log SET action = 'nothing'",
        "UPDATE audit_log SET operator_id = 'x-op' WHERE operator_id = 'op'",
        "DELETE FROM audit_log",
        "DELETE FROM audit_log WHERE at < '9999'",
        "TRUNCATE audit_log",
    ],
)
def test_the_database_refuses_changes(
    server: LocalServer, small: SmallOperator, attack: str
) -> None:
    """On both, whoever asks; a mark of retention that is too old opens nothing either."""
    server.session("driver07")
    with server.database.read() as connection:
        before = connection.execute(select(audit_log)).all()
    assert before
    mark = f"INSERT INTO server_meta (k, v) VALUES ('{AUDIT_KEPT_FROM}', '2026-01-01')"
    for statements in ((attack,), (mark, attack)):
        with pytest.raises(DBAPIError, match=r'append-only|near "TRUNCATE"'):
            run(server, statements)
    with server.database.read() as connection:
        assert connection.execute(select(audit_log)).all() == before


def run(server: LocalServer, statements: tuple[str, ...]) -> None:
    with server.database.write() as connection:
        for statement in statements:
            connection.exec_driver_sql(statement)


def test_retention_has_its_own_way_and_says_so(server: LocalServer, small: SmallOperator) -> None:
    server.session("driver07")
    old = server.services.now()
    server.clock.move(days=400)
    server.session("driver08")
    now = server.services.now()
    with server.database.write() as connection:
        gone = purge_audit(connection, server.services.new_id, now, now)
    assert gone == 2  # the sign-in and the device of the first session
    with server.database.read() as connection:
        times = connection.scalars(select(audit_log.c.at)).all()
        actions = connection.scalars(select(audit_log.c.action)).all()
        assert read_meta(connection, AUDIT_KEPT_FROM) is None
    assert old not in times
    assert "audit_purged" in actions
    with pytest.raises(DBAPIError), server.database.write() as connection:
        connection.execute(audit_log.delete())


@pytest.mark.parametrize("migrated_url", ["sqlite"], indirect=True)
def test_the_office_reads_its_own_lines_in_pages(server: LocalServer, small: SmallOperator) -> None:
    admin = server.session("admin")
    server.session("x-driver07")
    with server.database.write() as connection:
        for n in range(7):
            record_audit(
                connection, server.services.new_id, server.services.now(), "tried",
                operator_id="op", actor_id="u-admin", n=n,
            )  # fmt: skip
    http, seen, before = admin.http, [], ""
    for _ in range(10):
        page = http.get(f"{API}/audit?limit=4{before}").raise_for_status().json()["data"]
        seen += page["lines"]
        if not page["more"]:
            break
        before = f"&before={page['lines'][-1]['audit_id']}"
    ids = [line["audit_id"] for line in seen]
    assert ids == sorted(set(ids), reverse=True)
    assert [line["detail"]["n"] for line in seen if line["action"] == "tried"] == [*range(7)][::-1]
    assert {line["actor_name"] for line in seen} == {"admin"}, "nobody of another operator"
    only = http.get(f"{API}/audit?action=signed_in").json()["data"]
    assert [line["action"] for line in only["lines"]] == ["signed_in"]
    for limit in ("0", "-1", "201", "x", "", "²", "9" * 5000):
        answer = http.get(f"{API}/audit", params={"limit": limit})
        assert answer.status_code == 422, limit
    answer = http.get(f"{API}/audit", params={"before": "\x00"})
    assert answer.status_code == 422
    injected = http.get(f"{API}/audit", params={"before": "' OR 1=1 --", "action": "' --"})
    assert injected.json()["data"]["lines"] == []


@pytest.mark.parametrize("migrated_url", ["sqlite"], indirect=True)
def test_writes_to_machines_and_refusals_are_lines(
    server: LocalServer, small: SmallOperator
) -> None:
    admin, technician = server.session("admin"), server.session("technician")
    stream = EventStream(technician.user_id)
    change = {"what": "price", "selection": "10", "before": "150", "after": "175"}
    written = {
        "write_id": "w1", "machine_id": "m1", "at": "2026-03-02T07:30:00.000Z", "link": "dexucs",
        "changes": [change | {"outcome": "accepted"}], "answer": {"ok": True},
    }  # fmt: skip
    ops = [
        stream.event("machine.written", written, {"kind": "machine_write", "id": "w1"}),
        stream.event("unheard.of", {}, {"kind": "thing", "id": "t1"}),
        stream.event("ticket.opened", {}, {"kind": "ticket", "id": "t2"}),
    ]
    for _ in range(2):  # whose answer was lost is told once
        outcomes = [r["outcome"] for r in technician.push(ops).json()["data"]["results"]]
        assert outcomes[0] == "applied"
        assert set(outcomes[1:]) <= {"rejected", "quarantined"}
    lines = admin.http.get(f"{API}/audit").json()["data"]["lines"]
    told = [line for line in lines if line["actor_name"] == "technician"]
    (line,) = [line for line in told if line["action"] == "machine_written"]
    assert line["detail"] == {
        "machine_id": "m1", "write_id": "w1", "at": "2026-03-02T07:30:00.000Z",
        "what": ["price"], "changes": 1, "op_id": ops[0]["op_id"],
        "device_id": technician.device_id,
    }  # fmt: skip
    refused = [line["detail"]["op_id"] for line in told if line["action"] == "event_refused"]
    assert sorted(refused) == sorted(op["op_id"] for op in ops[1:])
