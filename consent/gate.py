"""The gate: may this run be made? Pure, and the only place where a `Grant` is minted.

The rules this module keeps:
1. A request is granted only if the consent of everybody in it, and of everybody recognised in its plate, covers it.
2. A refusal lists every failing term of every participant, not only the first.
3. Nothing is allowed by absence: no participants, no faces, no consents, no territories, no time are each refused.
4. The same values give the same answer, whatever order the consents come in: no clock, chance or database in here.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from consent import case as cases, policy, sightings, wording
from consent.candidates import Bench, longest_first
from consent.types import (
    Grant,
    GrantedConsent,
    KindOfUse,
    Part,
    Participant,
    Reason,
    Refusal,
    Request,
    Standing,
)
from provenance import canonical

LIFETIME = timedelta(hours=24)  # a night in the queue and a night of training
WITH_A_LOOK = timedelta(days=14)  # the performer, too, has to find the time
LONGEST_SECONDS = 24 * 3600.0
PARTS_NEEDED: Mapping[KindOfUse, frozenset[Part]] = {
    KindOfUse.SWAP: frozenset({Part.LIKENESS, Part.PLATE}),
    KindOfUse.LIVE: frozenset({Part.LIKENESS, Part.PLATE}),
    KindOfUse.DIGITAL_DOUBLE: frozenset({Part.LIKENESS}),
    KindOfUse.EXPRESSION_EDIT: frozenset({Part.PLATE}),
    KindOfUse.AGE_EDIT: frozenset({Part.PLATE}),
    KindOfUse.RESTORATION: frozenset({Part.PLATE}),
    KindOfUse.DIALOGUE_REPLACEMENT: frozenset({Part.PLATE}),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Question:
    """Everything one decision is made from."""

    request: Request
    consents: Mapping[int, Sequence[Standing]]  # by whose they are: a number is looked up faster than its UUID
    now: datetime
    rules: policy.Rules


@dataclass(frozen=True, slots=True, kw_only=True)
class _Finding:
    """What was found for one person: the consent that covers them, or every reason why none does."""

    participant: Participant
    standing: Standing | None
    reasons: tuple[Reason, ...]


def decide(request: Request, *, consents: Sequence[Standing], now: datetime, rules: policy.Rules) -> Grant | Refusal:
    """A grant naming exactly what `request` asks for, or a refusal with every reason against it.

    `consents` may be of anybody; those of the people in the request are looked at. What they were used for must not yet
    include this run. `now` must carry its zone. Raises nothing that a request could bring about.

    (0) The request says how long it is, names each part it needs once, and is nothing that no consent could permit.
    (1) Each participant's consent permits their part, by the policies.
    (2) So does the consent of anybody else who is recognised in the plate.
    (3) Every face in every clip is somebody covered by (1) or (2), the participant among them.
    (4) Only then is a grant minted; it ends with the first of its consents.
    """
    question = _Question(request=request, consents=_by_performer(consents), now=now, rules=rules)
    if not 0.0 < request.screen_seconds <= LONGEST_SECONDS:  # (0) false for NaN, too
        return _refuse(question, [wording.no_length(request)])
    findings = [_find(question, participant) for participant in request.participants]  # (1)
    findings += [_find(question, other) for other in _others(question)]  # (2)
    reasons = [*_prohibited(question), *_parts(request)]
    reasons += [reason for finding in findings for reason in finding.reasons]
    for participant in request.participants:  # (3)
        reasons += sightings.check(participant, covered=_covered(participant, findings))
    if reasons or not findings:
        return _refuse(question, reasons)
    return _mint(question, findings)  # (4)


def _refuse(question: _Question, reasons: Sequence[Reason]) -> Refusal:
    # A person in both clips would be named twice in the same words.
    return Refusal(reasons=tuple(dict.fromkeys(reasons)), decided_at=question.now, policy_sha256=question.rules.sha256)


def _prohibited(question: _Question) -> Iterator[Reason]:
    """Uses that no consent lifts: asked once, of the request alone, also where there is no consent at all."""
    request = question.request
    run, production = str(request.run_id), str(request.production_id)
    for code in question.rules.prohibited(cases.asked(request), run=run, production=production):
        yield wording.prohibited(code, request)


def _parts(request: Request) -> Iterator[Reason]:
    needed = PARTS_NEEDED[request.kind]
    if sorted(p.part for p in request.participants) != sorted(needed):
        yield wording.parts_incomplete(request, needed=needed)


def _others(question: _Question) -> Iterator[Participant]:
    """Everybody recognised in a plate besides its performer, as participants of their own in that plate."""
    for participant in question.request.participants:
        if participant.part is Part.PLATE:
            for found in sorted(sightings.people(participant) - {participant.performer_id}, key=str):
                yield replace(participant, performer_id=found, performer_name=_name(question, found))


def _name(question: _Question, performer_id: UUID) -> str:
    names = sorted(standing.terms.performer_name for standing in question.consents.get(performer_id.int, ()))
    return names[0] if names else "Somebody recognised in the plate"


def _covered(participant: Participant, findings: Sequence[_Finding]) -> frozenset[UUID]:
    """Whose faces the participant's clip may show. Who is in the request at all is judged by their own terms."""
    in_plate = participant.part is Part.PLATE
    shown = {
        finding.participant.performer_id
        for finding in findings
        if not in_plate or (finding.participant.part is Part.PLATE and not finding.reasons)
    }
    return frozenset(shown | {participant.performer_id})


def _by_performer(consents: Iterable[Standing]) -> Mapping[int, Sequence[Standing]]:
    found: defaultdict[int, list[Standing]] = defaultdict(list)
    for standing in consents:
        found[standing.terms.performer_id.int].append(standing)
    return found


def _find(question: _Question, participant: Participant) -> _Finding:
    """The consent that permits the participant's part and stands longest; else the reasons of the nearest miss.

    A consent that has ended explains a refusal only where there is no other. Of misses alike the one that stands
    longest counts.
    """
    bench = Bench(request=question.request, part=participant.part, now=question.now, rules=question.rules)
    candidates = longest_first(question.consents.get(participant.performer_id.int, ()))
    nearest = bench.nearest(candidates)
    if nearest is None:
        return _Finding(participant=participant, standing=None, reasons=(wording.no_consent(participant),))
    case = bench.case(nearest.standing, name=participant.performer_name)
    reasons = tuple(wording.term(code, case) for code in nearest.codes)
    return _Finding(participant=participant, standing=nearest.standing, reasons=reasons)


def _mint(question: _Question, findings: Sequence[_Finding]) -> Grant:
    request, now = question.request, question.now
    stands = [finding.standing.terms.valid_until for finding in findings if finding.standing is not None]
    grant = Grant(
        nonce="",
        run_id=request.run_id,
        production_id=request.production_id,
        kind=request.kind,
        consents=tuple(_granted(finding) for finding in findings),
        releases=tuple(
            sorted(
                {f.standing.release for f in findings if f.standing and f.standing.release},
                key=lambda one: str(one.consent_id),
            )
        ),
        tracks=tuple(track for p in request.participants for track in sightings.altered(p)),
        left_alone=tuple(track for p in request.participants for track in sightings.left_alone(p)),
        parameters_sha256=request.parameters_sha256,
        screen_seconds=request.screen_seconds,
        trains=request.trains,
        policy_sha256=question.rules.sha256,
        issued_at=now,
        expires_at=min(now + _lifetime(findings), *stands),
    )
    return replace(grant, nonce=_nonce(grant))


def _lifetime(findings: Sequence[_Finding]) -> timedelta:
    looked_at = any(one.standing is not None and one.standing.terms.approval_per_shot for one in findings)
    return WITH_A_LOOK if looked_at else LIFETIME


def _granted(finding: _Finding) -> GrantedConsent:
    if finding.standing is None or finding.reasons:
        raise RuntimeError("a grant was about to be minted without a consent that covers it")
    return GrantedConsent(
        consent_id=finding.standing.terms.consent_id,
        performer_id=finding.participant.performer_id,
        part=finding.participant.part,
        document_sha256=finding.standing.document_sha256,
        terms_sha256=finding.standing.terms_sha256,
        footage_sha256=finding.participant.footage_sha256,
    )


def _nonce(grant: Grant) -> str:
    """One number per decision. It need not be secret, for the grant is sealed; a run is decided on once a moment."""
    return canonical.sha256([str(grant.run_id), grant.issued_at.isoformat(), [str(c) for c in grant.consents]])
