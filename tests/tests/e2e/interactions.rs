//! Interactions are never changed: a later one amends an earlier one, once.

use crate::ask::{get, own_customer, unique};
use crate::expect::{refused, refused_because};
use e2e::world::World;
use menshen_proto::crm::v1::{
    CreateInteractionRequest, GetInteractionRequest, Interaction, InteractionChannel,
};
use std::sync::Arc;
use tonic::Code;

e2e::facts!(in_the_workshop: interaction_is_amended_once_and_moves_the_last_activity);

async fn interaction_is_amended_once_and_moves_the_last_activity(world: Arc<World>) {
    let rep = world.sign_in("u05").await.unwrap();
    let customer = own_customer(&rep).await;
    assert!(customer.last_activity_at.is_none());
    let (first, second, third) = (unique("talk"), unique("talk"), unique("talk"));
    let talk = async |amends: &str, id: &str| {
        let request = CreateInteractionRequest {
            interaction: Some(Interaction {
                customer: customer.id.clone(),
                channel: InteractionChannel::Call as i32,
                summary: "talked".to_owned(),
                amends: amends.to_owned(),
                ..Interaction::default()
            }),
            interaction_id: id.to_owned(),
            ..CreateInteractionRequest::default()
        };
        rep.interactions().create_interaction(request).await
    };
    talk("", &first).await.unwrap();
    talk(&first, &second).await.unwrap();
    refused_because(
        talk(&first, &third).await,
        Code::FailedPrecondition,
        "WRONG_STATE",
    );
    refused(talk("no-such-talk", &third).await, Code::InvalidArgument);

    let request = GetInteractionRequest { id: first };
    let read = rep.interactions().get_interaction(request).await.unwrap();
    assert_eq!(read.into_inner().interaction.unwrap().amended_by, second);
    let customer = get(&rep, &customer.id).await.unwrap();
    assert!(customer.last_activity_at.is_some());
}
