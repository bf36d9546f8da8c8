"""Finds or runs PostgreSQL; connection pools, the shared cache and the one rate limiter."""
