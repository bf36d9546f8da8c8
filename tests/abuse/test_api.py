"""C1 C2 C3 C6 D1 D2 D3 F4 F7 F11 H7 at the API: every operation for every kind of caller, foreign ids
in every place, fields that nobody offered, odd input, odd addresses."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.apps import apps
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connections, transaction

from conftest import begin, make_staff, says
from kefu.api import written
from kefu.articles import writing
from kefu.articles.models import Category, Translation
from kefu.claims.models import Claim, Refund
from kefu.claims.testing import make_claim, make_refund, make_unit, published
from kefu.conversations import files
from kefu.conversations.models import Conversation, FieldDefinition, File, Inbox, Message, Tag
from kefu.database import limits
from kefu.inboxes.email.testing import make_mailbox
from kefu.inboxes.form.testing import make_form
from kefu.orders.models import (
    Order,
    OrderStatus,
    Payment,
    PaymentMethod,
    RegisteredProduct,
    Shipment,
)
from kefu.orders.testing import make_order, ship
from kefu.people import customer_tokens, customers
from kefu.people.models import (
    Brand,
    Customer,
    IdentityKind,
    Membership,
    SecondFactorRule,
    Staff,
    StaffToken,
    Team,
)
from kefu.people.roles import CAPABILITIES, Can, Role
from kefu.web.contract import operations
from tests.calling import EVERYTHING, Caller, calling, problem_of, token_of, visiting

OPERATIONS = {
    operation["operationId"]: (path, method, operation) for path, method, operation in operations(written())
}
VISITORS = {
    name for name, (path, _method, _operation) in OPERATIONS.items() if path.startswith("/api/v1/visitor")
}
# Forms that anybody may hand in are called with the form's key: see their own tests.
STAFF = {
    name
    for name, (_path, _method, operation) in OPERATIONS.items()
    if any("StaffBearer" in one for one in operation["security"])
}
ALSO_CUSTOMERS = {
    name
    for name, (_path, _method, operation) in OPERATIONS.items()
    if {"CustomerBearer": []} in operation["security"]
}
WRITING = {name for name, (_path, method, _operation) in OPERATIONS.items() if method != "get"}
UPLOADS = {"upload_file", "upload_own_file", "add_evidence"}
QUERIES = {"add_evidence": "?kind=doc", "get_order_contact": "?reason=call"}
# Of a claim or a refund: most are for another status than it has, or for somebody else.
STEPS = {"add_shipment", "mark_shipment", "enter_submission"} | {
    name for name, (path, _method, _op) in OPERATIONS.items() if re.search("/(claims|refunds)/{.*}/", path)
}


@dataclass
class Things:
    """One of everything at Lumo, where Charlie has no business."""

    conversation: Conversation
    customer: Customer
    inbox: Inbox
    team: Team
    colleague: Staff
    tag: Tag
    identity: Any
    file: File
    order: Order
    wallet: PaymentMethod
    claim: Claim
    refund: Refund
    unit: RegisteredProduct
    parcel: Shipment
    mailbox: Inbox
    form: Inbox
    text: Translation
    shelf: Category

    def address(self, name: str) -> str:
        path = OPERATIONS[name][0].removeprefix("/api/v1")
        refs = {"claims": self.claim.pk, "products": self.order.lines.get().product_id}
        ids = {
            "conversation_id": self.conversation.pk,
            "customer_id": self.customer.pk,
            "identity_id": self.identity.pk,
            "tag_id": self.tag.pk,
            "colleague_id": self.colleague.pk,
            "file_id": self.file.pk,
            "refund_id": self.refund.pk,
            "unit_id": self.unit.pk,
            "inbox_id": self.mailbox.pk if "/email/" in path else self.form.pk,
            "shipment_id": self.parcel.pk,
            "article_id": self.text.article_id,
            "language": self.text.language,
            "number": 1,
            "category_id": self.shelf.pk,
            "ref": self.parcel.order_id
            if "/shipments" in path
            else refs.get(path.split("/")[1], self.order.pk),
        }
        queries = QUERIES | {"search_articles": f"?q=returns&brand={self.inbox.brand_id}"}
        return path.format(**ids) + queries.get(name, "")

    def body(self, name: str) -> Any:
        """The example of the description, where ours need not be named in it."""
        if name in BODIES:
            return BODIES[name](self)
        content = OPERATIONS[name][2].get("requestBody", {}).get("content", {}).get("application/json")
        return content["example"] if content else None

    def claimed(self) -> dict[str, Any]:
        line = {"order_line": str(self.order.lines.get().pk), "qty": 2, "reason": "no_longer_needed"}
        return {"kind": "cancellation", "order": str(self.order.pk), "lines": [line]}

    @property
    def ids(self) -> list[str]:
        rows = [self.conversation, self.customer, self.inbox, self.team, self.tag, self.identity, self.file]
        rows += [self.order, *self.order.lines.all(), self.claim, self.refund, self.unit, self.shelf]
        return [str(row.pk) for row in rows]


BODIES: dict[str, Callable[[Things], Any]] = {
    "begin_article": lambda it: {
        "brand": str(it.inbox.brand_id),
        "text": {"language": "en", "title": "Returns"},
    },
    "arrange_article": lambda it: {"audience": "customers"},
    "translate_article": lambda it: {"language": "zh-hans", "title": "退货"},
    "write_text": lambda it: {"title": "Returns", "body": "Within 14 days."},
    "publish_text": lambda it: {},
    "begin_category": lambda it: {"brand": str(it.inbox.brand_id), "slug": "new", "names": {"en": "New"}},
    "change_category": lambda it: {"slug": "newer", "names": {"en": "Newer"}},
    "add_shipment": lambda it: {"carrier": "sf", "tracking_no": "SF2"},
    "change_mailbox": lambda it: {"name": "More mail", "team": str(it.team.pk)},
    "open_mailbox": lambda it: {
        "name": "Other mail",
        "team": str(it.team.pk),
        "addresses": ["other@desk.test"],
    },
    "start_conversation": lambda it: {
        "inbox": str(it.inbox.pk),
        "customer": str(it.customer.pk),
        "text": "Called.",
    },
    "assign": lambda it: {"assignee": str(it.colleague.pk)},
    "hand_over": lambda it: {"team": str(it.team.pk)},
    "prioritise": lambda it: {"priority": "high"},
    "rename": lambda it: {"subject": "Parcel"},
    "describe": lambda it: {"fields": {"order": "A-1"}},
    "read": lambda it: {"reply_seq": 1},
    "say": lambda it: {"text": "Hello"},
    "enter_customer": lambda it: {"name": "Ada"},
    "change_customer": lambda it: {"note": "Calls back."},
    "add_identity": lambda it: {"kind": "email", "value": "ada@example.com"},
    "look_up_customer": lambda it: {"email": "lin@example.com"},
    "issue_customer_token": lambda it: {"email": "lin@example.com"},
    "preview_claim": lambda it: it.claimed(),
    "file_claim": lambda it: it.claimed(),
    "draft_claim": lambda it: it.claimed(),
    "check_cover": lambda it: {"answer": "covered"},
    "give_back": lambda it: {"order": str(it.order.pk), "amount_minor": 100, "currency": "EUR"},
    "change_shipping_address": lambda it: {"line1": "1 New Road", "city": "Suzhou"},
    "change_items": lambda it: {
        "lines": [{"order_line": str(it.order.lines.get().pk), "new_sku": it.order.lines.get().sku}],
        "settle_with": str(it.wallet.pk),
    },
    "change_payment": lambda it: {"payment_method": str(it.wallet.pk)},
    "cancel_order": lambda it: {"reason": "no_longer_needed"},
    "change_address": lambda it: {"line1": "1 New Road", "city": "Suzhou"},
    "choose_presence": lambda it: {"state": "busy"},
    "sign": lambda it: {"zh": "美", "en": "**Mei**"},
    "begin_own_conversation": lambda it: {"text": "Hello"},
    "read_own_conversation": lambda it: {"seq": 1},
    "write_own_message": lambda it: {"text": "Hello"},
}


OPEN_TO_EVERY_CUSTOMER = {"list_products", "get_product", "search_articles"}
OPEN_TO_EVERY_CUSTOMER |= {
    "list_orders",
    "list_claims",
    "list_registered_products",
}  # where they find their own
# Whom or what they are about stands in the body.
NAMED_IN_THE_BODY = {"start_conversation", "look_up_customer", "issue_customer_token"}
NAMED_IN_THE_BODY |= {"preview_claim", "file_claim", "draft_claim", "give_back"}
NAMED_IN_THE_BODY |= {"begin_article", "begin_category"}


@pytest.fixture
def things(
    parcel_question: Conversation, lin: Customer, inbox: Inbox, support: Team, mei: Staff, brand: Brand
) -> Things:
    FieldDefinition.objects.create(brand=brand, key="order", label="Order")
    order, wallet = ordered(lin, brand)
    published(brand)
    claim = make_claim(make_order(lin, brand, "#W2"))
    sent = files.keep(SimpleUploadedFile("a.txt", b"Serial 12"), by=lin, conversation=None)
    begun = begin(lin, inbox, "A photo")
    File.objects.filter(pk=sent.pk).update(conversation=begun, message=begun.messages.get())
    return Things(
        conversation=parcel_question,
        customer=lin,
        inbox=inbox,
        team=support,
        colleague=mei,
        tag=Tag.objects.create(brand=brand, name="Delivery"),
        identity=customers.claim(lin, IdentityKind.EMAIL, "lin@example.com", by=lin),
        file=sent,
        order=order,
        wallet=wallet,
        claim=claim,
        refund=make_refund(claim),
        unit=make_unit(order),
        parcel=ship(make_order(lin, brand, "#W3")),
        mailbox=make_mailbox(support, "more@desk.test"),
        form=make_form(support),
        text=writing.begin(brand, language="en", said=writing.Said("Returns", "Within seven days."), by=mei),
        shelf=brand.categories.create(slug="returns", names={"en": "Returns"}),
    )


def ordered(customer: Customer, brand: Brand) -> tuple[Order, PaymentMethod]:
    """Paid by card and not sent yet; and another way to pay."""
    order = make_order(customer, brand, status=OrderStatus.PENDING)
    card = PaymentMethod.objects.create(customer=customer, kind="card")
    Payment.objects.create(order=order, method=card, captured_minor=10_480, currency="EUR")
    return order, PaymentMethod.objects.create(customer=customer, kind="wallet")


def send(api: Caller, name: str, things: Things, body: Any = None) -> Any:
    if name in UPLOADS:
        return api.upload(things.address(name), file=SimpleUploadedFile("a.txt", b"Serial 12"))
    method = OPERATIONS[name][1].upper()
    if method == "GET":
        return api.get(things.address(name))
    return api.send(method, things.address(name), things.body(name) if body is None else body)


@contextmanager
def undone() -> Iterator[None]:
    """What one operation does is taken back before the next one is tried."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def each(names: set[str]) -> Iterator[str]:
    for name in sorted(names):
        with undone():
            yield name


@pytest.fixture
def _unlimited(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "hit", lambda *_args, **_kwargs: True)


unlimited = pytest.mark.usefixtures("_unlimited")


# -- every operation for every kind of caller (C1, C3, F4, F7)


def scope_of(name: str) -> str:
    ((scope,),) = (one["StaffBearer"] for one in OPERATIONS[name][2]["security"] if "StaffBearer" in one)
    return str(scope)


@unlimited
def test_without_a_good_token_nothing_opens(things: Things, supervisor: Staff, inbox: Inbox) -> None:
    colleague, visitor = token_of(supervisor), visiting(inbox, things.customer)[0].token or ""
    before = everything()
    for name in each(set(OPERATIONS)):
        right, wrong = (visitor, colleague) if name in VISITORS else (colleague, visitor)
        for token in (None, "", "kefu_guess", right[:-1], right + "x", right.swapcase(), wrong):
            assert problem_of(send(Caller(token), name, things))["status"] == 401, name
    assert everything() == before


@unlimited
def test_an_expired_or_revoked_token_opens_nothing(things: Things, supervisor: Staff) -> None:
    expired = token_of(supervisor, lasts=timedelta(seconds=-1))
    revoked = token_of(supervisor)
    StaffToken.objects.latest("created_at").revoke(by=supervisor)
    for name in each(STAFF):
        for token in (expired, revoked):
            assert problem_of(send(Caller(token), name, things))["status"] == 401, name


@unlimited
def test_a_token_does_not_get_around_the_second_factor(things: Things, supervisor: Staff) -> None:
    api = calling(supervisor)
    SecondFactorRule.objects.create(role=supervisor.role)
    for name in each(STAFF):
        assert problem_of(send(api, name, things))["status"] == 401, name


@unlimited
def test_a_token_ends_with_its_owner(things: Things, supervisor: Staff, admin: Staff) -> None:
    api = calling(supervisor)
    supervisor.deactivate(by=admin)
    for name in each(STAFF):
        assert problem_of(send(api, name, things))["status"] == 401, name


@unlimited
def test_a_token_does_only_what_its_scopes_name(things: Things, supervisor: Staff) -> None:
    before = everything()
    for name in each(STAFF):
        others = [can.value for can in Can if can.value != scope_of(name)]
        assert problem_of(send(Caller(token_of(supervisor, others)), name, things))["status"] == 403, name
    assert everything() == before


@unlimited
@pytest.mark.parametrize("role", list(Role))
def test_a_token_does_only_what_its_owners_role_may(role: Role, things: Things, support: Team) -> None:
    api = calling(make_staff("anyone", role, support))
    for name in each(STAFF):
        response = send(api, name, things)
        if Can(scope_of(name)) in CAPABILITIES[role]:
            assert went_through(name, response) or name == "follow_up", (name, response.content)
        else:
            assert problem_of(response)["status"] == 403, name


def went_through(name: str, response: Any) -> bool:
    """It was done; or it was no step for now, or not theirs, and they were told which are."""
    if name not in STEPS or response.status_code < 300:
        return bool(response.status_code < 300)
    return response.status_code in (409, 422) or "allowed" in problem_of(response)


@unlimited
def test_an_agent_of_another_brand_meets_nothing_of_this_one(things: Things, charlie: Staff) -> None:
    api = calling(charlie)
    for name in each(STAFF):
        before = everything()
        response = send(api, name, things)
        assert not [known for known in things.ids if known in response.content.decode()], name
        not_his = Can(scope_of(name)) not in CAPABILITIES[Role.AGENT]
        if not_his or "{" in OPERATIONS[name][0] or name in NAMED_IN_THE_BODY:
            assert problem_of(response)["status"] == (403 if not_his else 404), name
            assert everything() == before, name
        else:
            assert response.status_code < 300, name


def speaking_for(customer: Customer, staff: Staff) -> Caller:
    """A program that acts as ``customer``, let in by ``staff``."""
    program = StaffToken.issue(staff=staff, name="Program", scopes=list(EVERYTHING), lasts=timedelta(days=1))
    return Caller(customer_tokens.issue(customer, through=program[0])[1])


@unlimited
def test_a_customers_token_opens_only_what_customers_may(things: Things, supervisor: Staff) -> None:
    api, before = speaking_for(things.customer, supervisor), everything()
    for name in each(STAFF - ALSO_CUSTOMERS):
        assert problem_of(send(api, name, things))["status"] == 401, name
    assert everything() == before


@unlimited
def test_another_customers_token_meets_nothing_of_this_one(things: Things, supervisor: Staff) -> None:
    stranger = Customer.objects.create(name="Ada")
    make_order(stranger, Brand.objects.get(slug="lumo"), "#W9", email="ada@example.com", phone="")
    api, before = speaking_for(stranger, supervisor), everything()
    for name in each(ALSO_CUSTOMERS):
        response = send(api, name, things)
        if name in OPEN_TO_EVERY_CUSTOMER:
            assert response.status_code == 200, name
        else:
            assert problem_of(response)["status"] == 404, name
        assert str(things.order.pk) not in response.content.decode(), name
        assert str(things.customer.pk) not in response.content.decode(), name
    assert everything() == before


@unlimited
def test_a_customer_meets_what_is_theirs_at_the_brands_of_whoever_let_the_program_in(
    things: Things, supervisor: Staff, charlie: Staff
) -> None:
    api = speaking_for(things.customer, supervisor)
    for name in each(ALSO_CUSTOMERS):
        response = send(api, name, things)
        assert went_through(name, response), (name, response.content)
    Staff.objects.filter(pk=charlie.pk).update(role=Role.SUPERVISOR)
    elsewhere = speaking_for(things.customer, Staff.objects.get(pk=charlie.pk))
    for name in each({name for name in ALSO_CUSTOMERS if "{" in OPERATIONS[name][0]}):
        assert problem_of(send(elsewhere, name, things))["status"] == 404, name


@unlimited
def test_another_visitor_meets_nothing_of_this_one(things: Things, inbox: Inbox) -> None:
    api, _visitor = visiting(inbox)
    before = everything()
    for name in each({name for name in VISITORS if "{" in OPERATIONS[name][0]}):
        assert problem_of(send(api, name, things))["status"] == 404, name
    assert everything() == before


def test_a_right_that_ends_ends_between_two_calls(things: Things, mei: Staff, support: Team) -> None:
    api = calling(mei)
    assert send(api, "get_conversation", things).status_code == 200
    Membership.objects.filter(staff=mei, team=support).delete()
    for name in ("get_conversation", "say", "list_messages", "get_file_content"):
        assert problem_of(send(api, name, things))["status"] == 404


# -- foreign ids wherever an object is named (C2)


@pytest.mark.parametrize("field", ["inbox", "customer"])
def test_a_conversation_is_not_begun_with_what_is_foreign(
    field: str, things: Things, mei: Staff, other_inbox: Inbox
) -> None:
    foreign = Customer.objects.create(name="Far")
    begin(foreign, other_inbox)
    body = things.body("start_conversation") | {
        field: str({"inbox": other_inbox, "customer": foreign}[field].pk)
    }
    count = Conversation.objects.count()
    assert problem_of(send(calling(mei), "start_conversation", things, body))["status"] == 404
    assert Conversation.objects.count() == count


def test_nothing_is_handed_to_another_brand(
    things: Things, mei: Staff, charlie: Staff, foreign_team: Team, admin: Staff
) -> None:
    for api in (calling(mei), calling(admin)):
        for name, body in (
            ("assign", {"assignee": str(charlie.pk)}),
            ("hand_over", {"assignee": str(charlie.pk)}),
            ("hand_over", {"team": str(foreign_team.pk)}),
            ("assign", {"assignee": str(uuid4())}),
        ):
            assert problem_of(send(api, name, things, body))["status"] == 404
    things.conversation.refresh_from_db()
    assert (things.conversation.team_id, things.conversation.assignee_id) == (things.team.pk, None)


def test_a_foreign_tag_is_not_there_even_for_an_admin(
    things: Things, admin: Staff, other_brand: Brand
) -> None:
    things.tag = Tag.objects.create(brand=other_brand, name="Foreign")
    assert problem_of(send(calling(admin), "tag", things))["status"] == 404


def test_a_colleagues_upload_cannot_be_sent(things: Things, mei: Staff, omar: Staff) -> None:
    upload = files.keep(SimpleUploadedFile("a.txt", b"Serial 12"), by=omar, conversation=None)
    for file_id in (upload.pk, things.file.pk, uuid4()):
        body = {"text": "Look", "files": [str(file_id)]}
        assert problem_of(send(calling(mei), "say", things, body))["status"] == 404
    things.file = upload
    assert problem_of(send(calling(mei), "get_file_content", things))["status"] == 404


def test_an_identity_is_only_found_under_its_customer(things: Things, mei: Staff, inbox: Inbox) -> None:
    other = Customer.objects.create(name="Other")
    begin(other, inbox)
    things.customer = other
    assert problem_of(send(calling(mei), "remove_identity", things))["status"] == 404


@pytest.mark.parametrize("filter_", ["team", "assignee", "customer", "inbox", "tag"])
def test_filters_by_what_is_foreign_find_nothing(filter_: str, things: Things, charlie: Staff) -> None:
    named = {
        "team": things.team, "assignee": things.colleague, "customer": things.customer, "inbox": things.inbox,
        "tag": things.tag,
    }  # fmt: skip
    assert calling(charlie).get("/conversations", {filter_: named[filter_].pk}).json()["items"] == []


def test_a_number_alone_opens_nothing(things: Things, charlie: Staff) -> None:
    assert (
        calling(charlie).get("/conversations", {"number": things.conversation.public_number}).json()["items"]
        == []
    )
    assert calling(charlie).get(f"/conversations/{things.conversation.public_number}").status_code == 404


def test_contact_details_do_not_tell_another_brand_that_someone_is_known(
    things: Things, charlie: Staff
) -> None:
    for asked in ({"email": "lin@example.com"}, {"name": "Lin"}):
        assert calling(charlie).get("/customers", asked).json()["items"] == []


# -- fields that nobody offered (C6, D1)

COLUMNS = sorted(
    {
        field.attname
        for model in (Conversation, Customer, Message, File, Staff)
        for field in model._meta.concrete_fields
    }
)


@unlimited
def test_columns_that_are_not_offered_are_refused_and_change_nothing(
    things: Things, supervisor: Staff, support: Team, inbox: Inbox
) -> None:
    visitor, colleagues = visiting(inbox, things.customer)[0], [supervisor]
    colleagues += [
        make_staff(role, role, support)
        for role in (Role.WAREHOUSE, Role.TECHNICIAN, Role.FINANCE, Role.ADMIN)
    ]
    before = everything()
    writing = (WRITING - UPLOADS) & (STAFF | VISITORS)
    for name in each({name for name in writing if "requestBody" in OPERATIONS[name][2]}):
        api = visitor if name in VISITORS else calling(able(colleagues, scope_of(name)))
        body = things.body(name)
        shape = OPERATIONS[name][2]["requestBody"]["content"]["application/json"]["schema"][
            "$ref"
        ].rpartition("/")[2]
        foreign = set(COLUMNS) - set(written()["components"]["schemas"][shape]["properties"])
        found = problem_of(send(api, name, things, body | dict.fromkeys(foreign, 1)))
        assert {
            error["field"] for error in found["errors"] if error["code"] == "extra_forbidden"
        } == foreign, name
        for column in foreign & {"status", "is_active", "role", "id"}:
            assert problem_of(send(api, name, things, body | {column: "solved"}))["status"] == 422, name
    assert everything() == before


def able(colleagues: list[Staff], scope: str) -> Staff:
    return next(staff for staff in colleagues if Can(scope) in CAPABILITIES[Role(staff.role)])


def everything() -> dict[str, list[Any]]:
    """All rows that a caller could have meant, as they stand."""
    models = [
        model
        for label in ("people", "conversations", "chat", "orders", "claims")
        for model in apps.get_app_config(label).get_models()
        if model.__name__ not in {"StaffToken", "CustomerToken", "SecondFactorRule", "Visitor"}
    ]
    return {model.__name__: sorted(map(str, model._base_manager.values_list())) for model in models}


WRONG: list[tuple[str, Any]] = [
    ("read", {"reply_seq": "1"}),
    ("read", {"reply_seq": True}),
    ("read", {"reply_seq": -1}),
    ("read", {"reply_seq": 2**63}),
    ("say", {"text": 1}),
    ("say", {"text": ["a"]}),
    ("say", {"text": "a", "kind": "system"}),
    ("say", {"text": "a", "files": "all"}),
    ("say", {"text": "a", "files": [str(uuid4()) for _ in range(11)]}),
    ("prioritise", {"priority": 3}),
    ("prioritise", {"priority": "URGENT"}),
    ("assign", {"assignee": None}),
    ("assign", {"assignee": {"id": 1}}),
    ("rename", {"subject": None}),
    ("describe", {"fields": {"order": {"a": 1}}}),
    ("describe", {"fields": {"order": 1e400}}),
    ("describe", {"fields": ["order"]}),
    ("describe", {"fields": {"__proto__ x": 1}}),
    ("enter_customer", {"name": "a" * 81}),
    ("enter_customer", {"language": "fr"}),
    ("choose_presence", {"state": "gone"}),
    ("sign", {"en": 5}),
]


def test_a_value_of_the_wrong_kind_is_never_bent_into_the_right_one(
    things: Things, supervisor: Staff
) -> None:
    api, before = calling(supervisor), everything()
    for name, body in WRONG:
        assert problem_of(send(api, name, things, body))["status"] == 422, (name, body)
    assert everything() == before


# -- odd input (D2, D3)

ODD = [
    "\x00",
    "a\x00b",
    "\ud800",
    "' OR '1'='1",
    "1; DROP TABLE people_staff",
    "${7*7}{{7*7}}",
    "%s%n",
    "‮",
    "😀" * 50,
    "\r\nX: y",
]


WRITTEN = [
    ("rename", "subject"), ("say", "text"), ("change_customer", "note"), ("enter_customer", "name"),
    ("start_conversation", "topic"),
]  # fmt: skip
ASKED = [
    *(("/conversations", name) for name in ("sort", "status", "team", "number")),
    *(("/conversations", name) for name in ("cursor", "limit", "unassigned")),
    *(("/customers", name) for name in ("name", "email", "cursor")),
    ("/tags", "limit"),
]  # fmt: skip


@pytest.mark.parametrize("odd", ODD)
def test_odd_text_is_kept_as_it_is_or_refused(odd: str, things: Things, supervisor: Staff) -> None:
    api = calling(supervisor)
    for name, field in WRITTEN:
        with undone():
            response = send(api, name, things, (things.body(name) or {}) | {field: odd})
            if response.status_code < 300:
                assert response.json()[field] == odd, name
            else:
                assert problem_of(response)["status"] == 422, name


@pytest.mark.parametrize("odd", [one for one in ODD if one != "\ud800"])
def test_odd_parameters_are_data_and_never_code(odd: str, things: Things, supervisor: Staff) -> None:
    api = calling(supervisor)
    for address, parameter in ASKED:
        response = api.get(address, {parameter: odd})
        if response.status_code < 300:
            assert response.json()["items"] == [], (address, parameter)
        else:
            assert problem_of(response)["status"] == 422, (address, parameter)


def test_a_page_has_at_most_a_hundred_rows(things: Things, mei: Staff) -> None:
    api = calling(mei)
    for odd in ("0", "101", "-1", "1.5", "ten", "9" * 30, ""):
        assert problem_of(api.get("/conversations", {"limit": odd}))["errors"][0]["field"] == "limit", odd


def test_a_body_that_is_not_what_it_should_be_is_refused(things: Things, mei: Staff) -> None:
    api, deep, long = calling(mei), b"[" * 100_000, b'{"text":' + b"9" * 5000 + b"}"
    for body in (b"", b"null", b"[]", b'"text"', b"{", b"\xff\xfe", b'{"text": NaN}', deep, long):
        assert problem_of(api.post(things.address("say"), body))["status"] in {400, 422}, body[:20]


def test_a_body_beyond_all_measure_is_refused_before_it_is_read(things: Things, mei: Staff) -> None:
    api = calling(mei)
    assert (
        problem_of(api.post(things.address("say"), b'{"text": "' + b"a" * 3_000_000 + b'"}'))["status"] == 413
    )
    declared = api._client.generic(
        "POST",
        "/api/v1/files",
        b"x",
        content_type="multipart/form-data; boundary=b",
        headers=api._with({}),
        CONTENT_LENGTH=str(10**9),
    )
    assert problem_of(declared)["status"] == 413


def test_a_form_that_is_none_is_refused(mei: Staff) -> None:
    api = calling(mei)
    for kind in ("multipart/form-data", "multipart/form-data; boundary=b", "application/json", "text/plain"):
        response = api._client.generic(
            "POST", "/api/v1/files", b"--x\r\nrubbish", content_type=kind, headers=api._with({})
        )
        assert problem_of(response)["status"] in {400, 422}


# -- odd addresses and methods (F11)


ODDLY_WRITTEN = [
    "/me/", "//me", "/ME", "/me;x=1", "/%6de/..", "/./me", "/me%00", "/me%2f", "/../v1/me",
    "/conversations/../me", "/conversations/%2e%2e/me", "/nothing", "/", "",
]  # fmt: skip


def test_an_address_that_is_written_otherwise_leads_nowhere(mei: Staff) -> None:
    known = calling(mei)
    for address in ODDLY_WRITTEN:
        assert Caller().get(address).status_code in {301, 401, 404}, address
        assert known.get(address).status_code in {301, 404}, address


@pytest.mark.django_db
def test_what_is_not_there_is_a_problem_document() -> None:
    assert problem_of(Caller().get("/nothing"))["status"] == 404


def test_a_method_that_is_not_offered_is_told_so(mei: Staff) -> None:
    api = calling(mei)
    for method in ("DELETE", "PATCH", "PUT", "TRACE", "OPTIONS", "HEAD"):
        response = api.send(method, "/conversations")
        assert (response.status_code, response["Content-Type"]) == (405, "application/problem+json"), method
        assert set(response["Allow"].split(", ")) == {"GET", "POST"}


def test_a_session_or_a_token_in_the_address_lets_nobody_in(mei: Staff) -> None:
    token = token_of(mei)
    api = Caller()
    api._client.force_login(mei)
    assert problem_of(api.get("/me"))["status"] == 401
    assert problem_of(api.get("/me", {"token": token, "access_token": token}))["status"] == 401
    assert problem_of(Caller().get("/me", Authorization=f"Basic {token}"))["status"] == 401


# -- no more than one's share (H7)


@pytest.mark.usefixtures("committed")
def test_a_hundred_calls_at_once_pass_the_limit_no_further_than_allowed(brand: Brand, settings: Any) -> None:
    settings.KEFU_API_RATE = 10
    team = Team.objects.create(brand=brand, name="Support")
    token = token_of(make_staff("mei", Role.AGENT, team))
    statuses: list[int] = []

    def call() -> None:
        for _ in range(10):
            statuses.append(Caller(token).get("/me").status_code)
        connections.close_all()

    threads = [threading.Thread(target=call) for _ in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert set(statuses) == {200, 429}
    assert 10 <= statuses.count(200) <= 14  # the bucket gains one every six seconds


def test_a_flood_of_uploads_is_slowed_down_before_anything_is_read(
    mei: Staff, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kefu.people.api.UPLOADS_IN_TEN_MINUTES", 2)
    api = calling(mei)
    sent = [api.upload("/files", file=SimpleUploadedFile("a.txt", b"Serial 12")) for _ in range(3)]
    assert [one.status_code for one in sent] == [201, 201, 429]
    assert int(sent[2]["Retry-After"]) > 0
    assert api.get("/me").status_code == 200


def test_problems_tell_nothing_of_our_insides(
    things: Things, mei: Staff, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_arguments: Any, **_named: Any) -> None:
        raise RuntimeError("secret canary 5519")

    monkeypatch.setattr(Conversation, "solve", broken)
    response = send(calling(mei), "solve", things)
    assert problem_of(response)["status"] == 500
    assert "5519" not in response.content.decode()
    says(mei, "Still here", in_=things.conversation)
