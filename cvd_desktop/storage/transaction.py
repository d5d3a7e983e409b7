"""The type of an open transaction, for rooms above that pass it on and may not know SQLAlchemy."""

from typing import TypeAlias

from sqlalchemy import Connection

Transaction: TypeAlias = Connection
