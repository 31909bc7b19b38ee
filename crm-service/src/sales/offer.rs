//! What is offered: the lines of an opportunity or a quote, and what they add up to.

use super::product;
use crate::crm::Crm;
use crate::records::check::MOST_MINOR;
use crate::records::refusal::Refusal;
use crate::records::violations::{Violations, quote};
use menshen_proto::crm::v1::{Money, OfferLine};
use service_kit::caller::Caller;

const MAX_LINES: usize = 100;
/// 100 %, in hundredths of a percent.
pub(super) const WHOLE_BASIS_POINTS: i32 = 10_000;

/// What lines come to, in minor units, each rounded half up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Sum {
    /// Before any discount.
    pub(super) full: i64,
    /// After those of the lines.
    pub(super) reduced: i64,
}

/// Makes sure that products that lines begin to name are there for the caller, and are sold.
///
/// # Errors
/// One that is not.
pub(super) async fn admit(
    crm: &Crm,
    caller: &Caller,
    kind: &str,
    before: &[OfferLine],
    after: &[OfferLine],
) -> Result<(), Refusal> {
    let is_old = |id: &str| before.iter().any(|line| line.product == id);
    let lines = after.iter().take(MAX_LINES);
    let mut named: Vec<String> = lines
        .map(|line| line.product.clone())
        .filter(|id| !id.is_empty() && !is_old(id))
        .collect();
    named.sort();
    named.dedup();
    let mut violations = Violations::of(kind);
    for (_, problem) in product::refused(crm, caller, &named).await? {
        violations.add("lines", problem);
    }
    Ok(violations.or(())?)
}

/// Finds what breaks a limit, completes the currencies, and adds up.
pub(super) fn checked_sum(
    lines: &mut [OfferLine],
    currency: &str,
    violations: &mut Violations,
) -> Sum {
    if lines.len() > MAX_LINES {
        let problem = format!("{} lines; give at most {MAX_LINES}", lines.len());
        violations.add("lines", problem);
        return Sum::default();
    }
    for (at, line) in lines.iter_mut().enumerate() {
        check(at, line, currency, violations);
    }
    let fits = |sum: i128| i64::try_from(sum).ok().filter(|sum| *sum <= MOST_MINOR);
    let full = fits(lines.iter().map(full_minor).sum());
    let reduced = fits(lines.iter().map(reduced_minor).sum());
    let (Some(full), Some(reduced)) = (full, reduced) else {
        let problem =
            format!("add up to more than {MOST_MINOR} minor units; split what is offered");
        violations.add("lines", problem);
        return Sum::default();
    };
    Sum { full, reduced }
}

fn check(at: usize, line: &mut OfferLine, currency: &str, violations: &mut Violations) {
    let field = |name: &str| format!("lines[{at}].{name}");
    violations.optional_id(&field("product"), &line.product);
    let least = usize::from(line.product.is_empty());
    violations.line(&field("description"), &line.description, least..=200);
    violations.number(
        &field("quantity"),
        line.quantity.into(),
        1..=i32::MAX.into(),
    );
    let discount = line.discount_basis_points.into();
    violations.number(
        &field("discount_basis_points"),
        discount,
        0..=WHOLE_BASIS_POINTS.into(),
    );
    match &mut line.unit_price {
        Some(price) => check_price(&field("unit_price"), price, currency, violations),
        None => violations.add(&field("unit_price"), "is due; give the price of one"),
    }
}

fn check_price(field: &str, price: &mut Money, currency: &str, violations: &mut Violations) {
    if !price.currency.is_empty() && price.currency != currency {
        let quoted = quote(&price.currency);
        let problem =
            format!("{quoted} is not the record's currency; give the amount in `{currency}`");
        violations.add(&format!("{field}.currency"), problem);
    }
    currency.clone_into(&mut price.currency);
    let field = format!("{field}.amount_minor");
    violations.number(&field, price.amount_minor, 0..=MOST_MINOR);
}

/// 31 + 63 bits.
fn full_minor(line: &OfferLine) -> i128 {
    let price = line
        .unit_price
        .as_ref()
        .map_or(0, |price| price.amount_minor);
    i128::from(line.quantity) * i128::from(price)
}

fn reduced_minor(line: &OfferLine) -> i128 {
    less(full_minor(line), line.discount_basis_points)
}

/// An amount less a discount, rounded half up. 14 bits more than the amount.
pub(super) fn less(minor: i128, discount_basis_points: i32) -> i128 {
    let kept = i128::from(WHOLE_BASIS_POINTS.saturating_sub(discount_basis_points));
    let whole = i128::from(WHOLE_BASIS_POINTS);
    (minor * kept + whole / 2).div_euclid(whole)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(quantity: i32, price: i64, discount_basis_points: i32) -> OfferLine {
        OfferLine {
            description: "robot arm".to_owned(),
            quantity,
            unit_price: Some(Money {
                currency: String::new(),
                amount_minor: price,
            }),
            discount_basis_points,
            ..OfferLine::default()
        }
    }

    #[test]
    fn lines_add_up_with_and_without_their_discounts() {
        let mut violations = Violations::default();
        let mut lines = [line(2, 500, 1_000), line(1, 333, 5_000)];
        let sum = checked_sum(&mut lines, "CNY", &mut violations);
        assert_eq!(
            sum,
            Sum {
                full: 1_333,
                reduced: 900 + 167
            }
        );
        assert_eq!(lines[0].unit_price.as_ref().unwrap().currency, "CNY");
        assert_eq!(violations.or(()), Ok(()));
    }

    #[test]
    fn a_sum_that_no_amount_can_hold_is_refused() {
        let mut violations = Violations::default();
        checked_sum(&mut [line(2, MOST_MINOR, 0)], "CNY", &mut violations);
        assert!(violations.found()[0].description.contains("add up to more"));
    }
}
