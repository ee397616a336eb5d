"""The terms of a consent as Cedar policies, and the one module that speaks to Cedar.

The rules this module keeps:
1. The policies are parsed and checked against their schema once for each digest.
2. There is one permission and exactly one named prohibition for each term of `TERMS` and each use of `PROHIBITED`: a
   file left out, a name misspelt or a permission added does not load. Only what `OPTIONAL` names may be switched off.
3. Their digest stands in every decision. It covers policies, headers, schema and choices, by name and content.
4. Policies judge by the context alone, so that contexts alike have answers alike: one that looks at who asks, or at
   which consent, does not load.
5. An error while deciding is never a yes: Cedar skips a prohibition that fails, so an answer with errors is undecided.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Any

import cedarpy

from consent.errors import PolicyError
from consent.policy import packs
from consent.policy.packs import CHOICES, Choices, Pack
from consent.types import ReasonCode
from provenance import canonical
from provenance.types import Json

FOLDER = Path(__file__).parent
SCHEMA = "schema.cedarschema"
KINDS = (".cedar", ".cedarschema", ".toml", ".json")
PERMIT = "permitted"
ASK, MAKE = "ask", "make"
OPTIONAL = frozenset({ReasonCode.LICENCE_TOO_LONG})
PROHIBITED = frozenset({ReasonCode.SEXUAL_CONTENT, ReasonCode.POLITICAL_DECEPTION, ReasonCode.FRAUD})
TERMS = frozenset(
    {
        ReasonCode.CONSENT_NOT_ACTIVE,
        ReasonCode.CONSENT_WITHDRAWN,
        ReasonCode.CONSENT_SUSPENDED,
        ReasonCode.CONSENT_AMENDED,
        ReasonCode.CONSENT_NOT_YET_VALID,
        ReasonCode.CONSENT_EXPIRED,
        ReasonCode.NOTICE_TOO_SHORT,
        ReasonCode.OTHER_PRODUCTION,
        ReasonCode.USE_NOT_ALLOWED,
        ReasonCode.PART_NOT_ALLOWED,
        ReasonCode.SCENE_NOT_ALLOWED,
        ReasonCode.TERRITORY_NOT_ALLOWED,
        ReasonCode.MEDIUM_NOT_ALLOWED,
        ReasonCode.OUTPUT_CLASS_NOT_ALLOWED,
        ReasonCode.LANGUAGE_NOT_ALLOWED,
        ReasonCode.ADVERTISER_NOT_ALLOWED,
        ReasonCode.PRODUCT_LINE_NOT_ALLOWED,
        ReasonCode.SCRIPT_MISSING,
        ReasonCode.SCRIPT_DIFFERS,
        ReasonCode.TRAINING_NOT_ALLOWED,
        ReasonCode.NO_BIOMETRIC_RELEASE,
        ReasonCode.ALTERATION_NOT_ALLOWED,
        ReasonCode.CONTEXT_PROHIBITED,
        ReasonCode.REUSE_NOT_ALLOWED,
        ReasonCode.RUNS_SPENT,
        ReasonCode.SCREEN_TIME_SPENT,
        ReasonCode.LEVEL_TOO_LOW,
        ReasonCode.LEVEL_TOO_LOW_FOR_TRAINING,
        ReasonCode.CLAUSE_VOID,
        ReasonCode.LICENCE_TOO_LONG,
        ReasonCode.MINOR_WITHOUT_GUARDIAN,
        ReasonCode.CAME_OF_AGE,
        ReasonCode.DECEASED_WITHOUT_ESTATE,
        ReasonCode.ENDED_BY_DEATH,
        ReasonCode.LIVE_NOT_NAMED,
        ReasonCode.MINOR_NUDITY,
        ReasonCode.UNION_ON_STRIKE,
    }
)


@dataclass(frozen=True, slots=True)
class Rules:
    """Policies parsed and checked. `packs` are all that came, those switched off too; `stands_on` says in which pack
    each prohibition is, by its code."""

    sha256: str
    packs: tuple[Pack, ...]
    choices: Choices
    stands_on: Mapping[ReasonCode, Pack]
    _policies: Any
    _schema: Any

    def failing(self, context: Mapping[str, Json], *, run: str, consent: str) -> tuple[ReasonCode, ...]:
        """Every term that `context` fails, in the order of `ReasonCode`; empty only when Cedar said a clear yes.

        POLICY_UNDECIDED is among them when Cedar could not decide or met an error on the way.
        """
        return self._asked(MAKE, context, run=run, resource={"type": "Consent", "id": consent})

    def prohibited(self, asked: Mapping[str, Json], *, run: str, production: str) -> tuple[ReasonCode, ...]:
        """Why no consent could permit what is asked, likewise; empty only when Cedar said a clear yes."""
        return self._asked(ASK, {"request": dict(asked)}, run=run, resource={"type": "Production", "id": production})

    def _asked(
        self, action: str, context: Mapping[str, Json], *, run: str, resource: Mapping[str, str]
    ) -> tuple[ReasonCode, ...]:
        request = {
            "principal": {"type": "Run", "id": run},
            "action": {"type": "Action", "id": action},
            "resource": dict(resource),
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
    failing = {term for term in TERMS | PROHIBITED if term.value in names}
    if not failing or answer.diagnostics.errors or answer.decision is not cedarpy.Decision.Deny:
        failing.add(ReasonCode.POLICY_UNDECIDED)
    return tuple(code for code in ReasonCode if code in failing)


def files(folder: Path = FOLDER) -> dict[str, str]:
    """The files that rules are made of, by name."""
    return {path.name: path.read_text() for path in sorted(folder.iterdir()) if path.suffix in KINDS}


@cache
def load(folder: Path = FOLDER) -> Rules:
    """The rules in `folder`. Raises PolicyError."""
    return parse(files(folder))


def digest(found: Mapping[str, str]) -> str:
    """The digest of the rules that these files hold."""
    return canonical.sha256({name: sha256(text.encode()).hexdigest() for name, text in found.items()})


def parse(found: Mapping[str, str]) -> Rules:
    """The rules that these files hold, checked against their schema. Raises PolicyError."""
    return _parsed(tuple(sorted(found.items())))


@lru_cache(maxsize=16)
def _parsed(found: tuple[tuple[str, str], ...]) -> Rules:
    named = dict(found)
    headers = tuple(_headers(named))
    choices = packs.chosen(_text(named, CHOICES))
    known = {pack.name for pack in headers}
    if not set(choices.off) <= known or len(set(choices.off)) != len(choices.off):
        raise PolicyError(f"{CHOICES} switches off what is not there: {', '.join(choices.off)}")
    texts = {pack.name: _text(named, f"{pack.name}.cedar") for pack in headers}
    in_force = "\n".join(text for name, text in texts.items() if name not in choices.off)
    policies, schema = _checked("\n".join(texts.values()), in_force, _text(named, SCHEMA))
    stands_on = _stands_on(headers, texts)
    _check_complete(headers, texts, choices)
    return Rules(digest(named), headers, choices, stands_on, policies, schema)


def _text(found: Mapping[str, str], name: str) -> str:
    try:
        return found[name]
    except KeyError as e:
        raise PolicyError(f"The rules are not whole: {name} is missing.") from e


def _headers(found: Mapping[str, str]) -> Iterator[Pack]:
    for name, text in found.items():
        stem, _, kind = name.rpartition(".")
        if kind == "toml":
            yield packs.read(stem, text)
        elif not (name in (SCHEMA, CHOICES) or (kind == "cedar" and f"{stem}.toml" in found)):
            raise PolicyError(f"{name} belongs to no rule pack.")


def _checked(every: str, in_force: str, schema: str) -> tuple[Any, Any]:
    """All packs must fit the schema, also those that are off."""
    try:
        policies = cedarpy.PolicySet.from_str(in_force)
        parsed = cedarpy.Schema.from_str(schema)
        found = cedarpy.validate_policies(every, schema)
    except ValueError as e:
        raise PolicyError(f"The policies do not parse: {e}") from e
    if not found:
        raise PolicyError(f"The policies do not match their schema: {'; '.join(map(str, found.errors))}")
    return policies, parsed


def _named(text: str) -> list[tuple[str, str]]:
    """What each policy does and by which name; "template" is one of neither. Raises PolicyError."""
    said = json.loads(cedarpy.policies_to_json_str(text))
    if not all(map(_judges_by_context, said["staticPolicies"].values())):
        raise PolicyError("A policy looks at who asks or at which consent: only the context counts.")
    found = [(str(p["effect"]), str(p.get("annotations", {}).get("id", ""))) for p in said["staticPolicies"].values()]
    return [*found, *(("template", name) for name in said["templates"])]


def _judges_by_context(one: Mapping[str, Any]) -> bool:
    free = one["effect"] == "permit" or all(one[name] == {"op": "All"} for name in ("principal", "resource"))
    said = json.dumps(one["conditions"])  # quotes within texts are escaped in it, so these are variables
    return free and not any(f'"Var": "{name}"' in said for name in ("principal", "resource"))


def _stands_on(headers: tuple[Pack, ...], texts: Mapping[str, str]) -> dict[ReasonCode, Pack]:
    by_value = {code.value: code for code in TERMS | PROHIBITED}
    return {by_value[name]: pack for pack in headers for _, name in _named(texts[pack.name]) if name in by_value}


def _check_complete(headers: tuple[Pack, ...], texts: Mapping[str, str], choices: Choices) -> None:
    """One permission and one prohibition per term, each by its name; only optional ones in packs that can be off."""
    expected = sorted([("permit", PERMIT), *(("forbid", term.value) for term in TERMS | PROHIBITED)])
    found = {pack.name: _named(texts[pack.name]) for pack in headers}
    every = sorted(one for names in found.values() for one in names)
    if every != expected:
        odd = sorted(set(every) ^ set(expected)) or "the same name twice"
        raise PolicyError(f"Expected one permission and one prohibition per term; these differ: {odd}")
    optional = {("forbid", term.value) for term in OPTIONAL}
    for pack in headers:
        if (pack.optional or pack.name in choices.off) and not (pack.optional and set(found[pack.name]) <= optional):
            raise PolicyError(f"The rule pack {pack.name} cannot be switched off.")
