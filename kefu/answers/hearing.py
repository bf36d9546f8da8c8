"""What a customer's words ask of the assistant, beyond a question: a person, help in need, yes, no, a number.

Words, not a model: when somebody asks for a person or is in danger, nothing may depend on a threshold.
"""

from __future__ import annotations

import unicodedata

import re2
from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext

from kefu.answers.models import Intent, WhyPerson

SURE = 0.6  # from here the classifier's word is enough to call a person

_PERSON = (
    r"人工(?:$|[^费成智草])|真人|转(?:接)?(?:人|客服)|(?:找|要|叫|换)(?:个|一个|一位)?(?:客服|坐席|专员|经理)|活人|[与和跟]人(?:交谈|聊|说|谈)"
    r"|\b(?:human|real person|live (?:agent|person|chat)|representative|operator)\b"
    r"|\b(?:talk|speak|chat|connect me|transfer me|put me through)\b.{0,20}\b(?:to|with)\b.{0,20}"
    r"\b(?:person|people|someone|somebody|agent|staff|support|advisor|manager|supervisor)\b"
)
_DANGER = (
    r"着火|起火|冒烟|冒火|爆炸|触电|漏电|烧焦|烫伤|受伤|流血|中毒|窒息|煤气泄漏|燃气泄漏|自杀|不想活|轻生|救命"
    r"|\b(?:on fire|caught fire|flames?|smokes|smoking|smoke (?:from|com\w+|out)|(?:see|saw|is|was) smoke"
    r"|explod\w*|explosion|electric shock|electrocut\w*|burn(?:t|ed|ing) (?:my|smell|me)"
    r"|injur\w+|bleeding|poison\w*|suffocat\w*|gas leak|suicid\w*|kill myself|end my life|in danger)\b"
)
_SECURITY = (
    r"诈骗|骗子|被骗|冒充|假冒|钓鱼|盗刷|盗号|被盗|可疑|安全账户|共享屏幕|泄露"
    r"|(?:别人|有人|陌生人).{0,6}(?:登录|使用|用了?我)"
    r"|\b(?:scam\w*|fraud\w*|phish\w*|hack(?:ed|er|ing)|stolen|impersonat\w*|identity theft|imposter|impostor"
    r"|unauthori[sz]ed|suspicious|anydesk|teamviewer|data leak)\b|\b(?:logged|signed) into my account\b"
)
# Words that products have too (滚筒, 垃圾桶, 曝光) count only with what makes them a reproach.
_ANGER = (
    r"投诉|举报|(?:要|去|媒体|网上)曝光|曝光你们|12315|消协|起诉|律师|法院|气死|太差|恶劣|忍无可忍|欺骗|骗人|差劲|无语"
    r"|垃圾(?:公司|产品|服务|客服|东西|店)|[太真]垃圾|滚蛋|他妈|妈的|傻逼|差评|非常不满|很生气|愤怒"
    r"|\b(?:complain\w*|lawyer|sue|legal action|ombudsman|unacceptable|ridiculous|outrag\w+|furious|angry"
    r"|disgust\w+|pathetic|terrible|awful|worst|useless|rubbish|crap|bullshit|fuck\w*|shit\w*|wtf|fed up)\b"
)
# A question about refunds is answered; a demand to grant one is a person's.
_GRANT = (
    r"(?:批准|同意|答应|承诺|马上|立刻|现在就|必须).{0,8}(?:退款|退钱|赔|补偿|免单|减免|打折)"
    r"|保证.{0,4}(?:退款|退钱|赔)|赔偿|赔我|补偿|退一赔"
    r"|\b(?:approve|grant|authori[sz]e|promise)\b.{0,30}\b(?:refund|return|compensation"
    r"|claim|credit|discount|replacement)\b"
    r"|\b(?:please|you must|you should|now)\b.{0,15}\b(?:process|issue|confirm"
    r"|give)\b.{0,20}\b(?:refund|compensation|discount)\b"
    r"|\b(?:you|can you|will you) guarantee\b.{0,20}\brefund\b"
    r"|\bcompensat\w*|\b(?:refund|pay) me\b.{0,20}\b(?:now|immediately|right away|today)\b"
)
_HELPED = (
    r"^(?:(?:谢谢|多谢)?.{0,4}(?:已?解决了?|有帮助|有用|明白了|可以了|清楚了)(?:[,\s]*(?:谢谢|多谢)您?)?|好的?.{0,2}谢谢"
    r"|yes,? (?:that|this|it) (?:helped|helps|worked|solved it)|that helped|solved|it works now|this helped)"
    r"(?:,? thank(?:s| you))?[\s.。!]*$"
)
_NO_HELP = (
    r"(?:没有?|未|不)(?:有)?(?:解决|帮助)|没有?用[\s.。!]*$|不对|不是这个|答非所问|还是不(?:行|懂|明白)"
    r"|\b(?:not? help\w*|did(?:n'?t| not) help|does(?:n'?t| not) help|not what i (?:asked|meant)|no,? that"
    r"|still (?:not|doesn'?t)|neither|none of (?:these|them))\b"
)
_GREETING = (
    r"^(?:您?你?好呀?啊?|在吗|在不在|有人吗|嗨|哈喽|早上好|下午好|晚上好"
    r"|hi|hello|hey|good (?:morning|afternoon|evening))"
    r"[\s,.。!?~]*(?:there)?[\s!.?]*$"
)
_ORDER_NUMBER = r"\b[A-Za-z]{0,8}[-#]?\d[A-Za-z\d-]{3,30}\b"
_CHOICE = r"^\s*(?:第|no\.?|#|option)?\s*([1-9一二三])\s*(?:个|项)?[\s.。)）、]*$"


def _compiled(pattern: str) -> re2._Regexp[str]:
    return re2.compile(f"(?i){pattern}")


_WHY = [
    (WhyPerson.DANGER, _compiled(_DANGER)),
    (WhyPerson.SECURITY, _compiled(_SECURITY)),
    (WhyPerson.ASKED, _compiled(_PERSON)),
    (WhyPerson.COMPLAINT, _compiled(_ANGER)),
    (WhyPerson.MONEY, _compiled(_GRANT)),
]
_SURE_OF = {Intent.FRAUD: WhyPerson.SECURITY, Intent.COMPLAINT: WhyPerson.COMPLAINT}
_helped, _no_help, _greeting = _compiled(_HELPED), _compiled(_NO_HELP), _compiled(_GREETING)
_number, _choice = _compiled(_ORDER_NUMBER), _compiled(_CHOICE)
_PLACES = {"一": 1, "二": 2, "三": 3}


def plain(text: str) -> str:
    """As it is compared: one width, straight quotes."""
    return unicodedata.normalize("NFKC", text).replace("’", "'").strip()


def why_person(text: str, intent: Intent, probability: float) -> WhyPerson | None:
    """Whether a person takes over before anything is looked for. Danger comes before everything."""
    said = plain(text)
    for why, pattern in _WHY:
        if pattern.search(said):
            return why
    return _SURE_OF.get(intent) if probability >= SURE else None


def helped(text: str) -> bool:
    return bool(_helped.search(plain(text))) and not no_help(text)


def no_help(text: str) -> bool:
    return bool(_no_help.search(plain(text)))


def greets(text: str) -> bool:
    return bool(_greeting.search(plain(text)))


def order_number(text: str) -> str:
    """The first thing that looks like one, without the sign before it; "" where nothing does."""
    found = _number.search(plain(text))
    return found[0].lstrip("#") if found and sum(each.isdigit() for each in found[0]) >= 4 else ""


def second_fact(text: str) -> str:
    """A whole e-mail address, or the last four digits of a telephone number; "" where neither is said."""
    said = plain(text)
    for word in said.replace("，", " ").replace(",", " ").split():
        if "@" in word:
            return word.strip(".。;:()<>")
    digits = "".join(each for each in said if each.isdigit())
    return digits[-4:] if len(digits) >= 4 else ""


def choice(text: str, titles: list[str]) -> int | None:
    """Which of several was meant, from 0: by its number or by its title."""
    said = plain(text)
    found = _choice.search(said)
    if found:
        place = _PLACES.get(found[1]) or int(found[1])
        return place - 1 if place <= len(titles) else None
    folded = said.lower()
    return next((at for at, title in enumerate(titles) if plain(title).lower() == folded), None)


def presses(text: str, option: str) -> bool:
    """Whether they pressed what was offered as ``option``, a msgid, or typed it, in either language."""
    said = plain(text).lower()
    for language, _name in settings.LANGUAGES:
        with translation.override(language):
            if said == plain(gettext(option)).lower():
                return True
    return False
