"""A phone and a computer that prove one new address in the same moment."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection
from django.test import Client

from kefu.people.models import CustomerSession, Identity
from kefu.portal.tests.test_signing_in_as_a_customer import code_for


@pytest.mark.usefixtures("committed")
def test_two_browsers_that_prove_one_new_address_at_once_are_one_customer() -> None:
    browsers = [Client(headers={"accept-language": "en"}) for _ in range(2)]
    codes = [code_for(browser) for browser in browsers]

    def enter(place: int) -> int:
        try:
            return browsers[place].post("/my/code", {"code": codes[place]}).status_code
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        assert list(pool.map(enter, range(2))) == [302, 302]
    holder = Identity.objects.get(verified_at__isnull=False).customer_id
    assert {session.customer_id for session in CustomerSession.objects.all()} == {holder}
