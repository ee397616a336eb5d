"""Did the gate say yes, to this, and would it say so again? And is the grant the one it gave?"""

import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from consent import gate, particulars, policy, seal, sightings
from consent.errors import PolicyError, SealError
from consent.types import (
    Assurance,
    ConsentState,
    Grant,
    GrantedConsent,
    Matter,
    Participant,
    Release,
    Request,
    Standing,
)
from countersign.evidence import request
from countersign.evidence.bundle import GATE_KEY, GRANT, POLICY, REQUEST, Line
from countersign.evidence.case import Case, guarded
from countersign.evidence.checks import consents, papers
from countersign.evidence.findings import Finding, Part
from countersign.evidence.request import Used
from provenance import canonical

PART = Part(name="The decision and the grant")
LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)
CLOCKS_DIFFER = timedelta(minutes=10)


def check(case: Case) -> Iterator[Finding]:
    line = case.decision
    if line is None:
        yield PART.fails("The bundle does not hold exactly one proven decision on the run.")
        return
    if line.kind == "run:refused":
        reasons = ", ".join(str(reason) for reason in line.body.get("reasons", [])) or "no reason"
        yield PART.holds(f"The gate refused the run: {reasons} (entry {line.index}).", line.member)
        return
    yield PART.holds(
        f"The gate granted the run on {line.recorded_at:%d %B %Y, %H:%M:%S} UTC (entry {line.index}).", line.member
    )
    for question in (_grant, _request, _again):
        yield from guarded(PART, question, case)


def grant_of(case: Case) -> Grant:
    """The grant as the gate sealed it, whatever time it is now. Raises AbsentError, SealError."""
    key = case.trusted(case.pins.gate, GATE_KEY)
    return seal.open(case.bundle.read(GRANT).decode("ascii", "replace"), key, LONG_AGO)


def _line(case: Case) -> Line:
    if case.decision is None:
        raise ValueError("there is no decision")
    return case.decision


def _grant(case: Case) -> Iterator[Finding]:
    line = _line(case)
    try:
        grant = grant_of(case)
    except SealError as e:
        yield PART.fails(f"The grant does not hold: {e}", GRANT)
        return
    whose = "the gate's key you named" if case.pins.gate is not None else "the gate's key in the bundle"
    yield PART.holds(f"The grant is sealed under {whose}.", GRANT)
    differences = [what for what, same in _compared(grant, line).items() if not same]
    yield PART.judged(
        not differences,
        "The grant is the one in the log: it names this run, these consents, clips, parameters and this policy.",
        f"The grant is not the one in the log; it differs in: {', '.join(differences)}.",
        member=GRANT,
    )


def _compared(grant: Grant, line: Line) -> dict[str, bool]:
    said = line.body
    bound = [_bound(one, one.part.value) for one in grant.consents]
    bound += [_bound(one, "release") for one in grant.releases]
    clips = {(one["part"], one["performer"], one["footage_sha256"]) for one in said["participants"]}
    granted = {(one.part.value, str(one.performer_id), one.footage_sha256) for one in grant.consents}
    return {
        "the digest of the grant": seal.digest(grant) == said["grant_sha256"],
        "the run": f"run:{grant.run_id}" == line.subject,
        "the production": str(grant.production_id) == said["production"],
        "the consents": bound == said["consents"],
        "the clips": clips <= granted,
        "the parameters": grant.parameters_sha256 == said["parameters_sha256"],
        "the policy": grant.policy_sha256 == said["policy_sha256"],
        "the time": abs(line.recorded_at - grant.issued_at) < CLOCKS_DIFFER,
    }


def _bound(one: GrantedConsent | Release, part: str) -> dict[str, str]:
    return {
        "consent": str(one.consent_id),
        "part": part,
        "document_sha256": one.document_sha256,
        "terms_sha256": one.terms_sha256,
    }


def _request(case: Case) -> Iterator[Finding]:
    said, line = case.bundle.json(REQUEST), _line(case)
    asked, _ = request.parse(said)
    yield PART.judged(
        canonical.sha256(said.get("parameters")) == asked.parameters_sha256,
        "The parameters are those whose digest was decided on.",
        "The parameters are not those whose digest was decided on.",
        member=REQUEST,
    )
    differences = [what for what, same in _asked(asked, line).items() if not same]
    yield PART.judged(
        not differences,
        "The request is the one in the log: who, which clips, which faces in them, how long.",
        f"The request is not the one in the log; it differs in: {', '.join(differences)}.",
        member=REQUEST,
    )
    yield from _particulars(case, asked, line)


def _particulars(case: Case, asked: Request, line: Line) -> Iterator[Finding]:
    """Scene, territories, medium and how alike the faces are: the log only commits to them."""
    stated = {name: value for name, value in _stated(asked).items() if value is not None}
    shown = {name: case.said(line, name) for name in stated}
    differences = [name for name, value in shown.items() if value is not None and value != stated[name]]
    unshown = [name for name, value in shown.items() if value is None]
    if unshown:
        yield PART.leaves_open(f"By the bundle's word alone, for the log does not show it: {', '.join(unshown)}.")
    yield PART.judged(
        not differences,
        "Scene, territories, medium and the likeness of the faces are those that the log sealed.",
        f"The request is not the one that the log sealed; it differs in: {', '.join(differences)}.",
        member=REQUEST,
    )


def _stated(asked: Request) -> dict[str, Any]:
    """What the request says, by the names under which the log seals it; None where it was erased."""
    said: dict[str, Any] = dict(particulars.of(asked)) if asked.scene else {}
    for one in asked.participants:
        for seen in one.sightings:
            said[f"score:{one.part.value}:{seen.track}"] = request.known(seen.score)
    return said


def _asked(asked: Request, line: Line) -> dict[str, bool]:
    said = line.body
    return {
        "the run": f"run:{asked.run_id}" == line.subject,
        "who asked": f"person:{asked.requested_by}" == line.actor,
        "the production": str(asked.production_id) == said["production"],
        "the kind of use": asked.kind.value == said["kind"],
        "the length": asked.screen_seconds == said["screen_seconds"],
        "the parameters": asked.parameters_sha256 == said["parameters_sha256"],
        "the people, clips or faces": [_seen(one) for one in asked.participants] == said["participants"],
    }


def _seen(one: Participant) -> dict[str, Any]:
    """A participant as the log writes it."""
    return {
        "part": one.part.value,
        "performer": str(one.performer_id),
        "footage_sha256": one.footage_sha256,
        "faces": [sightings.logged(seen) for seen in one.sightings],
    }


def _again(case: Case) -> Iterator[Finding]:
    """Ask the gate itself once more, with what it was asked then: the same grant must come out, number and all."""
    rules = _rules(case)
    if isinstance(rules, str):
        yield PART.leaves_open(f"Not decided again: {rules}")
        return
    asked, used = request.parse(case.bundle.json(REQUEST))
    if not (asked.scene and asked.territories and asked.medium):
        yield PART.leaves_open("Not decided again: what it was asked for was erased since.")
        return
    standings = _released([_standing(case, pk, used) for pk in case.consents])
    given = grant_of(case)
    answer = gate.decide(asked, consents=standings, now=given.issued_at, rules=rules)
    spent = sum(one.runs for one in used.values())
    yield PART.judged(
        answer == given,
        f"Decided again by the same policy, the gate gives the same grant; {spent} runs were used before, it says.",
        "Decided again by the same policy, the gate gives another answer.",
        member=REQUEST,
    )


def _rules(case: Case) -> policy.Rules | str:
    """The policies in the bundle, if they are those of the decision; else why they are not at hand."""
    expected, names = _line(case).body["policy_sha256"], case.bundle.names(under=POLICY)
    if not names:
        return f"the bundle does not hold the policy whose digest is {expected}."
    with tempfile.TemporaryDirectory(prefix="countersign-policy-") as folder:
        for name in names:
            (Path(folder) / name.rpartition("/")[2]).write_bytes(case.bundle.read(name))
        try:
            rules = policy.load(Path(folder))
        except (PolicyError, OSError) as e:
            return f"this version cannot load the policy in the bundle ({e})."
    if rules.sha256 != expected:
        raise ValueError(f"the policy in the bundle has the digest {rules.sha256}, the decision names {expected}")
    return rules


def _standing(case: Case, pk: str, used: Mapping[UUID, Used]) -> Standing:
    """The consent as it stood when the gate was asked: by its terms, and by what the log said before."""
    paper, terms = papers.Paper(case=case, pk=pk), consents.terms(case, pk)
    approval, decided = paper.approval, _line(case).index
    withdrawn = any(line.index < decided for line in paper.told("consent:withdrawn"))
    said = approval.body if approval else {}
    spent = used.get(UUID(pk), Used(runs=0, screen_seconds=0.0))
    return Standing(
        terms=terms,
        level=Assurance(int(said.get("level", 0))),
        state=ConsentState.ACTIVE if approval and not withdrawn else ConsentState.WITHDRAWN,
        document_sha256=str(said.get("document_sha256", "")),
        terms_sha256=str(said.get("terms_sha256", "")),
        runs_used=spent.runs,
        screen_seconds_used=spent.screen_seconds,
        attested=approval is not None and not withdrawn,
    )


def _released(standings: list[Standing]) -> list[Standing]:
    """Each with the biometric release of the same performer that stood."""
    releases = {
        one.terms.performer_id: Release(
            consent_id=one.terms.consent_id, document_sha256=one.document_sha256, terms_sha256=one.terms_sha256
        )
        for one in standings
        if one.terms.matter is Matter.BIOMETRIC_RELEASE and one.attested
    }
    return [replace(one, release=releases.get(one.terms.performer_id)) for one in standings]
