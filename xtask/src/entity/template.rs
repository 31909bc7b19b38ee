//! The texts of new files, with places to fill in.
//!
//! `%name%` stands for a value. Lines between `%if FACT` and `%end` stay where the fact holds; such blocks
//! may stand in each other.

use e2e::Result;

/// What holds of the entity, and what stands for what.
#[derive(Debug, Default)]
pub(super) struct Facts {
    pub(super) holding: Vec<&'static str>,
    pub(super) values: Vec<(&'static str, String)>,
}

impl Facts {
    /// The template with everything filled in.
    ///
    /// # Errors
    /// A template that does not fit these facts: only of a broken build.
    pub(super) fn fill(&self, template: &str) -> Result<String> {
        let mut text = self.selected(template)?;
        for (name, value) in &self.values {
            text = text.replace(&format!("%{name}%"), value);
        }
        match text.lines().find(|line| line.contains('%')) {
            Some(line) => Err(format!("a template has no value for `{line}`").into()),
            None => Ok(text),
        }
    }

    /// The lines whose conditions all hold.
    fn selected(&self, template: &str) -> Result<String> {
        let mut text = String::new();
        let mut conditions = Vec::new();
        for line in template.lines() {
            if let Some(fact) = line.strip_prefix("%if ") {
                conditions.push(self.holding.contains(&fact));
            } else if line == "%end" {
                conditions
                    .pop()
                    .ok_or("a template has an `%end` too many")?;
            } else if !conditions.contains(&false) {
                text += line;
                text.push('\n');
            }
        }
        if conditions.is_empty() {
            Ok(text)
        } else {
            Err("a template lacks an `%end`".into())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_stay_where_all_their_facts_hold() {
        let facts = Facts {
            holding: vec!["owned"],
            values: vec![("name", "lead".to_owned())],
        };
        let template =
            "%if owned\n%name%\n%if child\nno\n%end\nyes\n%end\n%if child\n%other%\n%end\nlast\n";
        assert_eq!(facts.fill(template).unwrap(), "lead\nyes\nlast\n");
        for broken in ["%other%", "%if owned\n", "%end\n"] {
            facts.fill(broken).unwrap_err();
        }
    }
}
