"""The files of the operator as certificates, revocation lists and rules: whom to believe, and as what.

A platform's seal is believed only for an issuer that is written down with what its certificate must say; a root that
signs for performers never vouches for a seal, nor the other way round.
"""

import json
from dataclasses import dataclass
from typing import Any, Self

from asn1crypto import pem
from asn1crypto.crl import CertificateList
from asn1crypto.x509 import Certificate

from consent.errors import ConsentError
from consent.pins import Pins

_ISSUER = {"label", "roots", "organisation", "policies", "purposes", "completion_certificate"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Trust:
    """Whom to believe: root certificates, and the revocation lists that speak for them."""

    roots: tuple[Certificate, ...] = ()
    lists: tuple[CertificateList, ...] = ()

    @classmethod
    def from_pem(cls, text: bytes) -> Self:
        """Every CERTIFICATE and X509 CRL block of a PEM file. Raises ConsentError if one cannot be read."""
        if not text.strip():
            return cls()
        try:
            blocks = [(kind, der) for kind, _, der in pem.unarmor(text, multiple=True)]
            return cls(
                roots=tuple(Certificate.load(der, strict=True) for kind, der in blocks if kind == "CERTIFICATE"),
                lists=tuple(CertificateList.load(der, strict=True) for kind, der in blocks if kind == "X509 CRL"),
            )
        except ValueError as e:
            raise ConsentError("The trusted roots are no PEM file of certificates and revocation lists.") from e

    @property
    def anchors(self) -> "Trust":
        """Only those who vouch for themselves: a chain ends with nobody else (the library reads no lists otherwise)."""
        return Trust(roots=tuple(one for one in self.roots if one.self_issued), lists=self.lists)

    def and_also(self, other: "Trust") -> "Trust":
        return Trust(roots=(*self.roots, *other.roots), lists=(*self.lists, *other.lists))


@dataclass(frozen=True, slots=True, kw_only=True)
class SealIssuer:
    """A platform that seals: what its certificate must chain to and say. `completion_certificate` says that the
    platform's own record of who did what must be handed in with the sealed document."""

    label: str
    trust: Trust
    organisation: str
    policies: frozenset[str]
    purposes: frozenset[str]
    completion_certificate: bool

    def fits(self, certificate: Certificate) -> bool:
        """Whether the certificate says all that is demanded of this platform's."""
        named = certificate.subject.native.get("organization_name")
        policies = {str(policy["policy_identifier"].dotted) for policy in certificate.certificate_policies_value or ()}
        purposes = {str(purpose.dotted) for purpose in certificate.extended_key_usage_value or ()}
        return named == self.organisation and self.policies <= policies and self.purposes <= purposes


@dataclass(frozen=True, slots=True, kw_only=True)
class Trusted:
    """All of it, read once."""

    performers: Trust
    stampers: Trust
    qualified: tuple[Certificate, ...]
    seals: tuple[SealIssuer, ...]

    @classmethod
    def from_pins(cls, pins: Pins) -> Self:
        """Raises ConsentError if one of the files cannot be read."""
        qualified = Trust.from_pem(pins.qualified)
        return cls(
            performers=Trust.from_pem(pins.roots).and_also(qualified.anchors),
            stampers=Trust.from_pem(pins.stampers),
            qualified=qualified.roots,
            seals=_seals(pins.seals),
        )


def _seals(text: bytes) -> tuple[SealIssuer, ...]:
    if not text.strip():
        return ()
    try:
        said = json.loads(text)
        return tuple(_issuer(one) for one in said["issuers"])
    except (ValueError, KeyError, TypeError, AttributeError) as e:
        raise ConsentError(f"The file of platforms that may seal cannot be read: {e}") from e


def _issuer(said: dict[str, Any]) -> SealIssuer:
    if set(said) != _ISSUER:
        raise ValueError(f"an issuer has exactly {', '.join(sorted(_ISSUER))}; got {', '.join(sorted(said))}")
    if not (said["label"] and said["organisation"] and isinstance(said["completion_certificate"], bool)):
        raise ValueError("an issuer needs a label, an organisation, and whether a completion certificate is demanded")
    trust = Trust.from_pem(said["roots"].encode())
    if not trust.roots:
        raise ValueError(f"{said['label']} names no root")
    return SealIssuer(
        label=str(said["label"]),
        trust=trust,
        organisation=str(said["organisation"]),
        policies=frozenset(map(str, said["policies"])),
        purposes=frozenset(map(str, said["purposes"])),
        completion_certificate=said["completion_certificate"],
    )
