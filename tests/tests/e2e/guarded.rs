//! Every method of both services, tried by callers who may not.
//!
//! The methods come from the contract, so that one that is added tomorrow is tried, too.

use crate::ask::{PASSWORD, newcomer};
use e2e::dynamic;
use e2e::session::Session;
use e2e::world::World;
use menshen_proto::rules::{METHODS, MethodRule, RuleKind};
use prost_reflect::{DynamicMessage, ReflectMessage};
use std::sync::Arc;
use tokio::sync::OnceCell;
use tonic::{Code, Status};

e2e::facts!(in_the_workshop:
    nothing_is_answered_without_a_token,
    nothing_is_answered_for_a_forged_token,
    stranger_is_refused_everywhere,
    auditor_reads_and_writes_nothing_in_the_crm,
    sales_rep_administers_nothing_in_authz,
);

/// What a stranger may call all the same, with the reason. The list may only shrink.
const OPEN_TO_ANYBODY_SIGNED_IN: &[(&str, &str)] = &[(
    "/menshen.authz.v1.IdentityService/WhoAmI",
    "speaks only of the caller",
)];

async fn nothing_is_answered_without_a_token(world: Arc<World>) {
    for rule in METHODS.iter().filter(|rule| !is_public(rule)) {
        let status = call(world.anonymous(), rule).await.unwrap_err();
        assert_eq!(
            status.code(),
            Code::Unauthenticated,
            "{}: {status:?}",
            rule.path
        );
    }
}

async fn nothing_is_answered_for_a_forged_token(world: Arc<World>) {
    let genuine = world.sign_in("u30").await.unwrap();
    let genuine = genuine.token().unwrap();
    // Another signature; another algorithm ({"alg":"none"}); not a token at all; a service's prefix.
    let (signed, signature) = genuine.rsplit_once('.').unwrap();
    let claims = signed.split('.').nth(1).unwrap();
    let forged = [
        format!("{signed}.{}", signature.chars().rev().collect::<String>()),
        format!("eyJhbGciOiJub25lIn0.{claims}."),
        "rubbish".to_owned(),
        format!("mst_{}", "0".repeat(43)),
    ];
    for token in forged {
        let forger = world.anonymous().with_token(&token).unwrap();
        for rule in METHODS.iter().filter(|rule| !is_public(rule)) {
            let status = call(&forger, rule).await.unwrap_err();
            assert_eq!(
                status.code(),
                Code::Unauthenticated,
                "{}: {status:?}",
                rule.path
            );
        }
    }
}

/// Signed in, and nothing else.
async fn stranger_is_refused_everywhere(world: Arc<World>) {
    let stranger = stranger(&world).await;
    for rule in METHODS
        .iter()
        .filter(|rule| !is_public(rule) && !is_open(rule))
    {
        assert_refused(&stranger, rule).await;
    }
}

async fn auditor_reads_and_writes_nothing_in_the_crm(world: Arc<World>) {
    let auditor = world.sign_in("u32").await.unwrap();
    for rule in METHODS
        .iter()
        .filter(|rule| is_crm(rule) && !is_public(rule))
    {
        assert_refused(&auditor, rule).await;
    }
}

async fn sales_rep_administers_nothing_in_authz(world: Arc<World>) {
    let rep = world.sign_in("u05").await.unwrap();
    for rule in METHODS
        .iter()
        .filter(|rule| !is_crm(rule) && !is_public(rule) && !is_open(rule))
    {
        assert_refused(&rep, rule).await;
    }
}

/// Not OK, and not by accident: the refusal must be one of authorization, and not of a request that
/// is out of order.
async fn assert_refused(by: &Session, rule: &MethodRule) {
    match call(by, rule).await {
        Err(status) => assert!(
            matches!(status.code(), Code::PermissionDenied | Code::NotFound)
                || is_password_change(rule),
            "{}: {status:?}",
            rule.path
        ),
        Ok(answer) => assert!(tells_nothing(rule, &answer), "{}: {answer:?}", rule.path),
    }
}

/// Several records: each may be absent or hidden, so the call itself is in order.
fn tells_nothing(rule: &MethodRule, answer: &DynamicMessage) -> bool {
    let RuleKind::Records { .. } = rule.kind else {
        return false;
    };
    let found = answer.descriptor().fields().next().unwrap();
    !answer.has_field(&found)
}

/// Refused with UNAUTHENTICATED: the password that it asks for again is not the caller's.
fn is_password_change(rule: &MethodRule) -> bool {
    rule.path.ends_with("/ChangePassword")
}

pub(crate) fn is_public(rule: &MethodRule) -> bool {
    matches!(rule.kind, RuleKind::Public { .. })
}

fn is_open(rule: &MethodRule) -> bool {
    OPEN_TO_ANYBODY_SIGNED_IN
        .iter()
        .any(|(path, _)| *path == rule.path)
}

pub(crate) fn is_crm(rule: &MethodRule) -> bool {
    rule.path.starts_with("/menshen.crm.")
}

async fn stranger(world: &World) -> Session {
    static MADE: [OnceCell<()>; 2] = [const { OnceCell::const_new() }; 2];
    let is_postgres = world.databases()[0].url().starts_with("postgres");
    MADE[usize::from(is_postgres)]
        .get_or_init(async || {
            newcomer(world.root(), world.anonymous(), "stranger").await;
        })
        .await;
    world.sign_in_with("stranger", PASSWORD).await.unwrap()
}

pub(crate) async fn call(by: &Session, rule: &MethodRule) -> Result<DynamicMessage, Status> {
    let (service, name) = rule.path[1..].split_once('/').unwrap();
    let method = dynamic::method(service, name).unwrap();
    let request = dynamic::from_json(method.input(), &body(rule, name)).unwrap();
    let channel = if is_crm(rule) {
        by.crm_channel()
    } else {
        by.authz_channel()
    };
    if method.is_client_streaming() {
        let answer = dynamic::call_stream(channel, &method, request).await?;
        return answer.ok_or_else(|| Status::from_error("an empty stream".into()));
    }
    Ok(dynamic::call(channel, &method, request).await?.into_inner())
}

/// A request that would succeed for who may make it: about an existing record, somebody else, and
/// with everything that is due.
fn body(rule: &MethodRule, name: &str) -> String {
    const CHECK: &str =
        r#"{"subject": "user:u01", "permission": "view", "resource": "customer:A-0001"}"#;
    const GRANT: &str = r#"{"relationships": [{"resource": "role:crm_admin", "relation": "member", "subject": "user:stranger"}], "reason": "x"}"#;
    match name {
        "Check" | "StreamChecks" => CHECK.to_owned(),
        "BatchCheck" => format!(r#"{{"checks": [{CHECK}]}}"#),
        "Filter" => r#"{"subject": "user:u01", "permission": "view", "resourceType": "customer"}"#.to_owned(),
        "Grant" | "Revoke" => GRANT.to_owned(),
        "WriteSchema" => r#"{"schema": "definition user {}", "validateOnly": true}"#.to_owned(),
        "GetUser" | "DisableUser" | "EnableUser" | "ResetPassword" => r#"{"id": "u01"}"#.to_owned(),
        "CreateUser" => r#"{"user": {"id": "intruder", "displayName": "x", "email": "x@yunfan.example"}}"#.to_owned(),
        "UpdateUser" => r#"{"user": {"id": "u01", "displayName": "x"}, "updateMask": "displayName"}"#.to_owned(),
        "CreateDepartment" => r#"{"department": {"id": "D99", "displayName": "x"}}"#.to_owned(),
        "UpdateDepartment" => r#"{"department": {"id": "D1", "displayName": "x"}, "updateMask": "displayName"}"#.to_owned(),
        "DeleteDepartment" => r#"{"id": "D1"}"#.to_owned(),
        "DeleteServiceAccount" => r#"{"id": "crm"}"#.to_owned(),
        "CreateServiceAccount" => r#"{"serviceAccount": {"id": "intruder"}}"#.to_owned(),
        "UpdateServiceAccount" => r#"{"serviceAccount": {"id": "crm"}, "rotateToken": true}"#.to_owned(),
        "ChangePassword" => r#"{"currentPassword": "not this one, whatever it is", "newPassword": "correct horse battery staple 43"}"#.to_owned(),
        "UpdateSettings" => r#"{"settings": {"organizationName": "x"}, "updateMask": "organizationName"}"#.to_owned(),
        bulk if bulk.starts_with("Bulk") => r#"{"selection": {"type": "customer", "ids": ["A-0001", "A-0002"]}}"#.to_owned(),
        "UploadChunk" | "GetUpload" | "CancelUpload" => r#"{"upload": "x"}"#.to_owned(),
        _ if name.starts_with("Unshare") => r#"{"id": "A-0001", "subject": "user:u33"}"#.to_owned(),
        _ if name.starts_with("Share") => r#"{"id": "A-0001", "subject": "user:stranger", "level": "SHARE_LEVEL_READ", "expiresAt": "2999-01-01T00:00:00Z"}"#.to_owned(),
        "CreateTicket" => r#"{"ticket": {"customer": "A-0001", "queue": "Q-Inquiry", "subject": "x"}}"#.to_owned(),
        "CreateSuppression" => r#"{"suppression": {"note": "x"}}"#.to_owned(),
        _ => from_rule(rule),
    }
}

fn from_rule(rule: &MethodRule) -> String {
    match &rule.kind {
        RuleKind::Record { id_field, .. } => match id_field.split_once('.') {
            Some((record, field)) => {
                format!(
                    r#"{{"{record}": {{"{field}": "A-0001", "etag": "x"}}, "updateMask": "etag"}}"#
                )
            }
            None => format!(r#"{{"{id_field}": "A-0001"}}"#),
        },
        RuleKind::Records { ids_field, .. } => format!(r#"{{"{ids_field}": ["A-0001"]}}"#),
        RuleKind::Create {
            record_field,
            parent_field,
            optional_parents,
            ..
        } => match optional_parents
            .first()
            .map_or(*parent_field, |parent| parent.field)
            .split_once('.')
        {
            Some((_, field)) => format!(r#"{{"{record_field}": {{"{field}": "A-0001"}}}}"#),
            None => format!(r#"{{"{record_field}": {{"displayName": "x"}}}}"#),
        },
        _ => "{}".to_owned(),
    }
}
