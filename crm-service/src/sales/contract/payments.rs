//! When what is paid for a contract.

use crate::records::check::MOST_MINOR;
use crate::records::violations::{Violations, quote};
use chrono::NaiveDate;
use menshen_proto::crm::v1::{Contract, ContractPayment};

const MAX_PAYMENTS: usize = 100;

/// Finds what breaks a limit, and completes the currencies. The parts make the whole.
pub(super) fn check(contract: &mut Contract, violations: &mut Violations) {
    let plan = &mut contract.payment_plan;
    if plan.len() > MAX_PAYMENTS {
        let problem = format!("{} parts; give at most {MAX_PAYMENTS}", plan.len());
        violations.add("payment_plan", problem);
        return;
    }
    for (at, payment) in plan.iter_mut().enumerate() {
        check_one(at, payment, &contract.currency, violations);
    }
    let amount =
        |payment: &ContractPayment| payment.amount.as_ref().map_or(0, |it| it.amount_minor);
    let together: i128 = contract
        .payment_plan
        .iter()
        .map(|one| i128::from(amount(one)))
        .sum();
    let whole = contract.amount.as_ref().map_or(0, |it| it.amount_minor);
    if !contract.payment_plan.is_empty() && together != i128::from(whole) {
        let problem = format!(
            "makes {together} minor units together; give parts that make the amount, {whole}, or none"
        );
        violations.add("payment_plan", problem);
    }
}

fn check_one(
    at: usize,
    payment: &mut ContractPayment,
    currency: &str,
    violations: &mut Violations,
) {
    let field = |name: &str| format!("payment_plan[{at}].{name}");
    let day = &payment.due_on;
    let is_day =
        NaiveDate::parse_from_str(day, "%Y-%m-%d").is_ok_and(|date| date.to_string() == *day);
    if !is_day {
        let quoted = quote(day);
        violations.add(
            &field("due_on"),
            format!("{quoted} is not a date; give `YYYY-MM-DD`"),
        );
    }
    violations.line(&field("note"), &payment.note, 0..=200);
    match &mut payment.amount {
        None => violations.add(&field("amount"), "is due; give how much is paid"),
        Some(amount) if !amount.currency.is_empty() && amount.currency != currency => {
            let quoted = quote(&amount.currency);
            let problem =
                format!("{quoted} is not the record's currency; give the amount in `{currency}`");
            violations.add(&field("amount.currency"), problem);
        }
        Some(amount) => {
            currency.clone_into(&mut amount.currency);
            violations.number(
                &field("amount.amount_minor"),
                amount.amount_minor,
                0..=MOST_MINOR,
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use menshen_proto::crm::v1::Money;

    fn money(amount_minor: i64) -> Money {
        Money {
            currency: String::new(),
            amount_minor,
        }
    }

    fn told(parts: &[(&str, i64)]) -> Vec<String> {
        let part = |(due_on, minor): &(&str, i64)| ContractPayment {
            due_on: (*due_on).to_owned(),
            amount: Some(money(*minor)),
            note: String::new(),
        };
        let mut contract = Contract {
            currency: "CNY".to_owned(),
            amount: Some(money(100)),
            payment_plan: parts.iter().map(part).collect(),
            ..Contract::default()
        };
        let mut violations = Violations::default();
        check(&mut contract, &mut violations);
        violations
            .found()
            .into_iter()
            .map(|found| found.field)
            .collect()
    }

    #[test]
    fn parts_make_the_amount_on_days_that_there_are() {
        assert_eq!(told(&[]), [""; 0]);
        assert_eq!(told(&[("2026-01-31", 40), ("2026-02-28", 60)]), [""; 0]);
        assert_eq!(told(&[("2026-01-31", 40)]), ["payment_plan"]);
        assert_eq!(told(&[("2026-02-30", 100)]), ["payment_plan[0].due_on"]);
    }
}
