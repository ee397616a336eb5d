"""Keys and certificates, made for real."""

import stat
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.x509.oid import NameOID

from provenance import signer
from provenance.errors import SigningError

ROOT = Path(__file__).resolve().parents[2]


def make(folder: Path, *, now: datetime | None = None) -> tuple[signer.FileSigner, x509.Certificate]:
    signer.make_pki(folder / "sign", folder / "anchor.pem", "Müller Film", now=now)
    root = x509.load_pem_x509_certificate((folder / "anchor.pem").read_bytes())
    return signer.FileSigner(folder / "sign"), root


def test_chain_leads_from_the_leaf_to_the_anchor(tmp_path: Path) -> None:
    held, root = make(tmp_path)
    leaf, intermediate = x509.load_pem_x509_certificates(held.chain)
    leaf.verify_directly_issued_by(intermediate)
    intermediate.verify_directly_issued_by(root)
    assert leaf.subject.get_attributes_for_oid(NameOID.ORGANIZATION_NAME)[0].value == "Müller Film"
    assert root.not_valid_after_utc > intermediate.not_valid_after_utc > leaf.not_valid_after_utc


def test_leaf_may_sign_claims_and_nothing_else(tmp_path: Path) -> None:
    leaf = x509.load_pem_x509_certificates(make(tmp_path)[0].chain)[0].extensions
    assert leaf.get_extension_for_class(x509.BasicConstraints).value.ca is False
    assert list(leaf.get_extension_for_class(x509.ExtendedKeyUsage).value) == [signer.C2PA_CLAIM_SIGNING]
    usage = leaf.get_extension_for_class(x509.KeyUsage)
    assert (usage.critical, usage.value.digital_signature, usage.value.key_cert_sign) == (True, True, False)
    assert leaf.get_extension_for_class(x509.AuthorityKeyIdentifier).value.key_identifier


def test_signature_is_es256_as_c2pa_wants_it(tmp_path: Path) -> None:
    held, _ = make(tmp_path)
    key = x509.load_pem_x509_certificates(held.chain)[0].public_key()
    assert isinstance(key, ec.EllipticCurvePublicKey)
    for data in (b"", b"claim", bytes(5000)):
        raw = held.sign(data)
        assert len(raw) == 64
        encoded = encode_dss_signature(int.from_bytes(raw[:32]), int.from_bytes(raw[32:]))
        key.verify(encoded, data, ec.ECDSA(hashes.SHA256()))


def test_keys_are_for_their_owner_alone_and_the_root_key_is_gone(tmp_path: Path) -> None:
    _, root = make(tmp_path)
    folder = tmp_path / "sign"
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    for path in (folder / "signer.pem", folder / "issuer.pem"):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        key = serialization.load_pem_private_key(path.read_bytes(), password=None)
        assert key.public_key() != root.public_key()
    assert b"PRIVATE" not in (tmp_path / "anchor.pem").read_bytes()


def test_asking_again_changes_nothing(tmp_path: Path) -> None:
    before = make(tmp_path)[0].chain, (tmp_path / "anchor.pem").read_bytes()
    assert (make(tmp_path)[0].chain, (tmp_path / "anchor.pem").read_bytes()) == before


def test_anchor_that_was_lost_or_swapped_is_written_again(tmp_path: Path) -> None:
    before = make(tmp_path)[1]
    (tmp_path / "anchor.pem").write_bytes(b"")
    assert make(tmp_path)[1] == before


def test_leaf_past_half_its_life_is_replaced_under_the_same_root(tmp_path: Path) -> None:
    now = datetime.now(UTC)
    old, root = make(tmp_path, now=now)
    assert make(tmp_path, now=now + timedelta(days=360))[0].chain == old.chain
    renewed, same_root = make(tmp_path, now=now + timedelta(days=370))
    assert same_root == root
    assert renewed.chain != old.chain
    leaf, intermediate = x509.load_pem_x509_certificates(renewed.chain)
    leaf.verify_directly_issued_by(intermediate)


def test_processes_that_start_together_make_one_key(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from provenance import signer; here = Path(sys.argv[1]);"
        "signer.make_pki(here / 'sign', here / 'anchor.pem'); print(signer.FileSigner(here / 'sign').chain)"
    )
    command = [sys.executable, "-c", code, str(tmp_path)]
    running = [subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE) for _ in range(4)]
    chains = {process.communicate()[0] for process in running}
    assert [process.returncode for process in running] == [0] * 4
    assert len(chains) == 1


@pytest.mark.parametrize("content", [b"", b"not a key", None])
def test_damaged_key_file_is_a_signing_error(tmp_path: Path, content: bytes | None) -> None:
    make(tmp_path)
    path = tmp_path / "sign" / "signer.pem"
    path.write_bytes(path.read_bytes()[:400] if content is None else content)
    with pytest.raises(SigningError, match="signer"):
        signer.FileSigner(tmp_path / "sign").sign(b"claim")


def test_key_of_another_certificate_is_refused(tmp_path: Path) -> None:
    make(tmp_path)
    (tmp_path / "sign" / "signer.pem").write_bytes((tmp_path / "sign" / "issuer.pem").read_bytes())
    key = ec.generate_private_key(ec.SECP256R1()).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path = tmp_path / "sign" / "signer.pem"
    path.write_bytes(key + path.read_bytes().partition(b"-----END PRIVATE KEY-----\n")[2])
    with pytest.raises(SigningError, match="belong together"):
        signer.FileSigner(tmp_path / "sign").sign(b"claim")


def test_key_is_first_opened_when_it_is_needed(tmp_path: Path) -> None:
    held = signer.FileSigner(tmp_path / "sign")
    make(tmp_path)
    assert held.sign(b"claim")
