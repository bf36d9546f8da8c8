"""Articles on their way in and out: the formats of folders, tables and other desks."""
