//! The table.

use super::generator::{Kind, Measured};
use super::machine;
use e2e::Result;
use std::path::Path;
use std::time::Duration;

const BEGIN: &str = "<!-- bench:begin -->";
const END: &str = "<!-- bench:end -->";

/// One line of the table.
pub(super) struct Row {
    what: String,
    per_second: String,
    cpu: String,
    p50: String,
    p99: String,
    ratio: String,
}

impl Row {
    /// The echo itself.
    pub(super) fn bare(kind: Kind, echo: &Measured) -> Self {
        Self::of(
            format!("bare echo, as {}", kind.name()),
            echo,
            "1".to_owned(),
        )
    }

    /// Ours, beside the echo of the same rounds.
    pub(super) fn against(kind: Kind, ours: &Measured, echo: &Measured) -> Self {
        let ratio = format!(
            "{:.2} × throughput, {:.2} × CPU",
            ours.per_second / echo.per_second,
            ours.cpu_us / echo.cpu_us
        );
        Self::of(kind.name().to_owned(), ours, ratio)
    }

    /// A page of the CRM, beside the page without a filter.
    pub(super) fn page(what: &str, taken: Duration, unfiltered: Duration) -> Self {
        Self {
            what: format!("ListCustomers, 50 rows: {what}"),
            per_second: "–".to_owned(),
            cpu: "–".to_owned(),
            p50: milliseconds(taken),
            p99: "–".to_owned(),
            ratio: format!(
                "{:.2} × time",
                taken.as_secs_f64() / unfiltered.as_secs_f64()
            ),
        }
    }

    fn of(what: String, measured: &Measured, ratio: String) -> Self {
        Self {
            what,
            per_second: format!("{:.0}", measured.per_second),
            cpu: format!("{:.1}", measured.cpu_us),
            p50: milliseconds(measured.p50),
            p99: milliseconds(measured.p99),
            ratio,
        }
    }
}

fn milliseconds(duration: Duration) -> String {
    format!("{:.2}", duration.as_secs_f64() * 1e3)
}

/// The rows as Markdown, with the machine and the command above them.
pub(super) fn table(rows: &[Row]) -> String {
    let command: Vec<String> = std::env::args().skip(1).collect();
    let mut text = format!(
        "`cargo xtask {}` on {}. Ratios are of one run, in turns; absolute figures are this machine's.\n\n\
         | what | messages/s | server CPU µs | p50 ms | p99 ms | ratio |\n|---|--:|--:|--:|--:|---|\n",
        command.join(" "),
        machine::described(),
    );
    for row in rows {
        text += &format!(
            "| {} | {} | {} | {} | {} | {} |\n",
            row.what, row.per_second, row.cpu, row.p50, row.p99, row.ratio
        );
    }
    text
}

/// Puts the table between the markers of a document.
///
/// # Errors
///
/// The document is not there, or has no markers.
pub(super) fn write(path: &Path, table: &str) -> Result<()> {
    let shown = path.display();
    let text = std::fs::read_to_string(path).map_err(|error| format!("{shown}: {error}"))?;
    let (before, rest) = text
        .split_once(BEGIN)
        .ok_or_else(|| format!("{shown} has no `{BEGIN}`"))?;
    let (_, after) = rest
        .split_once(END)
        .ok_or_else(|| format!("{shown} has no `{END}`"))?;
    std::fs::write(path, format!("{before}{BEGIN}\n\n{table}\n{END}{after}"))?;
    println!("wrote {shown}");
    Ok(())
}
