//! Products 产品: what is sold.

use crate::crm::Crm;
use crate::in_force::in_force;
use crate::records::check::currency;
use crate::records::entity::{Cause, Change, Entity};
use crate::records::field::Field;
use crate::records::kind::Kind;
use crate::records::links::missing;
use crate::records::refusal::Refusal;
use crate::records::violations::{Violations, quote};
use menshen_proto::crm::v1::{self, ProductStatus};
use service_kit::caller::Caller;
use service_kit::db::{Stmt, Tx};
use service_kit::guard::permit::Resource;
use std::sync::OnceLock;

/// Marks what is about products.
#[derive(Clone, Debug)]
pub(crate) struct Product;

pub(crate) static PRODUCT: Kind = Kind {
    name: "product",
    message: "menshen.crm.v1.Product",
    table: "products",
    module: "module:products",
    is_owned: false,
    fields: &[
        Field::line("display_name", 1, 200).searched(),
        Field::line("sku", 1, 64),
        Field::text("description", 0, 2_000),
        Field::line("unit", 0, 20),
        Field::line("currency", 0, 3)
            .at_first("a product's prices stay in its currency; create another product"),
        Field::money("list_price"),
        Field::money("floor_price"),
        Field::choice("status", ProductStatus::Active as i32),
    ],
    joined: &[],
    plan: OnceLock::new(),
};

const SAME_SKU: &str = "
    SELECT id
    FROM products
    WHERE sku = $1 AND id != $2 AND deleted_at_us IS NULL";
const RETIRED: &str = "
    SELECT id
    FROM products
    WHERE id IN (LIST($1)) AND status = $2";

impl Resource for Product {
    const TYPE: &'static str = "product";
}

impl Entity for Product {
    type Message = v1::Product;

    fn kind() -> &'static Kind {
        &PRODUCT
    }

    async fn admit(
        crm: &Crm,
        _: &Caller,
        change: &mut Change<'_, v1::Product>,
    ) -> Result<(), Refusal> {
        if change.after.currency.is_empty() {
            change.after.currency = in_force(&crm.db).await?.default_currency;
        }
        Ok(())
    }

    fn check(change: &mut Change<'_, v1::Product>, violations: &mut Violations) {
        if change.cause.touches("currency") {
            currency("currency", &change.after.currency, violations);
        }
    }

    async fn writing(tx: &mut Tx, change: &mut Change<'_, v1::Product>) -> Result<(), Refusal> {
        let sku = &change.after.sku;
        if !change.cause.touches("sku") && !matches!(change.cause, Cause::Restore) {
            return Ok(());
        }
        let same = Stmt::new(SAME_SKU).bind(sku).bind(change.id);
        let same: Option<(String,)> = tx.fetch_optional(same).await?;
        let Some((other,)) = same else { return Ok(()) };
        let mut violations = Violations::of(PRODUCT.name);
        let problem = format!(
            "{} is that of the product `{other}`; give another",
            quote(sku)
        );
        violations.add("sku", problem);
        Err(violations.into())
    }
}

/// What is wrong with naming these products in something new.
///
/// # Errors
/// The database or the decider fails.
pub(super) async fn refused(
    crm: &Crm,
    caller: &Caller,
    ids: &[String],
) -> Result<Vec<(String, String)>, Refusal> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let missing = missing(crm, caller, &PRODUCT, ids).await?;
    let retired = Stmt::new(RETIRED).bind_list(ids);
    let retired = retired.bind(ProductStatus::Retired as i32);
    let retired: Vec<(String,)> = crm.db.fetch_all(retired).await?;
    let mut found: Vec<(String, String)> = Vec::new();
    for id in &missing {
        let problem = format!("there is no product {}; name one that there is", quote(id));
        found.push((id.clone(), problem));
    }
    for (id,) in retired {
        if !missing.contains(&id) {
            let problem = format!("the product `{id}` is sold no more; name another one");
            found.push((id, problem));
        }
    }
    Ok(found)
}
