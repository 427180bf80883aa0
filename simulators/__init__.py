"""Devices, phones and carriers that speak only the wire, so that they cannot share our bugs."""
