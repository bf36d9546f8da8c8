"""Who a mail comes from is believed only where our own mail server says so."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kefu.inboxes.email.authenticity import Check, Standing, Verdict, verdict
from kefu.inboxes.email.parsing import parse
from kefu.inboxes.email.tests.mails import mail

OURS = "mx.desk.test"
PASS = f"{OURS}; spf=pass smtp.mailfrom=lin@customer.test; dkim=pass header.d=customer.test; dmarc=pass header.from=customer.test"


def judged(*headers: str, sender: str = "lin@customer.test", trusted: str = OURS) -> Verdict:
    head = "\r\n".join([f"From: {sender}", *(f"Authentication-Results: {each}" for each in headers)])
    return verdict(parse(mail(head=head)), trusted_server=trusted)


def test_what_our_server_found_is_told() -> None:
    assert judged(PASS) == Verdict(
        Standing.PASSED,
        spf=Check("pass", "customer.test"),
        dkim=Check("pass", "customer.test"),
        dmarc=Check("pass", "customer.test"),
    )


@pytest.mark.parametrize(
    ("results", "standing"),
    [
        ("dmarc=pass header.from=customer.test", Standing.PASSED),
        ("DMARC = Pass header.from = Customer.TEST", Standing.PASSED),
        ('dmarc/1=pass (p=REJECT; "dis=none") header.from="customer.test"', Standing.PASSED),
        ("dmarc=pass", Standing.PASSED),
        ("dmarc=pass header.from=other.test", Standing.NONE),
        ("dmarc=fail (p=none) header.from=customer.test", Standing.FAILED),
        ("dmarc=fail header.from=customer.test; dkim=pass header.d=customer.test", Standing.FAILED),
        ("dmarc=none header.from=customer.test", Standing.NONE),
        ("dmarc=temperror", Standing.NONE),
        ("dmarc=none; dkim=pass header.d=customer.test", Standing.PASSED),
        ("dkim=pass header.i=@customer.test", Standing.PASSED),
        ("dkim=pass header.d=mailer.test", Standing.NONE),
        ("dkim=pass header.d=mailer.test; dkim=pass header.d=customer.test", Standing.PASSED),
        ("dkim=fail header.d=customer.test", Standing.NONE),
        ("dkim=pass header.d=test", Standing.NONE),
        ("dkim=pass header.d=evil-customer.test", Standing.NONE),
        ("dkim=pass header.d=evil.customer.test", Standing.NONE),
        ("spf=pass smtp.mailfrom=bounce@customer.test", Standing.PASSED),
        ("spf=pass smtp.mailfrom=customer.test", Standing.PASSED),
        ("spf=pass smtp.mailfrom=evil.test", Standing.NONE),
        ("spf=softfail smtp.mailfrom=customer.test", Standing.NONE),
        ("spf=fail smtp.mailfrom=customer.test", Standing.FAILED),
        ("spf=fail smtp.mailfrom=customer.test; dkim=pass header.d=customer.test", Standing.PASSED),
        ("none", Standing.NONE),
        ("", Standing.NONE),
        ("(dmarc=pass header.from=customer.test)", Standing.NONE),
        ('spf=none reason="x; dmarc=pass header.from=customer.test"', Standing.NONE),
        ("x-dmarc=pass header.from=customer.test", Standing.NONE),
        ("spf=none (nested (dmarc=pass; ) ; dmarc=pass) smtp.mailfrom=x", Standing.NONE),
    ],
)
def test_results_mean_what_rfc_8601_says(results: str, standing: Standing) -> None:
    assert judged(f"{OURS} 1; {results}").standing == standing


EVIL = "spf=pass smtp.mailfrom="
INJECTED = [
    f"{EVIL}=?utf-8?Q?a;_dmarc=3Dpass_header.from=3Dcustomer.test?=@evil.test",
    f'{EVIL}"lin@customer.test"@evil.test',
    f'{EVIL}"a; dmarc=pass header.from=customer.test"@evil.test',
    f'{EVIL}"a\\"; dmarc=pass header.from=customer.test; \\""@evil.test',
    f"{EVIL}x=dkim=pass=header.d=customer.test@evil.test",
    'spf=pass (domain of "a) ; dmarc=pass header.from=customer.test (" @evil.test) smtp.mailfrom=evil.test',
    "spf=pass (of a) ; dmarc=pass header.from=customer.test (@evil.test) smtp.mailfrom=x@evil.test; dmarc=fail header.from=customer.test",
    "spf=pass (of a) ; dmarc=pass header.from=customer.test (@evil.test); dmarc=none header.from=customer.test",
    'spf=none "x dmarc=pass header.from=customer.test"',
    "junk dmarc=pass header.from=customer.test",
    f"{EVIL}evil.test; reason dkim=pass header.d=customer.test",
    "dmarc=pass header.from=evil.test header.from=customer.test",
]


@pytest.mark.parametrize("results", INJECTED)
def test_what_a_sender_hides_in_the_address_is_not_taken_for_a_result(results: str) -> None:
    assert not judged(f"{OURS}; {results}").passed


def test_a_mail_of_a_subdomain_is_answered_for_by_the_domain_above() -> None:
    assert judged(f"{OURS}; dkim=pass header.d=customer.test", sender="lin@mail.customer.test").passed


def test_only_the_topmost_result_of_our_server_counts() -> None:
    assert judged(f"{OURS}; none", PASS).standing == Standing.NONE
    assert judged(f"{OURS}; dmarc=fail header.from=customer.test", PASS).failed
    assert judged("elsewhere.test; none", PASS).passed


@pytest.mark.parametrize("server", ["evil.test", f"{OURS}.evil.test", f"evil.{OURS}", f'"{OURS}"x', ""])
def test_results_of_others_prove_nothing(server: str) -> None:
    assert judged(PASS.replace(OURS, server, 1)).standing == Standing.NONE


@pytest.mark.parametrize("trusted", ["", "  "])
def test_without_a_server_to_trust_nothing_is_proven(trusted: str) -> None:
    assert judged(PASS, f"; {PASS}", trusted=trusted).standing == Standing.NONE


@pytest.mark.parametrize(
    "sender",
    [
        "lin@customer.test, evil@x.test",
        "evil@x.test, lin@customer.test",
        "lin@customer.test\r\nFrom: evil@x.test",
        "nobody",
    ],
)
def test_several_senders_or_none_are_not_proven(sender: str) -> None:
    assert judged(PASS, sender=sender).standing == Standing.NONE


@given(
    st.lists(
        st.one_of(
            st.sampled_from(
                [
                    "mx.desk.test",
                    ";",
                    "dmarc=pass",
                    "(",
                    ")",
                    '"',
                    "\\",
                    "header.from=customer.test",
                    "=",
                    " ",
                ]
            ),
            st.text(max_size=5),
        )
    ).map(" ".join)
)
def test_any_header_is_judged(value: str) -> None:
    judged(value.replace("\r", "").replace("\n", ""))


@pytest.mark.parametrize(
    "seed", ["(", ")", '"', "\\", "a=", "; ", "a;b=c ", "((\\)", '"\\', 'a="\\', 'a="b"']
)
def test_a_long_header_is_judged_in_a_moment(seed: str) -> None:
    began = time.process_time()
    judged(f"{OURS};" + seed * (60_000 // len(seed)))
    assert time.process_time() - began < 1
