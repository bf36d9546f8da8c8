"""Where shops and carriers call: beside the API, since they sign what they send instead of bearing a token."""

from __future__ import annotations

from django.urls import path

from kefu.orders import hooks

SOURCE = "api/v1/order-sources/<uuid:source>/"
TRACKING = "api/v1/tracking/<uuid:service>/"

urlpatterns = [
    path(f"{SOURCE}shopify", hooks.shopify_notice, name="hook_shopify"),
    path(f"{SOURCE}woocommerce", hooks.woocommerce_notice, name="hook_woocommerce"),
    path(f"{SOURCE}<slug:what>", hooks.pushed_rows, name="hook_orders"),
    path(f"{TRACKING}events", hooks.tracking_events, name="hook_tracking"),
    path(f"{TRACKING}kuaidi100", hooks.kuaidi100_push, name="hook_kuaidi100"),
]
