"""Consents for other systems, as files: what `consent.export` makes of a row."""

import json

from consent import export, record
from consent.errors import DocumentDestroyedError
from consent.export import Form
from consent.models import ConsentRecord
from consent.types import ConsentState
from countersign.papers import Paper


def paper(row: ConsentRecord, form: Form) -> Paper:
    """The record or the receipt of a consent as JSON-LD. Raises DocumentDestroyedError."""
    if row.destroyed_at:
        raise DocumentDestroyedError(f"The terms of this consent were destroyed on {row.destroyed_at:%-d %B %Y}.")
    said = export.document(record.from_json(row.terms), standing=_standing(row), form=form)
    content = json.dumps(said, ensure_ascii=False, indent=1).encode()
    return Paper(f"consent-{form.value}-{row.pk}.jsonld", content, form.value, "application/ld+json")


def _standing(row: ConsentRecord) -> export.Standing:
    return export.Standing(
        state=ConsentState(row.state),
        way=row.way,
        level=row.level,
        document_sha256=row.document_sha256,
        signed_at=row.signed_at,
        approved_at=row.approved_at,
        withdrawn_at=row.withdrawn_at,
    )
