//! What a text is compiled together with: definitions that every schema has.

use super::diagnostic::Report;
use super::parse;
use super::syntax::{Definition, File, Name};

/// Definitions that every schema has, whatever the text says. Each is parsed by itself, so that no
/// comment and no brace of the text reaches into them.
#[derive(Clone, Copy, Debug, Default)]
pub struct Surroundings<'a> {
    /// How the names begin that a text may not give. Empty: every name is free.
    pub reserved_prefix: &'a str,
    /// Definitions under the reserved prefix.
    pub own: &'a str,
    /// Types that a text may define itself: the name, and the definition where it does not.
    pub provided: &'a [(&'a str, &'a str)],
}

impl Surroundings<'_> {
    /// Puts the definitions before those of a text. A name of the text that belongs to them is an
    /// error at its place; what a text is told is about the text alone.
    pub(super) fn join(&self, file: &mut File, report: &mut Report<'_>) {
        self.refuse_reserved(file, report);
        let mut definitions = definitions(self.own);
        for (name, text) in self.provided {
            let is_it = |given: &Name| &*given.text == *name;
            if file.definitions.iter().any(|one| is_it(&one.name)) {
                continue;
            }
            for (what, given) in others(file).filter(|(_, given)| is_it(given)) {
                let message = format!("`{name}` is a type of every schema, and no {what}");
                report
                    .error("reserved-name", given.span, message)
                    .help("choose another name");
            }
            definitions.extend(self::definitions(text));
        }
        file.definitions.splice(0..0, definitions);
    }

    fn refuse_reserved(&self, file: &File, report: &mut Report<'_>) {
        let prefix = self.reserved_prefix;
        if prefix.is_empty() {
            return;
        }
        let defined = file.definitions.iter().map(|one| &one.name);
        let names = defined.chain(others(file).map(|(_, name)| name));
        for name in names.filter(|name| name.text.starts_with(prefix)) {
            let message = format!("`{}` belongs to the authorization service", name.text);
            report
                .error("reserved-name", name.span, message)
                .help(format!("choose a name that does not begin with `{prefix}`"));
        }
    }
}

/// What a text names beside its types.
fn others(file: &File) -> impl Iterator<Item = (&'static str, &Name)> {
    let partials = file.partials.iter().map(|one| ("partial", &one.name));
    partials.chain(file.caveats.iter().map(|one| ("caveat", &one.name)))
}

/// INVARIANT: the texts are ours, and a test compiles them alone.
fn definitions(text: &str) -> Vec<Definition> {
    parse::parse(text, &mut Report::new(text)).definitions
}
