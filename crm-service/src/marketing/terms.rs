//! What strategies, plans and campaigns are agreed on: a period, amounts, what is measured.

use crate::crm::Crm;
use crate::in_force::in_force;
use crate::records::check;
use crate::records::entity::Change;
use crate::records::refusal::Refusal;
use crate::records::violations::Violations;
use menshen_proto::crm::v1::MarketingIndicator;

const MOST_INDICATORS: usize = 20;
/// A trillion, with two decimals.
const MOST_HUNDREDTHS: i64 = 100_000_000_000_000;

/// The organization's currency where none is given.
pub(super) async fn complete_currency(crm: &Crm, currency: &mut String) -> Result<(), Refusal> {
    if currency.is_empty() {
        *currency = in_force(&crm.db).await?.default_currency;
    }
    Ok(())
}

/// The currency is one, and amounts do not change their meaning with it unseen. Whether there is an amount
/// does not matter, so that the answer does not tell it to who may not read it.
pub(super) fn check_currency<M>(
    change: &Change<'_, M>,
    currency: &str,
    amounts: &[&str],
    violations: &mut Violations,
) {
    if !change.cause.touches("currency") {
        return;
    }
    check::currency("currency", currency, violations);
    if !amounts.iter().all(|amount| change.cause.touches(amount)) {
        let amounts = amounts.join("`, `");
        let problem = format!(
            "changes together with `{amounts}`, which are in it; name all in `update_mask`"
        );
        violations.add("currency", problem);
    }
}

/// The last day is not before the first. Both are `YYYY-MM-DD`, which sort as they follow each other.
pub(super) fn check_days(starts_on: &str, ends_on: &str, violations: &mut Violations) {
    if !starts_on.is_empty() && !ends_on.is_empty() && ends_on < starts_on {
        let problem =
            format!("`{ends_on}` is before `starts_on`, `{starts_on}`; give a day from then on");
        violations.add("ends_on", problem);
    }
}

/// What is measured has names, targets and units.
pub(super) fn check_indicators(indicators: &[MarketingIndicator], violations: &mut Violations) {
    if indicators.len() > MOST_INDICATORS {
        let problem = format!(
            "{} of them; give at most {MOST_INDICATORS}",
            indicators.len()
        );
        violations.add("indicators", problem);
    }
    for (at, indicator) in indicators.iter().take(MOST_INDICATORS).enumerate() {
        let field = |name: &str| format!("indicators[{at}].{name}");
        violations.line(&field("display_name"), &indicator.display_name, 1..=100);
        violations.line(&field("unit"), &indicator.unit, 0..=20);
        let target = indicator.target_hundredths;
        violations.number(&field("target_hundredths"), target, 0..=MOST_HUNDREDTHS);
    }
}
