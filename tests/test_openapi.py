"""The API in writing: complete, in our form, and true: schemathesis sends what it allows and what not."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
import schemathesis
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections
from hypothesis import HealthCheck, Phase, assume, given
from hypothesis import settings as bounds
from jsonschema_rs import validator_for
from pydantic import BaseModel
from schemathesis import Case, GenerationMode
from schemathesis.specs.openapi.checks import positive_data_acceptance

from conftest import says
from kefu.api import api, nobody, written
from kefu.articles import writing
from kefu.claims.testing import make_claim, make_refund, make_unit
from kefu.conversations import files
from kefu.conversations.models import Conversation, Inbox, Tag
from kefu.database import limits
from kefu.inboxes.form.testing import make_form
from kefu.orders.testing import make_order, ship
from kefu.people import customers
from kefu.people.models import Brand, Customer, IdentityKind, Staff, Team
from kefu.web.contract import operations
from tests.calling import Caller, token_of, visiting

EXAMPLES = 6
SAYING = {
    "say",
    "write_own_message",
    "begin_own_conversation",
}  # text or files: more than a schema says plainly
# Which contents are taken is more than a schema can say; so is what a line is about, and who gives a reason.
FILES = {"upload_file", "upload_own_file", "upload_form_file", "add_evidence"}
MORE_THAN_A_SCHEMA = FILES | {"submit_form", "enter_submission"}
MORE_THAN_A_SCHEMA |= {"file_claim", "draft_claim", "preview_claim", "add_shipment", "mark_shipment"}
MORE_THAN_A_SCHEMA |= {"get_order_contact"}
OPERATIONS = {
    operation["operationId"]: (path, method, operation) for path, method, operation in operations(written())
}
each = pytest.mark.parametrize("name", sorted(OPERATIONS))


# -- what is written


@pytest.mark.django_db
def test_the_description_is_served_to_everyone_as_openapi_3_1() -> None:
    response = Caller().get("/openapi.json")
    assert response.status_code == 200
    assert response.json()["openapi"] == "3.1.0"
    assert set(response.json()["components"]["securitySchemes"]) == {
        "StaffBearer",
        "CustomerBearer",
        "VisitorBearer",
        "FormBearer",
    }


@pytest.mark.django_db
def test_the_page_shows_every_operation_without_a_script_of_its_own(settings: Any) -> None:
    plain = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    settings.STORAGES = settings.STORAGES | {"staticfiles": plain}
    response = Caller().get("/docs")
    shown = response.content.decode()
    assert response.status_code == 200
    assert all(f'id="{name}"' in shown for name in OPERATIONS)
    assert all(
        "nonce=" in tag or 'type="application/json"' in tag for tag in re.findall(r"<script[^>]*>", shown)
    )
    assert " style=" not in shown


@each
def test_every_operation_says_what_it_is_and_what_it_may_answer(name: str) -> None:
    _path, method, operation = OPERATIONS[name]
    assert operation["summary"]
    assert len(operation["tags"]) == 1
    assert {"401", "403", "422", "429", "500", "503"} <= set(operation["responses"])
    refusals = {status: answer for status, answer in operation["responses"].items() if status >= "400"}
    assert all(list(answer["content"]) == ["application/problem+json"] for answer in refusals.values())
    takes_key = {"$ref": "#/components/parameters/IdempotencyKey"} in operation["parameters"]
    assert takes_key == (method != "get")


def test_no_two_operations_are_called_the_same() -> None:
    summaries = [operation["summary"] for _path, _method, operation in OPERATIONS.values()]
    assert len(set(summaries)) == len(summaries)


def shapes(of: type[BaseModel] = BaseModel) -> Iterator[type[BaseModel]]:
    for shape in of.__subclasses__():
        if shape.__module__.startswith("kefu."):
            yield shape
        yield from shapes(shape)


def test_a_name_in_the_description_stands_for_one_shape() -> None:
    """Those of all rooms are merged by their bare names, and of two the later would describe both."""
    known: dict[str, dict[str, Any]] = {}
    for shape in shapes():
        described = shape.model_json_schema(ref_template="{model}")
        for name, one in (described.pop("$defs", {}) | {shape.__name__: described}).items():
            assert known.setdefault(name, one) == one, (name, shape)


@each
def test_every_operation_names_whom_it_lets_in(name: str) -> None:
    _path, _method, operation = OPERATIONS[name]
    schemes = {name: scopes for scheme in operation["security"] for name, scopes in scheme.items()}
    assert set(schemes) in (
        {"StaffBearer"},
        {"StaffBearer", "CustomerBearer"},
        {"VisitorBearer"},
        {"FormBearer"},
    )
    assert schemes.get("StaffBearer") != []


def test_no_operation_relies_on_the_default_which_lets_nobody_in() -> None:
    bound = [
        op
        for router in api._get_bound_routers()
        for view in router.path_operations.values()
        for op in view.operations
    ]
    assert len(bound) == len(OPERATIONS)
    assert all(op.auth_callbacks and nobody not in op.auth_callbacks for op in bound)


@each
def test_every_body_refuses_fields_that_it_does_not_name(name: str) -> None:
    _path, _method, operation = OPERATIONS[name]
    content = operation.get("requestBody", {}).get("content", {})
    if "application/json" in content:
        shape = written()["components"]["schemas"][
            content["application/json"]["schema"]["$ref"].rpartition("/")[2]
        ]
        assert shape["additionalProperties"] is False


@each
def test_every_example_is_one_of_what_it_is_an_example_of(name: str) -> None:
    _path, _method, operation = OPERATIONS[name]
    for body in [operation.get("requestBody", {}), *operation["responses"].values()]:
        content = body.get("content", {}).get("application/json")
        if content:
            shape = {**content["schema"], "components": written()["components"]}
            validator_for(shape).validate(content["example"])


# -- what is done


@dataclass
class Desk:
    """Something of everything, and who may see it."""

    colleague: str
    visitor: str
    form: str
    places: dict[str, str]
    own_places: dict[str, str]


@pytest.fixture
def desk(
    supervisor: Staff, parcel_question: Conversation, lin: Customer, inbox: Inbox, brand: Brand, returns: Team
) -> Desk:
    says(supervisor, "We are looking.", in_=parcel_question)
    identity = customers.claim(lin, IdentityKind.EMAIL, "lin@example.com", by=lin)
    tag = Tag.objects.create(brand=brand, name="Delivery")
    upload = files.keep(SimpleUploadedFile("a.txt", b"Serial 12"), by=supervisor, conversation=None)
    own_upload = files.keep(SimpleUploadedFile("b.txt", b"Serial 13"), by=lin, conversation=None)
    claim, order = make_claim(make_order(lin, brand, "#W2")), make_order(lin, brand)
    form = make_form(inbox.team)
    article = writing.begin(brand, language="en", said=writing.Said("Returns", "Within 30 days."), by=None)
    shared = {
        "conversation_id": str(parcel_question.pk),
        "customer_id": str(lin.pk),
        "identity_id": str(identity.pk),
        "ref": str(order.pk),
        "shipment_id": str(ship(order).pk),
        "claim": str(claim.pk),
        "refund_id": str(make_refund(claim).pk),
        "unit_id": str(make_unit(order).pk),
        "inbox_id": str(form.pk),
        "article_id": str(article.article_id),
        "language": "en",
        "number": "1",
        "category_id": str(brand.categories.create(slug="returns", names={"en": "Returns"}).pk),
    }
    return Desk(
        colleague=token_of(supervisor),
        visitor=visiting(inbox, lin)[0].token or "",
        form=form.key,
        places=shared
        | {"tag_id": str(tag.pk), "file_id": str(upload.pk), "colleague_id": str(supervisor.pk)},
        own_places=shared | {"file_id": str(own_upload.pk)},
    )


@pytest.fixture
def _no_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "hit", lambda *_args, **_kwargs: True)


@pytest.fixture
def _one_connection() -> Iterator[None]:
    """Requests come by WSGI inside the test's transaction, whose connection must outlive them."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


def _operation(name: str) -> Any:
    path, method, _operation = OPERATIONS[name]
    contract = schemathesis.openapi.from_dict(written())
    contract.app = get_wsgi_application()
    return contract[path][method.upper()]


def _body_of(name: str) -> Any:
    content = OPERATIONS[name][2].get("requestBody", {}).get("content", {}).get("application/json")
    return validator_for({**content["schema"], "components": written()["components"]}) if content else None


def _says_something(body: Any) -> bool:
    return bool(body.get("files") or body.get("text", "").strip())


def _run(name: str, desk: Desk, mode: GenerationMode, places: dict[str, str]) -> None:
    path, _method, _described = OPERATIONS[name]
    doors = {"visitor": desk.visitor, "form": desk.form}
    token = doors.get(path.split("/")[3], desk.colleague)
    fits = _body_of(name)
    if path.startswith("/api/v1/claims/") and places:
        places = places | {"ref": places["claim"]}
    known = {one: value for one, value in places.items() if f"{{{one}}}" in path}

    @bounds(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        derandomize=True,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=_operation(name).as_strategy(mode))
    def holds(case: Case[Any]) -> None:
        case.path_parameters.update(known)
        for header in [one for one in case.headers if one.lower() == "host"]:
            case.headers.pop(header)  # a made up one never reaches the API
        if mode == GenerationMode.POSITIVE:
            case.query.pop("cursor", None)  # text like any other to the schema, but only our own is taken
            case.headers.pop("If-Match", None)  # likewise
            assume(fits is None or fits.is_valid(case.body))  # the generator forgets bounds beside null
            assume(name not in SAYING or _says_something(case.body))
        case.call_and_validate(
            headers={"Authorization": f"Bearer {token}"},
            excluded_checks=[positive_data_acceptance] if name in MORE_THAN_A_SCHEMA else [],
        )

    holds()


@each
@pytest.mark.usefixtures("_no_limit", "_one_connection")
def test_what_the_description_allows_is_answered_as_described(name: str, desk: Desk) -> None:
    own = OPERATIONS[name][0].startswith("/api/v1/visitor")
    _run(name, desk, GenerationMode.POSITIVE, desk.own_places if own else desk.places)


@each
@pytest.mark.usefixtures("_no_limit", "_one_connection")
def test_what_the_description_does_not_allow_is_refused_as_described(name: str, desk: Desk) -> None:
    _run(name, desk, GenerationMode.NEGATIVE, {})
