//! The lines of a purchase.

use crate::records::check::MOST_MINOR;
use crate::records::violations::{Violations, quote};
use menshen_proto::crm::v1::{Money, PurchaseLine};

const MAX_LINES: usize = 100;
/// 100 %, in hundredths of a percent.
const WHOLE_BASIS_POINTS: i32 = 10_000;

/// Their sum in minor units, each line rounded half up; finds what breaks a limit, and completes the
/// currencies.
pub(super) fn checked_sum(
    lines: &mut [PurchaseLine],
    currency: &str,
    violations: &mut Violations,
) -> i64 {
    if lines.is_empty() || lines.len() > MAX_LINES {
        let problem = format!("{} lines; give 1 to {MAX_LINES}", lines.len());
        violations.add("lines", problem);
        return 0;
    }
    for (at, line) in lines.iter_mut().enumerate() {
        check(at, line, currency, violations);
    }
    let sum = lines.iter().map(amount_minor).sum::<i128>();
    let sum = i64::try_from(sum).ok().filter(|sum| *sum <= MOST_MINOR);
    sum.unwrap_or_else(|| {
        let problem = format!("add up to more than {MOST_MINOR} minor units; split the purchase");
        violations.add("lines", problem);
        0
    })
}

fn check(at: usize, line: &mut PurchaseLine, currency: &str, violations: &mut Violations) {
    let field = |name: &str| format!("lines[{at}].{name}");
    violations.line(&field("product"), &line.product, 1..=200);
    let (quantity, most) = (line.quantity.into(), i32::MAX.into());
    violations.number(&field("quantity"), quantity, 1..=most);
    let (discount, most) = (line.discount_basis_points.into(), WHOLE_BASIS_POINTS.into());
    violations.number(&field("discount_basis_points"), discount, 0..=most);
    match &mut line.unit_price {
        Some(price) => check_price(&field("unit_price"), price, currency, violations),
        // Whoever may not read prices must not wipe them by sending back lines without them.
        None => violations.add(&field("unit_price"), "is due; give the price of one"),
    }
}

fn check_price(field: &str, price: &mut Money, currency: &str, violations: &mut Violations) {
    if !price.currency.is_empty() && price.currency != currency {
        let quoted = quote(&price.currency);
        let problem =
            format!("{quoted} is not the customer's currency; give the amount in `{currency}`");
        violations.add(&format!("{field}.currency"), problem);
    }
    currency.clone_into(&mut price.currency);
    let field = format!("{field}.amount_minor");
    violations.number(&field, price.amount_minor, 0..=MOST_MINOR);
}

/// Quantity times price, less the discount. No line can overflow: 31 + 63 + 14 bits.
fn amount_minor(line: &PurchaseLine) -> i128 {
    let price = line
        .unit_price
        .as_ref()
        .map_or(0, |price| price.amount_minor);
    let full = i128::from(line.quantity) * i128::from(price);
    let kept = i128::from(WHOLE_BASIS_POINTS.saturating_sub(line.discount_basis_points));
    let whole = i128::from(WHOLE_BASIS_POINTS);
    (full * kept + whole / 2).div_euclid(whole)
}
