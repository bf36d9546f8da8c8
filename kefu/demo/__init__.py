"""A fictional brand with staff, customers and some weeks of conversations."""
