//! One running service: its process, its address, its log.

use crate::binaries::Binary;
use crate::watchdog::Watchdog;
use crate::{Fault, Result};
use std::ffi::OsString;
use std::fs::File;
use std::io::{BufRead, BufReader, Write};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::Duration;

/// A debug build on a busy machine migrates and loads in a few seconds; this is for the worst day.
const START_LIMIT: Duration = Duration::from_mins(1);

/// How to start a service.
#[derive(Clone, Debug)]
pub struct Launch {
    /// As it names itself in the line that says where it listens.
    pub name: &'static str,
    /// The file to run.
    pub program: PathBuf,
    /// `serve --listen …`
    pub arguments: Vec<OsString>,
    /// Environment variables, beside the inherited ones.
    pub environment: Vec<(&'static str, OsString)>,
    /// Where its output goes. Appended to.
    pub log: PathBuf,
}

impl Launch {
    /// One of the two services, without arguments yet.
    ///
    /// # Errors
    ///
    /// It has not been built.
    pub fn new(binary: Binary, log: PathBuf) -> Result<Self> {
        Ok(Self {
            name: binary.name(),
            program: binary.path()?,
            arguments: Vec::new(),
            environment: Vec::new(),
            log,
        })
    }
}

/// A running service. Killed on drop.
pub struct Service {
    name: &'static str,
    child: Child,
    _watchdog: Watchdog,
    address: SocketAddr,
    log: PathBuf,
}

impl Service {
    /// Starts it and waits for the line that says where it listens.
    ///
    /// # Errors
    ///
    /// It ended first, or took longer than a minute; the message has the end of its log.
    pub fn start(launch: &Launch) -> Result<Self> {
        let (mut child, lines) = spawn(launch)?;
        let watchdog = Watchdog::kills(child.id())?;
        match listening_address(launch.name, &lines) {
            Ok(address) => Ok(Self {
                name: launch.name,
                child,
                _watchdog: watchdog,
                address,
                log: launch.log.clone(),
            }),
            Err(problem) => {
                drop(child.kill());
                drop(child.wait());
                Err(with_log(&problem, &launch.log))
            }
        }
    }

    /// Runs it when it is expected to refuse to start, and answers with how it ended and all that it
    /// printed.
    ///
    /// # Errors
    ///
    /// It started after all.
    pub fn refused(launch: &Launch) -> Result<(ExitStatus, String)> {
        let (mut child, lines) = spawn(launch)?;
        let _watchdog = Watchdog::kills(child.id())?;
        if let Ok(address) = listening_address(launch.name, &lines) {
            drop(child.kill());
            drop(child.wait());
            return Err(format!("{} started on {address}", launch.name).into());
        }
        let status = child.wait()?;
        Ok((status, std::fs::read_to_string(&launch.log)?))
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The process.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Its output so far.
    pub fn log(&self) -> &Path {
        &self.log
    }

    /// SIGKILL: no chance to write anything.
    pub fn kill(mut self) -> Result<()> {
        self.child.kill()?;
        self.child.wait()?;
        Ok(())
    }

    /// SIGTERM, as an orderly stop is asked for, and how it ended.
    pub fn terminate(mut self) -> Result<ExitStatus> {
        let pid = self.child.id().to_string();
        let asked = Command::new("kill").args(["-TERM", &pid]).status()?;
        if !asked.success() {
            return Err(format!("cannot send SIGTERM to {} {pid}", self.name).into());
        }
        Ok(self.child.wait()?)
    }

    /// Waits for the process to end by itself.
    pub fn wait(&mut self) -> Result<ExitStatus> {
        Ok(self.child.wait()?)
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        // It may be gone already; there is nothing to do about an error here.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// Starts the process; its output goes to the log, its standard output also to the channel.
fn spawn(launch: &Launch) -> Result<(Child, Receiver<String>)> {
    let log = File::options()
        .create(true)
        .append(true)
        .open(&launch.log)?;
    let mut command = Command::new(&launch.program);
    command
        .args(&launch.arguments)
        .envs(launch.environment.iter().cloned())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(log.try_clone()?);
    let mut child = command.spawn()?;
    let output = child.stdout.take().ok_or("the child has no output")?;
    Ok((child, tee(output, log)))
}

fn tee(output: ChildStdout, mut log: File) -> Receiver<String> {
    let (sender, receiver) = channel();
    std::thread::spawn(move || {
        for line in BufReader::new(output)
            .lines()
            .map_while(std::result::Result::ok)
        {
            // Neither a full disk nor a reader that has seen enough may block the service.
            drop(writeln!(log, "{line}"));
            drop(sender.send(line));
        }
    });
    receiver
}

fn listening_address(
    name: &str,
    lines: &Receiver<String>,
) -> std::result::Result<SocketAddr, String> {
    let prefix = format!("{name} listening on ");
    let deadline = std::time::Instant::now() + START_LIMIT;
    loop {
        let left = deadline.saturating_duration_since(std::time::Instant::now());
        match lines.recv_timeout(left) {
            Ok(line) => {
                if let Some(address) = line.strip_prefix(&prefix) {
                    return address
                        .parse()
                        .map_err(|_| format!("`{address}` is not an address"));
                }
            }
            Err(RecvTimeoutError::Disconnected) => {
                return Err(format!("{name} ended before it listened"));
            }
            Err(RecvTimeoutError::Timeout) => {
                return Err(format!(
                    "{name} did not listen within {} s",
                    START_LIMIT.as_secs()
                ));
            }
        }
    }
}

/// The problem, followed by the end of the log.
fn with_log(problem: &str, log: &Path) -> Fault {
    format!("{problem}; its log ends:\n{}", tail(log)).into()
}

/// The last lines of a log.
pub fn tail(log: &Path) -> String {
    const LINES: usize = 40;
    let text = std::fs::read_to_string(log).unwrap_or_default();
    let lines: Vec<&str> = text.lines().collect();
    let from = lines.len().saturating_sub(LINES);
    lines.get(from..).unwrap_or_default().join("\n")
}
