//! Who may change whose account, and what an account that is locked out still holds: nothing.

use super::world::*;
use crate::decisions::{Asker, check, filter};
use crate::grants::{Order, queue};
use crate::identity::{service_accounts, users};
use crate::refusal::Refusal;
use crate::write::Author;
use menshen_proto::authz::v1 as proto;
use menshen_proto::authz::v1::{CheckRequest, Decision, FilterRequest};
use service_kit::status::Reason;

const CRM_ADMINISTERS: &str = "menshen/authz:main#administrator@service:crm";

fn assertable(resource_type: &str, relation: &str) -> Vec<proto::AssertableRelation> {
    vec![proto::AssertableRelation {
        resource_type: resource_type.to_owned(),
        relation: relation.to_owned(),
    }]
}

fn service(id: &str) -> proto::ServiceAccount {
    proto::ServiceAccount {
        id: id.to_owned(),
        ..proto::ServiceAccount::default()
    }
}

fn user(id: &str, email: &str) -> proto::User {
    proto::User {
        id: id.to_owned(),
        display_name: "Somebody".to_owned(),
        email: email.to_owned(),
        ..proto::User::default()
    }
}

fn by(subject: &str) -> Author {
    Author::new(&caller(subject), "")
}

async fn granted(world: &World, text: &str) {
    grant(world, &root_caller(), &granting(&[text]))
        .await
        .unwrap();
}

#[track_caller]
fn assert_forbidden<T: std::fmt::Debug>(outcome: Result<T, Refusal>) {
    let refused = outcome.unwrap_err();
    assert!(matches!(refused, Refusal::Forbidden(_)), "{refused}");
}

#[tokio::test]
async fn nobody_becomes_administrator_by_claiming_to_be_one() {
    for world in worlds().await {
        let crm = caller("service:crm");
        let mut request = granting(&[CRM_ADMINISTERS]);
        request.contextual_relationships = vec![relationship(CRM_ADMINISTERS)];
        assert_forbidden(grant(&world, &crm, &request).await);

        let claiming = proto::ServiceAccount {
            assertable: assertable("menshen/authz", "administrator"),
            ..service("claiming")
        };
        let refused = service_accounts::create(&world.org, &by("service:root"), &claiming).await;
        let refused = refused.unwrap_err();
        assert!(matches!(refused, Refusal::Invalid(_)), "{refused}");
    }
}

/// Claims that reach an order by whatever way do not count where the service itself is asked.
#[tokio::test]
async fn claims_do_not_count_for_rights_on_the_service() {
    for world in worlds().await {
        let crm = caller("service:crm");
        let register = world.org.principals.load_full();
        let asker = Asker::new(&crm, &register);
        let mut order = Order::grant(&crm, asker, &granting(&[CRM_ADMINISTERS])).unwrap();
        let claimed = crate::engine::relationship::Relationship::parse(CRM_ADMINISTERS);
        order.contextual.push(claimed.unwrap());
        assert_forbidden(queue::submit(&world.org, order).await);
    }
}

#[tokio::test]
async fn user_manager_does_not_take_over_who_holds_more() {
    for world in worlds().await {
        for id in ["alice", "boss", "bob"] {
            person(&world, id).await;
        }
        granted(&world, "menshen/authz:main#user_manager@user:alice").await;
        granted(
            &world,
            "menshen/authz:main#administrator@menshen/role:a#member",
        )
        .await;
        granted(&world, "menshen/role:a#member@user:boss").await;
        granted(&world, "menshen/authz:main#auditor@user:later").await;
        let (org, alice) = (&world.org, by("user:alice"));
        let email = users::Paths {
            email: true,
            ..users::Paths::default()
        };
        assert_forbidden(users::reset_password(org, &alice, "boss").await);
        let taken = user("boss", "alice2@example.com");
        assert_forbidden(users::update(org, &alice, &taken, email).await);
        assert_forbidden(users::disable(org, &alice, "boss").await);
        assert_forbidden(users::enable(org, &alice, "boss").await);
        let later = user("later", "later@example.com");
        assert_forbidden(users::create(org, &alice, &later).await);

        users::reset_password(org, &alice, "bob").await.unwrap();
        users::disable(org, &alice, "bob").await.unwrap();
        users::enable(org, &alice, "bob").await.unwrap();
        let own = user("alice", "alice2@example.com");
        users::update(org, &alice, &own, email).await.unwrap();
        users::reset_password(org, &by("user:boss"), "alice")
            .await
            .unwrap();
    }
}

#[tokio::test]
async fn service_manager_does_not_take_over_who_holds_more() {
    for world in worlds().await {
        let (org, root) = (&world.org, by("service:root"));
        for id in ["ops", "plain"] {
            service_accounts::create(org, &root, &service(id))
                .await
                .unwrap();
        }
        granted(&world, "menshen/authz:main#service_manager@service:ops").await;
        granted(&world, "menshen/authz:main#checker@service:later").await;
        let ops = by("service:ops");
        let rotate = |id: &str| service_accounts::Update {
            id: id.to_owned(),
            rotate_token: true,
            ..service_accounts::Update::default()
        };
        for id in ["root", "crm"] {
            assert_forbidden(service_accounts::update(org, &ops, rotate(id)).await);
        }
        assert_forbidden(service_accounts::create(org, &ops, &service("later")).await);
        for id in ["plain", "ops"] {
            service_accounts::update(org, &ops, rotate(id))
                .await
                .unwrap();
        }
    }
}

#[tokio::test]
async fn service_chooses_what_it_asserts_within_what_it_may_grant() {
    for world in worlds().await {
        let (org, root) = (&world.org, by("service:root"));
        service_accounts::create(org, &root, &service("plain"))
            .await
            .unwrap();
        let choose = |id: &str| service_accounts::Update {
            id: id.to_owned(),
            assertable: Some(assertable("document", "owner")),
            ..service_accounts::Update::default()
        };
        let crm = caller("service:crm");
        service_accounts::may_update(org, &crm, &choose("crm")).unwrap();
        assert_forbidden(service_accounts::may_update(org, &crm, &choose("plain")));
        let rotating = service_accounts::Update {
            rotate_token: true,
            ..choose("crm")
        };
        assert_forbidden(service_accounts::may_update(org, &crm, &rotating));
        let plain = caller("service:plain");
        assert_forbidden(service_accounts::may_update(org, &plain, &choose("plain")));
    }
}

#[tokio::test]
async fn disabled_service_holds_nothing() {
    for world in worlds().await {
        let (org, crm) = (&world.org, caller("service:crm"));
        let register = org.principals.load_full();
        let waiting = granting(&["document:1#viewer@user:alice"]);
        let waiting = Order::grant(&crm, Asker::new(&crm, &register), &waiting).unwrap();
        let passed_on = Order {
            author: Author {
                actor: "service:root".to_owned(),
                via_service: "service:crm".to_owned(),
                ..Author::default()
            },
            ..waiting.clone()
        };
        assert_eq!(may_grant(&world, "service:crm"), Decision::Allowed);
        let disable = service_accounts::Update {
            id: "crm".to_owned(),
            disabled: Some(true),
            ..service_accounts::Update::default()
        };
        service_accounts::update(org, &by("service:root"), disable)
            .await
            .unwrap();
        assert_eq!(may_grant(&world, "service:crm"), Decision::Denied);
        assert_eq!(filtered(&world, "service:crm"), Some(false));
        for order in [waiting, passed_on] {
            let refused = queue::submit(org, order).await.unwrap_err();
            assert_eq!(reason(&refused), Some(Reason::TokenInvalid));
        }
    }
}

fn may_grant(world: &World, subject: &str) -> Decision {
    let (head, register) = (world.org.head(), world.org.principals.load());
    let request = CheckRequest {
        subject: subject.to_owned(),
        permission: "grant".to_owned(),
        resource: "menshen/authz:main".to_owned(),
        ..CheckRequest::default()
    };
    let moment = world.org.moment(&head, &register).unwrap();
    let root = root_caller();
    let answer = check::answer(moment, Asker::new(&root, &register), &request);
    answer.unwrap().decision()
}

fn filtered(world: &World, subject: &str) -> Option<bool> {
    use proto::predicate::Kind;
    let (head, register) = (world.org.head(), world.org.principals.load());
    let request = FilterRequest {
        subject: subject.to_owned(),
        permission: "grant".to_owned(),
        resource_type: "menshen/authz".to_owned(),
        ..FilterRequest::default()
    };
    let moment = world.org.moment(&head, &register).unwrap();
    let root = root_caller();
    let answer = filter::answer(moment, Asker::new(&root, &register), &request).unwrap();
    match answer.predicate?.kind? {
        Kind::Constant(constant) => Some(constant),
        _ => None,
    }
}

#[tokio::test]
async fn who_cannot_sign_in_is_not_the_last_administrator() {
    for world in worlds().await {
        let (org, root) = (&world.org, by("service:root"));
        let invited = user("invited", "invited@example.com");
        users::create(org, &root, &invited).await.unwrap();
        granted(&world, "menshen/authz:main#administrator@user:invited").await;
        granted(&world, CRM_ADMINISTERS).await;
        let roots = ["menshen/authz:main#administrator@service:root"];
        let refused = revoke(&world, &root_caller(), &roots).await.unwrap_err();
        assert_eq!(reason(&refused), Some(Reason::LastAdministrator));

        person(&world, "ada").await;
        granted(&world, "menshen/authz:main#administrator@user:ada").await;
        revoke(&world, &root_caller(), &roots).await.unwrap();
        let refused = users::reset_password(org, &by("user:ada"), "ada").await;
        assert_eq!(
            reason(&refused.unwrap_err()),
            Some(Reason::LastAdministrator)
        );
        signed_in(&world, "ada").await;
    }
}

#[tokio::test]
async fn removed_service_is_unknown_and_leaves_nothing_behind() {
    for world in worlds().await {
        let (org, root) = (&world.org, by("service:root"));
        let (_, token) = service_accounts::create(org, &root, &service("typo"))
            .await
            .unwrap();
        granted(&world, "menshen/authz:main#checker@service:typo").await;
        let refused = service_accounts::delete(org, &root, "typo").await;
        let refused = refused.unwrap_err();
        assert_eq!(reason(&refused), Some(Reason::WrongState));
        assert!(
            refused
                .to_string()
                .contains("menshen/authz:main#checker@service:typo"),
            "{refused}"
        );
        assert!(authenticate(&world, &token).is_ok());

        let held = ["menshen/authz:main#checker@service:typo"];
        revoke(&world, &root_caller(), &held).await.unwrap();
        service_accounts::delete(org, &root, "typo").await.unwrap();
        assert!(authenticate(&world, &token).is_err());
        let again = service_accounts::delete(org, &root, "typo").await;
        assert!(matches!(again, Err(Refusal::NotFound { .. })));
        service_accounts::create(org, &root, &service("typo"))
            .await
            .unwrap();
    }
}
