"""Consents signed elsewhere than in the document: from a wallet, or on paper."""

from collections.abc import Callable, Iterator, Mapping
from hashlib import sha256

from consent import credentials, record
from consent.credentials import Agreement, Holder
from consent.types import Reason
from countersign.evidence.bundle import OFFERED, SIGNED_AS, TERMS, VERDICT, WALLETS
from countersign.evidence.checks.papers import PART, Paper
from countersign.evidence.findings import Finding

TOKEN = SIGNED_AS["application/jwt"]


def confirmed(paper: Paper) -> Finding:
    """A platform's seal, or a scan, is nobody's signature: the performer must have said that it is theirs."""
    approved = paper.approval.index if paper.approval else 0
    lines = [line for line in paper.told("consent:confirmed") if line.index < approved]
    if not lines:
        return PART.fails(f"{paper.short}: no entry shows that the performer confirmed it before it was approved.")
    return PART.holds(f"{paper.short}: the performer confirmed it (entry {lines[-1].index}).", lines[-1].member)


def _own_key(paper: Paper) -> Iterator[Finding]:
    """A JWS by the key that the log says is the performer's."""
    terms = record.from_json(paper.case.bundle.json(paper.folder + TERMS))
    known = paper.bound(terms.performer_id, "key_thumbprint")
    if known is None:
        yield PART.leaves_open(f"{paper.short}: nothing here shows which key is the performer's.")
        return
    line, thumbprint = known
    answer = credentials.jws(_token(paper), agreement=_agreement(paper), bound=str(thumbprint), now=paper.recorded_at)
    yield _said(paper, answer, f"it was signed with the key bound to the performer (entry {line.index})")


def _wallet(paper: Paper) -> Iterator[Finding]:
    """A credential of a pinned issuer, presented for this consent."""
    case = paper.case
    terms = record.from_json(case.bundle.json(paper.folder + TERMS))
    answer = credentials.sd_jwt(
        _token(paper),
        agreement=_agreement(paper),
        holder=Holder(name=terms.signer_name, born=terms.performer_born),
        issuers=case.maybe_trusted(case.pins.wallets, WALLETS),
        now=paper.recorded_at,
    )
    whose = "an issuer you named" if case.pins.wallets is not None else "an issuer in the bundle"
    yield _said(paper, answer, f"it was presented with the performer's credential, by {whose}")


def _paper(paper: Paper) -> Iterator[Finding]:
    """A scan: compared by one person, confirmed by the performer."""
    approved = paper.approval.index if paper.approval else 0
    fits = [line for line in paper.told("consent:reviewed") if line.index < approved and line.body.get("fits")]
    if fits:
        yield PART.holds(
            f"{paper.short}: a scan, compared with what was offered (entry {fits[-1].index}).", fits[-1].member
        )
    else:
        yield PART.fails(f"{paper.short}: no entry shows that anybody compared the scan with what was offered.")
    yield confirmed(paper)


def _said(paper: Paper, answer: object, good: str) -> Finding:
    name = paper.folder + TOKEN
    if isinstance(answer, Reason):
        return PART.fails(f"{paper.short}: {answer.sentence} Came: {answer.asked}; expected: {answer.allowed}.", name)
    return PART.holds(f"{paper.short}: {good}.", name)


def _token(paper: Paper) -> str:
    return paper.case.bundle.read(paper.folder + TOKEN).decode("ascii").strip()


def _agreement(paper: Paper) -> Agreement:
    """Of the bundle's own papers; for which site, the verdict of the intake says."""
    bundle = paper.case.bundle
    terms = record.from_json(bundle.json(paper.folder + TERMS))
    return Agreement(
        consent_id=terms.consent_id,
        production_id=terms.production_id,
        nonce=terms.nonce,
        terms_sha256=record.digest(terms),
        document_sha256=sha256(bundle.read(paper.folder + OFFERED)).hexdigest(),
        audience=str(bundle.json(paper.folder + VERDICT)["agreement"]["aud"]),
    )


CHECKS: Mapping[str, Callable[[Paper], Iterator[Finding]]] = {"jws": _own_key, "sd-jwt": _wallet, "scan": _paper}
