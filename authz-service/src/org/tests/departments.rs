//! Departments, over relationships that others may write, too.

use super::world::*;
use crate::identity::{departments, users};
use crate::refusal::Refusal;
use crate::schemas::{self, Mode};
use crate::write::Author;
use menshen_proto::authz::v1 as proto;
use menshen_proto::authz::v1::{GrantRequest, ListUsersRequest};
use service_kit::clock::timestamp;
use service_kit::status::Reason;

fn root() -> Author {
    Author::new(&root_caller(), "")
}

async fn with_departments(world: &World, departments: &[(&str, &str)]) {
    for (id, parent) in departments {
        let department = proto::Department {
            id: (*id).to_owned(),
            display_name: (*id).to_owned(),
            parent: (*parent).to_owned(),
        };
        departments::create(&world.org, &root(), &department)
            .await
            .unwrap();
    }
}

async fn members(world: &World, department: &str) -> usize {
    let request = ListUsersRequest {
        department: department.to_owned(),
        ..ListUsersRequest::default()
    };
    let page = users::Page::read(&request).unwrap();
    users::list(&world.org, &page).await.unwrap().0.len()
}

async fn department_of(world: &World, id: &str) -> String {
    users::get(&world.org, id).await.unwrap().department
}

fn until(text: &str, expires_at_us: i64) -> GrantRequest {
    let mut request = granting(&[text]);
    request.relationships[0].expires_at = Some(timestamp(expires_at_us));
    request
}

#[tokio::test]
async fn membership_and_parent_end_with_their_expiry() {
    for world in worlds().await {
        let schema = SCHEMA
            .replace(
                "parent: department",
                "parent: department | department with expiration",
            )
            .replace("member: user", "member: user | user with expiration");
        let schema = format!("use expiration\n{schema}");
        schemas::write(&world.org, &root(), schema, Mode::Write)
            .await
            .unwrap();
        with_departments(&world, &[("d1", ""), ("d2", "")]).await;
        person(&world, "ada").await;
        for text in [
            "department:d1#member@user:ada",
            "department:d2#parent@department:d1",
        ] {
            grant(&world, &root_caller(), &until(text, NOW_US + 1_000_000))
                .await
                .unwrap();
        }
        let parent_of_d2 = async || {
            departments::list(&world.org).await.unwrap()[1]
                .parent
                .clone()
        };
        assert_eq!(department_of(&world, "ada").await, "d1");
        assert_eq!(members(&world, "d1").await, 1);
        assert_eq!(parent_of_d2().await, "d1");
        world.clock.advance_us(1_000_000);
        assert_eq!(department_of(&world, "ada").await, "");
        assert_eq!(members(&world, "d1").await, 0);
        assert_eq!(parent_of_d2().await, "");
        departments::update(&world.org, &root(), "d1", None, Some("d2"))
            .await
            .unwrap();
    }
}

#[tokio::test]
async fn granted_parents_form_a_tree() {
    for world in worlds().await {
        with_departments(
            &world,
            &[
                ("d1", ""),
                ("d2", "d1"),
                ("d3", "d2"),
                ("d4", ""),
                ("d5", ""),
            ],
        )
        .await;
        for cycle in [
            &["department:d1#parent@department:d1"][..],
            &["department:d1#parent@department:d3"],
            &[
                "department:d4#parent@department:d5",
                "department:d5#parent@department:d4",
            ],
        ] {
            let refused = grant(&world, &root_caller(), &granting(cycle)).await;
            assert_eq!(
                reason(&refused.unwrap_err()),
                Some(Reason::WrongState),
                "{cycle:?}"
            );
        }
        for unknown in [
            "department:d1#parent@department:d9",
            "department:d9#parent@department:d1",
        ] {
            let refused = grant(&world, &root_caller(), &granting(&[unknown])).await;
            let refused = refused.unwrap_err();
            assert!(refused.to_string().contains("`d9`"), "{refused}");
        }
        let sound = [
            "department:d4#parent@department:d3",
            "department:d5#parent@department:d4",
        ];
        grant(&world, &root_caller(), &granting(&sound))
            .await
            .unwrap();
    }
}

#[tokio::test]
async fn department_is_removed_when_nothing_names_it() {
    for world in worlds().await {
        with_departments(&world, &[("d1", ""), ("d2", "d1")]).await;
        let refused = departments::delete(&world.org, &root(), "d1").await;
        let refused = refused.unwrap_err();
        assert_eq!(reason(&refused), Some(Reason::WrongState));
        let below = "department:d2#parent@department:d1";
        assert!(refused.to_string().contains(below), "{refused}");

        person(&world, "ada").await;
        let member = ["department:d2#member@user:ada"];
        grant(&world, &root_caller(), &granting(&member))
            .await
            .unwrap();
        let refused = departments::delete(&world.org, &root(), "d2").await;
        assert_eq!(reason(&refused.unwrap_err()), Some(Reason::WrongState));
        let listed = departments::list(&world.org).await.unwrap();
        assert_eq!(listed[1].parent, "d1", "a refusal takes nothing away");

        revoke(&world, &root_caller(), &member).await.unwrap();
        departments::delete(&world.org, &root(), "d2")
            .await
            .unwrap();
        departments::delete(&world.org, &root(), "d1")
            .await
            .unwrap();
        assert!(departments::list(&world.org).await.unwrap().is_empty());
        let again = departments::delete(&world.org, &root(), "d1").await;
        assert!(matches!(again, Err(Refusal::NotFound { .. })));
    }
}
