"""From the wire to a `SensorEvent`: one file a format, the subscriber, and what keeps events edges."""
