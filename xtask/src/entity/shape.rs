//! What is to be made: its names, and whose its records are.

use super::Arguments;
use super::known::{Known, kinds};
use super::name::{Name, capital};
use super::template::Facts;
use e2e::Result;
use std::path::Path;

/// Names of tables that SQL itself uses.
const SQL_WORDS: [&str; 2] = ["references", "values"];

/// A new kind of record.
#[derive(Debug)]
pub(super) struct Entity {
    pub(super) name: Name,
    pub(super) plural: Name,
    pub(super) area: Name,
    pub(super) is_new_area: bool,
    chinese: String,
    shape: Shape,
}

/// Whose the records are.
#[derive(Debug)]
enum Shape {
    /// Each has an owner, a department and teams; it may be added to another record.
    Owned(Option<Known>),
    /// They go with another record.
    Child(Known),
    /// They are kept once for everybody.
    Catalogue,
}

impl Entity {
    /// What the arguments ask for.
    ///
    /// # Errors
    /// A name that is none or is taken, a parent that there is not, no shape or several.
    pub(super) fn of(root: &Path, arguments: &Arguments) -> Result<Self> {
        let known = kinds(root)?;
        let name = Name::parse("the name", &arguments.name)?;
        if let Some(kind) = known.iter().find(|kind| kind.name == arguments.name) {
            return Err(format!(
                "there is a kind `{}` already, in `{}`",
                kind.name, kind.area
            )
            .into());
        }
        let plural = match &arguments.plural {
            Some(plural) => Name::parse("the plural", plural)?,
            None => name.plural(),
        };
        if SQL_WORDS.contains(&plural.snake()) {
            return Err(format!(
                "the plural `{}` means something else in SQL; give a --plural",
                plural.snake()
            )
            .into());
        }
        let area = Name::parse("the area", &arguments.area)?;
        if arguments.chinese.is_empty() || !arguments.chinese.chars().all(char::is_alphanumeric) {
            return Err(format!(
                "--chinese `{}` is not a name; give letters only",
                arguments.chinese
            )
            .into());
        }
        Ok(Self {
            is_new_area: is_new(root, &area, &known)?,
            shape: Shape::of(arguments, &known)?,
            chinese: arguments.chinese.clone(),
            name,
            plural,
            area,
        })
    }

    /// What the templates are filled with.
    pub(super) fn facts(&self) -> Facts {
        let (name, plural) = (&self.name, &self.plural);
        let mut facts = Facts {
            holding: self.holding(),
            values: vec![
                ("name", name.snake().to_owned()),
                ("Name", name.camel()),
                ("NAME", name.upper()),
                ("names", plural.snake().to_owned()),
                ("Names", plural.camel()),
                ("one", name.words()),
                ("an", name.with_article()),
                ("An", capital(&name.with_article())),
                ("many", plural.words()),
                ("Many", capital(&plural.words())),
                ("chinese", self.chinese.clone()),
                ("area", self.area.snake().to_owned()),
                (
                    "is_owned",
                    matches!(self.shape, Shape::Owned(_)).to_string(),
                ),
            ],
        };
        if let Some(parent) = self.parent() {
            facts.values.extend(self.about(parent));
        }
        facts
    }

    /// The record that each belongs to.
    fn parent(&self) -> Option<&Known> {
        match &self.shape {
            Shape::Owned(parent) => parent.as_ref(),
            Shape::Child(parent) => Some(parent),
            Shape::Catalogue => None,
        }
    }

    fn holding(&self) -> Vec<&'static str> {
        let mut holding = match &self.shape {
            Shape::Owned(_) => vec!["owned"],
            Shape::Child(parent) if parent.name == "customer" => vec!["child", "of_customer"],
            Shape::Child(_) => vec!["child", "of_another"],
            Shape::Catalogue => vec!["catalogue"],
        };
        if self.is_new_area {
            holding.push("new_area");
        }
        holding.push(match self.parent() {
            Some(_) => "parent",
            None => "root",
        });
        holding
    }

    fn about(&self, parent: &Known) -> [(&'static str, String); 6] {
        let module = match parent.module.rsplit_once("::") {
            Some((area, file)) if area == format!("crate::{}", self.area.snake()) => {
                format!("super::{file}")
            }
            _ => parent.module.clone(),
        };
        // What has no owner has no permission of its own for adding: who may change it may add to it.
        let add = if parent.is_owned {
            "add_child"
        } else {
            "update"
        };
        [
            ("parent", parent.name.clone()),
            ("parents", parent.table.clone()),
            ("PARENT", parent.name.to_ascii_uppercase()),
            ("parent_one", parent.name.replace('_', " ")),
            ("parent_path", module),
            ("add", add.to_owned()),
        ]
    }
}

impl Shape {
    fn of(arguments: &Arguments, known: &[Known]) -> Result<Self> {
        let parent = match &arguments.of {
            Some(name) => Some(named(name, known)?),
            None => None,
        };
        match (arguments.owned, arguments.catalogue, parent) {
            (true, false, parent) => Ok(Self::Owned(parent)),
            (false, false, Some(parent)) => Ok(Self::Child(parent)),
            (false, true, None) => Ok(Self::Catalogue),
            _ => Err("say whose the records are, in one way: `--owned` (an owner, a department and teams; \
                      `--of PARENT` may stand beside it), `--of PARENT` alone (they go with that record), or \
                      `--catalogue` (kept once for everybody)"
                .into()),
        }
    }
}

fn named(name: &str, known: &[Known]) -> Result<Known> {
    let found = known.iter().find(|kind| kind.name == name);
    let names: Vec<&str> = known.iter().map(|kind| kind.name.as_str()).collect();
    let missing = || {
        format!(
            "there is no kind `{name}` to belong to; name one of {}",
            names.join(", ")
        )
    };
    Ok(found.cloned().ok_or_else(missing)?)
}

/// Whether no kind is in the area yet.
fn is_new(root: &Path, area: &Name, known: &[Known]) -> Result<bool> {
    if known.iter().any(|kind| kind.area == area.snake()) {
        return Ok(false);
    }
    let name = area.snake();
    let others = ["src/NAME.rs", "src/NAME", "policy/model/NAME.zed"];
    let is_there = |path: &str| {
        root.join("crm-service")
            .join(path.replace("NAME", name))
            .exists()
    };
    if others.into_iter().any(is_there) {
        let mut areas: Vec<&str> = known.iter().map(|kind| kind.area.as_str()).collect();
        areas.sort_unstable();
        areas.dedup();
        return Err(format!(
            "`{name}` is a part of crm-service that holds no kinds; name a new area or one of {}",
            areas.join(", ")
        )
        .into());
    }
    Ok(true)
}
