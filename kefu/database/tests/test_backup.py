from __future__ import annotations

import json
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from kefu.database import backup, cluster
from kefu.database.backup import Source
from kefu.database.unusable import Unusable

ROOT = Path(__file__).resolve().parents[3]
BACK_UP = """
import sys
from pathlib import Path
from kefu.database import backup
backup._copy_files = lambda *_: print("copying", flush=True) or sys.stdin.read()
backup.back_up(backup.Source(sys.argv[1], 18, Path(sys.argv[2])), Path(sys.argv[3]))
"""


@pytest.fixture
def source(lease: cluster.Lease, tmp_path: Path) -> Source:
    """A little desk: one table that the web role may only add to, and one file."""
    with psycopg.connect(lease.url(cluster.OWNER)) as owner:
        owner.execute("CREATE TABLE log (id bigserial PRIMARY KEY, what text)")
        owner.execute("REVOKE UPDATE, DELETE ON log FROM kefu_web")
        owner.execute("CREATE TABLE claims (id int)")
        owner.execute("INSERT INTO log (what) SELECT 'line ' || n FROM generate_series(1, 1000) n")
    files = tmp_path / "files"
    (files / "ab").mkdir(parents=True)
    (files / "ab" / "photo").write_bytes(b"a photo")
    return Source(lease.url(cluster.OWNER), lease.major, files)


@pytest.fixture
def elsewhere(data: Path, tmp_path: Path) -> Iterator[Source]:
    with cluster.running(data, "elsewhere") as lease:
        yield Source(lease.url(cluster.OWNER), lease.major, tmp_path / "files elsewhere")


def lines(source: Source) -> int:
    with psycopg.connect(source.owner) as connection:
        return connection.execute("SELECT FROM log").rowcount


def test_what_was_backed_up_comes_back(source: Source, elsewhere: Source, tmp_path: Path) -> None:
    made = backup.back_up(source, tmp_path / "backups")
    assert stat.S_IMODE(made.stat().st_mode) == 0o700
    manifest = backup.bring_back(tmp_path / "backups", elsewhere)
    assert manifest["postgresql"] == source.major
    assert lines(elsewhere) == 1000
    assert (elsewhere.files / "ab" / "photo").read_bytes() == b"a photo"


def test_what_the_web_role_may_not_do_it_may_not_do_afterwards(
    source: Source, elsewhere: Source, tmp_path: Path
) -> None:
    backup.bring_back(backup.back_up(source, tmp_path / "backups"), elsewhere)
    with psycopg.connect(elsewhere.owner, user="kefu_web", autocommit=True) as web:
        web.execute("INSERT INTO log (what) VALUES ('new')")
        web.execute("DELETE FROM claims")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            web.execute("DELETE FROM log")
    with psycopg.connect(elsewhere.owner) as owner:
        owner.execute("CREATE TABLE later (id int)")
        assert owner.execute("SELECT has_table_privilege('kefu_web', 'later', 'DELETE')").fetchone() == (
            True,
        )


def test_a_backup_that_was_changed_is_refused_before_anything_happens(
    source: Source, elsewhere: Source, tmp_path: Path
) -> None:
    made = backup.back_up(source, tmp_path / "backups")
    (made / "files" / "ab" / "photo").write_bytes(b"another")
    with pytest.raises(Unusable, match="photo is not what was backed up; nothing was changed"):
        backup.bring_back(made, elsewhere)
    assert not elsewhere.files.exists()


@pytest.mark.parametrize("lost", ["files/ab/photo", "database.dump", "manifest.json"])
def test_a_backup_that_lacks_something_is_refused(
    source: Source, elsewhere: Source, tmp_path: Path, lost: str
) -> None:
    made = backup.back_up(source, tmp_path / "backups")
    (made / lost).unlink()
    with pytest.raises(Unusable, match=r"is missing|cannot be read|no backup in"):
        backup.bring_back(made, elsewhere)


def test_a_desk_in_use_is_not_overwritten(source: Source, tmp_path: Path) -> None:
    made = backup.back_up(source, tmp_path / "backups")
    with pytest.raises(Unusable, match="is not empty"):
        backup.bring_back(made, source)
    with pytest.raises(Unusable, match="The database is not empty"):
        backup.bring_back(made, Source(source.owner, source.major, tmp_path / "none"))


def test_a_restore_that_fails_can_be_tried_again(
    source: Source, elsewhere: Source, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = backup.back_up(source, tmp_path / "backups")
    with monkeypatch.context() as broken:
        broken.setattr(backup, "DUMP", "manifest.json")
        with pytest.raises(Unusable, match="pg_restore failed"):
            backup.bring_back(made, elsewhere)
    assert not elsewhere.files.exists()
    backup.bring_back(made, elsewhere)
    assert lines(elsewhere) == 1000


def test_a_backup_that_fails_leaves_the_earlier_ones_alone(source: Source, tmp_path: Path) -> None:
    first = backup.back_up(source, tmp_path / "backups")
    gone = Source("postgresql://kefu@/kefu?host=/nowhere", source.major, source.files)
    with pytest.raises(Unusable, match="pg_dump failed"):
        backup.back_up(gone, tmp_path / "backups")
    assert [path.name for path in (tmp_path / "backups").iterdir()] == [first.name]


def test_a_killed_backup_is_no_backup_and_is_cleared_away_by_the_next(source: Source, tmp_path: Path) -> None:
    backups = tmp_path / "backups"
    command = [sys.executable, "-c", BACK_UP, source.owner, str(source.files), str(backups)]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as started:
        assert started.stdout
        assert started.stdout.readline() == b"copying\n"
        started.kill()
    assert list(backups.glob(".unfinished-*/database.dump"))
    with pytest.raises(Unusable, match="no backup"):
        backup.newest(backups)
    made = backup.back_up(source, backups)
    assert list(backups.iterdir()) == [made]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="not run: this system has no /dev/full")
def test_a_full_disk_is_told_in_a_sentence(
    source: Source, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backup, "MANIFEST", "/dev/full")
    with pytest.raises(
        Unusable, match=r"was not made \(No space left on device\); earlier ones are untouched"
    ):
        backup.back_up(source, tmp_path / "backups")
    assert list((tmp_path / "backups").iterdir()) == []


def test_keys_go_only_where_the_data_is_not(tmp_path: Path) -> None:
    keys, backups = tmp_path / "keys", tmp_path / "backups"
    keys.mkdir()
    (keys / "keyring.json").write_text(json.dumps({}))
    (keys / "keyring.lock").touch()
    with pytest.raises(Unusable, match="must not lie with the data"):
        backup.copy_keys(keys, backups / "keys", apart_from=backups)
    backup.copy_keys(keys, tmp_path / "safe", apart_from=backups)
    assert [path.name for path in (tmp_path / "safe").iterdir()] == ["keyring.json"]
    assert stat.S_IMODE((tmp_path / "safe" / "keyring.json").stat().st_mode) == 0o600
    with pytest.raises(Unusable, match="could not be copied to /proc/keys"):
        backup.copy_keys(keys, Path("/proc/keys"), apart_from=backups)


def test_a_server_that_wants_tls_needs_the_systems_own_programs(
    source: Source, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    strict = Source(f"{source.owner}&sslmode=require", source.major, source.files)
    with pytest.raises(Unusable, match=r"needs pg_dump .* on this machine"):
        backup.back_up(strict, tmp_path / "backups")
