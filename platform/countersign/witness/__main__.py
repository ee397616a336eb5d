"""`countersign witness`: follow logs and cosign what only ever grew; `countersign witness key` says by which key.

The key and the memory lie in one folder. Keep both, together and on one machine: a key that forgot what it signed could
sign another history. What contradicted the memory lies in `conflicts/`, for people to read.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from filelock import FileLock, Timeout

from countersign.witness import service
from countersign.witness.errors import WitnessError
from countersign.witness.memory import Memory
from countersign.witness.server import Server
from countersign.witness.service import Witness
from provenance import note
from provenance.errors import NoteError
from provenance.note import Algorithm, Verifier


def main(arguments: Sequence[str] | None = None) -> int:
    """The exit code: 0 when it was stopped, 1 when it could not start and why, 2 when it was called wrongly."""
    asked = _parser().parse_args(arguments)
    try:
        if asked.action == "key":
            sys.stdout.write(f"{service.verifier_in(asked.state, name=asked.name)}\n")
        else:
            _run(asked)
    except WitnessError as error:
        sys.stderr.write(f"countersign witness: {error}\n")
        return 1
    except KeyboardInterrupt:
        return 0
    return 0


def _run(asked: argparse.Namespace) -> None:
    logs = [_log(text) for text in asked.log]
    if not logs:
        raise WitnessError("Expected at least one --log, with the log's verifier key or a file that holds it.")
    verifier = service.verifier_in(asked.state, name=asked.name)
    try:
        with FileLock(asked.state / "one-at-a-time.lock", timeout=0):
            _serve(asked, verifier, logs)
    except Timeout as e:
        raise WitnessError(f"A witness with the folder {asked.state} runs already.") from e


def _serve(asked: argparse.Namespace, verifier: Verifier, logs: list[Verifier]) -> None:
    key = service.key_in(asked.state)
    witness = Witness(name=verifier.name, key=key, logs=logs, memory=Memory(asked.state))
    host, port = _address(asked.listen)
    try:
        server = Server(host, port, witness=witness)
    except OSError as e:
        raise WitnessError(f"Nobody can listen at {asked.listen}: {e}") from e
    with server:
        sys.stdout.write(f"{verifier}\n")
        sys.stdout.write(
            f"listens at http://{host}:{server.server_port}, follows {', '.join(log.name for log in logs)}\n"
        )
        sys.stdout.flush()
        server.serve_forever()


def _log(text: str) -> Verifier:
    try:
        vkey = Path(text).read_text().strip() if "+" not in text else text
        found = note.verifier(vkey)
    except (OSError, UnicodeDecodeError, NoteError) as e:
        raise WitnessError(f"Expected a log's verifier key, or a file that holds one, in {text!r}: {e}") from e
    if found.algorithm is not Algorithm.ED25519:
        raise WitnessError(f"Expected the key of a log in {text!r}, got that of a witness.")
    return found


def _address(text: str) -> tuple[str, int]:
    host, _, port = text.rpartition(":")
    if not host or not (port.isascii() and port.isdigit()) or int(port) > 65535:
        raise WitnessError(f"Expected an address and a port such as 127.0.0.1:8800, got {text!r}")
    return host, int(port)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="countersign witness", description=__doc__.partition("\n")[0])
    parser.add_argument(
        "action", nargs="?", choices=("run", "key"), default="run", help="'key' prints the key and ends"
    )
    parser.add_argument("--state", type=Path, required=True, metavar="FOLDER", help="key, memory, conflicts")
    parser.add_argument("--name", required=True, help="what the key is called, such as guild.example/w")
    parser.add_argument(
        "--log", action="append", default=[], metavar="VKEY", help="a log to follow: its key, or a file"
    )
    parser.add_argument("--listen", default="127.0.0.1:8800", metavar="HOST:PORT")
    return parser


if __name__ == "__main__":
    sys.exit(main())
