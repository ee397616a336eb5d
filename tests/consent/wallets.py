"""Wallets for the tests: one signs by itself, the other presents what an issuer gave it. Credentials are made by the
reference implementation of SD-JWT, which shares no line with what reads them.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from joserfc import jws
from joserfc.jwk import ECKey, OKPKey
from jwcrypto.jwk import JWK
from sd_jwt.common import SDObj
from sd_jwt.holder import SDJWTHolder
from sd_jwt.issuer import SDJWTIssuer

from consent.credentials import Agreement

ALL = dict.fromkeys(("given_name", "family_name", "birthdate"), True)
ISSUER, KIND = "https://wallet.example", "urn:example:performer:1"


@dataclass(frozen=True)
class Own:
    """A performer's own key."""

    key: ECKey | OKPKey
    algorithm: str

    @classmethod
    def make(cls, algorithm: str = "ES256") -> "Own":
        return cls(ECKey.generate_key("P-256") if algorithm == "ES256" else OKPKey.generate_key("Ed25519"), algorithm)

    @property
    def jwk(self) -> bytes:
        return json.dumps(self.key.as_dict(private=False)).encode()

    @property
    def thumbprint(self) -> str:
        return self.key.thumbprint()

    def signed(self, agreement: Agreement, *, now: datetime, header: Mapping[str, Any] = {}, **changes: Any) -> str:
        said = {**agreement.to_json(), **stamped(now), **changes}
        kept = {name: value for name, value in said.items() if value is not None}
        head = {
            "alg": self.algorithm,
            "typ": "countersign-consent+jws",
            "jwk": self.key.as_dict(private=False),
            **header,
        }
        return jws.serialize_compact(head, json.dumps(kept), self.key, algorithms=[self.algorithm])


def stamped(now: datetime) -> dict[str, int]:
    return {"iat": int(now.timestamp()), "exp": int((now + timedelta(days=1)).timestamp())}


@dataclass(frozen=True)
class Issuer:
    key: JWK

    @classmethod
    def make(cls) -> "Issuer":
        return cls(JWK.generate(kty="EC", crv="P-256"))

    def pinned(self, kind: str = KIND) -> bytes:
        keys = [json.loads(self.key.export_public())]
        return json.dumps({"issuers": {ISSUER: {"vct": kind, "keys": keys}}}).encode()

    def issued(self, holder: JWK, *, now: datetime, kind: str = "dc+sd-jwt", **changes: Any) -> str:
        hidden = {"given_name": "Idris", "family_name": "Vane", "birthdate": "1990-02-03"}
        said = {"iss": ISSUER, "vct": KIND, **stamped(now), **hidden, **changes}
        kept = {(SDObj(n) if n in hidden else n): value for n, value in said.items() if value is not None}
        made = SDJWTIssuer(
            user_claims=kept, issuer_key=self.key, holder_key=holder, extra_header_parameters={"typ": kind}
        )
        return str(made.sd_jwt_issuance)


def presented(
    credential: str, holder: JWK, *, agreement: Agreement, claims: Mapping[str, bool] = ALL, **kb: Any
) -> str:
    """`credential` presented for `agreement`; `claims` says what is disclosed."""
    said = {"nonce": agreement.digest, "aud": agreement.audience, **kb}
    wallet = SDJWTHolder(credential)
    wallet.create_presentation(claims, said["nonce"], said["aud"], holder, sign_alg="ES256")
    return str(wallet.sd_jwt_presentation)
