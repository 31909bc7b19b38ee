//! The places in a template's text: `{{contact.display_name}}`.

use crate::records::violations::{Violations, quote};

/// Where the person unsubscribes.
pub(crate) const UNSUBSCRIBE: &str = "{{unsubscribe_url}}";
const OPEN: &str = "{{";
const CLOSE: &str = "}}";

/// What goes into the places of one letter.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Places<'a> {
    pub(crate) contact_display_name: &'a str,
    pub(crate) contact_title: &'a str,
    pub(crate) customer_display_name: &'a str,
    pub(crate) unsubscribe_url: &'a str,
}

const NAMES: [&str; 4] = [
    "contact.display_name",
    "contact.title",
    "customer.display_name",
    "unsubscribe_url",
];

impl<'a> Places<'a> {
    fn value(&self, name: &str) -> Option<&'a str> {
        let values = [
            self.contact_display_name,
            self.contact_title,
            self.customer_display_name,
            self.unsubscribe_url,
        ];
        let mut found = NAMES.iter().zip(values);
        found
            .find(|(known, _)| **known == name)
            .map(|(_, value)| value)
    }

    /// The text with its places filled. What is filled in is not looked at again: a person whose name is
    /// a place gets it as it is.
    pub(crate) fn fill(&self, text: &str) -> String {
        let mut filled = String::with_capacity(text.len());
        let mut rest = text;
        while let Some((before, after)) = rest.split_once(OPEN) {
            filled.push_str(before);
            let Some((name, behind)) = after.split_once(CLOSE) else {
                break;
            };
            filled.push_str(self.value(name).unwrap_or_default());
            rest = behind;
        }
        filled.push_str(rest);
        filled
    }
}

/// Every place in the text is one that there is.
pub(super) fn check(field: &str, text: &str, violations: &mut Violations) {
    for after in text.split(OPEN).skip(1) {
        let Some((name, _)) = after.split_once(CLOSE) else {
            violations.add(field, "has a `{{` without its `}}`");
            return;
        };
        if !NAMES.contains(&name) {
            let (quoted, known) = (quote(name), NAMES.join("`, `"));
            let problem =
                format!("{quoted} is not a place that is filled in; write one of `{known}`");
            violations.add(field, problem);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLACES: Places<'_> = Places {
        contact_display_name: "{{contact.title}}",
        contact_title: "CTO",
        customer_display_name: "云帆",
        unsubscribe_url: "https://u",
    };

    #[test]
    fn places_are_filled_once() {
        let text = "{{contact.display_name}}, {{contact.title}} at {{customer.display_name}}: {{unsubscribe_url}}!";
        assert_eq!(
            PLACES.fill(text),
            "{{contact.title}}, CTO at 云帆: https://u!"
        );
        assert_eq!(PLACES.fill("no places }}"), "no places }}");
    }

    #[test]
    fn an_unknown_place_is_named() {
        let mut violations = Violations::default();
        check(
            "body",
            "{{contact.mobile}} {{contact.title",
            &mut violations,
        );
        let found = violations.found();
        assert!(
            found[0].description.contains("`contact.mobile`"),
            "{found:?}"
        );
        assert_eq!(found.len(), 2);
    }
}
