"""Asks the outside witnesses for their signatures, beside the signing of checkpoints and never in its way.

All are asked for the newest checkpoint at once, so that their signatures stand together on one. Who does not answer is
left alone for a while; who remembers another log than ours is believed enough to alarm people with it.
"""

import http.client
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Collection

from django.conf import settings
from django.db import DatabaseError, connection, transaction

from countersign import log, witnesses
from countersign.keeping import policies
from provenance import cosignature, cosigned, ledger, notary, note, tree, witness
from provenance.errors import NoteError, ProvenanceError
from provenance.models import SignedCheckpoint
from provenance.types import EntryKind
from provenance.witness import Contradicted, Cosigned, Remembers, Submission, Unanswered, Why
from provenance.witness_policy import Policy, Witness

ASK_EVERY_S = 0.5
ANSWER_S = 5.0  # for each step of one request
ROUND_S = 6.0  # then the others do not wait any longer
PAUSE_S = 10.0  # for who did not answer
CLOCKS_S = 300  # may differ so much
MOST_ANSWER = 1 << 16  # bytes
TRIES = 3  # what we believe it remembers, what it says, and once more if another of us was faster

Say = Callable[[str], object]


class NoRedirect(urllib.request.HTTPRedirectHandler):
    """A witness answers itself; where it points elsewhere, somebody else would learn what it is asked."""

    def redirect_request(self, *_: object, **__: object) -> None:
        return None


_OPENER = urllib.request.build_opener(NoRedirect)


def keep_cosigned(say: Say) -> None:
    """Ask for as long as the process lives, if it holds the log's key."""
    rounds, policy = Rounds(say), ""
    while log.holder():
        policy = _told_of_policy(policy, say)
        rounds.ask()
        time.sleep(ASK_EVERY_S)


def _told_of_policy(before: str, say: Say) -> str:
    """A policy that changed is itself an entry."""
    try:
        now = repr(witnesses.policy(settings.KEYS))
        if now != before:
            policies.note_changes()
    except (ProvenanceError, DatabaseError, OSError) as error:
        connection.close()
        say(f"the witness policy: {error}")
        return before
    return now


class Asking(threading.Thread):
    """One question to one witness. Nobody has to wait for its end, the process's own included."""

    def __init__(self, row: SignedCheckpoint, one: Witness) -> None:
        super().__init__(daemon=True)
        self._row, self._one = row, one
        self.trouble = "it could not be asked"

    def run(self) -> None:
        try:
            self.trouble = ask(self._row, self._one)
        finally:
            connection.close()


class Rounds:
    """Who is being asked, who is left alone for a while, and what was said about whom."""

    def __init__(self, say: Say) -> None:
        self._say = say
        self._asked: dict[Witness, Asking] = {}
        self._pause: dict[Witness, float] = {}
        self._trouble: dict[Witness, str] = {}

    def ask(self) -> None:
        """One round: everybody who has not vouched for the newest checkpoint, at the same time."""
        try:
            row, policy = log.newest(), witnesses.policy(settings.KEYS)
        except (ProvenanceError, DatabaseError):
            connection.close()  # whoever signs says so already
            return
        if row:
            new = {one: Asking(row, one) for one in self._due(row, policy)}
            self._asked |= new
            _run(list(new.values()))
            self._hear()

    def _due(self, row: SignedCheckpoint, policy: Policy) -> list[Witness]:
        now = time.monotonic()
        free = [one for one in policy.witnesses if one not in self._asked and self._pause.get(one, now) <= now]
        return [one for one in free if cosigned.size_known_to(one.verifier) != row.size]

    def _hear(self) -> None:
        for one in [one for one, asking in self._asked.items() if not asking.is_alive()]:
            trouble = self._asked.pop(one).trouble
            if trouble:
                self._pause[one] = time.monotonic() + PAUSE_S
            if trouble and trouble != self._trouble.get(one):
                self._say(f"the witness {one.name} did not cosign: {trouble}")
            self._trouble[one] = trouble


def _run(asked: Collection[Asking]) -> None:
    """Until all have answered, or their time is up: nobody holds up a second round."""
    for asking in asked:
        asking.start()
    end = time.monotonic() + ROUND_S
    for asking in asked:
        asking.join(max(0.0, end - time.monotonic()))


def ask(row: SignedCheckpoint, one: Witness) -> str:
    """Ask `one` for its signature on `row` and keep it; what stood in the way, or nothing if nothing did."""
    try:
        old = min(cosigned.size_known_to(one.verifier), row.size)
        for _ in range(TRIES):
            match _answer(row, one, old):
                case Cosigned(lines=lines):
                    return _keep(row, one, lines)
                case Remembers(size=size):
                    old = size
                case Contradicted(why=why, size=size):
                    return _contradicted(row, one, why=why, size=size)
                case Unanswered(sentence=sentence):
                    return sentence
    except (ProvenanceError, DatabaseError) as error:
        return str(error)
    return "it remembered another size each time that it was asked"


def _answer(row: SignedCheckpoint, one: Witness, old: int) -> witness.Answer:
    proof = tree.of(row.size).consistency(old) if old else []
    asked = Submission(old=old, proof=tuple(proof), note=row.note.encode())
    try:
        status, body = post(f"{one.url}/add-checkpoint", bytes(asked))
    except (OSError, http.client.HTTPException) as error:
        return Unanswered(sentence=f"it cannot be reached: {error}")
    return witness.understood(status, body, asked=asked, size=row.size)


def post(url: str, body: bytes) -> tuple[int, bytes]:
    """Status and body of the answer, as much of it as a witness needs. Raises OSError, HTTPException."""
    headers = {"Content-Type": "application/octet-stream", "User-Agent": "countersign"}
    request = urllib.request.Request(url, data=body, headers=headers)  # noqa: S310 - the policy allows http(s) alone
    try:
        with _OPENER.open(request, timeout=ANSWER_S) as answer:
            return answer.status, answer.read(MOST_ANSWER)
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read(MOST_ANSWER)


def _keep(row: SignedCheckpoint, one: Witness, lines: bytes) -> str:
    try:
        text = note.parse(row.note.encode()).text
        line, at = cosignature.among(lines, text=text, of=one.verifier)
    except NoteError as error:
        return f"what it signed does not verify: {error}"
    if at > time.time() + CLOCKS_S:
        return f"it signed with a time that has not come yet: {at}"
    notary.keep_cosignature(row.size, witness=one.name, line=str(line))
    return ""


def _contradicted(row: SignedCheckpoint, one: Witness, *, why: Why, size: int) -> str:
    latest = log.newest()
    if why is Why.OLDER and latest and latest.size >= size:
        return ""  # another of us was faster: it has vouched for more already
    with transaction.atomic():
        if cosigned.contradict(row, witness=one.name, why=why, remembered=size):
            body = {"why": why.value, "remembered": size, "shown": row.size}
            subject = f"witness:{one.name}"
            ledger.append(EntryKind.ALARM_RAISED, subject=subject, actor="system:witnesses", body={**body})
    return f"it contradicts this log ({why}): it remembers {size} entries, we showed {row.size}"
