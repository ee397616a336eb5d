"""What a request asks for in particular, as JSON and back. The log commits to each of these and shows none. Pure."""

from collections.abc import Mapping
from typing import Any

from consent.types import Alteration, Context, OutputClass, Request
from provenance.types import Json

DECLARED = "declared"  # among a run's parameters: what was declared of it, so that a grant names it by its digest
NAMES = (
    "scene",
    "territories",
    "medium",
    "output_class",
    "languages",
    "alterations",
    "contexts",
    "advertiser",
    "product_line",
    "script_sha256",
    "reuses_model",
)


def of(request: Request) -> dict[str, Json]:
    """The particulars of `request`, by name."""
    return {name: _plain(getattr(request, name)) for name in NAMES}


def read(said: Mapping[str, Any]) -> dict[str, Any]:
    """What `of` wrote, as the fields of a Request; what was erased since (None) is left empty.

    Raises KeyError, ValueError and TypeError for what `of` never wrote.
    """
    return {
        "scene": str(said["scene"] or ""),
        "territories": tuple(map(str, said["territories"] or ())),
        "medium": str(said["medium"] or ""),
        "output_class": OutputClass(said["output_class"] or OutputClass.FEATURE),
        "languages": tuple(map(str, said["languages"] or ())),
        "alterations": tuple(map(Alteration, said["alterations"] or ())),
        "contexts": tuple(map(Context, said["contexts"] or ())),
        "advertiser": str(said["advertiser"] or ""),
        "product_line": str(said["product_line"] or ""),
        "script_sha256": str(said["script_sha256"] or ""),
        "reuses_model": said["reuses_model"] is True,
    }


def declared(request: Request, *, nonce: str) -> dict[str, Json]:
    """What stands among a run's parameters of what was declared. The digest of those is public: the nonce keeps it from
    being guessed from."""
    return {**of(request), "nonce": nonce}


def declares(parameters: Mapping[str, Any], request: Request) -> bool:
    """Whether `request` says what was declared; parameters of before anything was declared say nothing against it."""
    said = parameters.get(DECLARED)
    return said is None or said == {**of(request), "nonce": said.get("nonce")}


def _plain(value: Any) -> Json:
    if isinstance(value, tuple):
        return [str(item) for item in value]
    return value if isinstance(value, bool) else str(value)
