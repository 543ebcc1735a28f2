"""What may be said: campaign documents, their checks, texts, rules in words, trials and states."""
