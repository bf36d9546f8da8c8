from django.db import migrations

# Where pg_trgm is not at hand, finding a customer by name reads all names: slower, and right.
MAKE = """
DO $$
BEGIN
    IF EXISTS (SELECT FROM pg_extension WHERE extname = 'pg_trgm') THEN
        CREATE INDEX IF NOT EXISTS customer_name_trigrams
            ON people_customer USING gin (upper((name)::text) gin_trgm_ops);
    END IF;
END $$
"""


class Migration(migrations.Migration):
    dependencies = [("conversations", "0001_initial"), ("people", "0001_initial")]

    operations = [migrations.RunSQL(MAKE, "DROP INDEX IF EXISTS customer_name_trigrams")]
