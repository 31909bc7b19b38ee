//! The guard's place in the stack: a tower layer in front of every service.

use super::about_self::is_about_self;
use super::answer_body::RedactedBody;
use super::body::Buffered;
use super::core::Core;
use super::decide::{Admitted, Call, decide, fixed};
use super::decider::Decider;
use super::plan::{Incomplete, Plan};
use super::request::Asked;
use super::source::RecordSource;
use crate::caller::Caller;
use crate::status::{self, Reason};
use futures::future::BoxFuture;
use http::{Request, Response};
use menshen_proto::rules::RuleKind;
use std::sync::Arc;
use std::task::{Context, Poll};
use tonic::Status;
use tonic::body::Body;
use tower::{Layer, Service, ServiceExt};

/// How often a decision is taken again because the row changed under it.
const MAX_ATTEMPTS: usize = 4;

/// Served without a rule: they speak of the server, not of what it holds.
const OPEN_SERVICES: [&str; 3] = [
    "/grpc.health.v1.Health/",
    "/grpc.reflection.v1.ServerReflection/",
    "/grpc.reflection.v1alpha.ServerReflection/",
];

/// Puts the guard in front of services: `Server::builder().layer(guard)`.
#[derive(Clone)]
pub struct GuardLayer {
    core: Arc<Core>,
}

/// A guarded service.
#[derive(Clone)]
pub struct Guard<S> {
    core: Arc<Core>,
    inner: S,
}

impl GuardLayer {
    /// A guard that asks this decider, about records that these sources describe.
    pub fn new(decider: Arc<dyn Decider>, sources: Vec<Arc<dyn RecordSource>>) -> Self {
        Self {
            core: Arc::new(Core::new(decider, sources)),
        }
    }

    /// Makes sure, before the first call, that every served method can be guarded.
    ///
    /// # Errors
    /// The first method, by its gRPC path, that has no rule, or whose rule is about records without a
    /// source.
    pub fn check_complete<P: AsRef<str>>(
        &self,
        paths: impl IntoIterator<Item = P>,
    ) -> Result<(), Incomplete> {
        paths
            .into_iter()
            .filter(|path| !is_open(path.as_ref()))
            .try_for_each(|path| self.core.check(path.as_ref()))
    }
}

/// The gRPC paths of a service of the contract, `menshen.crm.v1.CustomerService`: for
/// [`GuardLayer::check_complete`]. Empty for one that the contract does not have.
pub fn methods_of(service: &str) -> Vec<String> {
    let service = menshen_proto::descriptors().get_service_by_name(service);
    let paths = service.iter().flat_map(|service| {
        let of = service.full_name().to_owned();
        service
            .methods()
            .map(move |method| format!("/{of}/{}", method.name()))
    });
    paths.collect()
}

impl<S> Layer<S> for GuardLayer {
    type Service = Guard<S>;

    fn layer(&self, inner: S) -> Guard<S> {
        Guard {
            core: Arc::clone(&self.core),
            inner,
        }
    }
}

impl<S> Service<Request<Body>> for Guard<S>
where
    S: Service<Request<Body>, Response = Response<Body>> + Clone + Send + 'static,
    S::Future: Send,
    S::Error: Send,
{
    type Response = Response<Body>;
    type Error = S::Error;
    type Future = BoxFuture<'static, Result<Response<Body>, S::Error>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        let fresh = self.inner.clone();
        let inner = std::mem::replace(&mut self.inner, fresh);
        let passage = Passage {
            core: Arc::clone(&self.core),
            inner,
        };
        Box::pin(async move {
            match passage.guarded(request).await {
                Ok(response) => Ok(response),
                Err(Stop::Refused(status)) => Ok(status.into_http()),
                Err(Stop::Failed(problem)) => Err(problem),
            }
        })
    }
}

/// One call on its way through.
struct Passage<S> {
    core: Arc<Core>,
    inner: S,
}

/// Why a call got no answer of its handler.
enum Stop<E> {
    Refused(Status),
    Failed(E),
}

impl<E> From<Status> for Stop<E> {
    fn from(status: Status) -> Self {
        Self::Refused(status)
    }
}

impl<S> Passage<S>
where
    S: Service<Request<Body>, Response = Response<Body>>,
{
    async fn guarded(
        mut self,
        mut request: Request<Body>,
    ) -> Result<Response<Body>, Stop<S::Error>> {
        if is_open(request.uri().path()) {
            return self.run(request).await;
        }
        // INVARIANT: what has no plan never runs.
        let Some(plan) = self.core.plans().get(request.uri().path()).map(Arc::clone) else {
            return Err(status::unimplemented(request.uri().path()).into());
        };
        if !plan.readable.is_empty() {
            // An answer that was compressed could not be redacted.
            request.headers_mut().remove("grpc-accept-encoding");
        }
        match plan.rule.kind {
            RuleKind::Public { .. } => {
                let response = self.run(request).await?;
                Ok(response.map(|body| RedactedBody::around(body, &plan, &plan.readable)))
            }
            RuleKind::Authenticated { .. } | RuleKind::Fixed { .. } => {
                self.fixed(&plan, request).await
            }
            _ => self.about_records(&plan, request).await,
        }
    }

    /// Decides without the request, unless whom it is about makes a difference.
    async fn fixed(
        mut self,
        plan: &Arc<Plan>,
        request: Request<Body>,
    ) -> Result<Response<Body>, Stop<S::Error>> {
        let (parts, mut body) = request.into_parts();
        let caller = self
            .core
            .authenticate(&parts.headers, &parts.extensions)
            .await?;
        let mut is_about_caller = false;
        if let Some(subjects) = plan.subjects() {
            let buffered = Buffered::read(body).await?;
            is_about_caller = is_about_self(plan, subjects, &caller, &buffered.message())?;
            body = buffered.body();
        }
        let admitted = fixed(&self.core, plan, &caller, is_about_caller).await?;
        let response = self
            .hand_over(plan, admitted, &caller, Request::from_parts(parts, body))
            .await?;
        if status::is_stale(response.headers()) {
            return Err(changed_too_often().into());
        }
        Ok(response)
    }

    /// Decides on what the request names, again and again while the row changes under the decision.
    async fn about_records(
        mut self,
        plan: &Arc<Plan>,
        request: Request<Body>,
    ) -> Result<Response<Body>, Stop<S::Error>> {
        let (parts, body) = request.into_parts();
        let caller = self
            .core
            .authenticate(&parts.headers, &parts.extensions)
            .await?;
        let buffered = Buffered::read(body).await?;
        let message = buffered.message();
        let asked = Asked::decode(&plan.input, message.clone())?;
        for _ in 0..MAX_ATTEMPTS {
            let core = Arc::clone(&self.core);
            let call = Call {
                core: &core,
                plan,
                caller: &caller,
                asked: &asked,
                message: &message,
            };
            let admitted = decide(&call).await?;
            let request = Request::from_parts(parts.clone(), buffered.body());
            let response = self.hand_over(plan, admitted, &caller, request).await?;
            if !status::is_stale(response.headers()) {
                return Ok(response);
            }
        }
        Err(changed_too_often().into())
    }

    /// Runs the handler with its proof, and leaves out of the answer what the caller may not read.
    async fn hand_over(
        &mut self,
        plan: &Arc<Plan>,
        admitted: Admitted,
        caller: &Arc<Caller>,
        mut request: Request<Body>,
    ) -> Result<Response<Body>, Stop<S::Error>> {
        let hidden = admitted.hidden.clone();
        admitted.hand_over(caller, request.extensions_mut());
        let response = self.run(request).await?;
        Ok(response.map(|body| RedactedBody::around(body, plan, &hidden)))
    }

    async fn run(&mut self, request: Request<Body>) -> Result<Response<Body>, Stop<S::Error>> {
        let inner = self.inner.ready().await.map_err(Stop::Failed)?;
        inner.call(request).await.map_err(Stop::Failed)
    }
}

fn is_open(path: &str) -> bool {
    OPEN_SERVICES
        .iter()
        .any(|service| path.starts_with(service))
}

/// The row changed under every decision.
fn changed_too_often() -> Status {
    let message = "the record kept changing while the call was decided; read it and try again";
    status::aborted(Reason::Contended, message)
}
