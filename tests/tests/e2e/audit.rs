//! The audit log: a change and its row are one, and what was refused leaves none.

use crate::ask::{PASSWORD, newcomer};
use e2e::database::Backend;
use e2e::dynamic;
use e2e::session::Session;
use e2e::world::World;
use menshen_proto::rules::METHODS;
use std::collections::BTreeSet;
use tonic::Status;

e2e::facts!(from_scratch:
    every_change_leaves_its_audit_row_and_a_refused_one_none,
);

/// What changes nothing of the organization. `RefreshToken` changes the secret of a session, whose
/// beginning and end are audited.
const CHANGES_NOTHING: [&str; 13] = [
    "AuthzService/Check",
    "AuthzService/BatchCheck",
    "AuthzService/StreamChecks",
    "AuthzService/Filter",
    "AuthzService/ListGrants",
    "IdentityService/RefreshToken",
    "IdentityService/GetKeySet",
    "IdentityService/WhoAmI",
    "IdentityService/GetUser",
    "IdentityService/ListUsers",
    "IdentityService/ListDepartments",
    "IdentityService/ListServiceAccounts",
    "SchemaService/ReadSchema",
];

/// A call that changes something.
struct Change {
    method: &'static str,
    /// `$ACTIVATION`, `$REFRESH` and `$PASSWORD` stand for what earlier answers told.
    body: &'static str,
    /// Whose call it is in the log.
    actor: &'static str,
    action: &'static str,
}

const fn change(
    method: &'static str,
    body: &'static str,
    actor: &'static str,
    action: &'static str,
) -> Change {
    Change {
        method,
        body,
        actor,
        action,
    }
}

const ROOT: &str = "service:root";
const ANN: &str = "user:ann";
const READER: &str = r#"{"relationships": [{"resource": "document:d", "relation": "reader", "subject": "user:ann"}], "reason": "x"}"#;

/// In an order in which each succeeds.
const CHANGES: [Change; 18] = [
    change(
        "SchemaService/WriteSchema",
        r#"{"schema": "definition user {}\ndefinition department {\n relation parent: department\n relation member: user\n}\ndefinition document {\n relation reader: user\n}", "reason": "x"}"#,
        ROOT,
        "schema.write",
    ),
    change("AuthzService/Grant", READER, ROOT, "grant"),
    change("AuthzService/Revoke", READER, ROOT, "revoke"),
    change(
        "IdentityService/CreateDepartment",
        r#"{"department": {"id": "D1", "displayName": "x"}, "reason": "x"}"#,
        ROOT,
        "department.create",
    ),
    change(
        "IdentityService/UpdateDepartment",
        r#"{"department": {"id": "D1", "displayName": "y"}, "updateMask": "displayName", "reason": "x"}"#,
        ROOT,
        "department.update",
    ),
    change(
        "IdentityService/DeleteDepartment",
        r#"{"id": "D1", "reason": "x"}"#,
        ROOT,
        "department.delete",
    ),
    change(
        "IdentityService/CreateUser",
        r#"{"user": {"id": "ann", "displayName": "x", "email": "ann@yunfan.example"}, "reason": "x"}"#,
        ROOT,
        "user.create",
    ),
    change(
        "IdentityService/UpdateUser",
        r#"{"user": {"id": "ann", "displayName": "y"}, "updateMask": "displayName", "reason": "x"}"#,
        ROOT,
        "user.update",
    ),
    change(
        "IdentityService/Activate",
        r#"{"activationToken": "$ACTIVATION", "password": "$PASSWORD"}"#,
        ANN,
        "user.activate",
    ),
    change(
        "IdentityService/SignIn",
        r#"{"user": "ann", "password": "$PASSWORD"}"#,
        ANN,
        "sign_in",
    ),
    change(
        "IdentityService/ChangePassword",
        r#"{"currentPassword": "$PASSWORD", "newPassword": "$PASSWORD, and more"}"#,
        ANN,
        "user.change_password",
    ),
    change(
        "IdentityService/SignOut",
        r#"{"refreshToken": "$REFRESH"}"#,
        ANN,
        "sign_out",
    ),
    change(
        "IdentityService/ResetPassword",
        r#"{"id": "ann", "reason": "x"}"#,
        ROOT,
        "user.reset_password",
    ),
    change(
        "IdentityService/DisableUser",
        r#"{"id": "ann", "reason": "x"}"#,
        ROOT,
        "user.disable",
    ),
    change(
        "IdentityService/EnableUser",
        r#"{"id": "ann", "reason": "x"}"#,
        ROOT,
        "user.enable",
    ),
    change(
        "IdentityService/CreateServiceAccount",
        r#"{"serviceAccount": {"id": "shop"}, "reason": "x"}"#,
        ROOT,
        "service.create",
    ),
    change(
        "IdentityService/UpdateServiceAccount",
        r#"{"serviceAccount": {"id": "shop"}, "rotateToken": true, "reason": "x"}"#,
        ROOT,
        "service.update",
    ),
    change(
        "IdentityService/DeleteServiceAccount",
        r#"{"id": "shop", "reason": "x"}"#,
        ROOT,
        "service.delete",
    ),
];

async fn every_change_leaves_its_audit_row_and_a_refused_one_none(backend: Backend) {
    assert_every_method_is_named();
    let world = World::start_authz(backend).await.unwrap();
    newcomer(world.root(), world.anonymous(), "stranger").await;
    let stranger = world.sign_in_with("stranger", PASSWORD).await.unwrap();
    let mut told = Told::default();
    for change in &CHANGES {
        let before = log(&world).await;
        let body = told.fill(change.body);
        let needs_right = change.actor == ROOT;
        if needs_right {
            assert!(call(&stranger, change.method, &body).await.is_err());
            assert_eq!(log(&world).await, before, "{}: refused", change.method);
        }
        let caller = told.caller(change, &world);
        let answer = call(&caller, change.method, &body).await;
        told.hear(&answer.unwrap_or_else(|status| panic!("{}: {status:?}", change.method)));

        let after = log(&world).await;
        assert_eq!(
            after[..before.len()],
            before,
            "{}: no row changes",
            change.method
        );
        let new = &after[before.len()..];
        assert!(
            new.iter()
                .any(|row| (row.actor.as_str(), row.action.as_str())
                    == (change.actor, change.action)),
            "{}: {new:?}",
            change.method
        );
        let last = before.last().unwrap().revision;
        assert!(
            new.iter()
                .all(|row| row.revision == new[0].revision && row.revision > last),
            "{}: one new revision: {new:?}",
            change.method
        );
    }
}

/// So that a method that is added tomorrow is thought of.
fn assert_every_method_is_named() {
    let ours = METHODS
        .iter()
        .filter_map(|rule| rule.path.strip_prefix("/menshen.authz.v1."));
    let named = CHANGES.iter().map(|change| change.method);
    let named: BTreeSet<&str> = named.chain(CHANGES_NOTHING).collect();
    assert_eq!(ours.collect::<BTreeSet<_>>(), named);
}

/// Secrets that answers told, for the calls that need them.
#[derive(Default)]
struct Told {
    activation: String,
    refresh: String,
    access: String,
}

impl Told {
    fn fill(&self, body: &str) -> String {
        body.replace("$ACTIVATION", &self.activation)
            .replace("$REFRESH", &self.refresh)
            .replace("$PASSWORD", PASSWORD)
    }

    fn caller(&self, change: &Change, world: &World) -> Session {
        if change.actor == ROOT {
            return world.root().clone();
        }
        if self.access.is_empty() {
            return world.anonymous().clone();
        }
        world.anonymous().with_token(&self.access).unwrap()
    }

    fn hear(&mut self, answer: &serde_json::Value) {
        let tokens = &answer["tokens"];
        for (secret, heard) in [
            (&mut self.activation, &answer["activationToken"]),
            (&mut self.refresh, &tokens["refreshToken"]),
            (&mut self.access, &tokens["accessToken"]),
        ] {
            if let Some(heard) = heard.as_str() {
                heard.clone_into(secret);
            }
        }
    }
}

async fn call(by: &Session, method: &str, body: &str) -> Result<serde_json::Value, Status> {
    let (service, name) = method.split_once('/').unwrap();
    let method = dynamic::method(&format!("menshen.authz.v1.{service}"), name).unwrap();
    let request = dynamic::from_json(method.input(), body).unwrap();
    let answer = dynamic::call(by.authz_channel(), &method, request).await?;
    let json = dynamic::to_json(&answer.into_inner()).unwrap();
    Ok(serde_json::from_str(&json).unwrap())
}

/// A row of the audit log.
#[derive(Debug, PartialEq)]
struct Row {
    revision: u64,
    actor: String,
    action: String,
    whole: String,
}

/// The audit log, in the order of its revisions.
async fn log(world: &World) -> Vec<Row> {
    let dump = world.databases()[0].dump().await.unwrap();
    let rows = dump
        .iter()
        .filter_map(|row| row.strip_prefix("audit_log: "));
    let mut rows: Vec<Row> = rows.map(row).collect();
    rows.sort_by(|one, other| (one.revision, &one.whole).cmp(&(other.revision, &other.whole)));
    rows
}

/// Both databases write a row as its columns, in order, with commas between: `revision`, `seq`,
/// `at_us`, `actor`, `via_service`, `action`; SQLite in quotes, PostgreSQL in parentheses.
fn row(whole: &str) -> Row {
    let columns: Vec<&str> = whole
        .trim_start_matches('(')
        .split(',')
        .map(|column| column.trim_matches('\''))
        .collect();
    Row {
        revision: columns[0].parse().unwrap(),
        actor: columns[3].to_owned(),
        action: columns[5].to_owned(),
        whole: whole.to_owned(),
    }
}
