//! Both services, running, and everybody who calls them.

mod launch;

pub use launch::{Options, Protection};

use crate::company::{self, Extent, Passwords};
use crate::database::{Backend, Database};
use crate::service::{Launch, Service, tail};
use crate::session::Session;
use crate::watchdog::Watchdog;
use crate::{Fault, Result};
use menshen_proto::authz::v1::{SignInRequest, WriteSchemaRequest};
use std::collections::HashMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tempfile::TempDir;
use tokio::sync::{Mutex, OnceCell};
use tonic::transport::Channel;

/// Access tokens last ten minutes; a session is signed in anew well before.
const SESSION_LIFE: Duration = Duration::from_mins(5);

/// A small schema with every kind of relation: direct, group, public, conditional, expiring.
pub const DOCUMENTS: &str = include_str!("world/documents.zed");

/// Two services over two databases.
pub struct World {
    authz: Mutex<Option<Service>>,
    crm: Mutex<Option<Service>>,
    authz_launch: Launch,
    crm_launch: Option<Launch>,
    databases: [Database; 2],
    protection: Protection,
    anonymous: Session,
    root: Session,
    passwords: Passwords,
    people: Mutex<HashMap<String, (Instant, Session)>>,
    folder: PathBuf,
    // Dropped last: first the services end, then their files go.
    _watchdog: Option<Watchdog>,
    _temporary: Option<TempDir>,
}

impl World {
    /// The whole demo company, loaded once for each database and test program. Nothing may be changed
    /// in it: the counts of its lists are facts.
    pub async fn company(backend: Backend) -> Result<Arc<Self>> {
        static SHARED: [OnceCell<Arc<World>>; 2] = [const { OnceCell::const_new() }; 2];
        Self::loaded_once(&SHARED, backend, Extent::Full).await
    }

    /// A smaller company, loaded once for each database and test program. Tests change records of
    /// their own in it.
    pub async fn workshop(backend: Backend) -> Result<Arc<Self>> {
        static SHARED: [OnceCell<Arc<World>>; 2] = [const { OnceCell::const_new() }; 2];
        Self::loaded_once(&SHARED, backend, Extent::Small).await
    }

    async fn loaded_once(
        [sqlite, postgres]: &'static [OnceCell<Arc<Self>>; 2],
        backend: Backend,
        extent: Extent,
    ) -> Result<Arc<Self>> {
        let cell = match backend {
            Backend::Sqlite => sqlite,
            Backend::Postgres => postgres,
        };
        let load = async || {
            let world = Self::start(backend).await?;
            company::load(&world, extent, &|_| {}).await?;
            Ok::<_, Fault>(Arc::new(world))
        };
        Ok(Arc::clone(cell.get_or_try_init(load).await?))
    }

    /// authz-service alone with a schema of documents, once for each database and test program.
    /// Tests use documents of their own.
    pub async fn decisions(backend: Backend) -> Result<Arc<Self>> {
        static SQLITE: OnceCell<Arc<World>> = OnceCell::const_new();
        static POSTGRES: OnceCell<Arc<World>> = OnceCell::const_new();
        let cell = match backend {
            Backend::Sqlite => &SQLITE,
            Backend::Postgres => &POSTGRES,
        };
        let prepare = async || {
            // More than one thread serves on every machine: what one wrote must be true for the others.
            let options = Options::temporary(backend)?.without_crm().threads(2);
            let world = Self::start_with(options).await?;
            let request = WriteSchemaRequest {
                schema: DOCUMENTS.to_owned(),
                reason: "for the tests".to_owned(),
                ..WriteSchemaRequest::default()
            };
            world.root.schema().write_schema(request).await?;
            Ok::<_, Fault>(Arc::new(world))
        };
        Ok(Arc::clone(cell.get_or_try_init(prepare).await?))
    }

    /// Both services over empty databases.
    pub async fn start(backend: Backend) -> Result<Self> {
        Self::start_with(Options::temporary(backend)?).await
    }

    /// authz-service alone, over an empty database.
    pub async fn start_authz(backend: Backend) -> Result<Self> {
        Self::start_with(Options::temporary(backend)?.without_crm()).await
    }

    /// As the options say.
    pub async fn start_with(options: Options) -> Result<Self> {
        launch::start(options).await
    }

    /// A caller without a token.
    pub fn anonymous(&self) -> &Session {
        &self.anonymous
    }

    /// `service:root`, which holds every right in authz-service.
    pub fn root(&self) -> &Session {
        &self.root
    }

    /// The people's passwords.
    pub fn passwords(&self) -> &Passwords {
        &self.passwords
    }

    /// Where the services keep their files and logs.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// authz-service's database, and crm-service's.
    pub fn databases(&self) -> &[Database; 2] {
        &self.databases
    }

    /// A person of the company, signed in.
    pub async fn sign_in(&self, person: &str) -> Result<Session> {
        if let Some((since, session)) = self.people.lock().await.get(person)
            && since.elapsed() < SESSION_LIFE
        {
            return Ok(session.clone());
        }
        let session = self
            .sign_in_with(person, &self.passwords.of(person))
            .await?;
        let entry = (Instant::now(), session.clone());
        self.people.lock().await.insert(person.to_owned(), entry);
        Ok(session)
    }

    /// Anybody, with a password, in a session of their own.
    pub async fn sign_in_with(&self, user: &str, password: &str) -> Result<Session> {
        let request = SignInRequest {
            user: user.to_owned(),
            password: password.to_owned(),
        };
        let signed_in = self
            .anonymous
            .identity()
            .sign_in(request)
            .await?
            .into_inner();
        let tokens = signed_in.tokens.ok_or("a sign-in without tokens")?;
        self.anonymous.with_token(&tokens.access_token)
    }

    /// The same caller over connections of their own, which any serving thread may accept.
    ///
    /// # Errors
    ///
    /// A service does not run.
    pub async fn fresh_session(&self, caller: &Session) -> Result<Session> {
        let authz = self.authz_address().await;
        let authz = authz.ok_or("authz-service does not run")?;
        let crm = self.crm_address().await.unwrap_or(authz);
        let anonymous = Session::anonymous(
            channel(&self.protection, authz)?,
            channel(&self.protection, crm)?,
        );
        match caller.token() {
            Some(token) => anonymous.with_token(token),
            None => Ok(anonymous),
        }
    }

    /// Where a service listens. `None`: it does not run.
    pub async fn authz_address(&self) -> Option<SocketAddr> {
        self.authz.lock().await.as_ref().map(Service::address)
    }

    /// Where a service listens. `None`: it does not run.
    pub async fn crm_address(&self) -> Option<SocketAddr> {
        self.crm.lock().await.as_ref().map(Service::address)
    }

    /// The process of authz-service.
    pub async fn authz_pid(&self) -> Option<u32> {
        self.authz.lock().await.as_ref().map(Service::pid)
    }

    /// SIGKILL for authz-service.
    pub async fn kill_authz(&self) -> Result<()> {
        let service = self.authz.lock().await.take();
        service.ok_or("authz-service does not run")?.kill()
    }

    /// authz-service again, on the address it had.
    pub async fn restart_authz(&self) -> Result<()> {
        let mut slot = self.authz.lock().await;
        *slot = Some(Service::start(&self.authz_launch)?);
        Ok(())
    }

    /// crm-service again, on the address it had, after SIGKILL.
    pub async fn kill_and_restart_crm(&self) -> Result<()> {
        let mut slot = self.crm.lock().await;
        slot.take().ok_or("crm-service does not run")?.kill()?;
        let launch = self.crm_launch.as_ref().ok_or("there is no crm-service")?;
        *slot = Some(Service::start(launch)?);
        Ok(())
    }

    /// Stops both in order, as an operator would.
    ///
    /// # Errors
    ///
    /// One did not end with success.
    pub async fn stop(self) -> Result<()> {
        let running = [self.crm.lock().await.take(), self.authz.lock().await.take()];
        for service in running.into_iter().flatten() {
            let address = service.address();
            let status = service.terminate()?;
            if !status.success() {
                return Err(format!("the service on {address} ended with {status}").into());
            }
        }
        Ok(())
    }

    /// The end of both logs.
    pub async fn logs(&self) -> String {
        let mut text = String::new();
        for slot in [&self.authz, &self.crm] {
            if let Some(service) = slot.lock().await.as_ref() {
                let log = service.log();
                text += &format!("\n--- {}\n{}\n", log.display(), tail(log));
            }
        }
        text
    }
}

/// Opens a channel that connects when it is first used, and again after a break.
fn channel(protection: &Protection, address: SocketAddr) -> Result<Channel> {
    protection
        .endpoint(address)
        .map(|endpoint| endpoint.connect_lazy())
}

/// 128 random bits.
///
/// # Errors
///
/// The system has no randomness.
pub fn random_hex() -> Result<String> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).map_err(|error| format!("no randomness: {error}"))?;
    Ok(hex::encode(bytes))
}
