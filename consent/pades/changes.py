"""What happened to a document besides the signature: before it, and after it.

After the signature a document may only be kept up (PAdES B-LT and B-LTA, ETSI EN 319 142-1): evidence is put into its
store, and the whole is time-stamped. Every revision must do one or the other, and the file ends with the last of them.
"""

import io
import re
from collections.abc import Iterator

from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.diff_analysis import DEFAULT_DIFF_POLICY, DiffResult, ModificationLevel
from pyhanko.sign.validation import EmbeddedPdfSignature
from pyhanko.sign.validation.status import SignatureCoverageLevel

from consent import intake
from consent.pades import paper as papers
from consent.pades.paper import Paper
from consent.types import Reason

_END = re.compile(rb"startxref\s+\d+\s+%%EOF(\r\n|\n|\r)?$")
_AS_SIGNED = "the file as it was when it was signed, at most with evidence and time-stamps added since"


def faults(paper: Paper, pdf: bytes, *, offered: bytes | None) -> Iterator[Reason]:
    """Everything that was done to the document and that nobody may do."""
    after = _after(paper, pdf)
    if after:
        yield intake.changed(after, _AS_SIGNED)
    elif offered is not None and not _adds_only_a_signature(paper, offered):
        yield intake.changed(
            "another document than the one that was offered", "the document offered, signed and not edited"
        )


def _after(paper: Paper, pdf: bytes) -> str:
    """What came after the signature and may not; empty if nothing did."""
    added = range(int(paper.signature.signed_revision) + 1, paper.last_revision + 1)
    if _covers(paper.last) is not SignatureCoverageLevel.ENTIRE_FILE and not (added and _END.search(pdf[-64:])):
        return "something was added after the signature"
    for one in (paper.signature, *paper.seals, *paper.stamps):
        if not _stands(one, most=_most(paper, one)):
            return "the document was changed after the signature"
    signed = {int(one.signed_revision) for one in (*paper.seals, *paper.stamps)}
    if not all(revision in signed or papers.keeps_evidence(paper, revision) for revision in added):
        return "something was added after the signature that is neither evidence nor a time-stamp"
    return ""


def _covers(signature: EmbeddedPdfSignature) -> SignatureCoverageLevel:
    signature.compute_integrity_info()  # type: ignore[no-untyped-call]
    return signature.evaluate_signature_coverage()


def _most(paper: Paper, one: EmbeddedPdfSignature) -> ModificationLevel:
    """Signing again fills in a form; where nobody signs after `one`, only upkeep remains."""
    again = any(int(seal.signed_revision) > int(one.signed_revision) for seal in paper.seals)
    return ModificationLevel.FORM_FILLING if again else ModificationLevel.LTA_UPDATES


def _stands(signature: EmbeddedPdfSignature, *, most: ModificationLevel) -> bool:
    """Whether all of its revision is covered, and what came later changed no more than `most`."""
    if _covers(signature) < SignatureCoverageLevel.ENTIRE_REVISION:
        return False
    found, allowed = signature.diff_result, signature.summarise_integrity_info()["docmdp_ok"]
    return bool(allowed) and isinstance(found, DiffResult) and found.modification_level <= most


def _adds_only_a_signature(paper: Paper, offered: bytes) -> bool:
    """Whether the file is the offered one with nothing but form and signature objects, and upkeep, added."""
    stream = paper.reader.stream
    stream.seek(0)
    if stream.read(len(offered)) != offered:
        return False
    base = PdfFileReader(io.BytesIO(offered)).xrefs.total_revisions - 1
    difference = DEFAULT_DIFF_POLICY.review_file(paper.reader, base)
    return isinstance(difference, DiffResult) and difference.modification_level <= ModificationLevel.FORM_FILLING
