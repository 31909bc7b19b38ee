//! Ends what we started even if we are killed ourselves.
//!
//! Worlds that tests share live in statics, which Rust never drops, and a test run may be killed.
//! A shell waits on a pipe that only this process holds: when it closes, for whatever reason, the
//! shell does the cleaning.

use crate::Result;
use std::ffi::OsStr;
use std::path::Path;
use std::process::{Child, Command, Stdio};

/// A shell that acts when this process is gone.
pub struct Watchdog {
    shell: Child,
}

impl Watchdog {
    /// Kills the process `pid` when this process ends.
    pub fn kills(pid: u32) -> Result<Self> {
        Self::wait_then("kill -9 \"$0\" 2>/dev/null", &[pid.to_string().as_ref()])
    }

    /// Removes a folder of ours when this process ends.
    pub fn removes(folder: &Path) -> Result<Self> {
        Self::wait_then("rm -rf -- \"$0\"", &[folder.as_os_str()])
    }

    /// Stops a PostgreSQL server when this process ends, and then removes its folder.
    pub fn stops_postgres(pid: u32, folder: &Path) -> Result<Self> {
        // SIGQUIT: at once, the server's own children included. A few tries at the folder, because
        // they may still be writing.
        const ACTION: &str = "kill -QUIT \"$0\" 2>/dev/null
            for _ in 1 2 3 4 5; do sleep 1; rm -rf -- \"$1\" && break; done";
        Self::wait_then(ACTION, &[pid.to_string().as_ref(), folder.as_os_str()])
    }

    fn wait_then(action: &str, arguments: &[&OsStr]) -> Result<Self> {
        // A signal to the whole group, as Ctrl-C and `timeout` send, must not reach the shell first.
        let shell = Command::new("sh")
            .arg("-c")
            .arg(format!("trap '' HUP INT TERM; read -r _; {action}"))
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .map_err(|error| format!("cannot start `sh`: {error}"))?;
        Ok(Self { shell })
    }
}

impl Drop for Watchdog {
    /// The guarded thing has been dealt with: the shell must not act.
    fn drop(&mut self) {
        // Neither can be acted on: the shell is gone already, or the process is ending.
        drop(self.shell.kill());
        drop(self.shell.wait());
    }
}
