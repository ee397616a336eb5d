"""`countersign tsa`: a small time-stamp authority for trials (RFC 3161). Others pin the root.pem in its folder."""

import argparse
import signal
import sys
from datetime import UTC, datetime
from pathlib import Path

from countersign.tsa.authority import Authority, AuthorityError
from countersign.tsa.server import Server


def main(argv: list[str]) -> int:
    """Serve until told to stop; 0 then, 2 if there is nothing to serve with."""
    asked = _arguments(argv)
    signal.signal(signal.SIGTERM, _stop)
    try:
        authority = Authority.kept(asked.state, now=datetime.now(UTC))
        with Server(asked.listen, authority) as server:
            sys.stdout.write(f"time-stamps at {server.url}, root in {asked.state / 'root.pem'}\n")
            sys.stdout.flush()
            server.serve_forever()
    except (AuthorityError, OSError) as error:
        sys.stderr.write(f"no time-stamps: {error}\n")
        return 2
    except KeyboardInterrupt:
        return 0
    return 0


def _arguments(argv: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="countersign tsa", description=__doc__)
    parser.add_argument("--state", type=Path, required=True, help="the folder of its key and root, made if need be")
    parser.add_argument(
        "--listen", type=_address, default=("127.0.0.1", 8318), help="host:port, default 127.0.0.1:8318"
    )
    return parser.parse_args(argv)


def _address(text: str) -> tuple[str, int]:
    host, _, port = text.rpartition(":")
    if not host or not port.isdecimal() or int(port) > 65535:
        raise argparse.ArgumentTypeError(f"expected host:port, got {text!r}")
    return host, int(port)


def _stop(*_: object) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
