"""After-sales policies among the desk's settings."""

from __future__ import annotations

from django.urls import path

from kefu.claims import account_views, centre_views, policy_views

P = "console/settings/policies/"
ONE = f"{P}<uuid:policy>/"
PAY = "console/settings/providers/"
BACK = "console/settings/return-addresses/"

urlpatterns = [
    path(P, policy_views.list_of_policies, name="settings_policies"),
    path(f"{P}new/", policy_views.new_policy, name="settings_new_policy"),
    path(f"{P}simulator/", policy_views.simulator, name="settings_simulator"),
    path(ONE, policy_views.policy, name="settings_policy"),
    path(f"{ONE}publication", policy_views.publication, name="settings_policy_publication"),
    path(f"{ONE}versions", policy_views.versions, name="settings_policy_versions"),
    path(f"{ONE}removal", policy_views.removal, name="settings_policy_removal"),
    path(f"{ONE}changes", policy_views.changes, name="settings_policy_changes"),
    path(BACK, centre_views.return_centres, name="settings_return_centres"),
    path(f"{BACK}<uuid:brand>/", centre_views.return_centre, name="settings_return_centre"),
    path(PAY, account_views.providers, name="settings_providers"),
    path(f"{PAY}new/<uuid:brand>/<str:provider>", account_views.new_provider, name="settings_new_provider"),
    path(f"{PAY}<uuid:account>/", account_views.provider_account, name="settings_provider"),
    path(f"{PAY}<uuid:account>/switch", account_views.provider_switch, name="settings_provider_switch"),
]
