//! The services of one organization, behind the guard.

use crate::api::OwnDecider;
use crate::api::authz::AuthzApi;
use crate::api::identity::IdentityApi;
use crate::api::schema::SchemaApi;
use crate::org::Organization;
use menshen_proto::authz::v1::authz_service_server::AuthzServiceServer;
use menshen_proto::authz::v1::identity_service_server::IdentityServiceServer;
use menshen_proto::authz::v1::schema_service_server::SchemaServiceServer;
use service_kit::guard::{Guard, GuardLayer, Incomplete, methods_of};
use service_kit::serve::{Health, MAX_BULK_REQUEST_BYTES, MAX_REQUEST_BYTES, Routes};
use std::sync::Arc;
use tower::Layer as _;

/// Everything that is served.
pub type Server = Guard<Routes>;

/// Builds the services and puts the guard in front of all of them. Streams end when `health` says that
/// the process stops.
///
/// # Errors
/// A method that the guard could not guard: nothing is served then.
pub fn server(
    org: &Arc<Organization>,
    health: &Health,
) -> Result<(Server, Vec<&'static str>), Incomplete> {
    let authz = AuthzServiceServer::new(AuthzApi::new(Arc::clone(org), health.clone()));
    let schema = SchemaServiceServer::new(SchemaApi(Arc::clone(org)));
    let identity = IdentityServiceServer::new(IdentityApi(Arc::clone(org)));
    let routes = Routes::default()
        .with_bulk(
            authz.clone().max_decoding_message_size(MAX_REQUEST_BYTES),
            &["Grant", "Revoke"],
            authz.max_decoding_message_size(MAX_BULK_REQUEST_BYTES),
        )
        .with_bulk(
            schema.clone().max_decoding_message_size(MAX_REQUEST_BYTES),
            &["WriteSchema"],
            schema.max_decoding_message_size(MAX_BULK_REQUEST_BYTES),
        )
        .with(identity.max_decoding_message_size(MAX_REQUEST_BYTES));
    let names = routes.names();
    let guard = GuardLayer::new(Arc::new(OwnDecider(Arc::clone(org))), Vec::new());
    guard.check_complete(names.iter().flat_map(|name| methods_of(name)))?;
    Ok((guard.layer(routes), names))
}
