"""How a brand's help centre looks: what the admin decides without code, and where it stands."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple
from urllib.parse import urlsplit

from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from kefu.articles.models import Site
from kefu.articles.models.sites import Link
from kefu.events import log
from kefu.lib.ids import secret_token
from kefu.lib.pictures import THUMB_SIDE, TooManyPixels, Unreadable, redraw
from kefu.people.models import Brand, Refused, Staff
from kefu.web.addresses import OWN_PATH

MOST_LINKS = 8
LARGEST_LOGO = 5 * 1024 * 1024
_HOST = re.compile(r"(?=.{4,253}\Z)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]")


class Linked(NamedTuple):
    label: str
    to: str


def of(brand: Brand) -> Site:
    """As usual where nobody has decided anything yet; then it is not stored."""
    try:
        return brand.site
    except Site.DoesNotExist:
        return Site(brand=brand)


def links_in(links: Sequence[Link], language: str) -> list[Linked]:
    """In the other language where there is no word in this one."""
    return [Linked(_said(link, language), link["to"]) for link in links]


def absolute(site: Site, path: str) -> str:
    """The full address of a page of the help centre: at the brand's own domain where it has one."""
    return f"{origin(site)}{path}"


def origin(site: Site) -> str:
    base = urlsplit(settings.KEFU_BASE_URL)
    if not site.host:
        return f"{base.scheme}://{base.netloc}"
    port = f":{base.port}" if base.port else ""
    return f"{base.scheme}://{site.host}{port}"


def logo_address(site: Site) -> str:
    """It changes with the logo, so that browsers may keep it. Empty without one."""
    return f"{reverse('help_logo', args=[site.brand.slug])}?{site.logo[-8:]}" if site.logo else ""


@transaction.atomic
def decide(
    brand: Brand,
    *,
    host: str,
    greetings: Mapping[str, str],
    links: Sequence[Link],
    footer: Sequence[Link],
    privacy: Mapping[str, str],
    by: Staff,
) -> Site:
    """Raises ``Refused`` with a sentence: for a domain that is another's, or the desk's own, and for odd links."""
    site = _locked(brand)
    site.host = _host(host)
    site.greetings, site.privacy = _words(greetings), _words(privacy)
    site.links, site.footer = _links(links), _links(footer)
    try:
        with transaction.atomic():
            site.save()
    except IntegrityError as problem:
        raise Refused(_("Another brand's help centre stands at this domain.")) from problem
    log.audit("site.decided", site, by=by, brand=str(brand.pk), host=site.host)
    return site


def put_logo(brand: Brand, data: bytes, *, by: Staff) -> Site:
    """Drawn anew and made small; the one before it is gone. Raises ``Refused``."""
    if len(data) > LARGEST_LOGO:
        raise Refused(
            _("The logo is larger than 5 MB. Choose a smaller picture; the old one is still there.")
        )
    try:
        drawn = redraw(data)
    except (TooManyPixels, Unreadable) as problem:
        sentence = _(
            "The logo could not be read. Choose a PNG, JPEG, WebP or GIF; the old one is still there."
        )
        raise Refused(sentence) from problem
    smaller = min(1.0, THUMB_SIDE / max(drawn.width, drawn.height))
    stored = default_storage.save(f"logos/{secret_token()}", ContentFile(drawn.thumb))
    size = max(1, round(drawn.width * smaller)), max(1, round(drawn.height * smaller))
    return _with_logo(brand, stored, "image/webp", size, by)


def take_logo_away(brand: Brand, *, by: Staff) -> Site:
    return _with_logo(brand, "", "", (None, None), by)


@transaction.atomic
def _with_logo(brand: Brand, stored: str, kind: str, size: tuple[int | None, int | None], by: Staff) -> Site:
    site = _locked(brand)
    before, site.logo, site.logo_type = site.logo, stored, kind
    site.logo_width, site.logo_height = size
    site.save()
    log.audit("site.logo_changed", site, by=by, brand=str(brand.pk), there=bool(stored))
    if before:
        transaction.on_commit(lambda: default_storage.delete(before))
    return site


def _locked(brand: Brand) -> Site:
    """Two who save at once wait for each other, also when it is the first time."""
    Brand.objects.select_for_update(no_key=True).get(pk=brand.pk)
    return Site.objects.select_related("brand").filter(brand=brand).first() or Site(brand=brand)


def _host(text: str) -> str:
    host = text.strip().lower().removesuffix(".")
    if not host:
        return ""
    try:
        host = host.encode("idna").decode()
    except UnicodeError as problem:
        raise Refused(_not_a_domain()) from problem
    if not _HOST.fullmatch(host):
        raise Refused(_not_a_domain())
    ours = [name.lstrip(".").lower() for name in settings.ALLOWED_HOSTS]
    if host in ours:
        raise Refused(_("The desk itself stands at this domain. The help centre needs one of its own."))
    return host


def _not_a_domain() -> str:
    return _("Enter the domain alone, such as help.example.com: no https:// before it and nothing after it.")


def _words(by_language: Mapping[str, str]) -> dict[str, str]:
    known = dict(settings.LANGUAGES)
    return {code: text.strip() for code, text in by_language.items() if code in known and text.strip()}


def _links(links: Sequence[Link]) -> list[Link]:
    if len(links) > MOST_LINKS:
        raise Refused(_("At most %(most)d links fit here.") % {"most": MOST_LINKS})
    return [{**_words(link), "to": _target(link.get("to", ""))} for link in links]


def _target(text: str) -> str:
    """A page on the web or one of ours; nothing that a browser would run."""
    to = text.strip()
    try:
        parts = urlsplit(to)
    except ValueError:
        parts = urlsplit("")
    web = parts.scheme in {"http", "https"} and parts.hostname and "@" not in parts.netloc
    if web or OWN_PATH.fullmatch(to) or parts.scheme == "mailto":
        return to
    raise Refused(_("“%(link)s” is no address of a page. Begin it with https:// or /.") % {"link": to[:80]})


def _said(by_language: Mapping[str, str], language: str) -> str:
    if by_language.get(language):
        return by_language[language]
    return next((text for code, text in by_language.items() if code != "to" and text), by_language["to"])
