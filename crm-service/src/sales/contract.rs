//! Contracts 合同: what was agreed with a customer, and who stands for it.

mod payments;
mod sign;

use super::quote::QUOTE;
use super::{day, makers};
use crate::crm::Crm;
use crate::customers::customer::CUSTOMER;
use crate::in_force::in_force;
use crate::records::check::currency;
use crate::records::entity::{Cause, Change, Entity, Step};
use crate::records::facts;
use crate::records::field::Field;
use crate::records::kind::Kind;
use crate::records::refusal::Refusal;
use crate::records::violations::{Violations, quote};
use menshen_proto::crm::v1::{self, ContractStatus};
use service_kit::caller::Caller;
use service_kit::db::{Stmt, Tx};
use service_kit::guard::decider::Question;
use service_kit::guard::permit::Resource;
use std::sync::OnceLock;

/// Marks what is about contracts.
#[derive(Clone, Debug)]
pub(crate) struct Contract;

const DRAFT: i32 = ContractStatus::Draft as i32;
const IN_APPROVAL: i32 = ContractStatus::InApproval as i32;
const APPROVED: i32 = ContractStatus::Approved as i32;
const ACTIVE: i32 = ContractStatus::Active as i32;
const EXPIRED: i32 = ContractStatus::Expired as i32;
const TERMINATED: i32 = ContractStatus::Terminated as i32;

const BY_APPROVAL: &str = "approve the contract by ApproveContract";

pub(crate) static CONTRACT: Kind = Kind {
    name: "contract",
    message: "menshen.crm.v1.Contract",
    table: "contracts",
    module: "module:contracts",
    is_owned: true,
    fields: &[
        Field::parent(
            "customer",
            &CUSTOMER,
            "a contract stays with its customer; delete it and create one at the other",
        ),
        Field::line("display_name", 1, 200).searched(),
        Field::line("number", 0, 64),
        Field::line("currency", 0, 3)
            .at_first("a contract's amounts stay in its currency; create another one"),
        Field::money("amount"),
        Field::link("quote", &QUOTE),
        Field::past_date("sign_date").by_the_kind("sign the contract by SignContract"),
        Field::date("starts_on"),
        Field::date("ends_on"),
        Field::text("terms", 0, 10_000),
        Field::json("payment_plan"),
        Field::choice("status", DRAFT)
            .by_the_kind("take the step that leads there, such as SubmitContract"),
        Field::number("revision", 0, i32::MAX as i64).by_the_kind("it counts the versions"),
        Field::relation("submitted_by").by_the_kind("submit the contract by SubmitContract"),
        Field::relation("first_approved_by").by_the_kind(BY_APPROVAL),
        Field::line("second_approved_by", 0, 64).by_the_kind(BY_APPROVAL),
    ],
    joined: &[makers::OF_CONTRACTS],
    plan: OnceLock::new(),
};

const CUSTOMER_OF_QUOTE: &str = "
    SELECT o.customer_id
    FROM quotes q
    JOIN opportunities o ON o.id = q.opportunity_id
    WHERE q.id = $1";

impl Resource for Contract {
    const TYPE: &'static str = "contract";
}

impl Entity for Contract {
    type Message = v1::Contract;

    const STEPS: &'static [Step] = &[
        Step::new("SubmitContract", &[DRAFT], IN_APPROVAL),
        Step::new("ApproveContract", &[IN_APPROVAL], APPROVED),
        Step::new("RejectContract", &[IN_APPROVAL], DRAFT).with_reason(),
        Step::new("AmendContract", &[ACTIVE], DRAFT).with_reason(),
        Step::new("TerminateContract", &[ACTIVE], TERMINATED).with_reason(),
        Step::new("ExpireContract", &[ACTIVE], EXPIRED),
    ];

    fn kind() -> &'static Kind {
        &CONTRACT
    }

    async fn admit(
        crm: &Crm,
        caller: &Caller,
        change: &mut Change<'_, v1::Contract>,
    ) -> Result<(), Refusal> {
        match change.cause {
            Cause::Create => {
                change.after.revision = 1;
                if change.after.currency.is_empty() {
                    change.after.currency = in_force(&crm.db).await?.default_currency;
                }
                Ok(())
            }
            Cause::Update(_) => admit_update(change),
            Cause::Step(step) => take(crm, caller, change, step).await,
            Cause::Transfer(_) | Cause::Delete | Cause::Restore | Cause::Merge => Ok(()),
        }
    }

    fn check(change: &mut Change<'_, v1::Contract>, violations: &mut Violations) {
        if change.cause.touches("currency") {
            currency("currency", &change.after.currency, violations);
        }
        if change.cause.touches("amount") || change.cause.touches("payment_plan") {
            payments::check(&mut change.after, violations);
        }
        let (first, last) = (&change.after.starts_on, &change.after.ends_on);
        let is_touched = change.cause.touches("starts_on") || change.cause.touches("ends_on");
        if is_touched && !first.is_empty() && !last.is_empty() && last < first {
            let problem = format!(
                "{} is before the term's first day {}",
                quote(last),
                quote(first)
            );
            violations.add("ends_on", format!("{problem}; give a later one"));
        }
    }

    async fn writing(tx: &mut Tx, change: &mut Change<'_, v1::Contract>) -> Result<(), Refusal> {
        makers::admit(tx, &CONTRACT, change).await?;
        if !change.cause.touches("quote") || change.after.quote.is_empty() {
            return Ok(());
        }
        let select = Stmt::new(CUSTOMER_OF_QUOTE).bind(&change.after.quote);
        let found: Option<(String,)> = tx.fetch_optional(select).await?;
        if found.is_some_and(|(customer,)| customer == change.after.customer) {
            return Ok(());
        }
        let mut violations = Violations::of(CONTRACT.name);
        let quoted = quote(&change.after.quote);
        let problem = format!("{quoted} is not of this customer; name a quote that is");
        violations.add("quote", problem);
        Err(violations.into())
    }
}

/// What others approve or have signed is not changed under their hands.
fn admit_update(change: &Change<'_, v1::Contract>) -> Result<(), Refusal> {
    let problem = match change.before.map(v1::Contract::status) {
        Some(ContractStatus::Draft) | None => return Ok(()),
        Some(ContractStatus::InApproval) => "is in approval; let it be rejected first",
        Some(ContractStatus::Approved) => "is approved; sign it, and amend it if it must change",
        Some(ContractStatus::Active) => "is in force; amend it by AmendContract",
        Some(_) => "has ended; make a new one",
    };
    Err(wrong_state(change.id, format!("the contract {problem}")))
}

async fn take(
    crm: &Crm,
    caller: &Caller,
    change: &mut Change<'_, v1::Contract>,
    step: &Step,
) -> Result<(), Refusal> {
    match step.method {
        "SubmitContract" if change.after.amount.is_none() => Err(wrong_state(
            change.id,
            "the contract has no amount; give it `amount` first",
        )),
        "SubmitContract" => {
            forget_approvals(&mut change.after);
            change.after.submitted_by = makers::user(caller);
            Ok(())
        }
        "ApproveContract" => approve(crm, caller, change).await,
        "RejectContract" => {
            forget_approvals(&mut change.after);
            Ok(())
        }
        "AmendContract" => {
            forget_approvals(&mut change.after);
            change.after.revision = change.after.revision.saturating_add(1);
            Ok(())
        }
        "ExpireContract" if !day::is_over(&change.after.ends_on, change.call.now_us) => {
            let problem =
                "the contract's term is not over; TerminateContract ends it before its time";
            Err(wrong_state(change.id, problem))
        }
        _ => Ok(()),
    }
}

/// Two people approve, one after the other; the last one for finance. That neither made it, nor the
/// second was the first, the guard has seen to.
async fn approve(
    crm: &Crm,
    caller: &Caller,
    change: &mut Change<'_, v1::Contract>,
) -> Result<(), Refusal> {
    if change.after.first_approved_by.is_empty() {
        change.after.status = IN_APPROVAL;
        change.after.first_approved_by = makers::user(caller);
        return Ok(());
    }
    let ids = [change.id.to_owned()];
    let facts = facts::of_ids(&crm.db, &CONTRACT, &ids, false).await?;
    let facts = facts.into_values().next().ok_or(Refusal::Stale)?;
    let question = Question {
        subject: String::new(),
        permission: "approve_finally".to_owned(),
        resource: CONTRACT.reference(change.id),
        contextual: facts.relationships,
    };
    let problem = "the contract waits for its last approval, which is finance's; ask them";
    crm.due(caller, question, problem).await?;
    change.after.second_approved_by = makers::user(caller);
    Ok(())
}

fn forget_approvals(contract: &mut v1::Contract) {
    contract.submitted_by = String::new();
    contract.first_approved_by = String::new();
    contract.second_approved_by = String::new();
}

fn wrong_state(id: &str, problem: impl Into<String>) -> Refusal {
    Refusal::wrong_state(CONTRACT.reference(id), problem)
}
