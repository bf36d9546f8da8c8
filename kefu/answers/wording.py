"""What the assistant says. Every message begins by saying that a machine wrote it; it promises and approves nothing."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

OPTION = "› "  # a line that begins so can be pressed in the chat, and typed everywhere


def marked(text: str, options: Sequence[str] = ()) -> str:
    """As it is posted: the mark, what it says, what one may answer."""
    return "\n".join([_("[Automatic assistant]"), text, *(f"{OPTION}{option}" for option in options)])


def person() -> str:
    return _("Talk to a person")


LOOK_UP = gettext_noop("Look up my order")
PERSON = gettext_noop("Talk to a person")
HELPED = gettext_noop("Yes, that helped")
NO_HELP = gettext_noop("That did not help")
DETAILS = gettext_noop("Give a colleague the details")
SKIP = gettext_noop("Skip this question")
OFFERED = (LOOK_UP, PERSON, HELPED, NO_HELP, DETAILS, SKIP)


def look_up() -> str:
    return _("Look up my order")


def details() -> str:
    return _("Give a colleague the details")


def skip() -> str:
    return _("Skip this question")


def did_help() -> list[str]:
    return [_("Yes, that helped"), _("That did not help"), person()]


def answer(said: str, title: str, address: str) -> str:
    return "\n".join([said, "", _("Source: %(title)s") % {"title": title}, address])


def offer(articles: Sequence[tuple[str, str]]) -> str:
    lines = [f"{title}\n{address}" for title, address in articles]
    return "\n".join([_("I am not sure. One of these may answer it:"), *lines])


def which(titles: Sequence[str]) -> str:
    return "\n".join([_("Which of these do you mean? Answer with its number."), *_numbered(titles)])


def greeting() -> str:
    return _("Hello. I answer from our help centre, and a person is one message away. What is it about?")


def once_more() -> str:
    return _("I am sorry. Please say it in other words, as exactly as you can, or talk to a person.")


def glad() -> str:
    return _("Good to know. Write here again whenever you need us.")


def ask_number() -> str:
    return _("What is your order number? It is in the mail that confirmed your order.")


def ask_fact() -> str:
    return _(
        "To be sure that it is yours: the e-mail address of the order, or the last 4 digits of its phone number?"
    )


def not_found() -> str:
    return _("I find no order with these details. Please check both, and give me the order number again.")


def ask_field(label: str) -> str:
    return _("So that nobody needs to ask you again: %(label)s?") % {"label": label}


def ask_first(label: str, help_text: str) -> str:
    return "\n".join(
        [
            _("I pass this on to a colleague. A few questions first, so that they can begin at once."),
            ask_next(label, help_text),
        ]
    )


def ask_next(label: str, help_text: str) -> str:
    asked = label if label.endswith(("?", "？")) else _("%(label)s?") % {"label": label}
    return f"{asked}\n{help_text}" if help_text else asked


def ask_again(problem: str, label: str, help_text: str) -> str:
    return f"{problem}\n{ask_next(label, help_text)}"


def handed_over(*, is_open: bool, about_money: bool) -> str:
    first = (
        _("Refunds and compensation are decided by a person, never by me, so I pass this on.")
        if about_money
        else _(
            "I pass this on to a colleague, with everything you have told me. You need not repeat anything."
        )
    )
    then = (
        _("They answer here.")
        if is_open
        else _("We are closed at the moment; they answer here when we open.")
    )
    return f"{first}\n{then}"


def danger() -> str:
    return _(
        "If anybody is in danger, call the emergency services first. Switch the device off and unplug it, if that is"
        " safe. A colleague reads this next."
    )


def security() -> str:
    return _(
        "Please pay nothing more, tell nobody a code or password, and open no links. A colleague looks at this next."
    )


def _numbered(titles: Sequence[str]) -> list[str]:
    return [f"{number}. {title}" for number, title in enumerate(titles, 1)]
