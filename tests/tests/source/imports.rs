//! Who may import whom.

use crate::sources::{Source, below, root};
use std::collections::BTreeSet;

/// What a module of a crate may name of its own crate; what is not listed is forbidden.
struct Layer {
    module: &'static str,
    knows: &'static [&'static str],
}

const fn layer(module: &'static str, knows: &'static [&'static str]) -> Layer {
    Layer { module, knows }
}

/// `api → services → store → engine`; the engine knows nobody. The services are one layer: what they
/// do is one organization's, and `org` holds them together.
const AUTHZ: (&str, &[Layer]) = (
    "authz-service/src",
    &[
        layer("engine", &["engine"]),
        layer("store", &["engine", "store"]),
        layer("decision_id", &[]),
        layer("revision_token", &[]),
        layer("meters", &["engine"]),
        layer("model", &["engine"]),
        layer("refusal", &["engine", "store"]),
        layer("convert", &["engine", "refusal"]),
        layer("decisions", SERVICES),
        layer("grants", SERVICES),
        layer("identity", SERVICES),
        layer("org", SERVICES),
        layer("rights", SERVICES),
        layer("schemas", SERVICES),
        layer("write", SERVICES),
        layer(
            "api",
            &[
                "api",
                "convert",
                "decisions",
                "engine",
                "grants",
                "identity",
                "org",
                "refusal",
                "rights",
                "schemas",
                "write",
            ],
        ),
        layer("config", &[]),
        layer("server", &["api", "org"]),
    ],
);

const SERVICES: &[&str] = &[
    "convert",
    "decision_id",
    "decisions",
    "engine",
    "grants",
    "identity",
    "meters",
    "model",
    "org",
    "refusal",
    "revision_token",
    "rights",
    "schemas",
    "store",
    "write",
];

/// `server → kinds → an area of records → records → crm → authz`.
const CRM: (&str, &[Layer]) = (
    "crm-service/src",
    &[
        layer("authz", &["authz"]),
        layer("mail", &["mail"]),
        layer("crm", &["authz", "mail", "records"]),
        layer("in_force", &["records"]),
        layer("records", &["authz", "crm", "in_force", "records"]),
        layer("settings", &["crm", "records", "settings"]),
        layer(
            "customers",
            &["authz", "crm", "customers", "in_force", "records"],
        ),
        layer("bulk", &["bulk", "crm", "records"]),
        layer(
            "sales",
            &["authz", "crm", "customers", "in_force", "records", "sales"],
        ),
        layer(
            "collaboration",
            &[
                "authz",
                "collaboration",
                "crm",
                "customers",
                "in_force",
                "records",
            ],
        ),
        layer("reports", &["crm", "records", "reports"]),
        layer(
            "support",
            &["authz", "crm", "customers", "records", "support"],
        ),
        layer(
            "marketing",
            &[
                "crm",
                "customers",
                "in_force",
                "mail",
                "marketing",
                "records",
            ],
        ),
        layer(
            "kinds",
            &[
                "collaboration",
                "crm",
                "customers",
                "marketing",
                "records",
                "reports",
                "sales",
                "support",
            ],
        ),
        layer("policy", &["authz", "kinds", "policy", "records"]),
        layer("config", &["authz", "mail"]),
        layer(
            "server",
            &[
                "authz",
                "bulk",
                "collaboration",
                "config",
                "crm",
                "customers",
                "kinds",
                "mail",
                "marketing",
                "policy",
                "records",
                "settings",
                "support",
            ],
        ),
    ],
);

/// Names of other crates that a folder's code must not hold.
const FOREIGN: &[(&str, &[&str])] = &[
    (
        "authz-service/src/engine",
        &["tokio", "tonic::", "sqlx", "menshen_proto", "service_kit"],
    ),
    ("authz-service/src/store", &["tonic::", "menshen_proto"]),
    ("service-kit/src", &["authz_service::", "crm_service::"]),
    ("crm-service/src", &["authz_service::"]),
    ("authz-service/src", &["crm_service::"]),
];

#[test]
fn imports_point_in_one_direction() {
    let mut wrong = Vec::new();
    for (folder, layers) in [AUTHZ, CRM] {
        for layer in layers {
            for source in module(folder, layer.module) {
                wrong.extend(unknown(&source, layer.knows));
            }
        }
    }
    for (folder, forbidden) in FOREIGN {
        for source in module_at(folder) {
            wrong.extend(crossings(&source, forbidden));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// A module that is renamed, or added, must not slip out of the rules.
#[test]
fn every_module_has_its_place() {
    for (folder, layers) in [AUTHZ, CRM] {
        let lib = std::fs::read_to_string(root().join(folder).join("lib.rs")).unwrap();
        let declared: BTreeSet<&str> = lib
            .lines()
            .filter_map(|line| line.strip_suffix(';')?.rsplit_once("mod "))
            .map(|(_, name)| name)
            .collect();
        let placed: BTreeSet<&str> = layers.iter().map(|layer| layer.module).collect();
        assert_eq!(placed, declared, "{folder}/lib.rs");
        let known = layers.iter().flat_map(|layer| layer.knows);
        let known: BTreeSet<&str> = known.copied().collect();
        assert!(known.is_subset(&declared), "{folder}: {known:?}");
    }
}

#[test]
fn a_crossing_is_seen() {
    let source = Source {
        path: "authz-service/src/engine/check.rs".to_owned(),
        text: "// not sqlx\nuse sqlx::Pool;\nuse crate::store::rows;\nuse crate::engine::name;\n"
            .to_owned(),
    };
    assert_eq!(crossings(&source, &["sqlx"]).len(), 1);
    assert_eq!(unknown(&source, &["engine"]).len(), 1);
    let grouped = Source {
        path: String::new(),
        text: "use crate::{api, engine};\n".to_owned(),
    };
    assert_eq!(unknown(&grouped, &["engine"]).len(), 1);
}

#[test]
fn status_is_made_in_one_file() {
    const HOME: &str = "service-kit/src/status";
    // They pass on what authz-service answered, word for word.
    const MESSENGERS: [&str; 2] = [
        "service-kit/src/guard/remote/convert.rs",
        "crm-service/src/authz.rs",
    ];
    let wrong: Vec<String> = ["service-kit/src", "authz-service/src", "crm-service/src"]
        .into_iter()
        .flat_map(module_at)
        .filter(|source| !source.path.starts_with(HOME))
        .filter(|source| !MESSENGERS.contains(&source.path.as_str()))
        .flat_map(|source| makings(&source))
        .collect();
    assert!(
        wrong.is_empty(),
        "make it in {HOME}.rs:\n{}",
        wrong.join("\n")
    );
}

#[test]
fn a_status_made_elsewhere_is_seen() {
    let source = Source {
        path: String::new(),
        text: "Status::not_found(x)\nPurchaseStatus::try_from(x)\nStatus::from_header_map(x)\n"
            .to_owned(),
    };
    assert_eq!(makings(&source).len(), 1);
}

/// Calls of a function of `Status` that are not on this list make one.
fn makings(source: &Source) -> Vec<String> {
    const READERS: [&str; 3] = ["from_header_map", "decode", "into_http"];
    let mut found = Vec::new();
    for line in source.code() {
        for (at, _) in line.match_indices("Status::") {
            let of_another_type = line[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_');
            let name = word(&line[at + "Status::".len()..]);
            let is_function = name.starts_with(|c: char| c.is_ascii_lowercase());
            if is_function && !of_another_type && !READERS.contains(&name) {
                found.push(format!("{}: {line}", source.path));
            }
        }
    }
    found
}

/// `crate::NAME` of names that are not known.
fn unknown(source: &Source, knows: &[&str]) -> Vec<String> {
    let mut found = Vec::new();
    for line in source.code() {
        for after in line.split("crate::").skip(1) {
            if !knows.contains(&word(after)) {
                found.push(format!("{} must not name it: {line}", source.path));
            }
        }
    }
    found
}

/// The identifier at the beginning. Empty: a group in braces, which is read as nothing known.
fn word(text: &str) -> &str {
    let end = text.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_'));
    &text[..end.unwrap_or(text.len())]
}

fn crossings(source: &Source, forbidden: &[&str]) -> Vec<String> {
    source
        .code()
        .filter_map(|line| {
            let name = forbidden.iter().find(|name| line.contains(*name))?;
            Some(format!("{} names `{name}`: {line}", source.path))
        })
        .collect()
}

fn module(folder: &str, name: &str) -> Vec<Source> {
    module_at(&format!("{folder}/{name}"))
}

/// `NAME.rs` and what is in `NAME/`.
fn module_at(path: &str) -> Vec<Source> {
    let found = below(path);
    assert!(!found.is_empty(), "there is no {path}");
    found
}
