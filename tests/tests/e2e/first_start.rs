//! The first start, and the first one of a later release: somebody can work in the CRM afterwards.

use crate::ask::{PASSWORD, counted, soon};
use e2e::binaries::Binary;
use e2e::database::{Backend, Database};
use e2e::service::{Launch, Service};
use e2e::session::Session;
use e2e::world::{Protection, World};
use menshen_proto::authz::v1::{
    ActivateRequest, AssertableRelation, ServiceAccount, SignInRequest, UpdateServiceAccountRequest,
};
use menshen_proto::crm::v1::ListInteractionsRequest;
use prost_types::FieldMask;
use std::ffi::OsString;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

e2e::facts!(from_scratch:
    first_administrator_works_in_the_crm_without_a_root_token,
    start_lets_the_crm_assert_what_a_new_release_holds,
    policy_of_a_folder_is_checked_and_changes_nothing,
);

const LIMIT: Duration = Duration::from_secs(30);

async fn first_administrator_works_in_the_crm_without_a_root_token(backend: Backend) {
    let folder = tempfile::tempdir().unwrap();
    let protection = Protection::Tls(folder.path().join("tls"));
    let authz = start(backend, Binary::Authz, folder.path(), None).await;
    let url = protection.url(authz.address());
    let crm = start(backend, Binary::Crm, folder.path(), Some(url)).await;
    let channel = |service: &Service| {
        protection
            .endpoint(service.address())
            .unwrap()
            .connect_lazy()
    };
    let anonymous = Session::anonymous(channel(&authz), channel(&crm));

    let log = std::fs::read_to_string(authz.log()).unwrap();
    let (_, token) = log.split_once(r#""activation_token": ""#).unwrap();
    let request = ActivateRequest {
        activation_token: token.split('"').next().unwrap().to_owned(),
        password: PASSWORD.to_owned(),
    };
    anonymous.identity().activate(request).await.unwrap();
    let request = SignInRequest {
        user: "admin".to_owned(),
        password: PASSWORD.to_owned(),
    };
    let signed_in = anonymous.identity().sign_in(request).await.unwrap();
    let tokens = signed_in.into_inner().tokens.unwrap();
    let admin = anonymous.with_token(&tokens.access_token).unwrap();
    soon(LIMIT, || async {
        let list = admin.customers().list_customers(counted(1)).await;
        list.is_ok()
    })
    .await;
}

async fn start(backend: Backend, binary: Binary, folder: &Path, authz: Option<String>) -> Service {
    let database = Database::create(backend, folder, binary.name())
        .await
        .unwrap();
    let tls = folder.join("tls");
    let mut arguments: Vec<OsString> = ["serve", "--listen", "127.0.0.1:0", "--database"]
        .map(OsString::from)
        .into();
    arguments.push(database.url().into());
    arguments.extend(["--tls-dir".into(), tls.into()]);
    if let Some(authz) = authz {
        arguments.extend(["--authz".into(), authz.into()]);
    }
    let log = folder.join(format!("{}.log", binary.name()));
    let launch = Launch {
        arguments,
        ..Launch::new(binary, log).unwrap()
    };
    Service::start(&launch).unwrap()
}

/// An installation of a release that knew nothing but customers.
async fn start_lets_the_crm_assert_what_a_new_release_holds(backend: Backend) {
    let world = World::start(backend).await.unwrap();
    let list = async || {
        let request = ListInteractionsRequest::default();
        world.root().interactions().list_interactions(request).await
    };
    list().await.unwrap();
    let relations = ["module", "owner", "department", "team"];
    let request = UpdateServiceAccountRequest {
        service_account: Some(ServiceAccount {
            id: "crm".to_owned(),
            assertable: relations.map(of_customer).into(),
            ..ServiceAccount::default()
        }),
        update_mask: Some(FieldMask {
            paths: vec!["assertable".to_owned()],
        }),
        reason: "a test".to_owned(),
        ..UpdateServiceAccountRequest::default()
    };
    let mut identity = world.root().identity();
    identity.update_service_account(request).await.unwrap();
    list().await.unwrap_err();
    world.kill_and_restart_crm().await.unwrap();
    soon(LIMIT, || async { list().await.is_ok() }).await;
}

fn of_customer(relation: &str) -> AssertableRelation {
    AssertableRelation {
        resource_type: "customer".to_owned(),
        relation: relation.to_owned(),
    }
}

async fn policy_of_a_folder_is_checked_and_changes_nothing(backend: Backend) {
    let world = World::start(backend).await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let (schema, roles) = (
        folder.path().join("model/base.zed"),
        folder.path().join("roles.yaml"),
    );
    for part in ["model", "rights"] {
        std::fs::create_dir(folder.path().join(part)).unwrap();
    }
    std::fs::write(
        &schema,
        "definition user {}\ndefinition thing { relation owner: usr }\n",
    )
    .unwrap();
    std::fs::write(&roles, "roles: []\n").unwrap();
    let url = Protection::Tls(world.folder().join("tls")).url(world.authz_address().await.unwrap());
    let check = |folder: &Path, url: &str| {
        let output = Command::new(Binary::Crm.path().unwrap())
            .args(["policy", "check", "--authz", url, "--tls-dir"])
            .arg(world.folder().join("tls"))
            .arg("--folder")
            .arg(folder)
            .output()
            .unwrap();
        let told = [output.stdout, output.stderr].concat();
        (output.status.success(), String::from_utf8(told).unwrap())
    };
    let (taken, told) = check(folder.path(), &url);
    assert!(!taken && told.contains("`usr`"), "{told}");
    let shipped = Path::new(env!("CARGO_MANIFEST_DIR")).join("../crm-service/policy");
    let (taken, told) = check(&shipped, &url);
    assert!(taken, "{told}");
    let nowhere = "https://127.0.0.1:1";
    let (taken, told) = check(&shipped, nowhere);
    assert!(!taken && told.contains(nowhere), "{told}");
    let list = world.root().customers().list_customers(counted(1)).await;
    list.unwrap();
}
