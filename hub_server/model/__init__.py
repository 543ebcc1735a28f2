"""The stage model that answers now: its file looked at, tried, seated and replaced."""
