"""The scenes in order, and the summary at the end: nothing in it that a separate process has not measured."""

import hashlib
import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from countersign.demo import cast, phone, screen, story
from countersign.demo.cast import Clip, Login
from countersign.demo.client import Somebody, UnexpectedAnswerError
from countersign.demo.phone import Phone
from countersign.demo.screen import say, step
from countersign.demo.signing import SigningDesk
from countersign.demo.site import ROOT
from countersign.demo.story import Crew, Face

STAMPED_WITHIN_S = 20.0
EVIDENCE_TRIES = 5


def play(address: str, folder: Path, source: Clip, plate: Clip) -> list[Login]:
    desk = SigningDesk.opened(folder)
    logins = cast.crew()
    crew = _crew(address, logins)
    likeness, filmed = _bring_in(crew, source, plate)
    _refused_without_consent(crew, likeness, filmed)
    device = _consent_and_enrol(address, crew, desk, likeness, filmed)
    run = _granted_run(crew, likeness, filmed)
    published = _keep(crew, run, folder)
    _verify(published, folder)
    evidence = _evidence(crew, run, folder)
    quality = _measure(published, likeness, filmed)
    _withdraw(device, crew, likeness, filmed)
    _summary(address, folder, published=published, plate=plate.path, quality=quality)
    say(f"evidence: {evidence}")
    return [*logins.values(), likeness.login, filmed.login]


def _crew(address: str, logins: dict[str, Login]) -> Crew:
    somebody = {part: Somebody(address, email=login.email, password=login.password) for part, login in logins.items()}
    production = somebody["producer"].get("/api/productions")[0]
    return Crew(somebody["producer"], somebody["legal"], production["id"])


def _bring_in(crew: Crew, source: Clip, plate: Clip) -> tuple[Face, Face]:
    step("1  Petra, the producer, uploads two clips")
    faces = (
        story.bring_in(crew, source, introduce=cast.invited),
        story.bring_in(crew, plate, introduce=cast.performer),
    )
    for face in faces:
        found = story.examined(crew, face)
        say(f"   ✓ {face.clip.path.name}: {len(found)} face{'s' if len(found) != 1 else ''} found, nobody known yet")
    return faces


def _refused_without_consent(crew: Crew, likeness: Face, filmed: Face) -> None:
    step(f"2  She asks for {likeness.clip.name}'s face on {filmed.clip.name}, without anybody's consent")
    answer = story.ask_for_run(crew, likeness, filmed, title="Bridge, first try")
    _expect_refused(answer)


def _consent_and_enrol(address: str, crew: Crew, desk: SigningDesk, likeness: Face, filmed: Face) -> Phone:
    step("3  One performer signs here with a passkey, the other on paper; Lena, of legal, approves; faces are enrolled")
    phone_of_likeness = phone.consent(crew, likeness, site=address, part="likeness")
    cast.give_password(likeness.login)
    story.consent(crew, filmed, desk, part="plate")
    for face in (likeness, filmed):
        story.enrol(crew, face)
    for face in (likeness, filmed):
        found = story.examined(crew, face)
        best = max(found, key=lambda track: track["score"])
        sure = f"cosine {best['score']:.2f}, needs {best['threshold']:.2f}"
        say(f"   ✓ {face.clip.path.name}: {best['name'] or 'nobody known'} ({sure})")
    return phone_of_likeness


def _granted_run(crew: Crew, likeness: Face, filmed: Face) -> Any:
    step("4  She asks again: granted; the model is trained, the frames are made, signed and published")
    answer = story.ask_for_run(crew, likeness, filmed, title="Bridge, take 1")
    if answer.refused:
        screen.reasons(answer.body["reasons"])
        raise UnexpectedAnswerError("the run was refused although both consents stand")
    run = story.finished(crew, answer.body["id"])
    if run["state"] != "published":
        screen.reasons(run["reasons"])
        raise UnexpectedAnswerError(f"the run ended as {run['state']}")
    say("   ✓ published")
    return run


def _keep(crew: Crew, run: Any, folder: Path) -> Path:
    path = folder / "published.mp4"
    path.write_bytes(crew.producer.fetch(run["output"]["content"]))
    return path


def _verify(published: Path, folder: Path) -> None:
    step("5  A stranger, with nothing but the file and our public certificate, checks it")
    command: list[str | Path] = [
        sys.executable,
        "-m",
        "provenance.verify",
        published,
        "--anchor",
        folder / "keys" / "anchor.pem",
    ]
    done = subprocess.run(command, cwd=ROOT, check=False, capture_output=True, text=True)
    for line in done.stdout.splitlines():
        say(f"   {line}")
    if done.returncode:
        raise UnexpectedAnswerError("the published file does not verify")


def _evidence(crew: Crew, run: Any, folder: Path) -> str:
    """What a court expert would say of the run, with the keys of everybody named: the last line of it."""
    from countersign import witnesses

    say("   Lena fetches the evidence of the run; a court expert checks it, without the site")
    path, keys = folder / "evidence.zip", folder / "keys"
    command: list[str | Path] = [
        sys.executable,
        "-m",
        "countersign.evidence.verify",
        path,
        "--log-key",
        keys / "log.vkey",
    ]
    command += ["--consent-roots", keys / "consent-roots.pem", "--anchor", keys / "anchor.pem"]
    command += ["--documents-root", keys / "documents-root.pem"]
    command += ["--gate-key", keys / "grants.pub.pem", "--tsa-roots", keys / "tsa-roots.pem"]
    for verifier in witnesses.policy(keys).verifiers:
        command += ["--witness", str(verifier)]
    for _ in range(EVIDENCE_TRIES):  # on a busy machine witnesses may not have vouched for the last entries yet
        path.write_bytes(crew.legal.fetch(f"/api/runs/{run['id']}/evidence", ask={"film": True}))
        done = subprocess.run(command, cwd=ROOT, check=False, capture_output=True, text=True)
        if done.returncode == 0:
            break
    else:
        raise UnexpectedAnswerError(f"the evidence does not hold:\n{done.stdout}{done.stderr}")
    verdict = done.stdout.splitlines()[-1]
    say(f"   ✓ {verdict}")
    return f"{path}: {verdict}"


def _measure(published: Path, likeness: Face, filmed: Face) -> Any:
    command: list[str | Path] = [sys.executable, "-m", "synthesis.measure", published, "--plate", filmed.clip.path]
    command += ["--likeness", *likeness.clip.stills, "--performer", *filmed.clip.stills]
    done = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)
    return json.loads(done.stdout)


def _withdraw(device: Phone, crew: Crew, likeness: Face, filmed: Face) -> None:
    step(f"6  {likeness.clip.name} withdraws; Petra asks once more")
    phone.withdraw(device, likeness)
    say("   ✓ withdrawn: the model and its key are destroyed, the published clip is flagged")
    _expect_refused(story.ask_for_run(crew, likeness, filmed, title="Bridge, take 2"))


def _expect_refused(answer: Any) -> None:
    if not answer.refused:
        raise UnexpectedAnswerError("this run should have been refused")
    say("   Refused:")
    screen.reasons(answer.body["reasons"])


def _vouched(published: Path) -> str:
    """Who outside vouches that the output's entry is in the log."""
    from django.conf import settings

    from countersign import witnesses
    from countersign.runs.models import Output
    from provenance import cosigned
    from provenance.types import EntryKind

    output = Output.objects.get(sha256=hashlib.sha256(published.read_bytes()).hexdigest())
    index = cosigned.place(f"output:{output.pk}", kind=EntryKind.OUTPUT_SIGNED)
    found = cosigned.standing(witnesses.policy(settings.KEYS), covering=index or 0)
    if index is None or not found.checkpoint or not found.enough:
        raise UnexpectedAnswerError("the output was published before enough witnesses vouched for its entry")
    names = ", ".join(voucher.verifier.name for voucher in found.vouchers)
    size = found.checkpoint.size
    return f"{len(found.vouchers)} of {found.quorum} on {size} entries, the output's is no. {index} ({names})"


def _summary(address: str, folder: Path, *, published: Path, plate: Path, quality: Any) -> None:
    from countersign import log
    from countersign.runs.models import Run, RunState

    audit = log.audit()
    step("Summary")
    say(f"published: {published}")
    say(f"trust-anchor: {folder / 'keys' / 'anchor.pem'}")
    say(f"plate: {plate}")
    say(f"cosine-to-likeness: {quality['to_likeness']:.2f}")
    say(f"cosine-to-plate: {quality['to_plate']:.2f}")
    say(f"identity-margin: {quality['identity_margin']:.2f}")
    say(f"refusals: {Run.objects.filter(state=RunState.REFUSED).count()}")
    say(f"ledger: {audit.entries} entries, {'verified' if not audit.faults else 'NOT VERIFIED'}")
    say(f"cosignatures: {_vouched(published)}")
    say(_time_stamped(audit.entries))
    say(f"site: {address}")
    if audit.faults:
        raise UnexpectedAnswerError(audit.faults[0].sentence)


def _time_stamped(entries: int) -> str:
    """The newest time-stamp, once there is one over everything that happened."""
    from countersign import timestamps

    end = time.monotonic() + STAMPED_WITHIN_S
    while time.monotonic() < end:
        newest = timestamps.newest()
        if newest and newest.size >= entries:
            return f"time-stamp: {newest}"
        time.sleep(0.5)
    raise UnexpectedAnswerError(f"no time-stamp over the {entries} entries came within {STAMPED_WITHIN_S:.0f} s")
