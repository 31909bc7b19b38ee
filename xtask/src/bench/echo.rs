//! A server that decodes the same questions and answers without thinking: what gRPC costs by itself.

use e2e::Result;
use futures::StreamExt;
use http::{Request, Response};
use menshen_proto::authz::v1::{
    BatchCheckRequest, BatchCheckResponse, BatchCheckResult, CheckRequest, CheckResponse, Decision,
    batch_check_result,
};
use service_kit::serve::{self, Health, Limits, Routes, ServeOptions};
use std::convert::Infallible;
use std::future::{Ready, ready};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::num::NonZeroUsize;
use std::pin::Pin;
use std::task::{Context, Poll};
use tonic::body::Body;
use tonic::codegen::BoxFuture;
use tonic::server::{Grpc, NamedService, StreamingService, UnaryService};
use tonic::{Status, Streaming};
use tonic_prost::ProstCodec;
use tower::Service;

/// As the process names itself.
pub(crate) const NAME: &str = "echo";

/// The generator's client speaks to both.
const SERVICE: &str = "menshen.authz.v1.AuthzService";

/// Serves on any port until it is told to end.
pub(crate) fn serve() -> Result<()> {
    let health = Health::default();
    health.ready();
    let options = ServeOptions {
        name: NAME,
        services: vec![SERVICE],
        listen: SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 0),
        tls: None,
        threads: NonZeroUsize::MIN,
        limits: Limits::default(),
        health,
    };
    e2e::fact::block_on(async {
        let routes = Routes::default().with(Echo);
        Ok(serve::run(options, move || routes.clone(), serve::terminated()?).await?)
    })?
}

#[derive(Clone)]
struct Echo;

impl NamedService for Echo {
    const NAME: &'static str = SERVICE;
}

impl Service<Request<Body>> for Echo {
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = BoxFuture<Response<Body>, Infallible>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<std::result::Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        let method = request.uri().path().rsplit('/').next().unwrap_or_default();
        match method {
            "BatchCheck" => Box::pin(async move {
                let codec = ProstCodec::<BatchCheckResponse, BatchCheckRequest>::default();
                Ok(Grpc::new(codec).unary(Thoughtless, request).await)
            }),
            "StreamChecks" => Box::pin(async move {
                let codec = ProstCodec::<CheckResponse, CheckRequest>::default();
                Ok(Grpc::new(codec).streaming(Thoughtless, request).await)
            }),
            _ => Box::pin(async move {
                let codec = ProstCodec::<CheckResponse, CheckRequest>::default();
                Ok(Grpc::new(codec).unary(Thoughtless, request).await)
            }),
        }
    }
}

struct Thoughtless;

/// As long as a real answer.
fn answer() -> CheckResponse {
    CheckResponse {
        decision: Decision::Allowed as i32,
        evaluated_at: "0123456789abcdef0123456789".to_owned(),
        decision_id: "0123456789abcdef0123".to_owned(),
        ..CheckResponse::default()
    }
}

impl UnaryService<CheckRequest> for Thoughtless {
    type Response = CheckResponse;
    type Future = Ready<std::result::Result<tonic::Response<CheckResponse>, Status>>;

    fn call(&mut self, _: tonic::Request<CheckRequest>) -> Self::Future {
        ready(Ok(tonic::Response::new(answer())))
    }
}

impl UnaryService<BatchCheckRequest> for Thoughtless {
    type Response = BatchCheckResponse;
    type Future = Ready<std::result::Result<tonic::Response<BatchCheckResponse>, Status>>;

    fn call(&mut self, request: tonic::Request<BatchCheckRequest>) -> Self::Future {
        let one = |_| BatchCheckResult {
            result: Some(batch_check_result::Result::Response(answer())),
        };
        ready(Ok(tonic::Response::new(BatchCheckResponse {
            results: request.into_inner().checks.iter().map(one).collect(),
            evaluated_at: answer().evaluated_at,
        })))
    }
}

impl StreamingService<CheckRequest> for Thoughtless {
    type Response = CheckResponse;
    type ResponseStream =
        Pin<Box<dyn futures::Stream<Item = std::result::Result<CheckResponse, Status>> + Send>>;
    type Future = Ready<std::result::Result<tonic::Response<Self::ResponseStream>, Status>>;

    fn call(&mut self, request: tonic::Request<Streaming<CheckRequest>>) -> Self::Future {
        let answers = request
            .into_inner()
            .map(|question| question.map(|_| answer()));
        ready(Ok(tonic::Response::new(answers.boxed())))
    }
}
