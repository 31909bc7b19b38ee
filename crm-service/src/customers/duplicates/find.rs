//! Looking for a customer in the whole company.

use super::name_key;
use crate::crm::Crm;
use crate::customers::customer::CUSTOMER;
use crate::records::refusal::Refusal;
use crate::records::violations::Violations;
use crate::records::visible::{RecordRef, visible};
use menshen_proto::crm::v1::{Duplicate, FindDuplicatesRequest, FindDuplicatesResponse};
use service_kit::caller::Caller;
use service_kit::db::{Db, Stmt};
use service_kit::guard::decider::Question;
use service_kit::ids;
use service_kit::status::{self, Reason};
use std::time::Duration;

const HOUR_US: i64 = 3_600 * 1_000_000;
/// Searches of one caller in an hour: enough to work, too few to go through a telephone book.
const SEARCHES: i64 = 60;
const SHOWN: usize = 20;
/// How much of a hidden name is told.
const SHOWN_CHARS: usize = 2;
const HOW_TO_ASK: &str = "ask its department to share it with you, or to give it to you";
const HOW_TO_CLAIM: &str = "it is in the public pool; claim it";

// A column that is not looked for is compared with '', which the second condition leaves out.
const LIKE_IT: &str = "
    SELECT id, display_name, department_id,
        owner_id IS NULL AS is_pooled,
        name_key = $1 AND name_key <> '' AS same_name,
        credit_code = $2 AND credit_code <> '' AS same_code,
        phone = $3 AND phone <> '' AS same_phone
    FROM customers
    WHERE deleted_at_us IS NULL
        AND ((name_key = $1 AND name_key <> '')
            OR (credit_code = $2 AND credit_code <> '')
            OR (phone = $3 AND phone <> ''))
    ORDER BY created_at_us, id
    LIMIT $4";
const WRITE_DOWN: &str = "
    INSERT INTO duplicate_searches (id, caller, at_us, looked_for, found)
    VALUES ($1, $2, $3, $4, $5)";
const SEARCHED: &str = "
    SELECT COUNT(*)
    FROM duplicate_searches
    WHERE caller = $1 AND at_us > $2";

#[derive(sqlx::FromRow)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "a row of the statement above"
)]
struct Row {
    id: String,
    display_name: String,
    department_id: Option<String>,
    is_pooled: bool,
    same_name: bool,
    same_code: bool,
    same_phone: bool,
}

/// The customers like the one described, as the caller may know them.
///
/// # Errors
/// Nothing is described; RESOURCE_EXHAUSTED: the caller has looked too often.
pub(super) async fn find(
    crm: &Crm,
    caller: &Caller,
    asked: &FindDuplicatesRequest,
) -> Result<FindDuplicatesResponse, Refusal> {
    check(asked)?;
    admit_phone(crm, caller, asked).await?;
    let now_us = crm.clock.now_us();
    admit(&crm.db, caller, now_us).await?;
    let mut rows = like_it(&crm.db, asked).await?;
    let more = rows.len() > SHOWN;
    write_down(&crm.db, caller, asked, rows.len(), now_us).await?;
    rows.truncate(SHOWN);
    let records = rows.iter().map(|row| RecordRef {
        kind: &CUSTOMER,
        id: row.id.clone(),
    });
    let visible = visible(crm, caller, records).await?;
    let told = |row: Row| {
        let is_visible = visible.contains(&CUSTOMER.reference(&row.id));
        row.told(is_visible)
    };
    Ok(FindDuplicatesResponse {
        duplicates: rows.into_iter().map(told).collect(),
        more,
    })
}

fn check(asked: &FindDuplicatesRequest) -> Result<(), Violations> {
    let mut violations = Violations::default();
    violations.line("display_name", &asked.display_name, 0..=200);
    violations.line("credit_code", &asked.credit_code, 0..=18);
    violations.telephone("phone", &asked.phone);
    let is_empty = name_key(&asked.display_name).is_empty()
        && asked.credit_code.is_empty()
        && asked.phone.is_empty();
    if is_empty {
        violations.add(
            "display_name",
            "is empty, as are `credit_code` and `phone`; give at least one of them",
        );
    }
    violations.or(())
}

/// That a number is somebody's is as hidden as the number.
async fn admit_phone(
    crm: &Crm,
    caller: &Caller,
    asked: &FindDuplicatesRequest,
) -> Result<(), Refusal> {
    if asked.phone.is_empty() {
        return Ok(());
    }
    let question = Question {
        subject: String::new(),
        permission: "read_personal".to_owned(),
        resource: CUSTOMER.module.to_owned(),
        contextual: Vec::new(),
    };
    let problem = "you may not look for a telephone number; leave `phone` empty";
    crm.due(caller, question, problem).await
}

async fn admit(db: &Db, caller: &Caller, now_us: i64) -> Result<(), Refusal> {
    let count = Stmt::new(SEARCHED)
        .bind(&caller.subject)
        .bind(now_us - HOUR_US);
    let (searched,): (i64,) = db.fetch_one(count).await?;
    if searched < SEARCHES {
        return Ok(());
    }
    let problem =
        format!("you have looked for duplicates {searched} times in an hour; go on later");
    let wait = Some(Duration::from_mins(10));
    Err(status::resource_exhausted(Reason::SearchLimit, problem, wait).into())
}

async fn like_it(db: &Db, asked: &FindDuplicatesRequest) -> Result<Vec<Row>, Refusal> {
    let limit = i64::try_from(SHOWN + 1).unwrap_or(i64::MAX);
    let select = Stmt::new(LIKE_IT)
        .bind(name_key(&asked.display_name))
        .bind(asked.credit_code.trim().to_uppercase())
        .bind(&asked.phone)
        .bind(limit);
    Ok(db.fetch_all(select).await?)
}

async fn write_down(
    db: &Db,
    caller: &Caller,
    asked: &FindDuplicatesRequest,
    found: usize,
    now_us: i64,
) -> Result<(), Refusal> {
    let looked_for = serde_json::json!({
        "display_name": asked.display_name,
        "credit_code": asked.credit_code,
        "phone": asked.phone,
    });
    let write = Stmt::new(WRITE_DOWN)
        .bind(ids::new_id(now_us).to_string())
        .bind(&caller.subject)
        .bind(now_us)
        .bind(looked_for.to_string())
        .bind(i64::try_from(found).unwrap_or(i64::MAX));
    db.execute(write).await?;
    Ok(())
}

impl Row {
    fn told(self, is_visible: bool) -> Duplicate {
        let matched = [
            ("display_name", self.same_name),
            ("credit_code", self.same_code),
            ("phone", self.same_phone),
        ];
        let matched = matched.into_iter().filter(|(_, same)| *same);
        let how_to_ask = match (is_visible, self.is_pooled) {
            (true, _) => "",
            (false, true) => HOW_TO_CLAIM,
            (false, false) => HOW_TO_ASK,
        };
        Duplicate {
            id: if is_visible { self.id } else { String::new() },
            display_name: if is_visible {
                self.display_name
            } else {
                masked(&self.display_name)
            },
            department: self.department_id.unwrap_or_default(),
            is_pooled: self.is_pooled,
            matched: matched.map(|(field, _)| field.to_owned()).collect(),
            how_to_ask: how_to_ask.to_owned(),
        }
    }
}

fn masked(name: &str) -> String {
    let shown: String = name.chars().take(SHOWN_CHARS).collect();
    format!("{shown}***")
}
