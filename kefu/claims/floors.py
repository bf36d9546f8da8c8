"""What the law gives a consumer, by profile, as data; every figure with the article that it comes from.

From reference/aftersales.md, section 6. Where an article there is marked unverified it was not read in its official
text, and a lawyer's word comes first. A policy may always be kinder.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from kefu.claims.termchoices import LawProfile
from kefu.orders.models import ProductFlag

# As it is stored with a verdict → as a page says it.
ARTICLES: dict[str, str | Promise] = {
    "消法 22": _("Consumer Rights Protection Law of China, article 22"),
    "消法 23": _("Consumer Rights Protection Law of China, article 23"),
    "消法 24": _("Consumer Rights Protection Law of China, article 24"),
    "消法 25": _("Consumer Rights Protection Law of China, article 25"),
    "处罚办法 9": _("Measures on penalties for infringing consumers' rights of China, article 9"),
    "七日退货办法": _("Measures on returning goods bought online within seven days, China"),
    "三包规定": _("Provisions on repair, exchange and return of certain goods, China"),
    "2011/83 9": _("Directive 2011/83/EU, article 9"),
    "2011/83 13": _("Directive 2011/83/EU, article 13"),
    "2011/83 14": _("Directive 2011/83/EU, article 14"),
    "2011/83 16": _("Directive 2011/83/EU, article 16"),
    "1182/71 3": _("Regulation 1182/71 (EEC, Euratom), article 3"),
    "2019/771 10": _("Directive (EU) 2019/771, article 10"),
    "2019/771 13": _("Directive (EU) 2019/771, article 13"),
    "2019/771 14": _("Directive (EU) 2019/771, article 14"),
    "CCR 28": _("Consumer Contracts Regulations 2013 of the United Kingdom, regulation 28"),
    "CCR 30": _("Consumer Contracts Regulations 2013 of the United Kingdom, regulation 30"),
    "CCR 34": _("Consumer Contracts Regulations 2013 of the United Kingdom, regulation 34"),
    "CCR 35": _("Consumer Contracts Regulations 2013 of the United Kingdom, regulation 35"),
    "CRA 20": _("Consumer Rights Act 2015 of the United Kingdom, section 20"),
    "CRA 22": _("Consumer Rights Act 2015 of the United Kingdom, section 22"),
    "CRA 23": _("Consumer Rights Act 2015 of the United Kingdom, section 23"),
    "15 USC 2302": _("Magnuson-Moss Warranty Act of the United States, 15 USC 2302"),
    "15 USC 2303": _("Magnuson-Moss Warranty Act of the United States, 15 USC 2303"),
}


@dataclass(frozen=True, slots=True)
class Sure:
    """A figure of the law and its article."""

    value: int
    article: str


@dataclass(frozen=True, slots=True)
class Floor:
    """``right`` is the right to return without a reason, in days that begin on the day after delivery. Goods in
    ``exceptions`` have none; where ``by_acknowledgement``, others only if the buyer confirmed it when buying.
    ``alarms`` are days after receipt at which a refund not paid must be looked at. Empty means that the law is silent.
    """

    country: str = ""
    right: Sure | None = None
    right_extends: str = ""
    exceptions: frozenset[ProductFlag] = frozenset()
    exceptions_article: str = ""
    by_acknowledgement: bool = False
    opened_is_fine: str = ""
    no_evidence: str = ""
    order_is_proof: str = ""
    fault_return: Sure | None = None
    fault_exchange: Sure | None = None
    freight_with_fault: str = ""
    refund_within: Sure | None = None
    alarms: tuple[int, ...] = ()
    same_means: str = ""
    shipping_back: str = ""
    time_to_send: Sure | None = None
    guarantee_months: Sure | None = None
    max_repairs: Sure | None = None
    max_repair_days: Sure | None = None
    max_parts_days: Sure | None = None
    restarts: str = ""
    proof_by_seller_months: Sure | None = None
    warranty_named: str = ""
    no_tie_in: str = ""


_OFTEN_EXCEPTED = frozenset({ProductFlag.CUSTOM, ProductFlag.PERISHABLE, ProductFlag.DIGITAL})

FLOORS: dict[LawProfile, Floor] = {
    LawProfile.NONE: Floor(),
    LawProfile.CN: Floor(
        country="CN",
        right=Sure(7, "消法 25"),
        exceptions=_OFTEN_EXCEPTED,
        exceptions_article="消法 25",
        by_acknowledgement=True,
        opened_is_fine="处罚办法 9",
        no_evidence="消法 25",
        order_is_proof="消法 22",
        fault_return=Sure(7, "消法 24"),
        fault_exchange=Sure(15, "三包规定"),
        freight_with_fault="消法 24",
        refund_within=Sure(7, "消法 25"),
        alarms=(10, 15),
        same_means="七日退货办法",
        max_repairs=Sure(2, "三包规定"),
        max_repair_days=Sure(30, "三包规定"),
        max_parts_days=Sure(90, "三包规定"),
        restarts="三包规定",
        proof_by_seller_months=Sure(6, "消法 23"),
    ),
    LawProfile.EU: Floor(
        right=Sure(14, "2011/83 9"),
        right_extends="1182/71 3",
        exceptions=_OFTEN_EXCEPTED | {ProductFlag.HYGIENE},
        exceptions_article="2011/83 16",
        opened_is_fine="2011/83 14",
        no_evidence="2011/83 9",
        freight_with_fault="2019/771 14",
        refund_within=Sure(14, "2011/83 13"),
        alarms=(10, 14),
        same_means="2011/83 13",
        shipping_back="2011/83 13",
        time_to_send=Sure(14, "2011/83 14"),
        guarantee_months=Sure(24, "2019/771 10"),
        proof_by_seller_months=Sure(12, "2019/771 13"),
    ),
    LawProfile.UK: Floor(
        country="GB",
        right=Sure(14, "CCR 30"),
        exceptions=_OFTEN_EXCEPTED | {ProductFlag.HYGIENE},
        exceptions_article="CCR 28",
        opened_is_fine="CCR 34",
        no_evidence="CCR 30",
        fault_return=Sure(30, "CRA 22"),
        freight_with_fault="CRA 20",
        refund_within=Sure(14, "CCR 34"),
        alarms=(10, 14),
        same_means="CCR 34",
        shipping_back="CCR 34",
        time_to_send=Sure(14, "CCR 35"),
        max_repairs=Sure(1, "CRA 23"),
    ),
    LawProfile.US: Floor(country="US", warranty_named="15 USC 2303", no_tie_in="15 USC 2302"),
}
