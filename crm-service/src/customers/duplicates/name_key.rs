//! A customer's name as duplicates are compared.

use crate::records::refusal::Refusal;
use service_kit::db::{Stmt, Tx};

/// The words for the form of a company, longest first: they differ between two spellings of one name.
const FORMS: &[&str] = &[
    "股份有限公司",
    "有限责任公司",
    "有限公司",
    "incorporated",
    "corporation",
    "集团",
    "公司",
    "limited",
    "coltd",
    "gmbh",
    "corp",
    "inc",
    "ltd",
    "llc",
    "ag",
];

const KEEP: &str = "
    UPDATE customers
    SET name_key = $2
    WHERE id = $1";

/// The name in lower case without spaces, punctuation and the form of the company. A name that is
/// nothing else keeps its form.
pub(crate) fn name_key(name: &str) -> String {
    let letters = name.chars().filter(|c| c.is_alphanumeric());
    let whole: String = letters.flat_map(char::to_lowercase).collect();
    let without = FORMS.iter().find_map(|form| whole.strip_suffix(form));
    match without {
        Some(rest) if !rest.is_empty() => rest.to_owned(),
        _ => whole,
    }
}

/// Writes the key beside the name.
///
/// # Errors
/// The database fails.
pub(crate) async fn keep_name_key(tx: &mut Tx, id: &str, name: &str) -> Result<(), Refusal> {
    let keep = Stmt::new(KEEP).bind(id).bind(name_key(name));
    tx.execute(keep).await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_of_one_name_have_one_key() {
        for (one, other) in [
            ("云帆智造有限公司", "云帆智造"),
            ("云帆 智造(有限公司)", "云帆智造股份有限公司"),
            ("Acme Co., Ltd.", "ACME"),
            ("Müller GmbH", "müller"),
        ] {
            assert_eq!(name_key(one), name_key(other), "{one} and {other}");
        }
        assert_ne!(name_key("Acme East"), name_key("Acme West"));
        assert_eq!(name_key("有限公司"), "有限公司");
        assert_eq!(name_key("…"), "");
    }
}
