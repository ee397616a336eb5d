"""C2PA, in and out of files: the only module that imports c2pa.

`read` may bring its process down on a hostile file, so it is called only in the child that `verify` starts. `sign`
first has that child look at every file it will open.
"""

import json
import os
from hashlib import file_digest
from pathlib import Path
from typing import Any

from c2pa import Builder, C2paBuilderIntent, C2paError, C2paSigningAlg, Context, Reader, Signer as NativeSigner

from provenance import anchor, manifest, verify
from provenance.errors import SigningError
from provenance.signer import Signer
from provenance.types import Claim, Ingredient, Integrity

# Which certificates may sign: those made for C2PA claims (C2PA 2.4, 14.5.1), and nothing wider. Unset, only those for
# e-mail pass. Unknown keys are silently accepted, so a test looks that each of these settings works.
C2PA_CLAIM_SIGNING = "1.3.6.1.4.1.62558.2.1\n"


def _context(anchors: bytes) -> Context:
    return Context.from_dict(
        {
            "trust": {"user_anchors": anchor.checked(anchors), "trust_config": C2PA_CLAIM_SIGNING},
            "verify": {"remote_manifest_fetch": False, "ocsp_fetch": False},
            "builder": {"thumbnail": {"enabled": False}},
        }
    )


def read(path: Path, *, media_type: str, anchors: bytes) -> dict[str, Any]:
    """The manifest store of `path` as the SDK reports it, or {"error": kind, "detail": text}. Only for a child process.

    Raises AnchorError for anchors that are none, OSError if the file cannot be opened.
    """
    try:
        with path.open("rb") as file, Reader(media_type or None, file, context=_context(anchors)) as reader:
            report: dict[str, Any] = json.loads(reader.json())
            return report
    except C2paError as e:
        return {"error": str(e).partition(":")[0], "detail": str(e)}


def sign(claim: Claim, *, source: Path, target: Path, signer: Signer, anchors: bytes) -> None:
    """Write `source` with the credentials of `claim` to `target`, which appears only once it has been read back.

    (0) source and target differ; (1) the clips are those the claim names; (2) a child process can read every file, and
    the source carries no credentials of its own; (3) sign into a draft; (4) a child reads the draft: it is trusted
    under `anchors` and says what the claim says; (5) the draft becomes the target.
    Raises SigningError when any of these fails, AnchorError for anchors that are none.
    """
    if source.resolve() == target.resolve():  # (0) the SDK would destroy the source
        raise SigningError("A file cannot be signed in place: source and target are the same.")
    for part in (claim.plate, claim.likeness):
        _expect_digest(part)  # (1)
        _expect_readable(part.path, media_type=part.media_type, anchors=anchors)  # (2)
    _expect_bare(source, media_type=claim.media_type, anchors=anchors)
    draft = target.with_name(f".{target.name}.draft")
    try:
        _sign(claim, source=source, draft=draft, signer=signer, anchors=anchors)  # (3)
        _expect_said(claim, draft, anchors=anchors)  # (4)
        draft.replace(target)  # (5)
    finally:
        draft.unlink(missing_ok=True)


def _expect_digest(part: Ingredient) -> None:
    try:
        with part.path.open("rb") as file:
            found = file_digest(file, "sha256").hexdigest()
    except OSError as e:
        raise SigningError(f"The clip {part.title} cannot be opened: {e}") from e
    if found != part.sha256:
        raise SigningError(
            f"The clip {part.title} is not the one the claim names: expected {part.sha256}, got {found}."
        )


def _expect_readable(path: Path, *, media_type: str, anchors: bytes) -> Integrity:
    seen = verify.verdict(path, media_type=media_type, anchors=anchors)
    if seen.integrity is Integrity.UNREADABLE:
        raise SigningError(f"{path.name} is not opened for signing. {seen.sentence}")
    return seen.integrity


def _expect_bare(source: Path, *, media_type: str, anchors: bytes) -> None:
    if _expect_readable(source, media_type=media_type, anchors=anchors) is not Integrity.ABSENT:
        raise SigningError(f"{source.name} already carries credentials; only what we made ourselves is signed.")


def _sign(claim: Claim, *, source: Path, draft: Path, signer: Signer, anchors: bytes) -> None:
    failures: list[Exception] = []

    def callback(data: bytes) -> bytes:
        try:
            return signer.sign(data)
        except Exception as e:  # the SDK would only log it
            failures.append(e)
            raise

    try:
        native = NativeSigner.from_callback(callback, C2paSigningAlg.ES256, signer.chain.decode())
        with Builder(manifest.definition(claim), context=_context(anchors)) as builder, native:
            builder.set_intent(C2paBuilderIntent.EDIT)
            _add(builder, claim.plate, label=manifest.PLATE)
            _add(builder, claim.likeness, label=manifest.LIKENESS)
            with source.open("rb") as content, draft.open("w+b") as signed:
                builder.sign(native, claim.media_type, content, signed)
                signed.flush()
                os.fsync(signed.fileno())
    except (C2paError, OSError, ValueError) as e:
        cause = failures[0] if failures else e
        raise SigningError(f"{source.name} could not be signed: {cause}") from cause


def _add(builder: Builder, part: Ingredient, *, label: str) -> None:
    with part.path.open("rb") as file:
        builder.add_ingredient(manifest.ingredient(part, label=label), part.media_type, file)


def _expect_said(claim: Claim, draft: Path, *, anchors: bytes) -> None:
    report = verify.report(draft, media_type=claim.media_type, anchors=anchors)
    if report.state != "Trusted" or report.failures:
        raise SigningError(
            f"What was signed does not read as trusted: {report.state or report.error} {report.failures}"
        )
    differences = manifest.check(claim, report.manifest)
    if differences:
        raise SigningError("What was signed does not say what it should. " + " ".join(differences))
