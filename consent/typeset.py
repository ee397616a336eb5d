"""The document a performer reads and signs: PDF/A-3b with the terms embedded; the only module that speaks to typst,
also for the papers of other rooms (`page`).

The rules this module keeps:
1. What people wrote reaches the page as data, never as markup, so that no name or description can change the document.
2. The words on the page and the embedded `terms.json` are made from the same `Terms`.
3. The same terms give the same bytes. A letter that the fonts lack is an error, not an empty box.
"""

import json
import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from importlib.resources import files
from typing import Literal

import typst

from consent import record
from consent.errors import TypesetError
from consent.saying import day
from consent.types import Capacity, KindOfUse, Matter, Part, Terms
from consent.wording import places

STANDARD: Literal["a-3b"] = "a-3b"
# typst 0.15 calls the fonts it brings along; those of the machine are left out, so that every machine makes the same.
_FONTS = typst.Fonts(include_system_fonts=False, include_embedded_fonts=True)

_USES = {
    KindOfUse.SWAP: "Face swap: my face takes the place of another performer's, or theirs of mine",
    KindOfUse.EXPRESSION_EDIT: "Expression edit: what my face does is changed",
    KindOfUse.AGE_EDIT: "Age edit: I am made to look younger or older",
    KindOfUse.DIGITAL_DOUBLE: "Digital double: a likeness of me performs",
    KindOfUse.RESTORATION: "Restoration: earlier pictures of me are repaired",
    KindOfUse.LIVE: "Live stand-in: my likeness is used as the camera runs",
    KindOfUse.DIALOGUE_REPLACEMENT: "Dialogue replacement: my mouth is fitted to other words",
}
_PARTS = {
    Part.LIKENESS: "as the one whose face is used on another performer",
    Part.PLATE: "as the one on camera whose face is replaced",
}
_CAPACITIES = {
    Capacity.SELF: "Signing for themselves.",
    Capacity.GUARDIAN: "Signed by the guardian.",
    Capacity.ESTATE: "Signed by the estate.",
    Capacity.UNION: "Signed by the union.",
}


def document(terms: Terms) -> bytes:
    """`terms` as a PDF/A-3b with `terms.json` (canonical JSON) embedded.

    Raises TermsError for terms nobody could sign, TypesetError for letters the fonts lack.
    """
    checked = record.checked(terms)
    data = {"terms": record.document(checked).decode(), "view": json.dumps(_view(checked), ensure_ascii=False)}
    return page(files(__package__).joinpath("typeset.typ").read_bytes(), data=data, at=checked.valid_from)


def page(source: bytes, *, data: Mapping[str, str], at: datetime) -> bytes:
    """The PDF/A-3b that the typst document `source` makes of `data` (its `sys.inputs`), dated `at`; any room's.

    The same arguments give the same bytes. Raises TypesetError for letters the fonts lack.
    """
    try:
        made = typst.compile(
            source,
            format="pdf",
            font_paths=_FONTS,
            ignore_system_fonts=True,
            pdf_standards=STANDARD,
            sys_inputs=dict(data),
            timestamp=int(at.timestamp()),
        )
    except typst.TypstError as e:
        raise TypesetError(_in_words(e)) from e
    if not isinstance(made, bytes):
        raise RuntimeError("typst made no PDF")
    return made


def _in_words(error: typst.TypstError) -> str:
    lacking = re.search(r'the text `"(.+?)"` could not be displayed', str(error), re.DOTALL)
    if lacking:
        return (
            f"The fonts have no letters for “{lacking.group(1)}”, so the document could not show it. "
            "Write it in Latin, Greek or Cyrillic letters."
        )
    return f"The document could not be typeset: {error}"


def _view(terms: Terms) -> dict[str, object]:
    """What the page says, in words."""
    release = terms.matter is Matter.BIOMETRIC_RELEASE
    return {
        "heading": "Release of my biometric features" if release else "Consent to use my face",
        "subtitle": f"{terms.performer_name} to the production of “{terms.production_title}”",
        "consent_id": str(terms.consent_id),
        "nonce": terms.nonce,
        "performer": terms.performer_name,
        "capacity": _CAPACITIES[terms.signer_capacity],
        "description": terms.description.split("\n"),
        "plain": list(_plain_release(terms) if release else _plain(terms)),
        "limits": list(_limits_of_release(terms) if release else _limits(terms)),
        "never": [
            "Nothing sexual, nothing that harms or shames me, no political message and no fraud may be "
            "made with my face, whatever this document or any other says."
        ],
        "withdraw": list(_withdraw_release() if release else _withdraw(terms)),
        "signing": (
            "I have read this document. I agree to what it says, of my own free will, and to nothing beyond it. It "
            "takes effect when a second person at the production has checked it."
        ),
    }


def _plain(terms: Terms) -> Iterator[str]:
    yield (
        f"The production of “{terms.production_title}” may use the face of {terms.performer_name} for what is "
        "described below, and for nothing else."
    )
    yield f"It may do so from {day(terms.valid_from)} until {day(terms.valid_until)}."
    yield f"At most {_runs(terms)}, with {_time(terms.max_screen_seconds)} of finished picture in all."
    if terms.training_allowed:
        yield "A computer model of my face may be trained. It is kept locked and is destroyed when I withdraw."
    else:
        yield "No computer model may be trained on my face."
    yield "To recognise me in clips my face must be measured; that needs a release of its own, which this is not."
    yield "I can withdraw at any time, without giving a reason."


def _plain_release(terms: Terms) -> Iterator[str]:
    yield (
        f"The production of “{terms.production_title}” may measure the face of {terms.performer_name} to recognise it "
        "in clips, and for nothing else."
    )
    yield f"It may do so from {day(terms.valid_from)} until {day(terms.valid_until)}."
    yield "The measurements are kept locked. They are destroyed when this release ends or is withdrawn."
    yield "Nothing may be made with my face under this release; that needs a consent of its own."
    yield "I can withdraw at any time, without giving a reason."


def _limits_of_release(terms: Terms) -> Iterator[tuple[str, str]]:
    yield "What is measured", "The features of my face, as numbers, from pictures and clips of me"
    yield "What for", "To tell in which clips of this production I am"
    yield "Where", "Worldwide" if terms.territories == (record.WORLDWIDE,) else places(terms.territories)
    yield "From", day(terms.valid_from)
    yield "Until", day(terms.valid_until)
    yield "Kept after that", _days(terms.retention_days)


def _withdraw_release() -> Iterator[str]:
    yield (
        "I sign in, open “My face”, and press “Withdraw” beside this release; or I tell the production in any way I "
        "like. It counts from that moment."
    )
    yield "The key to the measurements of my face is destroyed, and with it the measurements. Work in progress stops."


def _days(number: int) -> str:
    return f"At most {number} days, locked" if number else "Not at all"


def _limits(terms: Terms) -> Iterator[tuple[str, str]]:
    yield "Kinds of use", "; ".join(_USES[kind] for kind in terms.kinds_of_use) + "."
    yield "My part", "; ".join(_PARTS[part] for part in terms.parts).capitalize() + "."
    yield "Scenes", "Every scene" if terms.scenes == (record.EVERY_SCENE,) else ", ".join(terms.scenes)
    yield "Where shown", "Worldwide" if terms.territories == (record.WORLDWIDE,) else places(terms.territories)
    yield "Media", ", ".join(terms.media)
    yield "From", day(terms.valid_from)
    yield "Until", day(terms.valid_until)
    yield "Runs", f"At most {_runs(terms)}"
    yield "Screen time", f"At most {_time(terms.max_screen_seconds)}, all runs together"
    yield "Training a model", "Allowed" if terms.training_allowed else "Not allowed"
    yield "Credit", terms.credit or "None agreed"


def _withdraw(terms: Terms) -> Iterator[str]:
    yield (
        "I sign in, open “My face”, and press “Withdraw” beside this consent; or I tell the production in any way I "
        "like. It counts from that moment."
    )
    yield "Work in progress stops. The key to my face data and to any model of me is destroyed, and with it the data."
    if terms.after_withdrawal == "take-down":
        yield "Finished pictures made under this consent are taken down from the platform."
    else:
        yield "Finished pictures made under this consent stay, and are marked: consent since withdrawn."


def _runs(terms: Terms) -> str:
    return "1 run" if terms.max_runs == 1 else f"{terms.max_runs} runs"


def _time(seconds: int) -> str:
    minutes, rest = divmod(seconds, 60)
    if minutes == 0:
        return f"{rest} seconds"
    return f"{minutes} min" + (f" {rest} s" if rest else "")
