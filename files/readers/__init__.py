"""Documents to text. Runs in a process of its own, so it imports nothing of ours but itself: it must start fast."""
