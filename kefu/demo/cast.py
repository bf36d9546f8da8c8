"""Who and what there is at the demo's desk. Both brands, their products and all people are invented."""

from __future__ import annotations

from dataclasses import dataclass, replace

from kefu.inboxes.chat.settings import ChatSettings
from kefu.inboxes.form.settings import KNOWN_QUESTIONS, FormSettings, FormTopic, Question, When
from kefu.inboxes.stored import Words
from kefu.inboxes.topics import (
    EMAIL,
    ERROR_TEXT,
    NAME,
    ORDER_NUMBER,
    PRODUCT_MODEL,
    FieldType,
    FormField,
    Topic,
)
from kefu.people.roles import Role

LUMQUAY = "lumquay"
KETTLEMOTH = "kettlemoth"
CONSULTING = "售前售后咨询 · Sales and support"
RETURNS = "退换与维修 · Returns and repair"
KITCHEN = "釜栀客服 · Kettlemoth care"
DOMAIN = "kefu.example"


@dataclass(frozen=True, slots=True)
class Colleague:
    login: str
    name: str
    alias: str
    role: Role
    language: str
    teams: tuple[str, ...] = ()

    @property
    def email(self) -> str:
        return f"{self.login}@{DOMAIN}"


COLLEAGUES = (
    Colleague("admin", "沈知远", "知远", Role.ADMIN, "zh-hans", (CONSULTING, RETURNS, KITCHEN)),
    Colleague("supervisor", "罗静仪", "静仪", Role.SUPERVISOR, "zh-hans", (CONSULTING, RETURNS)),
    Colleague("senior", "陶然", "小陶", Role.SENIOR, "zh-hans", (RETURNS, CONSULTING)),
    Colleague("mei", "林沐", "小林", Role.AGENT, "zh-hans", (CONSULTING,)),
    Colleague("yining", "何以宁", "以宁", Role.AGENT, "zh-hans", (RETURNS,)),
    Colleague("omar", "Omar Haddad", "Omar", Role.AGENT, "en", (CONSULTING,)),
    Colleague("freya", "Freya Lindqvist", "Freya", Role.AGENT, "en", (RETURNS,)),
    Colleague("yutong", "乔雨桐", "雨桐", Role.AGENT, "zh-hans", (KITCHEN,)),
    Colleague("auditor", "Imke Verhoeven", "Imke", Role.AUDITOR, "en"),
    Colleague("warehouse", "郝建业", "老郝", Role.WAREHOUSE, "zh-hans", (RETURNS, KITCHEN)),
    Colleague("technician", "Tomasz Wrona", "Tomasz", Role.TECHNICIAN, "en", (RETURNS, KITCHEN)),
    Colleague("finance", "纪文心", "文心", Role.FINANCE, "zh-hans", (RETURNS, KITCHEN)),
)


@dataclass(frozen=True, slots=True)
class Product:
    key: str
    model: str
    name: Words
    price: int  # yuan; the euro price is about an eighth


PRODUCTS = (
    Product("earbuds", "LQ-E20", Words("漂流 2 耳机", "Drift 2 earbuds"), 499),
    Product("lamp", "LQ-L10", Words("灯屿台灯", "Islet lamp"), 329),
    Product("speaker", "LQ-S31", Words("卵石音箱", "Pebble speaker"), 399),
    Product("watch", "LQ-W15", Words("燕鸥手表", "Tern watch"), 899),
    Product("dock", "LQ-C06", Words("港湾充电座", "Harbour dock"), 259),
    Product("projector", "LQ-P40", Words("阁楼投影仪", "Attic projector"), 2199),
)
KITCHEN_PRODUCTS = (
    Product("kettle", "KM-K08", Words("细口手冲壶", "Gooseneck kettle"), 459),
    Product("scale", "KM-S02", Words("滴漏计时秤", "Drip scale"), 239),
)
EVERY_PRODUCT = (*PRODUCTS, *KITCHEN_PRODUCTS)

CITIES = {
    "zh-hans": ("杭州", "成都", "武汉", "佛山", "苏州", "长沙", "青岛", "西安"),
    "en": ("Rotterdam", "Leipzig", "Lyon", "Malmö", "Leeds", "Porto", "Graz", "Cork"),
}

_ORDER = replace(ORDER_NUMBER, required=True)
_MODEL = replace(
    PRODUCT_MODEL,
    type=FieldType.CHOICE,
    required=True,
    choices=tuple(product.model for product in PRODUCTS),
)
_FAULT = (NAME, EMAIL, _MODEL, ERROR_TEXT, ORDER_NUMBER)
_CALLER = FormField(
    "caller",
    Words("来电号码或网址", "Number that called, or web address"),
    help=Words("请不要在这里写密码或验证码", "Please write no password or code here"),
)

CHAT = ChatSettings(
    greeting=Words("您好，这里是烛遥客服。请问有什么可以帮您？", "Hello, this is Lumquay. How can we help?"),
    expected_reply=Words("通常 3 分钟内回复", "Usually replies within 3 minutes"),
    topics=(
        Topic("order", Words("订单与配送", "Order and delivery"), (NAME, EMAIL, _ORDER)),
        Topic("return", Words("退换与退款", "Return, exchange, refund"), (NAME, EMAIL, _ORDER)),
        Topic("fault", Words("故障与维修", "Fault and repair"), _FAULT),
        Topic("pairing", Words("连接与使用", "Pairing and use"), (NAME, EMAIL, _MODEL)),
        Topic("invoice", Words("发票", "Invoice"), (NAME, EMAIL, _ORDER)),
        Topic("account", Words("账户与安全", "Account and safety"), (NAME, EMAIL)),
        Topic("suspicious", Words("可疑来电或短信", "Suspicious call or message"), (NAME, EMAIL, _CALLER)),
        Topic("other", Words("其他问题", "Something else"), (NAME, EMAIL)),
    ),
)
_STATE = Question(
    "state",
    Words("目前状况", "How it is now"),
    FieldType.CHOICE,
    required=True,
    choices=(
        "完全不工作 | Does not work at all",
        "有时不工作 | Works now and then",
        "外观损坏 | Looks damaged",
    ),
)
CONTACT = FormSettings(
    title=Words("在线留言", "Write to us"),
    intro=Words("请选择主题，我们会通过邮件回复您。", "Choose what it is about. We answer by e-mail."),
    topics=(
        FormTopic(
            "fault",
            Words("故障与维修", "Fault and repair"),
            (
                KNOWN_QUESTIONS["name"],
                KNOWN_QUESTIONS["email"],
                replace(KNOWN_QUESTIONS["product_model"], required=True),
                _STATE,
                replace(
                    KNOWN_QUESTIONS["files"],
                    label=Words("损坏处的照片", "Photos of the damage"),
                    required=True,
                    when=When("state", ("外观损坏 | Looks damaged",)),
                ),
            ),
            intro=Words("维修前请准备好以下内容。", "A repair goes faster with the following at hand."),
            prepare=(
                Words("购买凭证（订单号或发票）", "Proof of purchase (order number or invoice)"),
                Words("产品序列号，在底部标签上", "The serial number, on the label at the bottom"),
                Words("故障发生时的照片或视频", "A photo or video of the fault"),
            ),
            answer_hours=8,
        ),
        FormTopic(
            "order",
            Words("订单与退换", "Orders, returns and exchanges"),
            (
                KNOWN_QUESTIONS["name"],
                KNOWN_QUESTIONS["email"],
                replace(KNOWN_QUESTIONS["order_number"], required=True),
            ),
            answer_hours=4,
        ),
        FormTopic(
            "other",
            Words("合作与其他", "Partnership and anything else"),
            (KNOWN_QUESTIONS["name"], KNOWN_QUESTIONS["email"], KNOWN_QUESTIONS["files"]),
            answer_hours=24,
        ),
    ),
)
KITCHEN_CHAT = ChatSettings(
    greeting=Words("您好，这里是釜栀。", "Hello, this is Kettlemoth."),
    expected_reply=Words("工作日当天回复", "Replies the same working day"),
    topics=(
        Topic("order", Words("订单", "Order"), (NAME, EMAIL, ORDER_NUMBER)),
        Topic("fault", Words("使用与保养", "Use and care"), (NAME, EMAIL)),
    ),
)
