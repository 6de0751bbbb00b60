"""Rows of look-up tables, found by the names that people type."""
