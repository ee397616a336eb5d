"""The sign worker's other part: seal the documents of consents that performers signed here with their passkeys."""

import logging
from datetime import timedelta
from uuid import UUID

from django.conf import settings

from consent.errors import SealingError
from consent.services import seals
from countersign import documents, timestamps
from countersign.runs import outbox

TASK = "seal"
AGAIN = timedelta(seconds=30)

log = logging.getLogger(__name__)


def seal(consent_id: str) -> None:
    """Seal it, once; where that cannot be done now, it is asked for again in a while."""
    pk = UUID(consent_id)
    by = seals.Sealing(
        sealer=documents.sealer(settings.KEYS), root=documents.root(settings.KEYS), stamper=timestamps.stamper()
    )
    try:
        seals.seal(pk, by=by)
    except SealingError as error:
        log.warning("the consent %s waits for its seal: %s", pk, error)
        outbox.again(TASK, pk, after=AGAIN)
    else:
        outbox.done(TASK, pk)
