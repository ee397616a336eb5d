"""The terms of a consent as Cedar policies, and the one module that speaks to Cedar.

The rules this module keeps:
1. The policies are parsed and checked against their schema once, when they are loaded.
2. There is one permission and exactly one named prohibition for each term of `TERMS`: a file left out, a name misspelt
   or a permission added does not load.
3. Their digest stands in every decision.
4. An error while deciding is never a yes: Cedar skips a prohibition that fails, so an answer with errors is undecided.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

import cedarpy

from consent.errors import PolicyError
from consent.types import ReasonCode
from provenance import canonical
from provenance.types import Json

FOLDER = Path(__file__).parent
SCHEMA = "schema.cedarschema"
PERMIT = "permitted"
TERMS = frozenset(
    {
        ReasonCode.CONSENT_NOT_ACTIVE,
        ReasonCode.CONSENT_WITHDRAWN,
        ReasonCode.CONSENT_NOT_YET_VALID,
        ReasonCode.CONSENT_EXPIRED,
        ReasonCode.OTHER_PRODUCTION,
        ReasonCode.USE_NOT_ALLOWED,
        ReasonCode.PART_NOT_ALLOWED,
        ReasonCode.SCENE_NOT_ALLOWED,
        ReasonCode.TERRITORY_NOT_ALLOWED,
        ReasonCode.MEDIUM_NOT_ALLOWED,
        ReasonCode.TRAINING_NOT_ALLOWED,
        ReasonCode.NO_BIOMETRIC_RELEASE,
        ReasonCode.RUNS_SPENT,
        ReasonCode.SCREEN_TIME_SPENT,
    }
)


@dataclass(frozen=True, slots=True)
class Rules:
    """Policies parsed and checked. `sha256` covers every policy file and the schema, by name and content."""

    sha256: str
    _policies: Any
    _schema: Any

    def failing(self, context: Mapping[str, Json], *, run: str, consent: str) -> tuple[ReasonCode, ...]:
        """Every term that `context` fails, in the order of `ReasonCode`; empty only when Cedar said a clear yes.

        POLICY_UNDECIDED is among them when Cedar could not decide or met an error on the way.
        """
        request = {
            "principal": {"type": "Run", "id": run},
            "action": {"type": "Action", "id": "make"},
            "resource": {"type": "Consent", "id": consent},
            "context": dict(context),
        }
        try:
            answer = cedarpy.is_authorized(request, self._policies, [], self._schema)
        except (ValueError, TypeError):
            return (ReasonCode.POLICY_UNDECIDED,)
        return _failing(answer)


def _failing(answer: cedarpy.AuthzResult) -> tuple[ReasonCode, ...]:
    names = set(answer.diagnostics.id_annotations_by_reason.values())
    if answer.allowed and names == {PERMIT} and not answer.diagnostics.errors:
        return ()
    failing = {term for term in TERMS if term.value in names}
    if not failing or answer.diagnostics.errors or answer.decision is not cedarpy.Decision.Deny:
        failing.add(ReasonCode.POLICY_UNDECIDED)
    return tuple(code for code in ReasonCode if code in failing)


@cache
def load(folder: Path = FOLDER) -> Rules:
    """The policies of `folder`, checked against its schema. Raises PolicyError."""
    files = {path.name: path.read_text() for path in sorted(folder.glob("*.cedar"))}
    schema = (folder / SCHEMA).read_text()
    text = "\n".join(files.values())
    try:
        policies = cedarpy.PolicySet.from_str(text)
        parsed = cedarpy.Schema.from_str(schema)
        found = cedarpy.validate_policies(text, schema)
    except ValueError as e:
        raise PolicyError(f"The policies in {folder} do not parse: {e}") from e
    if not found:
        raise PolicyError(f"The policies do not match their schema: {'; '.join(map(str, found.errors))}")
    _check_complete(text)
    return Rules(_digest({**files, SCHEMA: schema}), policies, parsed)


def _check_complete(text: str) -> None:
    """One permission and one prohibition per term, each by its name."""
    said = json.loads(cedarpy.policies_to_json_str(text))
    expected = sorted([("permit", PERMIT), *(("forbid", term.value) for term in TERMS)])
    found = sorted((p["effect"], p.get("annotations", {}).get("id", "")) for p in said["staticPolicies"].values())
    if found != expected or said["templates"]:
        odd = sorted(set(found) ^ set(expected)) or "the same name twice, or a template"
        raise PolicyError(f"Expected one permission and one prohibition per term; these differ: {odd}")


def _digest(files: Mapping[str, str]) -> str:
    return canonical.sha256({name: sha256(text.encode()).hexdigest() for name, text in files.items()})
