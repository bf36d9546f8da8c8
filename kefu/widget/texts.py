"""Everything the chat says by itself. The page brings it along, so scripts hold no words."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import override


def chat_texts() -> dict[str, str]:
    """The chat's own sentences in the active language; ``{name}`` and the like are filled in by the page."""
    return _home() | _order() | _enquiry() | _thread() | _files() | _sheets() | _line()


def launcher_texts(languages: list[str]) -> dict[str, dict[str, str]]:
    """The few words of the button on the brand's page, by language."""
    found = {}
    for language in languages:
        with override(language):
            found[language] = _launcher()
    return found


def _launcher() -> dict[str, str]:
    return {
        "open": _("Chat with us"),
        "close": _("Close the chat"),
        "title": _("Chat"),
        "unread": _("{count} unread"),
        "blocked": _("The chat cannot be shown on this page."),
        "window": _("Open it in a window of its own"),
    }


def _home() -> dict[str, str]:
    return {
        "hello": _("Hello, how can we help?"),
        "closed": _("We are closed at the moment."),
        "ask": _("What is it about?"),
        "ask.more": _("Something else?"),
        "talk": _("Talk to a person"),
        "yours": _("Your conversations"),
        "unread.one": _("{count} unread message"),
        "unread.other": _("{count} unread messages"),
        "status.solved": _("Solved"),
        "status.closed": _("Closed"),
        "never.ask": _("We never ask for passwords, codes or card numbers."),
        "really.us": _("Is this really us?"),
        "today": _("Today"),
        "yesterday": _("Yesterday"),
        "you": _("You"),
    }


def _order() -> dict[str, str]:
    return {
        "order.find": _("Look up an order"),
        "order.words": _("With the order number and one detail you see how far it is."),
        "order.number": _("Order number"),
        "order.fact": _("E-mail address, or the last 4 digits of your phone number"),
        "order.go": _("Look it up"),
        "order.yours": _("Your orders"),
        "order.other": _("Another order"),
        "order.total": _("Total"),
        "order.carrier": _("At the carrier"),
        "order.talk": _("Talk to us about this order"),
        "order.about": _("About order {number}"),
    }


def _enquiry() -> dict[str, str]:
    return {
        "start": _("Start the chat"),
        "leave.message": _("Leave the message"),
        "offline.promise": _("Leave a message and we answer by e-mail."),
        "required.hint": _("With these at hand we can help at once."),
        "message.label": _("How can we help?"),
        "message.help": _("If there is an error message, copy it here word for word."),
        "optional": _("optional"),
        "answers": _("Does one of these answer it?"),
        "answers.did": _("Did it answer your question?"),
        "answers.yes": _("Yes, it did"),
        "answers.no": _("No"),
        "answers.glad": _("Good. Nothing was sent, and you can write to us at any time."),
        "answers.go.on": _("Then please finish your message and send it."),
        "choose": _("Please choose"),
        "wrong.empty": _("Please fill this in."),
        "wrong.choose": _("Please choose one."),
        "wrong.number": _("Please write a number."),
        "wrong.email": _("This does not look like an e-mail address, such as name@example.com."),
        "wrong.phone": _("This does not look like a phone number. Digits, spaces and a leading + are fine."),
    }


def _thread() -> dict[str, str]:
    return {
        "messages": _("Messages"),
        "write": _("Write a message"),
        "send": _("Send"),
        "attach": _("Attach a file"),
        "left": _("{count} characters left"),
        "loading": _("Loading"),
        "new.below": _("New messages"),
        "new.here": _("New"),
        "typing": _("{name} is typing"),
        "state.waiting": _("Waiting to be sent"),
        "state.sent": _("Sent"),
        "state.delivered": _("Delivered"),
        "state.read": _("Read"),
        "failed": _("Not sent."),
        "try.again": _("Try again"),
        "edit": _("Edit"),
        "discard": _("Discard"),
        "masked.own": _("We hid a private number or code before it was stored. We never ask for it."),
        "masked.theirs": _("A private number or code was hidden here."),
        "note.solved": _("This conversation is solved. Write here if it is not."),
        "note.closed": _("This conversation is closed. What you write starts a new one that continues it."),
        "note.offline": _("Write now and we answer by e-mail."),
    }


def _files() -> dict[str, str]:
    return {
        "file.many": _("At most {count} files can go with one message."),
        "file.large": _("{name} was not sent: it has {size}, and {limit} is the limit."),
        "file.empty": _("{name} was not sent: the file is empty."),
        "file.type": _("{name} was not sent: files of this kind are not accepted."),
        "file.failed": _("{name} was not sent. {why}"),
        "file.sending": _("Sending {name}"),
        "file.cancel": _("Cancel sending {name}"),
        "file.remove": _("Remove {name}"),
        "file.view": _("View {name}"),
        "file.download": _("Download {name}"),
    }


def _sheets() -> dict[str, str]:
    return {
        "menu": _("Options"),
        "back": _("Back"),
        "close": _("Close"),
        "sound.on": _("Turn sound on"),
        "sound.off": _("Turn sound off"),
        "transcript.mail": _("E-mail me this conversation"),
        "transcript.save": _("Download this conversation"),
        "transcript.sent": _("The conversation is on its way to your mailbox."),
        "history": _("Find my earlier conversations"),
        "history.title": _("Your earlier conversations"),
        "history.words": _("We send a code to your e-mail address, to be sure that it is you."),
        "email": _("E-mail address"),
        "code": _("Code"),
        "code.send": _("Send the code"),
        "code.sent": _("A code with six digits is on its way to {email}. It is valid for ten minutes."),
        "code.check": _("Continue"),
        "end": _("End this conversation"),
        "end.title": _("End this conversation?"),
        "end.words": _("You can still read it, and write again if something is left open."),
        "end.yes": _("End it"),
        "end.no": _("Keep it open"),
    }


def _line() -> dict[str, str]:
    return {
        "trouble": _("That did not work. Nothing you wrote is lost; please try again."),
        "trouble.network": _("We cannot be reached right now. Nothing you wrote is lost."),
        "reconnecting": _("Reconnecting. What you write is kept and sent as soon as possible."),
        "offline": _("You are offline. What you write is kept and sent as soon as you are back."),
        "noscript": _("The chat needs JavaScript. Without it, please write to us through our website:"),
    }
