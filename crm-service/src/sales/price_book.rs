//! Price books 价格手册: what products cost for some customers or in some currency.

use super::product;
use crate::crm::Crm;
use crate::in_force::in_force;
use crate::records::check::{MOST_MINOR, currency};
use crate::records::entity::{Change, Entity};
use crate::records::field::Field;
use crate::records::kind::Kind;
use crate::records::refusal::Refusal;
use crate::records::violations::{Violations, quote};
use menshen_proto::crm::v1::{self, PriceBookEntry};
use service_kit::caller::Caller;
use service_kit::guard::permit::Resource;
use std::collections::BTreeSet;
use std::sync::OnceLock;

/// Marks what is about price books.
#[derive(Clone, Debug)]
pub(crate) struct PriceBook;

pub(crate) static PRICE_BOOK: Kind = Kind {
    name: "price_book",
    message: "menshen.crm.v1.PriceBook",
    table: "price_books",
    module: "module:price_books",
    is_owned: false,
    fields: &[
        Field::line("display_name", 1, 200).searched(),
        Field::line("currency", 0, 3)
            .at_first("a book's prices stay in its currency; create another book"),
        Field::json("entries"),
        Field::flag("is_retired"),
    ],
    joined: &[],
    plan: OnceLock::new(),
};

const MAX_ENTRIES: usize = 1_000;

impl Resource for PriceBook {
    const TYPE: &'static str = "price_book";
}

impl Entity for PriceBook {
    type Message = v1::PriceBook;

    fn kind() -> &'static Kind {
        &PRICE_BOOK
    }

    async fn admit(
        crm: &Crm,
        caller: &Caller,
        change: &mut Change<'_, v1::PriceBook>,
    ) -> Result<(), Refusal> {
        if change.after.currency.is_empty() {
            change.after.currency = in_force(&crm.db).await?.default_currency;
        }
        let is_old = |entry: &PriceBookEntry| {
            let before = change.before.map(|book| book.entries.as_slice());
            let mut before = before.unwrap_or_default().iter();
            before.any(|old| old.product == entry.product)
        };
        let entries = change.after.entries.iter().take(MAX_ENTRIES);
        let named: Vec<String> = entries
            .filter(|entry| !entry.product.is_empty() && !is_old(entry))
            .map(|entry| entry.product.clone())
            .collect();
        let mut violations = Violations::of(PRICE_BOOK.name);
        for (_, problem) in product::refused(crm, caller, &named).await? {
            violations.add("entries", problem);
        }
        Ok(violations.or(())?)
    }

    fn check(change: &mut Change<'_, v1::PriceBook>, violations: &mut Violations) {
        if change.cause.touches("currency") {
            currency("currency", &change.after.currency, violations);
        }
        if change.cause.touches("entries") {
            let currency = change.after.currency.clone();
            check_entries(&mut change.after.entries, &currency, violations);
        }
    }
}

fn check_entries(entries: &mut [PriceBookEntry], currency: &str, violations: &mut Violations) {
    if entries.len() > MAX_ENTRIES {
        let problem = format!("{} prices; give at most {MAX_ENTRIES}", entries.len());
        violations.add("entries", problem);
        return;
    }
    let mut seen = BTreeSet::new();
    for (at, entry) in entries.iter_mut().enumerate() {
        let field = |name: &str| format!("entries[{at}].{name}");
        violations.id(&field("product"), &entry.product);
        if !seen.insert(entry.product.clone()) {
            let problem = format!(
                "{} stands twice; give each product one price",
                quote(&entry.product)
            );
            violations.add(&field("product"), problem);
        }
        match &mut entry.price {
            None => violations.add(&field("price"), "is due; give the price of one"),
            Some(price) if !price.currency.is_empty() && price.currency != currency => {
                let quoted = quote(&price.currency);
                let problem =
                    format!("{quoted} is not the book's currency; give the price in `{currency}`");
                violations.add(&field("price.currency"), problem);
            }
            Some(price) => {
                currency.clone_into(&mut price.currency);
                violations.number(
                    &field("price.amount_minor"),
                    price.amount_minor,
                    0..=MOST_MINOR,
                );
            }
        }
    }
}
