//! One check after another, and how long each took.

use comfy_table::{CellAlignment, Table, presets};
use e2e::Result;
use std::time::{Duration, Instant};

/// The checks so far.
#[derive(Default)]
pub(super) struct Phases {
    done: Vec<(&'static str, Outcome, Duration)>,
}

#[derive(Clone, Copy)]
enum Outcome {
    Passed,
    Failed,
    LeftOut,
}

impl Phases {
    /// Runs one and remembers how it ended.
    pub(super) fn run(
        &mut self,
        name: &'static str,
        check: impl FnOnce() -> Result<()>,
    ) -> Result<()> {
        println!("\n== {name}");
        let since = Instant::now();
        let result = check();
        let outcome = if result.is_ok() {
            Outcome::Passed
        } else {
            Outcome::Failed
        };
        self.done.push((name, outcome, since.elapsed()));
        result
    }

    /// Remembers one that cannot be run here.
    pub(super) fn leave_out(&mut self, name: &'static str, why: &str) {
        println!("\n== {name}\nleft out: {why}");
        self.done.push((name, Outcome::LeftOut, Duration::ZERO));
    }

    /// What ran, how it ended, how long it took.
    pub(super) fn table(&self) -> Table {
        let mut table = Table::new();
        table.load_style(presets::UTF8_HORIZONTAL_ONLY);
        table.set_header(["", "check", "seconds"]);
        for (name, outcome, took) in &self.done {
            let mark = match outcome {
                Outcome::Passed => "✓",
                Outcome::Failed => "✗",
                Outcome::LeftOut => "–",
            };
            table.add_row([
                mark.to_owned(),
                (*name).to_owned(),
                format!("{:.1}", took.as_secs_f64()),
            ]);
        }
        if let Some(seconds) = table.column_mut(2) {
            seconds.set_cell_alignment(CellAlignment::Right);
        }
        table
    }
}
