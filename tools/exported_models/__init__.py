"""Exports of the random models, as the tools that people use write them."""
