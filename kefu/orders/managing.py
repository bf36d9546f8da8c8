"""What those who manage orders do: open sources and tracking services, write mappings, care for products."""

from __future__ import annotations

from typing import Any, TypeVar

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from kefu.events import log
from kefu.events.actors import Actor
from kefu.lib import http
from kefu.lib.ids import secret_token
from kefu.orders import kuaidi100
from kefu.orders.mapping import mapping_of
from kefu.orders.models import OrderSource, Product, SourceKind, TrackingKind, TrackingService
from kefu.people.models import Brand, Refused

# By kind: the keys that are entered, beside those that we make.
ENTERED = {
    SourceKind.FILE: (),
    SourceKind.REST: ("token",),
    SourceKind.SHOPIFY: ("token", "webhook_secret"),
    SourceKind.WOOCOMMERCE: ("key", "secret", "webhook_secret"),
}
MAPPED = (SourceKind.FILE, SourceKind.REST)
Signed = TypeVar("Signed", OrderSource, TrackingService)


# -- sources


def open_source(
    brand: Brand, *, kind: str, name: str, address: str, secrets: dict[str, str], by: Actor
) -> OrderSource:
    """A REST source gets its signing secret from us: see ``renew_secret``. Raises ``Refused``."""
    source = OrderSource(brand=brand, kind=kind, name=name, address=_reachable(address))
    source.mapping = STARTING_POINT if kind in MAPPED else {}
    source.secrets = _entered(kind, secrets)
    _store(source, created=True)
    log.audit("order_source.opened", source, by=by, source_kind=kind)
    return source


@transaction.atomic
def change_source(
    source: OrderSource, *, name: str, address: str, secrets: dict[str, str], by: Actor
) -> None:
    """An empty secret leaves the one that is there. Another address is another shop: pulling begins anew."""
    _lock(source)
    if address != source.address:
        source.address, source.cursor = _reachable(address), {}
    source.name = name
    source.secrets = {**source.secrets, **_entered(source.kind, secrets)}
    _store(source)
    log.audit("order_source.changed", source, by=by, secrets=sorted(_entered(source.kind, secrets)))


@transaction.atomic
def map_source(source: OrderSource, document: Any, *, by: Actor) -> None:
    """Raises ``BadMapping``. What is read from now on is read by it; what is stored stays until it is told anew."""
    mapping_of(document)
    _lock(source)
    source.mapping = document
    source.save(update_fields=["mapping"])
    log.audit("order_source.mapped", source, by=by)


@transaction.atomic
def switch(of: Signed, *, on: bool, by: Actor) -> None:
    _lock(of)
    if of.is_active != on:
        of.is_active = on
        of.save(update_fields=["is_active"])
        log.audit(f"{of.event_kind}.switched", of, by=by, on=on)


@transaction.atomic
def renew_secret(of: Signed, *, by: Actor) -> str:
    """What signs the webhooks to us. The one before it is no longer believed."""
    _lock(of)
    secret = secret_token()
    of.secrets = {**of.secrets, "secret": secret}
    of.save(update_fields=["secrets_text"])
    log.audit(f"{of.event_kind}.secret_renewed", of, by=by)
    return secret


def _entered(kind: str, secrets: dict[str, str]) -> dict[str, str]:
    return {name: secrets[name] for name in ENTERED[SourceKind(kind)] if secrets.get(name)}


# -- tracking services


def open_service(
    brand: Brand, *, kind: str, name: str, customer: str, key: str, by: Actor
) -> TrackingService:
    service = TrackingService(brand=brand, kind=kind, name=name)
    if kind == TrackingKind.KUAIDI100:
        service.secrets = kuaidi100.new_secrets(customer=customer, key=key)
    _store(service, created=True)
    log.audit("tracking_service.opened", service, by=by, service_kind=kind)
    return service


@transaction.atomic
def change_service(service: TrackingService, *, name: str, customer: str, key: str, by: Actor) -> None:
    """Empty keys leave those that are there."""
    _lock(service)
    service.name = name
    entered = {name: value for name, value in (("customer", customer), ("key", key)) if value}
    service.secrets = {**service.secrets, **entered}
    _store(service)
    log.audit("tracking_service.changed", service, by=by, secrets=sorted(entered))


# -- products


def add_product(brand: Brand, *, by: Actor, **described: Any) -> Product:
    product = Product(brand=brand, **described)
    _store(product, created=True)
    log.record("product.added", product, by=by, brand=brand.pk)
    return product


@transaction.atomic
def change_product(product: Product, *, by: Actor, **described: Any) -> None:
    """Its name and model number too, unless a shop tells them."""
    product.refresh_from_db(from_queryset=Product.objects.select_for_update(no_key=True))
    if product.external_id:
        described = {
            name: value for name, value in described.items() if name not in ("name", "model_no", "category")
        }
    changed = [name for name, value in described.items() if getattr(product, name) != value]
    for name in changed:
        setattr(product, name, described[name])
    if changed:
        _store(product)
        log.record("product.changed", product, by=by, brand=product.brand_id, what=sorted(changed))


# -- shared


def _reachable(address: str) -> str:
    """Raises ``Refused`` for what may not be asked; asking looks again."""
    if address:
        try:
            http.check(address)
        except http.Refused as problem:
            raise Refused(
                _("This address cannot be reached from here. Is it written in full, with https://?")
            ) from problem
    return address


def _store(row: OrderSource | TrackingService | Product, *, created: bool = False) -> None:
    try:
        with transaction.atomic():
            row.save(force_insert=created)
    except IntegrityError as problem:
        raise Refused(_("The brand already has one with that name.")) from problem


def _lock(row: OrderSource | TrackingService) -> None:
    row.refresh_from_db(from_queryset=type(row)._default_manager.select_for_update(no_key=True))  # type: ignore[arg-type]


STARTING_POINT: dict[str, Any] = {
    "currency": "CNY",
    "time_zone": "Asia/Shanghai",
    "orders": {
        "number": "订单号",
        "status": {
            "from": "订单状态",
            "values": {
                "待付款": "pending",
                "待发货": "processing",
                "已发货": "shipped",
                "已签收": "delivered",
                "已取消": "cancelled",
            },
            "default": "pending",
        },
        "placed_at": "下单时间",
        "email": "邮箱",
        "phone": "手机",
        "address": {"name": "收货人", "line1": "地址", "city": "城市", "phone": "手机"},
        "lines": {
            "each": "@rows",
            "sku": "货号",
            "name": "商品",
            "qty": "数量",
            "price": "单价",
            "options": "规格",
        },
        "shipments": {
            "each": "@rows",
            "by": "运单号",
            "tracking_no": "运单号",
            "carrier": "快递公司",
            "status": {"const": "in_transit"},
            "lines": {"each": "@rows", "sku": "货号", "qty": "数量"},
        },
        "payments": {
            "amount": "实付金额",
            "method": {
                "kind": {"from": "支付方式", "values": {"支付宝": "wallet", "微信": "wallet", "*": "card"}},
                "provider": {"from": "支付方式", "values": {"支付宝": "alipay", "微信": "wechat"}},
            },
        },
    },
}
