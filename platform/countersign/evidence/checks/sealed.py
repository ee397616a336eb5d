"""Are the personal values that the log only commits to those that the bundle discloses?"""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from countersign.evidence.bundle import OPENINGS, Line
from countersign.evidence.case import Case, opens
from countersign.evidence.findings import Finding, Part

PART = Part(name="What the log keeps sealed")


def check(case: Case) -> Iterator[Finding]:
    sealed = {
        str(commitment): (line, str(field))
        for line in case.lines
        for field, commitment in sorted(dict(line.body.get("sealed") or {}).items())
    }
    disclosed = case.bundle.openings
    for commitment, (line, field) in sealed.items():
        if commitment in disclosed:
            yield _opened(disclosed[commitment], line=line, field=field)
    for commitment in disclosed.keys() - sealed.keys():
        yield PART.fails(
            f"A {disclosed[commitment]['field']} is disclosed that no entry in the bundle seals.", OPENINGS
        )
    closed = len(sealed.keys() - disclosed.keys())
    if closed or not sealed:
        yield PART.leaves_open(f"{closed} values stay sealed: they are withheld, or were erased.")


def _opened(one: Mapping[str, Any], *, line: Line, field: str) -> Finding:
    return PART.judged(
        one["field"] == field and opens(one),
        f"Entry {line.index} seals this {field}: {json.dumps(one['value'], ensure_ascii=False)[:120]}",
        f"Entry {line.index} seals another {field} than the one disclosed.",
        member=OPENINGS,
    )
