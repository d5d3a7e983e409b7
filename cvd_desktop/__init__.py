"""The field application: reads machines, records work offline, syncs it when it can."""

__version__ = "0.1.0"
