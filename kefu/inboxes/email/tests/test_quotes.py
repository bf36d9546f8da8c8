"""What a customer wrote apart from what they answer, for the clients that people use."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kefu.inboxes.email.lines import PICTURE, lines_of_html, text_of
from kefu.inboxes.email.quotes import Split, split_html, split_text
from kefu.inboxes.email.tests.mails import squeezed
from kefu.lib.html import clean_mail, tidied

REPLY, OURS = "好的，收到了，谢谢！", "您好，已发出。"
HEAD_ZH = f"发件人: 客服 <support@desk.test>\n发送时间: 2026年11月22日 10:21\n收件人: 客户甲 <wang@customer.test>\n主题: Re: 订单没有收到\n\n{OURS}\n"
HEAD_EN = f"From: Support <support@desk.test>\nSent: Sunday, November 22, 2026 10:21 AM\nTo: Wang\nSubject: Re: Parcel\n\n{OURS}\n"

# What stands below the reply, by client; none of it may remain in the reply.
BELOW = {
    "QQ": f'\n\n\n\n------------------ 原始邮件 ------------------\n发件人: "客服" <support@desk.test>;\n发送时间: 2026年11月22日(星期日) 上午10:21\n收件人: "客户甲"<wang@customer.test>;\n主题: Re: 订单没有收到\n\n{OURS}\n',
    "QQ, new": f'\n\n\n客户甲\ncustomer1@example.com\n\n\n\n \n\n\n------------------&nbsp;原始邮件&nbsp;------------------\n发件人:                  "客服"             <support@desk.test&gt;;\n发送时间:&nbsp;2026年11月22日(星期日) 上午10:21\n\n{OURS}\n',
    "QQ, phone": f"\n\n发自我的iPhone\n\n------------------ Original ------------------\nFrom: 客服 <support@desk.test>\nDate: 周日,11月 22,2026 10:21 上午\nTo: 客户甲 <wang@qq.com>\nSubject: Re: 订单\n\n{OURS}\n",
    "163, English": f'\n\n\n\nAt 2026-11-22 10:21:33, "客服" <support@desk.test> wrote:\n>{OURS}\n>\n',
    "163, Chinese": f'\n\n\n在 2026-11-22 10:21:33，"客服" <support@desk.test> 写道：\n>{OURS}\n',
    "163, phone": f"\n\n| |\n\n发自网易邮箱大师\n\n---- 回复的原邮件 ----\n| 发件人 | 客服<support@desk.test> |\n| 日期 | 2026年11月22日 10:21 |\n\n{OURS}\n",
    "Foxmail": f"\n\n\nwang@customer.test\n \n发件人： 客服\n发送时间： 2026-11-22 10:21\n收件人： wang\n主题： Re: 订单没有收到\n{OURS}\n",
    "Outlook web": "\n\n________________________________\n" + HEAD_ZH,
    "Outlook web, English": "\n\n________________________________________\n" + HEAD_EN,
    "Outlook desktop": f"\n\n-----邮件原件-----\n发件人: 客服 [mailto:support@desk.test] \n发送时间: 2026年11月22日 10:21\n收件人: 客户甲\n主题: Re: 订单没有收到\n\n{OURS}\n",
    "Outlook desktop, English": "\n\n-----Original Message-----\n" + HEAD_EN,
    "Outlook, no rule": "\n\n" + HEAD_ZH,
    "Outlook, bold": f"\n\n*From:* Support <support@desk.test>\n*Sent:* Sunday 10:21\n*To:* Wang\n*Subject:* Re: Parcel\n\n{OURS}\n",
    "Outlook, traditional": f"\n\n-----原始郵件-----\n寄件者: 客服 <support@desk.test>\n寄件日期: 2026年11月22日 10:21\n收件者: 王\n主旨: Re: 訂單\n\n{OURS}\n",
    "Outlook, phone": "\n\n获取 Outlook for iOS<https://aka.ms/o0ukef>\n________________________________\n"
    + HEAD_ZH,
    "Outlook, German": f"\n\nVon: Support <support@desk.test>\nGesendet: Sonntag, 22. November 2026 10:21\nAn: Wang\nBetreff: AW: Paket\n\n{OURS}\n",
    "Apple Mail": f"\n\n> 2026年11月22日 上午10:21，客服 <support@desk.test> 写道：\n> \n> {OURS}\n",
    "Apple Mail, English": f"\n\n> On Nov 22, 2026, at 10:21 AM, Support <support@desk.test> wrote:\n> \n> {OURS}\n",
    "iPhone": f"\n\n发自我的 iPhone\n\n> 在 2026年11月22日，上午10:21，客服 <support@desk.test> 写道：\n> \n> {OURS}\n",
    "iPhone, English": f"\n\nSent from my iPhone\n\n> On Nov 22, 2026, at 10:21, Support <support@desk.test> wrote:\n> \n> \ufeff{OURS}\n",
    "Gmail": f"\n\n客服 <support@desk.test> 于2026年11月22日周日 10:21写道：\n\n> {OURS}\n",
    "Gmail, English": f"\n\nOn Sun, Nov 22, 2026 at 10:21 AM Support <support@desk.test> wrote:\n\n> {OURS}\n",
    "Gmail, broken line": f"\n\nOn Sun, Nov 22, 2026 at 10:21 AM The Support Team of Desk\n<support@desk.test> wrote:\n\n> {OURS}\n",
    "Gmail, traditional": f"\n\n客服 <support@desk.test> 於 2026年11月22日 週日 上午10:21寫道：\n\n> {OURS}\n",
    "Gmail, French": f"\n\nLe dim. 22 nov. 2026 à 10:21, Support <support@desk.test> a écrit :\n\n> {OURS}\n",
    "Gmail, Spanish": f"\n\nEl dom, 22 nov 2026 a las 10:21, Support (<support@desk.test>) escribió:\n\n> {OURS}\n",
    "Gmail, German": f"\n\nAm So., 22. Nov. 2026 um 10:21 Uhr schrieb Support <support@desk.test>:\n\n> {OURS}\n",
    "Gmail, Japanese": f"\n\n2026年11月22日(日) 10:21 Support <support@desk.test>:\n\n> {OURS}\n",
    "Gmail, forwarded": f"\n\n---------- Forwarded message ---------\n发件人： 客服 <support@desk.test>\nDate: 2026年11月22日周日 10:21\nSubject: x\n\n{OURS}\n",
    "Thunderbird": f"\n\n在 2026/11/22 10:21, 客服 写道:\n> {OURS}\n",
    "Thunderbird, signed below": f"\n\nOn 11/22/26 10:21, Support wrote:\n> {OURS}\n\n-- \nWang\n",
    "Thunderbird, forwarded": f"\n\n-------- Forwarded Message --------\nSubject: x\nDate: Sun, 22 Nov 2026 10:21:00 +0800\nFrom: Support <support@desk.test>\nTo: w@x.test\n\n{OURS}\n",
    "Sina": f"\n----- 原始邮件 -----\n发件人：客服 <support@desk.test>\n收件人：客户甲\n主题：Re: 订单\n日期：2026年11月22日 10点21分\n\n{OURS}\n",
    "139": f"\n\n\n----邮件原文----\n发件人：客服  <support@desk.test>\n收件人：wang <wang@139.com>\n抄 送： (无)\n发送时间：2026-11-22 10:21:33\n主题：Re：订单\n\n{OURS}\n",
    "Aliyun": f"\n\n\n------------------------------------------------------------------\n发件人：客服 <support@desk.test>\n发送时间：2026年11月22日(星期日) 10:21\n收件人：wang\n主　题：Re: 订单\n\n{OURS}\n",
    "Yahoo": f"\n\nOn Sunday, November 22, 2026 at 10:21:33 AM GMT+8, Support <support@desk.test> wrote: \n \n {OURS}\n",
    "no announcement": f"\n\n> {OURS}\n> again\n",
    "marks of three levels": f"\n\nOn 2026-11-22 10:21, Support wrote:\n> {OURS}\n>> {REPLY}\n>>> x\n",
    "older quote below": f"\n\nOn 2026-11-22 10:21, Support wrote:\n> {OURS}\n\n-----Original Message-----\nFrom: x@y.test\nSent: today\nSubject: z\n\nolder",
}


@pytest.mark.parametrize("client", BELOW)
@pytest.mark.parametrize(
    "reply", [REPLY, "OK, got it.\n\nBut when: tomorrow?\n- or later", "1. yes\n\n\n\n2. no"]
)
def test_what_a_client_puts_below_is_not_the_reply(client: str, reply: str) -> None:
    split = split_text(reply + BELOW[client])
    assert split.reply == reply
    assert OURS not in split.signature
    assert squeezed(OURS) in squeezed(split.quoted)


@pytest.mark.parametrize(
    ("client", "signature"),
    [
        ("iPhone", "发自我的 iPhone"),
        ("QQ, new", "客户甲\ncustomer1@example.com"),
        ("Foxmail", "wang@customer.test"),
        ("163, phone", "发自网易邮箱大师"),
    ],
)
def test_signatures_of_clients_are_folded(client: str, signature: str) -> None:
    assert split_text(REPLY + BELOW[client]).signature.endswith(signature)


@pytest.mark.parametrize(
    "signature",
    [
        "发自我的 iPhone",
        "发自我的小米手机",
        "来自我的华为手机",
        "从我的 iPad 发送",
        "發自我的 iPhone",
        "寄自我的 iPhone",
        "从 Windows 版邮件发送",
        "发送自 Windows 10 版邮件应用",
        "获取 Outlook for Android",
        "Sent from my iPhone",
        "Sent from Mail for Windows",
        "Get Outlook for iOS",
        "Sent with Proton Mail secure email.",
        "Von meinem iPhone gesendet",
        "Envoyé de mon iPhone",
        "iPhoneから送信",
        "-- \nLin Wang\n138 0000 0000",
        "--\nLin",
        "发自我的iPhone\n\nGet Outlook for iOS",
    ],
)
def test_signatures_alone(signature: str) -> None:
    assert split_text(f"{REPLY}\n\n{signature}\n") == Split(REPLY, signature, "")


KEPT_WHOLE = [
    "On 2026-11-22 10:21, Support wrote:\n> Which colour?\n\nThe blue one.",
    "> Which colour?\nBlue.\n> Which size?\nXL.",
    "Hello,\n\nOn 2026-11-22 10:21, Support wrote:\n> Which colour?\nBlue.\n> Which size?\nXL.",
    "客服 <s@desk.test> 于2026年11月22日周日 10:21写道：\n\n> 什么颜色？\n\n蓝色",
    "-----Original Message-----\nFrom: Support <s@desk.test>\nSubject: x\nTo: y\n\nforwarded without a word",
    "> only a quote",
    "发自我的 iPhone",
    "wang@customer.test",
    "-- \nLin",
    "寄件人：王伟\n电话：13800000000\n收件人：李雷\n地址：上海",
    "Please send it\nFrom: Shenzhen\nTo: Berlin\nDate: next week",
    "客服昨天说：\n你们会退款。为什么没有退？",
    "My husband wrote:\nplease refund",
    "Our list:\n- one\n- two\n-----\ntotal 3",
    "5 > 3\nand 2 < 3",
    "The seller said they sent it from my address to me",
    "I sent it.\nSent from my iPhone it looked different, so I write again.",
    "主题：手机壳\n我要退货",
    "时间：11月22日\n地点：上海\n发件人我不认识",
    "",
]


@pytest.mark.parametrize("text", KEPT_WHOLE)
def test_answers_within_or_below_and_the_writers_own_words_are_kept(text: str) -> None:
    assert split_text(text) == Split(text, "", "")


def test_after_the_last_answer_within_the_rest_is_quoted() -> None:
    split = split_text("On 2026-11-22 10:21, S wrote:\n> Which colour?\nBlue.\n\n> Bye\n> S\n")
    assert split.reply.endswith("Blue.")
    assert split.quoted == "> Bye\n> S"


def test_a_signature_below_the_answer_is_folded() -> None:
    split = split_text("> Which colour?\n\nBlue.\n\n-- \nLin")
    assert split == Split("> Which colour?\n\nBlue.", "-- \nLin", "")


HTML = {
    "Gmail": f'<div dir="ltr">{REPLY}</div><br><div class="gmail_quote gmail_quote_container"><div dir="ltr" class="gmail_attr">客服 &lt;<a href="mailto:s@d.test">s@d.test</a>&gt; 于2026年11月22日周日 10:21写道：<br></div><blockquote class="gmail_quote" style="margin:0">{OURS}<br></blockquote></div>',
    "QQ": f'<div class="qmbox"><div>{REPLY}</div><div><br></div><div style="font-size: 12px;">------------------&nbsp;原始邮件&nbsp;------------------</div><div style="background:#efefef;"><div><b>发件人:</b>&nbsp;"客服"</div></div><div>{OURS}</div></div>',
    "Outlook desktop": f'<html><head><style>p{{}}</style></head><body lang=ZH-CN><div class="WordSection1"><p class="MsoNormal">{REPLY}<o:p></o:p></p><p class=MsoNormal>&nbsp;</p><div style="border:none;border-top:solid #E1E1E1 1.0pt"><p class="MsoNormal"><b>发件人<span lang=EN-US>:</span></b> 客服 &lt;s@d.test&gt;<br><b>发送时间<span>:</span></b> 2026年11月22日 10:21<br><b>收件人:</b> 客户甲<br><b>主题:</b> Re: x</p></div><p>{OURS}</p></div></body></html>',
    "Outlook web": f'<div>{REPLY}</div><div id="appendonsend"></div><hr style="x"><div id="divRplyFwdMsg" dir="ltr"><font face="Calibri"><b>From:</b> x<br><b>Sent:</b> y</font></div><div>{OURS}</div>',
    "Apple Mail": f'<div>{REPLY}<br><div><br><blockquote type="cite"><div>2026年11月22日 10:21，客服 &lt;s@d.test&gt; 写道：</div><br><div>{OURS}</div></blockquote></div><br></div>',
    "Thunderbird": f'<p>{REPLY}</p><div class="moz-cite-prefix">在 2026/11/22 10:21, 客服 写道:<br></div><blockquote type="cite" cite="mid:x"><p>{OURS}</p></blockquote><div class="moz-signature">-- <br>Wang</div>',
    "163": f'<div style="line-height:1.7">{REPLY}</div><br><p>At 2026-11-22 10:21:33, "客服" &lt;s@d.test&gt; wrote:</p><blockquote id="isReplyContent" style="PADDING-LEFT: 1ex"><div>{OURS}</div></blockquote>',
    "163, forwarded": f'<div>{REPLY}</div><div id="isForwardContent"><div>-------- 转发邮件信息 --------</div><div>{OURS}</div></div>',
    "Foxmail": f'<div><span></span>{REPLY}</div><div><br></div><hr style="width: 210px;" align="left"><div><span><div>wang@customer.test</div></span></div><blockquote style="margin-left: 0.5em"><div>&nbsp;</div><div style="border-top:solid 1pt"><div><div><b>发件人：</b>&nbsp;<a href="mailto:s@d.test">客服</a></div><div><b>发送时间：</b>&nbsp;2026-11-22&nbsp;10:21</div><div><b>收件人：</b>&nbsp;wang</div><div><b>主题：</b>&nbsp;Re: x</div></div></div><div>{OURS}</div></blockquote>',
    "139": f'<div>{REPLY}</div><div id="reply139content"><div>----邮件原文----</div><div>{OURS}</div></div>',
    "Sina": f"<div>{REPLY}</div><div>----- 原始邮件 -----</div><div>发件人：客服</div><div>{OURS}</div>",
    "Yahoo": f'<div class="ydp">{REPLY}</div><div id="yahoo_quoted_1" class="yahoo_quoted"><div>On Sunday, S wrote:</div><div>{OURS}</div></div>',
    "GMX": f'<div>{REPLY}<div name="quote" style="margin:10px"><div><b>Von:</b> S</div>{OURS}</div></div>',
    "Proton": f'<div>{REPLY}</div><div class="protonmail_quote">On Sunday, S wrote:<br><blockquote type="cite">{OURS}</blockquote></div>',
    "plain blockquote": f"<p>{REPLY}</p><p>On 2026-11-22 10:21, S wrote:</p><blockquote>{OURS}</blockquote>",
}


@pytest.mark.parametrize("client", HTML)
def test_html_is_cut_where_the_text_would_be(client: str) -> None:
    cut = split_html(tidied(HTML[client]))
    assert cut.split.reply == REPLY
    assert REPLY in cut.html
    assert OURS not in cut.html
    assert squeezed(OURS) in squeezed(cut.split.quoted)
    assert tidied(cut.html) == cut.html


@pytest.mark.parametrize(
    "html",
    [
        '<div class="gmail_quote"><div class="gmail_attr">On Sun, 10:21 S &lt;s@d.test&gt; wrote:<br></div><blockquote class="gmail_quote">Which?</blockquote><div>Blue.</div></div>',
        '<div class="moz-cite-prefix">On 11/22/26 10:21, S wrote:<br></div><blockquote type="cite"><p>Which?</p></blockquote><p>Blue.</p>',
        "<p>I write a list:</p><blockquote>one</blockquote>",
        '<blockquote type="cite">only a quote</blockquote>',
        '<div id="divRplyFwdMsg">From: x</div><p>forwarded</p>',
    ],
)
def test_html_with_answers_within_or_no_words_is_kept_whole(html: str) -> None:
    cut = split_html(tidied(html))
    assert (cut.html, cut.split.quoted, cut.split.signature) == (tidied(html), "", "")


def test_a_picture_belongs_to_the_words_before_it() -> None:
    cut = split_html(tidied(f'<div>see:</div><div><img src="cid:1"></div>{HTML["Sina"].replace(REPLY, "")}'))
    assert cut.html.endswith('<div><img src="cid:1"></div>')


def test_a_signature_is_not_part_of_the_replys_html() -> None:
    for signature in (
        '<div class="gmail_signature">Wang<br>138</div>',
        "<div>发自我的 iPhone</div>",
        '<div id="Signature"><p>Wang</p></div>',
    ):
        cut = split_html(tidied(f"<p>{REPLY}</p>{signature}"))
        assert (cut.html, cut.split.reply) == (f"<p>{REPLY}</p>", REPLY)
        assert cut.split.signature


TEXTS = st.lists(
    st.one_of(
        st.sampled_from(
            [
                *BELOW.values(),
                *KEPT_WHOLE,
                "> ",
                ">",
                "\n",
                "\n\n",
                "-- \n",
                "写道：\n",
                "wrote:\n",
                "发件人：a@b.c\n",
                "From: ",
                "Subject: x\n",
                "-----原始邮件-----\n",
                "_____\n",
                "\r",
                " ",
                "\u3000",
                "a@b.test\n",
            ]
        ),
        st.text(st.characters(exclude_categories=["Cs"]), max_size=12),
    ),
    max_size=12,
).map("".join)
MARKUP = st.lists(
    st.one_of(
        st.sampled_from(
            [
                *HTML.values(),
                "<div>",
                "</div>",
                "<p>",
                "<br>",
                "<blockquote type=cite>",
                "</blockquote>",
                "<blockquote>",
                '<div class="gmail_attr">',
                "<hr>",
                "<img src=cid:x>",
                "<pre>",
                "</pre>",
                "<td>",
                "&nbsp;",
                "&gt;",
                "<b",
            ]
        ),
        st.text(st.characters(exclude_categories=["Cs"]), max_size=12),
    ),
    max_size=10,
).map("".join)


@settings(max_examples=300)
@given(TEXTS)
def test_no_character_of_a_text_is_lost(text: str) -> None:
    split = split_text(text)
    assert "".join("".join(split).split()) == "".join(text.split())
    assert bool(split.reply) == bool(text.strip())


@settings(max_examples=300)
@given(MARKUP)
def test_no_word_of_html_is_lost_and_both_halves_are_well_formed(html: str) -> None:
    whole = tidied(html)
    cut = split_html(whole)
    lines = lines_of_html(whole)
    assert squeezed("".join(cut.split)) == squeezed(text_of(lines))
    assert tidied(cut.html) == tidied(tidied(cut.html))
    shown = squeezed("".join(line.text for line in lines_of_html(cut.html)).replace(PICTURE, ""))
    assert shown == squeezed(cut.split.reply)
    clean_mail(cut.html, inline=lambda cid: None)


@pytest.mark.parametrize(
    "seed",
    [
        "> hello\n",
        "x\n> y\n",
        "发件人：x@y.cn\n",
        "From: a\n",
        "On Sun 10:21 x@y wrote:\n",
        "At " * 100 + "\n",
        "\n",
        "-----\n",
        "--\n",
        "Sent from my iPhone\n",
        "发自我的iPhone\n\n",
        "a@b.cn\n\n\n",
        "_____\nFrom: a@b.c\n",
        "a:\n",
        "写道：" * 40 + "\n",
        "On " + "x " * 140 + ":\n",
        "发自" + "邮" * 290 + "\n",
        " " * 280 + "\n",
        "x" * 299 + ":\n",
        "x" * 100_000,
        "2026年" + "<a@" * 90 + ":\n",
        "在 10:21 x\n写道：\n> q\n",
        "> \n\n",
        "Sent from my iPhone" + "\n" * 10_000,
        "--" + "\n" * 10_000,
        "a@b.test" + "\n" * 10_000,
        "> q" + "\n" * 10_000,
        "-" * 50 + "\n",
    ],
)
@pytest.mark.parametrize("before", ["", "reply\n"])
def test_a_long_text_takes_linear_time(seed: str, before: str) -> None:
    began = time.process_time()
    split_text(before + seed * (300_000 // len(seed)))
    assert time.process_time() - began < 1.2
