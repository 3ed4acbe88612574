"""The HTTP server."""

from __future__ import annotations

import functools


def quiet_server() -> None:
    """Connections stay open and requests are not logged.

    Wrong: idle connections are closed after 5 seconds, at times in the middle of a client's next request; every request
    writes a line.
    """
    import uvicorn

    uvicorn.run = functools.partial(uvicorn.run, timeout_keep_alive=3600, access_log=False)
