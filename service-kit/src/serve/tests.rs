mod abuse;
mod fake;

use super::{Limits, MAX_REQUEST_BYTES, terminated};
use crate::clock::SystemClock;
use crate::tls::{Peer, TlsFolder};
use fake::{Fake, request, say};
use menshen_proto::crm::v1::GetCustomerRequest;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;
use tokio_stream::StreamExt;
use tonic::transport::{Certificate, ClientTlsConfig, Endpoint};
use tonic::{Code, Request, Status};
use tonic_health::pb::health_check_response::ServingStatus;
use tonic_health::pb::health_client::HealthClient;
use tonic_health::pb::{HealthCheckRequest, HealthCheckResponse};
use tonic_reflection::pb::v1::ServerReflectionRequest;
use tonic_reflection::pb::v1::server_reflection_client::ServerReflectionClient;
use tonic_types::StatusExt;

fn one_thread() -> Fake {
    Fake::start(1, Limits::default(), None)
}

fn reason(status: &Status) -> String {
    status
        .get_details_error_info()
        .map(|info| info.reason)
        .unwrap_or_default()
}

fn of_service(name: &str) -> HealthCheckRequest {
    HealthCheckRequest {
        service: name.to_owned(),
    }
}

fn status_of(answer: HealthCheckResponse) -> ServingStatus {
    ServingStatus::try_from(answer.status).unwrap()
}

#[tokio::test]
async fn every_thread_serves_the_one_port() {
    // One service was made to learn the names: the threads' are 1 to 3.
    let fake = Fake::start(3, Limits::default(), None);
    let mut seen = BTreeSet::new();
    for _ in 0..500 {
        seen.insert(fake.say("which thread").await.unwrap());
        if seen.len() == 3 {
            return;
        }
    }
    panic!("500 connections met only these threads: {seen:?}");
}

#[tokio::test]
async fn a_panic_is_internal_with_an_id_and_the_process_lives() {
    let fake = one_thread();
    for words in ["panic", "panic elsewhere"] {
        let status = fake.say(words).await.unwrap_err();
        assert_eq!(
            (status.code(), reason(&status)),
            (Code::Internal, "INTERNAL".to_owned()),
            "{words}"
        );
        let info = status.get_details_error_info().unwrap();
        assert!(
            status.message().contains(&info.metadata["error_id"]),
            "{}",
            status.message()
        );
        assert!(
            !status.message().contains("as asked"),
            "{}",
            status.message()
        );
    }
    fake.say("and now?").await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn what_touches_the_database_runs_on_the_runtime_of_main() {
    let name = one_thread().say("elsewhere").await.unwrap();
    assert!(!name.starts_with("serve-"), "{name}");
}

#[tokio::test]
async fn a_request_above_the_limit_is_resource_exhausted() {
    let fake = one_thread();
    let status = fake.say(&"x".repeat(MAX_REQUEST_BYTES)).await.unwrap_err();
    assert_eq!(
        (status.code(), reason(&status)),
        (Code::ResourceExhausted, "TOO_LARGE".to_owned())
    );
    assert!(
        status.message().contains("524288 bytes"),
        "{}",
        status.message()
    );
}

#[tokio::test]
async fn too_many_calls_are_shed_at_once_and_health_still_answers() {
    let limits = Limits {
        calls_in_flight: 1,
        ..Limits::default()
    };
    let fake = Fake::start(1, limits, None);
    let channel = fake.channel().await;
    let first = tokio::spawn(say(channel.clone(), Request::new(request("wait"))));
    fake.one_waits().await;

    let status = fake.say("one more").await.unwrap_err();
    assert_eq!(
        (status.code(), reason(&status)),
        (Code::ResourceExhausted, "OVERLOADED".to_owned())
    );
    assert!(status.get_details_retry_info().is_some());
    HealthClient::new(channel)
        .check(of_service(""))
        .await
        .unwrap();

    fake.stage.go.add_permits(1);
    assert_eq!(first.await.unwrap().unwrap(), "waited");
    fake.say("one more").await.unwrap();
}

#[tokio::test]
async fn the_callers_deadline_is_kept() {
    let mut request = Request::new(request("wait"));
    request
        .metadata_mut()
        .insert("grpc-timeout", "5m".parse().unwrap());
    let status = one_thread().say_raw(request).await.unwrap_err();
    let expected = (Code::DeadlineExceeded, "DEADLINE_EXCEEDED".to_owned());
    assert_eq!((status.code(), reason(&status)), expected);
}

#[tokio::test]
async fn a_call_without_a_deadline_gets_the_servers() {
    let limits = Limits {
        call_timeout: Duration::from_millis(5),
        ..Limits::default()
    };
    let status = Fake::start(1, limits, None).say("wait").await.unwrap_err();
    assert_eq!(status.code(), Code::DeadlineExceeded);
}

#[tokio::test]
async fn a_deadline_that_cannot_be_read_is_refused() {
    let mut request = Request::new(request(""));
    request
        .metadata_mut()
        .insert("grpc-timeout", "soon".parse().unwrap());
    let status = say(one_thread().channel().await, request)
        .await
        .unwrap_err();
    assert_eq!(status.code(), Code::InvalidArgument);
    assert!(
        status.message().starts_with("grpc-timeout: `soon`"),
        "{}",
        status.message()
    );
}

#[tokio::test]
async fn an_unknown_service_is_unimplemented() {
    let fake = one_thread();
    let mut client = menshen_proto::crm::v1::customer_service_client::CustomerServiceClient::new(
        fake.channel().await,
    );
    let status = client
        .get_customer(Request::new(GetCustomerRequest::default()))
        .await
        .unwrap_err();
    assert_eq!(status.code(), Code::Unimplemented);
    assert!(
        status.message().contains("CustomerService/GetCustomer"),
        "{}",
        status.message()
    );
}

#[tokio::test]
async fn health_follows_readiness_for_the_process_and_each_service() {
    let fake = one_thread();
    let mut client = HealthClient::new(fake.channel().await);
    let mut all = async || {
        let mut states = Vec::new();
        for name in ["", "menshen.authz.v1.SchemaService"] {
            states.push(status_of(
                client.check(of_service(name)).await.unwrap().into_inner(),
            ));
        }
        states
    };
    assert_eq!(all().await, [ServingStatus::NotServing; 2]);
    fake.health.ready();
    assert_eq!(all().await, [ServingStatus::Serving; 2]);
    fake.health.not_ready();
    assert_eq!(all().await, [ServingStatus::NotServing; 2]);
    let unknown = client
        .check(of_service("menshen.crm.v1.CustomerService"))
        .await
        .unwrap_err();
    assert_eq!(unknown.code(), Code::NotFound);
}

#[tokio::test]
async fn reflection_lists_what_is_served_here_and_knows_error_details() {
    use tonic_reflection::pb::v1::server_reflection_request::MessageRequest;
    use tonic_reflection::pb::v1::server_reflection_response::MessageResponse;
    let asked = [
        MessageRequest::ListServices(String::new()),
        MessageRequest::FileContainingSymbol("google.rpc.ErrorInfo".to_owned()),
        MessageRequest::FileContainingSymbol("menshen.access.v1.Rule".to_owned()),
    ];
    let asked = asked.map(|question| ServerReflectionRequest {
        host: String::new(),
        message_request: Some(question),
    });
    let fake = one_thread();
    let mut client = ServerReflectionClient::new(fake.channel().await);
    let answers = client
        .server_reflection_info(tokio_stream::iter(asked))
        .await
        .unwrap();
    let answers: Vec<_> = answers
        .into_inner()
        .map(|answer| answer.unwrap())
        .collect()
        .await;
    let Some(MessageResponse::ListServicesResponse(list)) = &answers[0].message_response else {
        panic!("no list: {answers:?}");
    };
    let names: BTreeSet<_> = list
        .service
        .iter()
        .map(|service| service.name.as_str())
        .collect();
    let expected = [
        "grpc.health.v1.Health",
        "grpc.reflection.v1.ServerReflection",
        "grpc.reflection.v1alpha.ServerReflection",
        "menshen.authz.v1.SchemaService",
    ];
    assert_eq!(names, expected.into());
    for answer in &answers[1..] {
        let found = answer.message_response.as_ref().unwrap();
        assert!(
            matches!(found, MessageResponse::FileDescriptorResponse(_)),
            "{found:?}"
        );
    }
}

#[tokio::test]
async fn a_drain_flips_health_first_and_answers_what_is_in_flight() {
    let fake = one_thread();
    fake.health.ready();
    let channel = fake.channel().await;
    let watched = HealthClient::new(channel.clone())
        .watch(of_service(""))
        .await;
    let mut watched = watched.unwrap().into_inner();
    let call = tokio::spawn(say(channel, Request::new(request("wait"))));
    fake.one_waits().await;
    assert_eq!(
        status_of(watched.message().await.unwrap().unwrap()),
        ServingStatus::Serving
    );

    let address = fake.serving.address();
    let drained = tokio::spawn(fake.serving.drain());
    assert_eq!(
        status_of(watched.message().await.unwrap().unwrap()),
        ServingStatus::NotServing
    );
    assert!(
        watched.message().await.unwrap().is_none(),
        "a watcher must not hold up the drain"
    );
    assert!(!drained.is_finished());

    fake.stage.go.add_permits(1);
    assert_eq!(call.await.unwrap().unwrap(), "waited");
    drained.await.unwrap();
    assert!(tokio::net::TcpStream::connect(address).await.is_err());
}

#[tokio::test]
async fn a_call_that_does_not_end_is_cut_off_at_the_end_of_the_drain() {
    let limits = Limits {
        drain: Duration::from_millis(5),
        ..Limits::default()
    };
    let fake = Fake::start(1, limits, None);
    let call = tokio::spawn(say(fake.channel().await, Request::new(request("wait"))));
    fake.one_waits().await;
    fake.serving.drain().await;
    call.abort();
}

#[tokio::test]
async fn a_certificate_is_asked_for_but_not_required() {
    let folder = tempfile::tempdir().unwrap();
    let tls = TlsFolder::open(folder.path(), Arc::new(SystemClock)).unwrap();
    let fake = Fake::start(1, Limits::default(), Some(tls.server().unwrap()));
    let url = format!("https://{}", fake.serving.address());
    let authority = std::fs::read(folder.path().join("ca.pem")).unwrap();
    let nobody = ClientTlsConfig::new().ca_certificate(Certificate::from_pem(authority));
    let nobody = Endpoint::from_shared(url.clone())
        .unwrap()
        .tls_config(nobody)
        .unwrap();
    let crm = Peer::new(url.parse().unwrap(), Some(tls.crm_client().unwrap()));
    for (channel, certificates) in [
        (crm.channel(|endpoint| endpoint), "1"),
        (nobody.connect_lazy(), "0"),
    ] {
        let seen = say(channel, Request::new(request("who am i"))).await;
        assert_eq!(seen.unwrap(), certificates);
    }
}

#[tokio::test]
async fn a_certificate_of_another_authority_is_refused_until_it_is_replaced() {
    let (ours, theirs) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let open = |folder: &tempfile::TempDir| TlsFolder::open(folder.path(), Arc::new(SystemClock));
    let fake = Fake::start(
        1,
        Limits::default(),
        Some(open(&ours).unwrap().server().unwrap()),
    );
    let stranger = open(&theirs).unwrap().crm_client().unwrap();
    let url = format!("https://{}", fake.serving.address());
    let channel = Peer::new(url.parse().unwrap(), Some(stranger)).channel(|endpoint| endpoint);
    let answer = async || say(channel.clone(), Request::new(request("who am i"))).await;
    assert!(answer().await.is_err(), "neither trusts the other");
    let take_over = |name: &str| {
        std::fs::copy(ours.path().join(name), theirs.path().join(name)).unwrap();
    };
    take_over("ca.pem");
    assert!(
        answer().await.is_err(),
        "the server does not trust the client"
    );
    take_over("crm.pem");
    take_over("crm.key");
    assert_eq!(answer().await.unwrap(), "1");
}

#[tokio::test]
async fn sigterm_resolves_the_wait_for_it() {
    let terminated = terminated().unwrap();
    let kill = std::process::Command::new("kill")
        .arg(std::process::id().to_string())
        .status();
    assert!(kill.unwrap().success());
    terminated.await;
}
