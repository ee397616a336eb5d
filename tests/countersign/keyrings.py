"""Every key of the store, for tests of what comes after a worker has its keys."""

from uuid import UUID

from consent import services as consents
from countersign.runs import sharing


class Everything(consents.StoreKeyring):
    """As if the keeper had released everything."""

    def clip(self, footage_id: UUID) -> bytes:
        return consents.open_clip(footage_id, store=sharing.store())


def everything() -> Everything:
    return Everything(sharing.store())
