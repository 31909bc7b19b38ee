-- What colleagues do together: notes, tasks, meetings, files, and what they are told of; reports, exports and
-- saved views. One text for SQLite and PostgreSQL. See 0001 for how times, enums, versions and deleted rows
-- are kept.

ALTER TABLE settings ADD COLUMN max_attachment_mib BIGINT NOT NULL DEFAULT 25; -- 1 to 1000
-- The activity below a record is read from here.
CREATE INDEX history_by_time
    ON history (at_us, record_type, record_id, version);

-- What colleagues tell each other about a record.
CREATE TABLE notes (
    id TEXT PRIMARY KEY,                  -- never changes
    customer_id TEXT REFERENCES customers (id), -- what it is about, of several kinds one; never changes
    body TEXT NOT NULL,                   -- personal
    visibility BIGINT NOT NULL,           -- 1 inherit, 2 private, 3 team
    mentions TEXT,                        -- the message's field as JSON; NULL: none
    unreachable_mentions TEXT,            -- the same of those who could not see it
    author_id TEXT,                       -- who wrote it; NULL: a service did
    version BIGINT NOT NULL,              -- counts the writes, from 1
    created_at_us BIGINT NOT NULL,        -- never changes
    created_by TEXT NOT NULL,             -- 'user:…' or 'service:…'; never changes
    updated_at_us BIGINT NOT NULL,
    updated_by TEXT NOT NULL,
    deleted_at_us BIGINT                  -- NULL: it is not deleted
);
CREATE INDEX notes_newest
    ON notes (created_at_us, id, customer_id, author_id)
    WHERE deleted_at_us IS NULL;
CREATE INDEX notes_by_customer
    ON notes (customer_id, created_at_us, id)
    WHERE deleted_at_us IS NULL;

-- What somebody is to do.
CREATE TABLE tasks (
    id TEXT PRIMARY KEY,                  -- never changes
    display_name TEXT NOT NULL,
    display_name_folded TEXT NOT NULL,    -- display_name in lower case, for searching
    description TEXT NOT NULL,            -- personal
    customer_id TEXT REFERENCES customers (id), -- what it is about; NULL: nothing in particular; never changes
    due_at_us BIGINT,                     -- NULL: at no certain time
    priority BIGINT NOT NULL,
    recurrence BIGINT NOT NULL,
    status BIGINT NOT NULL,
    completed_at_us BIGINT,               -- NULL: it is not
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
CREATE INDEX tasks_newest
    ON tasks (created_at_us, id, owner_id, department_id, customer_id)
    WHERE deleted_at_us IS NULL;
-- The branches for those who see little.
CREATE INDEX tasks_by_owner
    ON tasks (owner_id, created_at_us, id)
    WHERE deleted_at_us IS NULL;
CREATE INDEX tasks_by_department
    ON tasks (department_id, created_at_us, id)
    WHERE deleted_at_us IS NULL;
CREATE INDEX tasks_by_customer
    ON tasks (customer_id, created_at_us, id)
    WHERE deleted_at_us IS NULL;
CREATE INDEX tasks_by_name
    ON tasks (display_name_folded, id)
    WHERE deleted_at_us IS NULL;

-- The teams that work on a task.
CREATE TABLE task_teams (
    task_id TEXT NOT NULL REFERENCES tasks (id),
    team_id TEXT NOT NULL,
    position BIGINT NOT NULL,             -- order as given, from 0
    PRIMARY KEY (task_id, team_id)
);
CREATE INDEX task_teams_by_team
    ON task_teams (team_id, task_id);

-- Who meets when.
CREATE TABLE meetings (
    id TEXT PRIMARY KEY,                  -- never changes
    display_name TEXT NOT NULL,
    display_name_folded TEXT NOT NULL,    -- display_name in lower case, for searching
    description TEXT NOT NULL,            -- personal
    customer_id TEXT REFERENCES customers (id), -- what it is about; NULL: nothing in particular; never changes
    start_at_us BIGINT NOT NULL,
    end_at_us BIGINT NOT NULL,
    location TEXT NOT NULL,
    attendees TEXT,                       -- the message's field as JSON; NULL: none; meeting_attendees follows it
    status BIGINT NOT NULL,
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
CREATE INDEX meetings_newest
    ON meetings (created_at_us, id, owner_id, department_id, customer_id)
    WHERE deleted_at_us IS NULL;
-- The branches for those who see little.
CREATE INDEX meetings_by_owner
    ON meetings (owner_id, created_at_us, id)
    WHERE deleted_at_us IS NULL;
CREATE INDEX meetings_by_department
    ON meetings (department_id, created_at_us, id)
    WHERE deleted_at_us IS NULL;
CREATE INDEX meetings_by_customer
    ON meetings (customer_id, created_at_us, id)
    WHERE deleted_at_us IS NULL;
CREATE INDEX meetings_by_name
    ON meetings (display_name_folded, id)
    WHERE deleted_at_us IS NULL;

-- The teams that work on a meeting.
CREATE TABLE meeting_teams (
    meeting_id TEXT NOT NULL REFERENCES meetings (id),
    team_id TEXT NOT NULL,
    position BIGINT NOT NULL,             -- order as given, from 0
    PRIMARY KEY (meeting_id, team_id)
);
CREATE INDEX meeting_teams_by_team
    ON meeting_teams (team_id, meeting_id);

-- Who is invited, for asking who may see a meeting. Written with it.
CREATE TABLE meeting_attendees (
    meeting_id TEXT NOT NULL REFERENCES meetings (id),
    user_id TEXT NOT NULL,
    PRIMARY KEY (meeting_id, user_id)
);
CREATE INDEX meeting_attendees_by_user
    ON meeting_attendees (user_id, meeting_id);

-- The bytes of files, each content once, however many attachments have it. It stays as long as one of them
-- does, and deleted attachments can be restored.
CREATE TABLE contents (
    sha256 TEXT PRIMARY KEY,              -- of all its bytes, hex
    size_bytes BIGINT NOT NULL,
    created_at_us BIGINT NOT NULL
);
CREATE TABLE content_parts (
    sha256 TEXT NOT NULL REFERENCES contents (sha256),
    at BIGINT NOT NULL,                   -- where it begins, in bytes
    data BYTEA NOT NULL,                  -- 262,144 bytes, the last one fewer
    PRIMARY KEY (sha256, at)
);

-- Files on their way. A row and its parts go when it becomes an attachment, is given up, or after a day.
CREATE TABLE uploads (
    id TEXT PRIMARY KEY,
    caller TEXT NOT NULL,                 -- 'user:…' or 'service:…'; nobody else knows of it
    customer_id TEXT NOT NULL,
    size_bytes BIGINT NOT NULL,           -- as announced
    sha256 TEXT NOT NULL,                 -- as announced
    content_type TEXT NOT NULL,           -- as announced
    received_bytes BIGINT NOT NULL,
    created_at_us BIGINT NOT NULL
);
CREATE INDEX uploads_by_caller
    ON uploads (caller, created_at_us);
CREATE TABLE upload_parts (
    upload_id TEXT NOT NULL REFERENCES uploads (id),
    at BIGINT NOT NULL,
    data BYTEA NOT NULL,
    PRIMARY KEY (upload_id, at)
);

-- Files that belong to a record.
CREATE TABLE attachments (
    id TEXT PRIMARY KEY,                  -- never changes
    customer_id TEXT REFERENCES customers (id), -- what it belongs to, of several kinds one; never changes
    display_name TEXT NOT NULL,
    display_name_folded TEXT NOT NULL,    -- display_name in lower case, for searching
    description TEXT NOT NULL,
    upload TEXT NOT NULL,                 -- always '': an upload is used up
    content_type TEXT NOT NULL,           -- found out from the bytes
    size_bytes BIGINT NOT NULL,
    sha256 TEXT NOT NULL REFERENCES contents (sha256), -- never changes
    version BIGINT NOT NULL,              -- counts the writes, from 1
    created_at_us BIGINT NOT NULL,        -- never changes
    created_by TEXT NOT NULL,             -- 'user:…' or 'service:…'; never changes
    updated_at_us BIGINT NOT NULL,
    updated_by TEXT NOT NULL,
    deleted_at_us BIGINT                  -- NULL: it is not deleted
);
CREATE INDEX attachments_newest
    ON attachments (created_at_us, id, customer_id)
    WHERE deleted_at_us IS NULL;
CREATE INDEX attachments_by_customer
    ON attachments (customer_id, created_at_us, id)
    WHERE deleted_at_us IS NULL;
CREATE INDEX attachments_by_content
    ON attachments (sha256);

-- Who wants to be told of changes of a record and what belongs to it.
CREATE TABLE follows (
    record_type TEXT NOT NULL,
    record_id TEXT NOT NULL,
    user_id TEXT NOT NULL,
    created_at_us BIGINT NOT NULL,
    PRIMARY KEY (record_type, record_id, user_id)
);
CREATE INDEX follows_by_user
    ON follows (user_id, created_at_us);

-- What people are told. It names a record and says nothing of it: whether its reader may still see it is asked
-- when it is read.
CREATE TABLE notifications (
    id TEXT PRIMARY KEY,                  -- UUIDv7: in order of time
    user_id TEXT NOT NULL,                -- who is told
    because BIGINT NOT NULL,
    record_type TEXT NOT NULL,
    record_id TEXT NOT NULL,
    actor TEXT NOT NULL,                  -- who caused it
    at_us BIGINT NOT NULL,
    read_at_us BIGINT                     -- NULL: it is unread
);
CREATE INDEX notifications_by_user
    ON notifications (user_id, id);

-- What people do not want to be told of. No row: they want it.
CREATE TABLE notification_mutes (
    user_id TEXT NOT NULL,
    because BIGINT NOT NULL,
    PRIMARY KEY (user_id, because)
);

-- What many records amount to, as somebody asked it.
CREATE TABLE report_definitions (
    id TEXT PRIMARY KEY,                  -- never changes
    display_name TEXT NOT NULL,
    display_name_folded TEXT NOT NULL,    -- display_name in lower case, for searching
    description TEXT NOT NULL,
    dataset TEXT NOT NULL,                -- a kind of record: 'customer'
    filter TEXT NOT NULL,
    groups TEXT,                          -- the message's field as JSON; NULL: all records are one group
    measures TEXT,                        -- the message's field as JSON
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
CREATE INDEX report_definitions_newest
    ON report_definitions (created_at_us, id, owner_id, department_id)
    WHERE deleted_at_us IS NULL;
-- The branches for those who see little.
CREATE INDEX report_definitions_by_owner
    ON report_definitions (owner_id, created_at_us, id)
    WHERE deleted_at_us IS NULL;
CREATE INDEX report_definitions_by_department
    ON report_definitions (department_id, created_at_us, id)
    WHERE deleted_at_us IS NULL;
CREATE INDEX report_definitions_by_name
    ON report_definitions (display_name_folded, id)
    WHERE deleted_at_us IS NULL;

-- The teams that work on a report definition.
CREATE TABLE report_definition_teams (
    report_definition_id TEXT NOT NULL REFERENCES report_definitions (id),
    team_id TEXT NOT NULL,
    position BIGINT NOT NULL,             -- order as given, from 0
    PRIMARY KEY (report_definition_id, team_id)
);
CREATE INDEX report_definition_teams_by_team
    ON report_definition_teams (team_id, report_definition_id);

-- Lists as somebody likes to see them.
CREATE TABLE saved_views (
    id TEXT PRIMARY KEY,                  -- never changes
    display_name TEXT NOT NULL,
    display_name_folded TEXT NOT NULL,    -- display_name in lower case, for searching
    dataset TEXT NOT NULL,                -- a kind of record: 'customer'
    filter TEXT NOT NULL,
    order_by TEXT NOT NULL,
    columns TEXT,                         -- the message's field as JSON; NULL: all
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
CREATE INDEX saved_views_newest
    ON saved_views (created_at_us, id, owner_id, department_id)
    WHERE deleted_at_us IS NULL;
-- The branches for those who see little.
CREATE INDEX saved_views_by_owner
    ON saved_views (owner_id, created_at_us, id)
    WHERE deleted_at_us IS NULL;
CREATE INDEX saved_views_by_department
    ON saved_views (department_id, created_at_us, id)
    WHERE deleted_at_us IS NULL;
CREATE INDEX saved_views_by_name
    ON saved_views (display_name_folded, id)
    WHERE deleted_at_us IS NULL;

-- The teams that work on a saved view.
CREATE TABLE saved_view_teams (
    saved_view_id TEXT NOT NULL REFERENCES saved_views (id),
    team_id TEXT NOT NULL,
    position BIGINT NOT NULL,             -- order as given, from 0
    PRIMARY KEY (saved_view_id, team_id)
);
CREATE INDEX saved_view_teams_by_team
    ON saved_view_teams (team_id, saved_view_id);
