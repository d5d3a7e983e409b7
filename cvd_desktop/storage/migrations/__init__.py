"""Migrations of the local database, run from code by storage/migrate.py."""
