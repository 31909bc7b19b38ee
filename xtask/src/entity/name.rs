//! Names, as each language of the workspace spells them.

use e2e::Result;

/// An index is named after two kinds, and PostgreSQL cuts off names after 63 bytes.
const MOST_LETTERS: usize = 28;
/// What cannot be the name of a module in Rust, or means something else where a kind's name stands.
const TAKEN: &str = "
    abstract as async await become box break const continue crate crm default definition do dyn else
    entity enum extern false field final fn for gen has if impl in kind let lib loop macro main
    match mod move mut nil option override partial permission priv pub reference ref relation
    resource result return routes self static string struct super trait true try type typeof unsafe
    unsized use value vec virtual where while with yield";

/// Lower snake case: `price_entry`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Name(String);

impl Name {
    /// Reads what was given as `what`.
    ///
    /// # Errors
    /// It is not a name, or one that means something else.
    pub(super) fn parse(what: &str, text: &str) -> Result<Self> {
        // One letter alone would come back from camel case as part of its neighbour.
        let is_word = |word: &str| word.len() >= 2 && word.chars().all(|c| c.is_ascii_lowercase());
        if !text.split('_').all(is_word) || text.len() > MOST_LETTERS {
            return Err(format!(
                "{what} `{text}` is not lower snake case; write words of at least two letters `a-z` with \
                 `_` between, at most {MOST_LETTERS} in all, such as `price_entry`"
            )
            .into());
        }
        if TAKEN.split_whitespace().any(|taken| taken == text) {
            return Err(format!(
                "{what} `{text}` means something else in the sources; name it otherwise"
            )
            .into());
        }
        Ok(Self(text.to_owned()))
    }

    /// `price_entry`
    pub(super) fn snake(&self) -> &str {
        &self.0
    }

    /// `PriceEntry`
    pub(super) fn camel(&self) -> String {
        self.0.split('_').map(capital).collect()
    }

    /// `PRICE_ENTRY`
    pub(super) fn upper(&self) -> String {
        self.0.to_ascii_uppercase()
    }

    /// `price entry`
    pub(super) fn words(&self) -> String {
        self.0.replace('_', " ")
    }

    /// `a price entry`
    pub(super) fn with_article(&self) -> String {
        // A unit, a user; but an update.
        let sounds_like_you = ["uni", "us", "ut"]
            .iter()
            .any(|start| self.0.starts_with(start));
        let is_vowel = self.0.starts_with(['a', 'e', 'i', 'o', 'u']) && !sounds_like_you;
        let article = if is_vowel { "an" } else { "a" };
        format!("{article} {}", self.words())
    }

    /// `price_entries`, as the build knows it too: see `proto/build/standard.rs`.
    pub(super) fn plural(&self) -> Self {
        let name = &self.0;
        let stem = name.strip_suffix('y');
        let stem = stem.filter(|stem| !stem.ends_with(['a', 'e', 'i', 'o', 'u']));
        let is_hissed = ["s", "x", "ch", "sh"].iter().any(|end| name.ends_with(end));
        Self(match stem {
            Some(stem) => format!("{stem}ies"),
            None if is_hissed => format!("{name}es"),
            None => format!("{name}s"),
        })
    }
}

/// With its first letter large.
pub(super) fn capital(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().map(|first| first.to_ascii_uppercase());
    first.into_iter().chain(letters).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_lower_snake_case() {
        for good in ["lead", "price_entry"] {
            assert_eq!(Name::parse("name", good).unwrap().snake(), good);
        }
        for bad in [
            "",
            "Lead",
            "price-entry",
            "price__entry",
            "_lead",
            "lead_",
            "lead2",
            "a_list",
            &"x".repeat(29),
        ] {
            let error = Name::parse("name", bad).unwrap_err().to_string();
            assert!(error.contains("is not lower snake case"), "{error}");
        }
        let error = Name::parse("name", "type").unwrap_err().to_string();
        assert!(error.contains("`type` means something else"), "{error}");
    }

    #[test]
    fn names_are_spelt_for_each_language() {
        let entry = Name::parse("name", "price_entry").unwrap();
        assert_eq!(
            [entry.camel(), entry.upper(), entry.with_article()],
            ["PriceEntry", "PRICE_ENTRY", "a price entry"]
        );
        for (name, article) in [("opportunity", "an"), ("update", "an"), ("unit", "a")] {
            let name = Name::parse("name", name).unwrap();
            assert!(
                name.with_article().starts_with(&format!("{article} ")),
                "{name:?}"
            );
        }
    }

    #[test]
    fn plurals_follow_the_ending() {
        for (one, many) in [
            ("lead", "leads"),
            ("price_entry", "price_entries"),
            ("survey", "surveys"),
            ("address", "addresses"),
            ("batch", "batches"),
            ("box_office", "box_offices"),
            ("tax", "taxes"),
        ] {
            assert_eq!(Name::parse("name", one).unwrap().plural().snake(), many);
        }
    }
}
