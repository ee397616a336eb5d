"""Signed PDFs (PAdES, ETSI EN 319 142-1): made ready, signed, and verified. The one package that speaks to pyHanko."""

from consent.pades.making import FIELD, prepare, sign
from consent.pades.paper import attached
from consent.pades.verdict import Signed, verify

__all__ = ["FIELD", "Signed", "attached", "prepare", "sign", "verify"]
