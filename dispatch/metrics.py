"""What Prometheus may ask of dispatch."""

from prometheus_client import Counter, Gauge

AUDIT_FAULTS = Counter(
    "fire135_audit_faults", "Steps missed or late that the auditor found, by kind.", ["what"]
)
CARRIER_UP = Gauge(
    "fire135_carrier_up",
    "1 while the last attempts over this carrier and channel went through, 0 while they fail in a row.",
    ["carrier", "channel"],
)
LATE = Counter(
    "fire135_late_messages",
    "Messages delivered too late after they were sent, and pages without any receipt by then.",
    ["carrier", "channel"],
)
RACED = Counter(
    "fire135_raced_messages",
    "Messages that the next carrier was asked to send as well, because this one had not delivered.",
    ["carrier"],
)
