"""Lists and paragraphs, in the language of the page."""

from __future__ import annotations

from django.template import Context, Template
from django.utils import translation

from kefu.web.joining import listed, paragraph


def test_words_of_a_list_stand_apart_as_the_language_does_it() -> None:
    with translation.override("en"):
        assert listed(["unused", "sealed"]) == "unused, sealed"
    with translation.override("zh-hans"):
        assert listed(["未使用", "封签未拆"]) == "未使用、封签未拆"


def test_sentences_follow_one_another_without_a_space_in_chinese() -> None:
    with translation.override("en"):
        assert paragraph(["It is kept.", "Go on."]) == "It is kept. Go on."
    with translation.override("zh-hans"):
        assert paragraph(["已保存。", "请继续。"]) == "已保存。请继续。"


def test_a_label_and_its_text_have_the_colon_of_the_language() -> None:
    template = Template("{{ label }}{{ text|explained }}")
    with translation.override("zh-hans"):
        assert template.render(Context({"label": "扣款", "text": "有划痕"})) == "扣款：有划痕"
    with translation.override("en"):
        assert template.render(Context({"label": "Deduction", "text": "a scratch"})) == "Deduction: a scratch"


def test_what_stands_outside_any_language_is_joined_as_english_is() -> None:
    with translation.override(None):
        assert (listed([1, 2]), paragraph(["a.", "b."])) == ("1, 2", "a. b.")


def test_a_template_joins_the_same_way() -> None:
    template = Template("{{ words|listed }}")
    with translation.override("zh-hans"):
        assert template.render(Context({"words": ["<屏幕>", "电池"]})) == "&lt;屏幕&gt;、电池"
