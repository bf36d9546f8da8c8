"""Signing in (``/account/``), the desk's people (``/people/``), the ways in for the invited and the first."""

from __future__ import annotations

from allauth.account import views as account
from allauth.mfa.base import views as mfa
from allauth.mfa.recovery_codes import views as recovery
from allauth.mfa.totp import views as totp
from allauth.mfa.webauthn import views as webauthn
from allauth.socialaccount.providers.openid_connect import views as oidc
from django.urls import URLPattern, URLResolver, path

from kefu.people.views import account as own
from kefu.people.views import desk, entrance, staff

sign_in: list[URLPattern | URLResolver] = [
    path("account/login/", account.login, name="account_login"),
    path("account/logout/", entrance.sign_out, name="account_logout"),
    path("account/reauthenticate/", account.reauthenticate, name="account_reauthenticate"),
    path("account/password/change/", account.password_change, name="account_change_password"),
    path("account/password/set/", entrance.first_password, name="account_set_password"),
    path("account/2fa/", mfa.index, name="mfa_index"),
    path("account/2fa/authenticate/", mfa.authenticate, name="mfa_authenticate"),
    path("account/2fa/reauthenticate/", mfa.reauthenticate, name="mfa_reauthenticate"),
    path("account/2fa/totp/activate/", totp.activate_totp, name="mfa_activate_totp"),
    path("account/2fa/totp/deactivate/", totp.deactivate_totp, name="mfa_deactivate_totp"),
    path("account/2fa/recovery-codes/", recovery.view_recovery_codes, name="mfa_view_recovery_codes"),
    path(
        "account/2fa/recovery-codes/generate/",
        recovery.generate_recovery_codes,
        name="mfa_generate_recovery_codes",
    ),
    path(
        "account/2fa/recovery-codes/download/",
        recovery.download_recovery_codes,
        name="mfa_download_recovery_codes",
    ),
    path("account/2fa/keys/", webauthn.list_webauthn, name="mfa_list_webauthn"),
    path("account/2fa/keys/add/", webauthn.add_webauthn, name="mfa_add_webauthn"),
    path("account/2fa/keys/login/", webauthn.login_webauthn, name="mfa_login_webauthn"),
    path(
        "account/2fa/keys/reauthenticate/",
        webauthn.reauthenticate_webauthn,
        name="mfa_reauthenticate_webauthn",
    ),
    path("account/2fa/keys/<int:pk>/remove/", webauthn.remove_webauthn, name="mfa_remove_webauthn"),
    path("account/2fa/keys/<int:pk>/edit/", webauthn.edit_webauthn, name="mfa_edit_webauthn"),
]
forgotten: list[URLPattern | URLResolver] = [
    path("account/password/reset/", entrance.ask_for_reset, name="account_reset_password"),
    path("account/password/reset/sent/", entrance.reset_sent, name="reset_sent"),
    path("account/password/reset/<slug:token>/", entrance.reset_address, name="reset_address"),
    path("account/password/new/", entrance.reset, name="reset"),
]
first: list[URLPattern | URLResolver] = [
    path("join/", entrance.join, name="join"),
    path("join/<slug:token>/", entrance.join_address, name="join_address"),
    path("setup/", entrance.set_up, name="set_up"),
    path("setup/<slug:token>/", entrance.set_up_address, name="set_up_address"),
]
mine: list[URLPattern | URLResolver] = [
    path("account/", own.profile, name="account"),
    path("account/preferences/", own.preferences, name="preferences"),
    path("account/presence/", own.my_presence, name="my_presence"),
    path("account/sessions/", own.sessions, name="usersessions_list"),
    path("account/sessions/others/", own.other_sessions_end, name="other_sessions_end"),
    path("account/sessions/<int:pk>/", own.session_end, name="session_end"),
    path("account/tokens/", own.tokens, name="tokens"),
    path("account/tokens/<uuid:pk>/revocation/", own.token_revocation, name="token_revocation"),
]
people: list[URLPattern | URLResolver] = [
    path("people/", staff.people, name="people"),
    path("people/audit/", desk.audit_trail, name="audit"),
    path("people/invitations/new/", staff.invitation_new, name="invite"),
    path("people/invitations/<uuid:pk>/again/", staff.invitation_again, name="invitation_again"),
    path(
        "people/invitations/<uuid:pk>/withdrawal/", staff.invitation_withdrawal, name="invitation_withdrawal"
    ),
    path("people/sign-in/", desk.sign_in_rules, name="sign_in_rules"),
    path("people/teams/", staff.teams, name="teams"),
    path("people/teams/<uuid:team_id>/", staff.team, name="team"),
    path("people/<uuid:staff_id>/", staff.colleague, name="colleague"),
    path("people/<uuid:staff_id>/deactivation/", staff.deactivation, name="deactivation"),
    path("people/<uuid:staff_id>/presence/", own.presence_of, name="presence_of"),
    path("people/<uuid:staff_id>/reactivation/", staff.reactivation, name="reactivation"),
]
single_sign_on: list[URLPattern | URLResolver] = [  # not found while no provider is configured
    path("account/oidc/cancelled/", entrance.single_sign_on_cancelled, name="socialaccount_login_cancelled"),
    path("account/oidc/<slug:provider_id>/login/", entrance.single_sign_on, name="openid_connect_login"),
    path("account/oidc/<slug:provider_id>/login/callback/", oidc.callback, name="openid_connect_callback"),
]
urlpatterns: list[URLPattern | URLResolver] = [
    *sign_in,
    *single_sign_on,
    *forgotten,
    *first,
    *mine,
    *people,
]
