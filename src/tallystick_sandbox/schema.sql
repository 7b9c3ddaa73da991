CREATE TABLE IF NOT EXISTS clock (one INTEGER PRIMARY KEY CHECK (one = 1), offset_ms INTEGER NOT NULL);
INSERT OR IGNORE INTO clock VALUES (1, 0);

CREATE TABLE IF NOT EXISTS versions (one INTEGER PRIMARY KEY CHECK (one = 1), value INTEGER NOT NULL);
INSERT OR IGNORE INTO versions VALUES (1, 0);

CREATE TABLE IF NOT EXISTS merchants (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    secret_key TEXT NOT NULL UNIQUE,
    publishable_key TEXT NOT NULL UNIQUE,
    webhook_url TEXT,
    origin TEXT,
    created INTEGER NOT NULL
);

CREATE TABLE IF NOT EXISTS webhook_secrets (
    secret TEXT PRIMARY KEY,
    merchant TEXT NOT NULL REFERENCES merchants,
    created INTEGER NOT NULL,
    expires INTEGER
);
CREATE UNIQUE INDEX IF NOT EXISTS one_lasting_secret ON webhook_secrets (merchant) WHERE expires IS NULL;

CREATE TABLE IF NOT EXISTS tokens (
    id TEXT PRIMARY KEY,
    merchant TEXT NOT NULL REFERENCES merchants,
    customer_reference TEXT,
    brand TEXT NOT NULL,
    last4 TEXT NOT NULL,
    exp_month INTEGER NOT NULL,
    exp_year INTEGER NOT NULL,
    behaviour TEXT NOT NULL,
    revoked INTEGER NOT NULL DEFAULT 0,
    created INTEGER NOT NULL
);

CREATE TABLE IF NOT EXISTS payments (
    id TEXT PRIMARY KEY,
    merchant TEXT NOT NULL REFERENCES merchants,
    reference TEXT NOT NULL,
    body_hash TEXT NOT NULL,
    status TEXT NOT NULL CHECK (status IN ('requires_action', 'processing', 'succeeded', 'failed', 'cancelled')),
    amount INTEGER NOT NULL CHECK (amount > 0),
    currency TEXT NOT NULL,
    description TEXT,
    customer_reference TEXT,
    return_url TEXT,
    off_session INTEGER NOT NULL,
    save_card INTEGER NOT NULL,
    metadata TEXT NOT NULL,
    failure_code TEXT,
    failure_message TEXT,
    fee INTEGER,
    brand TEXT,
    last4 TEXT,
    exp_month INTEGER,
    exp_year INTEGER,
    behaviour TEXT,
    challenge INTEGER NOT NULL DEFAULT 0,
    token TEXT REFERENCES tokens,
    amount_refunded INTEGER NOT NULL DEFAULT 0 CHECK (amount_refunded BETWEEN 0 AND amount),
    disputed INTEGER NOT NULL DEFAULT 0,
    checkout TEXT NOT NULL UNIQUE,
    base_url TEXT NOT NULL,
    created INTEGER NOT NULL,
    updated INTEGER NOT NULL,
    version INTEGER NOT NULL UNIQUE,
    UNIQUE (merchant, reference),
    CHECK ((status = 'succeeded') = (fee IS NOT NULL)),
    CHECK ((status = 'failed') = (failure_code IS NOT NULL))
);
CREATE INDEX IF NOT EXISTS payments_by_change ON payments (merchant, version);

CREATE TABLE IF NOT EXISTS setups (
    id TEXT PRIMARY KEY,
    merchant TEXT NOT NULL REFERENCES merchants,
    reference TEXT NOT NULL,
    body_hash TEXT NOT NULL,
    status TEXT NOT NULL CHECK (status IN ('requires_action', 'succeeded', 'failed', 'cancelled')),
    description TEXT,
    customer_reference TEXT,
    return_url TEXT,
    metadata TEXT NOT NULL,
    failure_code TEXT,
    failure_message TEXT,
    brand TEXT,
    last4 TEXT,
    exp_month INTEGER,
    exp_year INTEGER,
    behaviour TEXT,
    challenge INTEGER NOT NULL DEFAULT 0,
    token TEXT REFERENCES tokens,
    checkout TEXT NOT NULL UNIQUE,
    base_url TEXT NOT NULL,
    created INTEGER NOT NULL,
    updated INTEGER NOT NULL,
    version INTEGER NOT NULL UNIQUE,
    UNIQUE (merchant, reference),
    CHECK ((status = 'succeeded') = (token IS NOT NULL))
);
CREATE INDEX IF NOT EXISTS setups_by_change ON setups (merchant, version);

CREATE TABLE IF NOT EXISTS refunds (
    id TEXT PRIMARY KEY,
    merchant TEXT NOT NULL REFERENCES merchants,
    payment TEXT NOT NULL REFERENCES payments,
    reference TEXT NOT NULL,
    body_hash TEXT NOT NULL,
    status TEXT NOT NULL CHECK (status IN ('pending', 'succeeded', 'failed')),
    amount INTEGER NOT NULL CHECK (amount > 0),
    currency TEXT NOT NULL,
    reason TEXT,
    failure_code TEXT,
    failure_message TEXT,
    created INTEGER NOT NULL,
    updated INTEGER NOT NULL,
    version INTEGER NOT NULL UNIQUE,
    UNIQUE (merchant, reference)
);
CREATE INDEX IF NOT EXISTS refunds_by_change ON refunds (merchant, version);

CREATE TABLE IF NOT EXISTS disputes (
    id TEXT PRIMARY KEY,
    merchant TEXT NOT NULL REFERENCES merchants,
    payment TEXT NOT NULL UNIQUE REFERENCES payments,
    status TEXT NOT NULL CHECK (status IN ('open', 'won', 'lost')),
    amount INTEGER NOT NULL CHECK (amount > 0),
    currency TEXT NOT NULL,
    reason TEXT NOT NULL,
    created INTEGER NOT NULL,
    updated INTEGER NOT NULL,
    version INTEGER NOT NULL UNIQUE,
    funds_withdrawn INTEGER NOT NULL DEFAULT 1,
    fee INTEGER NOT NULL DEFAULT 0,
    fee_returned INTEGER NOT NULL DEFAULT 0,
    evidence_due INTEGER
);
CREATE INDEX IF NOT EXISTS disputes_by_change ON disputes (merchant, version);

CREATE TABLE IF NOT EXISTS balance_entries (
    id INTEGER PRIMARY KEY,
    merchant TEXT NOT NULL REFERENCES merchants,
    currency TEXT NOT NULL,
    amount INTEGER NOT NULL,
    kind TEXT NOT NULL,
    source TEXT NOT NULL,
    available_at INTEGER NOT NULL
);
CREATE INDEX IF NOT EXISTS balance_by_merchant ON balance_entries (merchant, currency);

CREATE TABLE IF NOT EXISTS events (
    seq INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    merchant TEXT NOT NULL REFERENCES merchants,
    type TEXT NOT NULL,
    body TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS events_by_merchant ON events (merchant, seq);

-- A delivery that waits for something other than time is held; held_for names what releases it.
CREATE TABLE IF NOT EXISTS deliveries (
    id INTEGER PRIMARY KEY,
    event TEXT NOT NULL REFERENCES events (id),
    merchant TEXT NOT NULL REFERENCES merchants,
    state TEXT NOT NULL CHECK (state IN ('pending', 'held', 'delivered', 'given_up')),
    held_for TEXT,
    due INTEGER NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0,
    last_answer TEXT,
    CHECK ((state = 'held') = (held_for IS NOT NULL))
);
CREATE INDEX IF NOT EXISTS deliveries_due ON deliveries (due, id) WHERE state = 'pending';
CREATE INDEX IF NOT EXISTS deliveries_held ON deliveries (held_for) WHERE state = 'held';
CREATE INDEX IF NOT EXISTS deliveries_of_event ON deliveries (event);

CREATE TABLE IF NOT EXISTS timers (
    id INTEGER PRIMARY KEY,
    due INTEGER NOT NULL,
    action TEXT NOT NULL,
    subject TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS timers_due ON timers (due, id);

CREATE TABLE IF NOT EXISTS idempotency (
    merchant TEXT NOT NULL REFERENCES merchants,
    key TEXT NOT NULL,
    request_hash TEXT NOT NULL,
    status INTEGER,
    answer TEXT,
    PRIMARY KEY (merchant, key)
);

CREATE TABLE IF NOT EXISTS faults (
    id INTEGER PRIMARY KEY,
    merchant TEXT NOT NULL REFERENCES merchants,
    kind TEXT NOT NULL,
    remaining INTEGER,
    method TEXT,
    seconds REAL
);

CREATE TABLE IF NOT EXISTS leases (name TEXT PRIMARY KEY, holder TEXT NOT NULL, expires INTEGER NOT NULL);
