"""The line to the server."""

import sys

# httpx imports its own command line where it can: 6 MB of rich and pygments that nobody here needs.
sys.modules.setdefault("httpx._main", None)  # type: ignore[arg-type]
