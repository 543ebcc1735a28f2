"""Runs in the store: from a fix to the one useful message, or silence with a reason."""
