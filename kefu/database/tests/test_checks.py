from __future__ import annotations

import time
from pathlib import Path

import psycopg

from kefu.database import checks, cluster
from kefu.database.checks import Health


def healths(findings: list[checks.Finding]) -> list[Health]:
    return [finding.health for finding in findings]


def test_the_private_cluster_is_in_good_health(lease: cluster.Lease) -> None:
    with psycopg.connect(lease.url()) as web:
        assert healths(checks.of_the_server(web)) == [Health.GOOD] * 4


def test_a_web_role_that_may_do_everything_is_a_problem(lease: cluster.Lease) -> None:
    with psycopg.connect(lease.url(cluster.KEEPER)) as keeper:
        told = checks.of_the_server(keeper)
    assert Health.BAD in healths(told)
    assert any("postgres is a superuser" in finding.sentence for finding in told)


def test_a_web_role_that_owns_the_database_is_doubtful(lease: cluster.Lease) -> None:
    with psycopg.connect(lease.url(cluster.OWNER)) as owner:
        assert any("owns the database" in finding.sentence for finding in checks.of_the_server(owner))


def test_a_long_writing_transaction_holds_back_the_horizon(lease: cluster.Lease) -> None:
    with psycopg.connect(lease.url()) as web, psycopg.connect(lease.url(cluster.OWNER)) as writing:
        assert checks.horizon_age(web) == 0
        writing.execute("CREATE TABLE slow ()")
        time.sleep(0.2)
        age = checks.horizon_age(web)
    assert age is not None
    assert age >= 0.2


def test_a_key_ring_that_others_can_read_is_a_problem(tmp_path: Path) -> None:
    assert checks.of_the_keys(tmp_path).health is Health.DOUBTFUL
    ring = tmp_path / "keyring.json"
    ring.touch(mode=0o600)
    assert checks.of_the_keys(tmp_path).health is Health.GOOD
    ring.chmod(0o640)
    assert checks.of_the_keys(tmp_path).health is Health.BAD


def test_space_and_open_files_are_told(tmp_path: Path) -> None:
    told = checks.of_the_machine(tmp_path)
    assert "GiB are free" in told[0].sentence
    assert "may open" in told[1].sentence
