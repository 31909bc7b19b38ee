//! Who may import whom.

use crate::sources::{Source, below};

/// A folder, and what its code must not name.
struct Border {
    folder: &'static str,
    forbidden: &'static [&'static str],
}

/// `api → services → engine, store`; the engine knows nobody.
const BORDERS: &[Border] = &[
    Border {
        folder: "authz-service/src/engine",
        forbidden: &[
            "tokio",
            "tonic::",
            "sqlx",
            "menshen_proto",
            "service_kit",
            "crate::api",
            "crate::store",
            "crate::grants",
            "crate::identity",
            "crate::audit",
            "crate::decisions",
            "crate::config",
            "crate::model",
        ],
    },
    Border {
        folder: "authz-service/src/store",
        forbidden: &["crate::api", "crate::grants", "crate::decisions", "tonic::"],
    },
    Border {
        folder: "crm-service/src/settings",
        forbidden: &[
            "crate::contacts",
            "crate::purchases",
            "crate::interactions",
            "crate::customers",
        ],
    },
    Border {
        folder: "service-kit/src",
        forbidden: &["authz_service::", "crm_service::"],
    },
    Border {
        folder: "crm-service/src",
        forbidden: &["authz_service::"],
    },
];

#[test]
fn imports_point_in_one_direction() {
    let mut wrong = Vec::new();
    for border in BORDERS {
        for source in below(border.folder) {
            wrong.extend(crossings(&source, border.forbidden));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_crossing_is_seen() {
    let source = Source {
        path: "authz-service/src/engine/check.rs".to_owned(),
        text: "// not sqlx\nuse sqlx::Pool;\n".to_owned(),
    };
    assert_eq!(crossings(&source, &["sqlx"]).len(), 1);
}

#[test]
fn status_is_made_in_one_file() {
    const HOME: &str = "service-kit/src/status";
    // They pass on what authz-service answered, word for word.
    const MESSENGERS: [&str; 2] = [
        "service-kit/src/guard/remote/convert.rs",
        "crm-service/src/authz.rs",
    ];
    const MAKERS: [&str; 3] = [
        "Status::new(",
        "Status::with_details(",
        "Status::with_error_details(",
    ];
    let wrong: Vec<String> = ["service-kit/src", "authz-service/src", "crm-service/src"]
        .into_iter()
        .flat_map(below)
        .filter(|source| !source.path.starts_with(HOME))
        .filter(|source| !MESSENGERS.contains(&source.path.as_str()))
        .flat_map(|source| crossings(&source, &MAKERS))
        .collect();
    assert!(
        wrong.is_empty(),
        "make it in {HOME}.rs:\n{}",
        wrong.join("\n")
    );
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
