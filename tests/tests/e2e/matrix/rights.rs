//! The rights files, read by somebody who knows nothing of the access model.

use e2e::company::organization::DEPARTMENTS;
use e2e::company::people::Person;
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::path::Path;

/// What a caller wants to do with a record.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Operation {
    Read,
    Update,
    Delete,
}

impl fmt::Display for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Read => "read",
            Self::Update => "update",
            Self::Delete => "delete",
        })
    }
}

/// One entry of a rights file.
#[derive(Deserialize)]
struct Entry {
    modules: Vec<String>,
    #[serde(default)]
    functions: Vec<String>,
    #[serde(default)]
    data: BTreeMap<String, Vec<String>>,
}

/// What each role has in each module.
pub(super) struct Rights(BTreeMap<(String, String), BTreeSet<String>>);

impl Rights {
    /// Those that the release ships.
    pub(super) fn read() -> Self {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../crm-service/policy/rights");
        let mut rights: BTreeMap<(String, String), BTreeSet<String>> = BTreeMap::new();
        for file in std::fs::read_dir(folder).unwrap() {
            let text = std::fs::read_to_string(file.unwrap().path()).unwrap();
            let roles: BTreeMap<String, Vec<Entry>> = serde_norway::from_str(&text).unwrap();
            for (role, entries) in roles {
                for entry in entries {
                    for module in &entry.modules {
                        let held = rights.entry((role.clone(), module.clone())).or_default();
                        held.extend(entry.functions.iter().cloned());
                        for (operation, depths) in &entry.data {
                            held.extend(depths.iter().map(|depth| format!("{operation} {depth}")));
                        }
                    }
                }
            }
        }
        Self(rights)
    }

    fn holds(&self, who: &Person, module: &str, right: &str) -> bool {
        who.roles.iter().any(|role| {
            let held = self.0.get(&((*role).to_owned(), module.to_owned()));
            held.is_some_and(|held| held.contains(right))
        })
    }

    /// Access 访问权限.
    pub(super) fn enters(&self, who: &Person, module: &str) -> bool {
        let key = |role: &&str| ((*role).to_owned(), module.to_owned());
        who.roles.iter().any(|role| self.0.contains_key(&key(role)))
    }

    /// Function 功能使用权限. What is kept once for everybody is changed by who configures it.
    pub(super) fn has_function(
        &self,
        who: &Person,
        module: &str,
        operation: Operation,
        is_catalogue: bool,
    ) -> bool {
        let function = match operation {
            Operation::Update | Operation::Delete if is_catalogue => "configure".to_owned(),
            operation => operation.to_string(),
        };
        self.holds(who, module, &function)
    }

    /// Data 数据管理权限: whether they reach a record of this owner, in the owner's department.
    pub(super) fn reaches(
        &self,
        who: &Person,
        module: &str,
        operation: Operation,
        owner: Option<&Person>,
    ) -> bool {
        let holds = |depth: &str| self.holds(who, module, &format!("{operation} {depth}"));
        let is_theirs = owner.is_some_and(|owner| owner.id == who.id);
        let department = owner.map_or("", |owner| owner.department);
        let is_beside = !department.is_empty() && department == who.department;
        holds("all")
            || (is_theirs && holds("own"))
            || (is_beside && holds("department"))
            || (within(department, who.department) && holds("subtree"))
    }
}

/// Whether a department is another one, or below it.
fn within(department: &str, above: &str) -> bool {
    let parent = DEPARTMENTS.iter().find(|one| one.id == department);
    match parent {
        _ if above.is_empty() => false,
        None => false,
        Some(found) => found.id == above || within(found.parent, above),
    }
}
