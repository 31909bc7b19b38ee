//! Ends what we started even if we are killed ourselves.
//!
//! Worlds that tests share live in statics, which Rust never drops, and a test run may be killed.
//! A shell waits on a pipe that only this process holds: when it closes, for whatever reason, the
//! shell does the cleaning.

use crate::Result;
use std::path::Path;
use std::process::{Child, Command, Stdio};

/// A shell that acts when this process is gone.
pub struct Watchdog {
    shell: Child,
}

impl Watchdog {
    /// Kills the process `pid` when this process ends.
    pub fn kills(pid: u32) -> Result<Self> {
        Self::wait_then("kill -9 \"$0\" 2>/dev/null", pid.to_string().as_ref())
    }

    /// Removes a folder of ours when this process ends.
    pub fn removes(folder: &Path) -> Result<Self> {
        Self::wait_then("rm -rf -- \"$0\"", folder.as_os_str())
    }

    fn wait_then(action: &str, argument: &std::ffi::OsStr) -> Result<Self> {
        let shell = Command::new("sh")
            .arg("-c")
            .arg(format!("trap '' INT; read -r _; {action}"))
            .arg(argument)
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
