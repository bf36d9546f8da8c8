"""Mail to the demo brand, as customers' programs write it. It is only kept here: the worker takes it in, as ever."""

from __future__ import annotations

from datetime import datetime, timedelta
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from django.utils import timezone

from kefu.conversations.models import Inbox, InboxKind
from kefu.demo.photos import photo
from kefu.hours.models import Schedule
from kefu.inboxes.email import raws
from kefu.inboxes.email.models import MailAddress, Way
from kefu.inboxes.email.settings import MailSettings, WayIn
from kefu.inboxes.stored import Words
from kefu.people.models import Team

ADDRESS = "support@lumquay.example"
SERVER = "mx.lumquay.example"


def furnish(team: Team) -> Inbox:
    """Delivered to, answered through the desk's own mail, which in the demo lies in a folder to look at."""
    schedule = Schedule.objects.filter(brand=team.brand).order_by("-name").first()
    inbox = Inbox.objects.create(
        brand=team.brand,
        team=team,
        kind=InboxKind.EMAIL,
        schedule=schedule,
        name="客服邮箱 · Support mail",
    )
    MailAddress.objects.create(inbox=inbox, address=ADDRESS, is_main=True)
    MailSettings(
        way_in=WayIn.DELIVERED,
        trusted_server=SERVER,
        plus_addresses=True,
        sender_name=Words("烛遥客服", "Lumquay support"),
        signature=Words("烛遥客服，每天为您亮着灯。", "Lumquay, a light on for you every day."),
    ).save(inbox)
    return inbox


def receive(inbox: Inbox) -> None:
    now = timezone.now()
    for hours, write in ((26, _blinking), (20, _which_lamp), (5, _address), (2, _thanks)):
        at = now - timedelta(hours=hours)
        raws.keep(
            write(at).as_bytes(policy=SMTP),
            inbox=inbox,
            way=Way.LMTP,
            sender=None,
            recipients=[ADDRESS],
            received_at=at,
        )


def _letter(at: datetime, name: str, address: str, subject: str) -> EmailMessage:
    """``Authentication-Results``: the brand's own server has checked it."""
    mail = EmailMessage(policy=SMTP)
    domain = address.rpartition("@")[2]
    mail["Authentication-Results"] = f"{SERVER}; dmarc=pass header.from={domain}"
    mail["From"] = f"{name} <{address}>"
    mail["To"] = ADDRESS
    mail["Subject"] = subject
    mail["Date"] = format_datetime(at)
    mail["Message-ID"] = f"<{at:%Y%m%d%H}.{address}>"
    return mail


def _blinking(at: datetime) -> EmailMessage:
    mail = _letter(at, "顾晓岚", "gu.xiaolan@mail.example", "投影仪红灯一直闪")
    words = (
        "您好，\n\n投影仪用了两个月，今天开机后红灯一直闪，画面出不来。照片附在下面。请问怎么办？\n\n顾晓岚"
    )
    mail.set_content(words)
    mail.add_alternative(
        "<p>您好，</p><p>投影仪用了两个月，今天开机后<b>红灯一直闪</b>，画面出不来。照片附在下面。请问怎么办？</p>"
        '<p><img src="cid:light" alt="红灯"></p><p>顾晓岚</p>',
        subtype="html",
    )
    mail.get_payload()[1].add_related(photo("fault"), "image", "jpeg", cid="<light>", filename="红灯.jpg")  # type: ignore[index,union-attr]
    return mail


def _which_lamp(at: datetime) -> EmailMessage:
    mail = _letter(at, "Hannah Brook", "hannah@post.example", "Which lamp for a reading corner?")
    mail.set_content(
        "Hello,\n\nIs the desk lamp bright enough to read by, or is there a larger one?\n\nHannah"
    )
    return mail


def _address(at: datetime) -> EmailMessage:
    mail = _letter(at, "韩江", "han.jiang@mail.example", "回复：您的订单已发货")
    answer = "收货地址写错了，麻烦改成公司地址，谢谢。"
    quote = "您好，您的订单已从仓库发出，预计两天内送达。"
    mail.set_content(
        f"{answer}\n\n\n------------------ 原始邮件 ------------------\n"
        f'发件人: "烛遥客服" <{ADDRESS}>;\n主题: 您的订单已发货\n\n{quote}\n'
    )
    mail.add_alternative(
        f"<div>{answer}</div><div><br></div><div>------------------&nbsp;原始邮件&nbsp;------------------</div>"
        f"<div>发件人: 烛遥客服 &lt;{ADDRESS}&gt;;<br>主题: 您的订单已发货</div><div>{quote}</div>",
        subtype="html",
    )
    return mail


def _thanks(at: datetime) -> EmailMessage:
    mail = _letter(at, "Tom Ashby", "tom.ashby@post.example", "Re: Your replacement strap")
    mail.set_content(
        "The strap came today and fits. One more thing: does it take the silver buckle?\n\nTom\n\n"
        f"On Sat, Nov 21, 2026 at 4:10 PM Lumquay support <{ADDRESS}> wrote:\n\n"
        "> Your replacement strap is on its way.\n> You need not send the old one back.\n"
    )
    mail.add_alternative(
        "<div>The strap came today and fits. One more thing: does it take the <i>silver</i> buckle?<br><br>Tom</div>"
        '<div class="gmail_quote"><div class="gmail_attr">On Sat, Nov 21, 2026 at 4:10 PM Lumquay support wrote:</div>'
        "<blockquote>Your replacement strap is on its way.<br>You need not send the old one back.</blockquote></div>",
        subtype="html",
    )
    return mail
