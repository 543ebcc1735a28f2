"""Runs on the Pi: from an advertisement to a fix and a stay."""
