//! The remote decider against a small authz-service on a real socket.

pub(super) mod server;
pub(super) mod signer;

use super::{RemoteDecider, RemoteSettings};
use crate::caller::{Caller, Credentials};
use crate::clock::ManualClock;
use crate::guard::decider::{Answer, Decider, Question};
use crate::status::{self, Reason};
use crate::tls::Peer;
use server::Authz;
use signer::{NOW_S, Signer};
use std::sync::Arc;
use std::time::Duration;
use tonic::{Code, Status};
use tonic_types::StatusExt;

struct Rig {
    clock: Arc<ManualClock>,
    decider: RemoteDecider,
}

fn rig(authz: &Authz, timeout: Duration) -> Rig {
    let clock = Arc::new(ManualClock::at(NOW_S * 1_000_000));
    let settings = RemoteSettings {
        peer: Peer::new(authz.address().parse().unwrap(), None),
        service_token: Some("mst_crm".into()),
        timeout,
    };
    let decider = RemoteDecider::new(settings, Arc::clone(&clock) as _);
    Rig { clock, decider }
}

impl Rig {
    async fn recognise(&self, token: &str) -> Result<Caller, Status> {
        let credentials = Credentials {
            bearer: Some(token.into()),
            ..Credentials::default()
        };
        self.decider.authenticate(&credentials).await
    }

    async fn ask(&self, caller: &Caller, permission: &str) -> Result<Vec<Answer>, Status> {
        let question = Question {
            subject: String::new(),
            permission: permission.to_owned(),
            resource: "customer:42".to_owned(),
            contextual: Vec::new(),
        };
        self.decider.check(caller, vec![question]).await
    }
}

const SOON: Duration = Duration::from_secs(2);

#[tokio::test]
async fn signed_token_is_verified_here_and_the_keys_are_fetched_once() {
    let authz = Authz::start(Signer::new("k1")).await;
    let rig = rig(&authz, SOON);
    for subject in ["user:u05", "user:u01"] {
        let caller = rig.recognise(&authz.signer().token(subject)).await.unwrap();
        assert_eq!(caller.subject, subject);
    }
    assert_eq!(authz.counts().key_sets, 1);
    assert_eq!(authz.counts().who_am_i, 0);
}

#[tokio::test]
async fn new_key_is_fetched_but_strangers_cannot_make_us_ask_without_end() {
    let authz = Authz::start(Signer::new("k1")).await;
    let rig = rig(&authz, SOON);
    rig.recognise(&authz.signer().token("user:u05"))
        .await
        .unwrap();
    let stranger = Signer::new("k2");
    for _ in 0..5 {
        let refused = rig
            .recognise(&stranger.token("user:u05"))
            .await
            .unwrap_err();
        assert_eq!(refused.code(), Code::Unauthenticated);
    }
    assert_eq!(authz.counts().key_sets, 1);
    rig.clock.advance_us(10_000_000);
    authz.set_signer(stranger);
    rig.recognise(&authz.signer().token("user:u05"))
        .await
        .unwrap();
    assert_eq!(authz.counts().key_sets, 2);
}

#[tokio::test]
async fn callers_share_one_question_for_the_keys_and_its_failure() {
    let authz = Authz::start(Signer::new("k1")).await;
    let rig = rig(&authz, Duration::from_millis(200));
    authz.withhold_keys(true);
    let tokens = ["user:u05", "user:u01", "user:u02"].map(|person| authz.signer().token(person));
    let outcomes = futures::future::join_all(tokens.iter().map(|token| rig.recognise(token))).await;
    for outcome in outcomes {
        assert_eq!(outcome.unwrap_err().code(), Code::Unavailable);
    }
    assert_eq!(authz.counts().key_sets, 1);

    // Whoever comes just afterwards is told the same, without another question.
    authz.withhold_keys(false);
    let refused = rig.recognise(&tokens[0]).await.unwrap_err();
    assert_eq!(refused.code(), Code::Unavailable);
    assert_eq!(authz.counts().key_sets, 1);
    rig.clock.advance_us(1_000_000);
    rig.recognise(&tokens[0]).await.unwrap();
    assert_eq!(authz.counts().key_sets, 2);
}

#[tokio::test]
async fn question_for_the_keys_outlives_the_caller_who_began_it() {
    let authz = Authz::start(Signer::new("k1")).await;
    let rig = rig(&authz, Duration::from_millis(200));
    authz.withhold_keys(true);
    let token = authz.signer().token("user:u05");
    let gone = tokio::time::timeout(Duration::from_millis(20), rig.recognise(&token)).await;
    assert!(gone.is_err());
    let refused = rig.recognise(&token).await.unwrap_err();
    assert_eq!(refused.code(), Code::Unavailable);
    assert_eq!(authz.counts().key_sets, 1);
}

#[tokio::test]
async fn opaque_token_is_shown_to_authz_service_and_believed_for_five_seconds() {
    let authz = Authz::start(Signer::new("k1")).await;
    let rig = rig(&authz, SOON);
    for _ in 0..3 {
        assert_eq!(
            rig.recognise("mst_root").await.unwrap().subject,
            "service:root"
        );
    }
    assert_eq!(authz.counts().who_am_i, 1);
    rig.clock.advance_us(5_000_000);
    rig.recognise("mst_root").await.unwrap();
    assert_eq!(authz.counts().who_am_i, 2);
}

#[tokio::test]
async fn token_that_nobody_knows_and_no_token_are_unauthenticated() {
    let authz = Authz::start(Signer::new("k1")).await;
    let rig = rig(&authz, SOON);
    assert_eq!(
        rig.recognise("mst_stranger").await.unwrap_err().code(),
        Code::Unauthenticated
    );
    let nobody = rig.decider.authenticate(&Credentials::default()).await;
    assert_eq!(nobody.unwrap_err().code(), Code::Unauthenticated);
}

#[tokio::test]
async fn remembered_token_still_expires() {
    let authz = Authz::start(Signer::new("k1")).await;
    let rig = rig(&authz, SOON);
    let token = authz.signer().token("user:u05");
    rig.recognise(&token).await.unwrap();
    rig.clock.advance_us(600_000_000);
    assert_eq!(
        rig.recognise(&token).await.unwrap_err().code(),
        Code::Unauthenticated
    );
}

#[tokio::test]
async fn question_carries_the_persons_token_our_own_and_the_subject() {
    let authz = Authz::start(Signer::new("k1")).await;
    let rig = rig(&authz, SOON);
    let token = authz.signer().token("user:u05");
    let caller = rig.recognise(&token).await.unwrap();
    let answers = rig.ask(&caller, "view").await.unwrap();
    assert!(matches!(answers.as_slice(), [Answer::Allowed]));
    let seen = authz.last_question();
    assert_eq!(seen.person, format!("Bearer {token}"));
    assert_eq!(seen.service, "Bearer mst_crm");
    assert_eq!(seen.subject, "user:u05");
}

#[tokio::test]
async fn denied_and_conditional_are_no_allow_and_keep_their_reason() {
    let authz = Authz::start(Signer::new("k1")).await;
    let rig = rig(&authz, SOON);
    let caller = rig.recognise("mst_root").await.unwrap();
    for permission in ["denied", "conditional"] {
        let answers = rig.ask(&caller, permission).await.unwrap();
        assert!(
            matches!(&answers[..], [Answer::Denied(_, id)] if id == "d1"),
            "{answers:?}"
        );
    }
}

#[tokio::test]
async fn item_without_an_answer_leaves_the_call_undecided() {
    let authz = Authz::start(Signer::new("k1")).await;
    let rig = rig(&authz, SOON);
    let caller = rig.recognise("mst_root").await.unwrap();
    assert_eq!(
        rig.ask(&caller, "broken").await.unwrap_err().code(),
        Code::Unavailable
    );
    assert_eq!(
        rig.ask(&caller, "unknown").await.unwrap_err().code(),
        Code::Internal
    );
}

#[tokio::test]
async fn disabled_person_is_unauthenticated_with_a_token_that_still_runs() {
    let authz = Authz::start(Signer::new("k1")).await;
    let rig = rig(&authz, SOON);
    let caller = rig
        .recognise(&authz.signer().token("user:disabled"))
        .await
        .unwrap();
    assert_eq!(
        rig.ask(&caller, "view").await.unwrap_err().code(),
        Code::Unauthenticated
    );
}

#[tokio::test]
async fn refusal_of_our_own_credential_is_not_told_as_the_callers_fault() {
    let authz = Authz::start(Signer::new("k1")).await;
    let rig = rig(&authz, SOON);
    let token = authz.signer().token("user:of-a-stranger");
    let caller = rig.recognise(&token).await.unwrap();
    let refused = rig.ask(&caller, "view").await.unwrap_err();
    assert_eq!(refused.code(), Code::Unavailable);
    assert!(status::is_because(&refused, Reason::AuthzUnavailable));
    assert!(!refused.message().contains("sign in"), "{refused:?}");
}

#[tokio::test]
async fn authz_service_that_does_not_answer_in_time_is_unavailable() {
    let authz = Authz::start(Signer::new("k1")).await;
    let rig = rig(&authz, Duration::from_millis(50));
    let caller = Caller {
        subject: "user:u05".into(),
        via_service: None,
        token: None,
    };
    let refused = rig.ask(&caller, "slow").await.unwrap_err();
    assert_eq!(refused.code(), Code::Unavailable);
    let details = refused.get_error_details();
    assert_eq!(details.error_info().unwrap().reason, "AUTHZ_UNAVAILABLE");
    assert!(details.retry_info().is_some());
}

#[tokio::test]
async fn decider_heals_by_itself_when_authz_service_comes_back() {
    let mut authz = Authz::start(Signer::new("k1")).await;
    let rig = rig(&authz, SOON);
    let caller = rig.recognise("mst_root").await.unwrap();
    rig.ask(&caller, "view").await.unwrap();
    authz.stop().await;
    assert_eq!(
        rig.ask(&caller, "view").await.unwrap_err().code(),
        Code::Unavailable
    );
    authz.resume().await;
    rig.ask(&caller, "view").await.unwrap();
}

#[tokio::test]
async fn filter_hands_on_predicate_denial_and_revision() {
    let authz = Authz::start(Signer::new("k1")).await;
    let rig = rig(&authz, SOON);
    let caller = rig.recognise("mst_root").await.unwrap();
    let answer = rig
        .decider
        .filter(&caller, "view", "customer", Vec::new())
        .await
        .unwrap();
    assert_eq!(
        (answer.evaluated_at.as_str(), answer.decision_id.as_str()),
        ("r1", "d1")
    );
    assert!(answer.predicate.kind.is_some() && answer.denial.is_none());
    let empty = rig
        .decider
        .filter(&caller, "nothing", "customer", Vec::new())
        .await;
    assert_eq!(empty.unwrap_err().code(), Code::Internal);
}
