//! What a purchase is: values that are valid, however they came in.

use crate::customers::customer::domain::{MAX_AMOUNT_MINOR, amount};
use crate::customers::interaction::domain::past;
use crate::records::message::Shape;
use crate::records::violations::Violations;
use menshen_proto::crm::v1::{self, PurchaseStatus};

/// How a purchase's message is changed and compared.
pub(crate) const SHAPE: Shape = Shape {
    message: "menshen.crm.v1.Purchase",
    name: "purchase",
    updatable: &[
        "lines",
        "status",
        "purchased_at",
        "paid_at",
        "external_reference",
    ],
    elsewhere: &[
        ("amount", "it is the sum of the lines"),
        (
            "customer",
            "a purchase stays with its customer; cancel it and create one at the other",
        ),
    ],
    bookkeeping: &["etag", "updated_at", "updated_by", "redacted_fields"],
};

const MAX_LINES: usize = 100;
/// 100 %, in hundredths of a percent.
const WHOLE_BASIS_POINTS: i32 = 10_000;

/// What callers decide about a purchase. Every value keeps the limits of the contract.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PurchaseFields {
    pub(crate) lines: Vec<PurchaseLine>,
    /// Sum of the lines, in minor units of the customer's currency.
    pub(crate) amount_minor: i64,
    pub(crate) status: PurchaseStatus,
    pub(crate) purchased_at_us: i64,
    /// `None`: it is not paid.
    pub(crate) paid_at_us: Option<i64>,
    pub(crate) external_reference: String,
}

/// A line of a purchase.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PurchaseLine {
    pub(crate) product: String,
    pub(crate) quantity: i32,
    /// In minor units of the customer's currency.
    pub(crate) unit_price_minor: i64,
    /// 0 to 10,000.
    pub(crate) discount_basis_points: i32,
}

impl PurchaseFields {
    /// Reads a proposed or changed purchase of a customer with this currency.
    ///
    /// # Errors
    /// Every field that breaks its limit.
    pub(crate) fn parse(
        message: &v1::Purchase,
        currency: &str,
        now_us: i64,
    ) -> Result<Self, Violations> {
        let mut violations = Violations::of(SHAPE.name);
        let lines = lines(&message.lines, currency, &mut violations);
        let amount_minor = total(&lines).unwrap_or_else(|| {
            let problem =
                format!("add up to more than {MAX_AMOUNT_MINOR} minor units; split the purchase");
            violations.add("lines", problem);
            0
        });
        violations.line("external_reference", &message.external_reference, 0..=100);
        let purchased_at = past(
            "purchased_at",
            message.purchased_at.as_ref(),
            now_us,
            &mut violations,
        );
        let paid_at_us = past("paid_at", message.paid_at.as_ref(), now_us, &mut violations);
        let status = violations
            .known("status", message.status)
            .filter(|status| *status != PurchaseStatus::Unspecified)
            .unwrap_or(PurchaseStatus::Confirmed);
        violations.or(Self {
            lines,
            amount_minor,
            status,
            purchased_at_us: purchased_at.unwrap_or(now_us),
            paid_at_us,
            external_reference: message.external_reference.clone(),
        })
    }

    /// What it adds to the customer's lifetime value.
    pub(crate) fn counted_minor(&self) -> i64 {
        match self.status {
            PurchaseStatus::Cancelled => 0,
            _ => self.amount_minor,
        }
    }
}

fn lines(
    given: &[v1::PurchaseLine],
    currency: &str,
    violations: &mut Violations,
) -> Vec<PurchaseLine> {
    if given.is_empty() || given.len() > MAX_LINES {
        violations.add(
            "lines",
            format!("{} lines; give 1 to {MAX_LINES}", given.len()),
        );
        return Vec::new();
    }
    let parsed = given.iter().enumerate();
    parsed
        .map(|(at, given)| line(at, given, currency, violations))
        .collect()
}

fn line(
    at: usize,
    given: &v1::PurchaseLine,
    currency: &str,
    violations: &mut Violations,
) -> PurchaseLine {
    let field = |name: &str| format!("lines[{at}].{name}");
    violations.line(&field("product"), &given.product, 1..=200);
    violations.number(
        &field("quantity"),
        given.quantity.into(),
        1..=i32::MAX.into(),
    );
    let discount = given.discount_basis_points;
    violations.number(
        &field("discount_basis_points"),
        discount.into(),
        0..=WHOLE_BASIS_POINTS.into(),
    );
    // Whoever may not read prices must not wipe them by sending back lines without them.
    let unit_price_minor = if let Some(price) = &given.unit_price {
        amount(&field("unit_price"), price, currency, violations)
    } else {
        violations.add(&field("unit_price"), "is due; give the price of one");
        0
    };
    PurchaseLine {
        product: given.product.clone(),
        quantity: given.quantity,
        unit_price_minor,
        discount_basis_points: discount,
    }
}

/// The sum of the lines, each rounded half up. `None`: it is more than an amount may be.
fn total(lines: &[PurchaseLine]) -> Option<i64> {
    let sum = lines.iter().map(PurchaseLine::amount_minor).sum::<i128>();
    i64::try_from(sum)
        .ok()
        .filter(|sum| *sum <= MAX_AMOUNT_MINOR)
}

impl PurchaseLine {
    /// Quantity times price, less the discount. No line can overflow: 31 + 63 + 14 bits.
    fn amount_minor(&self) -> i128 {
        let full = i128::from(self.quantity) * i128::from(self.unit_price_minor);
        let kept = i128::from(WHOLE_BASIS_POINTS - self.discount_basis_points);
        let whole = i128::from(WHOLE_BASIS_POINTS);
        (full * kept + whole / 2).div_euclid(whole)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use menshen_proto::crm::v1::Money;

    const NOW: i64 = 1_764_000_000_000_000;

    fn priced(quantity: i32, amount_minor: i64, discount_basis_points: i32) -> v1::PurchaseLine {
        v1::PurchaseLine {
            product: "robot arm".into(),
            quantity,
            unit_price: Some(Money {
                currency: "CNY".into(),
                amount_minor,
            }),
            discount_basis_points,
            ..v1::PurchaseLine::default()
        }
    }

    fn purchase(lines: Vec<v1::PurchaseLine>) -> v1::Purchase {
        v1::Purchase {
            lines,
            ..v1::Purchase::default()
        }
    }

    #[test]
    fn the_amount_is_the_sum_of_the_discounted_lines() {
        let lines = vec![
            priced(2, 1_000, 0),
            priced(1, 999, 5_000),
            priced(3, 100, 10_000),
        ];
        let fields = PurchaseFields::parse(&purchase(lines), "CNY", NOW).unwrap();
        assert_eq!(fields.amount_minor, 2_000 + 500);
        assert_eq!(fields.status, PurchaseStatus::Confirmed);
        assert_eq!(fields.purchased_at_us, NOW);
    }

    #[test]
    fn what_is_cancelled_does_not_count() {
        let mut fields =
            PurchaseFields::parse(&purchase(vec![priced(1, 7, 0)]), "CNY", NOW).unwrap();
        assert_eq!(fields.counted_minor(), 7);
        fields.status = PurchaseStatus::Cancelled;
        assert_eq!(fields.counted_minor(), 0);
    }

    #[test]
    fn every_field_keeps_its_limit() {
        type Change = fn(&mut v1::Purchase);
        let cases: [(&str, Change); 12] = [
            ("purchase.lines", |p| p.lines.clear()),
            ("purchase.lines", |p| p.lines = vec![priced(1, 1, 0); 101]),
            ("purchase.lines", |p| {
                p.lines = vec![priced(2, MAX_AMOUNT_MINOR, 0)];
            }),
            ("purchase.lines[0].product", |p| p.lines[0].product.clear()),
            ("purchase.lines[0].quantity", |p| p.lines[0].quantity = 0),
            ("purchase.lines[0].unit_price", |p| {
                p.lines[0].unit_price = None;
            }),
            ("purchase.lines[0].unit_price.amount_minor", |p| {
                p.lines = vec![priced(1, -1, 0)];
            }),
            ("purchase.lines[0].unit_price.amount_minor", |p| {
                p.lines = vec![priced(1, MAX_AMOUNT_MINOR + 1, 10_000)];
            }),
            ("purchase.lines[0].discount_basis_points", |p| {
                p.lines = vec![priced(1, 1, 10_001)];
            }),
            ("purchase.external_reference", |p| {
                p.external_reference = "x".repeat(101);
            }),
            ("purchase.status", |p| p.status = 9),
            ("purchase.paid_at", |p| {
                p.paid_at = Some(prost_types::Timestamp {
                    seconds: i64::MAX,
                    nanos: 0,
                });
            }),
        ];
        for (field, change) in cases {
            let mut message = purchase(vec![priced(1, 1, 0)]);
            change(&mut message);
            let found = PurchaseFields::parse(&message, "CNY", NOW)
                .unwrap_err()
                .found();
            assert_eq!(found.len(), 1, "{field}: {found:?}");
            assert_eq!(found[0].field, field);
        }
    }

    #[test]
    fn a_price_in_another_currency_is_refused() {
        let found = PurchaseFields::parse(&purchase(vec![priced(1, 1, 0)]), "USD", NOW)
            .unwrap_err()
            .found();
        assert_eq!(found[0].field, "purchase.lines[0].unit_price.currency");
    }
}
