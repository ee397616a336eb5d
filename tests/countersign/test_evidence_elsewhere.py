"""What evidence says of consents signed elsewhere than in the document: it accepts what the intake accepts."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from types import SimpleNamespace
from typing import Any

import pytest

from consent import record
from consent.credentials import Agreement
from consent.types import Terms
from countersign.evidence.checks import elsewhere
from countersign.evidence.checks.papers import Paper
from countersign.evidence.findings import Mark
from tests.consent.test_credentials import CREDENTIAL, ISSUED_BY, WALLET
from tests.consent.values import terms
from tests.consent.wallets import Own, presented

OFFERED = b"%PDF the offered one"
SITE = "https://countersign.example"
SAID: Terms = terms()
AGREED = Agreement(
    consent_id=SAID.consent_id,
    production_id=SAID.production_id,
    nonce=SAID.nonce,
    terms_sha256=record.digest(SAID),
    document_sha256=sha256(OFFERED).hexdigest(),
    audience=SITE,
)


@dataclass
class Told:
    """A case with the entries that it is given."""

    files: dict[str, bytes]
    entries: list[Any] = field(default_factory=list)

    @property
    def paper(self) -> Paper:
        folder = f"consents/{SAID.consent_id}"
        kept = {
            "/terms.json": record.document(SAID),
            "/offered.pdf": OFFERED,
            "/verdict.json": json.dumps({"agreement": {"aud": SITE}}).encode(),
            **self.files,
        }
        bundle = SimpleNamespace(
            read=lambda name: kept[name.removeprefix(folder)],
            json=lambda name: json.loads(kept[name.removeprefix(folder)]),
        )
        case = SimpleNamespace(
            bundle=bundle,
            now=datetime.now(UTC),  # the wallet takes the time of day itself
            pins=SimpleNamespace(wallets=None),
            decision=SimpleNamespace(index=99),
            told=lambda kind, subject: [one for one in self.entries if (one.kind, one.subject) == (kind, subject)],
            said=lambda line, name: line.body.get(name),
            maybe_trusted=lambda _pinned, _name: ISSUED_BY.pinned(),
        )
        return Paper(case=case, pk=str(SAID.consent_id))  # type: ignore[arg-type]

    def entry(self, kind: str, index: int, body: Mapping[str, Any], *, of: str = "") -> "Told":
        subject = of or f"consent:{SAID.consent_id}"
        self.entries.append(
            SimpleNamespace(
                kind=kind, subject=subject, index=index, body=body, recorded_at=datetime.now(UTC), member=""
            )
        )
        return self


def marks(paper: Paper, way: str) -> list[Mark]:
    return [finding.mark for finding in elsewhere.CHECKS[way](paper)]


def jws(own: Own, bound: str | None, agreement: Agreement = AGREED) -> Paper:
    told = Told({"/signed.jwt": own.signed(agreement, now=datetime.now(UTC)).encode()})
    if bound is not None:
        told.entry("performer:bound", 1, {"certificate_sha256": None}, of=f"performer:{SAID.performer_id}")
        told.entry("performer:bound", 2, {"key_thumbprint": bound}, of=f"performer:{SAID.performer_id}")
    return told.paper


def test_a_jws_by_the_performer_s_key_holds() -> None:
    own = Own.make()
    assert marks(jws(own, own.thumbprint), "jws") == [Mark.HOLDS]
    assert marks(jws(own, Own.make().thumbprint), "jws") == [Mark.FAILS]
    assert marks(jws(own, None), "jws") == [Mark.OPEN]


def test_a_jws_for_another_document_fails() -> None:
    own = Own.make()
    other = Agreement(**{**{n: getattr(AGREED, n) for n in Agreement.__slots__}, "document_sha256": "c" * 64})
    assert marks(jws(own, own.thumbprint, other), "jws") == [Mark.FAILS]


@pytest.mark.parametrize(("flip", "expected"), [(False, Mark.HOLDS), (True, Mark.FAILS)])
def test_a_credential_is_read_as_at_the_intake(flip: bool, expected: Mark) -> None:
    text = presented(CREDENTIAL, WALLET, agreement=AGREED)
    text = text[:-6] + "AAAAAA" if flip else text
    assert marks(Told({"/signed.jwt": text.encode()}).paper, "sd-jwt") == [expected]


def test_a_scan_needs_both_that_it_was_compared_and_confirmed() -> None:
    approved = {"way": "scan"}
    told = Told({}).entry("consent:approved", 9, approved)
    assert marks(told.paper, "scan") == [Mark.FAILS, Mark.FAILS]
    told.entry("consent:reviewed", 5, {"fits": False})
    assert marks(told.paper, "scan") == [Mark.FAILS, Mark.FAILS]
    told.entry("consent:reviewed", 6, {"fits": True}).entry("consent:confirmed", 10, {})
    assert marks(told.paper, "scan") == [Mark.HOLDS, Mark.FAILS]  # confirmed only after it was approved
    told.entry("consent:confirmed", 7, {})
    assert marks(told.paper, "scan") == [Mark.HOLDS, Mark.HOLDS]
