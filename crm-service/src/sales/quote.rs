//! Quotes 报价: what is offered for an opportunity, for how much, and until when.

use super::{day, makers, offer};
use crate::crm::Crm;
use crate::records::entity::{Cause, Change, Entity, Step};
use crate::records::facts;
use crate::records::field::Field;
use crate::records::kind::Kind;
use crate::records::refusal::Refusal;
use crate::records::violations::Violations;
use crate::sales::opportunity::OPPORTUNITY;
use menshen_proto::crm::v1::{self, Money, QuoteStatus};
use service_kit::caller::Caller;
use service_kit::db::{Stmt, Tx};
use service_kit::guard::decider::Question;
use service_kit::guard::permit::Resource;
use std::sync::OnceLock;

/// Marks what is about quotes.
#[derive(Clone, Debug)]
pub(crate) struct Quote;

const DRAFT: i32 = QuoteStatus::Draft as i32;
const IN_REVIEW: i32 = QuoteStatus::InReview as i32;
const APPROVED: i32 = QuoteStatus::Approved as i32;
const SENT: i32 = QuoteStatus::Sent as i32;
const ACCEPTED: i32 = QuoteStatus::Accepted as i32;
const REJECTED: i32 = QuoteStatus::Rejected as i32;
const EXPIRED: i32 = QuoteStatus::Expired as i32;
const VOID: i32 = QuoteStatus::Void as i32;

pub(crate) static QUOTE: Kind = Kind {
    name: "quote",
    message: "menshen.crm.v1.Quote",
    table: "quotes",
    module: "module:quotes",
    is_owned: false,
    fields: &[
        Field::parent(
            "opportunity",
            &OPPORTUNITY,
            "a quote stays with its opportunity; delete it and create one at the other",
        ),
        Field::line("display_name", 1, 200).searched(),
        Field::number("revision", 0, i32::MAX as i64).by_the_kind("it counts the versions"),
        Field::line("currency", 0, 3).by_the_kind("it is the opportunity's"),
        Field::json("lines"),
        Field::number("discount_basis_points", 0, offer::WHOLE_BASIS_POINTS as i64),
        Field::money("amount").by_the_kind("it is the sum of the lines, less the discount"),
        Field::date("valid_until"),
        Field::text("terms", 0, 10_000),
        Field::choice("status", DRAFT)
            .by_the_kind("take the step that leads there, such as SubmitQuote"),
        Field::relation("submitted_by").by_the_kind("submit the quote by SubmitQuote"),
        Field::line("approved_by", 0, 64).by_the_kind("approve the quote by ApproveQuote"),
    ],
    joined: &[makers::OF_QUOTES],
    plan: OnceLock::new(),
};

/// Above it, the discounts together take more than the function "approve": 20 %.
const KEPT_OF_FULL_PERCENT: i128 = 80;

const CURRENCY: &str = "
    SELECT currency
    FROM opportunities
    WHERE id = $1";

impl Resource for Quote {
    const TYPE: &'static str = "quote";
}

impl Entity for Quote {
    type Message = v1::Quote;

    const STEPS: &'static [Step] = &[
        Step::new("SubmitQuote", &[DRAFT], IN_REVIEW),
        Step::new("ApproveQuote", &[IN_REVIEW], APPROVED),
        Step::new("RejectQuote", &[IN_REVIEW], REJECTED).with_reason(),
        Step::new("SendQuote", &[APPROVED], SENT),
        Step::new("AcceptQuote", &[SENT], ACCEPTED),
        Step::new("DeclineQuote", &[SENT], REJECTED).with_reason(),
        Step::new("ExpireQuote", &[SENT], EXPIRED),
        Step::new(
            "VoidQuote",
            &[DRAFT, IN_REVIEW, APPROVED, SENT, REJECTED, EXPIRED],
            VOID,
        )
        .with_reason(),
    ];

    fn kind() -> &'static Kind {
        &QUOTE
    }

    async fn admit(
        crm: &Crm,
        caller: &Caller,
        change: &mut Change<'_, v1::Quote>,
    ) -> Result<(), Refusal> {
        match change.cause {
            Cause::Create => {
                let select = Stmt::new(CURRENCY).bind(&change.after.opportunity);
                let found: Option<(String,)> = crm.db.fetch_optional(select).await?;
                change.after.currency = found.map(|(currency,)| currency).unwrap_or_default();
                change.after.revision = 1;
            }
            Cause::Update(_) => draft_again(change)?,
            Cause::Step(step) => take(crm, caller, change, step).await?,
            Cause::Transfer(_) | Cause::Delete | Cause::Restore | Cause::Merge => {}
        }
        if change.cause.touches("lines") {
            let before = change.before.map(|before| before.lines.as_slice());
            let (before, after) = (before.unwrap_or_default(), &change.after.lines);
            offer::admit(crm, caller, QUOTE.name, before, after).await?;
        }
        Ok(())
    }

    fn check(change: &mut Change<'_, v1::Quote>, violations: &mut Violations) {
        if matches!(change.cause, Cause::Step(_)) {
            return;
        }
        let currency = change.after.currency.clone();
        let sum = offer::checked_sum(&mut change.after.lines, &currency, violations);
        let amount = offer::less(sum.reduced.into(), change.after.discount_basis_points);
        change.after.amount = Some(Money {
            currency,
            amount_minor: i64::try_from(amount).unwrap_or_default(),
        });
    }

    async fn writing(tx: &mut Tx, change: &mut Change<'_, v1::Quote>) -> Result<(), Refusal> {
        makers::admit(tx, &QUOTE, change).await
    }
}

/// What was approved is not what is changed: the change makes a new version, a draft.
fn draft_again(change: &mut Change<'_, v1::Quote>) -> Result<(), Refusal> {
    let Some(before) = change.before else {
        return Ok(());
    };
    let problem = match before.status() {
        QuoteStatus::Draft => return Ok(()),
        QuoteStatus::InReview => "is in review; let it be rejected first",
        QuoteStatus::Accepted => "is accepted; make a new one",
        QuoteStatus::Void => "is void; make a new one",
        _ => {
            change.after.status = DRAFT;
            change.after.revision = before.revision.saturating_add(1);
            change.after.submitted_by = String::new();
            change.after.approved_by = String::new();
            return Ok(());
        }
    };
    Err(wrong_state(change.id, format!("the quote {problem}")))
}

async fn take(
    crm: &Crm,
    caller: &Caller,
    change: &mut Change<'_, v1::Quote>,
    step: &Step,
) -> Result<(), Refusal> {
    let is_over = day::is_over(&change.after.valid_until, change.call.now_us);
    match step.method {
        "SubmitQuote" if change.after.lines.is_empty() => Err(wrong_state(
            change.id,
            "the quote offers nothing; give it `lines` first",
        )),
        "SubmitQuote" => {
            change.after.submitted_by = makers::user(caller);
            Ok(())
        }
        "ApproveQuote" => {
            admit_discount(crm, caller, change).await?;
            change.after.approved_by = makers::user(caller);
            Ok(())
        }
        "SendQuote" | "AcceptQuote" if is_over => Err(wrong_state(
            change.id,
            format!(
                "the quote was valid until {}; change `valid_until` and let it be approved anew",
                change.after.valid_until
            ),
        )),
        "ExpireQuote" if !is_over => Err(wrong_state(
            change.id,
            "the quote's time is not over; AcceptQuote or DeclineQuote say what the customer answers",
        )),
        _ => Ok(()),
    }
}

/// A large discount is not for everybody to approve who approves.
async fn admit_discount(
    crm: &Crm,
    caller: &Caller,
    change: &Change<'_, v1::Quote>,
) -> Result<(), Refusal> {
    let quote = &change.after;
    let mut lines = quote.lines.clone();
    let sum = offer::checked_sum(&mut lines, &quote.currency, &mut Violations::default());
    let amount = quote
        .amount
        .as_ref()
        .map_or(0, |amount| amount.amount_minor);
    if i128::from(amount) * 100 >= i128::from(sum.full) * KEPT_OF_FULL_PERCENT {
        return Ok(());
    }
    let ids = [change.id.to_owned()];
    let facts = facts::of_ids(&crm.db, &QUOTE, &ids, false).await?;
    let facts = facts.into_values().next().ok_or(Refusal::Stale)?;
    let question = Question {
        subject: String::new(),
        permission: "approve_above".to_owned(),
        resource: QUOTE.reference(change.id),
        contextual: facts.relationships,
    };
    let problem =
        "the discounts together are above 20 %, more than you may approve; ask a sales director";
    crm.due(caller, question, problem).await
}

fn wrong_state(id: &str, problem: impl Into<String>) -> Refusal {
    Refusal::wrong_state(QUOTE.reference(id), problem)
}
