"""Run the embedded server by itself: `python -m stepaside.store.embedded hold DIR`.

It prints the owner's URL on one line when the server is ready, and stops it at the end
of standard input, at Ctrl-C or when it is terminated.
"""

import argparse
import signal
import sys
import time
from pathlib import Path

from stepaside.store.embedded import EmbeddedServer, EmbeddedServerError


def main() -> int:
    """Start, say so, wait, stop. Returns the exit status."""
    options = _parser().parse_args()
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    server = EmbeddedServer(
        options.data_dir, binaries=options.binaries, fast=options.fast
    )
    begun = time.monotonic()
    try:
        with server:
            sys.stderr.write(f"ready after {time.monotonic() - begun:.2f} s\n")
            sys.stdout.write(f"{server.start()}\n")
            sys.stdout.flush()
            sys.stdin.read()
    except KeyboardInterrupt:
        pass
    except EmbeddedServerError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m stepaside.store.embedded")
    parser.add_argument("command", choices=["hold"], help="run it until told to stop")
    parser.add_argument("data_dir", type=Path, help="its files")
    parser.add_argument("--binaries", type=Path, help="folder of postgres and initdb")
    parser.add_argument("--fast", action="store_true", help="data to throw away")
    return parser


if __name__ == "__main__":
    sys.exit(main())
