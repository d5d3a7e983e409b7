"""Many small records of one scope, for tests of snapshots and repairs."""

from collections.abc import Iterable

from cvd_server.change_feed import change_feed
from cvd_shared.wire_records import ProductRecord
from tests.support.servers import LocalServer
from tests.support.small_operator import SmallOperator


def products(numbers: Iterable[int], name: str = "Bar") -> list[ProductRecord]:
    return [ProductRecord(id=f"q{n:05}", sku=f"{n:05}", name=f"{name} {n}") for n in numbers]


def put_products(
    server: LocalServer, small: SmallOperator, numbers: Iterable[int], name: str = "Bar"
) -> None:
    """They stand in the scope `catalog`."""
    with (
        server.database.write() as connection,
        change_feed(connection, small.operator_id, server.services.now()) as feed,
    ):
        feed.put(products(numbers, name))


def remove_products(server: LocalServer, small: SmallOperator, numbers: Iterable[int]) -> None:
    with (
        server.database.write() as connection,
        change_feed(connection, small.operator_id, server.services.now()) as feed,
    ):
        feed.remove("product", [f"q{n:05}" for n in numbers])
