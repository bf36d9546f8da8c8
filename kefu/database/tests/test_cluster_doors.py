"""Who may come in, and where the cluster lies so that nobody else can."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest

from kefu.database import binaries, cluster, places
from kefu.database.unusable import Unusable

NOBODY = 65534
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="not run: needs root")
SERVE = """
import sys
from pathlib import Path
import psycopg
from kefu.database import cluster
from kefu.database.unusable import Unusable
try:
    with cluster.running(Path(sys.argv[1])) as lease:
        print(*psycopg.connect(lease.url()).execute("SELECT current_user").fetchone())
except Unusable as sentence:
    print(sentence)
"""


@pytest.mark.parametrize("role", [cluster.OWNER, cluster.WEB])
def test_nobody_but_the_keeper_is_a_superuser(lease: cluster.Lease, role: str) -> None:
    with psycopg.connect(lease.url(role)) as connection:
        rights = connection.execute(
            "SELECT rolsuper, rolcreaterole, rolcreatedb, rolbypassrls"
            " FROM pg_roles WHERE rolname = current_user"
        ).fetchone()
    assert rights == (False, False, False, False)


def test_the_web_role_works_with_rows_and_owns_nothing(lease: cluster.Lease) -> None:
    with psycopg.connect(lease.url(cluster.OWNER)) as owner:
        owner.execute("CREATE TABLE parcels (id bigserial, place text)")
    with psycopg.connect(lease.url(), autocommit=True) as web:
        web.execute("INSERT INTO parcels (place) VALUES ('Hamburg')")
        web.execute("UPDATE parcels SET place = 'Shanghai'")
        web.execute("DELETE FROM parcels")
        for forbidden in ("DROP TABLE parcels", "TRUNCATE parcels", "CREATE TABLE mine ()", "CREATE ROLE me"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                web.execute(forbidden)


@as_root
def test_another_user_of_the_machine_meets_a_closed_folder(lease: cluster.Lease) -> None:
    assert "Permission denied" in connecting_as_nobody(lease, capabilities="")


@as_root
@pytest.mark.parametrize("role", [cluster.KEEPER, cluster.OWNER, cluster.WEB])
def test_another_user_who_gets_past_the_folder_is_refused(lease: cluster.Lease, role: str) -> None:
    told = connecting_as_nobody(lease, capabilities="+dac_override", role=role)
    assert "Peer authentication failed" in told


def connecting_as_nobody(lease: cluster.Lease, capabilities: str, role: str = cluster.WEB) -> str:
    account = ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups"]
    if capabilities:
        account += [f"--inh-caps={capabilities}", f"--ambient-caps={capabilities}"]
    asked = [*account, str(binaries.programs() / "psql"), lease.url(role), "-c", "SELECT 1"]
    return subprocess.run(asked, capture_output=True, text=True, check=False).stderr


def test_an_account_that_the_map_does_not_know_gets_no_role(lease: cluster.Lease) -> None:
    with pytest.raises(psycopg.OperationalError, match="Peer authentication failed"):
        psycopg.connect(lease.url("somebody"))


@as_root
def test_the_server_runs_as_a_user_that_has_no_account(lease: cluster.Lease) -> None:
    status = Path(f"/proc/{lease.postmaster.pid()}/status").read_text()
    assert f"Uid:\t{lease.place.uid}\t{lease.place.uid}\t" in status
    assert lease.place.uid in places.UNLISTED
    assert "Groups:\t \n" in status or "Groups:\t\n" in status


@as_root
def test_below_a_closed_folder_the_cluster_lies_outside_and_no_mode_changes(data: Path) -> None:
    data.mkdir(mode=0o700)
    with cluster.running(data) as lease:
        first = lease.place.folder
        with psycopg.connect(lease.url(cluster.OWNER)) as connection:
            connection.execute("CREATE TABLE kept ()")
    with cluster.running(data) as lease, psycopg.connect(lease.url()) as connection:
        connection.execute("SELECT FROM kept")
        assert lease.place.folder == first
    assert first.is_relative_to(places.OUTSIDE)
    assert stat.S_IMODE(data.stat().st_mode) == 0o700


@as_root
def test_a_link_whose_cluster_is_gone_is_no_reason_to_begin_empty(data: Path) -> None:
    data.mkdir(mode=0o700)
    with cluster.running(data) as lease:
        pass
    shutil.rmtree(lease.place.folder.parent)
    with pytest.raises(Unusable, match="which is gone"):
        cluster.running(data)


@as_root
def test_programs_below_a_closed_folder_are_copied_and_the_folder_stays_closed(
    tmp_path: Path, data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    for part in binaries.PARTS:
        shutil.copytree(binaries.programs().parents[2] / part, closed / part, symlinks=True)
    monkeypatch.setattr(binaries, "programs", lambda: closed / binaries.PARTS[0])
    monkeypatch.setattr(binaries, "COPIES", data.parent / "copies")
    with cluster.running(data) as lease:
        words = Path(f"/proc/{lease.postmaster.pid()}/cmdline").read_bytes().decode()
    assert words.startswith(str(data.parent / "copies"))
    assert stat.S_IMODE(closed.stat().st_mode) == 0o700


@as_root
def test_a_plain_user_runs_a_cluster_as_himself(data: Path) -> None:
    data.mkdir()
    os.chown(data, NOBODY, NOBODY)
    assert start_as(NOBODY, data) == "kefu_web"
    assert places.place(data).uid == NOBODY


@as_root
def test_a_user_without_an_account_is_told_what_to_do(data: Path) -> None:
    data.mkdir()
    os.chown(data, 61999, 61999)
    assert "has no account" in start_as(61999, data)


@as_root
def test_somebody_elses_data_folder_is_refused_with_a_sentence(data: Path) -> None:
    with cluster.running(data):
        assert "is the folder yours?" in start_as(NOBODY, data)


def start_as(uid: int, data: Path) -> str:
    account = ["setpriv", f"--reuid={uid}", f"--regid={uid}", "--clear-groups"]
    started = subprocess.run(
        [*account, sys.executable, "-c", SERVE, str(data)],
        capture_output=True,
        text=True,
        check=False,
        env={"PATH": os.defpath, "PYTHONPATH": str(Path(cluster.__file__).parents[2]), "HOME": "/"},
    )
    if started.returncode != 0 and not reaches(account, Path(cluster.__file__)):
        pytest.skip("not run: this clone is closed to other users")
    assert started.returncode == 0, started.stderr
    return started.stdout.strip()


def reaches(account: list[str], path: Path) -> bool:
    return subprocess.run([*account, "env", "test", "-r", str(path)], check=False).returncode == 0


def test_a_deep_data_folder_still_has_a_short_socket(data: Path) -> None:
    deep = data.joinpath(*["a-folder-with-a-long-name"] * 6)
    try:
        with cluster.running(deep) as lease:
            assert len(os.fsencode(lease.place.sockets / places.SOCKET_NAME)) <= places.LONGEST_SOCKET
    finally:
        shutil.rmtree(places.sockets(deep), ignore_errors=True)


def test_a_socket_path_beyond_the_limit_is_refused_with_a_sentence(data: Path) -> None:
    place = places.Place(data, data / ("x" * 100), os.geteuid(), data, data)
    with pytest.raises(Unusable, match="107 bytes"):
        places.make_sockets(place)


def test_a_socket_folder_that_is_open_to_others_is_refused(data: Path) -> None:
    prepared = places.sockets(data)
    prepared.mkdir(mode=0o777)
    prepared.chmod(0o777)
    try:
        with pytest.raises(Unusable, match="somebody else's or open to others"):
            cluster.running(data)
    finally:
        prepared.rmdir()


def test_a_link_in_place_of_the_socket_folder_is_refused(data: Path, tmp_path: Path) -> None:
    prepared = places.sockets(data)
    prepared.symlink_to(tmp_path)
    try:
        with pytest.raises(Unusable, match="somebody else's or open to others"):
            cluster.running(data)
    finally:
        prepared.unlink()
