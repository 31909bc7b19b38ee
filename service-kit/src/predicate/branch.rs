//! The alternatives of a condition by which rows can be found.

use super::condition::Condition;
use super::mapping::Holding;

/// More alternatives than this are not asked for one by one.
const MAX_BRANCHES: usize = 16;

/// One alternative.
pub(super) struct Branch {
    /// What finds its rows.
    pub(super) driver: Condition,
    /// What must hold of them besides.
    pub(super) rest: Vec<Condition>,
}

/// The alternatives by which rows can be found, and what must hold besides.
pub(super) fn branches(condition: &Condition) -> Option<Vec<Branch>> {
    let (drivers, rest) = match condition {
        Condition::Always | Condition::Never | Condition::Not(_) => return None,
        Condition::Any(alternatives) => (alternatives.as_slice(), Vec::new()),
        Condition::All(parts) => drivers_of(parts)?,
        only => (std::slice::from_ref(only), Vec::new()),
    };
    let finds = drivers.len() <= MAX_BRANCHES && drivers.iter().all(Condition::finds);
    let branch = |driver: &Condition| Branch {
        driver: driver.clone(),
        rest: rest.clone(),
    };
    finds.then(|| drivers.iter().map(branch).collect())
}

/// A branch for each value of a list in a column, as long as they are few: each is then a place in an
/// index that continues in the order.
pub(super) fn spread(branches: Vec<Branch>) -> Vec<Branch> {
    let points: usize = branches
        .iter()
        .map(|branch| branch.driver.points().len().max(1))
        .sum();
    if points > MAX_BRANCHES {
        return branches;
    }
    let spread = branches
        .into_iter()
        .flat_map(|Branch { driver, rest }| match driver.points() {
            points if points.is_empty() => vec![Branch { driver, rest }],
            points => {
                let branch = |driver| Branch {
                    driver,
                    rest: rest.clone(),
                };
                points.into_iter().map(branch).collect()
            }
        });
    spread.collect()
}

/// Of the parts that must all hold, the first that finds rows; the others are looked at.
fn drivers_of(parts: &[Condition]) -> Option<(&[Condition], Vec<Condition>)> {
    let index = parts.iter().position(Condition::finds)?;
    let driver = parts.get(index)?;
    let others = parts
        .iter()
        .enumerate()
        .filter(|(other, _)| *other != index);
    let rest = others.map(|(_, part)| part.clone()).collect();
    match driver {
        Condition::Any(alternatives) => Some((alternatives, rest)),
        only => Some((std::slice::from_ref(only), rest)),
    }
}

impl Condition {
    /// Whether rows can be found by it, through the indexes of what it names.
    fn finds(&self) -> bool {
        match self {
            Self::Ids(_) | Self::Holds(..) => true,
            Self::Leads(_, _, meant) => meant.finds(),
            Self::All(parts) => parts.iter().any(Self::finds),
            Self::Any(parts) => parts.iter().all(Self::finds),
            Self::Always | Self::Never | Self::Not(_) => false,
        }
    }

    /// Whether it is one value in a column, or rows by id.
    pub(super) fn is_point(&self) -> bool {
        match self {
            Self::Ids(_) => true,
            Self::Holds(Holding::Column { .. }, ids) => ids.len() == 1,
            _ => false,
        }
    }

    /// Each value of a list in a column.
    fn points(&self) -> Vec<Self> {
        match self {
            Self::Holds(holding @ Holding::Column { .. }, ids) => ids
                .iter()
                .map(|id| Self::Holds(holding, vec![id.clone()]))
                .collect(),
            _ => Vec::new(),
        }
    }
}
