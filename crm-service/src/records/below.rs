//! What belongs to a record: the kinds that have its kind as a parent, and those below them.

use super::kind::Kind;

/// A kind below another, and its records below one of those.
#[derive(Clone, Debug)]
pub(crate) struct Below {
    pub(crate) kind: &'static Kind,
    /// A query for their ids. `$1` is the id of the record above.
    pub(crate) ids: String,
}

/// The kinds below one, of these; itself first. A kind that is below in two ways stands twice.
pub(crate) fn below(root: &'static Kind, kinds: &[&'static Kind]) -> Vec<Below> {
    let mut found = vec![Below {
        kind: root,
        ids: format!("SELECT b.id FROM {} b WHERE b.id = $1", root.table),
    }];
    add(root, "= $1", kinds, &mut Vec::new(), &mut found);
    found
}

fn add(
    above: &'static Kind,
    ids: &str,
    kinds: &[&'static Kind],
    way: &mut Vec<&'static str>,
    found: &mut Vec<Below>,
) {
    way.push(above.name);
    for kind in kinds {
        let fields = kind
            .parents()
            .filter(|(_, parent)| parent.name == above.name);
        for (field, _) in fields
            .filter(|_| !way.contains(&kind.name))
            .collect::<Vec<_>>()
        {
            let (table, column) = (kind.table, field.column());
            let own = format!("SELECT b.id FROM {table} b WHERE b.{column} {ids}");
            found.push(Below {
                kind,
                ids: own.clone(),
            });
            add(kind, &format!("IN ({own})"), kinds, way, found);
        }
    }
    way.pop();
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::customers::contact::CONTACT;
    use crate::customers::customer::CUSTOMER;

    #[test]
    fn the_kinds_below_come_from_the_kinds_themselves() {
        let found = below(&CUSTOMER, &[&CUSTOMER, &CONTACT]);
        let names: Vec<&str> = found.iter().map(|one| one.kind.name).collect();
        assert_eq!(names, ["customer", "contact"]);
        assert_eq!(
            found[1].ids,
            "SELECT b.id FROM contacts b WHERE b.customer_id = $1"
        );
    }
}
