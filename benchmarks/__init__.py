"""Figures, not tests: what the service bears, printed with the machine they were read on."""
