//! How rows hold the relations of the access model, for lists.

use super::place::MODULE;
use crate::records::listed::STATE_OF_ROW;
use service_kit::predicate::{Foreign, Held, Holding, Mapping};

/// Rows of `customers`.
pub(crate) const CUSTOMERS: &Mapping = &Mapping {
    resource_type: "customer",
    table: "customers r",
    id: "r.id",
    relations: &[
        IN_MODULE,
        one("owner", "r.owner_id", "user"),
        one("department", "r.department_id", "department"),
        TEAMS_OF_ROW,
        STATE_OF_ROW,
    ],
};
/// Rows of `contacts`.
pub(crate) const CONTACTS: &Mapping = &Mapping {
    resource_type: "contact",
    table: "contacts r",
    id: "r.id",
    relations: &[IN_MODULE, OF_CUSTOMER, STATE_OF_ROW],
};
/// Rows of `interactions`, which are never deleted.
pub(crate) const INTERACTIONS: &Mapping = &Mapping {
    resource_type: "interaction",
    table: "interactions r",
    id: "r.id",
    relations: &[IN_MODULE, OF_CUSTOMER],
};
/// Rows of `purchases`.
pub(crate) const PURCHASES: &Mapping = &Mapping {
    resource_type: "purchase",
    table: "purchases r",
    id: "r.id",
    relations: &[IN_MODULE, OF_CUSTOMER, STATE_OF_ROW],
};

/// Holds of rows that are not deleted.
pub(crate) const LIVE: &str = "r.deleted_at_us IS NULL";
/// Holds of every row.
pub(crate) const ALL: &str = "TRUE";

/// What belongs to a deleted customer is out of sight with it, for whoever asks.
macro_rules! of_live_customer {
    () => {
        "EXISTS (SELECT 1 FROM customers p WHERE p.id = r.customer_id AND p.deleted_at_us IS NULL)"
    };
}
/// Holds of rows whose customer is not deleted.
pub(crate) const ALL_BELOW: &str = of_live_customer!();
/// Holds of rows that are not deleted, and whose customer is not.
pub(crate) const LIVE_BELOW: &str = concat!("r.deleted_at_us IS NULL AND ", of_live_customer!());

const IN_MODULE: Held = Held {
    relation: "module",
    holding: Holding::Fixed(&[MODULE]),
};
const TEAMS_OF_ROW: Held = Held {
    relation: "team",
    holding: Holding::Join {
        table: "customer_teams t",
        row: "t.customer_id",
        sql: "t.team_id",
        subject: "team",
    },
};
/// A customer that another row refers to, under an alias of its own.
const CUSTOMER: Foreign = Foreign {
    mapping: &Mapping {
        resource_type: "customer",
        table: "customers c",
        id: "c.id",
        relations: &[
            IN_MODULE,
            one("owner", "c.owner_id", "user"),
            one("department", "c.department_id", "department"),
            TEAMS_OF_ROW,
        ],
    },
    only: "c.deleted_at_us IS NULL",
};
const OF_CUSTOMER: Held = Held {
    relation: "customer",
    holding: Holding::Column {
        sql: "r.customer_id",
        subject: "customer",
        foreign: Some(&CUSTOMER),
    },
};

const fn one(relation: &'static str, sql: &'static str, subject: &'static str) -> Held {
    Held {
        relation,
        holding: Holding::Column {
            sql,
            subject,
            foreign: None,
        },
    }
}
