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
    services: Arc<FxHashMap<&'static str, Served>>,
}

#[derive(Clone)]
struct Served {
    service: Arc<dyn Route>,
    /// Methods that are served by another instance.
    bulk: Option<(&'static [&'static str], Arc<dyn Route>)>,
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
        let service = Arc::new(service);
        let served = Served {
            service,
            bulk: None,
        };
        Arc::make_mut(&mut self.services).insert(S::NAME, served);
        self
    }

    /// As [`with`](Self::with), but for these methods, `WriteSchema`, another instance of the
    /// service: one that takes [`super::MAX_BULK_REQUEST_BYTES`].
    #[must_use]
    pub fn with_bulk<S: Generated>(
        mut self,
        service: S,
        methods: &'static [&'static str],
        bulk: S,
    ) -> Self {
        let served = Served {
            service: Arc::new(service),
            bulk: Some((methods, Arc::new(bulk))),
        };
        Arc::make_mut(&mut self.services).insert(S::NAME, served);
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
        let mut parts = path.split('/').skip(1);
        let served = self.services.get(parts.next().unwrap_or_default());
        match served {
            Some(Served {
                bulk: Some((methods, bulk)),
                ..
            }) if parts.next().is_some_and(|name| methods.contains(&name)) => bulk.call(request),
            Some(served) => served.service.call(request),
            None => Box::pin(ready(Ok(status::unimplemented(path).into_http()))),
        }
    }
}
