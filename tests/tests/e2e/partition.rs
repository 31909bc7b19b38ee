//! Cut off from its database, a process does not answer from the past.

use crate::ask::{fully_consistent, grant, question, relationship, soon};
use crate::expect::refused;
use crate::startup::launch;
use e2e::binaries::Binary;
use e2e::database::{Backend, Database};
use e2e::service::Service;
use e2e::session::Session;
use e2e::world::{DOCUMENTS, Protection};
use menshen_proto::authz::v1::{Decision, RevokeRequest, WriteSchemaRequest};
use sqlx::{AssertSqlSafe, ConnectOptions, Connection};
use std::net::SocketAddr;
use std::path::Path;
use std::str::FromStr;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tonic::Code;

e2e::facts!(from_scratch: process_that_is_cut_off_answers_nothing_once_another_serves);

/// The database takes the claim from a process that it cannot reach, and another one revokes. On
/// SQLite there is no network between a process and its file.
async fn process_that_is_cut_off_answers_nothing_once_another_serves(backend: Backend) {
    if backend == Backend::Sqlite {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let database = Database::create(backend, folder.path(), "authz")
        .await
        .unwrap()
        .url();
    let network = Network::before(&database).await;
    let first = authz(folder.path(), &network.url);
    let root = root(first.address());
    let schema = WriteSchemaRequest {
        schema: DOCUMENTS.to_owned(),
        ..WriteSchemaRequest::default()
    };
    root.schema().write_schema(schema).await.unwrap();
    let fact = relationship("document:d", "reader", "user:ann");
    grant(&root, fact.clone()).await.unwrap();
    let asked = || {
        let mut asked = question("user:ann", "read", "document:d");
        asked.consistency = Some(fully_consistent());
        asked
    };
    let before = root.authz().check(asked()).await.unwrap().into_inner();
    assert_eq!(before.decision(), Decision::Allowed);

    network.open.send_replace(false);
    end_sessions(&database).await;
    let second = authz(folder.path(), &database);
    let revoke = RevokeRequest {
        relationships: vec![fact],
        ..RevokeRequest::default()
    };
    let there = self::root(second.address());
    there.authz().revoke(revoke).await.unwrap();
    refused(root.authz().check(asked()).await, Code::Unavailable);

    second.terminate().unwrap();
    network.open.send_replace(true);
    soon(Duration::from_mins(1), async || {
        root.authz().check(asked()).await.is_ok()
    })
    .await;
    let after = root.authz().check(asked()).await.unwrap().into_inner();
    assert_eq!(after.decision(), Decision::Denied);
}

fn authz(folder: &Path, database: &str) -> Service {
    let arguments = ["--listen", "127.0.0.1:0", "--insecure"];
    Service::start(&launch(Binary::Authz, folder, &arguments, database)).unwrap()
}

fn root(address: SocketAddr) -> Session {
    let channel = Protection::Plaintext
        .endpoint(address)
        .unwrap()
        .connect_lazy();
    Session::anonymous(channel.clone(), channel)
        .with_token("mst_a_token_for_a_service_that_is_refused")
        .unwrap()
}

/// The server gives up every session in the database, as it does with those of a lost host.
async fn end_sessions(database: &str) {
    let options = sqlx::postgres::PgConnectOptions::from_str(database).unwrap();
    let mut connection = options.connect().await.unwrap();
    let end = "SELECT pg_terminate_backend(pid)
                 FROM pg_stat_activity
                WHERE datname = current_database()
                  AND pid <> pg_backend_pid()";
    sqlx::raw_sql(AssertSqlSafe(end.to_owned()))
        .execute(&mut connection)
        .await
        .unwrap();
    connection.close().await.unwrap();
}

/// A way to the server that can lose everything without a word.
struct Network {
    url: String,
    open: watch::Sender<bool>,
}

impl Network {
    async fn before(database: &str) -> Self {
        let options = sqlx::postgres::PgConnectOptions::from_str(database).unwrap();
        let server = format!("{}:{}", options.get_host(), options.get_port());
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = database.replace(&server, &listener.local_addr().unwrap().to_string());
        assert_ne!(url, database);
        let (open, gate) = watch::channel(true);
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let server = TcpStream::connect(&server).await.unwrap();
                let ((from_client, to_client), (from_server, to_server)) =
                    (client.into_split(), server.into_split());
                tokio::spawn(carry(from_client, to_server, gate.clone()));
                tokio::spawn(carry(from_server, to_client, gate.clone()));
            }
        });
        Self { url, open }
    }
}

/// While the gate is closed nothing arrives, the end included.
async fn carry(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, mut gate: watch::Receiver<bool>) {
    let mut buffer = vec![0; 16 * 1024];
    loop {
        let read = from.read(&mut buffer).await.unwrap_or_default();
        if gate.wait_for(|open| *open).await.is_err() || read == 0 {
            return;
        }
        if to.write_all(&buffer[..read]).await.is_err() {
            return;
        }
    }
}
