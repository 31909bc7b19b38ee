//! Definitions, partials and caveats share one space of names.

use rustc_hash::FxHashMap;

use super::Compiler;

impl Compiler<'_, '_, '_> {
    pub(super) fn check_unique_names(&mut self) {
        let definitions = self
            .file
            .definitions
            .iter()
            .map(|d| ("definition", &d.name));
        let partials = self.file.partials.iter().map(|d| ("partial", &d.name));
        let caveats = self.file.caveats.iter().map(|c| ("caveat", &c.name));
        let mut names: Vec<_> = definitions.chain(partials).chain(caveats).collect();
        names.sort_by_key(|(_, name)| name.span.start);
        let mut taken: FxHashMap<&str, &str> = FxHashMap::default();
        for (what, name) in names {
            if let Some(other) = taken.get(&*name.text) {
                let message = format!("{what} `{}` has the name of a {other} above", name.text);
                self.report
                    .error("duplicate-name", name.span, message)
                    .help("definitions, partials and caveats share one space of names: rename one");
            } else {
                taken.insert(&name.text, what);
            }
        }
    }
}
