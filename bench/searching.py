"""Search at five million messages: Chinese pairs, English words, numbers, names; four kinds of colleagues."""

from __future__ import annotations

import random
from collections.abc import Iterator
from urllib.parse import quote

from bench import texts
from bench.asking import Ask, as_figure, ask_all
from bench.figure import Figure
from bench.ground import web
from bench.seeding import CONVERSATIONS, FIRST_NUMBER, Desk, desk, email_of

ROUNDS, WARM_ROUNDS = 25, 2


def measure(size: int = CONVERSATIONS) -> Figure:
    chance = random.Random(2)  # noqa: S311
    with desk(size) as there, web(there.where) as (port, _pid):
        asks = [list(_round(there, chance)) for _ in range(ROUNDS + WARM_ROUNDS)]
        answers = ask_all(port, [one for each in asks for one in each], warm=WARM_ROUNDS * len(asks[0]))
    return as_figure("search", answers, size)


def _round(there: Desk, chance: random.Random) -> Iterator[Ask]:
    for role, cookie in there.cookies.items():
        for what, query in _queries(there, chance):
            yield Ask(f"{what}, {role}", f"/console/search?q={quote(query)}", cookie)


def _queries(there: Desk, chance: random.Random) -> Iterator[tuple[str, str]]:
    number = chance.randrange(there.size)
    customer = chance.randrange(0, there.customers, 3)
    yield (
        "zh, two characters",
        chance.choice(["退货", "蓝牙", "发票", "上海", "保修", "快递", "电池", "客服"]),
    )
    yield "zh, rare", chance.choice([one for one in texts.RARE if not one.isascii()])
    yield (
        "zh, a phrase",
        chance.choice(["发票抬头写错了", "充电盒的盖子", "扫地机器人一直在", "没有收到包裹"]),
    )
    yield "en, a word", chance.choice(["refund", "bluetooth", "warranty", "battery", "the", "router"])
    yield "en, rare", chance.choice([one for one in texts.RARE if one.isascii()])
    yield "en, two words", chance.choice(["lost warranty", "firmware pairs", "wrong model", "humming leeds"])
    yield "order number", texts.order_number(number)
    yield "conversation number", f"K-{FIRST_NUMBER + number}"
    yield "name", texts.name(customer) or "Ada Brook"
    yield "e-mail address", email_of(customer)
