"""How good is a finished clip: `python -m synthesis.measure OUTPUT --plate CLIP --likeness STILLS --performer STILLS`.

Prints the measures of `quality.measure` as JSON. Needs nothing but the files.
"""

import argparse
import dataclasses
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from synthesis import faces, quality
from synthesis.errors import SynthesisError
from synthesis.types import Quality


def measure(output: Path, *, plate: Path, likeness: Sequence[Path], performer: Sequence[Path]) -> Quality:
    """Measure `output` against its plate and stills of both performers. Raises SynthesisError."""
    templates = [faces.enrol([still.read_bytes() for still in stills]) for stills in (likeness, performer)]
    return quality.measure(output, plate=plate, likeness=templates[0], performer=templates[1])


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("output", type=Path)
    parser.add_argument("--plate", type=Path, required=True)
    parser.add_argument("--likeness", type=Path, nargs="+", required=True)
    parser.add_argument("--performer", type=Path, nargs="+", required=True)
    asked = parser.parse_args()
    try:
        found = measure(asked.output, plate=asked.plate, likeness=asked.likeness, performer=asked.performer)
    except SynthesisError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    sys.stdout.write(json.dumps({key: round(value, 4) for key, value in dataclasses.asdict(found).items()}) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
