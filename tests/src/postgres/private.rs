//! A PostgreSQL server of our own: fresh, on a free port, gone afterwards.

use super::binaries::{Binaries, is_root};
use crate::Result;
use crate::watchdog::Watchdog;
use std::fs::File;
use std::net::{Ipv4Addr, TcpListener};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// The superuser of the server.
const USER: &str = "menshen";

/// Recovery of an empty server takes a fraction of a second.
const START_LIMIT: Duration = Duration::from_secs(30);

/// A running private server. Stopped, and its files removed, on drop.
pub struct PrivateServer {
    binaries: Binaries,
    child: Child,
    port: u16,
    /// Acts when this process is gone.
    watchdog: Watchdog,
    folder: TempDir,
}

impl PrivateServer {
    /// Makes a cluster in a temporary folder and serves it on a free port of the loopback address.
    ///
    /// # Errors
    ///
    /// `initdb` or `postgres` failed; the message has their output.
    pub fn start(binaries: &Binaries) -> Result<Self> {
        let folder = tempfile::Builder::new()
            .prefix("menshen-postgres-")
            .tempdir()?;
        hand_over(folder.path())?;
        let data = folder.path().join("data");
        initialise(binaries, &data)?;
        let port = free_port()?;
        let (child, watchdog) = serve(binaries, folder.path(), port)?;
        Ok(Self {
            binaries: binaries.clone(),
            child,
            port,
            watchdog,
            folder,
        })
    }

    /// Stops it, whoever is connected. Its data stays.
    ///
    /// # Errors
    ///
    /// There is no `kill`.
    pub fn stop(&mut self) -> Result<()> {
        // SIGINT is PostgreSQL's "fast" shutdown: it does not wait for clients.
        let pid = self.child.id().to_string();
        Command::new("kill").args(["-INT", &pid]).status()?;
        self.child.wait()?;
        Ok(())
    }

    /// Serves the same data on the same port again.
    ///
    /// # Errors
    ///
    /// It does not start.
    pub fn start_again(&mut self) -> Result<()> {
        let (child, watchdog) = serve(&self.binaries, self.folder.path(), self.port)?;
        self.child = child;
        drop(std::mem::replace(&mut self.watchdog, watchdog));
        Ok(())
    }

    /// `postgres://user@127.0.0.1:port/postgres`
    pub fn url(&self) -> String {
        format!("postgres://{USER}@127.0.0.1:{}/postgres", self.port)
    }
}

impl Drop for PrivateServer {
    fn drop(&mut self) {
        // There is nothing to do about an error here.
        drop(self.stop());
    }
}

/// A command that runs as the user `postgres` if we are root, in place: the child's pid is the
/// program's own.
fn unprivileged(program: &Path) -> Command {
    if !is_root() {
        return Command::new(program);
    }
    let mut command = Command::new("setpriv");
    command
        .args(["--reuid=postgres", "--regid=postgres", "--clear-groups"])
        .arg(program)
        .current_dir("/");
    command
}

fn hand_over(folder: &Path) -> Result<()> {
    if is_root() {
        let status = Command::new("chown").arg("postgres").arg(folder).status()?;
        if !status.success() {
            return Err("there is no user `postgres` to run PostgreSQL as".into());
        }
    }
    Ok(())
}

fn initialise(binaries: &Binaries, data: &Path) -> Result<()> {
    let output = unprivileged(&binaries.program("initdb"))
        .arg("--pgdata")
        .arg(data)
        .args(["--username", USER, "--auth", "trust", "--encoding", "UTF8"])
        .args(["--locale", "C", "--no-instructions"])
        .output()?;
    if output.status.success() {
        return Ok(());
    }
    Err(format!(
        "initdb failed: {}",
        String::from_utf8_lossy(&output.stderr).trim()
    )
    .into())
}

fn free_port() -> Result<u16> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?
        .local_addr()?
        .port())
}

/// Starts it and waits until it takes connections.
fn serve(binaries: &Binaries, folder: &Path, port: u16) -> Result<(Child, Watchdog)> {
    let log_path = folder.join("postgres.log");
    let log = File::options().create(true).append(true).open(&log_path)?;
    let mut child = unprivileged(&binaries.program("postgres"))
        .arg("-D")
        .arg(folder.join("data"))
        .args(["-h", "127.0.0.1", "-p", &port.to_string()])
        .arg("-k")
        .arg(folder)
        .args(["-c", "max_connections=300"])
        .stdin(Stdio::null())
        .stdout(log.try_clone()?)
        .stderr(log)
        .spawn()?;
    let watchdog = Watchdog::stops_postgres(child.id(), folder)?;
    wait_for(&mut child, binaries, port, &log_path)?;
    Ok((child, watchdog))
}

/// Waits until it takes connections; it opens its port a little earlier.
fn wait_for(child: &mut Child, binaries: &Binaries, port: u16, log: &Path) -> Result<()> {
    let deadline = Instant::now() + START_LIMIT;
    while child.try_wait()?.is_none() && Instant::now() < deadline {
        let ready = Command::new(binaries.program("pg_isready"))
            .args(["-q", "-h", "127.0.0.1", "-p", &port.to_string()])
            .status()?;
        if ready.success() {
            return Ok(());
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    Err(format!(
        "PostgreSQL did not start; its log ends:\n{}",
        crate::service::tail(log)
    )
    .into())
}
