//! Consents and suppressions: what people said, and that it counts at once.

use crate::ask::own_customer;
use crate::expect::{denied, refused};
use crate::marketing::{consented, contact_with};
use e2e::session::Session;
use e2e::world::World;
use menshen_proto::crm::v1::{
    CheckConsentRequest, Consent, ConsentObstacle, ConsentStatus, Contact, CreateConsentRequest,
    CreateSuppressionRequest, GetConsentRequest, GetSuppressionRequest, MessageChannel,
    ResubscribeRequest, Suppression, SuppressionReason, UnsubscribeRequest,
};
use prost_types::Timestamp;
use std::sync::Arc;
use tonic::Code;

e2e::facts!(in_the_workshop:
    nobody_has_agreed_who_never_said_so,
    the_latest_word_counts_and_of_two_the_withdrawal,
    suppressed_address_is_not_written_to_whoever_has_it,
    suppression_keeps_no_address,
    contact_that_must_not_be_called_or_has_left_is_not_written_to,
    consent_of_a_contact_out_of_sight_is_not_recorded,
    proof_of_a_consent_is_personal,
    forged_token_changes_nothing,
);

async fn nobody_has_agreed_who_never_said_so(world: Arc<World>) {
    let rep = world.sign_in("u05").await.unwrap();
    let contact = contact_with(&rep, "a1@nowhere.example").await;
    assert_eq!(
        obstacles(&rep, &contact).await,
        [ConsentObstacle::NoConsent]
    );
    consented(&rep, &contact).await;
    assert_eq!(obstacles(&rep, &contact).await, []);
    // For another purpose it is another question.
    let request = CheckConsentRequest {
        purpose: "surveys".to_owned(),
        ..question(&contact)
    };
    let answer = rep
        .consents()
        .check_consent(request)
        .await
        .unwrap()
        .into_inner();
    assert!(!answer.allowed);
    let request = CheckConsentRequest {
        purpose: "News letter".to_owned(),
        ..question(&contact)
    };
    refused(
        rep.consents().check_consent(request).await,
        Code::InvalidArgument,
    );
}

async fn the_latest_word_counts_and_of_two_the_withdrawal(world: Arc<World>) {
    let rep = world.sign_in("u05").await.unwrap();
    let contact = contact_with(&rep, "a2@nowhere.example").await;
    say(&rep, &contact, ConsentStatus::OptedIn, 1_700_000_000).await;
    say(&rep, &contact, ConsentStatus::Withdrawn, 1_750_000_000).await;
    // A paper from before that is entered afterwards does not bring it back.
    say(&rep, &contact, ConsentStatus::OptedIn, 1_740_000_000).await;
    assert_eq!(
        obstacles(&rep, &contact).await,
        [ConsentObstacle::Withdrawn]
    );
    say(&rep, &contact, ConsentStatus::OptedIn, 1_750_000_000).await;
    assert_eq!(
        obstacles(&rep, &contact).await,
        [ConsentObstacle::Withdrawn]
    );
    say(&rep, &contact, ConsentStatus::OptedIn, 1_750_000_001).await;
    assert_eq!(obstacles(&rep, &contact).await, []);
}

async fn suppressed_address_is_not_written_to_whoever_has_it(world: Arc<World>) {
    let (rep, manager) = (
        world.sign_in("u05").await.unwrap(),
        world.sign_in("u20").await.unwrap(),
    );
    let contact = contact_with(&rep, "a3@nowhere.example").await;
    consented(&rep, &contact).await;
    suppress(&manager, " A3@Nowhere.example").await;
    assert_eq!(
        obstacles(&rep, &contact).await,
        [ConsentObstacle::Suppressed]
    );
    // A second contact with the same mailbox, who agreed.
    let twin = contact_with(&rep, "a3@nowhere.example").await;
    consented(&rep, &twin).await;
    assert_eq!(obstacles(&rep, &twin).await, [ConsentObstacle::Suppressed]);
}

async fn suppression_keeps_no_address(world: Arc<World>) {
    let manager = world.sign_in("u20").await.unwrap();
    let made = suppress(&manager, "a4@nowhere.example").await;
    assert_eq!((made.address.as_str(), made.address_hash.len()), ("", 64));
    let request = GetSuppressionRequest { id: made.id };
    let read = manager
        .suppressions()
        .get_suppression(request)
        .await
        .unwrap();
    let read = format!("{:?}", read.into_inner());
    assert!(!read.contains("nowhere"), "{read}");
    let request = CreateSuppressionRequest {
        suppression: Some(Suppression {
            channel: MessageChannel::Phone as i32,
            address: "none".to_owned(),
            ..Suppression::default()
        }),
        ..CreateSuppressionRequest::default()
    };
    refused(
        manager.suppressions().create_suppression(request).await,
        Code::InvalidArgument,
    );
}

async fn contact_that_must_not_be_called_or_has_left_is_not_written_to(world: Arc<World>) {
    let rep = world.sign_in("u05").await.unwrap();
    let customer = own_customer(&rep).await.id;
    let contact = Contact {
        customer,
        display_name: "x".to_owned(),
        do_not_call: true,
        status: 2,
        ..Contact::default()
    };
    let request = menshen_proto::crm::v1::CreateContactRequest {
        contact: Some(contact),
        ..Default::default()
    };
    let made = rep.contacts().create_contact(request).await.unwrap();
    let contact = made.into_inner().contact.unwrap().id;
    consented(&rep, &contact).await;
    let expected = [
        ConsentObstacle::NoAddress,
        ConsentObstacle::DoNotCall,
        ConsentObstacle::Inactive,
    ];
    assert_eq!(obstacles(&rep, &contact).await, expected);
}

async fn consent_of_a_contact_out_of_sight_is_not_recorded(world: Arc<World>) {
    let (rep, other) = (
        world.sign_in("u05").await.unwrap(),
        world.sign_in("u15").await.unwrap(),
    );
    let contact = contact_with(&other, "a5@nowhere.example").await;
    let refusal = rep
        .consents()
        .create_consent(entry(&contact, ConsentStatus::OptedIn, 1))
        .await;
    refused(refusal, Code::NotFound);
    refused(
        rep.consents().check_consent(question(&contact)).await,
        Code::NotFound,
    );
}

async fn proof_of_a_consent_is_personal(world: Arc<World>) {
    let (rep, sales) = (
        world.sign_in("u05").await.unwrap(),
        world.sign_in("u01").await.unwrap(),
    );
    let contact = contact_with(&rep, "a6@nowhere.example").await;
    let made = consented(&rep, &contact).await;
    assert_eq!(made.proof, "form 17");
    let request = GetConsentRequest { id: made.id };
    let seen = sales.consents().get_consent(request.clone()).await.unwrap();
    assert_eq!(seen.into_inner().consent.unwrap().proof, "form 17");
    // Finance reads contacts, and enters no consents.
    let finance = world.sign_in("u29").await.unwrap();
    denied(finance.consents().get_consent(request).await, "access");
}

async fn forged_token_changes_nothing(world: Arc<World>) {
    let nobody = world.anonymous();
    for token in ["", "x", "e30.e30", "eyJmIjoicHJlZmVyZW5jZSJ9.AAAA"] {
        let request = UnsubscribeRequest {
            token: token.to_owned(),
        };
        let refusal = nobody.preferences().unsubscribe(request).await;
        refused(refusal, Code::InvalidArgument);
        let request = ResubscribeRequest {
            token: token.to_owned(),
        };
        let refusal = nobody.preferences().resubscribe(request).await;
        refused(refusal, Code::InvalidArgument);
    }
}

async fn suppress(by: &Session, address: &str) -> Suppression {
    let request = CreateSuppressionRequest {
        suppression: Some(Suppression {
            channel: MessageChannel::Email as i32,
            address: address.to_owned(),
            reason: SuppressionReason::Complaint as i32,
            ..Suppression::default()
        }),
        ..CreateSuppressionRequest::default()
    };
    let made = by.suppressions().create_suppression(request).await.unwrap();
    made.into_inner().suppression.unwrap()
}

async fn say(by: &Session, contact: &str, status: ConsentStatus, seconds: i64) {
    let request = entry(contact, status, seconds);
    by.consents().create_consent(request).await.unwrap();
}

fn entry(contact: &str, status: ConsentStatus, seconds: i64) -> CreateConsentRequest {
    CreateConsentRequest {
        consent: Some(Consent {
            contact: contact.to_owned(),
            channel: MessageChannel::Email as i32,
            purpose: "newsletter".to_owned(),
            status: status as i32,
            source: "a test".to_owned(),
            at: Some(Timestamp { seconds, nanos: 0 }),
            ..Consent::default()
        }),
        ..CreateConsentRequest::default()
    }
}

fn question(contact: &str) -> CheckConsentRequest {
    CheckConsentRequest {
        contact: contact.to_owned(),
        channel: MessageChannel::Email as i32,
        purpose: "newsletter".to_owned(),
    }
}

async fn obstacles(by: &Session, contact: &str) -> Vec<ConsentObstacle> {
    let answer = by.consents().check_consent(question(contact)).await;
    let answer = answer.unwrap().into_inner();
    assert_eq!(answer.allowed, answer.obstacles.is_empty());
    answer.obstacles().collect()
}
