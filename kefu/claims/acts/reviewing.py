"""A person looks at a claim: asks, approves, refuses, decides on an appeal."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from kefu.claims import covering, goods, reviewing
from kefu.claims.acts.act import Act, goods_are_here, goods_are_not_here
from kefu.claims.forms import Answer, Approval, CoverAnswer, Question, Words
from kefu.claims.machines import Status
from kefu.people.roles import Can

REVIEW = (
    Act(
        "approval",
        "approve",
        _("Approve"),
        "check",
        Can.HANDLE_CLAIMS,
        lambda claim, by, given: reviewing.approve(claim, by=by, amount_minor=given.get("amount")),
        asks=Approval,
        look="primary",
        also=goods_are_not_here,
    ),
    Act(
        "cover",
        "check_cover",
        _("Decide whether it is covered"),
        "shield-check",
        Can.HANDLE_CLAIMS,
        lambda claim, by, given: covering.check_cover(
            claim, by=by, answer=Status(given["answer"]), words=given["words"]
        ),
        asks=CoverAnswer,
        look="primary",
    ),
    Act(
        "question",
        "request_info",
        _("Ask the customer"),
        "message-circle-question-mark",
        Can.HANDLE_CLAIMS,
        lambda claim, by, given: reviewing.request_info(claim, by=by, words=given["words"]),
        asks=Question,
        also=goods_are_not_here,
    ),
    Act(
        "answer",
        "provide",
        _("The customer has answered"),
        "message-square-reply",
        Can.HANDLE_CLAIMS,
        lambda claim, by, given: reviewing.provide(claim, by=by, words=given["words"]),
        asks=Answer,
        look="primary",
        hint=_("Add photos and documents as evidence first."),
    ),
    Act(
        "request-for-goods",
        "ask_for_goods",
        _("Ask for the product"),
        "package-open",
        Can.HANDLE_CLAIMS,
        lambda claim, by, given: covering.ask_for_goods(claim, by=by),
        look="primary",
        hint=_("For a diagnosis or a paid repair; the customer gets the address and a slip."),
    ),
    Act(
        "rejection",
        "reject",
        _("Refuse"),
        "circle-x",
        Can.HANDLE_CLAIMS,
        lambda claim, by, given: reviewing.reject(claim, by=by, words=given["words"]),
        asks=Words,
        also=goods_are_not_here,
    ),
    Act(
        "upholding",
        "uphold",
        _("The customer is right"),
        "thumbs-up",
        Can.DECIDE_CLAIMS,
        lambda claim, by, given: goods.uphold(claim, by=by, words=given["words"]),
        asks=Words,
        look="primary",
        also=goods_are_here,
        hint=_("Everything received is accepted as if no fault had been found."),
    ),
    Act(
        "confirmation",
        "confirm_findings",
        _("Confirm the findings"),
        "gavel",
        Can.DECIDE_CLAIMS,
        lambda claim, by, given: goods.confirm_findings(claim, by=by, words=given["words"]),
        asks=Words,
        also=goods_are_here,
    ),
)
WITHDRAWAL = Act(
    "withdrawal",
    "withdraw",
    _("Withdraw it for the customer"),
    "circle-slash",
    Can.HANDLE_CLAIMS,
    lambda claim, by, given: reviewing.withdraw(claim, by=by),
    also=goods_are_not_here,
    confirm=_("The claim ends. The customer can start another one."),
)
