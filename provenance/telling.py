"""A verdict told on the command line, in words. Pure."""

import contextlib
from collections.abc import Iterator

from provenance import manifest, note, receipt
from provenance.errors import NoteError, ReceiptError
from provenance.types import Verdict


def lines(found: Verdict) -> Iterator[str]:
    """The verdict, line by line; the first says it all."""
    yield f"{found.integrity.value}: {found.sentence}"
    yield from (f"  ! {problem}" for problem in found.problems)
    named = {
        "signed by": found.signer,
        "signed at": found.signed_at,
        "title": found.title,
        "made with": found.generator,
    }
    yield from (f"  {name}: {value}" for name, value in named.items() if value)
    yield from (f"  step: {step.name} {step.description or step.source_type}".rstrip() for step in found.actions)
    yield from (f"  made from: {title}" for title in found.ingredients)
    for consent in manifest.mappings(found.consent_assertion.get("consents")):
        yield f"  consent ({consent.get('part')}): {consent.get('consent_id')}"
    yield from _proven(found)


def _proven(found: Verdict) -> Iterator[str]:
    """Whose log the receipt is of, as the signer says; hold its key against one that you have by another way."""
    with contextlib.suppress(ReceiptError, NoteError):
        held = receipt.from_json(found.receipt)
        state = receipt.check(held, log=note.verifier(held.log)).checkpoint
        entries = ", ".join(f"{entry.index} ({entry.kind})" for entry in held.entries)
        yield f"  in the log {state.origin}: entries {entries} of {state.size}"
        yield f"  key of the log: {held.log}"
