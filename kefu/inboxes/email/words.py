"""Text in the head of a mail: encoded words (RFC 2047) and bare bytes, as clients write them, right or wrong."""

from __future__ import annotations

import binascii
import re

from kefu.inboxes.email.charsets import decode


def text_of(value: bytes) -> str:
    """As people read it: encoded words (RFC 2047) and bare bytes of any charset are decoded, controls left out."""
    return one_line(with_words_decoded(decode(value).text))


def plain_text_of(value: bytes) -> str:
    """Of a header for machines, in which an encoded word is nothing but its letters: what it hides must not be read."""
    return one_line(decode(value).text)


def with_words_decoded(text: str) -> str:
    """Words that follow one another are joined as bytes first: some clients cut a character in two."""
    if "=?" not in text:
        return text
    pieces: list[str] = []
    waiting: list[bytes] = []
    charset, end = "", 0
    for match in _ENCODED_WORD.finditer(text):
        between = text[end : match.start()]
        content = _word_bytes(match[2], match[3])
        if waiting and (between.strip() or match[1].lower() != charset):
            pieces.append(decode(b"".join(waiting), charset).text)
            waiting = []
            between = between if between.strip() else ""
        elif waiting:
            between = ""
        pieces.append(between)
        waiting.append(content)
        charset, end = match[1].lower(), match.end()
    pieces += [decode(b"".join(waiting), charset).text, text[end:]]
    return "".join(pieces)


_ENCODED_WORD = re.compile(r"=\?([^?\s=]{1,60})\?([bBqQ])\?([^?]*)(?:\?=|$)")


def _word_bytes(encoding: str, content: str) -> bytes:
    if encoding in "bB":
        return base64_bytes(content.encode("ascii", "ignore"))
    return binascii.a2b_qp(content.encode("utf-8", "surrogateescape"), header=True)


def base64_bytes(content: bytes) -> bytes:
    """Also without padding, with padding in the middle, and with rubbish between."""
    pure = content.translate(None, _NOT_BASE64)
    return b"".join(map(_padded, filter(None, re.split(b"=+", pure))))


_NOT_BASE64 = bytes(
    set(range(256)) - set(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=")
)


def _padded(piece: bytes) -> bytes:
    odd = len(piece) % 4
    whole = piece[:-1] if odd == 1 else piece
    return binascii.a2b_base64(whole + b"=" * (-len(whole) % 4))


def one_line(text: str) -> str:
    return " ".join(_CONTROLS.sub(" ", text).split())


# With the marks that turn the direction of writing, which disguise names of people and files.
_CONTROLS = re.compile("[\0-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]+")
