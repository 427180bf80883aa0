"""The record: tables, sessions and migrations, and nothing clever."""
