"""Reference results of kvpress, see tools/kvpress_parity.py."""
