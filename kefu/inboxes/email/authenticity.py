"""Whether a mail comes from whom it names: read from what our own mail server has found out, and from nothing else.

A mail may bring such headers along. Only the topmost one of our server counts (RFC 8601): the server puts its own on
top, and must take away those that claim its name. Without it nothing is proven.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from kefu.inboxes.email.parsed import Mail, Problem


class Standing(StrEnum):
    """PASSED: the domain in From answers for this mail. FAILED: it says that the mail is not its own."""

    PASSED = "passed"
    FAILED = "failed"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Check:
    """``result`` as in RFC 8601: pass, fail, softfail, neutral, none, temperror …; "" if it was not made."""

    result: str = ""
    domain: str = ""


@dataclass(frozen=True, slots=True)
class Verdict:
    standing: Standing
    spf: Check
    dkim: Check
    dmarc: Check

    @property
    def passed(self) -> bool:
        return self.standing == Standing.PASSED

    @property
    def failed(self) -> bool:
        return self.standing == Standing.FAILED


class Result(NamedTuple):
    method: str
    result: str
    properties: dict[str, str]


def verdict(mail: Mail, *, trusted_server: str) -> Verdict:
    """``trusted_server`` is the authserv-id of our own mail server; "" trusts none."""
    trusted = trusted_server.strip().lower()
    results = _results_by(mail, trusted) if trusted else []
    from_domain = mail.sender.domain if mail.sender and Problem.SEVERAL_SENDERS not in mail.problems else ""
    spf = _check(results, "spf", from_domain, "smtp.mailfrom", "smtp.helo")
    dkim = _check(results, "dkim", from_domain, "header.d", "header.i")
    dmarc = _check(results, "dmarc", from_domain, "header.from")
    return Verdict(_standing(from_domain, spf, dkim, dmarc), spf, dkim, dmarc)


def _standing(from_domain: str, spf: Check, dkim: Check, dmarc: Check) -> Standing:
    if not from_domain:
        return Standing.NONE
    elif dmarc.result == "pass":
        return Standing.PASSED if dmarc.domain in ("", from_domain) else Standing.NONE
    elif dmarc.result == "fail":
        return Standing.FAILED
    elif any(check.result == "pass" and answers_for(check.domain, from_domain) for check in (spf, dkim)):
        return Standing.PASSED
    return Standing.FAILED if spf.result == "fail" and dkim.result != "pass" else Standing.NONE


def answers_for(domain: str, from_domain: str) -> bool:
    """The same, or one above it. One below it may be lent to anybody; DMARC's own verdict knows better."""
    return bool(domain) and "." in domain and (from_domain == domain or from_domain.endswith("." + domain))


def _check(results: list[Result], method: str, from_domain: str, *properties: str) -> Check:
    """Of several signatures the one that proves most. Of DMARC there is one; two that differ were not both ours."""
    checks = []
    for each in results:
        if each.method == method:
            value = next((each.properties[name] for name in properties if each.properties.get(name)), "")
            checks.append(Check(each.result, value.rpartition("@")[2].lower().rstrip(".")))
    best = min if method == "dmarc" else max
    return best(
        checks, key=lambda one: (one.result == "pass", answers_for(one.domain, from_domain)), default=Check()
    )


def _results_by(mail: Mail, trusted: str) -> list[Result]:
    for name, value in mail.headers:
        if name == "authentication-results":
            server, *rest = _cut(_without_comments(value))
            if server.strip().partition(" ")[0].lower() == trusted:
                return [result for each in rest if (result := _result(each))]
    return []


def _without_comments(value: str) -> str:
    """Comments stand in brackets, may hold others, and are nowhere within quotes.

    Servers repeat the sender's address in comments. A quote there may be an address that ends the comment and goes on
    with results of its own making, so what follows it is not read.
    """
    kept: list[str] = []
    depth, quoted, start = 0, False, 0
    for match in _MARKS.finditer(value):
        mark = match.group()
        if depth == 0:
            kept.append(value[start : match.start()])
        start = match.end()
        if not quoted and mark in "()":
            depth = max(0, depth + (1 if mark == "(" else -1))
        elif depth == 0:
            quoted = quoted != (mark == '"')
            kept.append(mark)
        elif mark == '"':
            return "".join(kept)
    return "".join(kept) + (value[start:] if depth == 0 else "")


_MARKS = re.compile(r'\\.|["()]')


def _cut(value: str) -> Iterator[str]:
    """At semicolons outside quotes."""
    start, quoted = 0, False
    for match in re.finditer(r'\\.|[";]', value):
        if match.group() == '"':
            quoted = not quoted
        elif match.group() == ";" and not quoted:
            yield value[start : match.start()]
            start = match.end()
    yield value[start:]


def _result(text: str) -> Result | None:
    told = [(match[1], match[2]) for match in _PAIR.finditer(text)]
    if not told or not _METHOD.fullmatch(told[0][0] or ""):
        return None
    method, result = told[0]
    properties: dict[str, str] = {}
    for name, value in told[1:]:
        properties.setdefault((name or "").lower(), _unquoted(value or ""))
    return Result(method.lower().partition("/")[0], _unquoted(result).lower(), properties)


def _unquoted(value: str) -> str:
    """Only what is quoted as a whole: of ``"a@b.test"@c.test`` the domain is the last."""
    return (
        value[1:-1]
        if len(value) > 1 and value.startswith('"') and value.find('"', 1) == len(value) - 1
        else value
    )


_METHOD = re.compile(r"[A-Za-z][A-Za-z0-9-]{0,30}(?:/\d{1,3})?")
_VALUE = r'(?:"(?:[^"\\]|\\.){0,500}"|[^\s";])'
_PAIR = re.compile(
    rf"([A-Za-z][\w.-]{{0,60}}(?:/\d{{1,3}})?)\s{{0,5}}=\s{{0,5}}({_VALUE}{{1,500}})|{_VALUE}{{1,500}}|\S"
)
