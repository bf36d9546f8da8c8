"""A few words of a customer's own by which they tell our mails from those of impostors (class: security).

Whoever forges a mail does not know them. So they stand in mails to their owner alone, and no colleague ever reads
them: not at the desk, through the API or in the log, and not in what comes back quoted (``kefu.privacy.phrases``).
"""

from __future__ import annotations

import logging
import re
import unicodedata

from django.db import transaction
from django.utils import translation
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from kefu.events import deliveries, log
from kefu.lib.encryption import Tampered
from kefu.lib.ids import uuid7
from kefu.people import customers
from kefu.people.models import Customer, IdentityKind
from kefu.people.models.staff import Refused

SHORTEST, LONGEST = 2, 40
_ADDRESS = re.compile(r"://|www\.|@|\w[.。][a-z]{2}", re.IGNORECASE)
_STRAIGHT = str.maketrans("“”„‟", '''""""''')

logger = logging.getLogger(__name__)


def cleaned(text: str) -> str:
    """As it is kept. Raises ``Refused`` with a sentence.

    Curly quotes become straight ones: in mails they mark where the phrase ends.
    """
    phrase = unicodedata.normalize("NFC", text).strip().translate(_STRAIGHT)
    if len(phrase.splitlines()) > 1:
        raise Refused(_("Your phrase must be on one line."))
    phrase = " ".join(phrase.split())
    if not SHORTEST <= len(phrase) <= LONGEST:
        raise Refused(
            _("Your phrase must have between %(least)d and %(most)d characters.")
            % {"least": SHORTEST, "most": LONGEST}
        )
    if not phrase.isprintable():
        raise Refused(_("Your phrase has characters in it that cannot be seen. Please type it anew."))
    if _ADDRESS.search(unicodedata.normalize("NFKC", phrase)):
        raise Refused(_("Your phrase cannot have a web or e-mail address in it."))
    return phrase


@transaction.atomic
def choose(customer: Customer, text: str, *, by: Customer) -> None:
    """From now on mails to them show it. Raises ``Refused``; the same again changes nothing."""
    phrase, before = cleaned(text), _locked(customer).phrase
    if phrase != before:
        customer.phrase = phrase
        customer.save(update_fields=["phrase"])
        log.audit("customer.phrase_changed" if before else "customer.phrase_chosen", customer, by=by)
        _tell(customer, before or phrase)


@transaction.atomic
def drop(customer: Customer, *, by: Customer) -> None:
    if before := _locked(customer).phrase:
        customer.phrase = None
        customer.save(update_fields=["phrase"])
        log.audit("customer.phrase_dropped", customer, by=by)
        _tell(customer, before)


def line_for(*addresses: str) -> str:
    """What stands in the head of a mail to these, in the language of the moment; "" where nothing may.

    All of a mail's recipients get the same bytes, so all must be addresses that one person has proved.
    """
    holders = {customers.find(IdentityKind.EMAIL, address) for address in dict.fromkeys(addresses)}
    holder = holders.pop() if len(holders) == 1 else None
    return said(_readable(holder)) if holder else ""


def head_of(address: str) -> dict[str, str]:
    """For ``deliveries.HEADS``."""
    return {"phrase_line": line_for(address)}


def said(phrase: str) -> str:
    """As ``kefu.privacy.phrases`` finds it again when it comes back quoted."""
    return _("Your phrase: “%(phrase)s”") % {"phrase": phrase} if phrase else ""


def _readable(customer: Customer) -> str:
    """A mail leaves without the phrase rather than not at all."""
    try:
        return customer.phrase or ""
    except Tampered:
        logger.exception("a customer's phrase cannot be read")
        return ""


def _locked(customer: Customer) -> Customer:
    customer.refresh_from_db(from_queryset=Customer.objects.select_for_update(no_key=True))
    return customer


def _tell(customer: Customer, known: str) -> None:
    """To every address they proved, under the phrase that they know already: whoever changed it may be a thief."""
    proved = customer.identities.filter(kind=IdentityKind.EMAIL, verified_at__isnull=False)
    language = customer.language or get_language() or "en"
    with translation.override(language):
        context = {"phrase_line": said(known)}
    for identity in proved:
        deliveries.queue(
            template="mail/phrase_changed",
            to=str(identity.value),
            key=f"phrase {uuid7()}",
            language=language,
            context=context,
            by=customer,
        )
