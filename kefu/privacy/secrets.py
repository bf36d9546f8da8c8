"""Passwords, one-time codes, wallet seeds and keys in running text, Chinese and English."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Any, NamedTuple

import re2

from kefu.privacy.numbers import HAN_DIGITS

# A text without any of these holds no secret that this module finds.
KEYWORDS = (
    r"密码|口令|pass(?:word|code|phrase|wd)|pwd|psw|验证码|校验码|动态码|短信码|确认码|\botp|\bcode|\bpin"
    r"|\bcv[vcn]|安全码|背面.{0,3}三位|助记词|恢复词|seed|mnemonic|recovery phrase"
    r"|私钥|private.?key|secret.?key|eyJ|[xyz]prv|AKIA|ASIA|gh[pousr]_|github_pat_|[sr]k_(?:live|test)_|whsec_"
    r"|xox[abprs]-|AIza|\b[5KL][1-9A-HJ-NP-Za-km-z]{50}"
)


class Secret(NamedTuple):
    kind: str
    start: int
    end: int
    shown: str


def passwords(text: str) -> Iterator[Secret]:
    for match in _PASSWORD.finditer(text):
        start, end = _span(match, "token")
        token = match.group("token").rstrip(_CLOSING)
        if _is_password(token, link=match.group("link").lower(), behind=text[start + len(token) : end + 12]):
            yield Secret("password", start, start + len(token), "******")


def codes(text: str) -> Iterator[Secret]:
    for match in _CODE_AFTER.finditer(text):
        if _is_digits_of_a_code(text, match, before=match.group("gap")) and not _is_other_code(text, match):
            yield _secret("code", match, "******", group="digits")
    for match in _CODE_BEFORE.finditer(text):
        if _is_digits_of_a_code(text, match, before=text[max(0, match.start() - 12) : match.start()]):
            yield _secret("code", match, "******", group="digits")
    for match in _CARD_CODE.finditer(text):
        behind = text[match.end() : match.end() + 8]
        if len(match.group("digits")) in (3, 4) and not _JOINS_BEHIND.match(behind):
            yield _secret("card_code", match, "***", group="digits")


def seeds(text: str) -> Iterator[Secret]:
    """Twelve words or more after a word that announces them, whether their checksum is right or not."""
    for match in _SEED.finditer(text):
        yield _secret("seed", match, "********", group="words")


def keys(text: str) -> Iterator[Secret]:
    for match in _KEY.finditer(text):
        yield _secret("key", match, "********")
    for match in _HEX_KEY.finditer(text):
        yield _secret("key", match, "********", group="key")
    for match in _BASE58_KEY.finditer(text):
        if _is_base58_checked(match.group()):
            yield _secret("key", match, "********")


def _is_password(token: str, *, link: str, behind: str) -> bool:
    if len(token) < 4 or not token.strip("*") or "://" in token or _LENGTHS.fullmatch(token):
        return False
    if not token.replace("-", "").replace("'", "").isalpha():
        return True
    if token[1:] not in (token[1:].lower(), token[1:].upper()):
        return True
    # Letters only: a password if it ends the thought (密码：admin), a word if the sentence goes on.
    return link not in ("is", "was") and not _GOES_ON.match(behind)


def _is_digits_of_a_code(text: str, match: Any, *, before: str) -> bool:
    """Not an order number, an amount, a date, a duration or the end of a telephone number."""
    digits, end = match.group("digits"), _span(match, "digits")[1]
    if not 4 <= len(digits.replace(" ", "").replace("-", "")) <= 8 or _DATE.fullmatch(digits):
        return False
    if _JOINS_BEFORE.search(before) and not _GOOGLE.search(before):
        return False
    return not _OTHER_NUMBER.search(before) and not _JOINS_BEHIND.match(text[end : end + 8])


def _is_other_code(text: str, match: Any) -> bool:
    """“Error code 4041”, and words that only begin like a keyword: “codec 1234”."""
    gap = match.group("gap")
    if gap[:1].isascii() and gap[:1].isalpha():
        return True
    label = text[max(0, match.start() - 16) : match.start()]
    return match.group("word").lower().startswith("code") and bool(_OTHER_CODE.search(label))


def _secret(kind: str, match: Any, shown: str, *, group: str | None = None) -> Secret:
    start, end = _span(match, group) if group else match.span()
    return Secret(kind, start, end, shown)


def _span(match: Any, group: str) -> tuple[int, int]:
    start, end = match.span(match.re.groupindex[group])
    return start, end


def _is_base58_checked(text: str) -> bool:
    number = 0
    for character in text:
        number = number * 58 + _BASE58.index(character)
    raw = number.to_bytes((number.bit_length() + 7) // 8)
    return hashlib.sha256(hashlib.sha256(raw[:-4]).digest()).digest()[:4] == raw[-4:]


_BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_CLOSING = ".,;:!?)>]}\"'"

_PASSWORD = re2.compile(
    r"(?i)(?:密码|口令|pass(?:word|code|phrase|wd)|\bpwd|\bpsw)[\"'”’」]?\s{0,3}"
    r"(?P<link>[:：=]|(?:就|改|设|设置|重置|现在|已经|已)?(?:是|为|成)|is\b|was\b)\s{0,3}[:：=]?\s{0,3}"
    r"[\"'“”‘’「『《<(（\[【]?(?P<token>[!-~０-９Ａ-Ｚａ-ｚ]{4,})"
)
_LENGTHS = re2.compile(r"\d{1,2}[-~]\d{1,2}")
_GOES_ON = re2.compile(r"\s+[A-Za-z*]")

_WORD = r"(?P<word>验证码|校验码|动态码|短信码|确认码|\botp|\bpin(?:码| code| number)?|\bcodes?)"
_DIGITS = rf"(?P<digits>\p{{Nd}}{{3}}[ \-]\p{{Nd}}{{3}}|\p{{Nd}}+|[{HAN_DIGITS}]{{4,8}})"
_CODE_AFTER = re2.compile(rf"(?i){_WORD}(?P<gap>[^\p{{Nd}}*\x00\n。！？!?;；]{{0,12}}?){_DIGITS}")
_CODE_BEFORE = re2.compile(
    rf"(?i){_DIGITS}(?:[\s是为您你我的（(【\[「\"”]|is|your|the|my|登录|注册|手机|短信|动态|支付|付款"
    rf"|verification|security|one-time|login|sms){{0,8}}?{_WORD}"
)
_CARD_CODE = re2.compile(
    r"(?i)(?:\bcv[vcn]2?|安全码|背面.{0,3}三位数?)[^\p{Nd}*\x00\n。！？!?;；]{0,6}?(?P<digits>\p{Nd}+)"
)
_DATE = re2.compile(r"(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])")
_JOINS_BEFORE = re2.compile(r"[A-Za-z0-9_#+¥￥$€£/\x00*]$|[A-Za-z0-9][\-–.:/]$")
_GOOGLE = re2.compile(r"(?:^|\W)[Gg]-$")
_JOINS_BEHIND = re2.compile(
    r"(?i)[A-Za-z0-9_%*\x00\p{Nd}]|[.,:/\-–]\p{Nd}|[\-–][a-z]"
    r"|\s?(?:年|月|日|天|次|分钟|秒|小时|个|条|块|元|件|台|rmb|cny|usd|yuan|times|minutes|hours|days)"
)
_OTHER_NUMBER = re2.compile(
    r"(?i)订单|单号|运单|快递|工单|尾号|手机号|电话|邮编|型号|房号|错误|版本|第$"
    r"|order|tracking|ticket|phone|mobile|zip|postal|error|version|room|model|http"
)
_OTHER_CODE = re2.compile(
    r"(?i)(?:error|zip|post|postal|area|country|promo|promotion|promotional|discount|coupon|product|item|bar"
    r"|qr|source|status|model|order|tracking|store|colou?r|swift|sort|hs|ref|reference|exit|response|fault"
    r"|invite|invitation|referral|gift|voucher|region|city|dialing|dialling|currency|language|batch|part|sku"
    r"|http|return|rma)[\s\-_]*$"
)

_ENGLISH_WORD = r"(?:\d{1,2}[.)、:]?\s{0,2})?[a-z]{3,8}"
_SEED = re2.compile(
    r"(?i)(?:助记词|恢复词|seed(?: phrase| words?)?|mnemonic(?: phrase| words?)?|recovery phrase)\s{0,2}"
    r"(?:[:：=\n]|是|为|\bis\b|\bare\b)[\s:：\"“'（(]{0,4}"
    rf"(?P<words>{_ENGLISH_WORD}(?:[\s,，]{{1,3}}{_ENGLISH_WORD}){{11,23}}\b"
    r"|\p{Han}(?:[\s,，、]{1,2}\p{Han}){11,23})"
)

_KEY = re2.compile(
    r"-----BEGIN [A-Z0-9 ]{0,30}PRIVATE KEY(?: BLOCK)?-----"
    r"(?:(?s:.*?)-----END [A-Z0-9 ]{0,30}PRIVATE KEY(?: BLOCK)?-----|[A-Za-z0-9+/=\s]*)"
    r"|\beyJ[A-Za-z0-9_-]{8,}\.eyJ[A-Za-z0-9_-]{8,}(?:\.[A-Za-z0-9_-]*)?"
    r"|\b(?:AKIA|ASIA)[0-9A-Z]{16}\b"
    r"|\bgh[pousr]_[A-Za-z0-9]{36,}|\bgithub_pat_[A-Za-z0-9_]{22,}"
    r"|\b[sr]k_(?:live|test)_[A-Za-z0-9]{10,}|\bwhsec_[A-Za-z0-9]{16,}"
    r"|\bxox[abprs]-[A-Za-z0-9-]{10,}|\bAIza[A-Za-z0-9_-]{35}"
)
_HEX_KEY = re2.compile(
    r"(?i)(?:私钥|private.?key|secret.?key|seed|\bxprv)[^\n]{0,16}?\b(?:0x)?(?P<key>[0-9a-f]{64})\b"
)
_BASE58_KEY = re2.compile(
    r"\b(?:5[1-9A-HJ-NP-Za-km-z]{50}|[KL][1-9A-HJ-NP-Za-km-z]{51}|[xyz]prv[1-9A-HJ-NP-Za-km-z]{107})\b"
)
