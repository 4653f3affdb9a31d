"""Kindling's core. It names no platform and starts nothing when imported."""
