"""Alembic migrations of the server, run from code."""
