"""Releases on the appliance: installing one beside the present, switching, and going back.

It stands on Python's standard library alone, because it makes the environment that everything else
lives in, and travels in each release's file as `appliance-release`.
"""
