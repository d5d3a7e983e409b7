"""Alembic's entry: migrates the connection that `upgrade.py` hands over, in its transaction."""

from alembic import context

from cvd_server.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,
)
context.run_migrations()
