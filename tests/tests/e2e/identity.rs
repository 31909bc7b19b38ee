//! Who is calling.

use crate::ask::{
    Outcome, PASSWORD, check, grant, invite, newcomer, question, relationship, unique,
};
use crate::expect::refused;
use e2e::session::Session;
use e2e::world::World;
use menshen_proto::authz::v1::{
    ActivateRequest, AssertableRelation, ChangePasswordRequest, CreateServiceAccountRequest,
    Decision, DisableUserRequest, GetUserRequest, RefreshTokenRequest, ResetPasswordRequest,
    ServiceAccount, SignInRequest, SignInResponse, SignOutRequest, Tokens,
    UpdateServiceAccountRequest, WhoAmIRequest,
};
use std::sync::Arc;
use tonic::Code;
use tonic_types::StatusExt;

e2e::facts!(about_decisions:
    caller_is_told_who_it_is,
    disabled_person_is_refused_at_the_next_call,
    refresh_token_works_once_and_its_reuse_ends_the_session,
    signing_out_ends_the_session,
    wrong_password_and_unknown_user_get_one_answer,
    activation_token_works_once,
    reset_password_no_longer_works,
    poor_password_is_refused_with_the_reason,
    changing_the_password_asks_for_the_current_one,
    guessing_is_slowed_down,
    people_ask_about_themselves_and_not_about_others,
    people_read_their_own_entry_and_no_other,
    service_asserts_only_what_it_is_registered_for,
    rotated_token_ends_at_once,
    taken_id_or_address_is_refused,
);

async fn sign_in(world: &World, user: &str, password: &str) -> Outcome<SignInResponse> {
    let request = SignInRequest {
        user: user.to_owned(),
        password: password.to_owned(),
    };
    world.anonymous().identity().sign_in(request).await
}

async fn tokens(world: &World, user: &str) -> Tokens {
    sign_in(world, user, PASSWORD)
        .await
        .unwrap()
        .into_inner()
        .tokens
        .unwrap()
}

/// A new person, signed in.
async fn somebody(world: &World) -> (String, Session) {
    let id = unique("person");
    newcomer(world.root(), world.anonymous(), &id).await;
    let session = world.sign_in_with(&id, PASSWORD).await.unwrap();
    (id, session)
}

async fn who(session: &Session) -> Outcome<menshen_proto::authz::v1::WhoAmIResponse> {
    session.identity().who_am_i(WhoAmIRequest {}).await
}

async fn caller_is_told_who_it_is(world: Arc<World>) {
    let (id, session) = somebody(&world).await;
    assert_eq!(
        who(&session).await.unwrap().into_inner().subject,
        format!("user:{id}")
    );
    assert_eq!(
        who(world.root()).await.unwrap().into_inner().subject,
        "service:root"
    );
}

async fn disabled_person_is_refused_at_the_next_call(world: Arc<World>) {
    let (id, session) = somebody(&world).await;
    who(&session).await.unwrap();
    let request = DisableUserRequest {
        id: id.clone(),
        reason: "a test".to_owned(),
    };
    world.root().identity().disable_user(request).await.unwrap();
    refused(who(&session).await, Code::Unauthenticated);
    refused(sign_in(&world, &id, PASSWORD).await, Code::Unauthenticated);
}

async fn refresh(
    world: &World,
    token: &str,
) -> Outcome<menshen_proto::authz::v1::RefreshTokenResponse> {
    let request = RefreshTokenRequest {
        refresh_token: token.to_owned(),
    };
    world.anonymous().identity().refresh_token(request).await
}

/// Used twice, it is in two hands; we cannot tell which is right.
async fn refresh_token_works_once_and_its_reuse_ends_the_session(world: Arc<World>) {
    let (id, _) = somebody(&world).await;
    let first = tokens(&world, &id).await;
    let second = refresh(&world, &first.refresh_token)
        .await
        .unwrap()
        .into_inner()
        .tokens
        .unwrap();
    let session = world.anonymous().with_token(&second.access_token).unwrap();
    who(&session).await.unwrap();
    refused(
        refresh(&world, &first.refresh_token).await,
        Code::Unauthenticated,
    );
    refused(
        refresh(&world, &second.refresh_token).await,
        Code::Unauthenticated,
    );
    refused(who(&session).await, Code::Unauthenticated);
}

async fn signing_out_ends_the_session(world: Arc<World>) {
    let (id, _) = somebody(&world).await;
    let tokens = tokens(&world, &id).await;
    let session = world.anonymous().with_token(&tokens.access_token).unwrap();
    let request = SignOutRequest {
        refresh_token: tokens.refresh_token.clone(),
    };
    world
        .anonymous()
        .identity()
        .sign_out(request)
        .await
        .unwrap();
    refused(
        refresh(&world, &tokens.refresh_token).await,
        Code::Unauthenticated,
    );
    refused(who(&session).await, Code::Unauthenticated);
}

async fn wrong_password_and_unknown_user_get_one_answer(world: Arc<World>) {
    let (id, _) = somebody(&world).await;
    let wrong = sign_in(&world, &id, "not the password at all")
        .await
        .unwrap_err();
    let unknown = sign_in(&world, "nobody-of-that-name", "not the password at all")
        .await
        .unwrap_err();
    let invited = unique("invited");
    invite(world.root(), &invited).await;
    let passwordless = sign_in(&world, &invited, "not the password at all")
        .await
        .unwrap_err();
    for other in [&unknown, &passwordless] {
        assert_eq!(
            (wrong.code(), wrong.message(), wrong.details()),
            (other.code(), other.message(), other.details())
        );
    }
    assert_eq!(wrong.code(), Code::Unauthenticated);
}

async fn activate(
    world: &World,
    token: &str,
    password: &str,
) -> Outcome<menshen_proto::authz::v1::ActivateResponse> {
    let request = ActivateRequest {
        activation_token: token.to_owned(),
        password: password.to_owned(),
    };
    world.anonymous().identity().activate(request).await
}

async fn activation_token_works_once(world: Arc<World>) {
    let id = unique("person");
    let token = newcomer(world.root(), world.anonymous(), &id).await;
    refused(
        activate(&world, &token, "another password, long enough").await,
        Code::Unauthenticated,
    );
    sign_in(&world, &id, PASSWORD).await.unwrap();
}

async fn reset_password_no_longer_works(world: Arc<World>) {
    let (id, session) = somebody(&world).await;
    let request = ResetPasswordRequest {
        id: id.clone(),
        reason: "forgotten".to_owned(),
    };
    let token = world
        .root()
        .identity()
        .reset_password(request)
        .await
        .unwrap()
        .into_inner()
        .activation_token;
    refused(sign_in(&world, &id, PASSWORD).await, Code::Unauthenticated);
    refused(who(&session).await, Code::Unauthenticated);
    activate(&world, &token, "another password, long enough")
        .await
        .unwrap();
    sign_in(&world, &id, "another password, long enough")
        .await
        .unwrap();
}

async fn poor_password_is_refused_with_the_reason(world: Arc<World>) {
    let token = invite(world.root(), &unique("person")).await;
    for (password, because) in [
        ("short", "15"),
        (&"x".repeat(300), "256"),
        ("passwordpassword", "repeats"),
    ] {
        let status = refused(
            activate(&world, &token, password).await,
            Code::InvalidArgument,
        );
        assert!(
            status.message().contains(because),
            "{password}: {}",
            status.message()
        );
    }
    activate(&world, &token, "五颜六色的马电池订书钉，足够长了吧")
        .await
        .unwrap();
}

async fn changing_the_password_asks_for_the_current_one(world: Arc<World>) {
    let (id, session) = somebody(&world).await;
    let change = |current: &str| ChangePasswordRequest {
        current_password: current.to_owned(),
        new_password: "another password, long enough".to_owned(),
    };
    let outcome = session
        .identity()
        .change_password(change("not the current one"))
        .await;
    assert!(outcome.is_err());
    session
        .identity()
        .change_password(change(PASSWORD))
        .await
        .unwrap();
    refused(sign_in(&world, &id, PASSWORD).await, Code::Unauthenticated);
    sign_in(&world, &id, "another password, long enough")
        .await
        .unwrap();
}

async fn guessing_is_slowed_down(world: Arc<World>) {
    let (id, _) = somebody(&world).await;
    for attempt in 0..100 {
        let status = sign_in(&world, &id, &format!("a guess, number {attempt}"))
            .await
            .unwrap_err();
        if status.code() == Code::ResourceExhausted {
            assert!(
                status
                    .get_details_retry_info()
                    .is_some_and(|info| info.retry_delay.is_some())
            );
            return;
        }
        assert_eq!(status.code(), Code::Unauthenticated);
    }
    panic!("a hundred guesses in a row");
}

async fn people_ask_about_themselves_and_not_about_others(world: Arc<World>) {
    let (id, session) = somebody(&world).await;
    for subject in [String::new(), format!("user:{id}")] {
        let answer = check(&session, question(&subject, "read", "document:d")).await;
        assert_eq!(answer.decision(), Decision::Denied);
    }
    let outcome = session
        .authz()
        .check(question("user:ann", "read", "document:d"))
        .await;
    refused(outcome, Code::PermissionDenied);
}

async fn people_read_their_own_entry_and_no_other(world: Arc<World>) {
    let ((id, session), (other, _)) = (somebody(&world).await, somebody(&world).await);
    let entry = session
        .identity()
        .get_user(GetUserRequest { id: id.clone() })
        .await
        .unwrap()
        .into_inner();
    assert_eq!(entry.user.unwrap().id, id);
    for unseen in [other.as_str(), "nobody-of-that-name"] {
        let outcome = session
            .identity()
            .get_user(GetUserRequest {
                id: unseen.to_owned(),
            })
            .await;
        refused(outcome, Code::PermissionDenied);
    }
}

/// A service that may ask questions, and assert who owns a document.
async fn service(world: &World, id: &str) -> Session {
    let account = ServiceAccount {
        id: id.to_owned(),
        assertable: vec![AssertableRelation {
            resource_type: "document".to_owned(),
            relation: "owner".to_owned(),
        }],
        ..ServiceAccount::default()
    };
    let request = CreateServiceAccountRequest {
        service_account: Some(account),
        reason: "a test".to_owned(),
    };
    let created = world
        .root()
        .identity()
        .create_service_account(request)
        .await
        .unwrap()
        .into_inner();
    assert!(created.token.starts_with("mst_"));
    let right = relationship("menshen/authz:main", "checker", &format!("service:{id}"));
    grant(world.root(), right).await.unwrap();
    world.anonymous().with_token(&created.token).unwrap()
}

async fn service_asserts_only_what_it_is_registered_for(world: Arc<World>) {
    let billing = service(&world, &unique("billing")).await;
    let asserting = |relation: &str| {
        let mut asked = question("user:ann", "read", "document:asserted");
        asked.contextual_relationships =
            vec![relationship("document:asserted", relation, "user:ann")];
        asked
    };
    assert_eq!(
        check(&billing, asserting("owner")).await.decision(),
        Decision::Allowed
    );
    let status = refused(
        billing.authz().check(asserting("reader")).await,
        Code::PermissionDenied,
    );
    assert!(status.message().contains("reader"), "{}", status.message());
    let outcome = grant(
        &billing,
        relationship("document:asserted", "reader", "user:ann"),
    )
    .await;
    refused(outcome, Code::PermissionDenied);
}

async fn rotated_token_ends_at_once(world: Arc<World>) {
    let id = unique("billing");
    let before = service(&world, &id).await;
    who(&before).await.unwrap();
    let request = UpdateServiceAccountRequest {
        service_account: Some(ServiceAccount {
            id,
            ..ServiceAccount::default()
        }),
        rotate_token: true,
        reason: "a test".to_owned(),
        ..UpdateServiceAccountRequest::default()
    };
    let token = world
        .root()
        .identity()
        .update_service_account(request)
        .await
        .unwrap()
        .into_inner()
        .token;
    refused(who(&before).await, Code::Unauthenticated);
    who(&world.anonymous().with_token(&token).unwrap())
        .await
        .unwrap();
}

async fn taken_id_or_address_is_refused(world: Arc<World>) {
    use menshen_proto::authz::v1::{CreateUserRequest, User};
    let (id, _) = somebody(&world).await;
    for (again, email) in [
        (id.clone(), unique("x")),
        (unique("person"), id.to_uppercase()),
    ] {
        let request = CreateUserRequest {
            user: Some(User {
                id: again,
                display_name: "x".to_owned(),
                email: format!("{email}@yunfan.example"),
                ..User::default()
            }),
            reason: "a test".to_owned(),
        };
        refused(
            world.root().identity().create_user(request).await,
            Code::AlreadyExists,
        );
    }
}
