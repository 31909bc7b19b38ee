//! Team selling 销售团队协作: who sells an opportunity together with its owner, and how it counts for each.

use super::OPPORTUNITY;
use crate::records::entity::{Cause, Change};
use crate::records::kind::Joined;
use crate::records::refusal::Refusal;
use crate::records::violations::{Violations, quote};
use crate::sales::offer::WHOLE_BASIS_POINTS;
use menshen_proto::crm::v1::{
    AddOpportunityMemberRequest, Opportunity, OpportunityMember, OpportunitySplit, ShareLevel,
};
use service_kit::db::{Stmt, Tx};

const FORGET: &str = "
    DELETE FROM opportunity_members
    WHERE opportunity_id = $1";
const ADD: &str = "
    INSERT INTO opportunity_members (opportunity_id, user_id, level)
    VALUES ($1, $2, $3)";

/// The members with one more, or one of them changed.
///
/// # Errors
/// A field that cannot be accepted; there are as many as there may be.
pub(super) fn with(
    opportunity: &Opportunity,
    asked: &AddOpportunityMemberRequest,
) -> Result<Vec<OpportunityMember>, Refusal> {
    let mut violations = Violations::default();
    violations.id("user", &asked.user);
    violations.line("role", &asked.role, 0..=100);
    if !matches!(asked.level(), ShareLevel::Read | ShareLevel::Write) {
        let problem = format!(
            "`{}` is not accepted; give SHARE_LEVEL_READ or SHARE_LEVEL_WRITE",
            asked.level
        );
        violations.add("level", problem);
    }
    if asked.user == opportunity.owner {
        let problem = format!(
            "{} is the owner, who may do more; name somebody else",
            quote(&asked.user)
        );
        violations.add("user", problem);
    }
    violations.or(())?;
    let others = opportunity.members.iter();
    let mut members: Vec<OpportunityMember> = others
        .filter(|member| member.user != asked.user)
        .cloned()
        .collect();
    if members.len() >= Joined::MOST {
        let problem = format!("{} people sell it already; remove one first", members.len());
        return Err(wrong_state(opportunity, problem));
    }
    members.push(OpportunityMember {
        user: asked.user.clone(),
        role: asked.role.clone(),
        level: asked.level,
    });
    Ok(members)
}

/// The members without this one.
///
/// # Errors
/// They are none, or a part counts for them.
pub(super) fn without(
    opportunity: &Opportunity,
    user: &str,
) -> Result<Vec<OpportunityMember>, Refusal> {
    let is_theirs = |member: &&OpportunityMember| member.user == user;
    let members = opportunity.members.iter();
    let left: Vec<OpportunityMember> = members
        .filter(|member| !is_theirs(member))
        .cloned()
        .collect();
    if left.len() == opportunity.members.len() {
        let problem = format!(
            "{} does not sell it with the owner; see ListOpportunityMembers",
            quote(user)
        );
        return Err(wrong_state(opportunity, problem));
    }
    if opportunity.splits.iter().any(|split| split.user == user) {
        let problem = format!(
            "a part of it counts for {}; change that by SetOpportunitySplits first",
            quote(user)
        );
        return Err(wrong_state(opportunity, problem));
    }
    Ok(left)
}

/// Makes sure that the parts are of people who sell it, and make a whole.
///
/// # Errors
/// A part that cannot be accepted.
pub(super) fn check_splits(
    opportunity: &Opportunity,
    splits: &[OpportunitySplit],
) -> Result<(), Violations> {
    let mut violations = Violations::default();
    let sells = |user: &str| {
        user == opportunity.owner || opportunity.members.iter().any(|member| member.user == user)
    };
    for (at, split) in splits.iter().enumerate() {
        let field = |name: &str| format!("splits[{at}].{name}");
        let part = split.basis_points.into();
        violations.number(&field("basis_points"), part, 1..=WHOLE_BASIS_POINTS.into());
        let quoted = quote(&split.user);
        if !sells(&split.user) {
            let problem = format!("{quoted} does not sell it; name the owner or a member");
            violations.add(&field("user"), problem);
        }
        if splits.iter().take(at).any(|other| other.user == split.user) {
            violations.add(
                &field("user"),
                format!("{quoted} stands twice; give each one part"),
            );
        }
    }
    let whole: i64 = splits
        .iter()
        .map(|split| i64::from(split.basis_points))
        .sum();
    if !splits.is_empty() && whole != i64::from(WHOLE_BASIS_POINTS) {
        let problem = format!("make {whole} together; give parts that make {WHOLE_BASIS_POINTS}");
        violations.add("splits", problem);
    }
    violations.or(())
}

/// Keeps the rows by which it is decided who may see and change the opportunity.
pub(super) async fn written(tx: &mut Tx, change: &Change<'_, Opportunity>) -> Result<(), Refusal> {
    if matches!(change.cause, Cause::Create) || !change.cause.touches("members") {
        return Ok(());
    }
    tx.execute(Stmt::new(FORGET).bind(change.id)).await?;
    for member in &change.after.members {
        let add = Stmt::new(ADD).bind(change.id).bind(&member.user);
        tx.execute(add.bind(member.level)).await?;
    }
    Ok(())
}

fn wrong_state(opportunity: &Opportunity, problem: String) -> Refusal {
    Refusal::wrong_state(OPPORTUNITY.reference(&opportunity.id), problem)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sold_by_two() -> Opportunity {
        Opportunity {
            owner: "u05".to_owned(),
            members: vec![OpportunityMember {
                user: "u18".to_owned(),
                ..OpportunityMember::default()
            }],
            ..Opportunity::default()
        }
    }

    fn split(user: &str, basis_points: i32) -> OpportunitySplit {
        OpportunitySplit {
            user: user.to_owned(),
            basis_points,
        }
    }

    #[test]
    fn parts_make_a_whole_among_those_who_sell() {
        let sold = sold_by_two();
        assert!(check_splits(&sold, &[split("u05", 7_000), split("u18", 3_000)]).is_ok());
        assert!(check_splits(&sold, &[]).is_ok());
        for refused in [
            vec![split("u05", 9_999)],
            vec![split("u05", 5_000), split("u05", 5_000)],
            vec![split("u05", 5_000), split("u06", 5_000)],
            vec![split("u05", 20_000), split("u18", -10_000)],
        ] {
            assert!(check_splits(&sold, &refused).is_err(), "{refused:?}");
        }
    }

    #[test]
    fn nobody_leaves_with_a_part_of_it() {
        let mut sold = sold_by_two();
        assert_eq!(without(&sold, "u18").unwrap(), []);
        sold.splits = vec![split("u18", 10_000)];
        assert!(without(&sold, "u18").is_err());
        assert!(without(&sold, "u06").is_err());
    }
}
