//! `cargo xtask bench`

mod cpu;
mod dataset;
pub(crate) mod echo;
mod generator;
mod lists;
mod machine;
mod report;

use crate::cargo::{cargo, root, run as run_to_end};
use e2e::Result;
use e2e::company::Passwords;
use e2e::service::{Launch, Service};
use e2e::world::{Options, World, random_hex};
use generator::{Kind, Load, Measured};
use report::Row;
use std::time::Duration;

/// What to measure, and with how much.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// How many relationships authz-service holds
    #[arg(long, default_value_t = 100_000, value_name = "COUNT")]
    relationships: usize,
    /// How many customers the CRM's lists are taken from
    #[arg(long, default_value_t = 10_000, value_name = "COUNT")]
    customers: usize,
    /// How often each is measured; the table has the medians
    #[arg(long, default_value_t = 5, value_name = "COUNT")]
    rounds: usize,
    /// How long one measurement lasts
    #[arg(long, default_value_t = 2, value_name = "SECONDS")]
    seconds: u64,
    /// Write the table into docs/performance.md, between its markers
    #[arg(long)]
    write: bool,
}

/// Measures a release build against a bare echo on the same serving code, in turns.
pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    if cfg!(debug_assertions) {
        return again_in_release();
    }
    let rows = e2e::fact::block_on(measure(arguments))??;
    let table = report::table(&rows);
    println!("\n{table}");
    if arguments.write {
        report::write(&root()?.join("docs/performance.md"), &table)?;
    }
    Ok(())
}

/// Services, generator and echo are all measured as they would be installed.
fn again_in_release() -> Result<()> {
    run_to_end(&mut cargo(&[
        "build",
        "--release",
        "--workspace",
        "--bins",
    ])?)?;
    let given: Vec<String> = std::env::args().skip(1).collect();
    let given: Vec<&str> = given.iter().map(String::as_str).collect();
    let arguments = [
        &["run", "--release", "--package", "xtask", "--"],
        given.as_slice(),
    ]
    .concat();
    run_to_end(&mut cargo(&arguments)?)
}

async fn measure(arguments: &Arguments) -> Result<Vec<Row>> {
    let folder = tempfile::tempdir()?;
    let token = format!("mst_{}", random_hex()?);
    // One serving thread each: what is compared is the work on one core.
    let options = Options::kept(folder.path().to_owned(), token, Passwords::new()?)
        .insecure()
        .threads(1);
    let world = World::start_with(options).await?;
    println!("loading {} relationships …", arguments.relationships);
    dataset::load_relationships(&world, arguments.relationships).await?;
    let mut rows = checks(&world, arguments, folder.path()).await?;
    println!("loading {} customers …", arguments.customers);
    dataset::load_customers(&world, arguments.customers).await?;
    rows.extend(lists::measure(&world, arguments.rounds * 40).await?);
    Ok(rows)
}

async fn checks(
    world: &World,
    arguments: &Arguments,
    folder: &std::path::Path,
) -> Result<Vec<Row>> {
    let echo = Service::start(&Launch {
        name: echo::NAME,
        program: std::env::current_exe()?,
        arguments: vec!["echo".into()],
        environment: Vec::new(),
        log: folder.join("echo.log"),
    })?;
    let authz = world
        .authz_address()
        .await
        .ok_or("authz-service does not run")?;
    let authz_pid = world
        .authz_pid()
        .await
        .ok_or("authz-service does not run")?;
    let load = Load {
        questions: dataset::questions(arguments.relationships),
        token: world.root().token().unwrap_or_default().to_owned(),
        lasts: Duration::from_secs(arguments.seconds),
    };
    let mut rows = Vec::new();
    for kind in Kind::ALL {
        let (mut bare, mut ours) = (Vec::new(), Vec::new());
        for round in 0..=arguments.rounds {
            let of_echo = load.run(kind, echo.address(), echo.pid())?;
            let of_authz = load.run(kind, authz, authz_pid)?;
            // The first round only warms up.
            if round > 0 {
                bare.push(of_echo);
                ours.push(of_authz);
            }
        }
        let (bare, ours) = (Measured::median(bare)?, Measured::median(ours)?);
        println!(
            "{}: {:.0}/s, bare echo {:.0}/s",
            kind.name(),
            ours.per_second,
            bare.per_second
        );
        rows.push(Row::bare(kind, &bare));
        rows.push(Row::against(kind, &ours, &bare));
    }
    Ok(rows)
}
