"""What somebody can open who copied the disk and the database, with what the platform still holds.

Run as `python -m tests.e2e.afterwards`: the settings name the copied folder and the copied database, and the folder's
keys are those of today. It prints, for each kind of secret, how many opened and how many did not.
"""

import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

Attempt = Callable[[], object]


def attempts() -> Iterator[tuple[str, Attempt]]:
    """Each secret in the copy, and the way by which the platform itself would open it."""
    from django.conf import settings
    from django.utils import timezone

    from consent import seal, services as consents
    from consent.models import Performer
    from consent.types import Reading
    from countersign import keys
    from countersign.runs import deposits, keyring, making, storage
    from countersign.runs.models import Footage, LikenessModel, Run

    def grant_of(run: Run) -> object:
        return seal.open(run.sealed_grant, keys.gate_public(settings.KEYS), timezone.now())

    for clip in Footage.objects.filter(destroyed_at=None):
        yield "footage", lambda clip=clip: deposits.opened(clip, ring=keyring.at_hand()).read()  # type: ignore[misc]
    for who in Performer.objects.exclude(template=b""):
        reading = Reading(by="worker:thief", purpose="enrol", of=f"performer:{who.pk}")
        yield (
            "template",
            lambda who=who, reading=reading: consents.template_of(who, keyring=keyring.at_hand(), reading=reading),  # type: ignore[misc]
        )
    for model in LikenessModel.objects.all():
        sealed = storage.model(model.sha256)
        yield "model", lambda m=model, p=sealed: making.vault_of(grant_of(m.run))[1](p.read_bytes())  # type: ignore
    for run in Run.objects.exclude(sealed_grant=""):
        frames = Path(settings.DATA) / "runs" / str(run.pk) / making.SEALED_FRAMES
        if frames.exists():
            target = Path(settings.DATA) / "opened"
            yield "frames", lambda run=run, t=target: making.open_frames(run, grant_of(run), t)  # type: ignore


def main() -> None:
    import django

    django.setup()
    from countersign.runs import keyring

    found: dict[str, list[int]] = {}
    with keyring.held(_whole_store()):
        _try(found)
    sys.stdout.write(json.dumps(found))


def _whole_store() -> Any:
    """The keys of today's store, all of them, without asking the keeper."""
    from consent import services as consents
    from countersign.runs import sharing

    class Thief(consents.StoreKeyring):
        def clip(self, footage_id: UUID) -> bytes:
            return consents.open_clip(footage_id, store=sharing.store())

    return Thief(sharing.store())


def _try(found: dict[str, list[int]]) -> None:
    for kind, attempt in attempts():
        opened = found.setdefault(kind, [0, 0])
        try:
            attempt()
            opened[0] += 1
        except Exception as error:
            sys.stderr.write(f"{kind}: {type(error).__name__}: {error}\n")
            opened[1] += 1


if __name__ == "__main__":
    main()
