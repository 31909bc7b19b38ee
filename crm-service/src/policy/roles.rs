//! The roles file: what each role gives, compiled to relationships on the modules.

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

/// A role: a name, a purpose, and rights in modules.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Role {
    /// The id in references: `sales_rep` in `role:sales_rep#member`.
    pub key: String,
    /// As people write it.
    pub name: Names,
    /// One sentence on who should hold it.
    pub purpose: String,
    /// What it gives in each module that it enters.
    pub modules: BTreeMap<Module, Rights>,
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

/// A module of the CRM.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Module {
    /// Customers and what belongs to them.
    Customers,
    /// What holds for the whole organization.
    Settings,
}

/// What a role gives in one module. Entering it is implied.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rights {
    /// The operations (功能使用权限).
    #[serde(default)]
    pub functions: Vec<Function>,
    /// How far each operation reaches (数据管理权限); the depths add up.
    #[serde(default)]
    pub data: BTreeMap<Operation, Vec<Depth>>,
    /// The classes of fields.
    #[serde(default)]
    pub fields: BTreeMap<FieldClass, FieldRight>,
}

/// An operation that a role may include.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "each is named like the operation")]
pub enum Function {
    Create,
    Read,
    Update,
    Delete,
    Restore,
    Transfer,
    Share,
    Export,
    Import,
    Configure,
}

/// An operation that has a data depth. Restoring reaches as far as deleting.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "each is named like the operation")]
pub enum Operation {
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
pub enum Depth {
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
}

/// A class of fields that not everybody may read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FieldClass {
    /// Telephone, address, e-mail.
    Personal,
    /// Amounts, credit.
    Financial,
}

/// What a role may do with a class of fields.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FieldRight {
    /// See them.
    Read,
    /// See and change them.
    Write,
}

/// Why a roles file is refused.
#[derive(Debug, thiserror::Error)]
pub enum RolesError {
    /// Not YAML, or not of this shape.
    #[error("the roles file cannot be read: {0}")]
    Shape(#[from] serde_norway::Error),
    /// A key that cannot stand in a reference.
    #[error("role key `{0}`: use 2 to 64 of `a-z 0-9 _`, a letter first")]
    Key(String),
    /// Two roles with one key.
    #[error("role `{0}` stands twice; give each role its own key")]
    Twice(String),
    /// Depths where there are no records.
    #[error("role `{0}`: module `settings` has no records; remove its `data` and `fields`")]
    NoRecords(String),
}

impl Roles {
    /// Reads a roles file.
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

    /// What the roles mean, sorted: `module:customers#reader@role:sales_rep#member`, ….
    pub fn relationships(&self) -> Vec<Relationship> {
        let mut facts: Vec<_> = self.roles.iter().flat_map(Role::facts).collect();
        facts.sort();
        facts.dedup();
        facts
            .into_iter()
            .map(|(module, relation, role)| Relationship {
                resource: format!("module:{module}"),
                relation,
                subject: format!("role:{role}#member"),
                ..Relationship::default()
            })
            .collect()
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
        if !valid {
            return Err(RolesError::Key(self.key.clone()));
        }
        let settings = self.modules.get(&Module::Settings);
        if settings.is_some_and(|rights| !rights.data.is_empty() || !rights.fields.is_empty()) {
            return Err(RolesError::NoRecords(self.key.clone()));
        }
        Ok(())
    }

    /// (module, relation, role key) of every right.
    fn facts(&self) -> Vec<(&'static str, String, &str)> {
        self.modules
            .iter()
            .flat_map(|(module, rights)| {
                rights
                    .relations()
                    .into_iter()
                    .map(|relation| (module.name(), relation, &*self.key))
            })
            .collect()
    }
}

impl Rights {
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

impl Module {
    /// The id in references.
    pub fn name(self) -> &'static str {
        match self {
            Self::Customers => "customers",
            Self::Settings => "settings",
        }
    }
}

impl Function {
    fn relation(self) -> &'static str {
        match self {
            Self::Create => "creator",
            Self::Read => "reader",
            Self::Update => "updater",
            Self::Delete => "deleter",
            Self::Restore => "restorer",
            Self::Transfer => "transferrer",
            Self::Share => "sharer",
            Self::Export => "exporter",
            Self::Import => "importer",
            Self::Configure => "configurer",
        }
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

    fn compiled(yaml: &str) -> Vec<String> {
        let text = |r: Relationship| format!("{}#{}@{}", r.resource, r.relation, r.subject);
        let roles = Roles::parse(yaml).unwrap();
        roles.relationships().into_iter().map(text).collect()
    }

    const ROLE: &str = "roles:\n- key: rep\n  name: {zh: 销售, en: Rep}\n  purpose: sells\n";

    #[test]
    fn a_role_compiles_to_one_relationship_for_each_right() {
        let yaml = format!(
            "{ROLE}  modules:\n    customers:\n      functions: [read]\n      data: {{read: [own, team]}}\n      fields: {{personal: write}}\n"
        );
        assert_eq!(
            compiled(&yaml),
            [
                "module:customers#entry@role:rep#member",
                "module:customers#personal_reader@role:rep#member",
                "module:customers#personal_writer@role:rep#member",
                "module:customers#reader@role:rep#member",
                "module:customers#reads_own@role:rep#member",
                "module:customers#reads_team@role:rep#member",
            ]
        );
    }

    #[test]
    fn a_role_without_modules_enters_nowhere() {
        assert_eq!(compiled(&format!("{ROLE}  modules: {{}}\n")), [""; 0]);
    }

    #[test]
    fn mistakes_are_refused_by_name() {
        let module = |text: &str| format!("{ROLE}  modules: {{{text}}}\n");
        let cases = [
            (module("customers: {functions: [rede]}"), "rede"),
            (module("custmers: {}"), "custmers"),
            (module("settings: {data: {read: [own]}}"), "has no records"),
            (
                ROLE.replace("rep", "Rep") + "  modules: {}\n",
                "role key `Rep`",
            ),
            (
                module("") + &module("").replace("roles:\n", ""),
                "stands twice",
            ),
        ];
        for (yaml, expected) in cases {
            let error = Roles::parse(&yaml).unwrap_err().to_string();
            assert!(error.contains(expected), "`{error}` lacks `{expected}`");
        }
    }
}
