-- One text for SQLite and PostgreSQL. Times are microseconds since the Unix epoch, UTC. Text columns
-- are never NULL where an empty text says the same.

-- What this database is, and how far it has come. One row.
CREATE TABLE store_info (
    id             BIGINT PRIMARY KEY CHECK (id = 1),
    -- Random, 16 hexadecimal digits; part of every revision token. Never changes.
    database_id    TEXT   NOT NULL,
    -- The revision of the last write. Grows by at least one a write; the row is locked in each.
    head_revision  BIGINT NOT NULL,
    -- When the first start completed; set once. NULL: it has not.
    initialized_at_us BIGINT
);

-- Every schema text that was ever in force. Rows never change.
CREATE TABLE schemas (
    -- Counts from 1; the highest is in force.
    version     BIGINT PRIMARY KEY,
    -- As written by the application, without the service's own definitions.
    text        TEXT   NOT NULL,
    -- From which revision it is in force.
    revision    BIGINT NOT NULL,
    -- `user:…` or `service:…`.
    written_by  TEXT   NOT NULL,
    reason      TEXT   NOT NULL,
    written_at_us BIGINT NOT NULL
);

-- The relationships in force, expired ones included until they are revoked or written again.
CREATE TABLE relationships (
    resource_type     TEXT   NOT NULL,
    resource_id       TEXT   NOT NULL,
    relation          TEXT   NOT NULL,
    subject_type      TEXT   NOT NULL,
    -- `*` stands for every subject of the type.
    subject_id        TEXT   NOT NULL,
    -- Empty: the subject itself, and not a set.
    subject_relation  TEXT   NOT NULL,
    -- Empty: unconditional. Changes when it is written again, as all that follows.
    condition_name    TEXT   NOT NULL,
    -- The values fixed with the relationship, a JSON object. Empty: none.
    condition_context TEXT   NOT NULL,
    -- At and after it the relationship does not exist. NULL: for ever.
    expires_at_us     BIGINT,
    -- `user:…` or `service:…`.
    granted_by        TEXT   NOT NULL,
    granted_at_us     BIGINT NOT NULL,
    reason            TEXT   NOT NULL,
    -- The revision that wrote it.
    revision          BIGINT NOT NULL,
    PRIMARY KEY (resource_type, resource_id, relation, subject_type, subject_id, subject_relation)
);

CREATE INDEX relationships_by_subject
    ON relationships (subject_type, subject_id, subject_relation, resource_type, relation);

-- The change log: what each revision did to the relationships, in order. Rows never change.
CREATE TABLE changes (
    revision          BIGINT NOT NULL,
    -- The order within the revision, from 0.
    seq               BIGINT NOT NULL,
    -- `write` or `delete`.
    kind              TEXT   NOT NULL,
    resource_type     TEXT   NOT NULL,
    resource_id       TEXT   NOT NULL,
    relation          TEXT   NOT NULL,
    subject_type      TEXT   NOT NULL,
    subject_id        TEXT   NOT NULL,
    subject_relation  TEXT   NOT NULL,
    condition_name    TEXT   NOT NULL,
    condition_context TEXT   NOT NULL,
    expires_at_us     BIGINT,
    PRIMARY KEY (revision, seq)
);

-- Who did what, when and why, written in the transaction of what was done. Rows never change.
CREATE TABLE audit_log (
    revision    BIGINT NOT NULL,
    -- The order within the revision, from 0.
    seq         BIGINT NOT NULL,
    at_us       BIGINT NOT NULL,
    -- On whose behalf: `user:…` or `service:…`. Empty: nobody was recognised.
    actor       TEXT   NOT NULL,
    -- The service that passed the call on: `service:…`. Empty: none.
    via_service TEXT   NOT NULL,
    -- A stable name, for example `grant`, `user.disable`, `sign_in.failed`.
    action      TEXT   NOT NULL,
    -- What it was done to: a relationship's identity, `user:…`, `schema`.
    target      TEXT   NOT NULL,
    -- JSON objects, without secrets. Empty: there was or is nothing.
    before      TEXT   NOT NULL,
    after       TEXT   NOT NULL,
    reason      TEXT   NOT NULL,
    -- The caller's request id. Empty: none was given.
    request_id  TEXT   NOT NULL,
    PRIMARY KEY (revision, seq)
);

CREATE INDEX audit_log_by_target ON audit_log (target, revision);

-- Answers to writes that carried a request id, so that a retry has one effect. Deleted after 7 days.
CREATE TABLE requests (
    -- `user:…` or `service:…`.
    caller      TEXT   NOT NULL,
    request_id  TEXT   NOT NULL,
    -- SHA-256 of method and content, hexadecimal.
    body_hash   TEXT   NOT NULL,
    -- The revision that the answer names.
    revision    BIGINT NOT NULL,
    at_us       BIGINT NOT NULL,
    PRIMARY KEY (caller, request_id)
);

CREATE INDEX requests_by_time ON requests (at_us);

-- People. A department's members are `department#member` relationships and not held here again.
CREATE TABLE users (
    -- The id in references. Never changes.
    id                 TEXT PRIMARY KEY,
    display_name       TEXT   NOT NULL,
    email              TEXT   NOT NULL,
    -- Lower case: what makes it unique.
    email_key          TEXT   NOT NULL UNIQUE,
    -- NULL: not disabled.
    disabled_at_us     BIGINT,
    created_at_us      BIGINT NOT NULL,
    -- NULL: never.
    last_sign_in_at_us BIGINT
);

-- Departments' names. The tree is `department#parent` relationships and not held here again.
CREATE TABLE departments (
    id            TEXT PRIMARY KEY,
    display_name  TEXT   NOT NULL,
    created_at_us BIGINT NOT NULL
);

-- Passwords. No row: none was set yet, or it was reset.
CREATE TABLE credentials (
    user_id       TEXT PRIMARY KEY REFERENCES users (id),
    -- Argon2id, in PHC form.
    password_hash TEXT   NOT NULL,
    set_at_us     BIGINT NOT NULL
);

-- One-time tokens that set a password. Deleted when used or replaced.
CREATE TABLE activation_tokens (
    -- SHA-256 of the token, hexadecimal.
    token_hash    TEXT PRIMARY KEY,
    user_id       TEXT   NOT NULL REFERENCES users (id),
    expires_at_us BIGINT NOT NULL
);

CREATE INDEX activation_tokens_by_user ON activation_tokens (user_id);

-- Sign-ins. Ended ones are deleted when their last access token has ended, too.
CREATE TABLE sessions (
    id              TEXT PRIMARY KEY,
    user_id         TEXT   NOT NULL REFERENCES users (id),
    -- SHA-256 of the refresh token in force, hexadecimal. Changes with each refresh.
    refresh_hash    TEXT   NOT NULL UNIQUE,
    started_at_us   BIGINT NOT NULL,
    -- Fixed at the sign-in: a refresh does not extend it.
    expires_at_us   BIGINT NOT NULL,
    -- NULL: not ended by anybody.
    ended_at_us     BIGINT
);

CREATE INDEX sessions_by_user ON sessions (user_id);

-- Refresh tokens that were traded in: seeing one again means that it was stolen.
CREATE TABLE spent_refresh_tokens (
    -- SHA-256 of the token, hexadecimal.
    token_hash    TEXT PRIMARY KEY,
    session_id    TEXT   NOT NULL REFERENCES sessions (id),
    spent_at_us   BIGINT NOT NULL
);

CREATE INDEX spent_refresh_tokens_by_session ON spent_refresh_tokens (session_id);

-- Keys that sign access tokens. The file's permissions protect the seeds.
CREATE TABLE signing_keys (
    -- The `kid` in a token's header.
    id            TEXT PRIMARY KEY,
    -- Ed25519 seed, base64url.
    seed          TEXT   NOT NULL,
    created_at_us BIGINT NOT NULL
);

-- Programs that call.
CREATE TABLE service_accounts (
    -- The id in references, and the common name of its client certificate. Never changes.
    id              TEXT PRIMARY KEY,
    -- What it may assert: a JSON array of [type, relation]; `*` stands for any.
    assertable      TEXT   NOT NULL,
    -- SHA-256 of its bearer token, hexadecimal. NULL: known by certificate only.
    token_hash      TEXT UNIQUE,
    -- NULL: not disabled.
    disabled_at_us  BIGINT,
    created_at_us   BIGINT NOT NULL,
    -- Kept to the minute. NULL: never.
    last_used_at_us BIGINT
);
