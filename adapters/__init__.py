"""Kindling's adapters: one package per platform; none knows another."""
