//! `cargo xtask docs`

use crate::cargo::root;
use e2e::Result;

const AUTHORIZATION: &str = "docs/authorization.md";

const HEAD: &str = "\
# Who may call what

Generated from the rules in the protos by `cargo xtask docs`. Do not edit; change the proto.

One layer in front of both services enforces these rules; no handler does. A method without a rule
does not compile.

";

/// Writes `docs/authorization.md`.
pub(crate) fn run() -> Result<()> {
    let path = root()?.join(AUTHORIZATION);
    std::fs::write(&path, authorization())?;
    println!("wrote {}", path.display());
    Ok(())
}

fn authorization() -> String {
    format!("{HEAD}{}", service_kit::guard::table())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn document_is_up_to_date() {
        let written = std::fs::read_to_string(root().unwrap().join(AUTHORIZATION)).unwrap();
        assert!(
            written == authorization(),
            "{AUTHORIZATION} is out of date; run `cargo xtask docs`"
        );
    }
}
