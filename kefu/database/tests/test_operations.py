"""Tables made together."""

import pytest
from django.db import connection, models
from django.db.migrations import CreateModel
from django.db.migrations.state import ProjectState
from django.db.migrations.writer import MigrationWriter

from kefu.database.operations import CreateModels

pytestmark = pytest.mark.django_db


def shelf_and_book() -> CreateModels:
    """Each refers to the other, which one after the other could not."""
    shelf = CreateModel(
        "Shelf",
        [
            ("id", models.BigIntegerField(primary_key=True)),
            ("best", models.ForeignKey("database.Book", models.CASCADE, related_name="+")),
        ],
    )
    book = CreateModel(
        "Book",
        [
            ("id", models.BigIntegerField(primary_key=True)),
            ("shelf", models.ForeignKey("database.Shelf", models.CASCADE)),
        ],
    )
    return CreateModels([shelf, book])


def test_tables_that_refer_to_each_other_are_made_and_dropped_together() -> None:
    together = shelf_and_book()
    before = ProjectState()
    assert before.apps is not None  # drawn already, as in the middle of a run
    after = before.clone()
    together.state_forwards("database", after)
    with connection.schema_editor(collect_sql=True) as editor:  # the role of tests may make no tables
        together.database_forwards("database", editor, before, after)
    forwards = " ".join(editor.collected_sql)
    with connection.schema_editor(collect_sql=True) as editor:
        together.database_backwards("database", editor, after, before)
    backwards = " ".join(editor.collected_sql)
    for table in ("database_shelf", "database_book"):
        assert f'CREATE TABLE "{table}"' in forwards
        assert f'REFERENCES "{table}"' in forwards
        assert f'DROP TABLE "{table}"' in backwards


def test_a_migration_with_them_is_written_as_it_reads() -> None:
    written, imports = MigrationWriter.serialize(shelf_and_book())
    assert "kefu.database.operations.CreateModels(" in written
    assert "name='Shelf'" in written and "name='Book'" in written
    assert "import kefu.database.operations" in imports
