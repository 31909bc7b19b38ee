//! What every process answers, to anybody: is it ready, and what does it serve?

use super::health::Health;
use super::routes::Routes;
use http::{Request, Response};
use std::convert::Infallible;
use tonic::body::Body;
use tonic::codegen::BoxFuture;
use tower::Service;

/// Health and reflection (v1 and v1alpha).
#[derive(Clone)]
pub(super) struct Open(Routes);

impl Open {
    /// # Errors
    /// The descriptors do not decode.
    pub(super) fn new(
        health: &Health,
        services: &[&'static str],
    ) -> Result<Self, tonic_reflection::server::Error> {
        let routes = Routes::default()
            .with(health.service(services))
            .with(reflection(services).build_v1()?)
            .with(reflection(services).build_v1alpha()?);
        Ok(Self(routes))
    }

    /// Whether the path is answered here.
    pub(super) fn answers(path: &str) -> bool {
        path.starts_with("/grpc.health.") || path.starts_with("/grpc.reflection.")
    }

    pub(super) fn call(&self, request: Request<Body>) -> BoxFuture<Response<Body>, Infallible> {
        self.0.clone().call(request)
    }
}

/// The error details are registered so that clients can print them.
fn reflection<'b>(services: &[&'static str]) -> tonic_reflection::server::Builder<'b> {
    let open = [
        "grpc.health.v1.Health",
        "grpc.reflection.v1.ServerReflection",
        "grpc.reflection.v1alpha.ServerReflection",
    ];
    let builder = tonic_reflection::server::Builder::configure()
        .register_encoded_file_descriptor_set(menshen_proto::FILE_DESCRIPTOR_SET)
        .register_encoded_file_descriptor_set(tonic_types::pb::FILE_DESCRIPTOR_SET)
        .register_encoded_file_descriptor_set(tonic_health::pb::FILE_DESCRIPTOR_SET)
        .register_encoded_file_descriptor_set(tonic_reflection::pb::v1::FILE_DESCRIPTOR_SET)
        .register_encoded_file_descriptor_set(tonic_reflection::pb::v1alpha::FILE_DESCRIPTOR_SET);
    // The contract holds the services of both processes; only one's are served here.
    services
        .iter()
        .chain(&open)
        .fold(builder, |builder, name| builder.with_service_name(*name))
}
