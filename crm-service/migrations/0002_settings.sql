-- What holds for the whole organization: one row.
CREATE TABLE settings (
    id BIGINT PRIMARY KEY CHECK (id = 1),
    organization_name TEXT NOT NULL,
    default_currency TEXT NOT NULL,       -- ISO 4217
    max_share_days BIGINT NOT NULL,       -- 1 to 3650
    claims_per_day BIGINT NOT NULL,       -- from the public pool, by one person in 24 hours
    max_owned_customers BIGINT NOT NULL,  -- above it nobody claims; 0: any number
    claim_cool_down_hours BIGINT NOT NULL, -- for who owned it before it was pooled
    recycle_after_days BIGINT NOT NULL,   -- without interaction or purchase; 0: never
    version BIGINT NOT NULL,              -- counts the writes, from 1
    updated_at_us BIGINT,                 -- NULL: never changed
    updated_by TEXT NOT NULL              -- 'user:…' or 'service:…'; '': never changed
);
INSERT INTO settings (id, organization_name, default_currency, max_share_days, claims_per_day, max_owned_customers,
    claim_cool_down_hours, recycle_after_days, version, updated_at_us, updated_by)
VALUES (1, 'My organization', 'CNY', 90, 5, 0, 12, 0, 1, NULL, '');
