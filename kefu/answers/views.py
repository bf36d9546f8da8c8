"""What a colleague says of a conversation in the console."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpResponse
from django.utils.translation import gettext as _

from kefu.answers import intents
from kefu.answers.models import Intent
from kefu.conversations.models.conversation import Refused
from kefu.conversations.views.common import find, page, show_again
from kefu.people.access import StaffRequest
from kefu.people.roles import Can


@page(Can.ANSWER, "POST")
def intent(request: StaffRequest, conversation_id: UUID) -> HttpResponse:
    conversation = find(request, conversation_id)
    said = request.POST.get("intent", "")
    if said not in Intent.values:
        raise Refused(_("Choose what it is about. Nothing was changed."))
    intents.set_intent(conversation, Intent(said), by=request.agent)
    return show_again(request, conversation, _("Saved. The next retraining learns from it."))
