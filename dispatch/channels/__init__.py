"""The carriers: one file each, `send(message) -> result`; what comes back arrives by webhook."""
