"""People who record a day on laptops of their own; their events go out one by one."""

from typing import Any
from uuid import uuid4

from cvd_server.self_check import self_check
from tests.support.field_events import EventStream
from tests.support.servers import LocalServer, Session

AT = "2026-03-02T07:30:00.000Z"
CASH = {"bag": "B-1001", "counted": 4250, "currency": "USD"}


class DayPerson:
    """One laptop of one person. Every event method makes the next event of its stream."""

    def __init__(self, server: LocalServer, name: str) -> None:
        self.session: Session = server.session(name)
        self.stream = EventStream(self.session.user_id)

    def push(self, *events: dict[str, Any], **more: Any) -> list[tuple[str, str | None]]:
        """Outcome and code of each."""
        answer = self.session.push(list(events), **more)
        assert answer.status_code == 200, answer.text
        return [(r["outcome"], r["code"]) for r in answer.json()["data"]["results"]]

    def records(self, kind: str) -> dict[str, dict[str, Any]]:
        """Those that a new laptop of this person would show, by id."""
        rows = self.session.pull().json()["data"]["rows"]
        return {row["i"]: row["d"] for row in rows if row["k"] == kind and row["op"] == "put"}

    def record(self, kind: str, record_id: str) -> dict[str, Any]:
        return self.records(kind)[record_id]

    def event(self, type_: str, entity: str, record_id: str, /, **payload: Any) -> dict[str, Any]:
        return self.stream.event(type_, payload, {"kind": entity, "id": record_id})

    def marked(
        self, state: str, at: str = AT, *, run: str = "run1", stop: str = "s1", **more: Any
    ) -> dict[str, Any]:
        facts = {"run_id": run, "stop_id": stop, "state": state, "at": at} | more
        return self.event("stop.marked", "run_progress", run, **facts)

    def ordered(
        self, *stops: str, at: str = AT, run: str = "run1", reason: str = ""
    ) -> dict[str, Any]:
        facts = {"run_id": run, "at": at, "stop_ids": list(stops), "reason": reason}
        return self.event("run.ordered", "run_progress", run, **facts)

    def loaded(self, route: str = "r1", **changes: Any) -> dict[str, Any]:
        line = {"product_id": "p1", "wanted": 12, "loaded": 10}
        facts: dict[str, Any] = {
            "load_id": str(uuid4()),
            "route_id": route,
            "at": AT,
            "lines": [line],
        } | changes
        return self.event("load.recorded", "load", facts["load_id"], **facts)

    def counted(self, route: str = "r1", **changes: Any) -> dict[str, Any]:
        line = {"product_id": "p1", "expected": -1, "counted": 3}
        facts: dict[str, Any] = {
            "count_id": str(uuid4()),
            "route_id": route,
            "at": AT,
            "lines": [line],
        } | changes
        return self.event("truck.counted", "truck_count", facts["count_id"], **facts)

    def visited(self, machine: str = "m1", **changes: Any) -> dict[str, Any]:
        line = {"slot": "A1", "selection": "10", "product_id": "p1", "before": 3, "filled": 5,
                "after": 8}  # fmt: skip
        facts: dict[str, Any] = {
            "visit_id": str(uuid4()), "machine_id": machine, "arrived_at": AT,
            "finished_at": "2026-03-02T07:45:00.000Z", "seconds": 900, "tasks": ["fill"],
            "lines": [line],
        } | changes  # fmt: skip
        return self.event("visit.finished", "visit", facts["visit_id"], **facts)

    def collected(self, bag: str, machine: str = "m1", **changes: Any) -> dict[str, Any]:
        return self.visited(machine, cash=CASH | {"bag": bag}, **changes)

    def amended(self, visit_id: str, at: str = AT, **changes: Any) -> dict[str, Any]:
        facts = {"amendment_id": str(uuid4()), "visit_id": visit_id, "at": at,
                 "reason": "mistyped"} | changes  # fmt: skip
        return self.event("visit.amended", "visit", visit_id, **facts)

    def photo(self, sha256: str, machine: str = "m1", **changes: Any) -> dict[str, Any]:
        facts: dict[str, Any] = {
            "photo_id": str(uuid4()), "visit_id": "v1", "machine_id": machine, "at": AT,
            "subject": "after", "sha256": sha256, "size": 4, "width": 640, "height": 480,
        } | changes  # fmt: skip
        return self.event("photo.taken", "photo", facts["photo_id"], **facts)


def well(server: LocalServer) -> None:
    """The tables of the server prove that nothing was lost, doubled or bent."""
    with server.database.read() as connection:
        assert self_check(connection).problems == []
