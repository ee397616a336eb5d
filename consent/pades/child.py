"""The child that reads one untrusted document: `python -m consent.pades.child`, started by `consent.pades.confined`.

It shuts itself into limits before it loads what reads the file. The order comes as JSON on standard input; the answer
goes as JSON to standard output, which nothing else here can write to.
"""

import base64
import json
import os
import resource
import sys
from datetime import datetime
from typing import Any

MEMORY_BYTES = 2**30  # a signed consent took 0.2 GB, the libraries included
CPU_SECONDS = 20
OPEN_FILES = 64


def main() -> None:
    confine()
    answer = os.dup(1)
    os.dup2(2, 1)
    said = json.dumps(answered(json.load(sys.stdin)))
    with os.fdopen(answer, "w") as pipe:
        pipe.write(said)


def confine() -> None:
    """Limit this process for good."""
    for kind, value in (
        (resource.RLIMIT_AS, MEMORY_BYTES),
        (resource.RLIMIT_CPU, CPU_SECONDS),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_NOFILE, OPEN_FILES),
        (resource.RLIMIT_CORE, 0),
    ):
        _, hard = resource.getrlimit(kind)
        resource.setrlimit(kind, (value, value) if hard == resource.RLIM_INFINITY else (min(value, hard), hard))


def answered(order: dict[str, Any]) -> Any:
    """The answer to an order, as plain JSON."""
    from consent.errors import ConsentError  # the libraries are loaded under the limits
    from consent.pades import attached, confined, verify
    from consent.pins import Pins

    if "attached" in order:
        found = attached(base64.b64decode(order["pdf"]), order["attached"])
        return {"content": base64.b64encode(found).decode() if found else None}
    offered = order["offered"]
    try:
        answer = verify(
            base64.b64decode(order["pdf"]),
            pins=Pins.from_json(order["pins"]),
            now=datetime.fromisoformat(order["now"]),
            offered=None if offered is None else base64.b64decode(offered),
        )
    except ConsentError as e:
        return {"error": str(e)}
    return confined.written(answer)


if __name__ == "__main__":
    main()
