"""The reply of a mail apart from the mail it answers and from the signature, for Chinese and Western clients.

Nothing is left out: reply, signature and quote are the whole text in its order. Answers within a quote or below it
stay where they are, with the quote. Each pattern looks at one line of bounded length, so the time is linear.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from kefu.inboxes.email.lines import Line, cut, lines_of_html, lines_of_text, text_of
from kefu.inboxes.email.signatures import LONGEST_LINE, signature_start, without_blanks

MOST_LINES = 20_000  # of what people write; a log in a mail is not cut


class Split(NamedTuple):
    reply: str
    signature: str
    quoted: str


class HtmlSplit(NamedTuple):
    """``html`` is the reply's part of the HTML; the rest is text."""

    html: str
    split: Split


def split_text(text: str) -> Split:
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if text.count("\n") > MOST_LINES:
        return Split(text.strip(), "", "")
    lines = lines_of_text(text)
    signature, quote = _places(lines)
    first, second = (lines[place].start if place < len(lines) else len(text) for place in (signature, quote))
    return Split(text[:first].strip(), text[first:second].strip(), text[second:].strip())


def split_html(tidied: str) -> HtmlSplit:
    """Of what ``kefu.lib.html.tidied`` made."""
    lines = lines_of_html(tidied)
    signature, quote = _places(lines)
    place = lines[signature].start if signature < len(lines) else len(tidied)
    html = cut(tidied, place)[0] if place < len(tidied) else tidied
    pieces = (lines[:signature], lines[signature:quote], lines[quote:])
    return HtmlSplit(html, Split(*map(text_of, pieces)))


def _places(lines: list[Line]) -> tuple[int, int]:
    """Where signature and quote begin; what is not there begins where the next does, or at the end."""
    _mark_announced(lines)
    open_quote = _open_quote(lines)
    end = _end_of_own_words(lines, open_quote)
    if end == 0:
        end = len(lines)
    return signature_start(lines, end, before_quote=end < len(lines)), end


def _mark_announced(lines: list[Line]) -> None:
    """A plain blockquote after "… wrote:" is a quote."""
    announced = False
    for place, line in enumerate(lines):
        if line.indented:
            line.quoted = line.quoted or announced
        elif not line.is_blank:
            announced = line.attributes or _attribution(lines, place) is not None


# -- quotes without marks: from one line to the end


def _open_quote(lines: list[Line]) -> int:
    """The first line from which on all is another mail; the number of lines if there is none or no word before it."""
    spoken = False
    for place, line in enumerate(lines):
        if line.is_blank or line.quoted:
            continue
        start = _begins_quote(lines, place)
        if start is not None:
            return start if spoken else len(lines)
        spoken = True
    return len(lines)


def _begins_quote(lines: list[Line], place: int) -> int | None:
    line = lines[place]
    text = line.text[:LONGEST_LINE]
    if line.begins_quote or _SEPARATOR.match(text):
        return place
    if _RULE.fullmatch(text):
        return place if _is_heading(_next_words(lines, place + 1)) else None
    if _is_heading(_next_words(lines, place)):
        return place
    return _announcement(lines, place)


_SEPARATOR = re.compile(
    r"[-—_=*]{2,40}\s*(?:原始邮件|邮件原件|原始郵件|原始信息|原邮件|邮件原文|回复的原邮件|回復的原郵件|转发邮件信息|转发的邮件|转发邮件"
    r"|轉寄郵件|转发信息|Original(?: (?:Message|E-?mail|Appointment))?|Forwarded (?:message|mail)|Reply message"
    r"|Ursprüngliche Nachricht|Originalnachricht|Message d'origine|Message original|Mensaje original"
    r"|Messaggio originale|Mensagem original|Oorspronkelijk bericht|元のメッセージ)\s*(?:from .{0,80})?[-—_=*]{2,40}",
    re.IGNORECASE,
)
_RULE = re.compile(r"[_\-—=]{5,}")


def _next_words(lines: list[Line], place: int) -> list[str]:
    """The next lines that are not blank, cut to what is looked at."""
    found: list[str] = []
    for line in lines[place : place + 16]:
        if not line.is_blank:
            found.append(line.text[:LONGEST_LINE])
        if len(found) == 6:
            break
    return found


def _is_heading(words: list[str]) -> bool:
    """Sender and subject, or a sender's address and a date: a customer's list of places has neither."""
    told: dict[str, str] = {}
    for text in words:
        if label := _label(text):
            told.setdefault(label, text)
        elif not told:
            return False
    if next(iter(told), "") not in ("from", "date", "subject") or "from" not in told:
        return False
    return ("subject" in told and len(told) > 2) or ("date" in told and "@" in told["from"])


def _label(text: str) -> str | None:
    match = _LABEL.match(text)
    return _LABELS[match[1].replace(" ", "").lower()] if match else None


_LABELS = {
    word: label
    for label, words in {
        "from": "发件人 寄件者 寄件人 發件人 发信人 from von de da 差出人 送信者 보낸사람 van от",
        "date": "发送时间 发送日期 寄件日期 傳送時間 發送時間 日期 时间 時間 sent date gesendet datum envoyé enviado"
        " fecha data inviato 送信日時 日時 보낸날짜 дата",
        "to": "收件人 收件者 to an à para a 宛先 받는사람 aan кому",
        "cc": "抄送 副本 cc kopie copie",
        "subject": "主题 主旨 主題 标题 標題 subject betreff objet asunto oggetto assunto 件名 제목 onderwerp тема",
    }.items()
    for word in words.split()
}
_LABEL = re.compile(
    r"\*?\s{0,3}("
    + "|".join(" ?".join(word) if word[0] > "\u2e80" else word for word in _LABELS)
    + r")\s{0,3}\*?\s{0,3}[:：]",
    re.IGNORECASE,
)


def _announcement(lines: list[Line], place: int) -> int | None:
    """ "… wrote:" before words that bear no marks, if it names a time or an address; where it begins."""
    start = _attribution(lines, place)
    if start is None or not any(_EXACT.search(line.text[:LONGEST_LINE]) for line in lines[start : place + 1]):
        return None
    following = next((line for line in lines[place + 1 : place + 8] if not line.is_blank), None)
    return None if following is None or following.quoted else start


_EXACT = re.compile(r"\d{1,2}:\d\d|@")


def _attribution(lines: list[Line], place: int) -> int | None:
    """Where "On …, … wrote:" begins that ends with this line: clients break it into up to three."""
    if lines[place].attributes:
        return place
    text = ""
    for start in range(place, max(place - 3, -1), -1):
        line = lines[start]
        text = f"{line.text} {text}".strip()
        if line.is_blank or len(text) > LONGEST_LINE or not text.endswith((":", "：")):
            return None
        if _WROTE.fullmatch(text) and _WHEN_OR_WHO.search(text):
            return _first_of(lines, start, text)
    return None


def _first_of(lines: list[Line], start: int, text: str) -> int:
    """A long name is broken off before the address that follows it."""
    for above in range(start - 1, max(start - 3, -1), -1):
        text = f"{lines[above].text} {text}"
        if lines[above].is_blank or len(text) > LONGEST_LINE:
            break
        if _BEGINS.match(lines[above].text) and not _BEGINS.match(lines[start].text):
            return above
    return start


_WROTE = re.compile(
    r"[>\s]*(?:.{1,250}(?:写道|寫道|写到|写信说|撰寫|来信说)"
    r"|(?:On|At|Am|Le|El|Il|Em|Op|Den|Dne|W dniu|Il giorno)\s.{1,250}"
    r"\s(?:wrote|schrieb.{0,80}|a écrit|escribió|ha scritto|escreveu|schreef.{0,80}|skrev.{0,80}|napisał.{0,80})"
    r"|.{1,200}[\s>]wrote"
    r"|\d{4}\s?[-年/.].{1,200}<[^<>\s]{1,100}@[^<>\s]{1,100}>|.{1,200}님이 작성)\s{0,3}[:：]",
    re.IGNORECASE,
)
_BEGINS = re.compile(
    r"[>\s]{0,5}(?:(?:On|At|Am|Le|El|Il|Em|Op|Den|Dne)\s.{0,30}\d|[在于於]\s?\d|\d{4}[-年/])"
)
_WHEN_OR_WHO = re.compile(r"\d{4}|\d{1,2}[:/.]\d{1,2}|@")


# -- quotes with marks: own words may follow them


def _end_of_own_words(lines: list[Line], end: int) -> int:
    """Behind the last line that is the writer's own; a signature below the quote does not count as such."""
    place, below = -1, without_blanks(lines, end)
    while place != below:
        place = below
        below = without_blanks(lines, _before_marked(lines, place))
        if below == place:
            below = _below_quote(lines, place)
    return place


def _before_marked(lines: list[Line], end: int) -> int:
    """Upwards past quoted lines and what announces them."""
    place = end
    while place and (lines[place - 1].quoted or lines[place - 1].is_blank):
        place -= 1
    if place == end:
        return end
    announced = _attribution(lines, place - 1) if place else None
    return place if announced is None else announced


def _below_quote(lines: list[Line], end: int) -> int:
    """Upwards past a signature, if it stands right below a quote."""
    start = signature_start(lines, end, before_quote=False)
    above = without_blanks(lines, start)
    return above if start < end and above and lines[above - 1].quoted else end
