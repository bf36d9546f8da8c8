"""What both brands promise after a sale, where goods come back to, and who pays refunds out."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from django.utils import timezone

from kefu.claims import policies
from kefu.claims.models import Policy, ProviderAccount, ReturnCentre
from kefu.claims.presets import BRAND_30_DAYS, CN_LAW, EU_14_DAYS
from kefu.claims.terms import Terms
from kefu.people.models import Brand, Staff

SINCE = timedelta(days=200)
# Lower than the presets: what the demo sells is cheaper, and both limits should be seen at work.
AGENTS, TWO_LOOK = {"CNY": 150_000, "EUR": 20_000}, {"CNY": 200_000, "EUR": 25_000}
PACKING = (
    "请用原包装或结实的纸箱，里面垫好，退货单放在最上面。锂电池设备请关机。\n"
    "Please use the original box or a sturdy carton, padded, with the slip on top. Switch off what has a battery."
)


def make(lumquay: Brand, kettlemoth: Brand, *, by: Staff) -> None:
    _publish_policies(lumquay, kettlemoth, by)
    _open_centres(lumquay, kettlemoth, by)
    _open_account(lumquay)


def _publish_policies(lumquay: Brand, kettlemoth: Brand, by: Staff) -> None:
    """In force for longer than the oldest claim of the demo."""
    _publish(lumquay, "30 天无理由 · 30 days", _limited(BRAND_30_DAYS), by)
    _publish(lumquay, "欧盟 · European Union", _limited(EU_14_DAYS), by, countries=("DE",))
    _publish(kettlemoth, "售后政策 · After-sales", CN_LAW, by)
    since = timezone.now() - SINCE
    Policy.objects.update(effective_from=since, published_at=since)


def _open_centres(lumquay: Brand, kettlemoth: Brand, by: Staff) -> None:
    ReturnCentre(
        brand=lumquay,
        recipient="烛遥售后仓 Lumquay Returns",
        address="浙江省杭州市余杭区示例路 18 号 3 号库\nHall 3, 18 Example Road, Yuhang, Hangzhou, China",
        phone="0571-0000 1018",
        packing=PACKING,
    ).keep(by=by)
    ReturnCentre(
        brand=kettlemoth,
        recipient="釜栀售后 Kettlemoth Returns",
        address="江苏省苏州市姑苏区示例巷 5 号\n5 Example Lane, Gusu, Suzhou, China",
        phone="0512-0000 2036",
    ).keep(by=by)


def _open_account(brand: Brand) -> None:
    """Of the provider that pretends to pay. Nobody listens at its address: what it says of the demo's refunds it has
    said already.
    """
    account = ProviderAccount(brand=brand, provider="scripted")
    account.settings = {"base_url": "http://127.0.0.1:9", "secret": "demo"}
    account.save()


def _publish(brand: Brand, name: str, terms: Terms, by: Staff, countries: tuple[str, ...] = ()) -> None:
    policy = policies.draft(brand, name=name, terms=terms, by=by, scope={"countries": list(countries)})
    policies.publish(policy, by=by)


def _limited(terms: Terms) -> Terms:
    return replace(terms, approval=replace(terms.approval, agent_limit=AGENTS, four_eyes_over=TWO_LOOK))
