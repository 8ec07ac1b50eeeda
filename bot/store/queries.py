"""The SQL of the hot road, each statement with its purpose. All are set-based: one statement serves a whole batch.

Locks are always taken in the same order (inbox rows by key, sessions by contact, contacts by id, messages), sorted within each
table, so that batches of different processes wait for each other but never in a circle.
"""

from __future__ import annotations

# --- the turn ---------------------------------------------------------------------------------------------------------------

# People who have not written before (or were erased). Runs before the turn's transaction: two first messages of one person that
# reach two processes must find the same row to lock.
ADD_CONTACTS = """
INSERT INTO contacts (channel, account, digest, address)
SELECT k.channel, k.account, k.digest, k.address FROM unnest($1::text[], $2::text[], $3::bytea[], $4::bytea[]) AS k (channel, account, digest, address)
ORDER BY 1, 2, 3
ON CONFLICT DO NOTHING
"""
ADD_SESSIONS = """
INSERT INTO sessions (contact_id)
SELECT c.id FROM unnest($1::text[], $2::text[], $3::bytea[]) AS k (channel, account, digest)
JOIN contacts c USING (channel, account, digest)
ORDER BY 1
ON CONFLICT DO NOTHING
"""
FIND_CONTACTS = """
SELECT c.id, c.channel, c.account, c.digest FROM unnest($1::text[], $2::text[], $3::bytea[]) AS k (channel, account, digest)
JOIN contacts c USING (channel, account, digest)
"""

# Events that are new, by digest; a repeat is not among what comes back. Waits where another process is applying the same event.
NEW_EVENTS = """
INSERT INTO inbox (digest) SELECT * FROM unnest($1::bytea[]) ON CONFLICT DO NOTHING RETURNING digest
"""

# The batch's sessions, locked until its commit. A session that was erased meanwhile is missing.
LOCK_SESSIONS = """
SELECT contact_id, state FROM sessions WHERE contact_id = ANY($1::bigint[]) ORDER BY contact_id FOR UPDATE
"""

# All that a batch of turns brings about, in one JSON document ($1: one parameter is a third of the driver's work that columns are):
# sessions, messages (whose ids come back in order), facts; and word to delivery ($2: the contacts with something to send) and to the
# pages ($3: contacts of the web chat, joined by commas).
# `next_at` is set even where it is set already: the row's lock makes a claim that runs meanwhile wait until our messages show.
WRITE_TURNS = """
WITH states AS (
  UPDATE sessions s SET state = n.state, updated_at = now()
  FROM jsonb_to_recordset($1::jsonb->'sessions') AS n (contact_id bigint, state jsonb) WHERE s.contact_id = n.contact_id
), spoken AS (
  INSERT INTO messages (contact_id, sender, status, body, vanish)
  SELECT n.contact_id, n.sender, n.status, n.body, n.vanish
  FROM ROWS FROM (jsonb_to_recordset($1::jsonb->'messages')
    AS (contact_id bigint, sender message_sender, status message_status, body jsonb, vanish boolean)) WITH ORDINALITY
    AS n (contact_id, sender, status, body, vanish, place)
  ORDER BY n.place
  RETURNING id
), counted AS (
  INSERT INTO facts (channel, kind, guide, step, detail, volunteer, data)
  SELECT n.channel, n.kind, n.guide, n.step, n.detail, n.volunteer, n.data
  FROM jsonb_to_recordset($1::jsonb->'facts') AS n (channel text, kind text, guide text, step text, detail text, volunteer text, data jsonb)
), due AS (
  UPDATE contacts SET next_at = coalesce(next_at, now())
  WHERE id IN (SELECT id FROM contacts WHERE id = ANY($2::bigint[]) ORDER BY id FOR UPDATE)
)
SELECT array_agg(id ORDER BY id),
  (SELECT pg_notify('danloi_outbox', '') WHERE cardinality($2::bigint[]) > 0),
  (SELECT pg_notify('danloi_web', $3) WHERE $3 <> '')
FROM spoken
"""

# How people came: a link, a code, a QR.
ADD_ENTRIES = """
INSERT INTO entries (contact_id, channel, payload, guide, step, volunteer, source, place)
SELECT * FROM unnest($1::bigint[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[])
"""

# Who waits for a person; one open row a contact.
ADD_HANDOFFS = """
INSERT INTO handoffs (contact_id, reason, guide, step)
SELECT * FROM unnest($1::bigint[], $2::text[], $3::text[], $4::text[])
ON CONFLICT DO NOTHING
"""

# Erasure, in the order of the locks: what is deleted, by name. The contact itself goes when its last message has (EMPTY_CONTACTS):
# delivery needs its address.
ERASE = {
    "sessions": "DELETE FROM sessions WHERE contact_id = ANY($1::bigint[])",
    "contacts": "SELECT digest FROM contacts WHERE id = ANY($1::bigint[]) ORDER BY id FOR UPDATE",
    "messages": "DELETE FROM messages WHERE contact_id = ANY($1::bigint[])",
    "sends": "DELETE FROM sends WHERE contact_id = ANY($1::bigint[])",
    "entries": "DELETE FROM entries WHERE contact_id = ANY($1::bigint[])",
    "handoffs": "DELETE FROM handoffs WHERE contact_id = ANY($1::bigint[])",
    "parked": ("DELETE FROM parked p USING contacts c WHERE c.id = ANY($1::bigint[]) AND (p.channel, p.account, p.digest) = (c.channel, c.account, c.digest)"),
}

# What was not understood, from people who agreed; and away with it where they take that back or erase.
ADD_GAPS = """
INSERT INTO gaps (tag, language, guide, step, text, consent)
SELECT * FROM unnest($1::bytea[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[])
"""
DROP_GAPS = "DELETE FROM gaps WHERE tag = ANY($1::bytea[])"
READ_GAPS = "SELECT text, guide, step, language FROM gaps ORDER BY id DESC LIMIT $1"

# An event that could not be applied, kept for a maintainer; its id counts as applied.
PARK = "INSERT INTO parked (channel, account, digest, event, error) VALUES ($1, $2, $3, $4::jsonb, $5)"

# --- what pages read --------------------------------------------------------------------------------------------------------

FIND_CONTACT = "SELECT id FROM contacts WHERE channel = $1 AND account = $2 AND digest = $3"

# A person on every account of a channel.
FIND_PERSON = "SELECT id FROM contacts WHERE channel = $1 AND digest = $2 ORDER BY id"

# The newest messages of a talk after an id.
READ_MESSAGES = """
SELECT id, sender, body, created_at FROM messages WHERE contact_id = $1 AND id > $2 ORDER BY id DESC LIMIT $3
"""

# How many people stand on each step, also in guides that they left for another one.
STANDING = """
SELECT frame->>'guide' AS guide, frame->>'at' AS step, count(DISTINCT s.contact_id) AS people
FROM sessions s, LATERAL (
  SELECT jsonb_path_query(s.state, '$.frames[*]') AS frame UNION ALL SELECT jsonb_path_query(s.state, '$.parked[*][*]')
) AS stands
GROUP BY 1, 2
"""

# --- delivery ---------------------------------------------------------------------------------------------------------------

# Take contacts with something to send: those that are due, and those whose owner's lease ran out. `next_at` becomes null, so that
# at the end it says whether something new came meanwhile. `abandoned`: the last owner never gave it back.
CLAIM = """
WITH due AS (
  SELECT id FROM contacts WHERE channel = $1 AND next_at <= now() AND next_at IS NOT NULL AND owner IS NULL
  ORDER BY next_at LIMIT $2 FOR UPDATE SKIP LOCKED
), abandoned AS (
  SELECT id FROM contacts WHERE channel = $1 AND owner IS NOT NULL AND locked_until < now() LIMIT $2 FOR UPDATE SKIP LOCKED
)
UPDATE contacts c SET owner = $3, locked_until = now() + $4::interval, fence = fence + 1, next_at = NULL
FROM (SELECT id, false AS abandoned FROM due UNION ALL SELECT id, true FROM abandoned) AS free WHERE c.id = free.id
RETURNING c.id, c.digest, c.address, c.fence, free.abandoned
"""

# What waits for the claimed contacts. A statement of its own after the claim: only then does it see all that was written before.
READ_PENDING = """
SELECT contact_id, id, body, attempts, created_at, next_at FROM messages
WHERE contact_id = ANY($1::bigint[]) AND status = 'pending' ORDER BY contact_id, id
"""

# Write down what became of sends, where the lease still holds ($3 fence). `release` gives the contact back; then `again_at` says when
# its next message is due (null: nothing waits, unless the turn has set `next_at` meanwhile). Comes back: contacts that are still ours.
# Each attempt (`result`) goes into the log of deliveries; nothing stays there of a talk that was erased.
COMPLETE = """
WITH report AS (
  SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::text[], $5::text[], $6::text[], $7::smallint[], $8::timestamptz[],
    $9::boolean[], $10::boolean[], $12::text[], $13::text[], $14::text[])
    AS r (contact_id, id, fence, status, platform_id, error, attempts, again_at, release, all_pending, result, code, calls)
), mine AS (
  SELECT c.id, r.release, r.again_at FROM contacts c JOIN report r ON r.contact_id = c.id AND r.fence = c.fence
  WHERE c.id = ANY($1::bigint[]) ORDER BY c.id FOR UPDATE OF c
), held AS (
  UPDATE contacts c SET
    owner = CASE WHEN mine.release THEN NULL ELSE c.owner END,
    locked_until = CASE WHEN mine.release THEN NULL ELSE now() + $11::interval END,
    next_at = CASE WHEN mine.release AND mine.again_at IS NOT NULL THEN mine.again_at ELSE c.next_at END
  FROM mine WHERE c.id = mine.id RETURNING c.id
), told AS (
  UPDATE messages m SET
    status = r.status::message_status,
    platform_id = r.platform_id,
    error = r.error,
    attempts = r.attempts,
    next_at = CASE WHEN r.status = 'pending' THEN r.again_at END,
    sent_at = CASE WHEN r.status = 'sent' THEN now() END
  FROM report r JOIN mine ON mine.id = r.contact_id
  WHERE m.contact_id = r.contact_id AND m.status = 'pending' AND (m.id = r.id OR (r.all_pending AND m.id > r.id))
    AND NOT (m.vanish AND r.status <> 'pending')
), logged AS (
  INSERT INTO sends (contact_id, message_id, channel, result, code, sentence, calls)
  SELECT r.contact_id, r.id, c.channel, r.result, r.code, coalesce(r.error, ''), r.calls::jsonb
  FROM report r JOIN mine ON mine.id = r.contact_id JOIN contacts c ON c.id = r.contact_id
  JOIN messages m ON m.contact_id = r.contact_id AND m.id = r.id AND NOT m.vanish WHERE r.result <> ''
), vanished AS (
  DELETE FROM messages m USING report r, mine
  WHERE mine.id = r.contact_id AND m.contact_id = r.contact_id AND m.status = 'pending' AND m.vanish AND r.status <> 'pending'
    AND (m.id = r.id OR (r.all_pending AND m.id > r.id))
)
SELECT id FROM held
"""

# When the person last said something: a platform's window is open for so long after it.
LAST_WORD = "SELECT max(created_at) FROM messages WHERE contact_id = $1 AND sender = 'me'"

# A worker of this machine is dead (its lock file is free): what it had in hand can be claimed at once.
FREE_DEAD = "UPDATE contacts SET locked_until = '-infinity' WHERE owner = $1"

# --- how things stand -------------------------------------------------------------------------------------------------------

HEARTBEAT = """
INSERT INTO workers (owner, trouble) VALUES ($1, $2::jsonb) ON CONFLICT (owner) DO UPDATE SET seen_at = now(), trouble = excluded.trouble
"""
LAST_HEARTBEATS = "SELECT extract(epoch FROM now() - seen_at)::float AS seconds, trouble FROM workers ORDER BY seen_at DESC"
END_WORKER = "DELETE FROM workers WHERE owner = $1"
OUTBOX = """
SELECT c.channel, count(*) AS depth, extract(epoch FROM now() - min(m.created_at))::float AS oldest
FROM messages m JOIN contacts c ON c.id = m.contact_id WHERE m.status = 'pending' GROUP BY 1
"""

# What was handed to the platforms, newest first; `$3`: failures only.
LAST_SENDS = """
SELECT at, channel, message_id, result, code, sentence, calls FROM sends
WHERE ($1 = '' OR channel = $1) AND (NOT $3 OR result <> 'sent') ORDER BY id DESC LIMIT $2
"""

# --- retention --------------------------------------------------------------------------------------------------------------

OLD_SESSIONS = "DELETE FROM sessions WHERE updated_at < now() - $1::interval"
OLD_MESSAGES = "DELETE FROM messages WHERE created_at < now() - $1::interval AND status <> 'pending'"
# Without the person's consent a talk is kept only while it lasts.
UNASKED_MESSAGES = """
DELETE FROM messages m WHERE created_at < now() - $1::interval AND status <> 'pending'
AND NOT EXISTS (SELECT FROM sessions s WHERE s.contact_id = m.contact_id AND s.state #>> '{consents,talk,given}' = 'true')
"""
OLD_GAPS = "DELETE FROM gaps WHERE at < now() - $1::interval"
STUCK_MESSAGES = (
    "UPDATE messages SET status = 'dropped', error = 'not delivered before it was to be deleted' WHERE status = 'pending' AND created_at < now() - $1::interval"
)
OLD_SENDS = "DELETE FROM sends WHERE at < now() - $1::interval"
OLD_EVENTS = "DELETE FROM inbox WHERE applied_at < now() - $1::interval"
OLD_PARKED = "DELETE FROM parked WHERE at < now() - $1::interval"
OLD_ENTRIES = "DELETE FROM entries WHERE at < now() - $1::interval"
OLD_HANDOFFS = "DELETE FROM handoffs WHERE greatest(asked_at, acted_at, closed_at) < now() - $1::interval"
OLD_UPLOADS = "DELETE FROM uploads WHERE until < now()"
OLD_SHORT_KEYS = "DELETE FROM short_keys WHERE used_at < now() - $1::interval"
OLD_WORKERS = "DELETE FROM workers WHERE seen_at < now() - interval '1 day'"

# Words after an erasure that a page has had time to fetch (an app's go when they are delivered).
VANISHED = "DELETE FROM messages WHERE vanish AND status <> 'pending' AND created_at < now() - interval '10 minutes'"

# Contacts of whom nothing is kept any more: look, lock, and look again, since one of them may just be coming back.
EMPTY_CONTACTS = """
SELECT id FROM contacts c WHERE owner IS NULL AND created_at < now() - interval '10 minutes'
AND NOT EXISTS (SELECT FROM sessions s WHERE s.contact_id = c.id) AND NOT EXISTS (SELECT FROM messages m WHERE m.contact_id = c.id)
LIMIT 10000 FOR UPDATE SKIP LOCKED
"""
CLEAR_CONTACTS = """
DELETE FROM contacts c WHERE id = ANY($1::bigint[])
AND NOT EXISTS (SELECT FROM sessions s WHERE s.contact_id = c.id) AND NOT EXISTS (SELECT FROM messages m WHERE m.contact_id = c.id)
"""

# --- what a cluster shares ------------------------------------------------------------------------------------------------------

NOTE_KEPT = "INSERT INTO kept (name, state) VALUES ($1, $2) ON CONFLICT DO NOTHING"
READ_KEPT = "SELECT state FROM kept WHERE name = $1"
SAVE_KEPT = "INSERT INTO kept (name, state) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET state = excluded.state, saved_at = now()"

# Under which id a platform has a file, and for how long yet.
KNOWN_UPLOAD = "SELECT id, until - now() AS life FROM uploads WHERE channel = $1 AND account = $2 AND file = $3 AND until > now()"

# One row for the one who uploads a file; nothing for others until that one's time is over.
CLAIM_UPLOAD = """
INSERT INTO uploads AS u (channel, account, file, id, until) VALUES ($1, $2, $3, '', now() + $4::interval)
ON CONFLICT (channel, account, file) DO UPDATE SET id = '', until = excluded.until WHERE u.until <= now() RETURNING true
"""
KEEP_UPLOAD = """
INSERT INTO uploads (channel, account, file, id, until) VALUES ($1, $2, $3, $4, now() + $5::interval)
ON CONFLICT (channel, account, file) DO UPDATE SET id = excluded.id, until = excluded.until
"""
FORGET_UPLOAD = "DELETE FROM uploads WHERE channel = $1 AND account = $2 AND file = $3 AND id = $4"

# What short keys stand for ($1 keys, $2 payloads). Sending and tapping tell that a button is in use.
KEEP_SHORT_KEYS = """
INSERT INTO short_keys AS s (key, payload) SELECT * FROM unnest($1::text[], $2::text[])
ON CONFLICT (key) DO UPDATE SET used_at = now() WHERE s.used_at < now() - interval '1 hour'
"""
USE_SHORT_KEYS = """
WITH tapped AS (SELECT key FROM short_keys WHERE key = ANY($1::text[]) ORDER BY key FOR UPDATE)
UPDATE short_keys s SET used_at = now() FROM tapped WHERE s.key = tapped.key RETURNING s.key, s.payload
"""

# Which echoes ($2, one for each contact of $1) are of messages that we sent: known by their id; or told while we are sending to that
# contact, or just have (an echo can come before the platform's answer, and only the first id of several messages is kept).
OUR_ECHOES = """
SELECT e.platform_id FROM unnest($1::bigint[], $2::text[]) AS e (contact_id, platform_id)
WHERE EXISTS (SELECT FROM contacts c WHERE c.id = e.contact_id AND c.owner IS NOT NULL) OR EXISTS (
  SELECT FROM messages m WHERE m.contact_id = e.contact_id AND (m.platform_id = e.platform_id OR m.sent_at > now() - interval '10 seconds')
)
"""

# Word to the other processes that somebody has read new guides, translations or training data.
TELL_CONTENT = "SELECT pg_notify('danloi_content', '')"

# One process of the cluster at a time; PostgreSQL frees it when that process's connection ends, however it ends.
LOCK_KEPT = "SELECT pg_advisory_lock(hashtextextended('danloi kept ' || $1, 0))"
UNLOCK_KEPT = "SELECT pg_advisory_unlock(hashtextextended('danloi kept ' || $1, 0))"
