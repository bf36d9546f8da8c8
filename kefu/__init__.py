"""Kefu: a self-hosted customer-service and after-sales desk."""

__version__ = "0.1.0"
