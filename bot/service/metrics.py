"""What `/metrics` shows. One registry a service, so that two in one process (tests) do not meet."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, Info

SECONDS = (0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0)


class Metrics:
    """The service's counters; no label holds a contact or a word of one."""

    def __init__(self) -> None:
        self.registry = registry = CollectorRegistry()
        self.content = Info("danloi_content", "The guides, translations and training data that this process has read", registry=registry)
        self.reloads = Counter(
            "danloi_reloads", "Changes of the content: whole, or with older versions kept in place of broken ones", ["result"], registry=registry
        )
        self.turns = Counter("danloi_turns", "Events applied", ["channel"], registry=registry)
        self.duplicates = Counter("danloi_duplicates", "Events that had been applied before", ["channel"], registry=registry)
        self.parked = Gauge("danloi_parked", "Events since the start that could not be applied and are kept for a maintainer", registry=registry)
        self.spooled = Counter("danloi_spooled", "Events kept on disk because the database was away", registry=registry)
        self.refused = Counter("danloi_refused", "Deliveries refused with 503", ["why"], registry=registry)
        self.unsigned = Counter("danloi_unsigned", "Deliveries refused because their signature does not belong to them", ["channel"], registry=registry)
        self.turn_seconds = Histogram("danloi_turn_seconds", "From an event's arrival to its commit", buckets=SECONDS, registry=registry)
        self.sends = Counter("danloi_sends", "Messages handed to a platform, by what became of them", ["channel", "result"], registry=registry)
        self.repeated = Counter("danloi_sends_repeated", "Messages that may have been sent twice", ["channel"], registry=registry)
        self.send_seconds = Histogram("danloi_send_seconds", "One call to a platform", ["channel"], buckets=SECONDS, registry=registry)
        self.channel_up = Gauge("danloi_channel_up", "1 while the platform takes our messages", ["channel"], registry=registry)
        self.outbox_depth = Gauge("danloi_outbox_depth", "Messages that wait to be sent", ["channel"], registry=registry)
        self.outbox_age = Gauge("danloi_outbox_oldest_seconds", "Age of the oldest message that waits", ["channel"], registry=registry)
        self.handoffs = Counter("danloi_handoffs", "What volunteers did in the console", ["what"], registry=registry)
        self.handoffs_open = Gauge("danloi_handoffs_open", "People who want a person", ["state"], registry=registry)
        self.handoffs_age = Gauge("danloi_handoffs_oldest_seconds", "How long the first of those whom nobody helps has waited", registry=registry)
        self.database_up = Gauge("danloi_database_up", "1 while the database answers", registry=registry)
        self.nlu_fallback = Counter("danloi_nlu_fallback", "Texts that the embedded classifier answered in the place of Rasa or e5", ["why"], registry=registry)
        self.rasa_seconds = Histogram("danloi_rasa_seconds", "One question to Rasa", buckets=SECONDS, registry=registry)
        self.e5_seconds = Histogram("danloi_e5_seconds", "One unclear text read by e5", buckets=SECONDS, registry=registry)
