"""The document a performer reads and signs: PDF/A-3b with the terms embedded; the only module that speaks to typst,
also for the papers of other rooms (`page`).

The rules this module keeps:
1. What people wrote reaches the page as data, never as markup, so that no name or description can change the document.
2. The words on the page and the embedded `terms.json` are made from the same `Terms`.
3. The same terms give the same bytes. A letter that the fonts lack is an error, not an empty box.
"""

import json
import re
from collections.abc import Mapping
from datetime import datetime
from importlib.resources import files
from typing import Literal

import typst

from consent import record, sheet
from consent.errors import TypesetError
from consent.types import Terms

STANDARD: Literal["a-3b"] = "a-3b"
# typst 0.15 calls the fonts it brings along; those of the machine are left out, so that every machine makes the same.
_FONTS = typst.Fonts(include_system_fonts=False, include_embedded_fonts=True)


def document(terms: Terms) -> bytes:
    """`terms` as a PDF/A-3b with `terms.json` (canonical JSON) embedded.

    Raises TermsError for terms nobody could sign, TypesetError for letters the fonts lack.
    """
    checked = record.checked(terms)
    data = {"terms": record.document(checked).decode(), "view": json.dumps(sheet.view(checked), ensure_ascii=False)}
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


def in_any_letters(source: bytes, *, view: Mapping[str, object], at: datetime) -> bytes:
    """As `page` of one `view`, for papers that must come whatever letters people wrote: those outside Latin, Greek,
    Cyrillic and common signs are spelt by their number where the fonts lack them. Raises TypesetError."""
    written = json.dumps(view, ensure_ascii=False)
    try:
        return page(source, data={"view": written}, at=at)
    except TypesetError:
        return page(source, data={"view": _spelt(written)}, at=at)


def _spelt(text: str) -> str:
    return "".join(c if ord(c) < 0x530 or 0x2000 <= ord(c) < 0x2200 else f"[U+{ord(c):04X}]" for c in text)


def _in_words(error: typst.TypstError) -> str:
    lacking = re.search(r'the text `"(.+?)"` could not be displayed', str(error), re.DOTALL)
    if lacking:
        return (
            f"The fonts have no letters for “{lacking.group(1)}”, so the document could not show it. "
            "Write it in Latin, Greek or Cyrillic letters."
        )
    return f"The document could not be typeset: {error}"
