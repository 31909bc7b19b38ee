-- Marketing 市场. One text for SQLite and PostgreSQL; see 0001_customers.sql for how columns are written.

-- Strategies 策略.
CREATE TABLE strategies (
    id TEXT PRIMARY KEY,                  -- never changes
    display_name TEXT NOT NULL,
    display_name_folded TEXT NOT NULL,    -- display_name in lower case, for searching
    goal TEXT NOT NULL,
    market TEXT NOT NULL,
    starts_on TEXT NOT NULL,              -- 'YYYY-MM-DD' or ''
    ends_on TEXT NOT NULL,                -- 'YYYY-MM-DD' or ''
    currency TEXT NOT NULL,               -- ISO 4217, of the budget
    budget_minor BIGINT,                  -- financial; NULL: none was set
    indicators TEXT,                      -- the message's field as JSON; NULL: none
    status BIGINT NOT NULL,
    prepared_by_id TEXT,                  -- who created it; NULL: a service
    submitted_by_id TEXT,                 -- NULL: not submitted
    approved_by_id TEXT,                  -- NULL: not approved
    owner_id TEXT,                        -- a user's id; NULL: nobody's
    department_id TEXT,                   -- NULL: nobody's, or owned by somebody without one
    version BIGINT NOT NULL,              -- counts the writes, from 1
    created_at_us BIGINT NOT NULL,        -- never changes
    created_by TEXT NOT NULL,             -- 'user:…' or 'service:…'; never changes
    updated_at_us BIGINT NOT NULL,
    updated_by TEXT NOT NULL,
    deleted_at_us BIGINT                  -- NULL: it is not deleted
);
CREATE INDEX strategies_newest
    ON strategies (created_at_us, id, owner_id, department_id)
    WHERE deleted_at_us IS NULL;
CREATE INDEX strategies_by_owner
    ON strategies (owner_id, created_at_us, id)
    WHERE deleted_at_us IS NULL;
CREATE INDEX strategies_by_department
    ON strategies (department_id, created_at_us, id)
    WHERE deleted_at_us IS NULL;

-- The teams that work on one.
CREATE TABLE strategy_teams (
    strategy_id TEXT NOT NULL REFERENCES strategies (id),
    team_id TEXT NOT NULL,
    position BIGINT NOT NULL,             -- order as given, from 0
    PRIMARY KEY (strategy_id, team_id)
);
CREATE INDEX strategy_teams_by_team
    ON strategy_teams (team_id, strategy_id);

-- Marketing plans 计划.
CREATE TABLE marketing_plans (
    id TEXT PRIMARY KEY,                  -- never changes
    display_name TEXT NOT NULL,
    display_name_folded TEXT NOT NULL,    -- display_name in lower case, for searching
    strategy_id TEXT REFERENCES strategies (id), -- NULL: none
    goal TEXT NOT NULL,
    market TEXT NOT NULL,
    starts_on TEXT NOT NULL,              -- 'YYYY-MM-DD' or ''
    ends_on TEXT NOT NULL,                -- 'YYYY-MM-DD' or ''
    currency TEXT NOT NULL,               -- ISO 4217, of the budget
    budget_minor BIGINT,                  -- financial; NULL: none was set
    indicators TEXT,                      -- the message's field as JSON; NULL: none
    status BIGINT NOT NULL,
    prepared_by_id TEXT,                  -- who created it; NULL: a service
    submitted_by_id TEXT,                 -- NULL: not submitted
    approved_by_id TEXT,                  -- NULL: not approved
    owner_id TEXT,                        -- a user's id; NULL: nobody's
    department_id TEXT,                   -- NULL: nobody's, or owned by somebody without one
    version BIGINT NOT NULL,              -- counts the writes, from 1
    created_at_us BIGINT NOT NULL,        -- never changes
    created_by TEXT NOT NULL,             -- 'user:…' or 'service:…'; never changes
    updated_at_us BIGINT NOT NULL,
    updated_by TEXT NOT NULL,
    deleted_at_us BIGINT                  -- NULL: it is not deleted
);
CREATE INDEX marketing_plans_newest
    ON marketing_plans (created_at_us, id, owner_id, department_id)
    WHERE deleted_at_us IS NULL;
CREATE INDEX marketing_plans_by_owner
    ON marketing_plans (owner_id, created_at_us, id)
    WHERE deleted_at_us IS NULL;
CREATE INDEX marketing_plans_by_department
    ON marketing_plans (department_id, created_at_us, id)
    WHERE deleted_at_us IS NULL;
CREATE INDEX marketing_plans_by_strategy
    ON marketing_plans (strategy_id)
    WHERE deleted_at_us IS NULL;

-- The teams that work on one.
CREATE TABLE marketing_plan_teams (
    marketing_plan_id TEXT NOT NULL REFERENCES marketing_plans (id),
    team_id TEXT NOT NULL,
    position BIGINT NOT NULL,             -- order as given, from 0
    PRIMARY KEY (marketing_plan_id, team_id)
);
CREATE INDEX marketing_plan_teams_by_team
    ON marketing_plan_teams (team_id, marketing_plan_id);

-- Campaigns 活动.
CREATE TABLE campaigns (
    id TEXT PRIMARY KEY,                  -- never changes
    display_name TEXT NOT NULL,
    display_name_folded TEXT NOT NULL,    -- display_name in lower case, for searching
    plan_id TEXT REFERENCES marketing_plans (id), -- NULL: none
    kind BIGINT NOT NULL,
    channel BIGINT NOT NULL,
    description TEXT NOT NULL,
    starts_at_us BIGINT,                  -- NULL: not planned yet
    ends_at_us BIGINT,                    -- NULL: open
    currency TEXT NOT NULL,               -- ISO 4217, of the amounts
    budget_minor BIGINT,                  -- financial; NULL: none was set
    cost_minor BIGINT,                    -- financial; NULL: not known
    status BIGINT NOT NULL,
    launched_at_us BIGINT,                -- NULL: not yet
    owner_id TEXT,                        -- a user's id; NULL: nobody's
    department_id TEXT,                   -- NULL: nobody's, or owned by somebody without one
    version BIGINT NOT NULL,              -- counts the writes, from 1
    created_at_us BIGINT NOT NULL,        -- never changes
    created_by TEXT NOT NULL,             -- 'user:…' or 'service:…'; never changes
    updated_at_us BIGINT NOT NULL,
    updated_by TEXT NOT NULL,
    deleted_at_us BIGINT                  -- NULL: it is not deleted
);
CREATE INDEX campaigns_newest
    ON campaigns (created_at_us, id, owner_id, department_id)
    WHERE deleted_at_us IS NULL;
CREATE INDEX campaigns_by_owner
    ON campaigns (owner_id, created_at_us, id)
    WHERE deleted_at_us IS NULL;
CREATE INDEX campaigns_by_department
    ON campaigns (department_id, created_at_us, id)
    WHERE deleted_at_us IS NULL;
CREATE INDEX campaigns_by_plan
    ON campaigns (plan_id)
    WHERE deleted_at_us IS NULL;

-- The teams that work on one.
CREATE TABLE campaign_teams (
    campaign_id TEXT NOT NULL REFERENCES campaigns (id),
    team_id TEXT NOT NULL,
    position BIGINT NOT NULL,             -- order as given, from 0
    PRIMARY KEY (campaign_id, team_id)
);
CREATE INDEX campaign_teams_by_team
    ON campaign_teams (team_id, campaign_id);

-- Segments 人群.
CREATE TABLE segments (
    id TEXT PRIMARY KEY,                  -- never changes
    display_name TEXT NOT NULL,
    display_name_folded TEXT NOT NULL,    -- display_name in lower case, for searching
    description TEXT NOT NULL,
    members BIGINT NOT NULL,
    customer_filter TEXT NOT NULL,        -- an expression; '': all
    contact_filter TEXT NOT NULL,         -- an expression; '': all
    status BIGINT NOT NULL,
    published_at_us BIGINT,               -- NULL: never
    owner_id TEXT,                        -- a user's id; NULL: nobody's
    department_id TEXT,                   -- NULL: nobody's, or owned by somebody without one
    version BIGINT NOT NULL,              -- counts the writes, from 1
    created_at_us BIGINT NOT NULL,        -- never changes
    created_by TEXT NOT NULL,             -- 'user:…' or 'service:…'; never changes
    updated_at_us BIGINT NOT NULL,
    updated_by TEXT NOT NULL,
    deleted_at_us BIGINT                  -- NULL: it is not deleted
);
CREATE INDEX segments_newest
    ON segments (created_at_us, id, owner_id, department_id)
    WHERE deleted_at_us IS NULL;
CREATE INDEX segments_by_owner
    ON segments (owner_id, created_at_us, id)
    WHERE deleted_at_us IS NULL;
CREATE INDEX segments_by_department
    ON segments (department_id, created_at_us, id)
    WHERE deleted_at_us IS NULL;

-- The teams that work on one.
CREATE TABLE segment_teams (
    segment_id TEXT NOT NULL REFERENCES segments (id),
    team_id TEXT NOT NULL,
    position BIGINT NOT NULL,             -- order as given, from 0
    PRIMARY KEY (segment_id, team_id)
);
CREATE INDEX segment_teams_by_team
    ON segment_teams (team_id, segment_id);

-- Who was in a segment at a time. Rows are only added.
CREATE TABLE segment_snapshots (
    id TEXT PRIMARY KEY,
    segment_id TEXT NOT NULL REFERENCES segments (id),
    segment_version BIGINT NOT NULL,      -- the segment's, then
    taken_at_us BIGINT NOT NULL,
    taken_by TEXT NOT NULL,               -- within whose reach: 'user:…' or 'service:…'
    customers BIGINT NOT NULL,            -- how many
    contacts BIGINT NOT NULL              -- how many
);
CREATE INDEX segment_snapshots_by_segment
    ON segment_snapshots (segment_id, taken_at_us);

-- Its members.
CREATE TABLE segment_members (
    snapshot_id TEXT NOT NULL REFERENCES segment_snapshots (id),
    position BIGINT NOT NULL,             -- from 1
    customer_id TEXT NOT NULL REFERENCES customers (id),
    contact_id TEXT REFERENCES contacts (id), -- NULL: the segment consists of customers
    PRIMARY KEY (snapshot_id, position)
);

-- What people said about being written to. Rows are only added.
CREATE TABLE consents (
    id TEXT PRIMARY KEY,
    contact_id TEXT NOT NULL REFERENCES contacts (id),
    channel BIGINT NOT NULL,
    purpose TEXT NOT NULL,                -- a key: 'newsletter'
    status BIGINT NOT NULL,
    lawful_basis BIGINT NOT NULL,
    source TEXT NOT NULL,
    proof TEXT NOT NULL,                  -- personal
    notice_version TEXT NOT NULL,
    at_us BIGINT NOT NULL,                -- when it was said: the latest counts
    version BIGINT NOT NULL,
    created_at_us BIGINT NOT NULL,        -- never changes
    created_by TEXT NOT NULL,             -- never changes
    updated_at_us BIGINT NOT NULL,
    updated_by TEXT NOT NULL,
    deleted_at_us BIGINT                  -- NULL: it is not deleted
);
CREATE INDEX consents_newest
    ON consents (created_at_us, id, contact_id);
CREATE INDEX consents_standing
    ON consents (contact_id, channel, purpose, at_us);

-- Addresses that nothing is sent to.
CREATE TABLE suppressions (
    id TEXT PRIMARY KEY,
    channel BIGINT NOT NULL,
    address_hash TEXT NOT NULL,           -- HMAC-SHA-256, hex; the address is kept nowhere here
    reason BIGINT NOT NULL,
    note TEXT NOT NULL,
    lifted_at_us BIGINT,                  -- by the person behind the address; NULL: it is in force
    version BIGINT NOT NULL,
    created_at_us BIGINT NOT NULL,        -- never changes
    created_by TEXT NOT NULL,             -- never changes
    updated_at_us BIGINT NOT NULL,
    updated_by TEXT NOT NULL,
    deleted_at_us BIGINT                  -- NULL: it is not deleted
);
CREATE INDEX suppressions_newest
    ON suppressions (created_at_us, id);
CREATE INDEX suppressions_by_address
    ON suppressions (channel, address_hash)
    WHERE lifted_at_us IS NULL;

-- Secrets of this CRM's own, made when they are first needed.
CREATE TABLE marketing_secrets (
    purpose TEXT PRIMARY KEY,             -- 'addresses', 'links'
    value TEXT NOT NULL                   -- hex; a new one would let suppressed addresses pass
);

-- Whom a campaign is for.
CREATE TABLE campaign_members (
    id TEXT PRIMARY KEY,                  -- never changes
    campaign_id TEXT NOT NULL REFERENCES campaigns (id), -- never changes
    customer_id TEXT NOT NULL REFERENCES customers (id), -- never changes
    contact_id TEXT REFERENCES contacts (id), -- never changes; NULL: the customer itself
    snapshot TEXT NOT NULL,               -- from which it was added
    status BIGINT NOT NULL,
    response TEXT NOT NULL,
    responded_at_us BIGINT,               -- NULL: no answer
    version BIGINT NOT NULL,
    created_at_us BIGINT NOT NULL,        -- never changes
    created_by TEXT NOT NULL,             -- never changes
    updated_at_us BIGINT NOT NULL,
    updated_by TEXT NOT NULL,
    deleted_at_us BIGINT                  -- NULL: it is not deleted
);
CREATE INDEX campaign_members_newest
    ON campaign_members (created_at_us, id, campaign_id)
    WHERE deleted_at_us IS NULL;
CREATE INDEX campaign_members_by_campaign
    ON campaign_members (campaign_id, created_at_us, id)
    WHERE deleted_at_us IS NULL;
CREATE UNIQUE INDEX campaign_members_once
    ON campaign_members (campaign_id, customer_id, COALESCE(contact_id, ''))
    WHERE deleted_at_us IS NULL;

-- Templates 模板.
CREATE TABLE templates (
    id TEXT PRIMARY KEY,                  -- never changes
    display_name TEXT NOT NULL,
    display_name_folded TEXT NOT NULL,    -- display_name in lower case, for searching
    subject TEXT NOT NULL,
    body TEXT NOT NULL,
    status BIGINT NOT NULL,
    prepared_by_id TEXT,                  -- who wrote it last; NULL: a service
    approved_by_id TEXT,                  -- NULL: not approved
    owner_id TEXT,                        -- a user's id; NULL: nobody's
    department_id TEXT,                   -- NULL: nobody's, or owned by somebody without one
    version BIGINT NOT NULL,              -- counts the writes, from 1
    created_at_us BIGINT NOT NULL,        -- never changes
    created_by TEXT NOT NULL,             -- 'user:…' or 'service:…'; never changes
    updated_at_us BIGINT NOT NULL,
    updated_by TEXT NOT NULL,
    deleted_at_us BIGINT                  -- NULL: it is not deleted
);
CREATE INDEX templates_newest
    ON templates (created_at_us, id, owner_id, department_id)
    WHERE deleted_at_us IS NULL;
CREATE INDEX templates_by_owner
    ON templates (owner_id, created_at_us, id)
    WHERE deleted_at_us IS NULL;
CREATE INDEX templates_by_department
    ON templates (department_id, created_at_us, id)
    WHERE deleted_at_us IS NULL;

-- The teams that work on one.
CREATE TABLE template_teams (
    template_id TEXT NOT NULL REFERENCES templates (id),
    team_id TEXT NOT NULL,
    position BIGINT NOT NULL,             -- order as given, from 0
    PRIMARY KEY (template_id, team_id)
);
CREATE INDEX template_teams_by_team
    ON template_teams (team_id, template_id);

-- One approved text to the members of a campaign.
CREATE TABLE send_batches (
    id TEXT PRIMARY KEY,                  -- never changes
    campaign_id TEXT NOT NULL REFERENCES campaigns (id), -- never changes
    display_name TEXT NOT NULL,
    display_name_folded TEXT NOT NULL,    -- display_name in lower case, for searching
    template_id TEXT REFERENCES templates (id), -- never changes
    purpose TEXT NOT NULL,                -- of the consent that it takes; never changes
    subject TEXT NOT NULL,                -- the template's, then; never changes
    body TEXT NOT NULL,                   -- the template's, then; never changes
    status BIGINT NOT NULL,
    prepared_by_id TEXT,                  -- who created it; NULL: a service
    approved_by_id TEXT,                  -- NULL: not approved
    started_at_us BIGINT,                 -- NULL: not yet
    finished_at_us BIGINT,                -- NULL: not yet
    version BIGINT NOT NULL,
    created_at_us BIGINT NOT NULL,        -- never changes
    created_by TEXT NOT NULL,             -- never changes
    updated_at_us BIGINT NOT NULL,
    updated_by TEXT NOT NULL,
    deleted_at_us BIGINT                  -- NULL: it is not deleted
);
CREATE INDEX send_batches_newest
    ON send_batches (created_at_us, id, campaign_id)
    WHERE deleted_at_us IS NULL;
CREATE INDEX send_batches_by_campaign
    ON send_batches (campaign_id, created_at_us, id)
    WHERE deleted_at_us IS NULL;

-- How far the letter of each recipient got. A row is claimed before its letter is handed over, and never
-- claimed twice: a letter goes out at most once.
CREATE TABLE send_recipients (
    batch_id TEXT NOT NULL REFERENCES send_batches (id),
    member_id TEXT NOT NULL REFERENCES campaign_members (id),
    contact_id TEXT NOT NULL REFERENCES contacts (id),
    state BIGINT NOT NULL,                -- 1 pending, 2 claimed, 3 sent, 4 skipped, 5 failed, 6 unknown
    obstacle BIGINT NOT NULL DEFAULT 0,   -- of those skipped: what stood against it
    said TEXT NOT NULL DEFAULT '',        -- what the mail server said, where it did not take the letter
    claimed_at_us BIGINT,                 -- NULL: never
    settled_at_us BIGINT,                 -- NULL: not yet
    not_before_us BIGINT,                 -- the server said "not now"; NULL: any time
    deferrals BIGINT NOT NULL DEFAULT 0,  -- how often it said so
    PRIMARY KEY (batch_id, member_id)
);
CREATE INDEX send_recipients_by_state
    ON send_recipients (state, batch_id, member_id);
