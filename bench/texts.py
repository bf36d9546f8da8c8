"""What two million people said, made from a few hundred parts: every text is cut into search words once."""

from __future__ import annotations

import random
from dataclasses import dataclass

from kefu.lib.text import index_text

OPENINGS = {
    "zh": [
        "您好，",
        "你好，请问",
        "客服在吗？",
        "麻烦您，",
        "早上好，",
        "打扰一下，",
        "您好，我想问，",
        "急，",
        "刚才说到，",
        "另外，",
    ],
    "en": [
        "Hello, ",
        "Hi there, ",
        "Good morning, ",
        "Sorry to bother you, ",
        "Quick question: ",
        "One more thing: ",
        "As I said, ",
        "Please help, ",
        "Hello again, ",
        "Hi, ",
    ],
}
MATTERS = {
    "zh": [
        "我的订单显示已签收但是没有收到包裹",
        "左边的耳机两周之后就充不进电了",
        "请问退货地址是哪里",
        "固件更新之后就连不上手机",
        "发票抬头写错了可以重开吗",
        "快递说地址不详退回去了",
        "保修卡丢了还能保修吗",
        "我想把颜色换成白色的",
        "屏幕右下角有一条亮线",
        "退款什么时候到账",
        "活动价格和下单时不一样",
        "充电盒的盖子合不上",
        "说明书里没有写怎么重置",
        "能不能改到周末配送",
        "收到的型号不对",
        "优惠券用不了",
        "噪音很大像电流声",
        "蓝牙总是断开",
        "电池一天就没电了",
        "维修进度查不到",
        "积分没有到账",
        "包装破损但是机器没事",
        "想咨询一下企业采购",
        "账号登录不了收不到验证码",
        "赠品少发了一个",
        "扫地机器人一直在原地转圈",
        "净水器的滤芯多久换一次",
        "音箱播放的时候会卡顿",
        "门锁的指纹识别不灵",
        "路由器的信号只有一格",
    ],
    "en": [
        "my order is marked as delivered but nothing came",
        "the left earbud stopped charging after two weeks",
        "where do I send the return",
        "since the firmware update it no longer pairs",
        "the invoice shows the wrong company",
        "the courier could not find the address",
        "I lost the warranty card",
        "can I swap it for the white one",
        "there is a bright line on the screen",
        "when will the refund arrive",
        "the price differs from the campaign",
        "the lid of the case does not close",
        "the manual does not say how to reset it",
        "can it be delivered on Saturday",
        "you sent the wrong model",
        "the voucher is rejected",
        "it makes a humming noise",
        "bluetooth keeps dropping",
        "the battery lasts a day only",
        "I cannot see the repair status",
        "my points are missing",
        "the parcel was damaged but the device works",
        "we would like to buy forty for our office",
        "I cannot sign in and get no code",
        "one of the gifts is missing",
        "the vacuum robot turns in circles",
        "how often is the filter changed",
        "the speaker stutters",
        "the lock does not read my fingerprint",
        "the router shows one bar",
    ],
}
ENDINGS = {
    "zh": [
        "，谢谢。",
        "，怎么办？",
        "，请尽快处理。",
        "，已经等了三天了。",
        "，可以帮我看看吗？",
        "，照片我发给您。",
        "！",
        "，之前也发生过一次。",
        "，我在上海。",
        "，不着急。",
        "，请回电。",
        "，重启也没有用。",
        "，能换新的吗？",
        "，还在保修期内。",
        "，想要退货。",
    ],
    "en": [
        ", thank you.",
        ", what can I do?",
        ", please hurry.",
        ", I have waited for three days.",
        ", could you have a look?",
        ", I will send a picture.",
        "!",
        ", this happened before.",
        ", I live in Leeds.",
        ", no rush.",
        ", please call back.",
        ", restarting did not help.",
        ", can I get a new one?",
        ", it is still under warranty.",
        ", I want to return it.",
    ],
}
RARE = [
    "琥珀色",
    "防水圈",
    "跨境清关",
    "儿童锁",
    "静电",
    "amber",
    "gasket",
    "customs",
    "childproof",
    "Reykjavik",
]
SURNAMES = "王李张刘陈杨黄赵周吴徐孙马朱胡郭何林高罗"
GIVEN = [
    "伟",
    "芳",
    "娜",
    "敏",
    "静",
    "丽",
    "强",
    "磊",
    "军",
    "洋",
    "勇",
    "艳",
    "杰",
    "娟",
    "涛",
    "明",
    "超",
    "秀英",
    "霞",
    "平",
]
FIRST = [
    "Ada",
    "Ben",
    "Cleo",
    "Dan",
    "Eva",
    "Finn",
    "Gwen",
    "Hugo",
    "Iris",
    "Jon",
    "Kira",
    "Liam",
    "Maya",
    "Noah",
    "Olga",
]
LAST = [
    "Archer",
    "Brook",
    "Carver",
    "Dale",
    "Ellis",
    "Ford",
    "Grant",
    "Hale",
    "Ives",
    "Joyce",
    "Knox",
    "Lane",
    "Marsh",
]


@dataclass(frozen=True, slots=True)
class Said:
    text: str
    words: str  # as COPY wants it


def sayings(chance: random.Random) -> list[Said]:
    """In random order, as one draws from the front more often."""
    texts = [
        opening + matter + ending
        for language in ("zh", "en")
        for opening in OPENINGS[language]
        for matter in MATTERS[language]
        for ending in ENDINGS[language]
    ]
    texts += [f"{text} {chance.choice(RARE)}" for text in chance.sample(texts, 20)]
    chance.shuffle(texts)
    return [said(text) for text in texts]


def said(text: str) -> Said:
    return Said(text, index_text(text).replace("\\", "\\\\"))


def order_number(number: int) -> str:
    return f"LM2026{number % 10_000:04d}-{number // 10_000:04d}"


def name(number: int) -> str:
    """Some never said it."""
    if number % 5 == 0:
        return ""
    if number % 2:
        return (
            SURNAMES[number % len(SURNAMES)]
            + GIVEN[number // 7 % len(GIVEN)]
            + GIVEN[number // 11 % len(GIVEN)]
        )
    return f"{FIRST[number % len(FIRST)]} {LAST[number // 3 % len(LAST)]}"
