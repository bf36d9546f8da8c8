"""What one needs to know around conversations: inboxes to begin them in, tags to put on them."""

from __future__ import annotations

from ninja import Query, Router

from kefu.conversations.api.shapes import InboxPage, InboxShown, TagPage, TagShown
from kefu.conversations.reach import inboxes_of, tags_of
from kefu.people.api import StaffCall, needs
from kefu.people.roles import Can
from kefu.web.paging import Order, PageAsked, cut

router = Router(tags=["Desk"])

INBOXES = Order("inboxes", ("-id",))
TAGS = Order("tags", ("-id",))


@router.get(
    "/inboxes",
    response=InboxPage,
    summary="Inboxes whose conversations one sees",
    **needs(Can.READ_CONVERSATIONS),
)
def list_inboxes(request: StaffCall, asked: Query[PageAsked]) -> InboxPage:
    found = cut(inboxes_of(request.auth.staff).defer("secrets"), INBOXES, asked)
    return InboxPage(items=[InboxShown.of(inbox) for inbox in found.rows], next=found.next)


@router.get("/tags", response=TagPage, summary="Tags of one's brands", **needs(Can.READ_CONVERSATIONS))
def list_tags(request: StaffCall, asked: Query[PageAsked]) -> TagPage:
    found = cut(tags_of(request.auth.staff), TAGS, asked)
    return TagPage(items=[TagShown.of(tag) for tag in found.rows], next=found.next)
