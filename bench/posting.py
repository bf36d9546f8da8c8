"""Durable messages a second over HTTP against pgbench doing the same inserts and update, 64 of each.

The desk masks, hashes, checks the token and the right, numbers and logs; pgbench only stores. Both alternate
on the same database, so that what else the machine does hits both.
"""

from __future__ import annotations

import json
import re
import statistics
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from bench import cast
from bench.figure import Figure
from bench.ground import ROOT, Ground, ground, web
from kefu.database import binaries, cluster

SENDERS = 64
SECONDS = 8
ROUNDS = 3

SCRIPT = """
BEGIN;
SELECT status, last_seq FROM conversations_conversation
WHERE id = (SELECT id FROM bench_conversation WHERE n = :client_id) FOR NO KEY UPDATE;
INSERT INTO conversations_message (conversation_id, seq, reply_seq, client_id, inbox_id, kind, author_kind,
    author_id, text, masked, has_files, salt, commitment, created_at)
SELECT c.id, c.last_seq + 1, c.last_reply_seq + 1, gen_random_uuid(), c.inbox_id, 'reply', 'customer',
    c.customer_id, 'Hello, the left earbud stopped charging after two weeks, what can I do?', '[]', false,
    '\\x00112233445566778899aabbccddeeff', sha256('\\x00112233445566778899aabbccddeeff'), now()
FROM conversations_conversation c JOIN bench_conversation b ON b.id = c.id WHERE b.n = :client_id;
UPDATE conversations_conversation SET last_seq = last_seq + 1, last_reply_seq = last_reply_seq + 1,
    last_message_at = now(), last_text = 'Hello, the left earbud stopped charging', last_author = 'customer'
WHERE id = (SELECT id FROM bench_conversation WHERE n = :client_id);
INSERT INTO events_event (era, kind, subject_kind, subject_id, actor_kind, data)
SELECT 1, 'message.posted', 'conversation', id, 'customer',
    '{"message": 1, "seq": 1, "kind": "reply", "brand": "b", "inbox": "i", "team": "t", "customer": "c"}'
FROM bench_conversation WHERE n = :client_id;
END;
"""


def measure() -> Figure:
    with ground() as where:
        where.adopt()
        senders = cast.make_senders(SENDERS)
        _give_pgbench_its_own(where, cast.make_senders(SENDERS))
        with web(where) as (port, _pid):
            _desk(senders, port, 3)
            rounds = [(_desk(senders, port, SECONDS), _pgbench(where, SECONDS)) for _ in range(ROUNDS)]
    rates = [desk["stored"] / desk["seconds"] for desk, _limit in rounds]
    ratio = statistics.median(rate / limit for rate, (_desk_, limit) in zip(rates, rounds, strict=True))
    middle = sorted(rounds, key=lambda one: one[0]["p99_ms"])[ROUNDS // 2][0]
    return Figure(
        "posting",
        round(statistics.median(rates), 1),
        "messages/s",
        ratio=round(ratio, 2),
        p50_ms=round(middle["p50_ms"], 2),
        p95_ms=round(middle["p95_ms"], 2),
        p99_ms=round(middle["p99_ms"], 2),
        limit="≥ 1.0 × pgbench (aim 1.5 ×)",
        met=ratio >= 1.0,
        parts={"pgbench_per_second": round(statistics.median(limit for _desk_, limit in rounds), 1)},
    )


def _desk(senders: list[cast.Sender], port: int, seconds: float) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, "-m", "bench.senders", str(port), str(seconds)],
        input="\n".join(json.dumps(asdict(sender)) for sender in senders),
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
        timeout=seconds + 60,
    )
    found: dict[str, Any] = json.loads(done.stdout)
    if found["refused"]:
        raise SystemExit(f"the desk refused {found['refused']} messages")
    return found


def _give_pgbench_its_own(where: Ground, senders: list[cast.Sender]) -> None:
    import psycopg

    with psycopg.connect(where.url(cluster.OWNER), autocommit=True) as db:
        db.execute("CREATE TABLE bench_conversation (n integer PRIMARY KEY, id uuid)")
        with db.cursor() as cursor:
            cursor.executemany(
                "INSERT INTO bench_conversation VALUES (%s, %s)",
                [(n, sender.conversation) for n, sender in enumerate(senders)],
            )
        db.execute("ANALYZE")


def _pgbench(where: Ground, seconds: int) -> float:
    with TemporaryDirectory() as folder:
        script = Path(folder) / "post.sql"
        script.write_text(SCRIPT)
        done = subprocess.run(
            [
                str(binaries.programs() / "pgbench"),
                *("-n", "-M", "prepared", "-c", str(SENDERS), "-j", "1", "-T", str(seconds)),
                *("-f", str(script), where.url()),
            ],
            capture_output=True,
            text=True,
            check=True,
        )
    found = re.search(r"tps = ([\d.]+)", done.stdout)
    if found is None:
        raise SystemExit(f"pgbench said: {done.stdout} {done.stderr}")
    return float(found[1])
