"""A shorter way through SQLAlchemy for the many small statements of a history on SQLite.

What the programs ask, the SQL that is made of it, and what comes back are the same. Left out is
what SQLAlchemy does around a statement each time: it takes longer over that than SQLite over all.
Whatever is not plain (RETURNING, rows that stream) goes the usual way.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy.engine import Connection, Row
from sqlalchemy.engine.result import SimpleResultMetaData
from sqlalchemy.exc import MultipleResultsFound, NoResultFound
from sqlalchemy.sql.dml import Delete, Insert, Update
from sqlalchemy.sql.selectable import CompoundSelect, Select

_PLAIN = (Select, CompoundSelect, Insert, Update, Delete)
_execute, _exec_driver_sql = Connection.execute, Connection.exec_driver_sql

Processors = list[Callable[[Any], Any] | None]


@dataclass(slots=True)
class Columns:
    """How the rows of a statement are made of what the driver gives."""

    meta: SimpleResultMetaData
    processors: Processors | None

    def row(self, data: Sequence[Any]) -> Row[Any]:
        return Row(self.meta, self.processors, self.meta._key_to_index, data)  # type: ignore[arg-type]


@dataclass(slots=True)
class Plan:
    """A statement as SQLite takes it: `places` tell of each `?` its name, the number of its value
    in the statement, and what makes it a value of the driver."""

    sql: str
    places: list[tuple[str, int | None, Any, Callable[[Any], Any] | None]]
    columns: Columns | None

    def made_for(self, told: Mapping[str, Any], extracted: Sequence[Any]) -> tuple[str, Any]:
        """The SQL for these values, and the values as the driver takes them."""
        return self.sql, self.values(told, extracted)

    def values(self, told: Mapping[str, Any], extracted: Sequence[Any]) -> tuple[Any, ...]:
        found = []
        for name, at, bound, process in self.places:
            if name in told:
                value = told[name]
            else:
                value = (bound if at is None else extracted[at]).effective_value
            found.append(value if process is None else process(value))
        return tuple(found)


@dataclass(slots=True)
class ListPlan(Plan):
    """A statement with lists in it: its `?` are as many as their values."""

    compiled: Any

    def made_for(self, told: Mapping[str, Any], extracted: Sequence[Any]) -> tuple[str, Any]:
        compiled = self.compiled
        values = compiled.construct_params(told, extracted_parameters=extracted, escape_names=False)
        state = compiled._process_parameters_for_postcompile(values)  # which fills them in as well
        processors = {**compiled._bind_processors, **state.processors}
        return state.statement, tuple(
            processors[name](values[name]) if name in processors else values[name]
            for name in state.positiontup
        )


class Found:
    """As much of sqlalchemy.Result as the programs use."""

    __slots__ = ("_columns", "_data", "rowcount")

    def __init__(self, columns: Columns | None, data: list[Any], rowcount: int) -> None:
        self._columns, self._data, self.rowcount = columns, data, rowcount

    def __iter__(self) -> Iterator[Any]:
        return iter(self.all())

    def all(self) -> list[Any]:
        assert self._columns is not None
        return [self._columns.row(each) for each in self._data]

    def first(self) -> Any:
        assert self._columns is not None
        return self._columns.row(self._data[0]) if self._data else None

    def one_or_none(self) -> Any:
        if len(self._data) > 1:
            raise MultipleResultsFound("more than one row")
        return self.first()

    def one(self) -> Any:
        if not self._data:
            raise NoResultFound("no row")
        return self.one_or_none()

    def scalar(self) -> Any:
        row = self.first()
        return None if row is None else row[0]

    def scalar_one(self) -> Any:
        return self.one()[0]

    def scalar_one_or_none(self) -> Any:
        row = self.one_or_none()
        return None if row is None else row[0]

    def scalars(self) -> "Changed":
        return Changed(self, lambda row: row[0])

    def mappings(self) -> "Changed":
        return Changed(self, lambda row: row._mapping)

    def close(self) -> None:
        """Everything was fetched."""


class Changed:
    """The first column of each row, or each row as a mapping."""

    __slots__ = ("_change", "_found")

    def __init__(self, found: Found, change: Callable[[Any], Any]) -> None:
        self._found, self._change = found, change

    def __iter__(self) -> Iterator[Any]:
        return iter(self.all())

    def all(self) -> list[Any]:
        return [self._change(row) for row in self._found.all()]

    def first(self) -> Any:
        row = self._found.first()
        return None if row is None else self._change(row)

    def one_or_none(self) -> Any:
        row = self._found.one_or_none()
        return None if row is None else self._change(row)

    def one(self) -> Any:
        return self._change(self._found.one())


_PLANS: dict[Any, Plan | None] = {}
_COLUMNS: dict[tuple[str, ...], Columns] = {}


@contextmanager
def quick_sql() -> Iterator[None]:
    """Inside the block statements on SQLite take the shorter way."""
    Connection.execute = _quick_execute  # type: ignore[method-assign,assignment]
    Connection.exec_driver_sql = _quick_driver_sql  # type: ignore[method-assign,assignment]
    try:
        yield
    finally:
        Connection.execute = _execute  # type: ignore[method-assign]
        Connection.exec_driver_sql = _exec_driver_sql  # type: ignore[method-assign]
        _PLANS.clear()


def _may_be_quick(connection: Connection) -> bool:
    begun = connection._nested_transaction or connection._transaction
    return (
        connection.dialect.name == "sqlite"
        and begun is not None
        and begun.is_active
        and connection._dbapi_connection is not None
        and "yield_per" not in connection._execution_options
    )


def _quick_driver_sql(self: Connection, statement: str, parameters: Any = None, **more: Any) -> Any:
    if more or not _may_be_quick(self):
        return _exec_driver_sql(self, statement, parameters, **more)
    return _run(self, statement, () if parameters is None else parameters, None)


def _quick_execute(self: Connection, statement: Any, parameters: Any = None, **more: Any) -> Any:
    plain = isinstance(statement, _PLAIN) and not more and not statement._execution_options
    if not plain or not _may_be_quick(self):
        return _execute(self, statement, parameters, **more)
    many = isinstance(parameters, list) and len(parameters) > 1
    one: Mapping[str, Any] = parameters or {}
    if isinstance(parameters, list):
        one = parameters[0] if parameters else {}
    cached = statement._generate_cache_key()
    if cached is None or cached.params:
        return _execute(self, statement, parameters)
    names = tuple(sorted(one))
    key = (self.dialect, cached.key, names, many)
    try:
        plan = _PLANS[key]
    except KeyError:
        result = _execute(self, statement, parameters)
        _PLANS[key] = _plan_of(self, statement, names, many=many)
        return result
    if plan is None:
        return _execute(self, statement, parameters)
    if many:
        every = [plan.values(each, cached.bindparams) for each in parameters]
        return _run(self, plan.sql, every, plan.columns)
    return _run(self, *plan.made_for(one, cached.bindparams), plan.columns)


def _run(connection: Connection, sql: str, values: Any, columns: Columns | None) -> Found:
    proxied: Any = connection._dbapi_connection
    dialect: Any = connection.dialect
    cursor = proxied.dbapi_connection.cursor()
    try:
        if isinstance(values, list):
            dialect.do_executemany(cursor, sql, values, None)
        else:
            dialect.do_execute(cursor, sql, values, None)
        described = cursor.description
        data = [] if described is None else cursor.fetchall()
    except BaseException as error:  # noqa: BLE001 - it knows what to do with each
        connection._handle_dbapi_exception(error, sql, values, cursor, None)
    if described is not None and columns is None:
        columns = _columns_of(tuple(each[0] for each in described))
    count = cursor.rowcount
    cursor.close()
    return Found(columns, data, count)


def _columns_of(names: tuple[str, ...]) -> Columns:
    if names not in _COLUMNS:
        _COLUMNS[names] = Columns(SimpleResultMetaData(names), None)
    return _COLUMNS[names]


def _plan_of(
    connection: Connection, statement: Any, names: tuple[str, ...], *, many: bool
) -> Plan | None:
    """None for what is not plain."""
    dialect = connection.dialect
    compiled, *_ = statement._compile_w_cache(
        dialect, compiled_cache=connection.engine._compiled_cache, column_keys=list(names),
        for_executemany=many, schema_translate_map=None,
    )  # fmt: skip
    has_lists = bool(compiled.post_compile_params)
    odd = (
        compiled.literal_execute_params
        or (has_lists and many)
        or compiled.insert_prefetch
        or compiled.update_prefetch
        or compiled.effective_returning
        or compiled.escaped_bind_names
    )
    if odd or not compiled.positional:
        return None
    columns = _columns_of_compiled(compiled, dialect)
    if has_lists:
        return ListPlan("", [], columns, compiled)
    places = []
    for name in compiled.positiontup:
        bound = next(each for each, known in compiled.bind_names.items() if known == name)
        at = next((at for at, same in enumerate(_same(compiled)) if bound in same), None)
        places.append((bound.key, at, bound, compiled._bind_processors.get(name)))
    return Plan(compiled.string, places, columns)


def _same(compiled: Any) -> list[Any]:
    """For each value of the statement the places of the SQL that it stands for."""
    match, _ = compiled._cache_key_bind_match
    return [match[each] for each in compiled.cache_key.bindparams]


def _columns_of_compiled(compiled: Any, dialect: Any) -> Columns | None:
    entries = compiled._result_columns
    if not entries:
        return None
    processors = [each.type._cached_result_processor(dialect, None) for each in entries]
    meta = SimpleResultMetaData(tuple(each.keyname for each in entries))
    return Columns(meta, processors if any(processors) else None)
