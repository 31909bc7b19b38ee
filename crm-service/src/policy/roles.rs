//! The roles and their rights, compiled to relationships on the modules.

mod function;

use crate::kinds::{self, Depths};
use function::Function;
use menshen_proto::authz::v1::Relationship;
use serde::Deserialize;
use std::collections::BTreeMap;

/// The roles that the CRM starts with.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Roles {
    /// In the order of the file.
    pub roles: Vec<Role>,
}

/// A role: a name and a purpose. What it may do stands by area in the rights files.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Role {
    /// The id in references: `sales_rep` in `role:sales_rep#member`.
    pub key: String,
    /// As people write it.
    pub name: Names,
    /// One sentence on who should hold it.
    pub purpose: String,
}

/// A name in both languages.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Names {
    /// Chinese.
    pub zh: String,
    /// English.
    pub en: String,
}

/// What a role may do in some modules. Entering them is implied.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Rights {
    /// Their ids in references: `contacts` in `module:contacts`.
    modules: Vec<String>,
    /// The operations (功能使用权限).
    #[serde(default)]
    functions: Vec<Function>,
    /// How far each operation reaches (数据管理权限); the depths add up.
    #[serde(default)]
    data: BTreeMap<Operation, Vec<Depth>>,
    /// The classes of fields.
    #[serde(default)]
    fields: BTreeMap<FieldClass, FieldRight>,
}

/// An operation that has a data depth. Restoring reaches as far as deleting.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Operation {
    Create,
    Read,
    Update,
    Delete,
    Transfer,
    Share,
}

/// How far an operation reaches. None includes another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Depth {
    /// Records that one owns.
    Own,
    /// Records that a team of one's own works on.
    Team,
    /// Records of one's department.
    Department,
    /// Records of one's department and those below it.
    Subtree,
    /// Any record, the public pool included.
    All,
    /// Customers about which one or one's department has a ticket; tickets about one's own customers.
    Served,
    /// Customers about which one's department or one below it has a ticket.
    ServedSubtree,
}

/// A class of fields that not everybody may read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "snake_case")]
enum FieldClass {
    /// Telephone, address, e-mail.
    Personal,
    /// Amounts, credit.
    Financial,
}

/// What a role may do with a class of fields.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum FieldRight {
    /// See them.
    Read,
    /// See and change them.
    Write,
}

/// Why roles or their rights are refused.
#[derive(Debug, thiserror::Error)]
pub enum RolesError {
    /// Not YAML, or not of this shape.
    #[error("the roles cannot be read: {0}")]
    Shape(#[from] serde_norway::Error),
    /// A key that cannot stand in a reference.
    #[error("role key `{0}`: use 2 to 64 of `a-z 0-9 _`, a letter first")]
    Key(String),
    /// Two roles with one key.
    #[error("role `{0}` stands twice; give each role its own key")]
    Twice(String),
    /// Rights of a role that there is not.
    #[error("there is no role `{0}`; name one of roles.yaml, or add it there")]
    UnknownRole(String),
    /// A module that there is not.
    #[error("role `{role}`: there is no module `{module}`; name any of {known}")]
    UnknownModule {
        /// The role.
        role: String,
        /// What it names.
        module: String,
        /// What it may name.
        known: String,
    },
    /// Depths where records have no owner.
    #[error("role `{role}`: the records of module `{module}` have no owner; remove its `data`")]
    NoDepths {
        /// The role.
        role: String,
        /// The module.
        module: String,
    },
}

impl Roles {
    /// Reads the roles.
    ///
    /// # Errors
    /// [`RolesError`]: each says which role, and what to write instead.
    pub fn parse(yaml: &str) -> Result<Self, RolesError> {
        let roles: Self = serde_norway::from_str(yaml)?;
        let mut seen = Vec::new();
        for role in &roles.roles {
            role.check()?;
            if seen.contains(&&*role.key) {
                return Err(RolesError::Twice(role.key.clone()));
            }
            seen.push(&*role.key);
        }
        Ok(roles)
    }

    /// What the rights in one file mean: `module:customers#reader@role:sales_rep#member`, ….
    ///
    /// # Errors
    /// [`RolesError`]
    pub fn rights(&self, yaml: &str) -> Result<Vec<Relationship>, RolesError> {
        let by_role: BTreeMap<String, Vec<Rights>> = serde_norway::from_str(yaml)?;
        let mut found = Vec::new();
        for (role, rights) in by_role {
            if !self.roles.iter().any(|known| known.key == role) {
                return Err(RolesError::UnknownRole(role));
            }
            for right in &rights {
                right.check(&role)?;
                found.extend(right.relationships(&role));
            }
        }
        Ok(found)
    }
}

impl Role {
    fn check(&self) -> Result<(), RolesError> {
        let valid = (2..=64).contains(&self.key.len())
            && self.key.starts_with(|c: char| c.is_ascii_lowercase())
            && self
                .key
                .chars()
                .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_');
        if valid {
            Ok(())
        } else {
            Err(RolesError::Key(self.key.clone()))
        }
    }
}

impl Rights {
    fn check(&self, role: &str) -> Result<(), RolesError> {
        let known = kinds::modules();
        for module in &self.modules {
            match known.get(module.as_str()) {
                None => {
                    let known: Vec<&str> = known.keys().copied().collect();
                    return Err(RolesError::UnknownModule {
                        role: role.to_owned(),
                        module: module.clone(),
                        known: known.join(", "),
                    });
                }
                Some(Depths::No) if !self.data.is_empty() => {
                    return Err(RolesError::NoDepths {
                        role: role.to_owned(),
                        module: module.clone(),
                    });
                }
                Some(_) => {}
            }
        }
        Ok(())
    }

    fn relationships(&self, role: &str) -> Vec<Relationship> {
        let relations = self.relations();
        let of_module = |module: &String| {
            let resource = format!("module:{module}");
            let relations = relations.iter();
            let relationship = move |relation: &String| Relationship {
                resource: resource.clone(),
                relation: relation.clone(),
                subject: format!("role:{role}#member"),
                ..Relationship::default()
            };
            relations.map(relationship).collect::<Vec<_>>()
        };
        self.modules.iter().flat_map(of_module).collect()
    }

    /// The names of the module relations that hold these rights.
    fn relations(&self) -> Vec<String> {
        let mut names = vec!["entry".to_owned()];
        names.extend(self.functions.iter().map(|f| f.relation().to_owned()));
        for (operation, depths) in &self.data {
            let reach = |depth: &Depth| format!("{}_{}", operation.prefix(), depth.suffix());
            names.extend(depths.iter().map(reach));
        }
        for (class, right) in &self.fields {
            names.push(format!("{}_reader", class.prefix()));
            if *right == FieldRight::Write {
                names.push(format!("{}_writer", class.prefix()));
            }
        }
        names
    }
}

impl Operation {
    fn prefix(self) -> &'static str {
        match self {
            Self::Create => "creates",
            Self::Read => "reads",
            Self::Update => "updates",
            Self::Delete => "deletes",
            Self::Transfer => "transfers",
            Self::Share => "shares",
        }
    }
}

impl Depth {
    fn suffix(self) -> &'static str {
        match self {
            Self::Own => "own",
            Self::Team => "team",
            Self::Department => "department",
            Self::Subtree => "subtree",
            Self::All => "all",
            Self::Served => "served",
            Self::ServedSubtree => "served_subtree",
        }
    }
}

impl FieldClass {
    fn prefix(self) -> &'static str {
        match self {
            Self::Personal => "personal",
            Self::Financial => "financial",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROLES: &str = "roles:\n- key: rep\n  name: {zh: 销售, en: Rep}\n  purpose: sells\n";

    fn compiled(rights: &str) -> Vec<String> {
        let text = |r: Relationship| format!("{}#{}@{}", r.resource, r.relation, r.subject);
        let rights = Roles::parse(ROLES).unwrap().rights(rights).unwrap();
        rights.into_iter().map(text).collect()
    }

    #[test]
    fn each_right_compiles_to_one_relationship() {
        let rights = "rep:\n- modules: [customers]\n  functions: [read]\n  data: {read: [own, team]}\n  fields: {personal: write}\n";
        assert_eq!(
            compiled(rights),
            [
                "module:customers#entry@role:rep#member",
                "module:customers#reader@role:rep#member",
                "module:customers#reads_own@role:rep#member",
                "module:customers#reads_team@role:rep#member",
                "module:customers#personal_reader@role:rep#member",
                "module:customers#personal_writer@role:rep#member",
            ]
        );
        assert_eq!(
            compiled("rep: [{modules: [contacts, settings]}]"),
            [
                "module:contacts#entry@role:rep#member",
                "module:settings#entry@role:rep#member",
            ]
        );
    }

    #[test]
    fn mistakes_are_refused_by_name() {
        let roles = Roles::parse(ROLES).unwrap();
        let cases = [
            ("rep: [{modules: [customers], functions: [rede]}]", "rede"),
            ("rep: [{modules: [custmers]}]", "custmers"),
            (
                "rep: [{modules: [contacts], data: {read: [own]}}]",
                "no owner",
            ),
            ("boss: [{modules: [contacts]}]", "no role `boss`"),
        ];
        for (rights, expected) in cases {
            let error = roles.rights(rights).unwrap_err().to_string();
            assert!(error.contains(expected), "`{error}` lacks `{expected}`");
        }
        let twice = ROLES.to_owned() + &ROLES.replace("roles:\n", "");
        let cases = [
            (ROLES.replace("rep", "Rep"), "role key `Rep`"),
            (twice, "stands twice"),
        ];
        for (yaml, expected) in cases {
            let error = Roles::parse(&yaml).unwrap_err().to_string();
            assert!(error.contains(expected), "`{error}` lacks `{expected}`");
        }
    }
}
