"""The claims of the demo, in every state that a claim comes to: who asked for what, and the steps it has taken."""

from __future__ import annotations

from dataclasses import dataclass

from kefu.claims.machines import Kind
from kefu.demo.cast import KETTLEMOTH, LUMQUAY

ZH, EN = "zh-hans", "en"
ANY = ("watch", "earbuds", "lamp", "speaker", "dock", "projector")
MOST = ("watch", "earbuds", "lamp", "speaker", "dock")  # what one person alone may pay back
CHEAP = ("earbuds", "lamp", "speaker", "dock")  # approved by the policy alone
SMALL = ("lamp", "speaker", "dock")  # likewise in Europe, where what was sealed for hygiene stays sold
UNSEALED = (*SMALL, "watch", "projector")
WATCH, KETTLE = ("watch",), ("kettle",)


@dataclass(frozen=True, slots=True)
class Case:
    """``ago``: days since it began. ``path``: names of ``casework.STEPS``. ``talk``: words of the dialogue that it came
    from, if one was told at the right time. ``bought``: days before, where no conversation is about the order.
    ``owned``: months since a registered unit was bought; such a claim has no order.
    """

    language: str
    kind: Kind
    reason: str
    ago: float
    path: str
    said: str = ""
    products: tuple[str, ...] = CHEAP
    talk: str = ""
    shows: str = ""
    bought: float = 5
    owned: int | None = None
    sku: str = ""
    new_sku: str = ""
    to: str = "original"
    by_agent: bool = False
    pays: str = ""
    brand: str = LUMQUAY


RETURN, EXCHANGE, WARRANTY = Kind.RETURN, Kind.EXCHANGE, Kind.WARRANTY
MONEY_ONLY, CANCELLATION = Kind.REFUND_ONLY, Kind.CANCELLATION
GIVES_BACK_ZH, GIVES_BACK_EN, LEAKS = "想退货", "I'd like to return", "壶嘴"
INSPECTED = "filed approved shipped received inspecting"
REPAIRED = "filed shipped received diagnosing defect repairing"

ACCEPTED = "received inspecting accepted"
CASES = (
    Case(ZH, RETURN, "changed_mind", 1, "filed", "家里人又买了一个。", talk=GIVES_BACK_ZH),
    Case(ZH, RETURN, "changed_mind", 4, "filed approved shipped", "家里人又买了一个。", ANY, GIVES_BACK_ZH),
    Case(
        ZH, RETURN, "changed_mind", 6, "filed approved shipped received", "比想象中大。", ANY, GIVES_BACK_ZH
    ),
    Case(ZH, RETURN, "changed_mind", 7, INSPECTED, "不太适合我。", ANY, GIVES_BACK_ZH),
    Case(ZH, RETURN, "changed_mind", 8, f"{INSPECTED} lessened", "屏幕太亮，用不惯。", WATCH, GIVES_BACK_ZH),
    Case(ZH, RETURN, "changed_mind", 10, f"{INSPECTED} not_accepted", "就试用了几次。", WATCH),
    Case(
        ZH,
        RETURN,
        "changed_mind",
        9,
        f"filed approved shipped {ACCEPTED} sent",
        "买重了。",
        MOST,
        GIVES_BACK_ZH,
    ),
    Case(
        ZH,
        RETURN,
        "changed_mind",
        16,
        f"filed approved shipped {ACCEPTED} sent booked",
        "不合适。",
        MOST,
        GIVES_BACK_ZH,
    ),
    Case(
        ZH, RETURN, "changed_mind", 9, f"filed approved shipped {ACCEPTED}", "投影距离不够。", ("projector",)
    ),
    Case(ZH, RETURN, "changed_mind", 2, "filed appealed", "一直没拆封。", ("lamp",), bought=52),
    Case(
        ZH,
        EXCHANGE,
        "wrong_item",
        8,
        f"filed shipped {ACCEPTED} replaced",
        "颜色发错了。",
        SMALL,
        talk="颜色发错了",
        shows="label",
    ),
    Case(
        ZH,
        EXCHANGE,
        "wrong_item",
        17,
        f"filed shipped {ACCEPTED} replaced delivered completed",
        "订的颜色和收到的不一样。",
        SMALL,
        talk="颜色发错了",
        shows="label",
    ),
    Case(
        ZH,
        EXCHANGE,
        "wrong_size",
        8,
        f"{INSPECTED} accepted",
        "想换黑色的，补差价可以。",
        WATCH,
        sku="LQ-W15-S",
        new_sku="LQ-W15-K",
    ),
    Case(ZH, MONEY_ONLY, "missing_item", 1, "filed asked", "箱子里少了充电线。", WATCH, shows="carton"),
    Case(
        ZH,
        MONEY_ONLY,
        "price_correction",
        12,
        "filed granted",
        products=SMALL,
        to="store_credit",
        by_agent=True,
    ),
    Case(ZH, CANCELLATION, "ordered_by_mistake", 0.1, "filed", products=("lamp",), bought=0.1),
    Case(
        ZH,
        WARRANTY,
        "fault",
        9,
        "filed shipped received diagnosing defect swapped sent_back",
        "左耳没有声音。",
        ("earbuds",),
        "耳机左边没声音了",
        "fault",
    ),
    Case(
        ZH,
        WARRANTY,
        "fault",
        6,
        "filed shipped received diagnosing",
        "换了线也充不进电。",
        ("speaker", "watch"),
        "突然开不了机",
        "fault",
        owned=7,
    ),
    Case(
        ZH,
        WARRANTY,
        "fault",
        8,
        "filed called_in shipped received diagnosing quoted",
        "开机有焦味，之后打不开。",
        ("projector",),
        shows="fault",
        bought=930,
    ),
    Case(EN, RETURN, "changed_mind", 1, "filed", "It is bigger than I thought.", WATCH, GIVES_BACK_EN),
    Case(
        EN,
        RETURN,
        "changed_mind",
        4,
        "filed approved shipped",
        "It isn't quite what I need.",
        UNSEALED,
        GIVES_BACK_EN,
    ),
    Case(
        EN,
        RETURN,
        "changed_mind",
        8,
        f"filed approved shipped {ACCEPTED} paid",
        "I ordered two by mistake.",
        (*SMALL, "watch"),
        GIVES_BACK_EN,
        pays="scripted",
    ),
    Case(
        EN,
        RETURN,
        "damaged",
        8,
        f"filed shipped {ACCEPTED} stranded",
        "The box was crushed and the foot is bent.",
        SMALL,
        shows="carton",
        pays="scripted",
    ),
    Case(
        EN,
        MONEY_ONLY,
        "missing_item",
        6,
        "filed sent bounced",
        "The cable was not in the box.",
        ("dock",),
        shows="carton",
    ),
    Case(EN, RETURN, "changed_mind", 3, "filed withdrawn", "I ordered two by mistake.", SMALL),
    Case(EN, MONEY_ONLY, "not_arrived", 9, "filed refused", "Nothing has come.", WATCH),
    Case(
        EN,
        WARRANTY,
        "fault",
        3,
        "filed",
        "The left earbud is silent.",
        ("earbuds",),
        "The left earbud has gone silent",
        "fault",
    ),
    Case(
        EN,
        WARRANTY,
        "fault",
        8,
        REPAIRED,
        "No light at all, I tried two cables.",
        ("speaker", "watch"),
        "won't turn on",
        "fault",
        owned=5,
    ),
    Case(
        EN,
        WARRANTY,
        "fault",
        19,
        f"{REPAIRED} tested sent_back home",
        "It switches itself off after a minute.",
        ("projector",),
        shows="fault",
        owned=9,
    ),
    Case(ZH, WARRANTY, "fault", 2, "filed", "壶嘴倒水会往回流。", KETTLE, LEAKS, "scratch", brand=KETTLEMOTH),
    Case(
        ZH,
        MONEY_ONLY,
        "goodwill",
        2,
        "filed granted",
        products=KETTLE,
        talk=LEAKS,
        to="store_credit",
        by_agent=True,
        brand=KETTLEMOTH,
    ),
    Case(
        EN,
        RETURN,
        "defective",
        2,
        "filed shipped",
        "It never shows the same weight twice.",
        ("scale",),
        shows="fault",
        brand=KETTLEMOTH,
    ),
)
