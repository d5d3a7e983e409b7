"""One database of PostgreSQL for many tests: emptied after each, made anew where one changed it.

A copy of a template takes longer than most tests, and hundreds of them fill the disk.
"""

from dataclasses import dataclass, field

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict

from tests.support.postgres import new_database, plain

_TABLES = "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1"
_SEQUENCES = "SELECT sequencename FROM pg_sequences WHERE schemaname = 'public'"
_SHAPE = """
SELECT (SELECT string_agg(relname || relkind::text, ',' ORDER BY relname) FROM pg_class
        WHERE relnamespace = 'public'::regnamespace),
       (SELECT string_agg(tgname || tgenabled::text, ',' ORDER BY tgname) FROM pg_trigger),
       (SELECT count(*) FROM pg_constraint),
       (SELECT count(*) FROM pg_attribute WHERE attrelid IN
        (SELECT oid FROM pg_class WHERE relnamespace = 'public'::regnamespace)),
       (SELECT string_agg(prosrc, ',' ORDER BY proname) FROM pg_proc
        WHERE pronamespace = 'public'::regnamespace),
       (SELECT string_agg(version_num, ',') FROM alembic_version)
"""
_LEAVE = "alembic_version"


@dataclass
class Reused:
    """`template` is the name of a database of the cluster that has the tables and no user."""

    cluster: str
    template: str
    _spare: str | None = None
    _shape: tuple[object, ...] = ()
    _facts: list[tuple[str, str]] = field(default_factory=list)  # of its server_meta

    def take(self) -> str:
        """The URL of a database as the template is."""
        url, self._spare = self._spare, None
        if url is not None:
            return url
        url = new_database(self.cluster, self.template)
        with psycopg.connect(plain(url)) as connection:
            self._shape = _shape_of(connection)
            self._facts = connection.execute("SELECT k, v FROM server_meta").fetchall()
        return url

    def give_back(self, url: str) -> None:
        """Empty it for the next one; one that is not as it was is thrown away."""
        name = str(conninfo_to_dict(plain(url))["dbname"])
        with psycopg.connect(plain(self.cluster), autocommit=True) as connection:
            connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [name]
            )
            if self._spare is None and self._emptied(url):
                self._spare = url
            else:
                drop = sql.SQL("DROP DATABASE {} WITH (FORCE)")
                connection.execute(drop.format(sql.Identifier(name)))

    def _emptied(self, url: str) -> bool:
        with psycopg.connect(plain(url)) as connection:
            if _shape_of(connection) != self._shape:
                return False
            connection.execute("SET session_replication_role = replica")  # no trigger, no key
            for (table,) in connection.execute(_TABLES).fetchall():
                if table != _LEAVE:
                    connection.execute(sql.SQL("DELETE FROM {}").format(sql.Identifier(table)))
            for (sequence,) in connection.execute(_SEQUENCES).fetchall():
                restart = sql.SQL("ALTER SEQUENCE {} RESTART")
                connection.execute(restart.format(sql.Identifier(sequence)))
            with connection.cursor() as cursor:
                cursor.executemany("INSERT INTO server_meta (k, v) VALUES (%s, %s)", self._facts)
            return True


def _shape_of(connection: psycopg.Connection) -> tuple[object, ...]:
    row = connection.execute(_SHAPE).fetchone()
    assert row is not None
    return row
