"""Where key files lie, and who reads which."""

import json
import os
import secrets
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from consent.keystore import KeyStore, named
from consent.pins import Pins
from countersign.keyfiles import ed25519, made_once, new_ed25519
from provenance.note import Verifier, verifier, verifier_of

QUEUES = ("default", "gpu", "sign")
ASKERS = (*QUEUES, "web")  # who may ask the keeper for keys
NOBODY = b"# No witness is asked, and nobody outside has to vouch.\nquorum 0\n"


def site_secret(folder: Path) -> str:
    return made_once(folder / "web" / "site-secret", lambda: secrets.token_urlsafe(64).encode()).decode()


def gate_private(folder: Path) -> bytes:
    """PEM of the key that seals grants: the web process reads it, workers and the keeper never do."""
    return made_once(folder / "gate" / "grants.pem", new_ed25519)


def gate_public(folder: Path) -> bytes:
    """PEM of the public half, by which workers and the keeper open grants."""
    return (folder / "grants.pub.pem").read_bytes()


def keeper_private(folder: Path) -> bytes:
    """PEM of the key that signs answers: the keeper alone reads it, for who holds it can give workers any keys."""
    return made_once(folder / "keeper" / "answers.pem", new_ed25519)


def keeper_public(folder: Path) -> bytes:
    """PEM of the public half, by which workers and the web process believe an answer."""
    return (folder / "keeper.pub.pem").read_bytes()


def store(folder: Path, *, name: str) -> KeyStore:
    """Where the key-encryption keys lie, for the keeper alone; `name` as COUNTERSIGN_KEYSTORE. Raises KeyStoreError."""
    return named(name, folder=folder / "vault")


def worker_identity(folder: Path, queue: str) -> bytes:
    """PEM of the key by which the workers of a queue ask for data keys; they alone read it."""
    return made_once(folder / queue / "identity.pem", new_ed25519)


def worker_identities(folder: Path) -> dict[str, bytes]:
    """The public halves by queue (PEM): whose requests the keeper answers. Nobody's before `prepare` wrote them."""
    path = folder / "workers.json"
    return {queue: pem.encode() for queue, pem in json.loads(path.read_text()).items()} if path.exists() else {}


def make_log_key(folder: Path, origin: str) -> None:
    """The key that signs the log's checkpoints, and its verifier key for everybody. The name is fixed with the key."""
    pem = made_once(folder / "log" / "checkpoint.pem", new_ed25519)
    made_once(folder / "log.vkey", f"{verifier_of(ed25519(pem), name=origin)}\n".encode)
    (folder / "log.vkey").chmod(0o644)  # other processes have accounts of their own


def log_private(folder: Path) -> Ed25519PrivateKey | None:
    """The key that signs checkpoints: the supervisor of the workers reads it. None for whoever doesn't hold it."""
    path = folder / "log" / "checkpoint.pem"
    return ed25519(path.read_bytes()) if os.access(path, os.R_OK) else None


def log_verifier(folder: Path) -> Verifier | None:
    """By what strangers check the log's checkpoints; None before `prepare` made it."""
    path = folder / "log.vkey"
    return verifier(path.read_text().strip()) if path.exists() else None


def log_memory(folder: Path) -> Path:
    """Where the log's signer remembers the last checkpoint that it signed."""
    return folder / "log" / "last-signed"


def evidence_private(folder: Path) -> Ed25519PrivateKey:
    """The key that signs evidence bundles: the web process reads it, workers never do."""
    return ed25519(made_once(folder / "evidence" / "bundles.pem", new_ed25519))


def certificate_private(folder: Path) -> bytes:
    """PEM of the key that signs certificates of destruction: the supervisor reads it, workers never do."""
    return made_once(folder / "certificates" / "destruction.pem", new_ed25519)


def certificate_public(folder: Path) -> bytes:
    """PEM of the public half, by which anybody checks a certificate."""
    return (folder / "certificates.pub.pem").read_bytes()


def witness_policy(folder: Path) -> Path:
    """Where it is written which witnesses must vouch. In a folder, so that confined workers see a new version too."""
    return folder / "witnesses" / "policy"


def anchor(folder: Path) -> bytes:
    """PEM of the root to which outputs' signatures must chain."""
    return (folder / "anchor.pem").read_bytes()


def consent_roots(folder: Path) -> bytes:
    """PEM of the roots trusted for performers' signatures, pinned by the operator; empty means nobody is."""
    return _kept(folder / "consent-roots.pem")


def pins(folder: Path) -> Pins:
    """Whom the operator trusts for consents signed elsewhere; a file that is not there trusts nobody."""
    return Pins(
        roots=consent_roots(folder),
        stampers=tsa_roots(folder),
        qualified=_kept(folder / "qualified-issuers.pem"),
        seals=_kept(folder / "seal-issuers.json"),
        wallets=_kept(folder / "wallet-issuers.json"),
    )


def _kept(path: Path) -> bytes:
    return path.read_bytes() if path.exists() else b""


def tsa_roots(folder: Path) -> bytes:
    """PEM of the roots trusted for time-stamps, pinned by the operator; empty means no time-stamp is."""
    return _kept(folder / "tsa-roots.pem")


def prepare(folder: Path) -> None:
    """Make every key of this installation that does not exist yet, save the signer's (`provenance.signer`)."""
    site_secret(folder)
    (folder / "vault").mkdir(mode=0o700, parents=True, exist_ok=True)
    evidence_private(folder)
    made_once(witness_policy(folder), lambda: NOBODY)
    witness_policy(folder).parent.chmod(0o755)  # other processes have accounts of their own
    witness_policy(folder).chmod(0o644)
    made_once(folder / "grants.pub.pem", lambda: _public(gate_private(folder)))
    made_once(folder / "keeper.pub.pem", lambda: _public(keeper_private(folder)))
    made_once(folder / "certificates.pub.pem", lambda: _public(certificate_private(folder)))
    identities = {queue: _public(worker_identity(folder, queue)).decode() for queue in ASKERS}
    made_once(folder / "workers.json", json.dumps(identities, indent=1).encode)
    for path in ("grants.pub.pem", "keeper.pub.pem", "workers.json"):
        (folder / path).chmod(0o644)


def _public(pem: bytes) -> bytes:
    """The public half of a private key; both PEM."""
    return ed25519(pem).public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
