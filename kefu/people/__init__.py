"""Staff, teams, roles and sign-in; brands; customers and their identities."""
