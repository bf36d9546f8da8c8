from kefu.articles.models.articles import (
    Article,
    Audience,
    Category,
    Kind,
    News,
    Redirect,
    Stage,
    Translation,
    Version,
)
from kefu.articles.models.files import ArticleFile
from kefu.articles.models.finding import DayOfReading, Led, Passage, Search, Synonyms, Where
from kefu.articles.models.imports import ArticleImport, BadArticle, Format, ImportState, Origin
from kefu.articles.models.reviews import Outcome, Review
from kefu.articles.models.sites import Site
from kefu.articles.models.votes import Vote

__all__ = [
    "Article",
    "ArticleFile",
    "ArticleImport",
    "Audience",
    "BadArticle",
    "Category",
    "DayOfReading",
    "Format",
    "ImportState",
    "Kind",
    "Led",
    "News",
    "Origin",
    "Outcome",
    "Passage",
    "Redirect",
    "Review",
    "Search",
    "Site",
    "Stage",
    "Synonyms",
    "Translation",
    "Version",
    "Vote",
    "Where",
]
