//! A server on a real socket, whose handler does as the request says.

use crate::serve::{Health, Io, Limits, MAX_REQUEST_BYTES, Routes, ServeOptions, Serving, start};
use crate::tls::ServerTls;
use hyper::client::conn::http2;
use hyper_util::rt::{TokioExecutor, TokioIo};
use menshen_proto::authz::v1::schema_service_client::SchemaServiceClient;
use menshen_proto::authz::v1::schema_service_server::{SchemaService, SchemaServiceServer};
use menshen_proto::authz::v1::{
    ReadSchemaRequest, ReadSchemaResponse, WriteSchemaRequest, WriteSchemaResponse,
};
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use tokio::net::TcpStream;
use tokio::sync::Semaphore;
use tokio::task::JoinHandle;
use tonic::body::Body;
use tonic::transport::{Channel, Endpoint};
use tonic::{Request, Response, Status};

/// What the test and the handlers of all threads share.
pub(super) struct Stage {
    io: Io,
    threads: AtomicUsize,
    /// A permit for each call that has begun to wait.
    pub(super) waiting: Semaphore,
    /// A permit lets one of them go on.
    pub(super) go: Semaphore,
}

#[derive(Clone)]
struct Handler {
    stage: Arc<Stage>,
    thread: usize,
}

/// A running server, and what its handlers share.
pub(super) struct Fake {
    pub(super) serving: Serving,
    pub(super) health: Health,
    pub(super) stage: Arc<Stage>,
}

impl Fake {
    pub(super) fn start(threads: usize, limits: Limits, tls: Option<ServerTls>) -> Self {
        let stage = Arc::new(Stage {
            io: Io::current(),
            threads: AtomicUsize::new(0),
            waiting: Semaphore::new(0),
            go: Semaphore::new(0),
        });
        let health = Health::default();
        let options = ServeOptions {
            name: "fake",
            services: routes(&stage).names(),
            listen: ([127, 0, 0, 1], 0).into(),
            tls,
            threads: NonZeroUsize::new(threads).unwrap(),
            limits,
            health: health.clone(),
        };
        let staged = Arc::clone(&stage);
        let serving = start(options, move || routes(&staged)).unwrap();
        Self {
            serving,
            health,
            stage,
        }
    }

    pub(super) async fn channel(&self) -> Channel {
        let url = format!("http://{}", self.serving.address());
        Endpoint::from_shared(url).unwrap().connect().await.unwrap()
    }

    /// What the handler says to this request, over a connection of its own.
    pub(super) async fn say(&self, text: &str) -> Result<String, Status> {
        say(self.channel().await, Request::new(request(text))).await
    }

    /// Says it without tonic's channel, which would not wait for the answer longer than the deadline.
    pub(super) async fn say_raw(
        &self,
        request: Request<WriteSchemaRequest>,
    ) -> Result<String, Status> {
        let (sender, _) = self.raw(&http2::Builder::new(TokioExecutor::new())).await;
        let send = tower::service_fn(move |request| sender.clone().send_request(request));
        let mut client = SchemaServiceClient::with_origin(send, self.origin());
        Ok(client.write_schema(request).await?.into_inner().written_at)
    }

    /// A connection, and the task that ends with it.
    pub(super) async fn raw(
        &self,
        builder: &http2::Builder<TokioExecutor>,
    ) -> (http2::SendRequest<Body>, JoinHandle<()>) {
        let stream = TcpStream::connect(self.serving.address()).await.unwrap();
        let (sender, connection) = builder.handshake(TokioIo::new(stream)).await.unwrap();
        let task = tokio::spawn(async move { drop(connection.await) });
        (sender, task)
    }

    pub(super) fn origin(&self) -> http::Uri {
        let address = self.serving.address();
        format!("http://{address}").parse().unwrap()
    }

    /// Resolves when a call waits in its handler.
    pub(super) async fn one_waits(&self) {
        self.stage.waiting.acquire().await.unwrap().forget();
    }
}

pub(super) fn request(text: &str) -> WriteSchemaRequest {
    WriteSchemaRequest {
        schema: text.to_owned(),
        ..Default::default()
    }
}

pub(super) async fn say(
    channel: Channel,
    request: Request<WriteSchemaRequest>,
) -> Result<String, Status> {
    let mut client = SchemaServiceClient::new(channel).max_encoding_message_size(usize::MAX);
    let answer = client.write_schema(request).await?;
    Ok(answer.into_inner().written_at)
}

fn routes(stage: &Arc<Stage>) -> Routes {
    let thread = stage.threads.fetch_add(1, Ordering::SeqCst);
    let handler = Handler {
        stage: Arc::clone(stage),
        thread,
    };
    Routes::default()
        .with(SchemaServiceServer::new(handler).max_decoding_message_size(MAX_REQUEST_BYTES))
}

#[tonic::async_trait]
impl SchemaService for Handler {
    async fn read_schema(
        &self,
        _: Request<ReadSchemaRequest>,
    ) -> Result<Response<ReadSchemaResponse>, Status> {
        Ok(Response::new(ReadSchemaResponse::default()))
    }

    async fn write_schema(
        &self,
        request: Request<WriteSchemaRequest>,
    ) -> Result<Response<WriteSchemaResponse>, Status> {
        let certificates = request.peer_certs().map_or(0, |chain| chain.len());
        let written_at = match request.into_inner().schema.as_str() {
            "panic" => panic!("as asked"),
            "panic elsewhere" => self.stage.io.run(async { panic!("as asked") }).await?,
            "elsewhere" => self.stage.io.run(async { Ok(thread_name()) }).await?,
            "wait" => self.wait().await,
            "who am i" => certificates.to_string(),
            _ => self.thread.to_string(),
        };
        Ok(Response::new(WriteSchemaResponse {
            written_at,
            ..Default::default()
        }))
    }
}

impl Handler {
    async fn wait(&self) -> String {
        self.stage.waiting.add_permits(1);
        self.stage.go.acquire().await.unwrap().forget();
        "waited".to_owned()
    }
}

fn thread_name() -> String {
    std::thread::current().name().unwrap_or_default().to_owned()
}
