-- Customers and what belongs to them. One text for SQLite and PostgreSQL.
--
-- Times are microseconds since 1970 in UTC, amounts are minor units of a currency, enums are the
-- numbers of the protos. `version` counts the writes of a row, from 1: every write is conditional on
-- it, and it is what an etag stands for. A deleted row keeps everything and has `deleted_at_us`; the
-- indexes leave it out.
--
-- The columns `owner_id`, `department_id` and the table `customer_teams` are the only truth about whose
-- record it is. They are sent to authz-service with each question, and copied nowhere.

-- Who we sell to.
CREATE TABLE customers (
    id TEXT PRIMARY KEY,                  -- never changes
    display_name TEXT NOT NULL,
    display_name_folded TEXT NOT NULL,    -- display_name in lower case, for searching
    kind BIGINT NOT NULL,
    status BIGINT NOT NULL,
    level TEXT NOT NULL,                  -- 'A', 'B', 'C', 'VIP' or ''
    industry TEXT NOT NULL,
    region TEXT NOT NULL,
    source TEXT NOT NULL,
    employees BIGINT NOT NULL,            -- 0: unknown
    website TEXT NOT NULL,
    credit_code TEXT NOT NULL,
    phone TEXT NOT NULL,                  -- personal
    address TEXT NOT NULL,                -- personal
    currency TEXT NOT NULL,               -- ISO 4217, of every amount of this customer
    credit_limit_minor BIGINT,            -- financial; NULL: none was set
    lifetime_value_minor BIGINT NOT NULL DEFAULT 0 -- financial; sum of purchases that are neither cancelled nor
                                          -- deleted, kept by the transactions that write purchases
        CHECK (lifetime_value_minor BETWEEN 0 AND 9223372036854775807),
    owner_id TEXT,                        -- a user's id; NULL: in the public pool
    department_id TEXT,                   -- NULL: in the public pool, or owned by somebody without one
    last_activity_at_us BIGINT,           -- latest interaction; NULL: none
    name_key TEXT NOT NULL DEFAULT '',    -- display_name as duplicates are compared, kept by what writes it
    merged_into_id TEXT REFERENCES customers (id), -- the one that it went into; NULL: none
    owned_since_us BIGINT,                -- when the owner got it; NULL: at its creation, or in the pool
    version BIGINT NOT NULL,              -- not counted: lifetime_value_minor, last_activity_at_us
    created_at_us BIGINT NOT NULL,        -- never changes
    created_by TEXT NOT NULL,             -- 'user:…' or 'service:…'; never changes
    updated_at_us BIGINT NOT NULL,
    updated_by TEXT NOT NULL,
    deleted_at_us BIGINT                  -- NULL: it is not deleted
);
-- The newest-first walk for those who see much: it decides on the index alone whose record it is.
CREATE INDEX customers_newest
    ON customers (created_at_us, id, owner_id, department_id)
    WHERE deleted_at_us IS NULL;
-- The branches for those who see little.
CREATE INDEX customers_by_owner
    ON customers (owner_id, created_at_us, id)
    WHERE deleted_at_us IS NULL;
CREATE INDEX customers_by_department
    ON customers (department_id, created_at_us, id)
    WHERE deleted_at_us IS NULL;
CREATE INDEX customers_by_name
    ON customers (display_name_folded, id)
    WHERE deleted_at_us IS NULL;

-- For finding duplicates.
CREATE INDEX customers_by_name_key
    ON customers (name_key)
    WHERE deleted_at_us IS NULL;
CREATE INDEX customers_by_credit_code
    ON customers (credit_code)
    WHERE deleted_at_us IS NULL;
CREATE INDEX customers_by_phone
    ON customers (phone)
    WHERE deleted_at_us IS NULL;
CREATE INDEX customers_pooled
    ON customers (created_at_us, id)
    WHERE owner_id IS NULL AND deleted_at_us IS NULL;

-- Who looked for duplicates in the whole company, and for what: searches are limited, and can be looked at.
CREATE TABLE duplicate_searches (
    id TEXT PRIMARY KEY,
    caller TEXT NOT NULL,                 -- 'user:…' or 'service:…'
    at_us BIGINT NOT NULL,
    looked_for TEXT NOT NULL,             -- the request as JSON
    found BIGINT NOT NULL                 -- how many, seen or not; at most 21
);
CREATE INDEX duplicate_searches_by_caller
    ON duplicate_searches (caller, at_us);

-- Who took customers out of the public pool, and whose they were when they came into it.
CREATE TABLE pool_moves (
    customer_id TEXT NOT NULL REFERENCES customers (id),
    user_id TEXT NOT NULL,
    is_claim BOOLEAN NOT NULL,            -- false: it was theirs, and went into the pool
    at_us BIGINT NOT NULL,
    PRIMARY KEY (customer_id, at_us, user_id)
);
CREATE INDEX pool_moves_by_user
    ON pool_moves (user_id, is_claim, at_us);
-- A row to lock for each who claims, so that two claims at once are counted one after the other.
CREATE TABLE pool_claimers (
    user_id TEXT PRIMARY KEY,
    claims BIGINT NOT NULL                -- ever
);

-- The teams that work on a customer.
CREATE TABLE customer_teams (
    customer_id TEXT NOT NULL REFERENCES customers (id),
    team_id TEXT NOT NULL,
    position BIGINT NOT NULL,             -- order as given, from 0
    PRIMARY KEY (customer_id, team_id)
);
CREATE INDEX customer_teams_by_team
    ON customer_teams (team_id, customer_id);

-- The people at a customer.
CREATE TABLE contacts (
    id TEXT PRIMARY KEY,                  -- never changes
    customer_id TEXT NOT NULL REFERENCES customers (id), -- never changes
    display_name TEXT NOT NULL,
    display_name_folded TEXT NOT NULL,    -- display_name in lower case, for searching
    title TEXT NOT NULL,
    role TEXT NOT NULL,                   -- 'decision_maker', 'influencer', 'user' or ''
    email TEXT NOT NULL,                  -- personal
    mobile TEXT NOT NULL,                 -- personal
    wechat TEXT NOT NULL,                 -- personal
    birthday TEXT NOT NULL,               -- personal; 'YYYY-MM-DD' or ''
    do_not_call BOOLEAN NOT NULL,
    status BIGINT NOT NULL,
    version BIGINT NOT NULL,
    created_at_us BIGINT NOT NULL,        -- never changes
    created_by TEXT NOT NULL,             -- never changes
    updated_at_us BIGINT NOT NULL,
    updated_by TEXT NOT NULL,
    deleted_at_us BIGINT                  -- NULL: it is not deleted
);
CREATE INDEX contacts_newest
    ON contacts (created_at_us, id, customer_id)
    WHERE deleted_at_us IS NULL;
CREATE INDEX contacts_by_customer
    ON contacts (customer_id, created_at_us, id)
    WHERE deleted_at_us IS NULL;

-- What was said to a customer. Rows are only added; `amended_by` is set once.
CREATE TABLE interactions (
    id TEXT PRIMARY KEY,
    customer_id TEXT NOT NULL REFERENCES customers (id),
    contact_id TEXT REFERENCES contacts (id), -- of the same customer; NULL: nobody in particular
    channel BIGINT NOT NULL,
    direction BIGINT NOT NULL,
    at_us BIGINT NOT NULL,                -- when it took place
    duration_seconds BIGINT NOT NULL,
    summary TEXT NOT NULL,                -- personal
    next_step TEXT NOT NULL,              -- personal
    amends_id TEXT REFERENCES interactions (id), -- the one that this corrects; NULL: none
    amended_by TEXT NOT NULL DEFAULT '',  -- the one that corrects this; '': none
    version BIGINT NOT NULL,              -- 1, or 2 once amended
    created_at_us BIGINT NOT NULL,
    created_by TEXT NOT NULL,
    updated_at_us BIGINT NOT NULL,
    updated_by TEXT NOT NULL,
    deleted_at_us BIGINT                  -- always NULL: nothing deletes it
);
CREATE INDEX interactions_newest
    ON interactions (created_at_us, id, customer_id);
CREATE INDEX interactions_by_customer
    ON interactions (customer_id, created_at_us, id);

-- What a customer bought.
CREATE TABLE purchases (
    id TEXT PRIMARY KEY,                  -- never changes
    customer_id TEXT NOT NULL REFERENCES customers (id), -- never changes
    lines TEXT NOT NULL,                  -- the message's field as JSON; prices are financial
    amount_minor BIGINT NOT NULL,         -- financial; sum of the lines
    currency TEXT NOT NULL,               -- the customer's
    status BIGINT NOT NULL,
    purchased_at_us BIGINT NOT NULL,
    paid_at_us BIGINT,                    -- financial; NULL: it is not paid
    external_reference TEXT NOT NULL,
    version BIGINT NOT NULL,
    created_at_us BIGINT NOT NULL,        -- never changes
    created_by TEXT NOT NULL,             -- never changes
    updated_at_us BIGINT NOT NULL,
    updated_by TEXT NOT NULL,
    deleted_at_us BIGINT                  -- NULL: it is not deleted
);
CREATE INDEX purchases_newest
    ON purchases (created_at_us, id, customer_id)
    WHERE deleted_at_us IS NULL;
CREATE INDEX purchases_by_customer
    ON purchases (customer_id, created_at_us, id)
    WHERE deleted_at_us IS NULL;

-- What happened to each record. Rows are only added, in the transaction of the change.
CREATE TABLE history (
    record_type TEXT NOT NULL,            -- 'customer', 'contact', 'purchase', 'settings'
    record_id TEXT NOT NULL,
    version BIGINT NOT NULL,              -- the record's, after the change
    action BIGINT NOT NULL,
    at_us BIGINT NOT NULL,
    actor TEXT NOT NULL,                  -- 'user:…' or 'service:…'
    changed_fields TEXT NOT NULL,         -- names, joined by ','
    after TEXT NOT NULL,                  -- the whole message as JSON; hidden fields are left out when it is
                                          -- read, by who reads it
    reason TEXT NOT NULL,                 -- why, where the caller said so; else ''
    PRIMARY KEY (record_type, record_id, version)
);

-- Calls with a request id, so that a retry has one effect and one answer. Kept for 7 days.
CREATE TABLE requests (
    caller TEXT NOT NULL,
    method TEXT NOT NULL,
    request_id TEXT NOT NULL,
    content_hash TEXT NOT NULL,           -- SHA-256 of the request message, hex
    answer TEXT NOT NULL,                 -- the record's message as JSON; '' until the call is done
    created_at_us BIGINT NOT NULL,
    PRIMARY KEY (caller, method, request_id)
);
CREATE INDEX requests_by_age
    ON requests (created_at_us);
