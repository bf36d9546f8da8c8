"""The desk's settings of orders."""

from __future__ import annotations

from django.urls import path

from kefu.orders.settings_views import carriers, products, runs, services, sources

SOURCES = "console/settings/order-sources/"
SOURCE = f"{SOURCES}<uuid:source>/"
RUN = "console/settings/imports/<uuid:run>/"
PRODUCTS = "console/settings/products/"
TRACKING = "console/settings/tracking/"
CARRIERS = "console/settings/carriers/"

urlpatterns = [
    path(SOURCES, sources.sources, name="settings_sources"),
    path(f"{SOURCES}new/", sources.new_source, name="settings_new_source"),
    path(SOURCE, runs.source, name="settings_source"),
    path(f"{SOURCE}mapping/", sources.mapping, name="settings_mapping"),
    path(f"{SOURCE}connection/", sources.connection, name="settings_connection"),
    path(f"{SOURCE}secret", sources.secret, name="settings_source_secret"),
    path(f"{SOURCE}service", sources.source_service, name="settings_source_service"),
    path(f"{SOURCE}pull", runs.pull, name="settings_pull"),
    path(RUN, runs.run, name="settings_run"),
    path(f"{RUN}import", runs.take_for_good, name="settings_run_import"),
    path(f"{RUN}resumption", runs.resumption, name="settings_run_resumption"),
    path(f"{RUN}download/bad-rows.csv", runs.bad_rows, name="settings_bad_rows"),
    path(PRODUCTS, products.products, name="settings_products"),
    path(f"{PRODUCTS}new/", products.new_product, name="settings_new_product"),
    path(f"{PRODUCTS}<uuid:product>/", products.product, name="settings_product"),
    path(TRACKING, services.services, name="settings_tracking"),
    path(f"{TRACKING}new/", services.new_service, name="settings_new_service"),
    path(f"{TRACKING}<uuid:service>/", services.service, name="settings_service"),
    path(f"{TRACKING}<uuid:service>/secret", services.secret, name="settings_service_secret"),
    path(f"{TRACKING}<uuid:service>/switch", services.switch, name="settings_service_switch"),
    path(CARRIERS, carriers.carriers, name="settings_carriers"),
    path(f"{CARRIERS}new/", carriers.new_carrier, name="settings_new_carrier"),
    path(f"{CARRIERS}by-code/<slug:carrier>/", carriers.carrier, name="settings_carrier"),
    path(f"{CARRIERS}by-code/<slug:carrier>/removal", carriers.removal, name="settings_carrier_removal"),
]
