//! People signing in and out.

use super::world::*;
use crate::identity::{activation, sessions, sign_in, users};
use crate::write::Author;
use menshen_proto::authz::v1::Decision;
use service_kit::status::Reason;

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
