"""Senders who would be taken for the brand are noticed, others are left alone."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kefu.inboxes.email.lookalikes import Pose, poses_as
from kefu.inboxes.email.parsed import Address

NAMES, DOMAINS = ["Lumora", "路摩拉"], ["lumora.example", "Lumora.cn"]


def posing(name: str, address: str) -> Pose | None:
    return poses_as(Address(name, address), brand_names=NAMES, brand_domains=DOMAINS)


@pytest.mark.parametrize(
    "domain",
    [
        "1umora.cn",
        "lurnora.cn",
        "lum0ra.cn",
        "lumoraa.cn",
        "lumra.cn",
        "lumroa.cn",
        "lumora.com",
        "lumora-support.com",
        "secure-lumora.net",
        "lumora.cn.evil.example",
        "lumorа.cn",
        "xn--lumra-1ta.cn",
        "lumörа.cn",
        "lumora.example.org",
        "xn--lumor-7ve.cn",
    ],
)
def test_domains_that_look_like_the_brands(domain: str) -> None:
    assert posing("Lin", f"lin@{domain}") == Pose.DOMAIN


@pytest.mark.parametrize(
    "name",
    [
        "Lumora",
        "LUMORA Support",
        "Lumora客服",
        "路摩拉官方客服",
        "路 摩 拉",
        "Ｌｕｍｏｒａ",
        "Lumоra",
        "L\u200bumora",
        "Lúmora",
        "support@lumora.cn",
        "Lumora.example",
    ],
)
def test_names_that_look_like_the_brands(name: str) -> None:
    assert posing(name, "x@freemail.test") == Pose.NAME


@pytest.mark.parametrize(
    "address", ["mei@lumora.cn", "mei@lumora.example", "news@mail.lumora.cn", "x@LUMORA.CN".lower()]
)
def test_the_brand_itself_does_not_pose(address: str) -> None:
    assert posing("Lumora Support", address) is None


@pytest.mark.parametrize(
    ("name", "address"),
    [
        ("Lin Wang", "lin@customer.test"),
        ("林", "lin@qq.com"),
        ("Lumoran Wu", "x@freemail.test"),
        ("", "x@luminor.test"),
        ("Lu Mora", "x@mora.test"),
        ("", ""),
        ("", "x@xn--.test"),
        ("", "x@xn--99999999999.test"),
        ("摩拉", "x@qq.com"),
    ],
)
def test_everybody_else_does_not_pose(name: str, address: str) -> None:
    assert posing(name, address) is None


def test_without_a_brand_nobody_poses() -> None:
    assert poses_as(Address("Lumora", "x@lumora.cn"), brand_names=["", " "], brand_domains=["", " "]) is None


@given(st.text(max_size=30), st.text(max_size=30))
def test_any_sender_is_looked_at(name: str, domain: str) -> None:
    posing(name, f"x@{domain}")
    posing(name, f"x@xn--{domain}")
