//! Starting both services.

use super::{World, channel, random_hex};
use crate::Result;
use crate::binaries::Binary;
use crate::company::Passwords;
use crate::database::{Backend, Database};
use crate::service::{Launch, Service};
use crate::session::Session;
use crate::watchdog::Watchdog;
use menshen_proto::authz::v1::{ServiceAccount, UpdateServiceAccountRequest};
use std::collections::HashMap;
use std::ffi::OsString;
use std::net::SocketAddr;
use std::path::PathBuf;
use tempfile::TempDir;
use tokio::sync::Mutex;
use tonic::transport::{Certificate, Channel, ClientTlsConfig, Endpoint};
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_check_response::ServingStatus;
use tonic_health::pb::health_client::HealthClient;

/// Any free port of the loopback address.
const ANY: &str = "127.0.0.1:0";

/// What to start, and where.
pub struct Options {
    pub(crate) backend: Backend,
    pub(crate) folder: PathBuf,
    temporary: Option<TempDir>,
    root_token: String,
    passwords: Passwords,
    listen: [String; 2],
    insecure: bool,
    with_crm: bool,
    threads: Option<u16>,
    databases: Option<[Database; 2]>,
    mail: Option<SocketAddr>,
}

impl Options {
    /// Both services with TLS, in a folder that goes away afterwards.
    pub fn temporary(backend: Backend) -> Result<Self> {
        let temporary = tempfile::Builder::new().prefix("menshen-e2e-").tempdir()?;
        let mut options = Self::kept(
            temporary.path().to_owned(),
            format!("mst_{}", random_hex()?),
            Passwords::new()?,
        );
        options.backend = backend;
        options.temporary = Some(temporary);
        Ok(options)
    }

    /// Both services with TLS on SQLite, in a folder that stays.
    pub fn kept(folder: PathBuf, root_token: String, passwords: Passwords) -> Self {
        Self {
            backend: Backend::Sqlite,
            folder,
            temporary: None,
            root_token,
            passwords,
            listen: [ANY.to_owned(), ANY.to_owned()],
            insecure: false,
            with_crm: true,
            threads: None,
            databases: None,
            mail: None,
        }
    }

    /// authz-service alone.
    #[must_use]
    pub fn without_crm(mut self) -> Self {
        self.with_crm = false;
        self
    }

    /// Without TLS.
    #[must_use]
    pub fn insecure(mut self) -> Self {
        self.insecure = true;
        self
    }

    /// With so many serving threads each, and not one a core.
    #[must_use]
    pub fn threads(mut self, threads: u16) -> Self {
        self.threads = Some(threads);
        self
    }

    /// Over these databases, authz-service's and crm-service's, and not new ones.
    #[must_use]
    pub fn over(mut self, databases: [Database; 2]) -> Self {
        self.databases = Some(databases);
        self
    }

    /// crm-service hands letters to the mail server there.
    #[must_use]
    pub fn mail(mut self, server: SocketAddr) -> Self {
        self.mail = Some(server);
        self
    }

    /// On these addresses: authz-service's, crm-service's.
    #[must_use]
    pub fn listening(mut self, authz: &str, crm: &str) -> Self {
        self.listen = [authz.to_owned(), crm.to_owned()];
        self
    }

    fn protection(&self) -> Protection {
        if self.insecure {
            Protection::Plaintext
        } else {
            Protection::Tls(self.folder.join("tls"))
        }
    }
}

/// How callers and services protect what they say.
#[derive(Clone, Debug)]
pub enum Protection {
    /// Not at all: loopback only.
    Plaintext,
    /// With the certificates in this folder, which the first start makes.
    Tls(PathBuf),
}

impl Protection {
    /// The certificate authority that a client must trust. `None`: plaintext.
    pub fn authority(&self) -> Option<PathBuf> {
        match self {
            Self::Plaintext => None,
            Self::Tls(folder) => Some(folder.join("ca.pem")),
        }
    }

    /// `https://…`
    pub fn url(&self, address: SocketAddr) -> String {
        match self {
            Self::Plaintext => format!("http://{address}"),
            Self::Tls(_) => format!("https://{address}"),
        }
    }

    /// For connecting to a service.
    pub fn endpoint(&self, address: SocketAddr) -> Result<Endpoint> {
        let endpoint = Channel::from_shared(self.url(address))?;
        match self.authority() {
            None => Ok(endpoint),
            Some(authority) => {
                let pem = std::fs::read(&authority)
                    .map_err(|error| format!("{}: {error}", authority.display()))?;
                let tls = ClientTlsConfig::new().ca_certificate(Certificate::from_pem(pem));
                Ok(endpoint.tls_config(tls)?)
            }
        }
    }

    fn arguments(&self) -> Vec<OsString> {
        match self {
            Self::Plaintext => vec!["--insecure".into()],
            Self::Tls(folder) => vec!["--tls-dir".into(), folder.into()],
        }
    }
}

pub(super) async fn start(options: Options) -> Result<World> {
    let protection = options.protection();
    let watchdog = match &options.temporary {
        Some(folder) => Some(Watchdog::removes(folder.path())?),
        None => None,
    };
    let databases = match &options.databases {
        Some(databases) => databases.clone(),
        None => [
            Database::create(options.backend, &options.folder, "authz").await?,
            Database::create(options.backend, &options.folder, "crm").await?,
        ],
    };
    let [authz_database, crm_database] = &databases;

    let mut authz_launch = launch(&options, Binary::Authz, &protection, authz_database)?;
    authz_launch.environment = vec![("MENSHEN_ROOT_TOKEN", options.root_token.clone().into())];
    let authz = Service::start(&authz_launch)?;
    // A restart takes the same port, so that others find it again.
    authz_launch.arguments = listening_on(authz_launch.arguments, authz.address());
    let authz_channel = channel(&protection, authz.address())?;
    serving(authz_channel.clone()).await?;

    let mut crm_launch = None;
    let mut crm = None;
    let mut crm_channel = authz_channel.clone();
    if options.with_crm {
        let mut launch = launch(&options, Binary::Crm, &protection, crm_database)?;
        launch.arguments.push("--authz".into());
        launch
            .arguments
            .push(protection.url(authz.address()).into());
        if let Some(server) = options.mail {
            let url = format!("smtp://{server}");
            launch.arguments.extend(
                [
                    "--smtp-url",
                    &url,
                    "--smtp-from",
                    "云帆智造 <news@yunfan.example>",
                    "--unsubscribe-url",
                    "https://yunfan.example/unsubscribe",
                ]
                .map(OsString::from),
            );
        }
        if options.insecure {
            // Without a certificate it is known by a token.
            let root = Session::anonymous(authz_channel.clone(), authz_channel.clone());
            let token = token_of_crm(&root.with_token(&options.root_token)?).await?;
            launch.environment = vec![("MENSHEN_CRM_AUTHZ_TOKEN", token.into())];
        }
        let service = Service::start(&launch)?;
        launch.arguments = listening_on(launch.arguments, service.address());
        crm_channel = channel(&protection, service.address())?;
        serving(crm_channel.clone()).await?;
        (crm, crm_launch) = (Some(service), Some(launch));
    }

    let anonymous = Session::anonymous(authz_channel, crm_channel);
    Ok(World {
        authz: Mutex::new(Some(authz)),
        crm: Mutex::new(crm),
        authz_launch,
        crm_launch,
        databases,
        protection,
        root: anonymous.with_token(&options.root_token)?,
        anonymous,
        passwords: options.passwords,
        people: Mutex::new(HashMap::new()),
        folder: options.folder,
        _watchdog: watchdog,
        _temporary: options.temporary,
    })
}

fn launch(
    options: &Options,
    binary: Binary,
    protection: &Protection,
    database: &Database,
) -> Result<Launch> {
    let [authz, crm] = &options.listen;
    let listen = match binary {
        Binary::Authz => authz,
        Binary::Crm => crm,
    };
    let mut arguments: Vec<OsString> = ["serve", "--listen", listen, "--database"]
        .map(OsString::from)
        .into();
    arguments.push(database.url().into());
    arguments.extend(protection.arguments());
    if let Some(threads) = options.threads {
        arguments.extend(["--threads".into(), threads.to_string().into()]);
    }
    let log = options.folder.join(format!("{}.log", binary.name()));
    Ok(Launch {
        arguments,
        ..Launch::new(binary, log)?
    })
}

/// A new bearer token for `service:crm`.
async fn token_of_crm(root: &Session) -> Result<String> {
    let request = UpdateServiceAccountRequest {
        service_account: Some(ServiceAccount {
            id: "crm".to_owned(),
            ..ServiceAccount::default()
        }),
        rotate_token: true,
        reason: "no certificates".to_owned(),
        ..UpdateServiceAccountRequest::default()
    };
    let updated = root.identity().update_service_account(request).await?;
    Ok(updated.into_inner().token)
}

/// The same arguments with the address that was found.
fn listening_on(arguments: Vec<OsString>, address: SocketAddr) -> Vec<OsString> {
    let mut after_listen = false;
    arguments
        .into_iter()
        .map(|argument| {
            let replaced = std::mem::replace(&mut after_listen, argument == "--listen");
            if replaced {
                address.to_string().into()
            } else {
                argument
            }
        })
        .collect()
}

/// Waits until the service itself says that it serves.
async fn serving(channel: Channel) -> Result<()> {
    let mut watch = HealthClient::new(channel)
        .watch(HealthCheckRequest::default())
        .await?
        .into_inner();
    while let Some(answer) = watch.message().await? {
        if answer.status() == ServingStatus::Serving {
            return Ok(());
        }
    }
    Err("the health stream ended before the service served".into())
}
