from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kefu.lib.html import DEEPEST, MailPage, clean_mail, is_too_deep, tidied
from kefu.lib.tests.test_html import ATTACKS, MARKUP, _Reader

FORBIDDEN = {
    "script",
    "style",
    "iframe",
    "form",
    "input",
    "svg",
    "math",
    "base",
    "meta",
    "link",
    "object",
    "button",
}
LINKS = ("http://", "https://", "mailto:", "tel:")
FETCHING = [
    '<img src="http://evil.example/x.png">',
    '<img src="//evil.example/x.png">',
    '<img src="https://evil.example/x.png" srcset="https://evil.example/2x.png 2x">',
    '<body background="http://evil.example/x.png"><table background="http://evil.example/x"><tr><td background="//e.example">x',
    "<div style=\"background:url('http://evil.example/x')\">x</div>",
    '<div style="background-image:url(//evil.example/x);color:red">x</div>',
    '<div style="color:red;list-style-image:url(http://evil.example)">x</div>',
    '<p style="font-family:url(http://evil.example)">x</p>',
    '<p style="width:\\75rl(http://evil.example)">x</p>',
    '<p style="color:red;@import url(http://evil.example)">x</p>',
    '<p style="border-color:image-set(url(http://evil.example) 1x)">x</p>',
    '<img src="\\\\evil.example\\x"><img src="/\\evil.example"><img src="/\t/evil.example"><img src="ftp://evil.example">',
    '<video poster="http://evil.example/x"><source src="http://evil.example/x"></video><audio src=http://evil.example>',
    "<style>@import 'http://evil.example';</style><link rel=stylesheet href=http://evil.example>",
    '<object data="http://evil.example"></object><embed src="http://evil.example"><iframe src="http://evil.example">',
    '<svg><image href="http://evil.example/x"/><use href="http://evil.example#x"/></svg>',
    '<input type=image src="http://evil.example/x"><img src="cid:other">',
]


def shown(html: str) -> MailPage:
    return clean_mail(html, inline={"a@b": "/files/1"}.get)


@pytest.mark.parametrize("html", [*ATTACKS, *FETCHING])
def test_opening_a_mail_runs_nothing_and_fetches_nothing(html: str) -> None:
    _is_harmless(shown(html).html)


@given(
    st.one_of(
        MARKUP, st.lists(st.sampled_from([*ATTACKS, *FETCHING, "</td>", "<td>", "]]>", "<!--"])).map("".join)
    )
)
def test_any_mail_comes_out_harmless_and_cleaning_it_again_changes_nothing(html: str) -> None:
    once = shown(html).html
    _is_harmless(once)
    again = clean_mail(once, inline=lambda cid: None).html
    _is_harmless(again)
    assert _Reader(again).text == _Reader(once).text


@given(MARKUP)
def test_what_was_put_in_order_is_in_order(html: str) -> None:
    once = tidied(html)
    assert tidied(once) == once


def test_a_mail_keeps_its_tables_its_colours_and_its_sizes() -> None:
    html = (
        '<table width="600" cellpadding="4"><tbody><tr><td align="center" bgcolor="#ffffff" style="padding:4px;'
        'color:rgb(1, 2, 3)"><font color="red" face="Arial" size="2">Hello <b>Lin</b></font></td></tr></tbody></table>'
    )
    assert shown(html).html == html


def test_what_would_cover_the_page_is_left_out() -> None:
    page = shown(
        '<div style="position:fixed;top:0;z-index:9;display:none;color:red" id="main" class="console">x</div>'
    )
    assert page.html == '<div style="color:red">x</div>'


def test_a_picture_of_the_mail_is_shown_from_where_it_is_kept() -> None:
    assert (
        shown('<img src="cid:a@b" alt="x"><img src="CID:a@b">').html
        == '<img src="/files/1" alt="x"><img src="/files/1">'
    )


def test_a_picture_within_the_text_is_shown_if_it_is_one() -> None:
    assert (
        'src="data:image/png;base64,iVBORw0KGgo="'
        in shown('<img src="data:image/png;base64,iVBORw0KGgo=">').html
    )
    for source in (
        "data:image/svg+xml;base64,PHN2Zz4=",
        "data:text/html;base64,PHN2Zz4=",
        "data:image/png,x",
    ):
        assert "data:" not in shown(f'<img src="{source}">').html


def test_pictures_on_the_web_are_kept_apart_until_they_are_asked_for() -> None:
    html = (
        '<img src="http://shop.example/1"><img src="//shop.example/2"><img src="cid:a@b"><img src="cid:gone">'
    )
    assert shown(html).kept_apart == 2
    page = clean_mail(html, inline={"a@b": "/files/1"}.get, remote=lambda url: f"/pictures?of={url}")
    assert page.kept_apart == 0
    assert page.html.count("/pictures?of=http") == 2
    assert "of=https://shop.example/2" in page.html


def test_links_open_elsewhere_and_tell_nothing() -> None:
    page = shown(
        '<a href="https://shop.example/a?b=1&amp;c=2" onclick="x()">x</a><a href="cid:a@b">y</a><a href="/in">z</a>'
    )
    first, *others = [attributes for tag, attributes in _Reader(page.html).tags if tag == "a"]
    assert first == {"href": "https://shop.example/a?b=1&c=2", "rel": "noopener nofollow", "target": "_blank"}
    assert all("href" not in each for each in others)


def test_markup_that_is_too_deep_is_shown_as_its_words() -> None:
    html = "<div>" * (DEEPEST + 1) + "<script>words</script>" + "<b" * 3
    assert is_too_deep(html)
    page = shown(html)
    _is_harmless(page.html)
    assert "words" in page.html
    assert not is_too_deep("<p>x<br><li>" * 5_000 + "<div>x</div>" * 5_000)


@pytest.mark.parametrize(
    "html",
    [
        "<div>" * 40_000,
        "<b>x</p>" * 40_000,
        "<a>" * 100_000,
        "<table><tr><td>" * 20_000,
        "<" * 300_000,
        "<!--" * 100_000,
        '<p style="' + "color:red;" * 30_000 + '">x',
        "&" * 100_000,
        "<font><b><i>" * 160 + "<p>x" * 1_000,
    ],
)
def test_a_long_mail_is_put_in_order_in_a_moment(html: str) -> None:
    began = time.process_time()
    shown(tidied(html))
    assert time.process_time() - began < 1.5


def _is_harmless(html: str) -> None:
    for tag, attributes in _Reader(html).tags:
        assert tag not in FORBIDDEN
        assert not any(
            name.startswith("on") or name in ("id", "class", "name", "srcset", "background")
            for name in attributes
        )
        source, link, style = (str(attributes.get(name) or "") for name in ("src", "href", "style"))
        assert not source or source in ("/files/1",) or source.startswith("data:image/"), source
        assert not link or link.lower().startswith(LINKS), link
        assert "url" not in style and "expression" not in style and "\\" not in style, style
