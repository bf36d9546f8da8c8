from __future__ import annotations

import socket
import struct
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from kefu.database.unusable import Unusable
from kefu.database.url import databases, owner_url, server_major

ADDRESS = "postgresql://desk:s%40cret@db.example:6432/kefu?sslmode=verify-full"


def options(**environ: str) -> str:
    return str(databases({"DATABASE_URL": ADDRESS} | environ)["default"]["OPTIONS"]["options"])


def test_an_address_becomes_djangos_settings() -> None:
    default = databases({"DATABASE_URL": ADDRESS})["default"]
    assert (default["USER"], default["PASSWORD"], default["NAME"]) == ("desk", "s@cret", "kefu")
    assert (default["HOST"], default["PORT"]) == ("db.example", "6432")
    assert default["OPTIONS"]["sslmode"] == "verify-full"


def test_a_secret_address_may_lie_in_a_file(tmp_path: Path) -> None:
    (tmp_path / "url").write_text(f"{ADDRESS}\n")
    default = databases({"DATABASE_URL_FILE": str(tmp_path / "url")})["default"]
    assert default["PASSWORD"] == "s@cret"


@pytest.mark.parametrize(
    ("address", "sentence"),
    [
        ("mysql://root@localhost/kefu", "must look like postgresql://"),
        ("postgresql://desk@db.example", "names no database"),
        ("postgresql://desk@db.example/kefu?sslmode=maybe", "sslmode must be one of"),
        ("postgresql://desk@db.example:0/kefu", "the port must be a number"),
        ("postgresql://desk@db.example/kefu?colour=red", "cannot be read"),
        ("postgresql://desk:50%@db.example/kefu", "cannot be read"),
    ],
)
def test_a_wrong_address_stops_the_start_with_a_sentence(address: str, sentence: str) -> None:
    with pytest.raises(Unusable, match=sentence):
        databases({"DATABASE_URL": address})


def test_the_password_is_in_no_sentence() -> None:
    with pytest.raises(Unusable) as stopped:
        databases({"DATABASE_URL": "postgresql://desk:hunter2%@db.example/kefu"})
    assert "hunter2" not in str(stopped.value)


@pytest.mark.parametrize(
    "wrong",
    [
        {"KEFU_DB_POOL": "many"},
        {"KEFU_DB_POOL": "9-2"},
        {"KEFU_DB_STATEMENT_TIMEOUT": "soon"},
        {"KEFU_PROCESS": "webb"},
        {"DATABASE_URL_FILE": "/nowhere"},
    ],
)
def test_a_wrong_setting_stops_the_start_with_a_sentence_that_names_it(wrong: dict[str, str]) -> None:
    with pytest.raises(Unusable, match=next(iter(wrong))):
        databases({"DATABASE_URL": ADDRESS} | wrong)


def test_a_page_may_not_keep_the_database_busy_but_a_command_may() -> None:
    assert "-c statement_timeout=5000 -c lock_timeout=4000" in options(KEFU_PROCESS="web")
    assert "-c statement_timeout=0" in options(KEFU_PROCESS="command")
    assert "-c statement_timeout=1500" in options(KEFU_PROCESS="web", KEFU_DB_STATEMENT_TIMEOUT="1.5")


def test_a_migration_gives_up_waiting_for_a_lock_after_three_seconds() -> None:
    assert "-c lock_timeout=3000" in options(KEFU_PROCESS="migrate")


def test_a_transaction_is_limited_by_what_the_server_knows() -> None:
    assert "-c transaction_timeout=30000" in options(KEFU_PROCESS="web", KEFU_DB_MAJOR="17")
    assert "-c idle_in_transaction_session_timeout=30000" in options(KEFU_PROCESS="web", KEFU_DB_MAJOR="16")
    assert " transaction_timeout" not in options(KEFU_PROCESS="web")


def test_options_of_the_address_are_kept_and_ours_come_after() -> None:
    address = f"{ADDRESS}&options=-c%20work_mem%3D8MB"
    assert options(DATABASE_URL=address).startswith("-c work_mem=8MB -c statement_timeout=")


def test_pools_are_sized_by_setting() -> None:
    web = {"DATABASE_URL": ADDRESS, "KEFU_PROCESS": "web", "KEFU_DB_POOL": "3-12"}
    pool = databases(web)["default"]["OPTIONS"]["pool"]
    assert (pool["min_size"], pool["max_size"]) == (3, 12)
    assert "pool" not in databases({"DATABASE_URL": ADDRESS, "KEFU_DB_POOL": "0"})["default"]["OPTIONS"]


def test_migrations_run_as_the_owner_where_one_is_named() -> None:
    assert owner_url({"DATABASE_URL": ADDRESS}) == ADDRESS
    assert owner_url({"DATABASE_URL": ADDRESS, "KEFU_DATABASE_OWNER_URL": "postgresql://o@h/n"}).endswith(
        "o@h/n"
    )


def test_without_an_address_it_is_the_private_cluster_of_the_data_folder(tmp_path: Path) -> None:
    default = databases({"KEFU_DATA": str(tmp_path)})["default"]
    assert (default["USER"], default["NAME"]) == ("kefu_web", "kefu")
    assert default["HOST"].startswith(("/run/kefu-", "/tmp/kefu-"))


def test_a_server_older_than_16_is_refused_with_a_sentence(server_of_version: str) -> None:
    with pytest.raises(Unusable, match=r"PostgreSQL 15\.4; Kefu needs PostgreSQL 16 or newer"):
        server_major(server_of_version)


def test_a_server_that_is_not_there_is_told_in_a_sentence() -> None:
    with pytest.raises(Unusable, match=r"No PostgreSQL to be had at 127\.0\.0\.1"):
        server_major("postgresql://desk:secret@127.0.0.1:9/kefu")


@pytest.fixture
def server_of_version() -> Iterator[str]:
    """Speaks as much of PostgreSQL's protocol as it takes to say that it is 15.4."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=_greet, args=(server,))
        thread.start()
        yield f"postgresql://desk@127.0.0.1:{server.getsockname()[1]}/kefu?sslmode=disable"
        thread.join()


def _greet(server: socket.socket) -> None:
    client, _ = server.accept()
    with client:
        client.recv(4096)
        status = b"".join(
            _message(b"S", name + b"\0" + value + b"\0")
            for name, value in {b"server_version": b"15.4", b"client_encoding": b"UTF8"}.items()
        )
        client.sendall(_message(b"R", struct.pack("!i", 0)) + status + _message(b"Z", b"I"))
        while client.recv(4096):
            pass


def _message(kind: bytes, body: bytes) -> bytes:
    return kind + struct.pack("!i", len(body) + 4) + body
