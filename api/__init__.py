"""HTTP: registry, incidents, webhooks, reports, stream, and the web page."""
