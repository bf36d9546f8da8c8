"""Where the mail servers of well-known providers are, and what one has to know about each of them.

Hosts, ports and rules as the providers' help pages state them; ``note`` is for the admin who sets a mailbox up.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from kefu.inboxes.email.settings import OAuth, Security, Server, SignIn

CODE = _(
    "Not the password of the account but an authorisation code (授权码) is needed: turn on IMAP/SMTP in the"
    " settings of the mailbox on the web and have one made."
)
NETEASE = _(
    "Turn on IMAP/SMTP in the settings of the mailbox on the web and enter the authorisation code (授权码) that it"
    " shows, not the password. The servers let in only programs that say who they are; Kefu does."
)
APP_PASSWORD = _(
    "An app password is needed: turn on two-step verification in the account, then make one. With OAuth the"
    " account's own sign-in is used instead."
)
MICROSOFT = _(
    "No passwords are taken here. Register an application, allow it IMAP.AccessAsUser.All and SMTP.Send, and enter"
    " its tokens under OAuth. SMTP sign-in must be allowed for the mailbox."
)
APPLE = _(
    "An app-specific password is needed, made in the account's settings. If the whole address is refused as user"
    " name, leave out what follows the @ sign."
)
ALIYUN = _(
    "The user name is the whole address. If the company has turned on client passwords (三方客户端安全密码), enter"
    " one of these."
)


NO_OAUTH = OAuth()


@dataclass(frozen=True, slots=True)
class Preset:
    key: str
    name: str | Promise
    imap: Server
    smtp: Server
    note: str | Promise
    domains: tuple[str, ...] = ()
    oauth: OAuth = NO_OAUTH


def _tls(host: str, port: int) -> Server:
    return Server(host, port, Security.TLS)


PRESETS = {
    one.key: one
    for one in (
        Preset(
            "qq", "QQ", _tls("imap.qq.com", 993), _tls("smtp.qq.com", 465), CODE, ("qq.com", "vip.qq.com")
        ),
        Preset(
            "exmail",
            _("Tencent company mail"),
            _tls("imap.exmail.qq.com", 993),
            _tls("smtp.exmail.qq.com", 465),
            CODE,
        ),
        Preset(
            "foxmail",
            "Foxmail",
            _tls("imap.qq.com", 993),
            _tls("smtp.qq.com", 465),
            CODE,
            ("foxmail.com",),
        ),
        Preset("163", "163", _tls("imap.163.com", 993), _tls("smtp.163.com", 465), NETEASE, ("163.com",)),
        Preset("126", "126", _tls("imap.126.com", 993), _tls("smtp.126.com", 465), NETEASE, ("126.com",)),
        Preset(
            "aliyun",
            _("Aliyun company mail"),
            _tls("imap.qiye.aliyun.com", 993),
            _tls("smtp.qiye.aliyun.com", 465),
            ALIYUN,
        ),
        Preset(
            "gmail",
            "Gmail",
            _tls("imap.gmail.com", 993),
            _tls("smtp.gmail.com", 465),
            APP_PASSWORD,
            ("gmail.com", "googlemail.com"),
            OAuth(
                "https://oauth2.googleapis.com/token",
                "",
                "https://mail.google.com/",
                "https://accounts.google.com/o/oauth2/v2/auth",
            ),
        ),
        Preset(
            "microsoft",
            "Outlook 365",
            Server("outlook.office365.com", 993, Security.TLS, SignIn.OAUTH),
            Server("smtp.office365.com", 587, Security.STARTTLS, SignIn.OAUTH),
            MICROSOFT,
            ("outlook.com", "hotmail.com", "live.com"),
            OAuth(
                "https://login.microsoftonline.com/common/oauth2/v2.0/token",
                "",
                "https://outlook.office.com/IMAP.AccessAsUser.All https://outlook.office.com/SMTP.Send"
                " offline_access",
                "https://login.microsoftonline.com/common/oauth2/v2.0/authorize",
            ),
        ),
        Preset(
            "icloud",
            "iCloud",
            _tls("imap.mail.me.com", 993),
            Server("smtp.mail.me.com", 587, Security.STARTTLS),
            APPLE,
            ("icloud.com", "me.com", "mac.com"),
        ),
    )
}


def preset_for(address: str) -> Preset | None:
    domain = address.rpartition("@")[2].lower()
    return next((one for one in PRESETS.values() if domain in one.domains), None)
