"""Reference results that the tests compare with; started by `tools/goldens.py`."""
