"""The help centre at the desk: writing it, and what readers tell."""

from __future__ import annotations

from django.urls import path

from kefu.articles.views import (
    beside,
    editing,
    exchanging,
    hearing,
    listing,
    reading,
    settings,
    shelves,
    synonyms,
    versions,
)

P = "console/articles/"
A = f"{P}<uuid:article>/"
T = f"{P}texts/<uuid:text>/"
C = "console/settings/categories/"
S = "console/settings/synonyms/"
X = "console/settings/articles/"
R = f"{X}imports/<uuid:article_import>/"
B = f"{X}<uuid:brand>/download/"

urlpatterns = [
    path(P, listing.articles, name="articles"),
    path(f"{P}new", listing.new_article, name="new-article"),
    path(f"{P}comments", hearing.comments, name="article-comments"),
    path(f"{P}comments/<uuid:vote>", hearing.settling, name="article-comment"),
    path(f"{P}searches", hearing.searches, name="article-searches"),
    path(f"{P}led", hearing.led, name="article-led"),
    path(f"{P}helpful", hearing.helpful, name="article-helpful"),
    path(A, reading.article, name="article"),
    path(f"{A}texts", editing.new_text, name="new-article-text"),
    path(f"{A}settings", settings.place, name="article-settings"),
    path(f"{A}look", settings.look, name="article-look"),
    path(f"{A}archive", settings.archiving, name="article-archive"),
    path(f"{A}return", settings.return_from_archive, name="article-return"),
    path(f"{A}files", settings.files_of_article, name="article-files"),
    path(f"{A}files/<uuid:article_file>", settings.file, name="article-file"),
    path(f"{A}files/<uuid:article_file>/label", settings.file_label, name="article-file-label"),
    path(f"{A}files/<uuid:article_file>/removal", settings.file_removal, name="article-file-removal"),
    path(T, editing.text, name="article-text"),
    path(f"{T}preview", editing.preview, name="article-preview"),
    path(f"{T}review", editing.review, name="article-review"),
    path(f"{T}review/answer", editing.sending_back, name="article-sending-back"),
    path(f"{T}publication", editing.publication, name="article-publication"),
    path(f"{T}publication/removal", editing.unscheduling, name="article-unscheduling"),
    path(f"{T}withdrawal", editing.withdrawal, name="article-withdrawal"),
    path(f"{T}address", editing.address, name="article-address"),
    path(f"{T}following", editing.following, name="article-following"),
    path(f"{T}versions", versions.versions, name="article-versions"),
    path(f"{T}versions/<int:version>", versions.version, name="article-version"),
    path(f"{T}versions/<int:version>/restoration", versions.restoration, name="article-restoration"),
    path(f"{T}changes", versions.changes, name="article-changes"),
    path(C, shelves.categories, name="settings_categories"),
    path(f"{C}new/<uuid:brand>", shelves.new_category, name="settings_new_category"),
    path(f"{C}<uuid:category>/", shelves.category, name="settings_category"),
    path(f"{C}<uuid:category>/place", shelves.place, name="settings_category_place"),
    path("console/c/<uuid:conversation_id>/articles", beside.articles_beside, name="conversation-articles"),
    path(S, synonyms.all_synonyms, name="settings_synonyms"),
    path(f"{S}new/<uuid:brand>", synonyms.new_group, name="settings_new_synonyms"),
    path(f"{S}<uuid:synonyms>", synonyms.group, name="settings_synonyms_group"),
    path(f"{S}<uuid:synonyms>/removal", synonyms.removal, name="settings_synonyms_removal"),
    path(f"{C}<uuid:category>/removal", shelves.removal, name="settings_category_removal"),
    path(X, exchanging.imports, name="settings_article_imports"),
    path(R, exchanging.run, name="settings_article_import"),
    path(f"{R}import", exchanging.take_for_good, name="settings_article_import_for_good"),
    path(f"{R}resumption", exchanging.resumption, name="settings_article_import_resumption"),
    path(f"{R}download/bad-articles.csv", exchanging.bad_articles, name="settings_bad_articles"),
    path(f"{B}articles.zip", exchanging.as_markdown, name="settings_articles_as_markdown"),
    path(f"{B}articles.csv", exchanging.as_table, name="settings_articles_as_table"),
    path(f"{B}articles.json", exchanging.as_json, name="settings_articles_as_json"),
]
