"""Tricks with the rules: what no consent can permit, what the law demands, a strike, and doors that are others'."""

import re
from collections.abc import Callable
from typing import Any

import requests

from countersign.demo.client import UnexpectedAnswerError
from tests.e2e.ways.ground import Codes, Ground, Trick
from tests.e2e.ways.scope import asked, with_consent_asked

UNION = "Bridge Players"
TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')


def offered_without_what_the_law_demands(at: Ground) -> Codes:
    """A member of SAG-AFTRA is offered terms without a script, a notice or a reason."""
    said = {"representation": "union", "union": "SAG-AFTRA", "agreement": "TV/Theatrical 2023", "territories": ["US"]}
    terms = {**at.terms(at.cast.idris), **said, "replica_type": "independently-created"}
    answer = at.stage.crew.producer.post(f"{at.base}/consents", terms)
    assert answer.status == 422, answer.body
    return {reason["code"] for reason in answer.body["reasons"]}


def member_on_strike(at: Ground) -> Codes:
    face = at.star(**_member(UNION))
    Page(at, "legal").post(f"/houses/{_house(at)}/strikes/call", union=UNION)
    return at.ask(plate=face, scene=UNION)


def strike_taken_out_of_the_database(at: Ground) -> Codes:
    """The switch is a row; what it did stands in the ledger."""
    union = "Lamp Trimmers"
    face = at.star(**_member(union))
    Page(at, "legal").post(f"/houses/{_house(at)}/strikes/call", union=union)
    with at.administrator() as database:
        database.execute('DELETE FROM consent_strike WHERE "union" = %s', [union])
    return at.ask(plate=face, scene=union)


def _member(union: str) -> dict[str, Any]:
    """Of a union, in a scene that is called as it is, so that none of her other consents covers it."""
    return {"representation": "union", "union": union, "agreement": "House agreement", "scenes": [union]}


def door(role: str, ask: Callable[[Ground], str]) -> Callable[[Ground], Codes]:
    """Somebody whose part it is not asks at the address; the status that they get."""

    def attempt(at: Ground) -> Codes:
        try:
            somebody = getattr(at.stage.crew, role)
            answer = somebody.post(ask(at))
        except UnexpectedAnswerError as refused:
            return set(re.findall(r": (\d{3}) ", str(refused)))
        return {str(answer.status)}

    return attempt


class Page:
    """Somebody in a browser."""

    def __init__(self, at: Ground, role: str) -> None:
        self._at, self._session, login = at, requests.Session(), at.stage.logins[role]
        self.post("/sign-in", email=login.email, password=login.password)

    def post(self, path: str, **fields: str) -> str:
        token = TOKEN.search(self._session.get(self._at.stage.address + "/sign-in", timeout=60).text)
        said = {**fields, "csrfmiddlewaretoken": token.group(1) if token else ""}
        head = {"Referer": self._at.stage.address + path, "Origin": self._at.stage.address}
        answer = self._session.post(self._at.stage.address + path, data=said, headers=head, timeout=60)
        assert answer.status_code in (200, 409, 422), (answer.status_code, answer.text[:400])
        return answer.text


def _house(at: Ground) -> Any:
    with at.stage.database() as database:
        found = database.execute(
            "SELECT organisation_id FROM accounts_production WHERE id = %s", [at.stage.crew.production]
        )
        row = found.fetchone()
    assert row is not None
    return row[0]


def _approve(at: Ground) -> str:
    return f"/api/consents/{at.offered(at.cast.idris)}/approve"


def _lift(at: Ground) -> str:
    return f"/api/consents/{at.cast.idris.consent_id}/lift"


def _withdraw(at: Ground) -> str:
    return f"/api/consents/{at.cast.idris.consent_id}/withdraw"


AD = {"output_classes": ["feature", "advertisement"], "advertiser": "Harbour Gin", "product_line": "Dry"}
TRICKS = (
    Trick("declare sexual content", asked(contexts=["sexual"]), "sexual-content"),
    Trick("declare a political deception", asked(contexts=["political-deception"]), "political-deception"),
    Trick("declare a fraud", asked(contexts=["fraud"]), "fraud"),
    Trick(
        "show what the consent prohibits",
        with_consent_asked({"prohibited_contexts": ["alcohol"]}, contexts=["alcohol"]),
        "context-prohibited",
    ),
    Trick("undress a performer", asked(alterations=["nudity"]), "alteration-not-allowed"),
    Trick("make an advertisement of a film's consent", asked(output_class="advertisement"), "output-class-not-allowed"),
    Trick(
        "make an advertisement for another house",
        with_consent_asked(AD, output_class="advertisement", advertiser="Rival Gin"),
        "advertiser-not-allowed",
    ),
    Trick(
        "have a language spoken that was not agreed to",
        with_consent_asked({"languages": ["en"]}, languages=["de"]),
        "language-not-allowed",
    ),
    Trick("use a consent before its notice is over", with_consent_asked({"notice_hours": 480}), "notice-too-short"),
    Trick("offer less than the law demands", offered_without_what_the_law_demands, "law-demands", ""),
    Trick("use a member of a union on strike", member_on_strike, "union-on-strike"),
    Trick("take a strike out of the database", strike_taken_out_of_the_database, "union-on-strike"),
    Trick("approve as the producer", door("producer", _approve), "403", ""),
    Trick("lift a suspension as the producer", door("producer", _lift), "403", ""),
    Trick("withdraw and start over as the producer", door("producer", _withdraw), "403", ""),
)
