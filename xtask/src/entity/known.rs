//! The kinds of record that there are, read from the sources.

use super::changes::read;
use e2e::Result;
use std::path::Path;

/// The one list of all kinds.
pub(super) const KINDS: &str = "crm-service/src/kinds.rs";

/// A kind of record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Known {
    /// `contact`
    pub(super) name: String,
    /// `customers`
    pub(super) area: String,
    /// The path of its module: `crate::customers::contact`
    pub(super) module: String,
    /// Its table: `contacts`
    pub(super) table: String,
    pub(super) is_owned: bool,
}

/// All of them, in the order of their names.
///
/// # Errors
/// A file cannot be read, or does not hold its kind as the others do.
pub(super) fn kinds(root: &Path) -> Result<Vec<Known>> {
    let list = read(&root.join(KINDS))?;
    let mut found = Vec::new();
    for line in list.lines() {
        let used = line
            .strip_prefix("use ")
            .and_then(|line| line.strip_suffix(';'));
        let Some((module, kind)) = used.and_then(|used| used.rsplit_once("::")) else {
            continue;
        };
        if list.contains(&format!(": {kind},\n")) && module.starts_with("crate::") {
            found.push(Known::of(root, module)?);
        }
    }
    found.sort_by(|one, other| one.name.cmp(&other.name));
    Ok(found)
}

impl Known {
    fn of(root: &Path, module: &str) -> Result<Self> {
        let path = module.trim_start_matches("crate::").replace("::", "/");
        let file = root.join(format!("crm-service/src/{path}.rs"));
        let text = read(&file)?;
        let fact = |name: &str| -> Result<String> {
            let start = format!("    {name}: ");
            let line = text
                .lines()
                .find_map(|line| line.strip_prefix(start.as_str()));
            let missing = || format!("{}: its kind has no line `{name}: …`", file.display());
            let value = line.ok_or_else(missing)?;
            Ok(value.trim_end_matches(',').trim_matches('"').to_owned())
        };
        let area = path.split('/').next().unwrap_or_default();
        Ok(Self {
            name: fact("name")?,
            area: area.to_owned(),
            module: module.to_owned(),
            table: fact("table")?,
            is_owned: fact("is_owned")? == "true",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cargo::root;

    #[test]
    fn kinds_are_read_from_the_sources() {
        let known = kinds(&root().unwrap()).unwrap();
        let customer = Known {
            name: "customer".to_owned(),
            area: "customers".to_owned(),
            module: "crate::customers::customer".to_owned(),
            table: "customers".to_owned(),
            is_owned: true,
        };
        assert!(known.contains(&customer), "{known:?}");
        let contact = known.iter().find(|kind| kind.name == "contact");
        assert!(!contact.unwrap().is_owned);
    }
}
