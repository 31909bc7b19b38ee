//! What one peer does must not take the service from others.

use super::fake::{Fake, request, say};
use super::{Limits, reason};
use hyper::client::conn::http2;
use hyper_util::rt::TokioExecutor;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tonic::body::Body;
use tonic::{Code, Request};

const SOON: Duration = Duration::from_millis(20);
/// Ends a test that would wait for ever.
const LATE: Duration = Duration::from_secs(20);

/// How a client of HTTP/2 begins, with settings of which none is set.
const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0";

fn with(limits: Limits) -> Fake {
    Fake::start(1, limits, None)
}

/// A whole message, as a client without tonic sends it.
fn asking(fake: &Fake) -> http::Request<Body> {
    let origin = fake.origin();
    http::Request::post(format!(
        "{origin}menshen.authz.v1.SchemaService/WriteSchema"
    ))
    .header("content-type", "application/grpc")
    .header("te", "trailers")
    .body(Body::new(http_body_util::Full::new(
        bytes::Bytes::from_static(&[0; 5]),
    )))
    .unwrap()
}

/// Tries until it is let in.
async fn is_served(fake: &Fake) {
    let served = async {
        while fake.say("").await.is_err() {
            tokio::task::yield_now().await;
        }
    };
    timeout(LATE, served).await.expect("nobody else is served");
}

#[tokio::test]
async fn a_connection_that_asks_nothing_is_closed() {
    let fake = with(Limits {
        connections: 1,
        first_call: SOON,
        ..Limits::default()
    });
    for begins in [&b""[..], PREFACE] {
        let mut silent = TcpStream::connect(fake.serving.address()).await.unwrap();
        silent.write_all(begins).await.unwrap();
        let mut said = Vec::new();
        // However it is closed.
        let closed = timeout(LATE, silent.read_to_end(&mut said)).await;
        drop(closed.expect("it stays open"));
        is_served(&fake).await;
    }
}

#[tokio::test]
async fn a_connection_that_asks_nothing_more_is_closed() {
    let fake = with(Limits {
        idle: SOON,
        ..Limits::default()
    });
    let builder = http2::Builder::new(TokioExecutor::new());
    let (mut sender, ended) = fake.raw(&builder).await;
    let answer = sender.send_request(asking(&fake)).await.unwrap();
    assert!(!ended.is_finished());
    drop(answer);
    timeout(LATE, ended).await.expect("it stays open").unwrap();
}

#[tokio::test]
async fn a_call_without_end_does_not_keep_a_connection_for_ever() {
    let fake = with(Limits {
        connection_age: SOON,
        parting: SOON,
        ..Limits::default()
    });
    let call = say(fake.channel().await, Request::new(request("wait")));
    timeout(LATE, call).await.expect("it goes on").unwrap_err();
}

#[tokio::test]
async fn an_answer_that_is_not_taken_is_still_a_call() {
    let fake = with(Limits {
        calls_in_flight: 1,
        ..Limits::default()
    });
    let mut builder = http2::Builder::new(TokioExecutor::new());
    builder.initial_stream_window_size(0);
    let (mut sender, _ended) = fake.raw(&builder).await;
    let answer = sender.send_request(asking(&fake)).await.unwrap();
    let status = fake.say("").await.unwrap_err();
    assert_eq!(
        (status.code(), reason(&status)),
        (Code::ResourceExhausted, "OVERLOADED".to_owned())
    );
    drop(answer);
    is_served(&fake).await;
}

#[tokio::test]
async fn an_answer_that_is_never_taken_ends_its_connection() {
    let fake = with(Limits {
        calls_in_flight: 1,
        call_timeout: SOON,
        parting: SOON,
        ..Limits::default()
    });
    let mut builder = http2::Builder::new(TokioExecutor::new());
    builder.initial_stream_window_size(0);
    let (mut sender, _ended) = fake.raw(&builder).await;
    let _answer = sender.send_request(asking(&fake)).await.unwrap();
    is_served(&fake).await;
}

#[tokio::test]
async fn large_requests_share_what_there_is_for_them_and_small_ones_do_not_need_it() {
    let fake = with(Limits {
        request_bytes: 100 * 1024,
        ..Limits::default()
    });
    let status = fake.say(&"x".repeat(200 * 1024)).await.unwrap_err();
    assert_eq!(
        (status.code(), reason(&status)),
        (Code::ResourceExhausted, "OVERLOADED".to_owned())
    );
    for _ in 0..3 {
        // Each would not fit beside the one before.
        fake.say(&"x".repeat(80 * 1024)).await.unwrap();
    }
    let none = with(Limits {
        request_bytes: 0,
        ..Limits::default()
    });
    none.say(&"x".repeat(10 * 1024)).await.unwrap();
}
