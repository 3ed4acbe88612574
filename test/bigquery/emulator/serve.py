"""Starts local-bigquery on the loopback interface, without a network, as a BigQuery to test against.

    python serve.py --host 127.0.0.1 --data-dir DIR --port PORT --grpc-port PORT

Needs Python 3.12 or 3.13 with the packages of requirements.txt. Port 0 takes a free one; the line
"Uvicorn running on http://127.0.0.1:PORT" on stderr names it and says that requests are answered from now on.

With HARVEST_BQ_ENDS_WITH_STDIN=1 it ends when its standard input does, that is with the process that started it, however
that one ends.

Three things are put right here, all others in the package `patches`:

- DuckDB fetches its extensions at run time. Here they come from PyPI packages and lie where DuckDB looks for them, in a
  home folder of this process. They are linked, since they take 138 MB.
- SIGTERM ends the process in order, so that the home folder goes with it.
- the emulator's own defaults would listen on every interface; the caller passes the host.
"""

from __future__ import annotations

import importlib
import os
import shutil
import signal
import sys
import tempfile
import threading
from pathlib import Path

EXTENSIONS = ("ducklake", "icu", "spatial")


def extension_folder(home: Path) -> Path:
    """Returns the folder below a home folder in which this DuckDB looks for its extensions."""
    import duckdb

    platform = duckdb.sql("PRAGMA platform").fetchone()[0]
    return home / ".duckdb" / "extensions" / f"v{duckdb.__version__}" / platform


def place_extensions(home: Path) -> None:
    """Links the extensions that the PyPI packages brought to where DuckDB looks for them."""
    import duckdb

    folder = extension_folder(home)
    folder.mkdir(parents=True)
    for name in EXTENSIONS:
        package = Path(importlib.import_module(f"duckdb_extension_{name}").__file__).parent
        source = package / "extensions" / f"v{duckdb.__version__}" / f"{name}.duckdb_extension"
        os.symlink(source, folder / source.name)


def serve() -> int:
    """Serves until a signal comes."""
    import patches

    patches.apply()
    from local_bigquery import cli

    return cli.main() or 0


def end_with_stdin() -> None:
    """Ends this process in order once nobody holds the other end of its standard input any more."""
    sys.stdin.buffer.read()
    os.kill(os.getpid(), signal.SIGTERM)


def main() -> int:
    home = Path(tempfile.mkdtemp(prefix="harvest-bq-emulator-home-"))
    os.environ["HOME"] = str(home)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    if os.environ.get("HARVEST_BQ_ENDS_WITH_STDIN") == "1":
        threading.Thread(target=end_with_stdin, daemon=True).start()
    try:
        place_extensions(home)
        return serve()
    finally:
        shutil.rmtree(home, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
