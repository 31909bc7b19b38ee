//! Calls of this process's own methods, through the guard, as the one who called.

use super::raw::Raw;
use http::uri::PathAndQuery;
use prost::Message;
use prost_reflect::{DynamicMessage, MethodDescriptor};
use service_kit::guard::Guard;
use service_kit::serve::Routes;
use service_kit::status;
use std::sync::{Arc, OnceLock};
use tonic::client::Grpc;
use tonic::metadata::{Ascii, MetadataValue};
use tonic::transport::server::{TcpConnectInfo, TlsConnectInfo};
use tonic::{Request, Status};

/// What says who is calling; see the guard's reader of credentials.
const WHO: [&str; 2] = ["authorization", "menshen-service-authorization"];

/// The services behind the guard, once they are put together: they hold a handle to themselves.
#[derive(Clone, Default)]
pub(crate) struct Loopback(Arc<OnceLock<Guard<Routes>>>);

/// Who called, to call on as them.
pub(super) struct Credentials {
    headers: Vec<(&'static str, MetadataValue<Ascii>)>,
    connection: Option<TlsConnectInfo<TcpConnectInfo>>,
}

impl Credentials {
    pub(super) fn of<T>(request: &Request<T>) -> Self {
        let header = |name| Some((name, request.metadata().get(name)?.clone()));
        Self {
            headers: WHO.into_iter().filter_map(header).collect(),
            connection: request.extensions().get().cloned(),
        }
    }
}

impl Loopback {
    /// From here on calls go to these services.
    pub(crate) fn connect(&self, services: &Guard<Routes>) {
        // Whoever comes first: each is as good as the other.
        let _ = self.0.set(services.clone());
    }

    /// Calls a method as who called us.
    ///
    /// # Errors
    /// Whatever the method answers.
    pub(super) async fn call(
        &self,
        method: &MethodDescriptor,
        message: &DynamicMessage,
        who: &Credentials,
    ) -> Result<DynamicMessage, Status> {
        let services = self.0.get().cloned();
        let services = services.ok_or_else(|| status::internal_message("not connected yet"))?;
        let mut request = Request::new(message.encode_to_vec());
        for (name, value) in &who.headers {
            request.metadata_mut().insert(*name, value.clone());
        }
        if let Some(connection) = &who.connection {
            request.extensions_mut().insert(connection.clone());
        }
        let path = format!("/{}/{}", method.parent_service().full_name(), method.name());
        let path = PathAndQuery::try_from(path).map_err(|error| status::internal(&error))?;
        let answer = Grpc::new(services).unary(request, path, Raw).await?;
        DynamicMessage::decode(method.output(), answer.into_inner())
            .map_err(|error| status::internal(&error))
    }
}
