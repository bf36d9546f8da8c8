"""Contact forms: built by an admin, filled in on the portal or the brand's own pages."""
