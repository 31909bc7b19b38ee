-- Tickets and what belongs to them. See 0001_customers.sql for times, enums and versions.

-- When we are at work.
CREATE TABLE business_calendars (
    id TEXT PRIMARY KEY,                  -- never changes
    display_name TEXT NOT NULL,
    display_name_folded TEXT NOT NULL,    -- display_name in lower case, for searching
    time_zone TEXT NOT NULL,              -- of the IANA database
    hours TEXT NOT NULL,                  -- the message's field as JSON
    holidays TEXT,                        -- the message's field as JSON; NULL: none
    version BIGINT NOT NULL,
    created_at_us BIGINT NOT NULL,        -- never changes
    created_by TEXT NOT NULL,             -- never changes
    updated_at_us BIGINT NOT NULL,
    updated_by TEXT NOT NULL,
    deleted_at_us BIGINT                  -- NULL: it is not deleted
);
CREATE INDEX business_calendars_newest
    ON business_calendars (created_at_us, id)
    WHERE deleted_at_us IS NULL;
CREATE INDEX business_calendars_by_name
    ON business_calendars (display_name_folded, id)
    WHERE deleted_at_us IS NULL;

-- How soon we promise to respond and to resolve.
CREATE TABLE sla_policies (
    id TEXT PRIMARY KEY,                  -- never changes
    display_name TEXT NOT NULL,
    display_name_folded TEXT NOT NULL,    -- display_name in lower case, for searching
    calendar_id TEXT NOT NULL REFERENCES business_calendars (id),
    targets TEXT NOT NULL,                -- the message's field as JSON
    version BIGINT NOT NULL,
    created_at_us BIGINT NOT NULL,        -- never changes
    created_by TEXT NOT NULL,             -- never changes
    updated_at_us BIGINT NOT NULL,
    updated_by TEXT NOT NULL,
    deleted_at_us BIGINT                  -- NULL: it is not deleted
);
CREATE INDEX sla_policies_newest
    ON sla_policies (created_at_us, id)
    WHERE deleted_at_us IS NULL;
CREATE INDEX sla_policies_by_name
    ON sla_policies (display_name_folded, id)
    WHERE deleted_at_us IS NULL;

-- Where tickets wait, and whose people work on them.
CREATE TABLE queues (
    id TEXT PRIMARY KEY,                  -- never changes
    display_name TEXT NOT NULL,
    display_name_folded TEXT NOT NULL,    -- display_name in lower case, for searching
    department TEXT NOT NULL,             -- a department's id; never changes: it is on every ticket
    kinds TEXT NOT NULL,                  -- the message's field as JSON: what its tickets may be about
    sla_policy_id TEXT REFERENCES sla_policies (id), -- NULL: nothing is promised
    routing BIGINT NOT NULL,
    agents TEXT,                          -- the message's field as JSON: ids of users; NULL: none
    version BIGINT NOT NULL,
    created_at_us BIGINT NOT NULL,        -- never changes
    created_by TEXT NOT NULL,             -- never changes
    updated_at_us BIGINT NOT NULL,
    updated_by TEXT NOT NULL,
    deleted_at_us BIGINT                  -- NULL: it is not deleted
);
CREATE INDEX queues_newest
    ON queues (created_at_us, id)
    WHERE deleted_at_us IS NULL;
CREATE INDEX queues_by_name
    ON queues (display_name_folded, id)
    WHERE deleted_at_us IS NULL;

-- Tickets.
CREATE TABLE tickets (
    id TEXT PRIMARY KEY,                  -- never changes
    number TEXT NOT NULL UNIQUE,          -- 'T-000042'; never changes
    kind BIGINT NOT NULL,                 -- never changes
    customer_id TEXT NOT NULL REFERENCES customers (id), -- never changes
    contact_id TEXT REFERENCES contacts (id),   -- of the same customer; NULL: not known
    purchase_id TEXT REFERENCES purchases (id), -- of the same customer; NULL: none
    queue_id TEXT NOT NULL REFERENCES queues (id),
    priority BIGINT NOT NULL,
    channel BIGINT NOT NULL,
    subject TEXT NOT NULL,
    subject_folded TEXT NOT NULL,         -- subject in lower case, for searching
    description TEXT NOT NULL,            -- personal
    status BIGINT NOT NULL,
    severity BIGINT NOT NULL,
    subject_user_id TEXT,                 -- whom a complaint is about; NULL: nobody
    root_cause TEXT NOT NULL,             -- personal
    resolution TEXT NOT NULL,             -- personal
    waiting_reason TEXT NOT NULL,         -- personal; '' unless it waits
    duplicate_of_id TEXT REFERENCES tickets (id), -- NULL: it is none
    first_replied_at_us BIGINT,           -- NULL: not yet
    resolved_at_us BIGINT,                -- NULL: it is not
    closed_at_us BIGINT,                  -- closed, rejected or a duplicate since; NULL: it is open
    serves_until_us BIGINT NOT NULL       -- until then its customer is in reach of who works on it: 30 days after
                                          -- it is closed
        GENERATED ALWAYS AS (COALESCE(closed_at_us + 2592000000000, 9223372036854775807)) STORED,
    escalation BIGINT NOT NULL,
    owner_id TEXT,                        -- who works on it; NULL: nobody
    department_id TEXT,                   -- the queue's
    version BIGINT NOT NULL,              -- not counted: first_replied_at_us
    created_at_us BIGINT NOT NULL,        -- never changes
    created_by TEXT NOT NULL,             -- never changes
    updated_at_us BIGINT NOT NULL,
    updated_by TEXT NOT NULL,
    deleted_at_us BIGINT                  -- NULL: it is not deleted
);
-- The newest-first walk for those who see much: it decides on the index alone whose record it is.
CREATE INDEX tickets_newest
    ON tickets (created_at_us, id, owner_id, department_id)
    WHERE deleted_at_us IS NULL;
-- The branches for those who see little.
CREATE INDEX tickets_by_owner
    ON tickets (owner_id, created_at_us, id)
    WHERE deleted_at_us IS NULL;
CREATE INDEX tickets_by_department
    ON tickets (department_id, created_at_us, id)
    WHERE deleted_at_us IS NULL;
-- The ways from them to the customers in their reach, past tickets that are long over.
CREATE INDEX tickets_serving_by_owner
    ON tickets (owner_id, serves_until_us, customer_id)
    WHERE deleted_at_us IS NULL;
CREATE INDEX tickets_serving_by_department
    ON tickets (department_id, serves_until_us, customer_id)
    WHERE deleted_at_us IS NULL;
-- The way from a customer to who serves it, on every question about the customer.
CREATE INDEX tickets_by_customer
    ON tickets (customer_id, serves_until_us, department_id, owner_id)
    WHERE deleted_at_us IS NULL;
CREATE INDEX tickets_by_queue
    ON tickets (queue_id, owner_id, created_at_us)
    WHERE deleted_at_us IS NULL;

-- The teams that work on a ticket.
CREATE TABLE ticket_teams (
    ticket_id TEXT NOT NULL REFERENCES tickets (id),
    team_id TEXT NOT NULL,
    position BIGINT NOT NULL,             -- order as given, from 0
    PRIMARY KEY (ticket_id, team_id)
);
CREATE INDEX ticket_teams_by_team
    ON ticket_teams (team_id, ticket_id);

-- The last number given to a ticket: one row, counted on by the transaction that opens one.
CREATE TABLE ticket_numbers (
    id BIGINT PRIMARY KEY CHECK (id = 1),
    last BIGINT NOT NULL
);
INSERT INTO ticket_numbers (id, last)
VALUES (1, 0);

-- What was said about a ticket. Rows are only added.
CREATE TABLE ticket_messages (
    id TEXT PRIMARY KEY,
    ticket_id TEXT NOT NULL REFERENCES tickets (id),
    kind BIGINT NOT NULL,
    body TEXT NOT NULL,                   -- personal
    version BIGINT NOT NULL,              -- always 1
    created_at_us BIGINT NOT NULL,
    created_by TEXT NOT NULL,
    updated_at_us BIGINT NOT NULL,
    updated_by TEXT NOT NULL,
    deleted_at_us BIGINT                  -- always NULL: nothing deletes it
);
CREATE INDEX ticket_messages_newest
    ON ticket_messages (created_at_us, id, ticket_id)
    WHERE deleted_at_us IS NULL;
CREATE INDEX ticket_messages_by_ticket
    ON ticket_messages (ticket_id, created_at_us, id)
    WHERE deleted_at_us IS NULL;

-- What was promised about a ticket, and how much of the time is spent. The promise is that of the policy as
-- it was when the ticket was opened.
CREATE TABLE ticket_clocks (
    ticket_id TEXT NOT NULL REFERENCES tickets (id),
    clock BIGINT NOT NULL,                -- 1 first response, 2 resolution
    state BIGINT NOT NULL,                -- 1 running, 2 paused, 3 met, 4 breached
    target_us BIGINT NOT NULL,            -- business time that was promised; never changes
    spent_us BIGINT NOT NULL,             -- business time until since_us, or until it was paused or ended
    since_us BIGINT,                      -- it runs since then; NULL: it does not
    due_at_us BIGINT,                     -- it is breached then; NULL: it does not run
    ended_at_us BIGINT,                   -- met or breached; NULL: neither
    calendar TEXT NOT NULL,               -- the calendar's message as JSON; never changes
    PRIMARY KEY (ticket_id, clock)
);
CREATE INDEX ticket_clocks_due
    ON ticket_clocks (due_at_us)
    WHERE state = 1;
