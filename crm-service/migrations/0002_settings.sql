-- What holds for the whole organization: one row.
CREATE TABLE settings (
    id BIGINT PRIMARY KEY CHECK (id = 1),
    organization_name TEXT NOT NULL,
    default_currency TEXT NOT NULL,       -- ISO 4217
    max_share_days BIGINT NOT NULL,       -- 1 to 3650
    version BIGINT NOT NULL,              -- counts the writes, from 1
    updated_at_us BIGINT,                 -- NULL: never changed
    updated_by TEXT NOT NULL              -- 'user:…' or 'service:…'; '': never changed
);
INSERT INTO settings (id, organization_name, default_currency, max_share_days, version, updated_at_us, updated_by)
VALUES (1, 'My organization', 'CNY', 90, 1, NULL, '');
