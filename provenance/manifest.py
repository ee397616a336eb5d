"""What an output says of itself: a Claim as a C2PA manifest definition, and whether a manifest says what it should.

Pure. A trusted signature proves who signed, not that what was signed makes sense: the SDK signs and trusts nonsense. So
what is read back is checked here. Digests only; no names of performers and no personal data go into our assertion.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from provenance import receipt
from provenance.types import Action, Claim, Ingredient, Json

CONSENT = "org.countersign.consent"
LEDGER = "org.countersign.ledger"
ACTIONS = "c2pa.actions.v2"
TRAINING_MINING = "cawg.training-mining"
SOURCE_TYPES = "http://cv.iptc.org/newscodes/digitalsourcetype/"
COMPOSITE = "compositeWithTrainedAlgorithmicMedia"
MODEL_TITLE = "Likeness model"
PLATE, LIKENESS, MODEL = "plate", "likeness", "model"  # how the actions name the ingredients (C2PA 2.4, 18.10)
LINE = ("c2pa.opened", "c2pa.placed", "c2pa.edited")
TEXT_LENGTH = 300  # of what a stranger's file says of itself
DIGESTS = (
    "grant_sha256",
    "policy_sha256",
    "parameters_sha256",
    "model_sha256",
    "lineage_sha256",
    "essence_sha256",
)


def definition(claim: Claim) -> dict[str, Json]:
    """`claim` as the manifest definition that `c2pa_io.sign` completes with the two clips.

    Times are seconds of the output; digests lower-case hexadecimal SHA-256.
    """
    return {
        "claim_generator_info": [_software(claim)],
        "title": claim.title,
        "format": claim.media_type,
        "ingredients": [_model(claim)],
        "assertions": [
            {"label": ACTIONS, "data": {"actions": _actions(claim), "allActionsIncluded": True}},
            {"label": CONSENT, "data": consent_assertion(claim)},
            {"label": TRAINING_MINING, "data": _no_mining()},
            {"label": LEDGER, "data": receipt.to_json(claim.receipt)},
        ],
    }


def ingredient(part: Ingredient, *, label: str) -> dict[str, Json]:
    """One of the clips as an ingredient definition (C2PA 2.4, 18.16); its own manifest comes along when it is added."""
    return {"title": part.title, "relationship": part.relationship, "label": label}


def consent_assertion(claim: Claim) -> dict[str, Json]:
    """Our own assertion: what ties the output to the consents, the decision, the clips, the model and the lineage."""
    return {
        "version": 1,
        "run_id": claim.run_id,
        "kind_of_use": claim.kind_of_use,
        **{name: getattr(claim, name) for name in DIGESTS},
        "footage": [
            {"part": PLATE, "sha256": claim.plate.sha256},
            {"part": LIKENESS, "sha256": claim.likeness.sha256},
        ],
        "consents": [
            {
                "consent_id": consent.consent_id,
                "part": consent.part,
                "document_sha256": consent.document_sha256,
                "terms_sha256": consent.terms_sha256,
                "status_path": consent.status_path,
            }
            for consent in claim.consents
        ],
    }


def _software(claim: Claim) -> dict[str, Json]:
    return {"name": claim.software_agent, "version": claim.software_version}


def _model(claim: Claim) -> dict[str, Json]:
    return {
        "title": MODEL_TITLE,
        "format": "application/octet-stream",
        "relationship": "inputTo",
        "label": MODEL,
        "instance_id": f"sha256:{claim.model_sha256}",
        "data_types": [{"type": "c2pa.types.model.pytorch"}],
    }


def _actions(claim: Claim) -> list[Json]:
    span: Json = {
        "type": "temporal",
        "time": {"type": "npt", "start": f"{claim.synthetic_from_s:.3f}", "end": f"{claim.synthetic_to_s:.3f}"},
    }
    return [
        {"action": "c2pa.opened", "parameters": {"ingredientIds": [PLATE]}},
        {"action": "c2pa.placed", "parameters": {"ingredientIds": [LIKENESS]}},
        {
            "action": "c2pa.edited",
            "digitalSourceType": SOURCE_TYPES + COMPOSITE,
            "softwareAgent": _software(claim),
            "description": f"Synthetic performance ({claim.kind_of_use}), made under recorded consent.",
            "parameters": {"ingredientIds": [LIKENESS, MODEL]},
            "changes": [{"region": [span], "description": "Synthetic from here to there."}],
        },
    ]


def _no_mining() -> dict[str, Json]:
    uses = ("ai_generative_training", "ai_inference", "ai_training", "data_mining")
    return {"entries": {f"cawg.{use}": {"use": "notAllowed"} for use in uses}}


def check(claim: Claim, read: Mapping[str, Any]) -> tuple[str, ...]:
    """What the manifest `read` back from a file says differently from `claim`, in words; empty if it says the same."""
    meant = {item["label"]: item["data"] for item in mappings(definition(claim)["assertions"])}
    found = {
        "title": read.get("title") == claim.title,
        "software": _is_software(read, _software(claim)),
        "model": f"sha256:{claim.model_sha256}" in [i.get("instance_id") for i in ingredients(read)],
        "clips": _clips(read) == {(i.title, i.relationship) for i in (claim.plate, claim.likeness)},
        "consent assertion": assertion(read, CONSENT) == meant[CONSENT],
        "ledger assertion": assertion(read, LEDGER) == meant[LEDGER],
        "training and mining assertion": assertion(read, TRAINING_MINING) == meant[TRAINING_MINING],
        "actions": _bare(_actions_of(read)) == _bare(mappings(meant[ACTIONS]["actions"])),
    }
    return (
        *problems(read),
        *(f"The {name} differs from what was to be signed." for name, same in found.items() if not same),
    )


def _is_software(read: Mapping[str, Any], software: Mapping[str, Json]) -> bool:
    return any(software.items() <= info.items() for info in mappings(read.get("claim_generator_info")))


def _clips(read: Mapping[str, Any]) -> set[tuple[object, object]]:
    return {(i.get("title"), i.get("relationship")) for i in ingredients(read) if i.get("relationship") != "inputTo"}


def _bare(found: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Actions without their links to ingredients, which the SDK rewrites and `problems` follows."""
    return [{key: value for key, value in action.items() if key != "parameters"} for action in found]


def problems(read: Mapping[str, Any]) -> tuple[str, ...]:
    """What does not hold together in a manifest that says it was made with Countersign, in words for people."""
    done = _actions_of(read)
    relations = sorted(str(i.get("relationship")) for i in ingredients(read))
    found = {
        "It does not name the consents it was made under.": _names_consents(assertion(read, CONSENT)),
        "The steps it lists are not those of a Countersign run.": tuple(a.get("action") for a in done) == LINE,
        "It does not say that a trained model made part of the picture.": done[-1:] != []
        and done[-1].get("digitalSourceType") == SOURCE_TYPES + COMPOSITE,
        "It does not name one plate, one likeness clip and one model.": relations
        == ["componentOf", "inputTo", "parentOf"],
        "Its steps do not belong to the files it was made from.": _links(read) == _expected_links(read),
    }
    wrong = tuple(sentence for sentence, holds in found.items() if not holds)
    return (*wrong, *receipt.problems(assertion(read, LEDGER), claimed=assertion(read, CONSENT)))


def _names_consents(data: Mapping[str, Any]) -> bool:
    consents = mappings(data.get("consents"))
    digests = [data.get(name) for name in DIGESTS]
    digests += [consent.get(name) for consent in consents for name in ("document_sha256", "terms_sha256")]
    digests += [clip.get("sha256") for clip in mappings(data.get("footage"))]
    named = all(isinstance(consent.get(name), str) for consent in consents for name in ("consent_id", "part"))
    return bool(consents) and named and all(_is_sha256(digest) for digest in digests)


def _is_sha256(value: object) -> bool:
    return isinstance(value, str) and len(value) == 64 and set(value) <= set("0123456789abcdef")


def _links(read: Mapping[str, Any]) -> list[list[str]]:
    """For each action, the labels of the ingredients it points to."""
    parameters = [action.get("parameters") for action in _actions_of(read)]
    pointed = [mappings(p.get("ingredients")) if isinstance(p, Mapping) else [] for p in parameters]
    return [sorted(str(link.get("url")).rpartition("/")[2] for link in links) for links in pointed]


def _expected_links(read: Mapping[str, Any]) -> list[list[str]]:
    labels = {str(i.get("relationship")): str(i.get("label")) for i in ingredients(read)}
    plate, likeness, model = (labels.get(name, "") for name in ("parentOf", "componentOf", "inputTo"))
    return [[plate], [likeness], sorted([likeness, model])]


def assertion(read: Mapping[str, Any], label: str) -> Mapping[str, Any]:
    """The content of the assertion with this label; empty if there is none, or more than one."""
    found = [item.get("data") for item in mappings(read.get("assertions")) if item.get("label") == label]
    return found[0] if len(found) == 1 and isinstance(found[0], Mapping) else {}


def ingredients(read: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The ingredients of a manifest that was read."""
    return mappings(read.get("ingredients"))


def actions(read: Mapping[str, Any]) -> tuple[Action, ...]:
    """The actions of a manifest that was read, in plain fields."""
    return tuple(
        Action(
            name=words(action.get("action")),
            source_type=words(action.get("digitalSourceType")).rpartition("/")[2],
            software=software_name(action.get("softwareAgent")),
            description=words(action.get("description")),
        )
        for action in _actions_of(read)
    )


def software_name(value: object) -> str:
    """A `softwareAgent` or `claim_generator_info` as words; empty for anything else."""
    if not isinstance(value, Mapping):
        return words(value)
    return f"{words(value.get('name'))} {words(value.get('version'))}".strip()


def words(value: object) -> str:
    """A text that was read, cut to a length a page can show; empty for anything else."""
    return value[:TEXT_LENGTH] if isinstance(value, str) else ""


def _actions_of(read: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return mappings(assertion(read, ACTIONS).get("actions"))


def mappings(value: object) -> list[Mapping[str, Any]]:
    """The mappings in a list; none for anything else: what was read may have any shape."""
    return [item for item in value if isinstance(item, Mapping)] if isinstance(value, list) else []
