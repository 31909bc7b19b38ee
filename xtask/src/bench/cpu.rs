//! How much processor time a process has used.

use e2e::Result;
use std::process::Command;
use std::time::Duration;

/// User and system time of a process so far, from Linux's `/proc/PID/stat`.
///
/// # Errors
///
/// There is no such process, or no `/proc`.
pub(super) fn used_by(pid: u32) -> Result<Duration> {
    let path = format!("/proc/{pid}/stat");
    let text = std::fs::read_to_string(&path).map_err(|error| format!("{path}: {error}"))?;
    // The second field is a name in parentheses, which may hold blanks.
    let after_name = text.rsplit_once(')').map_or("", |(_, after)| after);
    let mut fields = after_name.split_whitespace().skip(11);
    let mut ticks = || -> Result<u64> {
        let field = fields
            .next()
            .ok_or_else(|| format!("{path} is not as proc(5) says"))?;
        Ok(field.parse()?)
    };
    let total = ticks()? + ticks()?;
    Ok(Duration::from_secs_f64(
        seconds(total) / seconds(ticks_per_second()),
    ))
}

#[expect(
    clippy::cast_precision_loss,
    reason = "a bench runs for less than centuries"
)]
fn seconds(ticks: u64) -> f64 {
    ticks as f64
}

fn ticks_per_second() -> u64 {
    let output = Command::new("getconf").arg("CLK_TCK").output().ok();
    output
        .and_then(|output| String::from_utf8(output.stdout).ok())
        .and_then(|text| text.trim().parse().ok())
        .unwrap_or(100)
}
