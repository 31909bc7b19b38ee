-- Sales: leads, pipelines, products, opportunities, quotes, contracts. See 0001_customers.sql for what all tables have
-- in common.

-- Leads 线索.
CREATE TABLE leads (
    id TEXT PRIMARY KEY,                  -- never changes
    display_name TEXT NOT NULL,
    display_name_folded TEXT NOT NULL,    -- display_name in lower case, for searching
    company TEXT NOT NULL,
    title TEXT NOT NULL,
    phone TEXT NOT NULL,                  -- personal
    mobile TEXT NOT NULL,                 -- personal
    email TEXT NOT NULL,                  -- personal
    wechat TEXT NOT NULL,                 -- personal
    source TEXT NOT NULL,
    campaign TEXT NOT NULL,               -- a campaign's id; '': none
    score BIGINT NOT NULL,                -- 0 to 100
    need TEXT NOT NULL,
    status BIGINT NOT NULL,
    converted_customer TEXT NOT NULL,     -- '' until it is converted
    converted_contact TEXT NOT NULL,      -- '' until it is converted
    converted_opportunity TEXT NOT NULL,  -- '': none was made of it
    owner_id TEXT,                        -- a user's id; NULL: nobody's
    department_id TEXT,                   -- NULL: nobody's, or owned by somebody without one
    version BIGINT NOT NULL,              -- counts the writes, from 1
    created_at_us BIGINT NOT NULL,        -- never changes
    created_by TEXT NOT NULL,             -- 'user:…' or 'service:…'; never changes
    updated_at_us BIGINT NOT NULL,
    updated_by TEXT NOT NULL,
    deleted_at_us BIGINT                  -- NULL: it is not deleted
);
-- The newest-first walk for those who see much: it decides on the index alone whose record it is.
CREATE INDEX leads_newest
    ON leads (created_at_us, id, owner_id, department_id)
    WHERE deleted_at_us IS NULL;
-- The branches for those who see little.
CREATE INDEX leads_by_owner
    ON leads (owner_id, created_at_us, id)
    WHERE deleted_at_us IS NULL;
CREATE INDEX leads_by_department
    ON leads (department_id, created_at_us, id)
    WHERE deleted_at_us IS NULL;
CREATE INDEX leads_by_name
    ON leads (display_name_folded, id)
    WHERE deleted_at_us IS NULL;

-- The teams that work on a lead.
CREATE TABLE lead_teams (
    lead_id TEXT NOT NULL REFERENCES leads (id),
    team_id TEXT NOT NULL,
    position BIGINT NOT NULL,             -- order as given, from 0
    PRIMARY KEY (lead_id, team_id)
);
CREATE INDEX lead_teams_by_team
    ON lead_teams (team_id, lead_id);
-- Pipelines 销售管道.
CREATE TABLE pipelines (
    id TEXT PRIMARY KEY,                  -- never changes
    display_name TEXT NOT NULL,
    display_name_folded TEXT NOT NULL,    -- display_name in lower case, for searching
    stages TEXT,                          -- the message's field as JSON
    reopen_stage TEXT NOT NULL,           -- key of a stage; '': the first one
    is_retired BOOLEAN NOT NULL,
    version BIGINT NOT NULL,              -- counts the writes, from 1
    created_at_us BIGINT NOT NULL,        -- never changes
    created_by TEXT NOT NULL,             -- 'user:…' or 'service:…'; never changes
    updated_at_us BIGINT NOT NULL,
    updated_by TEXT NOT NULL,
    deleted_at_us BIGINT                  -- NULL: it is not deleted
);
CREATE INDEX pipelines_newest
    ON pipelines (created_at_us, id)
    WHERE deleted_at_us IS NULL;
CREATE INDEX pipelines_by_name
    ON pipelines (display_name_folded, id)
    WHERE deleted_at_us IS NULL;
-- What there is before anybody configures one. Its row is like any other.
INSERT INTO pipelines (
    id, display_name, display_name_folded, stages, reopen_stage, is_retired, version, created_at_us, created_by,
    updated_at_us, updated_by
)
VALUES (
    'standard', 'Standard 标准', 'standard 标准',
    '{"stages":[{"key":"prospecting","displayName":"Prospecting 初步接触","probability":10,"rotDays":30,"next":["qualification"]},{"key":"qualification","displayName":"Qualification 需求确认","probability":25,"rotDays":30,"next":["prospecting","proposal"]},{"key":"proposal","displayName":"Proposal 方案报价","probability":50,"rotDays":21,"next":["qualification","negotiation"],"requiredFields":["amount","close_date"]},{"key":"negotiation","displayName":"Negotiation 商务谈判","probability":75,"rotDays":14,"next":["proposal"],"requiredFields":["amount","close_date"],"canWin":true}]}',
    'qualification', FALSE, 1, 0, 'service:crm', 0, 'service:crm'
);

-- Products 产品.
CREATE TABLE products (
    id TEXT PRIMARY KEY,                  -- never changes
    display_name TEXT NOT NULL,
    display_name_folded TEXT NOT NULL,    -- display_name in lower case, for searching
    sku TEXT NOT NULL,
    description TEXT NOT NULL,
    unit TEXT NOT NULL,
    currency TEXT NOT NULL,               -- ISO 4217, of both prices; never changes
    list_price_minor BIGINT,              -- NULL: none was set
    floor_price_minor BIGINT,             -- financial; NULL: none was set
    status BIGINT NOT NULL,
    version BIGINT NOT NULL,              -- counts the writes, from 1
    created_at_us BIGINT NOT NULL,        -- never changes
    created_by TEXT NOT NULL,             -- 'user:…' or 'service:…'; never changes
    updated_at_us BIGINT NOT NULL,
    updated_by TEXT NOT NULL,
    deleted_at_us BIGINT                  -- NULL: it is not deleted
);
CREATE INDEX products_newest
    ON products (created_at_us, id)
    WHERE deleted_at_us IS NULL;
CREATE INDEX products_by_name
    ON products (display_name_folded, id)
    WHERE deleted_at_us IS NULL;
-- Price books 价格手册.
CREATE TABLE price_books (
    id TEXT PRIMARY KEY,                  -- never changes
    display_name TEXT NOT NULL,
    display_name_folded TEXT NOT NULL,    -- display_name in lower case, for searching
    currency TEXT NOT NULL,               -- ISO 4217, of every price; never changes
    entries TEXT,                         -- the message's field as JSON; NULL: none
    is_retired BOOLEAN NOT NULL,
    version BIGINT NOT NULL,              -- counts the writes, from 1
    created_at_us BIGINT NOT NULL,        -- never changes
    created_by TEXT NOT NULL,             -- 'user:…' or 'service:…'; never changes
    updated_at_us BIGINT NOT NULL,
    updated_by TEXT NOT NULL,
    deleted_at_us BIGINT                  -- NULL: it is not deleted
);
CREATE INDEX price_books_newest
    ON price_books (created_at_us, id)
    WHERE deleted_at_us IS NULL;
CREATE INDEX price_books_by_name
    ON price_books (display_name_folded, id)
    WHERE deleted_at_us IS NULL;
-- Opportunities 商机.
CREATE TABLE opportunities (
    id TEXT PRIMARY KEY,                  -- never changes
    customer_id TEXT NOT NULL REFERENCES customers (id), -- never changes
    display_name TEXT NOT NULL,
    display_name_folded TEXT NOT NULL,    -- display_name in lower case, for searching
    currency TEXT NOT NULL,               -- ISO 4217, of every amount; never changes
    amount_minor BIGINT,                  -- financial; NULL: not known
    close_date TEXT NOT NULL,             -- 'YYYY-MM-DD' or ''
    pipeline_id TEXT NOT NULL REFERENCES pipelines (id),-- never changes
    stage TEXT NOT NULL,                  -- key of a stage of the pipeline
    probability BIGINT NOT NULL,          -- percent
    category BIGINT NOT NULL,
    status BIGINT NOT NULL,
    lines TEXT,                           -- financial; the message's field as JSON; NULL: none
    competitors TEXT,                     -- financial; the message's field as JSON; NULL: none
    loss_reason TEXT NOT NULL,            -- financial
    next_step TEXT NOT NULL,              -- financial
    source TEXT NOT NULL,
    stage_since_us BIGINT NOT NULL,
    members TEXT,                         -- the message's field as JSON; NULL: none
    splits TEXT,                          -- the message's field as JSON; NULL: none
    owner_id TEXT,                        -- a user's id; NULL: nobody's
    department_id TEXT,                   -- NULL: nobody's, or owned by somebody without one
    version BIGINT NOT NULL,              -- counts the writes, from 1
    created_at_us BIGINT NOT NULL,        -- never changes
    created_by TEXT NOT NULL,             -- 'user:…' or 'service:…'; never changes
    updated_at_us BIGINT NOT NULL,
    updated_by TEXT NOT NULL,
    deleted_at_us BIGINT                  -- NULL: it is not deleted
);
-- The newest-first walk for those who see much: it decides on the index alone whose record it is.
CREATE INDEX opportunities_newest
    ON opportunities (created_at_us, id, owner_id, department_id)
    WHERE deleted_at_us IS NULL;
-- The branches for those who see little.
CREATE INDEX opportunities_by_owner
    ON opportunities (owner_id, created_at_us, id)
    WHERE deleted_at_us IS NULL;
CREATE INDEX opportunities_by_department
    ON opportunities (department_id, created_at_us, id)
    WHERE deleted_at_us IS NULL;
CREATE INDEX opportunities_by_customer
    ON opportunities (customer_id, created_at_us, id)
    WHERE deleted_at_us IS NULL;

-- The teams that work on an opportunity.
CREATE TABLE opportunity_teams (
    opportunity_id TEXT NOT NULL REFERENCES opportunities (id),
    team_id TEXT NOT NULL,
    position BIGINT NOT NULL,             -- order as given, from 0
    PRIMARY KEY (opportunity_id, team_id)
);
CREATE INDEX opportunity_teams_by_team
    ON opportunity_teams (team_id, opportunity_id);

-- Who sells an opportunity together with its owner: its column `members`, row by row, for deciding and
-- filtering. Written with it, never alone.
CREATE TABLE opportunity_members (
    opportunity_id TEXT NOT NULL REFERENCES opportunities (id),
    user_id TEXT NOT NULL,
    level BIGINT NOT NULL,                -- 1: reads, 2: reads and changes
    PRIMARY KEY (opportunity_id, user_id)
);
CREATE INDEX opportunity_members_by_user
    ON opportunity_members (user_id, opportunity_id);
-- For the forecast: what closes when.
CREATE INDEX opportunities_by_close_date
    ON opportunities (close_date, id)
    WHERE deleted_at_us IS NULL;
-- A stage that is in use stays.
CREATE INDEX opportunities_by_pipeline
    ON opportunities (pipeline_id, stage)
    WHERE deleted_at_us IS NULL;
-- Two products do not share a number.
CREATE INDEX products_by_sku
    ON products (sku)
    WHERE deleted_at_us IS NULL;

-- Quotes 报价.
CREATE TABLE quotes (
    id TEXT PRIMARY KEY,                  -- never changes
    opportunity_id TEXT NOT NULL REFERENCES opportunities (id), -- never changes
    display_name TEXT NOT NULL,
    display_name_folded TEXT NOT NULL,    -- display_name in lower case, for searching
    revision BIGINT NOT NULL,             -- counts the versions that were offered, from 1
    currency TEXT NOT NULL,               -- the opportunity's
    lines TEXT,                           -- financial; the message's field as JSON; NULL: none
    discount_basis_points BIGINT NOT NULL,-- financial; hundredths of a percent
    amount_minor BIGINT NOT NULL,         -- financial; sum of the lines, less the discount
    valid_until TEXT NOT NULL,            -- 'YYYY-MM-DD' or ''
    terms TEXT NOT NULL,
    status BIGINT NOT NULL,
    submitted_by_id TEXT,                 -- a user's id; NULL: nobody has
    approved_by TEXT NOT NULL,            -- a user's id or ''
    version BIGINT NOT NULL,              -- counts the writes, from 1
    created_at_us BIGINT NOT NULL,        -- never changes
    created_by TEXT NOT NULL,             -- 'user:…' or 'service:…'; never changes
    updated_at_us BIGINT NOT NULL,
    updated_by TEXT NOT NULL,
    deleted_at_us BIGINT                  -- NULL: it is not deleted
);
CREATE INDEX quotes_newest
    ON quotes (created_at_us, id, opportunity_id)
    WHERE deleted_at_us IS NULL;
CREATE INDEX quotes_by_opportunity
    ON quotes (opportunity_id, created_at_us, id)
    WHERE deleted_at_us IS NULL;

-- Contracts 合同.
CREATE TABLE contracts (
    id TEXT PRIMARY KEY,                  -- never changes
    customer_id TEXT NOT NULL REFERENCES customers (id), -- never changes
    display_name TEXT NOT NULL,
    display_name_folded TEXT NOT NULL,    -- display_name in lower case, for searching
    number TEXT NOT NULL,
    currency TEXT NOT NULL,               -- ISO 4217, of every amount; never changes
    amount_minor BIGINT,                  -- financial; NULL: not known
    quote_id TEXT REFERENCES quotes (id), -- NULL: it follows none
    sign_date TEXT NOT NULL,              -- 'YYYY-MM-DD' or ''
    starts_on TEXT NOT NULL,              -- 'YYYY-MM-DD' or ''
    ends_on TEXT NOT NULL,                -- 'YYYY-MM-DD' or ''
    terms TEXT NOT NULL,
    payment_plan TEXT,                    -- financial; the message's field as JSON; NULL: none
    status BIGINT NOT NULL,
    revision BIGINT NOT NULL,             -- counts the versions, from 1
    submitted_by_id TEXT,                 -- a user's id; NULL: nobody has
    first_approved_by_id TEXT,            -- a user's id; NULL: nobody has
    second_approved_by TEXT NOT NULL,     -- a user's id or ''
    owner_id TEXT,                        -- a user's id; NULL: nobody's
    department_id TEXT,                   -- NULL: nobody's, or owned by somebody without one
    version BIGINT NOT NULL,              -- counts the writes, from 1
    created_at_us BIGINT NOT NULL,        -- never changes
    created_by TEXT NOT NULL,             -- 'user:…' or 'service:…'; never changes
    updated_at_us BIGINT NOT NULL,
    updated_by TEXT NOT NULL,
    deleted_at_us BIGINT                  -- NULL: it is not deleted
);
-- The newest-first walk for those who see much: it decides on the index alone whose record it is.
CREATE INDEX contracts_newest
    ON contracts (created_at_us, id, owner_id, department_id)
    WHERE deleted_at_us IS NULL;
-- The branches for those who see little.
CREATE INDEX contracts_by_owner
    ON contracts (owner_id, created_at_us, id)
    WHERE deleted_at_us IS NULL;
CREATE INDEX contracts_by_department
    ON contracts (department_id, created_at_us, id)
    WHERE deleted_at_us IS NULL;
CREATE INDEX contracts_by_customer
    ON contracts (customer_id, created_at_us, id)
    WHERE deleted_at_us IS NULL;

-- The teams that work on a contract.
CREATE TABLE contract_teams (
    contract_id TEXT NOT NULL REFERENCES contracts (id),
    team_id TEXT NOT NULL,
    position BIGINT NOT NULL,             -- order as given, from 0
    PRIMARY KEY (contract_id, team_id)
);
CREATE INDEX contract_teams_by_team
    ON contract_teams (team_id, contract_id);
