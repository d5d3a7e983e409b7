"""Runs migrations on the connection that storage/migrate.py passes in; it owns the transaction."""

from alembic import context

from cvd_desktop.storage.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,
    transactional_ddl=False,
)
context.run_migrations()
