"""Whole stories between a desk with its worker and a real Postfix and Dovecot."""
