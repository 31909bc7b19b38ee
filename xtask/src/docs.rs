//! `cargo xtask docs`

use crate::cargo::root;
use e2e::Result;

const HEAD: &str = "\
# Who may call what

Generated from the rules in the protos by `cargo xtask docs`. Do not edit; change the proto.

One layer in front of both services enforces these rules; no handler does. A method without a rule
does not compile.

";

/// What to write.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Write nothing; fail if a document is out of date
    #[arg(long)]
    check: bool,
}

/// Writes `docs/authorization.md`.
pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    let path = root()?.join("docs/authorization.md");
    let text = format!("{HEAD}{}", service_kit::guard::table());
    if arguments.check {
        let written = std::fs::read_to_string(&path).unwrap_or_default();
        if written == text {
            return Ok(());
        }
        return Err("docs/authorization.md is out of date; run `cargo xtask docs`".into());
    }
    std::fs::create_dir_all(root()?.join("docs"))?;
    std::fs::write(&path, text)?;
    println!("wrote {}", path.display());
    Ok(())
}
