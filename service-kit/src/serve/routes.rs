//! From a method's path to its service.

use crate::status;
use http::{Request, Response};
use rustc_hash::FxHashMap;
use std::convert::Infallible;
use std::future::ready;
use std::sync::Arc;
use std::task::{Context, Poll};
use tonic::body::Body;
use tonic::codegen::BoxFuture;
use tonic::server::NamedService;
use tower::Service;

/// Generated servers by name. One hash lookup a call, where tonic's router walks a tree and copies
/// two boxed services.
#[derive(Clone, Default)]
pub struct Routes {
    services: Arc<FxHashMap<&'static str, Arc<dyn Route>>>,
}

trait Route: Send + Sync {
    fn call(&self, request: Request<Body>) -> BoxFuture<Response<Body>, Infallible>;
}

impl<S> Route for S
where
    S: Generated,
{
    fn call(&self, request: Request<Body>) -> BoxFuture<Response<Body>, Infallible> {
        Service::call(&mut self.clone(), request)
    }
}

/// What tonic generates for a service: always ready, and its future already boxed.
pub trait Generated:
    Service<
        Request<Body>,
        Response = Response<Body>,
        Error = Infallible,
        Future = BoxFuture<Response<Body>, Infallible>,
    > + NamedService
    + Clone
    + Send
    + Sync
    + 'static
{
}

impl<S> Generated for S where
    S: Service<
            Request<Body>,
            Response = Response<Body>,
            Error = Infallible,
            Future = BoxFuture<Response<Body>, Infallible>,
        > + NamedService
        + Clone
        + Send
        + Sync
        + 'static
{
}

impl Routes {
    /// With this service as well.
    #[must_use]
    pub fn with<S: Generated>(mut self, service: S) -> Self {
        Arc::make_mut(&mut self.services).insert(S::NAME, Arc::new(service));
        self
    }

    /// The services' full names, for [`super::ServeOptions::services`].
    pub fn names(&self) -> Vec<&'static str> {
        self.services.keys().copied().collect()
    }
}

impl Service<Request<Body>> for Routes {
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = BoxFuture<Response<Body>, Infallible>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        let path = request.uri().path();
        let service = path.split('/').nth(1).unwrap_or_default();
        match self.services.get(service) {
            Some(service) => service.call(request),
            None => Box::pin(ready(Ok(status::unimplemented(path).into_http()))),
        }
    }
}
