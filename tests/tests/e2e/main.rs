//! What a user of the two services relies on, tried from outside: real binaries, real sockets, TLS,
//! both databases.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test that cannot go on must fail"
)]

mod ask;
mod duplicates;
mod expect;
mod mail_server;
mod marketing;

mod absent;
mod administrators;
mod audit;
mod bulk;
mod checks;
mod collaboration_attachments;
mod collaboration_inbox;
mod collaboration_notes;
mod collaboration_tasks;
mod collaboration_timeline;
mod collation;
mod contacts;
mod contract;
mod credential;
mod customer_rules;
mod documents;
mod failover;
mod fields;
mod first_start;
mod grants;
mod guarded;
mod health;
mod identity;
mod interactions;
mod lists;
mod marketing_campaigns;
mod marketing_consents;
mod marketing_plans;
mod marketing_segments;
mod marketing_sending;
mod matrix;
mod operation;
mod outage;
mod partition;
mod pool;
mod purchases;
mod reflection;
mod reports;
mod revocation;
mod sales_ask;
mod sales_catalogue;
mod sales_contracts;
mod sales_conversion;
mod sales_leads;
mod sales_opportunities;
mod sales_quotes;
mod scenarios;
mod schema;
mod settings;
mod sharing;
mod startup;
mod storage;
mod streams;
mod support_customers;
mod support_lists;
mod support_promises;
mod support_tickets;
mod tokens;
mod writes;
