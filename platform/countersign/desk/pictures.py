"""The pictures that go with a run's story: posters of clips, the faces found in them, portraits, the output."""

from collections.abc import Iterator
from dataclasses import dataclass
from uuid import UUID

from django.urls import reverse

from consent.models import Performer
from countersign.accounts import access
from countersign.accounts.models import Person
from countersign.runs.models import FaceTrack, Footage, Output, Run
from provenance.types import EntryKind as K

FACES = 6  # of one clip


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    address: str
    alt: str
    face: bool = False


Shown = dict[tuple[str, str], list[Picture]]


def of(person: Person, run: Run) -> Shown:
    """By subject and kind of entry; only of what the person may see."""
    shown: Shown = {}
    for subject, kind, picture in (*_clips(person, run), *_portraits(person, run), *_outputs(person, run)):
        shown.setdefault((subject, kind.value), []).append(picture)
    return shown


def _clips(person: Person, run: Run) -> Iterator[tuple[str, K, Picture]]:
    clips = access.visible(person, Footage).filter(pk__in=(run.footage_id, run.plate_id)).exclude(poster=b"")
    for pk, title in clips.values_list("pk", "title"):
        picture = Picture(address=reverse("footage-poster", args=[pk]), alt=f"The clip {title}")
        yield f"footage:{pk}", K.FOOTAGE_ADDED, picture
        yield from ((f"footage:{pk}", K.FOOTAGE_EXAMINED, face) for face in _faces(pk))


def _faces(clip: UUID) -> Iterator[Picture]:
    tracks = FaceTrack.objects.filter(footage=clip).exclude(thumbnail=b"").order_by("number")
    for pk, name in tracks.values_list("pk", "performer__name")[:FACES]:
        yield Picture(address=reverse("face", args=[pk]), alt=f"A face found: {name or 'somebody unknown'}", face=True)


def _portraits(person: Person, run: Run) -> Iterator[tuple[str, K, Picture]]:
    both = access.visible(person, Performer).filter(pk__in=(run.likeness_id, run.plate_performer_id))
    for pk, name in both.exclude(portrait=b"").values_list("pk", "name"):
        picture = Picture(address=reverse("portrait", args=[pk]), alt=f"The enrolled face of {name}", face=True)
        yield f"performer:{pk}", K.PERFORMER_ENROLLED, picture


def _outputs(person: Person, run: Run) -> Iterator[tuple[str, K, Picture]]:
    for pk in access.visible(person, Output).filter(run=run).exclude(poster=b"").values_list("pk", flat=True):
        picture = Picture(address=reverse("output-poster", args=[pk]), alt="A frame of the output")
        yield f"output:{pk}", K.OUTPUT_PUBLISHED, picture
