"""A help centre with an article, and those who write it."""

from __future__ import annotations

import pytest

from kefu.articles import writing
from kefu.articles.models import Translation
from kefu.articles.writing import Said
from kefu.people.models import Brand, Staff

BODY = "## 时限\n\n签收后七天内。\n\n## 运费\n\n我们承担。"


@pytest.fixture
def returns_text(brand: Brand, senior: Staff) -> Translation:
    """In Chinese, as a draft."""
    return writing.begin(brand, language="zh-hans", said=Said("怎样退货", BODY), by=senior)


@pytest.fixture
def english(returns_text: Translation, supervisor: Staff, senior: Staff) -> Translation:
    """Of the same, whose source is published."""
    writing.publish(returns_text, by=supervisor)
    said = Said("How to return something", "## Time\n\nWithin seven days.")
    return writing.translate(returns_text.article, language="en", said=said, by=senior)


@pytest.fixture
def foreign_text(other_brand: Brand) -> Translation:
    return writing.begin(other_brand, language="zh-hans", said=Said("别家的", BODY), by=None)
