//! What belongs to the service itself: administrators, departments, services, the start.

use super::world::*;
use crate::decisions::Asker;
use crate::grants::Order;
use crate::identity::{service_accounts, sessions, users};
use crate::org::Organization;
use crate::refusal::Refusal;
use crate::write::Author;
use menshen_proto::authz::v1 as proto;
use menshen_proto::authz::v1::Decision;
use service_kit::status::Reason;

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
