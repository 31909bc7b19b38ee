//! Takes partials apart into the definitions that name them.

use rustc_hash::{FxHashMap, FxHashSet};

use super::Source;
use crate::engine::schema::diagnostic::Report;
use crate::engine::schema::suggest::nearest;
use crate::engine::schema::syntax::{BodyItem, Definition, File, Name};

/// The members of each definition, its partials' included, in the order written.
pub(super) fn expand<'f>(file: &'f File, report: &mut Report<'_>) -> Vec<Vec<Source<'f>>> {
    let by_name = file
        .partials
        .iter()
        .map(|partial| (&*partial.name.text, partial))
        .collect();
    let mut partials = Partials {
        budget: MAX_MEMBERS,
        by_name,
        done: FxHashMap::default(),
        open: Vec::new(),
    };
    for partial in &file.partials {
        partials.expand_partial(partial, report);
    }
    file.definitions
        .iter()
        .map(|definition| partials.body(definition, report))
        .collect()
}

struct Partials<'f> {
    by_name: FxHashMap<&'f str, &'f Definition>,
    /// Each partial's members, once known: a partial is taken apart once, however often it is used.
    done: FxHashMap<&'f str, Vec<Source<'f>>>,
    /// How many more members may come out of this.
    budget: usize,
    /// The partials being taken apart: one that comes up again is a cycle.
    open: Vec<&'f str>,
}

/// Most members that definitions and partials may have together: partials multiply them.
const MAX_MEMBERS: usize = 1 << 18;
/// Partials within partials: what the stack bears.
const MAX_DEPTH: usize = 64;

impl<'f> Partials<'f> {
    fn expand_partial(&mut self, partial: &'f Definition, report: &mut Report<'_>) {
        let name = &*partial.name.text;
        if self.done.contains_key(name) {
            return;
        }
        self.open.push(name);
        let body = self.body(partial, report);
        self.open.pop();
        self.done.insert(name, body);
    }

    fn body(&mut self, definition: &'f Definition, report: &mut Report<'_>) -> Vec<Source<'f>> {
        let mut body = Body {
            owner: &definition.name.text,
            members: Vec::new(),
            names: FxHashSet::default(),
        };
        for item in &definition.body {
            match item {
                BodyItem::Relation(relation) => body.add(Source::Relation(relation), None, report),
                BodyItem::Permission(permission) => {
                    body.add(Source::Permission(permission), None, report);
                }
                BodyItem::Splice(name) => {
                    for member in self.splice(name, report) {
                        body.add(member, Some(name), report);
                    }
                }
            }
        }
        self.budget = self.budget.saturating_sub(body.members.len());
        body.members
    }

    fn splice(&mut self, name: &'f Name, report: &mut Report<'_>) -> Vec<Source<'f>> {
        let Some(partial) = self.by_name.get(&*name.text).copied() else {
            let known = (!report.is_full())
                .then(|| nearest(&name.text, self.by_name.keys().copied()))
                .flatten();
            let message = format!("there is no partial `{}`", name.text);
            report
                .error("unknown-partial", name.span, message)
                .did_you_mean(known);
            return Vec::new();
        };
        if self.open.contains(&&*name.text) {
            let path = [self.open.as_slice(), &[&*name.text]].concat().join(" → ");
            let message = format!("partial `{}` contains itself: {path}", name.text);
            report.error("partial-cycle", name.span, message);
            return Vec::new();
        }
        if self.open.len() == MAX_DEPTH {
            let message = format!("more than {MAX_DEPTH} partials contain each other");
            report.error("partial-too-deep", name.span, message);
            return Vec::new();
        }
        self.expand_partial(partial, report);
        if self.budget == 0 {
            let message =
                format!("partials bring more than {MAX_MEMBERS} relations and permissions");
            report.error("schema-too-large", name.span, message);
            return Vec::new();
        }
        self.done.get(&*name.text).cloned().unwrap_or_default()
    }
}

struct Body<'f> {
    owner: &'f str,
    members: Vec<Source<'f>>,
    names: FxHashSet<&'f str>,
}

impl<'f> Body<'f> {
    /// Adds a member, unless its name is taken. `splice`: the `...name` that brought it.
    fn add(&mut self, member: Source<'f>, splice: Option<&Name>, report: &mut Report<'_>) {
        let name = member.name();
        if self.names.insert(&name.text) {
            self.members.push(member);
            return;
        }
        let (owner, name_text) = (self.owner, &name.text);
        match splice {
            None => {
                let message = format!("`{owner}` has a `{name_text}` already");
                report.error("duplicate-member", name.span, message)
            }
            Some(splice) => {
                let message = format!(
                    "`...{}` brings a `{name_text}`, which `{owner}` has already",
                    splice.text
                );
                report.error("duplicate-member", splice.span, message)
            }
        }
        .help("relations and permissions of one definition share one space of names: rename one");
    }
}
