"""The one list of which function hears which event."""

from __future__ import annotations

import threading
from collections.abc import Callable

from procrastinate import App

from kefu.events.readers import Reader
from kefu.events.screens import Hub


def readers() -> list[Reader]:
    """Those that must miss nothing: each keeps a cursor in the table and reads in commit order."""
    from kefu.answers import routing
    from kefu.answers.intents import set_intents
    from kefu.answers.tasks import queue_assistant
    from kefu.claims import beside_conversations, joining
    from kefu.claims.tasks import HEARS, queue_refunds
    from kefu.conversations.flows import give_back_work
    from kefu.conversations.indexing import index_messages
    from kefu.events.deliveries import queue_jobs
    from kefu.inboxes.answers_by_mail import mail_answers
    from kefu.inboxes.email.sending import queue_outboxes
    from kefu.inboxes.email.taking import queue_inboxes
    from kefu.inboxes.email.writing import mail_replies
    from kefu.portal import letters

    return [
        Reader("intents", hears={"message.posted"}, react=set_intents),
        Reader("destinations", hears=routing.HEARS, react=routing.send),
        Reader("assistant", hears={"message.posted"}, react=queue_assistant),
        Reader("search", hears={"message.posted"}, react=index_messages),
        Reader("answers by mail", hears={"message.posted"}, react=mail_answers),
        Reader("mail in", hears={"mail.received"}, react=queue_inboxes),
        Reader("mail replies", hears={"message.posted"}, react=mail_replies),
        Reader("mail out", hears={"mail.written"}, react=queue_outboxes),
        Reader("leavers", hears={"staff.deactivated"}, react=give_back_work),
        Reader("deliveries", hears={"delivery.written"}, react=queue_jobs),
        Reader("refunds", hears=HEARS, react=queue_refunds),
        Reader("joined customers", hears=joining.HEARS, react=joining.follow),
        Reader("letters about claims", hears=letters.HEARS, react=letters.write),
        Reader(
            "claims in conversations", hears=beside_conversations.HEARS, react=beside_conversations.note_steps
        ),
    ]


def beside_the_worker() -> list[Callable[[threading.Event], None]]:
    """What a worker does all the time beside reading the log and running jobs, each until the event is set."""
    from kefu.articles.warming import warm
    from kefu.inboxes.email.fetching import fetch_forever

    return [fetch_forever, warm]


def once_the_web_serves() -> list[Callable[[threading.Event], None]]:
    """What a web process does when the first pages can be asked for; given up when the event is set."""
    from kefu.articles.warming import warm

    return [warm]


def wire(hub: Hub) -> None:
    """Live screens of this process: what is shown to whom, and how it is rendered."""
    from kefu.conversations import arrivals, live, screens
    from kefu.conversations.doors import postbox
    from kefu.events import log
    from kefu.inboxes.chat import live as visitors
    from kefu.inboxes.chat.screens import present_to_customers
    from kefu.inboxes.email import mailbox_state
    from kefu.people import presence, viewers
    from kefu.web import metrics

    _tell_timelines()
    _speak_channels()
    hub.recent.topics_of = screens.topics_of
    hub.presenters = [
        ("console/", screens.present_conversation),
        ("desk", screens.present_changes),
        ("customer/", present_to_customers),
    ]
    hub.rechecks = {"staff": (viewers.recheck, 4.0), "visitor": (visitors.viewers_of, 30.0)}
    metrics.gauge("kefu_screens", "Live screens that are open in this process.", lambda: len(hub))
    metrics.gauge("kefu_postbox_waiting", "Messages that wait to be stored.", lambda: len(postbox))
    metrics.gauge(
        "kefu_log_horizon_age_seconds", "How long the oldest open transaction holds readers back.", log.age
    )
    metrics.gauge(
        "kefu_mails",
        "Mails that wait or were set aside, over all mailboxes.",
        mailbox_state.waiting,
        label="place",
    )
    metrics.gauge(
        "kefu_mailboxes_unread", "Mailboxes that cannot be read at present.", mailbox_state.unread_mailboxes
    )
    hub.on_screens = [live.tell_viewing]
    hub.on_tick = [live.tell_again, arrivals.mark, lambda screens: presence.seen(live.staff_among(screens))]


def stand_beside() -> None:
    """Called once, with the addresses: what rooms show beside conversations and orders of rooms above them."""
    from kefu.answers import beside as answers
    from kefu.articles import beside as articles
    from kefu.claims import beside_conversations, beside_orders
    from kefu.conversations import context
    from kefu.inboxes import going_on
    from kefu.inboxes.email import beside as mail
    from kefu.inboxes.form import beside as forms
    from kefu.orders import beside, offering

    _tell_timelines()
    _speak_channels()
    _lend_forms()
    context.LINES[:] = [going_on.line]
    context.PANELS[:] = [
        answers.PANEL,
        articles.PANEL,
        forms.PANEL,
        beside.PANEL,
        beside_conversations.PANEL,
        mail.PANEL,
    ]
    offering.SECTIONS[:] = [beside_orders.SECTION]
    offering.OFFERS[:] = [beside_orders.offered]


def _tell_timelines() -> None:
    """On pages and on live screens alike."""
    from kefu.answers import handing, intents, routing
    from kefu.claims import beside_conversations
    from kefu.conversations import timeline
    from kefu.inboxes import answers_by_mail, going_on

    timeline.tell_also(beside_conversations.MOVED, beside_conversations.sentence, "package-open")
    timeline.tell_also(handing.HANDED_OVER, handing.sentence, "headset")
    timeline.tell_also(intents.SET, intents.sentence, "target")
    timeline.tell_also("conversation.handed_over", routing.sentence, "arrow-right-left")
    timeline.tell_also(answers_by_mail.BY_MAIL, going_on.began, "mail")
    timeline.tell_also(answers_by_mail.BACK, going_on.ended, "message-circle")


def _speak_channels() -> None:
    from kefu.conversations import channels
    from kefu.inboxes.email import console as mail

    channels.CHANNELS[:] = [mail.CHANNEL]


def _lend_forms() -> None:
    """To the assistant, which asks their questions: where its settings are drawn, and where its jobs run."""
    from kefu.answers import collecting
    from kefu.inboxes.form import collected

    collecting.FORMS[:] = [collected]


def register_jobs(app: App) -> None:
    """Called once at start: every room's jobs, on one queue, and the readers, so that parked events find theirs."""
    from kefu.answers import tasks as answers
    from kefu.articles import tasks as articles
    from kefu.claims import tasks as claims
    from kefu.conversations import tasks as conversations
    from kefu.demo import tasks as demo
    from kefu.events import readers as known
    from kefu.events import tasks as events
    from kefu.inboxes.chat import tasks as chat
    from kefu.inboxes.email import tasks as mail
    from kefu.orders import tasks as orders
    from kefu.people import tasks as people

    app.add_tasks_from(events.jobs, namespace="events")
    app.add_tasks_from(people.jobs, namespace="people")
    app.add_tasks_from(conversations.jobs, namespace="conversations")
    app.add_tasks_from(chat.jobs, namespace="chat")
    app.add_tasks_from(mail.jobs, namespace="mail")
    app.add_tasks_from(articles.jobs, namespace="articles")
    app.add_tasks_from(claims.jobs, namespace="claims")
    app.add_tasks_from(answers.jobs, namespace="answers")
    app.add_tasks_from(orders.jobs, namespace="orders")
    app.add_tasks_from(demo.jobs, namespace="demo")
    known.introduce(readers())
    _lend_forms()
