from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psycopg
import pytest

from kefu.database import birth, cluster, places, postmaster
from kefu.database.unusable import Unusable

USER_OF_THE_CLUSTER = """
import sys, time
from pathlib import Path
from kefu.database import cluster
with cluster.running(Path(sys.argv[1])) as lease:
    print(lease.postmaster.pid(), flush=True)
    sys.stdin.read()
"""
ASKING = "import psycopg, sys; psycopg.connect(sys.argv[1]).execute(sys.argv[2])"
ROOT = Path(__file__).resolve().parents[3]


def another_start(data: Path) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", USER_OF_THE_CLUSTER, str(data)]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT)


def server_pid_told_by(start: subprocess.Popen[str]) -> int:
    assert start.stdout is not None
    return int(start.stdout.readline())


def finish(start: subprocess.Popen[str]) -> None:
    start.communicate(timeout=30)


def kill_the_server(lease: cluster.Lease) -> None:
    pid = lease.postmaster.pid()
    assert pid
    os.kill(pid, signal.SIGKILL)
    while lease.alive():
        time.sleep(0.01)


def note(lease: cluster.Lease, text: str) -> None:
    with psycopg.connect(lease.url(cluster.OWNER), autocommit=True) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS notes (text text)")
        connection.execute("INSERT INTO notes VALUES (%s)", [text])


def notes(lease: cluster.Lease) -> list[str]:
    with psycopg.connect(lease.url()) as connection:
        return [row[0] for row in connection.execute("SELECT text FROM notes")]


def test_what_was_stored_is_there_after_a_stop_and_a_start(data: Path) -> None:
    with cluster.running(data) as lease:
        note(lease, "before")
    with cluster.running(data) as lease:
        assert notes(lease) == ["before"]


def test_the_server_listens_on_a_private_socket_only(lease: cluster.Lease) -> None:
    with psycopg.connect(lease.url(cluster.KEEPER)) as connection:
        assert connection.execute("SHOW listen_addresses").fetchone() == ("",)
    assert lease.place.sockets.stat().st_mode & 0o077 == 0
    assert "trust" not in (lease.place.folder / "pg_hba.conf").read_text()


def test_a_killed_server_leaves_nothing_that_stops_the_next_start(data: Path) -> None:
    with cluster.running(data) as lease:
        note(lease, "kept")
        kill_the_server(lease)
    assert (lease.place.folder / "postmaster.pid").exists()
    with cluster.running(data) as lease:
        assert notes(lease) == ["kept"]


def test_a_killed_server_is_revived_for_those_who_still_use_it(lease: cluster.Lease) -> None:
    note(lease, "kept")
    kill_the_server(lease)
    lease.revive()
    assert notes(lease) == ["kept"]


def test_a_backend_that_outlives_the_killed_server_is_ended(
    lease: cluster.Lease, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postmaster, "ORPHANS_MAY_FINISH", 0.2)
    busy = "SELECT count(*) FROM pg_class a, pg_class b, pg_class c, pg_class d"
    asking = subprocess.Popen(
        [sys.executable, "-c", ASKING, lease.url(), busy],
        stderr=subprocess.DEVNULL,
    )
    with psycopg.connect(lease.url(cluster.KEEPER)) as watching:
        while not watching.execute("SELECT pid FROM pg_stat_activity WHERE query = %s", [busy]).fetchone():
            watching.rollback()
            time.sleep(0.02)
    kill_the_server(lease)
    lease.revive()
    assert asking.wait(timeout=5) != 0


def test_a_pid_file_of_a_process_long_gone_is_not_believed(data: Path) -> None:
    with cluster.running(data) as lease:
        kill_the_server(lease)
        gone = subprocess.Popen(["true"])
        gone.wait()
        claim_to_be_the_server(lease, gone.pid)
    with cluster.running(data) as lease:
        assert lease.alive()


def test_a_pid_file_whose_number_belongs_to_another_program_now_is_not_believed(data: Path) -> None:
    with cluster.running(data) as lease:
        kill_the_server(lease)
        other = subprocess.Popen([*lease.place.account, "sleep", "60"])
        claim_to_be_the_server(lease, other.pid)
    with cluster.running(data) as lease:
        assert lease.alive()
        assert other.poll() is None
    other.kill()
    other.wait()


def claim_to_be_the_server(lease: cluster.Lease, pid: int) -> None:
    file = lease.place.folder / "postmaster.pid"
    lines = file.read_text().splitlines()
    file.write_text("\n".join([str(pid), *lines[1:], ""]))


def test_data_of_another_major_version_is_refused_with_a_sentence(data: Path) -> None:
    with cluster.running(data) as lease:
        pass
    (lease.place.folder / "PG_VERSION").write_text("17\n")
    with pytest.raises(Unusable, match=r"was made by PostgreSQL 17 .* make a backup"):
        cluster.running(data)


def test_a_server_that_could_lose_messages_is_refused_and_stopped(data: Path) -> None:
    with cluster.running(data) as lease:
        pass
    (lease.place.folder / "local.conf").write_text("fsync = off\n")
    os.chown(lease.place.folder / "local.conf", lease.place.uid, -1)
    with pytest.raises(Unusable, match="without fsync"):
        cluster.running(data)
    assert not lease.alive()


def test_a_server_that_does_not_start_says_why(data: Path) -> None:
    with cluster.running(data) as lease:
        pass
    (lease.place.folder / "local.conf").write_text("shared_buffers = lots\n")
    os.chown(lease.place.folder / "local.conf", lease.place.uid, -1)
    with pytest.raises(Unusable, match=r"PostgreSQL does not start: .*configuration"):
        cluster.running(data)


def test_several_starts_share_one_server_and_the_last_stops_it(data: Path) -> None:
    lease = cluster.running(data)
    other = another_start(data)
    assert server_pid_told_by(other) == lease.postmaster.pid()
    lease.release()
    assert lease.alive()
    finish(other)
    assert not lease.alive()


def test_a_killed_start_gives_its_lease_back(data: Path) -> None:
    lease = cluster.running(data)
    other = another_start(data)
    server_pid_told_by(other)
    other.kill()
    finish(other)
    assert lease.alive()
    lease.release()
    assert not lease.alive()


def test_starts_at_the_same_moment_end_with_one_server(data: Path) -> None:
    starts = [another_start(data) for _ in range(5)]
    assert len({server_pid_told_by(start) for start in starts}) == 1
    for start in starts:
        finish(start)
    assert postmaster.Postmaster(places.place(data)).pid() is None


def test_a_start_killed_while_making_the_folder_leaves_nothing_half_made(data: Path) -> None:
    (data / "postgres.new" / "base").mkdir(parents=True)
    data.chmod(0o711)
    with cluster.running(data) as lease:
        assert lease.alive()
    assert not (data / "postgres.new").exists()


def test_a_second_database_begins_like_the_first(data: Path) -> None:
    with cluster.running(data), cluster.running(data, "bench") as second:
        note(second, "here")
        assert notes(second) == ["here"]
        with psycopg.connect(second.url()) as connection:
            assert connection.execute("SELECT unaccent('É')").fetchone() == ("E",)
            assert len(connection.execute("SELECT show_trgm('退款')").fetchone()[0]) == 3  # type: ignore[index]


def test_the_folder_is_whole_before_it_has_its_name(lease: cluster.Lease) -> None:
    assert birth.complete(lease.place)
