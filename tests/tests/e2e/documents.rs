//! What the documents show is what the services answer.
//!
//! A block that begins with ```` ```console u05 ```` holds commands, each after `$ `, and what they print
//! when u05 has the token. In the printed lines `…` stands for what differs from run to run: within a
//! line for any text, alone in a line for any lines.

use e2e::demo::{commands, role_table};
use e2e::world::World;
use std::path::{Path, PathBuf};
use std::sync::Arc;

e2e::facts!(
    about_the_company:
        commands_print_what_the_documents_show,
        role_table_is_what_the_documents_show;
);

/// A command of a document.
struct Shown {
    /// The document, for whoever has to mend it.
    document: PathBuf,
    /// Whose token it runs with.
    who: String,
    command: String,
    prints: Vec<String>,
}

async fn commands_print_what_the_documents_show(world: Arc<World>) {
    let shown: Vec<Shown> = documents()
        .iter()
        .flat_map(|path| commands_of(path))
        .collect();
    assert!(shown.len() >= 6, "the README shows three, in two languages");
    for Shown {
        document,
        who,
        command,
        prints,
    } in shown
    {
        let session = world.sign_in(&who).await.unwrap();
        let (service, method) = call_of(&command);
        let channel = if service.starts_with("menshen.crm.") {
            session.crm_channel()
        } else {
            session.authz_channel()
        };
        let answer = commands::answer(channel, &service, &method, &body_of(&command)).await;
        let answer = answer.unwrap();
        let lines: Vec<&str> = answer.lines().collect();
        let expected: Vec<&str> = prints.iter().map(String::as_str).collect();
        let document = document.display();
        assert!(
            matches(&expected, &lines),
            "{document}: {command}\n{answer}"
        );
    }
}

async fn role_table_is_what_the_documents_show(world: Arc<World>) {
    let live = role_table::of(&world).await.unwrap();
    let live: Vec<&str> = live.lines().filter(|line| is_of_a_table(line)).collect();
    for readme in ["README.md", "README.zh-CN.md"] {
        let text = std::fs::read_to_string(root().join(readme)).unwrap();
        let shown: Vec<&str> = text.lines().filter(|line| is_of_a_table(line)).collect();
        assert_eq!(shown, live, "{readme}");
    }
}

fn is_of_a_table(line: &str) -> bool {
    line.starts_with(['┌', '│', '╞', '└'])
}

fn root() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
}

/// The documents at the top, and those in `docs`.
fn documents() -> Vec<PathBuf> {
    [root().to_owned(), root().join("docs")]
        .iter()
        .flat_map(|folder| std::fs::read_dir(folder).unwrap())
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "md"))
        .collect()
}

fn commands_of(document: &Path) -> Vec<Shown> {
    let text = std::fs::read_to_string(document).unwrap();
    let mut found: Vec<Shown> = Vec::new();
    let mut who = None;
    for line in text.lines() {
        if line.starts_with("```") {
            who = line.strip_prefix("```console ").map(str::to_owned);
        } else if let Some(who) = &who {
            match (line.strip_prefix("$ "), found.last_mut()) {
                (Some(command), _) => found.push(Shown {
                    document: document.to_owned(),
                    who: who.clone(),
                    command: command.to_owned(),
                    prints: Vec::new(),
                }),
                (None, Some(shown)) if shown.command.ends_with('\\') => {
                    shown.command.pop();
                    shown.command += line.trim_start();
                }
                (None, Some(shown)) => shown.prints.push(line.to_owned()),
                (None, None) => panic!("{}: prints before a command", document.display()),
            }
        }
    }
    found
}

/// `… menshen.crm.v1.CustomerService/GetCustomer`: the service and the method.
fn call_of(command: &str) -> (String, String) {
    let call = command.rsplit(' ').next().unwrap();
    let (service, method) = call.rsplit_once('/').unwrap();
    (service.to_owned(), method.to_owned())
}

/// `-d '…'`
fn body_of(command: &str) -> String {
    let (_, after) = command.split_once("-d '").unwrap();
    after.split_once('\'').unwrap().0.to_owned()
}

fn matches(expected: &[&str], lines: &[&str]) -> bool {
    let Some((first, rest)) = expected.split_first() else {
        return lines.is_empty();
    };
    if first.trim() == "…" {
        return (0..=lines.len()).any(|skipped| matches(rest, &lines[skipped..]));
    }
    lines
        .split_first()
        .is_some_and(|(line, others)| line_matches(first, line) && matches(rest, others))
}

fn line_matches(expected: &str, line: &str) -> bool {
    let mut parts = expected.split('…');
    let Some(mut rest) = line.strip_prefix(parts.next().unwrap()) else {
        return false;
    };
    for part in parts {
        match rest.find(part) {
            Some(at) => rest = &rest[at + part.len()..],
            None => return false,
        }
    }
    rest.is_empty() || expected.ends_with('…')
}
