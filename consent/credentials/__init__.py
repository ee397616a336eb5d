"""Consents that come from a wallet, beside the document: a JWS by the performer's own key, or a credential (SD-JWT VC)
that an issuer gave them, presented for exactly this consent. Pure.
"""

from consent.credentials.agreement import Agreement
from consent.credentials.jose import thumbprint
from consent.credentials.presented import Holder, Presented, read as sd_jwt
from consent.credentials.refusals import none
from consent.credentials.signed import Presenter, read as jws

__all__ = ["Agreement", "Holder", "Presented", "Presenter", "jws", "none", "sd_jwt", "thumbprint"]
