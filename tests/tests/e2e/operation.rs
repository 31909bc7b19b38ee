//! What whoever runs the services meets: the first start, the way back in, a copy of the file.

use crate::ask::{PASSWORD, grant, question, relationship, unique};
use crate::expect::{refused, refused_because};
use crate::startup::launch;
use e2e::binaries::Binary;
use e2e::database::{Backend, Database};
use e2e::service::{Launch, Service};
use e2e::session::Session;
use e2e::world::{DOCUMENTS, Protection, World};
use menshen_proto::authz::v1::{ActivateRequest, GrantRequest, SignInRequest, WriteSchemaRequest};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Command, Output};
use std::sync::Arc;
use tonic::Code;

e2e::facts!(
    from_scratch:
        each_start_invites_until_the_first_administrator_comes,
        recover_lets_an_administrator_in_while_the_service_is_stopped,
        stopped_database_is_whole_in_its_file;
    about_decisions:
        large_request_is_refused_but_of_a_method_that_carries_much,
);

async fn each_start_invites_until_the_first_administrator_comes(backend: Backend) {
    let folder = tempfile::tempdir().unwrap();
    let launch = first_start(backend, folder.path()).await;
    let mut tokens = Vec::new();
    for _ in 0..2 {
        let service = Service::start(&launch).unwrap();
        tokens.push(invitation(&log(&launch)).unwrap());
        service.terminate().unwrap();
    }
    assert_ne!(tokens[0], tokens[1]);

    let service = Service::start(&launch).unwrap();
    let token = invitation(&log(&launch)).unwrap();
    let anonymous = anonymous(service.address());
    activate(&anonymous, &token).await.unwrap();
    for before in &tokens {
        activate(&anonymous, before).await.unwrap_err();
    }
    service.terminate().unwrap();

    std::fs::remove_file(&launch.log).unwrap();
    drop(Service::start(&launch).unwrap());
    assert_eq!(invitation(&log(&launch)), None);
}

async fn recover_lets_an_administrator_in_while_the_service_is_stopped(backend: Backend) {
    let folder = tempfile::tempdir().unwrap();
    let launch = first_start(backend, folder.path()).await;
    let database = launch.arguments[2].to_str().unwrap().to_owned();
    let recover = |user: &str| recover(&["--database", &database, "--user", user]);
    let said = |output: &Output| String::from_utf8(output.stderr.clone()).unwrap();

    let service = Service::start(&launch).unwrap();
    let first = invitation(&log(&launch)).unwrap();
    activate(&anonymous(service.address()), &first)
        .await
        .unwrap();
    let refused = recover("admin");
    assert!(!refused.status.success());
    assert!(said(&refused).contains("stop it first"), "{refused:?}");
    service.terminate().unwrap();

    let refused = recover("not an id");
    assert!(!refused.status.success());
    assert!(
        said(&refused).contains("`not an id` must be"),
        "{refused:?}"
    );
    for user in ["admin", "somebody-new"] {
        let output = recover(user);
        assert!(output.status.success(), "{output:?}");
        let token = invitation(&String::from_utf8(output.stdout).unwrap()).unwrap();
        let service = Service::start(&launch).unwrap();
        let anonymous = anonymous(service.address());
        if user == "admin" {
            sign_in(&anonymous, user).await.unwrap_err();
        }
        activate(&anonymous, &token).await.unwrap();
        let session = sign_in(&anonymous, user).await.unwrap();
        let another = format!("user:{}", unique("another"));
        let role = relationship("menshen/authz:main", "administrator", &another);
        grant(&session, role).await.unwrap();
        service.terminate().unwrap();
    }
    let database = Database::Sqlite(folder.path().join("authz.db"));
    if backend == Backend::Sqlite {
        let rows = database.dump().await.unwrap();
        let noted = rows.iter().filter(|row| row.contains("'user.recover'"));
        assert_eq!(noted.count(), 2);
    }
}

/// A backup of a stopped service is a copy of one file.
async fn stopped_database_is_whole_in_its_file(backend: Backend) {
    let folder = tempfile::tempdir().unwrap();
    let launch = first_start(backend, folder.path()).await;
    let service = Service::start(&launch).unwrap();
    let token = invitation(&log(&launch)).unwrap();
    activate(&anonymous(service.address()), &token)
        .await
        .unwrap();
    assert!(service.terminate().unwrap().success());
    if backend == Backend::Postgres {
        return;
    }
    let (file, copy) = (folder.path().join("authz.db"), tempfile::tempdir().unwrap());
    std::fs::copy(&file, copy.path().join("authz.db")).unwrap();
    assert!(!folder.path().join("authz.db-wal").exists());
    let launch = first_start(backend, copy.path()).await;
    let service = Service::start(&launch).unwrap();
    sign_in(&anonymous(service.address()), "admin")
        .await
        .unwrap();
}

async fn large_request_is_refused_but_of_a_method_that_carries_much(world: Arc<World>) {
    const LARGE: usize = 600 * 1024;
    let root = world.root();
    let long = "x".repeat(LARGE);
    let sign_in = SignInRequest {
        user: long.clone(),
        password: String::new(),
    };
    let outcome = world.anonymous().identity().sign_in(sign_in).await;
    let status = refused_because(outcome, Code::ResourceExhausted, "TOO_LARGE");
    assert!(status.message().contains("524288"), "{status:?}");
    let asked = question(&long, "read", "document:d");
    let outcome = root.authz().check(asked).await;
    refused_because(outcome, Code::ResourceExhausted, "TOO_LARGE");

    let schema = WriteSchemaRequest {
        schema: format!("{DOCUMENTS}\n// {long}\n"),
        validate_only: true,
        ..WriteSchemaRequest::default()
    };
    root.schema().write_schema(schema).await.unwrap();
    // Too long as a reason, and not as a message.
    let request = GrantRequest {
        relationships: vec![relationship("document:d", "reader", "user:ann")],
        reason: long,
        ..GrantRequest::default()
    };
    refused(root.authz().grant(request).await, Code::InvalidArgument);
}

/// Without a root token: the first administrator is a person.
async fn first_start(backend: Backend, folder: &Path) -> Launch {
    let database = Database::create(backend, folder, "authz")
        .await
        .unwrap()
        .url();
    let arguments = ["--listen", "127.0.0.1:0", "--insecure"];
    Launch {
        environment: Vec::new(),
        ..launch(Binary::Authz, folder, &arguments, &database)
    }
}

fn recover(arguments: &[&str]) -> Output {
    Command::new(Binary::Authz.path().unwrap())
        .arg("recover")
        .args(arguments)
        .output()
        .unwrap()
}

fn log(launch: &Launch) -> String {
    std::fs::read_to_string(&launch.log).unwrap()
}

/// The last activation token in a text.
fn invitation(text: &str) -> Option<String> {
    let (_, rest) = text.rsplit_once("\"activation_token\": \"")?;
    Some(rest.split('"').next()?.to_owned())
}

fn anonymous(address: SocketAddr) -> Session {
    let channel = Protection::Plaintext
        .endpoint(address)
        .unwrap()
        .connect_lazy();
    Session::anonymous(channel.clone(), channel)
}

async fn activate(anonymous: &Session, token: &str) -> Result<(), tonic::Status> {
    let request = ActivateRequest {
        activation_token: token.to_owned(),
        password: PASSWORD.to_owned(),
    };
    anonymous.identity().activate(request).await.map(|_| ())
}

async fn sign_in(anonymous: &Session, user: &str) -> Result<Session, tonic::Status> {
    let request = SignInRequest {
        user: user.to_owned(),
        password: PASSWORD.to_owned(),
    };
    let answer = anonymous.identity().sign_in(request).await?.into_inner();
    Ok(anonymous
        .with_token(&answer.tokens.unwrap().access_token)
        .unwrap())
}
