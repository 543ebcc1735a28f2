"""Web push: one message to a phone whose page is closed, through its browser's own service."""
