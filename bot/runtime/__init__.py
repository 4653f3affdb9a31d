"""What keeps the core running: clock, wake-ups, worker loop, logs, metrics, adapter discovery."""
