//! What grpcurl and buf curl see without our protos.

use e2e::world::World;
use prost::Message;
use prost_types::FileDescriptorProto;
use std::collections::BTreeSet;
use std::sync::Arc;
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_check_response::ServingStatus;
use tonic_health::pb::health_client::HealthClient;

e2e::facts!(in_the_workshop:
    both_services_list_what_they_serve,
    older_clients_find_it_too,
    every_listed_service_is_described,
    description_carries_rules_and_comments,
    both_services_say_that_they_serve,
);

/// Both versions of the protocol have the same messages in packages of different names.
macro_rules! reflection_client {
    ($version:ident) => {
        mod $version {
            use e2e::session::Signed;
            use tonic_reflection::pb::$version::ServerReflectionRequest;
            use tonic_reflection::pb::$version::server_reflection_client::ServerReflectionClient;
            use tonic_reflection::pb::$version::server_reflection_request::MessageRequest;
            use tonic_reflection::pb::$version::server_reflection_response::MessageResponse;

            async fn ask(channel: Signed, question: MessageRequest) -> MessageResponse {
                let request = ServerReflectionRequest {
                    host: String::new(),
                    message_request: Some(question),
                };
                let answers = ServerReflectionClient::new(channel)
                    .server_reflection_info(tokio_stream::once(request))
                    .await
                    .unwrap();
                let answer = answers.into_inner().message().await.unwrap().unwrap();
                answer.message_response.unwrap()
            }

            pub(crate) async fn services(channel: Signed) -> Vec<String> {
                match ask(channel, MessageRequest::ListServices(String::new())).await {
                    MessageResponse::ListServicesResponse(list) => list
                        .service
                        .into_iter()
                        .map(|service| service.name)
                        .collect(),
                    other => panic!("{other:?}"),
                }
            }

            pub(crate) async fn file_of(channel: Signed, symbol: &str) -> Vec<Vec<u8>> {
                let question = MessageRequest::FileContainingSymbol(symbol.to_owned());
                match ask(channel, question).await {
                    MessageResponse::FileDescriptorResponse(files) => files.file_descriptor_proto,
                    other => panic!("{other:?}"),
                }
            }
        }
    };
}

reflection_client!(v1);
reflection_client!(v1alpha);

const CRM: &[&str] = &[
    "menshen.crm.v1.CampaignMemberService",
    "menshen.crm.v1.CampaignService",
    "menshen.crm.v1.ConsentService",
    "menshen.crm.v1.AttachmentContentService",
    "menshen.crm.v1.AttachmentService",
    "menshen.crm.v1.InboxService",
    "menshen.crm.v1.MeetingService",
    "menshen.crm.v1.NoteService",
    "menshen.crm.v1.ReportDefinitionService",
    "menshen.crm.v1.SavedViewService",
    "menshen.crm.v1.TaskService",
    "menshen.crm.v1.TimelineService",
    "menshen.crm.v1.ContactService",
    "menshen.crm.v1.CustomerService",
    "menshen.crm.v1.InteractionService",
    "menshen.crm.v1.MarketingPlanService",
    "menshen.crm.v1.PreferenceService",
    "menshen.crm.v1.PurchaseService",
    "menshen.crm.v1.SegmentService",
    "menshen.crm.v1.SendBatchService",
    "menshen.crm.v1.SettingsService",
    "menshen.crm.v1.StrategyService",
    "menshen.crm.v1.SuppressionService",
    "menshen.crm.v1.TemplateService",
];

const AUTHZ: [&str; 3] = [
    "menshen.authz.v1.AuthzService",
    "menshen.authz.v1.IdentityService",
    "menshen.authz.v1.SchemaService",
];

/// Every service of the CRM's contract is served.
fn crm() -> BTreeSet<String> {
    let services = menshen_proto::descriptors().services();
    services
        .filter(|service| service.package_name() == "menshen.crm.v1")
        .map(|service| service.full_name().to_owned())
        .collect()
}

async fn both_services_list_what_they_serve(world: Arc<World>) {
    let caller = world.anonymous();
    assert_eq!(
        ours(v1::services(caller.authz_channel()).await),
        BTreeSet::from(AUTHZ.map(str::to_owned))
    );
    assert_eq!(ours(v1::services(caller.crm_channel()).await), crm());
}

async fn older_clients_find_it_too(world: Arc<World>) {
    let caller = world.anonymous();
    assert_eq!(
        ours(v1alpha::services(caller.authz_channel()).await),
        BTreeSet::from(AUTHZ.map(str::to_owned))
    );
    assert_eq!(ours(v1alpha::services(caller.crm_channel()).await), crm());
}

/// `grpcurl describe` asks for each listed name, and fails at the first that is not there.
async fn every_listed_service_is_described(world: Arc<World>) {
    let caller = world.anonymous();
    for channel in [caller.authz_channel(), caller.crm_channel()] {
        let listed = v1::services(channel.clone()).await;
        assert_eq!(listed, v1alpha::services(channel.clone()).await);
        assert!(listed.len() >= 6, "{listed:?}");
        for name in listed {
            // Panics, with the refusal, where there is none.
            assert!(!v1::file_of(channel.clone(), &name).await.is_empty());
            assert!(!v1alpha::file_of(channel.clone(), &name).await.is_empty());
        }
    }
}

async fn description_carries_rules_and_comments(world: Arc<World>) {
    let (authz, crm) = (
        world.anonymous().authz_channel(),
        world.anonymous().crm_channel(),
    );
    for (symbol, files) in [
        (AUTHZ[0], v1::file_of(authz, AUTHZ[0]).await),
        (CRM[1], v1alpha::file_of(crm, CRM[1]).await),
    ] {
        let rule_tag = prost_rule_tag();
        assert!(
            files.iter().any(|file| contains(file, &rule_tag)),
            "{symbol}: no rule"
        );
        let described = files
            .iter()
            .map(|file| FileDescriptorProto::decode(file.as_slice()).unwrap());
        let commented = described
            .flat_map(|file| file.source_code_info.unwrap_or_default().location)
            .filter(|location| location.leading_comments.is_some())
            .count();
        assert!(commented > 50, "{symbol}: {commented} comments");
    }
}

async fn both_services_say_that_they_serve(world: Arc<World>) {
    for channel in [
        world.anonymous().authz_channel(),
        world.anonymous().crm_channel(),
    ] {
        let answer = HealthClient::new(channel)
            .check(HealthCheckRequest::default())
            .await
            .unwrap();
        assert_eq!(answer.into_inner().status(), ServingStatus::Serving);
    }
}

fn ours(services: Vec<String>) -> BTreeSet<String> {
    services
        .into_iter()
        .filter(|name| name.starts_with("menshen."))
        .collect()
}

/// How the option `menshen.access.v1.rule` (field 50101, a message) begins on the wire.
fn prost_rule_tag() -> Vec<u8> {
    let mut tag = Vec::new();
    prost::encoding::encode_varint((50_101 << 3) | 2, &mut tag);
    tag
}

fn contains(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}
