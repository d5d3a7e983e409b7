"""Rules of the server that a newcomer could forget: operators first, completeness.

Who may call what: test_permission_walk.py.
"""

from typing import Any, get_args

import pytest
from pydantic import BaseModel
from sqlalchemy import PrimaryKeyConstraint, UniqueConstraint

from cvd_server import tables
from cvd_server.event_handlers import HANDLERS
from cvd_server.records import KINDS
from cvd_shared.permissions import Right, Role, may
from cvd_shared.wire_events import EVENTS
from cvd_shared.wire_records import RECORDS
from tests.support.servers import LocalServer
from tests.support.small_operator import SmallOperator

NOT_ON_THE_WIRE = {"operator_id", "ver", "removed", "changed_at"}


def test_an_endpoint_that_declares_nothing_is_refused(
    server: LocalServer, small: SmallOperator
) -> None:
    server.app.add_url_rule("/api/v1/forgotten", "forgotten", lambda: "open!")
    answer = server.session("admin").http.get("/api/v1/forgotten")
    assert (answer.status_code, answer.json()["error"]["code"]) == (403, "not_allowed")
    assert server.http().get("/api/v1/forgotten").status_code == 401


def test_every_right_has_a_role() -> None:
    assert [right for right in Right if not any(may(role, right) for role in Role)] == []


@pytest.mark.parametrize("name", sorted(set(tables.metadata.tables) - {"server_meta"}))
def test_the_operator_comes_first(name: str) -> None:
    """So that the same tables work on a PostgreSQL that is sharded by operator."""
    constraints = [
        constraint
        for constraint in tables.metadata.tables[name].constraints
        if isinstance(constraint, PrimaryKeyConstraint | UniqueConstraint)
    ]
    assert constraints
    for constraint in constraints:
        assert next(iter(constraint.columns)).name == "operator_id"


def test_every_kind_of_record_has_its_table() -> None:
    assert set(KINDS) == set(RECORDS), "a kind without its line in records.py"
    for kind in KINDS.values():
        columns = {column.name for column in kind.table.columns} - NOT_ON_THE_WIRE
        missing = set(kind.fields) - columns
        assert not missing, f"{kind.model.KIND}: the table lacks {missing}"


def test_every_event_has_its_handler() -> None:
    assert set(EVENTS.values()) == set(HANDLERS), "an event without its line in event_handlers.py"


def parts_of(annotation: Any) -> set[type[BaseModel]]:
    """A model and those within it."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        fields = annotation.model_fields.values()
        return {annotation}.union(*(parts_of(field.annotation) for field in fields))
    return set[type[BaseModel]]().union(*map(parts_of, get_args(annotation)))


@pytest.mark.parametrize("kind", sorted(RECORDS))
def test_a_laptop_reads_records_of_a_newer_server(kind: str) -> None:
    for part in parts_of(RECORDS[kind]):
        assert part.model_config.get("extra") == "ignore", part
        assert not part.model_config.get("strict"), part
