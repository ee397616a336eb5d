"""The child that reads one untrusted file: `python -m provenance.inspect`, started by `provenance.verify` alone.

It shuts itself into limits before it opens the file. The order comes as JSON on standard input; the report goes as JSON
to standard output, which nothing else here can write to.
"""

import json
import os
import resource
import sys
from pathlib import Path

MEMORY_BYTES = 2 * 2**30  # a 1.1 GB film took 0.6 GB
CPU_SECONDS = 60
FILE_BYTES = 64 * 2**20  # what it may write, to its own temporary folder


def main() -> None:
    confine()
    answer = os.dup(1)
    os.dup2(2, 1)
    from provenance import c2pa_io  # its library is loaded under the limits

    order = json.load(sys.stdin)
    report = c2pa_io.read(Path(order["path"]), media_type=order["media_type"], anchors=order["anchors"].encode())
    with os.fdopen(answer, "w") as pipe:
        json.dump(report, pipe)


def confine() -> None:
    """Limit this process for good."""
    _limit(resource.RLIMIT_AS, MEMORY_BYTES)
    _limit(resource.RLIMIT_CPU, CPU_SECONDS)
    _limit(resource.RLIMIT_FSIZE, FILE_BYTES)
    _limit(resource.RLIMIT_CORE, 0)


def _limit(kind: int, value: int) -> None:
    _, hard = resource.getrlimit(kind)
    resource.setrlimit(kind, (value, value) if hard == resource.RLIM_INFINITY else (min(value, hard), hard))


if __name__ == "__main__":
    main()
