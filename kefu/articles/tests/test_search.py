"""The search finds what was meant: typos, unfinished words, pinyin, traditional characters, synonyms."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import transaction
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from kefu.articles import writing
from kefu.articles.index import Index, Place, elect
from kefu.articles.models import Audience, Synonyms, Translation
from kefu.articles.search import Found, Reader, find
from kefu.articles.writing import Said
from kefu.people.models import Brand, Staff

pytestmark = pytest.mark.django_db

SHELF = {
    "zh-hans": [
        Said("怎样申请退款", "在订单页点退款，三个工作日内原路退回。", questions=["钱什么时候退回来"]),
        Said("怎样退货", "## 时限\n\n签收后七天内可以退货。\n\n## 运费\n\n退货的运费由我们承担。"),
        Said("发票怎么开", "在订单页填写抬头，电子发票发到您的邮箱。"),
        Said("耳机连不上蓝牙", "把充电盒的盖子打开，长按按键五秒，重新配对。", questions=["KX-200 配对失败"]),
    ],
    "en": [
        Said("How do I get a refund?", "Ask for it on the order page; it arrives within three working days."),
        Said("Cancelling an order", "You can cancel it until it has been shipped."),
        Said("The headphones do not pair", "Hold the button for five seconds. Model KX-200 blinks twice."),
        Said("Delivery times", "Parcels take two to four days."),
    ],
}


@pytest.fixture
def shelf(brand: Brand, mei: Staff) -> None:
    for language, articles in SHELF.items():
        for said in articles:
            publish(brand, said, mei, language)


def publish(brand: Brand, said: Said, by: Staff, language: str = "zh-hans") -> Translation:
    translation = writing.begin(brand, language=language, said=said, by=by)
    writing.publish(translation, by=by)
    return translation


def found(brand: Brand, query: str, language: str = "zh-hans", reader: Reader = Reader.EVERYONE) -> list[str]:
    return [one.title for one in find(brand, query, language=language, reader=reader)]


def first(brand: Brand, query: str, language: str = "zh-hans") -> Found:
    return find(brand, query, language=language, reader=Reader.EVERYONE)[0]


@pytest.mark.parametrize(
    ("query", "title"),
    [
        ("退款", "怎样申请退款"),
        ("退貨運費", "怎样退货"),
        ("钱啥时候能退回来呀", "怎样申请退款"),
        ("tuikuan", "怎样申请退款"),
        ("tk", "怎样申请退款"),
        ("fapiao taitou", "发票怎么开"),
        ("fapiaotaitou", "发票怎么开"),
        ("ｋｘ－２００", "耳机连不上蓝牙"),
        ("退宽", "怎样申请退款"),
        ("refnud", "How do I get a refund?"),
        ("cancelation", "Cancelling an order"),
        ("headph", "The headphones do not pair"),
        ("deliveries", "Delivery times"),
    ],
)
def test_what_was_meant_comes_first(brand: Brand, shelf: None, query: str, title: str) -> None:
    assert first(brand, query, "zh-hans").title == title


def test_a_slip_resembles_what_was_meant_and_not_other_words() -> None:
    index = Index()
    for label, title in (
        ("refund", "When do I get my money back, the refund"),
        ("friend", "Invite a friend and get"),
    ):
        index.add_article(Place(label, label), title=title)
    slipped, rightly = (elect(index.near(asked))[0] for asked in ("get a refnd", "get a refund"))
    assert (slipped.label, rightly.label) == ("refund", "refund")
    assert slipped.confidence == pytest.approx(rightly.confidence, abs=0.25)


def test_every_pair_of_characters_finds_its_text(brand: Brand, shelf: None) -> None:
    for text in ("怎样退货", "签收后七天内可以退货", "长按按键五秒"):
        for at in range(len(text) - 1):
            assert any(text[at] in one.title + one.behind for one in find_all(brand, text[at : at + 2]))


def find_all(brand: Brand, query: str) -> list[Found]:
    return find(brand, query, language="zh-hans", reader=Reader.EVERYONE)


def test_the_word_meant_is_marked(brand: Brand, shelf: None) -> None:
    assert "<mark>充电</mark>盒" in first(brand, "chongdianhe").excerpt
    assert "<mark>shipped</mark>" in first(brand, "shiped", "en").excerpt


def test_what_an_article_says_is_escaped_in_its_excerpt(brand: Brand, mei: Staff) -> None:
    publish(brand, Said("Tags", "Write `<script>alert(1)</script>` & tags"), mei, "en")
    excerpt = first(brand, "script tags", "en").excerpt
    assert "<script" not in excerpt and "&lt;<mark>script</mark>&gt;" in excerpt and "&amp;" in excerpt


def test_a_long_passage_is_cut_where_it_fits(brand: Brand, mei: Staff) -> None:
    publish(brand, Said("保养", "平时擦干净就好。" * 60 + "滤网每三个月更换一次。" + "注意安全。" * 60), mei)
    excerpt = first(brand, "更换滤网").excerpt
    assert "<mark>滤网</mark>" in excerpt and excerpt.startswith("…") and excerpt.endswith("…")
    assert len(excerpt) < 300


@pytest.mark.parametrize(
    ("query", "heading"),
    [
        ("怎样退货", ""),
        ("我想退货", ""),
        ("退货退到银行卡吗", "退到哪里"),
        ("退货运费", "运费"),
        ("退货流程", ""),
    ],
)
def test_the_first_passage_answers_what_no_other_says_more_of(
    brand: Brand, mei: Staff, query: str, heading: str
) -> None:
    body = "选择商品，写明原因，七天内寄出。\n\n## 退到哪里\n\n原路退回银行卡。\n\n## 运费\n\n由您承担。"
    publish(brand, Said("怎样退货", body, questions=("退货流程",)), mei)
    assert first(brand, query).heading == heading


def test_synonyms_hold_from_the_next_search_on(brand: Brand, shelf: None) -> None:
    assert found(brand, "抽奖") == []
    group = Synonyms.objects.create(brand=brand, words=["抽奖", "发票"])
    assert found(brand, "抽奖")[0] == "发票怎么开"
    group.words = ["抽奖", "蓝牙"]
    group.save()
    assert found(brand, "抽奖")[0] == "耳机连不上蓝牙"
    group.delete()
    assert found(brand, "抽奖") == []


def test_it_is_sure_of_what_is_asked_outright_and_unsure_of_what_is_not_there(
    brand: Brand, shelf: None
) -> None:
    sure = first(brand, "怎样申请退款").confidence
    assert sure > 0.7
    for elsewhere in ("今天天气怎么样", "你们老板是谁"):
        found_ = find_all(brand, elsewhere)
        assert not found_ or found_[0].confidence < 0.4


def test_it_is_shown_in_the_readers_language_where_it_is_told_in_it(brand: Brand, mei: Staff) -> None:
    chinese = publish(brand, Said("怎样换货", "三十天内可以换货。"), mei)
    said = Said("Exchanging something", "Within thirty days.")
    assert first(brand, "换货", "en").language == "zh-hans"
    english = writing.translate(chinese.article, language="en", said=said, by=mei)
    writing.publish(english, by=mei)
    [result] = find(brand, "换货", language="en", reader=Reader.EVERYONE)
    assert (result.title, result.language) == ("Exchanging something", "en")


def test_what_is_published_changed_and_withdrawn_is_found_so_at_once(brand: Brand, mei: Staff) -> None:
    translation = publish(brand, Said("包装", "请用原来的纸箱。"), mei)
    assert found(brand, "纸箱") == ["包装"]
    writing.write(translation, Said("包装", "请用原来的泡沫。"), by=mei)
    assert found(brand, "泡沫") == []
    writing.publish(translation, by=mei)
    assert (found(brand, "泡沫"), found(brand, "纸箱")) == (["包装"], [])
    writing.withdraw(translation, by=mei)
    assert found(brand, "泡沫") == []


def test_what_was_rolled_back_is_not_found(brand: Brand, mei: Staff) -> None:
    with transaction.atomic():
        publish(brand, Said("包装", "请用原来的纸箱。"), mei)
        assert found(brand, "纸箱") == ["包装"]
        transaction.set_rollback(True)
    assert found(brand, "纸箱") == []


def test_internal_text_leaks_neither_by_excerpt_nor_by_count_nor_by_crowding(
    brand: Brand, mei: Staff
) -> None:
    public = publish(brand, Said("退款政策", "退款三天到账。"), mei)
    for number in range(130):
        hidden = publish(brand, Said(f"退款政策 {number}", "内部：退款 退款 退款 口令。"), mei)
        hidden.article.audience = Audience.STAFF
        hidden.article.save()
    everyone = find(brand, "退款政策口令", language="zh-hans", reader=Reader.EVERYONE)
    assert [one.translation_id for one in everyone] in ([public.pk], [])
    assert not any("内部" in one.excerpt or "内部" in one.behind for one in everyone)
    assert len(find(brand, "退款政策", language="zh-hans", reader=Reader.STAFF)) == 10


def test_what_customers_may_read_is_theirs_alone(brand: Brand, mei: Staff) -> None:
    translation = publish(brand, Said("会员日", "会员有礼品。"), mei)
    translation.article.audience = Audience.CUSTOMERS
    translation.article.save()
    assert found(brand, "礼品") == []
    assert found(brand, "礼品", reader=Reader.CUSTOMER) == ["会员日"]


def test_an_announcement_is_found_on_its_days(brand: Brand, mei: Staff) -> None:
    translation = publish(brand, Said("双十一", "快递可能较慢。"), mei)
    translation.article.shown_until = timezone.now() - timedelta(hours=1)
    translation.article.save()
    assert found(brand, "双十一") == []
    assert found(brand, "双十一", reader=Reader.STAFF) == ["双十一"]


def test_nothing_asked_or_nothing_there_finds_nothing(brand: Brand, shelf: None) -> None:
    for query in ("", "  ", "?!", "\x00", "😀", "x" * 10_000):
        assert found(brand, query) == []


def test_a_search_asks_the_database_three_times(
    brand: Brand, shelf: None, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    found(brand, "退款")
    with django_assert_num_queries(3):
        found(brand, "退款")
