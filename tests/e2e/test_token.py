"""The line with its key-encryption keys in a PKCS#11 token: made there by the confined keeper, and destroyed there."""

import sys
from pathlib import Path

import pytest

from countersign.demo import story
from tests.consent import stores
from tests.e2e import conftest, stage
from tests.e2e.stage import until

pytestmark = pytest.mark.line


@pytest.mark.skipif(sys.platform != "linux", reason="SoftHSM2 is looked for where Linux keeps it")
def test_keys_in_a_token_serve_a_run_and_go_with_the_withdrawal(tmp_path: Path, short_clips: dict[str, Path]) -> None:
    vault = tmp_path / "data" / "keys" / "vault"
    address, conf = stores.new_token(vault)
    with stage.set_up(tmp_path / "data", COUNTERSIGN_KEYSTORE=address, SOFTHSM2_CONF=conf) as ready:
        them = conftest.consenting(ready, short_clips)
        run = ready.ask(them.idris, them.anselm, title="Under a token").body
        ended = story.finished(ready.crew, run["id"])
        assert ended["state"] == "published", ended["reasons"]
        held = _objects(vault)
        assert held
        assert not [path for path in vault.iterdir() if path.name.startswith("consent-")]
        story.withdraw(ready.address, them.anselm)
        (shredded,) = until(lambda: ready.ledger(kind="key:shredded"), most_s=10)
        assert shredded["body"]["store"] == "Pkcs11Store"
        assert _objects(vault) < held


def _objects(vault: Path) -> set[Path]:
    """SoftHSM2 keeps each object of a token in a file."""
    return set((vault / "tokens").rglob("*.object"))
