"""What is kept, as SQLAlchemy Core tables: the migrations are compared with them, ordinary queries are built on them.

The hot road (`queries.py`) writes its SQL by hand. `messages`, `facts` and `inbox` carry no foreign keys: PostgreSQL would lock
and look up the contact once for each row, and the turn holds that contact's session anyway.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    DateTime,
    Enum,
    ForeignKey,
    Identity,
    Index,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from bot.store.status import Sender, Status

metadata = MetaData()


def _moment(name: str, *, nullable: bool = False, now: bool = False) -> Column[object]:
    return Column(name, DateTime(timezone=True), nullable=nullable, server_default=func.now() if now else None)


contacts = Table(
    "contacts",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("channel", Text, nullable=False),
    Column("account", Text, nullable=False),
    Column("digest", LargeBinary, nullable=False),  # keyed hash of the platform's id (vault.py)
    Column("address", LargeBinary),  # the id encrypted; null where nothing is ever sent (the web chat)
    _moment("created_at", now=True),
    _moment("next_at", nullable=True),  # when delivery has something to do; null: nothing new since it was last claimed
    Column("owner", Text),  # the worker that has the contact in hand
    _moment("locked_until", nullable=True),  # the end of its lease
    Column("fence", BigInteger, nullable=False, server_default=text("0")),  # counts the leases: a late owner's commits match nothing
    UniqueConstraint("channel", "account", "digest", name="contacts_key"),
    Index("contacts_due", "channel", "next_at", postgresql_where=text("next_at IS NOT NULL AND owner IS NULL")),
    Index("contacts_leased", "locked_until", postgresql_where=text("owner IS NOT NULL")),
)

sessions = Table(
    "sessions",
    metadata,
    Column("contact_id", BigInteger, ForeignKey("contacts.id", ondelete="CASCADE"), primary_key=True),
    Column("state", JSONB),  # null: known, but has not said anything yet
    _moment("updated_at", now=True),
    Index("sessions_quiet", "updated_at", postgresql_using="brin"),
    postgresql_with={"fillfactor": "70"},  # the next state finds room on the same page, and no index changes
)

# What was applied. A keyed digest of channel, account and event id: short, so the index stays small, and it names nobody.
inbox = Table(
    "inbox",
    metadata,
    Column("digest", LargeBinary, primary_key=True),
    _moment("applied_at", now=True),
    Index("inbox_age", "applied_at", postgresql_using="brin"),
)

messages = Table(
    "messages",
    metadata,
    Column("contact_id", BigInteger, nullable=False),
    Column("id", BigInteger, Identity(always=True), nullable=False),
    Column("sender", Enum(Sender, name="message_sender", values_callable=lambda values: [one.value for one in values]), nullable=False),
    Column("status", Enum(Status, name="message_status", values_callable=lambda values: [one.value for one in values]), nullable=False),
    Column("body", JSONB, nullable=False),  # MESSAGE of the contract without `id` and `from`
    _moment("created_at", now=True),
    Column("vanish", Boolean, nullable=False, server_default=text("false")),  # the last word after an erasure: goes once it is delivered
    Column("attempts", SmallInteger, nullable=False, server_default=text("0")),
    _moment("next_at", nullable=True),  # not before this
    Column("error", Text),  # a sentence for the operator
    Column("platform_id", Text),
    _moment("sent_at", nullable=True),
    PrimaryKeyConstraint("contact_id", "id", name="messages_pkey"),
    Index("messages_pending", "contact_id", "id", postgresql_where=text("status = 'pending'")),
    Index("messages_vanishing", "contact_id", postgresql_where=text("vanish")),
    Index("messages_age", "created_at", postgresql_using="brin"),
)

facts = Table(
    "facts",
    metadata,
    _moment("at", now=True),
    Column("channel", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("guide", Text, nullable=False),
    Column("step", Text, nullable=False),
    Column("detail", Text, nullable=False),
    Column("volunteer", Text, nullable=False),
    Column("data", JSONB, nullable=False),
    Index("facts_at", "at", postgresql_using="brin"),
)

entries = Table(
    "entries",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("contact_id", BigInteger, ForeignKey("contacts.id", ondelete="CASCADE"), nullable=False, index=True),
    _moment("at", now=True),
    Column("channel", Text, nullable=False),
    Column("payload", Text, nullable=False),
    Column("guide", Text, nullable=False),
    Column("step", Text, nullable=False),
    Column("volunteer", Text, nullable=False),
    Column("source", Text, nullable=False),
    Column("place", Text, nullable=False, server_default=""),  # the commune where the link or poster hangs
)

# Who helps in a commune, and the code that marks what they share.
volunteers = Table(
    "volunteers",
    metadata,
    Column("code", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("commune", Text, nullable=False),
    _moment("created_at", now=True),
    _moment("revoked_at", nullable=True),
)

handoffs = Table(
    "handoffs",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("contact_id", BigInteger, ForeignKey("contacts.id", ondelete="CASCADE"), nullable=False),
    Column("reason", Text, nullable=False),
    Column("guide", Text, nullable=False),
    Column("step", Text, nullable=False),
    _moment("asked_at", now=True),
    Column("taken_by", Text),  # the code of the volunteer who helps
    _moment("closed_at", nullable=True),
    _moment("answered_at", nullable=True),  # when somebody first answered from the console
    _moment("acted_at", nullable=True),  # when the one who helps last took or answered
    Index("handoffs_open", "contact_id", unique=True, postgresql_where=text("closed_at IS NULL")),
)

parked = Table(
    "parked",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    _moment("at", now=True),
    Column("channel", Text, nullable=False),
    Column("account", Text, nullable=False),
    Column("digest", LargeBinary, nullable=False),  # the contact's, so that erasure finds it
    Column("event", JSONB, nullable=False),  # masked, and without the ids of event and contact
    Column("error", Text, nullable=False),  # the error's class and place, never its text
)

workers = Table(
    "workers",
    metadata,
    Column("owner", Text, primary_key=True),
    _moment("seen_at", now=True),
    Column("trouble", JSONB, nullable=False, server_default=text("'[]'::jsonb")),  # sentences for the operator: channels that do not send
)

# What was handed to a platform and what it answered, each attempt by itself, without a word, a token or an id of anybody.
sends = Table(
    "sends",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    _moment("at", now=True),
    Column("contact_id", BigInteger, nullable=False),
    Column("message_id", BigInteger, nullable=False),
    Column("channel", Text, nullable=False),
    Column("result", Text, nullable=False),  # sent, or how it failed
    Column("code", Text, nullable=False),  # the platform's own
    Column("sentence", Text, nullable=False),  # for the operator
    Column("calls", JSONB, nullable=False),  # requests and responses, redacted
    Index("sends_contact", "contact_id"),
    Index("sends_failures", "channel", "id", postgresql_where=text("result <> 'sent'")),
    Index("sends_at", "at", postgresql_using="brin"),
)

# Small states that a cluster shares, by name: a platform's renewed tokens. Never anything about a citizen.
kept = Table(
    "kept",
    metadata,
    Column("name", Text, primary_key=True),
    Column("state", Text, nullable=False),
    _moment("saved_at", now=True),
)

# The ids under which platforms have our pictures and recordings, while they have them. Empty: somebody is uploading it, or could not.
uploads = Table(
    "uploads",
    metadata,
    Column("channel", Text, primary_key=True),
    Column("account", Text, primary_key=True),
    Column("file", Text, primary_key=True),  # its address below our own
    Column("id", Text, nullable=False),
    _moment("until"),
)

# What stands behind the short keys of buttons whose payload is too long for the platform: places in guides, nothing about anybody.
short_keys = Table(
    "short_keys",
    metadata,
    Column("key", Text, primary_key=True),
    Column("payload", Text, nullable=False),
    _moment("used_at", now=True),  # when such a button was last sent or tapped, a day more or less
)

# What was not understood, masked, from people who agreed; nobody's name. `tag`: whose it is, known to erasure alone (vault.py).
gaps = Table(
    "gaps",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    _moment("at", now=True),
    Column("tag", LargeBinary, nullable=False, index=True),
    Column("language", Text, nullable=False),
    Column("guide", Text, nullable=False),
    Column("step", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("consent", Text, nullable=False),  # the version of the words that were agreed to, and when
)
