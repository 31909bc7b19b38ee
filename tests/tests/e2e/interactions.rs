//! Interactions are never changed: a later one amends an earlier one, once.

use crate::ask::{get, own_customer};
use crate::expect::{refused, refused_because};
use e2e::world::World;
use menshen_proto::crm::v1::{
    CreateInteractionRequest, CreateInteractionResponse, GetInteractionRequest, Interaction,
    InteractionChannel,
};
use std::sync::Arc;
use tonic::{Code, Response};

e2e::facts!(in_the_workshop: interaction_is_amended_once_and_moves_the_last_activity);

async fn interaction_is_amended_once_and_moves_the_last_activity(world: Arc<World>) {
    let rep = world.sign_in("u05").await.unwrap();
    let customer = own_customer(&rep).await;
    assert!(customer.last_activity_at.is_none());
    let talk = async |amends: &str| {
        let request = CreateInteractionRequest {
            interaction: Some(Interaction {
                customer: customer.id.clone(),
                channel: InteractionChannel::Call as i32,
                summary: "talked".to_owned(),
                amends: amends.to_owned(),
                ..Interaction::default()
            }),
            ..CreateInteractionRequest::default()
        };
        rep.interactions().create_interaction(request).await
    };
    let first = id_of(talk("").await.unwrap());
    let second = id_of(talk(&first).await.unwrap());
    let again = talk(&first).await;
    refused_because(again, Code::FailedPrecondition, "WRONG_STATE");
    refused(talk("no-such-talk").await, Code::InvalidArgument);

    let request = GetInteractionRequest { id: first };
    let read = rep.interactions().get_interaction(request).await.unwrap();
    assert_eq!(read.into_inner().interaction.unwrap().amended_by, second);
    let customer = get(&rep, &customer.id).await.unwrap();
    assert!(customer.last_activity_at.is_some());
}

fn id_of(created: Response<CreateInteractionResponse>) -> String {
    created.into_inner().interaction.unwrap().id
}
