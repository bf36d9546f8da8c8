"""What stands below a reply by itself: a card, dashes and a name, "Sent from my phone"."""

from __future__ import annotations

import re

from kefu.inboxes.email.lines import Line

LONGEST_LINE = 300  # of which a pattern looks at the beginning
LONGEST = 20


def signature_start(lines: list[Line], end: int, *, before_quote: bool) -> int:
    """Where it begins; ``end`` if there is none, or nothing above it."""
    start = end
    for find in (_marked_signature, _client_lines, _dashes, _card if before_quote else _none):
        start = min(start, find(lines, without_blanks(lines, start)))
    is_there = start < without_blanks(lines, end) and _is_spoken(lines[:start])
    return without_blanks(lines, start) if is_there else end


def without_blanks(lines: list[Line], end: int) -> int:
    while end and lines[end - 1].is_blank:
        end -= 1
    return end


def _is_spoken(lines: list[Line]) -> bool:
    return any(not (line.is_blank or line.quoted) for line in lines)


def _none(lines: list[Line], end: int) -> int:
    return end


def _marked_signature(lines: list[Line], end: int) -> int:
    place = end
    while place and (lines[place - 1].signs or (lines[place - 1].is_blank and place < end)):
        place -= 1
    while place < end and lines[place].is_blank:
        place += 1
    return place


def _client_lines(lines: list[Line], end: int) -> int:
    """ "Sent from my phone", also several of them."""
    start, above = end, without_blanks(lines, end)
    while above and _is_client_line(lines[above - 1]):
        start, above = above - 1, without_blanks(lines, above - 1)
    return start


def _is_client_line(line: Line) -> bool:
    return not line.quoted and bool(_SENT_FROM.fullmatch(line.text[:LONGEST_LINE]))


_SENT_FROM = re.compile(
    r"[-—\s]{0,4}(?:发自我的\s?.{1,40}|(?:來自|来自)我的.{1,40}|[从從]我的.{1,40}(?:发送|傳送|發送)"
    r"|(?:寄|傳送|發)自我的.{1,40}|发自.{0,40}(?:邮箱|客户端|大师|手机|Phone|Pad|App).{0,40}|(?:发送|傳送)自.{1,60}"
    r"|从\s?.{1,20}版邮件发送.{0,40}|(?:使用|通过|由).{1,30}(?:邮箱|邮件|客户端|大师).{0,10}发送"
    r"|获取\s?(?:适用于.{0,20}的\s?)?Outlook.{0,80}|取得\s?Outlook.{0,80}|Get (?:the )?Outlook .{1,80}"
    r"|Sent from [^,，。!?]{1,60}|Sent (?:via|with|using) .{0,40}(?:mail|Outlook|phone|Proton|Android|Galaxy).{0,40}"
    r"|Von .{1,40} gesendet|Gesendet (?:von|mit) .{1,60}|Envoyé (?:de|depuis|à partir d).{1,60}"
    r"|Enviado (?:desde|do) .{1,60}|Inviato da .{1,60}|Verzonden vanaf .{1,60}|.{1,30}から送信|나의 .{1,30}에서 보냄)",
    re.IGNORECASE,
)


def _dashes(lines: list[Line], end: int) -> int:
    """RFC 3676: the line "-- ", which loses its space on the way."""
    for place in range(end - 1, max(end - 1 - LONGEST, -1), -1):
        if lines[place].quoted:
            return end
        if lines[place].text in ("--", "—", "——", "－－"):
            return place
    return end


def _card(lines: list[Line], end: int) -> int:
    """What QQ and Foxmail put before the quote: the sender's name and address, set off by two empty lines."""
    if end < 3 or not _LONE_ADDRESS.fullmatch(lines[end - 1].text[:LONGEST_LINE]):
        return end
    start = end - 1
    if not lines[start - 1].is_blank and len(lines[start - 1].text) <= 30:
        start -= 1
    return start if _is_set_off(lines, start) else end


def _is_set_off(lines: list[Line], start: int) -> bool:
    return start >= 2 and lines[start - 1].is_blank and lines[start - 2].is_blank


_LONE_ADDRESS = re.compile(r"<?[\w.+-]{1,64}@[\w.-]{1,200}>?")
