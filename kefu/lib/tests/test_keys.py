from __future__ import annotations

import base64
import json
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from kefu.lib.ids import uuid7
from kefu.lib.keys import DataKey, KeyRing, Place, Tampered

PLACE: Place = {"table": "people_customer", "column": "name", "row": uuid7()}


@pytest.fixture
def ring(tmp_path: Path) -> KeyRing:
    return KeyRing.at(tmp_path / "keys")


def test_the_ring_is_made_at_first_use_for_nobody_else_to_read(tmp_path: Path) -> None:
    KeyRing.at(tmp_path / "keys")
    assert stat.S_IMODE((tmp_path / "keys").stat().st_mode) == 0o700
    assert stat.S_IMODE((tmp_path / "keys" / "keyring.json").stat().st_mode) == 0o600
    assert [file.name for file in (tmp_path / "keys").iterdir()] == ["keyring.json"]


def test_several_processes_that_start_at_once_share_one_ring(tmp_path: Path) -> None:
    script = "import sys, pathlib; from kefu.lib.keys import KeyRing;"
    script += "print(KeyRing.at(pathlib.Path(sys.argv[1])).installation_key().kid.hex())"
    started = [
        subprocess.Popen([sys.executable, "-c", script, str(tmp_path / "keys")], stdout=subprocess.PIPE)
        for _ in range(3)
    ]
    assert len({process.communicate()[0] for process in started}) == 1
    assert all(process.returncode == 0 for process in started)


def test_a_second_start_reads_the_same_keys(ring: KeyRing) -> None:
    again = KeyRing.at(ring.path.parent)
    sealed = ring.installation_key().seal("a secret", **PLACE)
    assert again.installation_key().open(sealed, **PLACE) == "a secret"
    assert again.index_mac(b"lin") == ring.index_mac(b"lin")


def test_a_ring_that_others_can_read_stops_the_start(ring: KeyRing) -> None:
    ring.path.chmod(0o640)
    with pytest.raises(ImproperlyConfigured, match="can be read by others"):
        KeyRing.at(ring.path.parent)


@pytest.mark.parametrize("content", ["", "{}", "[]", "secret", '{"keys": {"00": "x"}, "current": "00"}'])
def test_a_malformed_ring_stops_the_start_with_one_sentence(ring: KeyRing, content: str) -> None:
    ring.path.write_text(content)
    with pytest.raises(ImproperlyConfigured, match=r"is not a key ring\.$"):
        KeyRing(ring.path)


@pytest.mark.parametrize("sample", [b"\0" * 32, b"change-me-change-me-change-me-ch", b"0123456789abcdef" * 2])
def test_a_sample_key_stops_the_start(ring: KeyRing, sample: bytes) -> None:
    _put_master_key(ring, sample)
    with pytest.raises(ImproperlyConfigured, match="sample key"):
        KeyRing(ring.path)


def test_the_wrong_key_stops_the_start(ring: KeyRing) -> None:
    _put_master_key(ring, bytes(range(32)))
    with pytest.raises(ImproperlyConfigured, match="does not fit"):
        KeyRing(ring.path)


def test_a_missing_ring_that_was_named_stops_the_start(tmp_path: Path) -> None:
    with pytest.raises(ImproperlyConfigured, match="cannot be read"):
        KeyRing(tmp_path / "nowhere.json")


def test_a_data_key_survives_being_wrapped(ring: KeyRing) -> None:
    key, wrapped = DataKey.make(ring)
    sealed = key.seal("收件人：林", **PLACE)
    assert ring.unwrap(wrapped).open(sealed, **PLACE) == "收件人：林"
    assert "林".encode() not in sealed


def test_a_value_opens_only_in_its_own_place(ring: KeyRing) -> None:
    key, _ = DataKey.make(ring)
    sealed = key.seal("a secret", **PLACE)
    elsewhere: list[Place] = [
        {**PLACE, "table": "people_staff"},
        {**PLACE, "column": "phone"},
        {**PLACE, "row": uuid7()},
    ]
    for place in elsewhere:
        with pytest.raises(Tampered):
            key.open(sealed, **place)


def test_a_value_of_another_customer_does_not_open(ring: KeyRing) -> None:
    mine, _ = DataKey.make(ring)
    theirs, _ = DataKey.make(ring)
    with pytest.raises(Tampered):
        mine.open(theirs.seal("a secret", **PLACE), **PLACE)


def test_any_changed_or_missing_byte_is_noticed(ring: KeyRing) -> None:
    key, wrapped = DataKey.make(ring)
    sealed = key.seal("a secret", **PLACE)
    for position in range(len(sealed)):
        changed = sealed[:position] + bytes([sealed[position] ^ 1]) + sealed[position + 1 :]
        for broken in (changed, sealed[:position]):
            with pytest.raises(Tampered):
                key.open(broken, **PLACE)
    for position in range(len(wrapped)):
        with pytest.raises(Tampered):
            ring.unwrap(wrapped[:position])


def test_the_same_text_never_looks_the_same(ring: KeyRing) -> None:
    key, _ = DataKey.make(ring)
    nonces = {key.seal("yes", **PLACE)[9:21] for _ in range(20_000)}
    assert len(nonces) == 20_000


def test_keys_rotate_while_everything_stays_readable(ring: KeyRing) -> None:
    old = ring.current
    key, wrapped = DataKey.make(ring)
    sealed = key.seal("a secret", **PLACE)
    installation, index = ring.installation_key().seal("inbox", **PLACE), ring.index_mac(b"lin")

    ring.add()
    assert not ring.is_current(wrapped)
    assert ring.unwrap(wrapped).open(sealed, **PLACE) == "a secret"
    rewrapped = ring.rewrap(wrapped)
    assert ring.is_current(rewrapped)
    assert ring.rewrap(rewrapped) == rewrapped
    ring.retire(old)

    after = KeyRing(ring.path)
    assert after.unwrap(rewrapped).open(sealed, **PLACE) == "a secret"
    assert after.installation_key().open(installation, **PLACE) == "inbox"
    assert after.index_mac(b"lin") == index
    with pytest.raises(Tampered):
        after.unwrap(wrapped)


def test_a_running_process_notices_a_key_that_another_added(ring: KeyRing) -> None:
    running = KeyRing(ring.path)
    ring.add()
    key, wrapped = DataKey.make(ring)
    assert running.unwrap(wrapped).kid == key.kid


def test_the_current_key_cannot_be_retired(ring: KeyRing) -> None:
    with pytest.raises(ValueError, match="current key"):
        ring.retire(ring.current)


def test_keys_do_not_show_in_logs(ring: KeyRing) -> None:
    secrets = json.loads(ring.path.read_text())["keys"].values()
    shown = f"{ring!r} {ring.installation_key()!r} {vars(ring)}"
    assert not any(secret in shown for secret in secrets)


def _put_master_key(ring: KeyRing, secret: bytes) -> None:
    content = json.loads(ring.path.read_text())
    content["keys"] = {content["current"]: base64.b64encode(secret).decode()}
    ring.path.write_text(json.dumps(content))
