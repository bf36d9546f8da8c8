"""What authors fill in."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django import forms
from django.conf import settings
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from kefu.articles.arranging import Place
from kefu.articles.models import Article, Audience, Category, Format, Kind, News, Translation
from kefu.articles.models.articles import (
    LONGEST_BODY,
    LONGEST_SUMMARY,
    LONGEST_TITLE,
    MOST_QUESTIONS,
)
from kefu.articles.shelves import Shelf
from kefu.articles.writing import Said
from kefu.lib import files as content
from kefu.people.models import Brand, Staff
from kefu.people.reach import colleagues_of

LONGEST_QUESTION = 200
ICONS = (
    "book-open",
    "badge-help",
    "package",
    "truck",
    "refresh-ccw",
    "shield-check",
    "wrench",
    "credit-card",
    "receipt",
    "user",
    "lock",
    "settings",
    "smartphone",
    "headphones",
    "megaphone",
    "gift",
    "store",
    "message-circle",
)


class Moment(forms.DateTimeInput):
    input_type = "datetime-local"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%dT%H:%M")


class Day(forms.DateInput):
    input_type = "date"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%d")


class NewArticle(forms.Form):
    """What is needed to begin; everything else is on the page that follows."""

    brand = forms.ModelChoiceField(label=_("Brand"), queryset=Brand.objects.none(), empty_label=None)
    language = forms.ChoiceField(label=_("Written in"), choices=settings.LANGUAGES)
    kind = forms.ChoiceField(label=_("Kind"), choices=Kind.choices)
    title = forms.CharField(
        label=_("Title"),
        max_length=LONGEST_TITLE,
        help_text=_("As customers would ask it. The address is made of it."),
    )

    def __init__(self, *args: Any, brands: QuerySet[Brand], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _choose_from(self, "brand", brands)


class NewText(forms.Form):
    """An article in another language begins with its title."""

    language = forms.ChoiceField(label=_("Language"))
    title = forms.CharField(label=_("Title"), max_length=LONGEST_TITLE)

    def __init__(self, *args: Any, missing: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        language = self.fields["language"]
        assert isinstance(language, forms.ChoiceField)
        language.choices = missing


class TextForm(forms.Form):
    """One saving. ``seen`` is the version that the writer began from; ``follows`` the one of the source that this
    text now says, ticked by who has compared them.
    """

    title = forms.CharField(label=_("Title"), max_length=LONGEST_TITLE)
    summary = forms.CharField(
        label=_("Summary"),
        max_length=LONGEST_SUMMARY,
        required=False,
        widget=forms.Textarea({"rows": 2}),
        help_text=_("One or two sentences, for lists and search engines."),
    )
    body = forms.CharField(
        label=pgettext_lazy("article", "Text"), max_length=LONGEST_BODY, required=False, strip=False
    )
    questions = forms.CharField(
        label=_("Also asked as"),
        required=False,
        widget=forms.Textarea({"rows": 4}),
        help_text=_(
            "Other ways in which customers ask for this, one a line. Search finds them; nobody sees them."
        ),
    )
    note = forms.CharField(
        label=_("What you changed"),
        max_length=200,
        required=False,
        help_text=_("For colleagues who look through the versions."),
    )
    seen = forms.UUIDField(required=False)
    follows = forms.UUIDField(required=False)

    def __init__(self, data: Any = None, *, text: Translation) -> None:
        latest = text.latest
        assert latest is not None
        super().__init__(
            data,
            initial={
                "title": latest.title,
                "summary": latest.summary,
                "body": latest.body,
                "questions": "\n".join(latest.questions),
            },
        )

    def clean_questions(self) -> list[str]:
        asked = [line.strip() for line in self.cleaned_data["questions"].splitlines() if line.strip()]
        if len(asked) > MOST_QUESTIONS:
            raise forms.ValidationError(now("At most %(count)s questions.") % {"count": MOST_QUESTIONS})
        if any(len(one) > LONGEST_QUESTION for one in asked):
            raise forms.ValidationError(
                now("A question has at most %(count)s characters.") % {"count": LONGEST_QUESTION}
            )
        return asked

    def said(self) -> Said:
        given = self.cleaned_data
        return Said(given["title"], given["body"], given["summary"], given["questions"], given["note"])

    @property
    def seen_version(self) -> UUID | None:
        found: UUID | None = self.cleaned_data["seen"]
        return found


class AppearingForm(forms.Form):
    """When what was saved is to appear. It stands in the editor's form, which is sent without it too."""

    use_required_attribute = False

    at = forms.DateTimeField(label=_("Appears at"), widget=Moment())

    def clean_at(self) -> datetime:
        at: datetime = self.cleaned_data["at"]
        if at <= timezone.now():
            raise forms.ValidationError(now("This time has passed. Choose a later one, or publish now."))
        return at


class AnswerForm(forms.Form):
    """A reviewer's word to the author; ``reviewing.send_back`` asks for one."""

    note = forms.CharField(label=_("What should change"), max_length=500, required=False)


class AddressForm(forms.Form):
    slug = forms.CharField(label=_("Web address"), max_length=100)


class PlaceForm(forms.Form):
    """What an article is beside its words."""

    kind = forms.ChoiceField(label=_("Kind"), choices=Kind.choices)
    category = forms.ModelChoiceField(
        label=pgettext_lazy("help centre", "Category"),
        queryset=Category.objects.none(),
        required=False,
        empty_label=_("None"),
    )
    audience = forms.ChoiceField(label=_("Who may read it"), choices=Audience.choices)
    owner = forms.ModelChoiceField(
        label=_("Owner"), queryset=Staff.objects.none(), required=False, empty_label=_("Nobody")
    )
    review_on = forms.DateField(
        label=_("Look at it again on"),
        required=False,
        widget=Day(),
        help_text=_("It is listed from that day."),
    )
    product_models = forms.CharField(
        label=_("Product models"),
        required=False,
        max_length=2000,
        widget=forms.Textarea({"rows": 3}),
        help_text=_("For manuals: the models that it is for, one a line."),
    )
    news = forms.ChoiceField(
        label=_("What the announcement is about"), choices=[("", "–"), *News.choices], required=False
    )
    shown_from = forms.DateTimeField(label=_("Shown from"), required=False, widget=Moment())
    shown_until = forms.DateTimeField(label=_("Shown until"), required=False, widget=Moment())

    def __init__(self, data: Any = None, *, article: Article, agent: Staff) -> None:
        super().__init__(
            data,
            initial={
                "kind": article.kind,
                "category": article.category_id,
                "audience": article.audience,
                "owner": article.owner_id,
                "review_on": article.review_on,
                "product_models": "\n".join(article.product_models),
                "news": article.news,
                "shown_from": article.shown_from,
                "shown_until": article.shown_until,
            },
        )
        _choose_from(self, "category", Category.objects.filter(brand=article.brand_id))
        near = Q(pk__in=colleagues_of(agent)) | Q(pk=article.owner_id)
        _choose_from(self, "owner", Staff.objects.filter(near).order_by("name"))

    def clean_product_models(self) -> list[str]:
        return [line.strip() for line in self.cleaned_data["product_models"].splitlines() if line.strip()]

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        begins, ends = given.get("shown_from"), given.get("shown_until")
        if begins and ends and ends <= begins:
            self.add_error("shown_until", now("An announcement ends after it begins."))
        return given

    def place(self) -> Place:
        given = self.cleaned_data
        return Place(**{**given, "kind": Kind(given["kind"]), "audience": Audience(given["audience"])})


class LookForm(forms.Form):
    """After one has read it through: in how many months the next time is."""

    months = forms.TypedChoiceField(
        label=_("Look at it again in"),
        coerce=int,
        choices=[(3, _("3 months")), (6, _("6 months")), (12, _("12 months"))],
        initial=6,
    )

    def again_on(self) -> date:
        return timezone.localdate() + timedelta(days=round(self.cleaned_data["months"] * 365 / 12))


class FileForm(forms.Form):
    """``version_label`` and language are what a manual's PDF has printed on it."""

    file = forms.FileField(
        label=pgettext_lazy("a document", "File"),
        widget=forms.ClearableFileInput({"accept": ",".join(content.ENDINGS)}),
    )
    version_label = forms.CharField(
        label=_("Version printed on it"),
        max_length=40,
        required=False,
        help_text=_("For manuals, such as 2.1."),
    )
    language = forms.ChoiceField(
        label=_("Language"), required=False, choices=[("", _("All languages")), *settings.LANGUAGES]
    )


class LabelForm(FileForm):
    """Of a file that is there already."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        del self.fields["file"]


class CategoryForm(forms.Form):
    """A shelf, in every language of the desk."""

    slug = forms.SlugField(
        label=_("Web address"), max_length=60, help_text=_("Small letters a to z, digits and hyphens.")
    )
    parent = forms.ModelChoiceField(
        label=_("Stands in"),
        queryset=Category.objects.none(),
        required=False,
        empty_label=_("The first page"),
    )
    icon = forms.ChoiceField(
        label=_("Icon"), choices=[(name, name) for name in ICONS], widget=forms.RadioSelect, initial=ICONS[0]
    )

    def __init__(self, data: Any = None, *, brand: Brand, category: Category | None = None) -> None:
        super().__init__(data, initial=_shelf_of(category) if category else {})
        for code, language in reversed(settings.LANGUAGES):
            self._ask_in(code, str(language))
        shelves = Category.objects.filter(brand=brand, parent=None)
        _choose_from(self, "parent", shelves.exclude(pk=category.pk) if category else shelves)

    def shelf(self) -> Shelf:
        given = self.cleaned_data
        codes = [code for code, _language in settings.LANGUAGES]
        return Shelf(
            names={code: given[f"name-{code}"] for code in codes},
            descriptions={code: given[f"description-{code}"] for code in codes},
            slug=given["slug"],
            icon=given["icon"],
            parent=given["parent"],
        )

    def _ask_in(self, code: str, language: str) -> None:
        words = {"language": language}
        asked = {
            f"name-{code}": forms.CharField(
                label=now("Name in %(language)s") % words, max_length=60, required=False
            ),
            f"description-{code}": forms.CharField(
                label=now("Description in %(language)s") % words, max_length=200, required=False
            ),
        }
        self.fields = {**asked, **self.fields}


def _shelf_of(category: Category) -> dict[str, Any]:
    names = {f"name-{code}": name for code, name in category.names.items()}
    told = {f"description-{code}": text for code, text in category.descriptions.items()}
    place = {"slug": category.slug, "icon": category.icon, "parent": category.parent_id}
    return {**names, **told, **place}


def _choose_from(form: forms.Form, name: str, rows: QuerySet[Any]) -> None:
    field = form.fields[name]
    assert isinstance(field, forms.ModelChoiceField)
    field.queryset = rows


class UploadForm(forms.Form):
    """It is only checked; storing it is a second step."""

    brand = forms.ModelChoiceField(label=_("Brand"), queryset=Brand.objects.none(), empty_label=None)
    format = forms.ChoiceField(label=_("Comes from"), choices=Format.choices)
    file = forms.FileField(
        label=_("File"),
        allow_empty_file=True,
        help_text=_("A zip, JSON or CSV of up to 64 MB. It is checked first; nothing is stored yet."),
        widget=forms.ClearableFileInput(attrs={"accept": ".zip,.json,.csv,.tsv,.txt"}),
    )
    publish = forms.BooleanField(
        label=_("Publish at once what is published there"),
        required=False,
        help_text=_("Otherwise everything waits as a draft."),
    )

    def __init__(self, *args: Any, brands: QuerySet[Brand], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _choose_from(self, "brand", brands)
