"""The field application: reads machines, records work offline, syncs it when it can."""
