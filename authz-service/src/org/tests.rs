//! What an organization promises, over its services and without the wire.

use super::Organization;
use crate::decisions::Asker;
use crate::decisions::check;
use crate::grants::{Order, queue};
use crate::identity::{activation, service_accounts, sessions, sign_in, users};
use crate::refusal::Refusal;
use crate::schemas::{self, Mode};
use crate::write::Author;
use menshen_proto::authz::v1 as proto;
use menshen_proto::authz::v1::{CheckRequest, Decision, GrantRequest, RevokeRequest};
use secrecy::SecretString;
use service_kit::caller::{Caller, Credentials};
use service_kit::clock::ManualClock;
use service_kit::db::scratch::Scratch;
use service_kit::status::Reason;
use std::sync::Arc;

const NOW_US: i64 = 1_800_000_000_000_000;
const ROOT_TOKEN: &str = "mst_root_of_all_tests_0123456789";
const PASSWORD: &str = "four brown herons wade";
const SCHEMA: &str = "
definition user {}
definition document {
  // @grant share
  relation viewer: user
  relation owner: user
  permission share = owner
  permission view = viewer + owner
}
definition department {
  relation parent: department
  relation member: user
}
";

struct World {
    org: Arc<Organization>,
    clock: Arc<ManualClock>,
    scratch: Scratch,
}

async fn worlds() -> Vec<World> {
    let mut worlds = Vec::new();
    for scratch in Scratch::each().await {
        let clock = Arc::new(ManualClock::at(NOW_US));
        let db = scratch.db.clone();
        let root = Some(SecretString::from(ROOT_TOKEN));
        let org = Organization::open(db, clock.clone(), root).await.unwrap();
        let author = Author::new(&root_caller(), "");
        schemas::write(&org, &author, SCHEMA.to_owned(), Mode::Write)
            .await
            .unwrap();
        worlds.push(World {
            org,
            clock,
            scratch,
        });
    }
    worlds
}

fn caller(subject: &str) -> Caller {
    Caller {
        subject: subject.to_owned(),
        via_service: None,
        token: None,
    }
}

fn root_caller() -> Caller {
    caller("service:root")
}

fn relationship(text: &str) -> proto::Relationship {
    let read = crate::engine::relationship::Relationship::parse(text).unwrap();
    crate::api::convert::message(&read)
}

fn granting(texts: &[&str]) -> GrantRequest {
    GrantRequest {
        relationships: texts.iter().map(|text| relationship(text)).collect(),
        ..GrantRequest::default()
    }
}

async fn grant(world: &World, caller: &Caller, request: &GrantRequest) -> Result<String, Refusal> {
    let register = world.org.principals.load_full();
    let order = Order::grant(caller, Asker::new(caller, &register), request)?;
    queue::submit(&world.org, order).await
}

async fn revoke(world: &World, caller: &Caller, texts: &[&str]) -> Result<String, Refusal> {
    let register = world.org.principals.load_full();
    let request = RevokeRequest {
        relationships: texts.iter().map(|text| relationship(text)).collect(),
        ..RevokeRequest::default()
    };
    let order = Order::revoke(caller, Asker::new(caller, &register), &request)?;
    queue::submit(&world.org, order).await
}

fn view(world: &World, subject: &str, resource: &str) -> Decision {
    let (head, register) = (world.org.head(), world.org.principals.load());
    let root = root_caller();
    let request = CheckRequest {
        subject: subject.to_owned(),
        permission: "view".to_owned(),
        resource: resource.to_owned(),
        ..CheckRequest::default()
    };
    let moment = world.org.moment(&head, &register);
    check::answer(moment, Asker::new(&root, &register), &request)
        .unwrap()
        .decision()
}

async fn person(world: &World, id: &str) {
    let author = Author::new(&root_caller(), "");
    let user = proto::User {
        id: id.to_owned(),
        display_name: "Somebody".to_owned(),
        email: format!("{id}@example.com"),
        ..proto::User::default()
    };
    let (_, token) = users::create(&world.org, &author, &user).await.unwrap();
    activation::activate(&world.org, &token, PASSWORD.into())
        .await
        .unwrap();
}

async fn signed_in(world: &World, id: &str) -> proto::Tokens {
    let signed_in = sign_in::sign_in(&world.org, id, PASSWORD.into(), None)
        .await
        .unwrap();
    signed_in.tokens.unwrap()
}

fn authenticate(world: &World, token: &str) -> Result<Caller, Refusal> {
    let bearer = Some(SecretString::from(token));
    let credentials = Credentials {
        bearer,
        ..Credentials::default()
    };
    crate::identity::authenticate::authenticate(&world.org, &credentials)
}

fn reason(refusal: &Refusal) -> Option<Reason> {
    match refusal {
        Refusal::Precondition { reason, .. } | Refusal::Unauthenticated { reason, .. } => {
            Some(*reason)
        }
        _ => None,
    }
}

#[tokio::test]
async fn revoked_grant_is_denied_at_once() {
    for world in worlds().await {
        for _ in 0..20 {
            let text = "document:1#viewer@user:alice";
            grant(&world, &root_caller(), &granting(&[text]))
                .await
                .unwrap();
            assert_eq!(view(&world, "user:alice", "document:1"), Decision::Allowed);
            revoke(&world, &root_caller(), &[text]).await.unwrap();
            assert_eq!(view(&world, "user:alice", "document:1"), Decision::Denied);
        }
    }
}

#[tokio::test]
async fn grant_is_all_or_nothing() {
    for world in worlds().await {
        let request = granting(&["document:1#viewer@user:alice", "document:1#view@user:alice"]);
        let refused = grant(&world, &root_caller(), &request).await.unwrap_err();
        let Refusal::Invalid(violations) = refused else {
            panic!("{refused}")
        };
        assert_eq!(violations.len(), 1);
        assert_eq!(violations[0].field, "relationships[1]");
        assert_eq!(view(&world, "user:alice", "document:1"), Decision::Denied);
    }
}

#[tokio::test]
async fn repeated_request_has_one_effect_and_one_answer() {
    for world in worlds().await {
        let request = GrantRequest {
            request_id: "r1".to_owned(),
            ..granting(&["document:1#viewer@user:alice"])
        };
        let root = root_caller();
        let first = grant(&world, &root, &request).await.unwrap();
        revoke(&world, &root, &["document:1#viewer@user:alice"])
            .await
            .unwrap();
        assert_eq!(grant(&world, &root, &request).await.unwrap(), first);
        assert_eq!(view(&world, "user:alice", "document:1"), Decision::Denied);
        let other = GrantRequest {
            request_id: "r1".to_owned(),
            ..granting(&["document:2#viewer@user:alice"])
        };
        let refused = grant(&world, &root, &other).await.unwrap_err();
        assert!(matches!(refused, Refusal::RequestIdReused(_)), "{refused}");
    }
}

#[tokio::test]
async fn grants_that_share_a_transaction_have_their_own_outcomes() {
    for world in worlds().await {
        let root = root_caller();
        let requests = (0..40).map(|n| {
            let relation = if n % 4 == 3 { "viewr" } else { "viewer" };
            granting(&[&format!("document:{n}#{relation}@user:alice")])
        });
        let requests: Vec<_> = requests.collect();
        let outcomes = requests.iter().map(|request| grant(&world, &root, request));
        let outcomes = futures::future::join_all(outcomes).await;
        let mut tokens = Vec::new();
        for (n, outcome) in outcomes.into_iter().enumerate() {
            let expected = if n % 4 == 3 {
                Decision::Denied
            } else {
                Decision::Allowed
            };
            assert_eq!(
                outcome.is_ok(),
                expected == Decision::Allowed,
                "{n}: {outcome:?}"
            );
            assert_eq!(
                view(&world, "user:alice", &format!("document:{n}")),
                expected
            );
            tokens.extend(outcome);
        }
        let count = tokens.len();
        tokens.sort();
        tokens.dedup();
        assert_eq!(tokens.len(), count, "each has a revision of its own");
    }
}

#[tokio::test]
async fn owner_may_share_and_nothing_else() {
    for world in worlds().await {
        let root = root_caller();
        grant(&world, &root, &granting(&["document:1#owner@user:olga"]))
            .await
            .unwrap();
        let olga = caller("user:olga");
        let shared = granting(&["document:1#viewer@user:alice"]);
        grant(&world, &olga, &shared).await.unwrap();
        for text in [
            "document:1#owner@user:alice",
            "document:2#viewer@user:alice",
            "menshen/role:r#member@user:olga",
        ] {
            let refused = grant(&world, &olga, &granting(&[text])).await.unwrap_err();
            assert!(
                matches!(refused, Refusal::Forbidden(_)),
                "{text}: {refused}"
            );
        }
        let refused = grant(&world, &caller("user:eve"), &shared)
            .await
            .unwrap_err();
        assert!(matches!(refused, Refusal::Forbidden(_)), "{refused}");
    }
}

#[tokio::test]
async fn last_administrator_stays() {
    for world in worlds().await {
        let root = root_caller();
        let roots = "menshen/authz:main#administrator@service:root";
        let refused = revoke(&world, &root, &[roots]).await.unwrap_err();
        assert_eq!(reason(&refused), Some(Reason::LastAdministrator));
        person(&world, "ada").await;
        let through_a_role = [
            "menshen/authz:main#administrator@menshen/role:admins#member",
            "menshen/role:admins#member@user:ada",
        ];
        grant(&world, &root, &granting(&through_a_role))
            .await
            .unwrap();
        revoke(&world, &root, &[roots]).await.unwrap();
        let ada = caller("user:ada");
        let refused = revoke(&world, &ada, &[through_a_role[1]])
            .await
            .unwrap_err();
        assert_eq!(reason(&refused), Some(Reason::LastAdministrator));
        let author = Author::new(&ada, "");
        let refused = users::disable(&world.org, &author, "ada")
            .await
            .unwrap_err();
        assert_eq!(reason(&refused), Some(Reason::LastAdministrator));
    }
}

#[tokio::test]
async fn refused_order_of_the_service_itself_leaves_nothing_behind() {
    for world in worlds().await {
        let root = root_caller();
        let both = [
            "menshen/authz:main#auditor@service:root",
            "menshen/authz:main#administrator@service:root",
        ];
        revoke(&world, &root, &both).await.unwrap_err();
        let head = world.org.head();
        assert_eq!(head.snapshot.count("menshen/authz", "auditor"), 1);
        grant(&world, &root, &granting(&["document:1#viewer@user:a"]))
            .await
            .unwrap();
    }
}

#[tokio::test]
async fn disabled_person_is_out_at_once() {
    for world in worlds().await {
        person(&world, "u05").await;
        grant(
            &world,
            &root_caller(),
            &granting(&["document:1#viewer@user:u05"]),
        )
        .await
        .unwrap();
        let tokens = signed_in(&world, "u05@EXAMPLE.com").await;
        assert_eq!(
            authenticate(&world, &tokens.access_token).unwrap().subject,
            "user:u05"
        );
        let author = Author::new(&root_caller(), "left");
        users::disable(&world.org, &author, "u05").await.unwrap();
        let refused = authenticate(&world, &tokens.access_token).unwrap_err();
        assert_eq!(reason(&refused), Some(Reason::TokenInvalid));
        assert_eq!(view(&world, "user:u05", "document:1"), Decision::Denied);
        let refused = sessions::refresh(&world.org, &tokens.refresh_token)
            .await
            .unwrap_err();
        assert_eq!(reason(&refused), Some(Reason::TokenInvalid));
        let refused = sign_in::sign_in(&world.org, "u05", PASSWORD.into(), None).await;
        assert_eq!(reason(&refused.unwrap_err()), Some(Reason::SignInFailed));
    }
}

#[tokio::test]
async fn refresh_token_used_twice_ends_the_session() {
    for world in worlds().await {
        person(&world, "u05").await;
        let first = signed_in(&world, "u05").await;
        let second = sessions::refresh(&world.org, &first.refresh_token)
            .await
            .unwrap();
        assert!(authenticate(&world, &second.access_token).is_ok());
        sessions::refresh(&world.org, &first.refresh_token)
            .await
            .unwrap_err();
        assert!(
            sessions::refresh(&world.org, &second.refresh_token)
                .await
                .is_err()
        );
        assert!(authenticate(&world, &second.access_token).is_err());
    }
}

#[tokio::test]
async fn access_token_ends_after_ten_minutes() {
    for world in worlds().await {
        person(&world, "u05").await;
        let tokens = signed_in(&world, "u05").await;
        world.clock.advance_us(599_000_000);
        assert!(authenticate(&world, &tokens.access_token).is_ok());
        world.clock.advance_us(1_000_000);
        assert!(authenticate(&world, &tokens.access_token).is_err());
        assert!(
            sessions::refresh(&world.org, &tokens.refresh_token)
                .await
                .is_ok()
        );
    }
}

#[tokio::test]
async fn unknown_user_and_wrong_password_get_one_answer() {
    for world in worlds().await {
        person(&world, "u05").await;
        let wrong = sign_in::sign_in(&world.org, "u05", "four brown herons wake".into(), None);
        let unknown = sign_in::sign_in(&world.org, "u99", PASSWORD.into(), None);
        let (wrong, unknown) = (wrong.await.unwrap_err(), unknown.await.unwrap_err());
        assert_eq!(reason(&wrong), Some(Reason::SignInFailed));
        assert_eq!(wrong.to_string(), unknown.to_string());
    }
}

#[tokio::test]
async fn activation_token_works_once() {
    for world in worlds().await {
        let author = Author::new(&root_caller(), "");
        person(&world, "u05").await;
        let token = users::reset_password(&world.org, &author, "u05")
            .await
            .unwrap();
        let refused = sign_in::sign_in(&world.org, "u05", PASSWORD.into(), None).await;
        assert_eq!(reason(&refused.unwrap_err()), Some(Reason::SignInFailed));
        activation::activate(&world.org, &token, PASSWORD.into())
            .await
            .unwrap();
        let again = activation::activate(&world.org, &token, PASSWORD.into())
            .await
            .unwrap_err();
        assert_eq!(reason(&again), Some(Reason::TokenInvalid));
    }
}

#[tokio::test]
async fn department_below_itself_is_refused() {
    use crate::identity::departments;
    for world in worlds().await {
        let author = Author::new(&root_caller(), "");
        for (id, parent) in [("d1", ""), ("d2", "d1"), ("d3", "d2")] {
            let department = proto::Department {
                id: id.to_owned(),
                display_name: id.to_owned(),
                parent: parent.to_owned(),
            };
            departments::create(&world.org, &author, &department)
                .await
                .unwrap();
        }
        let refused = departments::update(&world.org, &author, "d1", None, Some("d3")).await;
        assert_eq!(reason(&refused.unwrap_err()), Some(Reason::WrongState));
        let moved = departments::update(&world.org, &author, "d3", None, Some("d1")).await;
        assert_eq!(moved.unwrap().parent, "d1");
        let found = departments::list(&world.org).await.unwrap();
        let parents: Vec<_> = found.iter().map(|one| one.parent.as_str()).collect();
        assert_eq!(parents, ["", "d1", "d1"]);
    }
}

#[tokio::test]
async fn only_a_registered_service_asserts_and_it_may_narrow_itself() {
    for world in worlds().await {
        let register = world.org.principals.load_full();
        let crm = caller("service:crm");
        let mut request = granting(&["document:1#viewer@user:alice"]);
        request.contextual_relationships = vec![relationship("document:1#owner@user:crm")];
        assert!(Order::grant(&crm, Asker::new(&crm, &register), &request).is_ok());
        let olga = caller("user:olga");
        let refused = Order::grant(&olga, Asker::new(&olga, &register), &request).unwrap_err();
        assert!(matches!(refused, Refusal::Forbidden(_)), "{refused}");

        let narrow = service_accounts::Update {
            id: "crm".to_owned(),
            assertable: Some(vec![proto::AssertableRelation {
                resource_type: "document".to_owned(),
                relation: "viewer".to_owned(),
            }]),
            ..service_accounts::Update::default()
        };
        assert!(service_accounts::only_narrows(
            register.service("crm").unwrap(),
            &narrow
        ));
        let author = Author::new(&crm, "");
        service_accounts::update(&world.org, &author, narrow)
            .await
            .unwrap();
        let register = world.org.principals.load_full();
        let refused = Order::grant(&crm, Asker::new(&crm, &register), &request).unwrap_err();
        assert!(matches!(refused, Refusal::Forbidden(_)), "{refused}");
        let wide = service_accounts::Update {
            id: "crm".to_owned(),
            assertable: Some(vec![proto::AssertableRelation {
                resource_type: "*".to_owned(),
                relation: "owner".to_owned(),
            }]),
            ..service_accounts::Update::default()
        };
        assert!(!service_accounts::only_narrows(
            register.service("crm").unwrap(),
            &wide
        ));
    }
}

#[tokio::test]
async fn everything_is_there_again_after_a_restart() {
    for world in worlds().await {
        person(&world, "u05").await;
        let root = root_caller();
        let texts: Vec<_> = (0..500)
            .map(|n| format!("document:{n}#viewer@user:u05"))
            .collect();
        let texts: Vec<_> = texts.iter().map(String::as_str).collect();
        let token = grant(&world, &root, &granting(&texts)).await.unwrap();
        let ended = signed_in(&world, "u05").await;
        sessions::sign_out(&world.org, &ended.refresh_token)
            .await
            .unwrap();
        let World {
            org,
            clock,
            scratch,
        } = world;
        let revision = org.head().snapshot.revision();
        drop(org);
        let org = Organization::open(scratch.db.clone(), clock.clone(), None)
            .await
            .unwrap();
        let world = World {
            org,
            clock,
            scratch,
        };
        assert_eq!(world.org.head().snapshot.revision(), revision);
        assert!(
            crate::revision_token::RevisionToken::parse(&token)
                .unwrap()
                .revision
                <= revision
        );
        assert_eq!(view(&world, "user:u05", "document:499"), Decision::Allowed);
        assert_eq!(
            authenticate(&world, ROOT_TOKEN).unwrap().subject,
            "service:root"
        );
        assert!(authenticate(&world, &ended.access_token).is_err());
        assert!(authenticate(&world, &signed_in(&world, "u05").await.access_token).is_ok());
    }
}

#[tokio::test]
async fn schema_keeps_what_is_in_use() {
    for world in worlds().await {
        let root = root_caller();
        grant(&world, &root, &granting(&["document:1#viewer@user:a"]))
            .await
            .unwrap();
        let author = Author::new(&root, "");
        let without = SCHEMA.replace("relation viewer: user\n", "relation reader: user\n");
        let without = without.replace("viewer + owner", "reader + owner");
        let refused = schemas::write(&world.org, &author, without.clone(), Mode::Write).await;
        let refused = refused.unwrap_err();
        assert_eq!(reason(&refused), Some(Reason::SchemaInUse));
        assert!(
            refused.to_string().contains("document:1#viewer@user:a"),
            "{refused}"
        );
        revoke(&world, &root, &["document:1#viewer@user:a"])
            .await
            .unwrap();
        let accepted = schemas::write(&world.org, &author, without, Mode::Write)
            .await
            .unwrap();
        assert_eq!(accepted.version, 2);
        assert_eq!(world.org.head().model.version, 2);
    }
}
