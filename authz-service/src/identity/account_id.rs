//! Ids of users, departments and services, and the texts beside them.

use crate::refusal::Violation;

/// Longest id.
const MAX_ID_CHARS: usize = 64;
/// Longest name of a person or department, in characters.
const MAX_NAME_CHARS: usize = 200;
/// Longest e-mail address (RFC 5321, section 4.5.3.1.3).
const MAX_EMAIL_CHARS: usize = 254;

/// Whether `id` is 1 to 64 of `a-z A-Z 0-9 _ -`. `field` is its path in the request.
pub(crate) fn check_id(field: &str, id: &str) -> Result<(), Violation> {
    let allowed = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    if (1..=MAX_ID_CHARS).contains(&id.len()) && id.chars().all(allowed) {
        return Ok(());
    }
    let problem = format!("`{id}` must be 1 to {MAX_ID_CHARS} of `a-z A-Z 0-9 _ -`");
    Err(Violation::new(field, problem))
}

/// Whether a name is there, short enough and printable.
pub(super) fn check_name(field: &str, name: &str) -> Result<(), Violation> {
    let chars = name.chars().count();
    if name.trim().is_empty() || chars > MAX_NAME_CHARS || name.chars().any(char::is_control) {
        let problem = format!("must be 1 to {MAX_NAME_CHARS} printable characters (got {chars})");
        return Err(Violation::new(field, problem));
    }
    Ok(())
}

/// Whether a text can be an e-mail address. Whether it is one, only a message to it can tell.
pub(super) fn check_email(field: &str, email: &str) -> Result<(), Violation> {
    let parts = email.rsplit_once('@');
    let plausible = parts.is_some_and(|(local, domain)| {
        !local.is_empty()
            && !domain.is_empty()
            && !domain.starts_with('.')
            && !domain.ends_with('.')
    });
    let printable = !email.chars().any(|c| c.is_control() || c.is_whitespace());
    if plausible && printable && email.chars().count() <= MAX_EMAIL_CHARS {
        return Ok(());
    }
    let problem = format!(
        "`{email}` must be an e-mail address, `name@example.com`, of at most {MAX_EMAIL_CHARS} \
         characters"
    );
    Err(Violation::new(field, problem))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_and_addresses_follow_their_rules() {
        for id in ["u05", "D11", "a-b_C", &"x".repeat(64)] {
            assert_eq!(check_id("id", id), Ok(()));
        }
        for id in ["", "a b", "u/05", "张", &"x".repeat(65)] {
            assert!(check_id("id", id).is_err(), "{id}");
        }
        for email in ["a@b.cn", "张@例子.中国", "a+b@localhost"] {
            assert_eq!(check_email("email", email), Ok(()));
        }
        for email in ["", "a", "@b", "a@", "a b@c", "a@.b", "a@b."] {
            assert!(check_email("email", email).is_err(), "{email}");
        }
    }
}
