"""What Prometheus may ask of ingest."""

from prometheus_client import Counter, Histogram

EVENTS = Counter("fire135_events", "Canonical events taken from devices, heartbeats among them.", ["kind"])
REJECTED = Counter(
    "fire135_rejected_messages",
    "Messages kept with a reason instead of an effect: undecodable, replayed, of unknown devices.",
    ["source"],
)
COMMIT_SECONDS = Histogram(
    "fire135_ingest_commit_seconds",
    "From the receipt of a message to the commit of its effect, by lane.",
    ["lane"],
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)
