"""What an entry's body adds to its sentence, in words. Pure, save for the labels of a run's states."""

from collections.abc import Callable, Mapping

from countersign.logbook import Line
from countersign.runs.models import RunState
from provenance.types import EntryKind as K, Json


def detail(line: Line) -> str:
    """One more sentence, or nothing."""
    say = _DETAILS.get(line.kind)
    return say(line.body) if say else ""


def _moved(body: Mapping[str, Json]) -> str:
    labels = dict(RunState.choices)
    return f"{labels[str(body['to'])]}." if body.get("to") in labels else ""


def _faces(body: Mapping[str, Json]) -> str:
    faces = body.get("faces")
    many = len(faces) if isinstance(faces, list) else 0
    return f"{many} face{'' if many == 1 else 's'} found."


def _granted(body: Mapping[str, Json]) -> str:
    consents = body.get("consents")
    many = len(consents) if isinstance(consents, list) else 0
    return f"On {many} consent{'' if many == 1 else 's'}, for {body.get('screen_seconds')} seconds on screen."


def _step(body: Mapping[str, Json]) -> str:
    return f"For the step “{body['step']}”." if "step" in body else ""


def _flagged(body: Mapping[str, Json]) -> str:
    return {"flagged": "It stays, marked.", "taken-down": "It was taken down."}.get(str(body.get("to")), "")


def _printed(name: str, what: str) -> Callable[[Mapping[str, Json]], str]:
    """The fingerprint that stands under `name`."""

    def say(body: Mapping[str, Json]) -> str:
        return f"Fingerprint of the {what}: {body[name]}." if body.get(name) else ""

    return say


_DETAILS: Mapping[str, Callable[[Mapping[str, Json]], str]] = {
    K.RUN_ADVANCED: _moved,
    K.RUN_GRANTED: _granted,
    K.GRANT_REDEEMED: _step,
    K.GRANT_REFUSED: _step,
    K.FOOTAGE_EXAMINED: _faces,
    K.OUTPUT_FLAGGED: _flagged,
    K.CONSENT_DRAFTED: _printed("terms_sha256", "terms"),
    K.CONSENT_VERIFIED: _printed("document_sha256", "document"),
    K.CONSENT_RECEIVED: _printed("document_sha256", "document"),
    K.CONSENT_REVIEWED: _printed("document_sha256", "document"),
    K.FOOTAGE_ADDED: _printed("sha256", "clip"),
    K.MODEL_TRAINED: _printed("sha256", "model"),
    K.OUTPUT_SIGNED: _printed("sha256", "file"),
}
