//! `cargo xtask demo`

mod company;
mod folder;

use crate::cargo::{build_services, root};
use clap::ValueEnum;
use e2e::Result;
use e2e::company::Passwords;
use e2e::demo::{commands, role_table, totals};
use e2e::world::{Options, World};
use folder::{Secrets, discard, hold};
use std::net::TcpListener;
use std::path::{Path, PathBuf};

/// Where the services listen if nobody else does.
const ADDRESSES: [&str; 2] = ["127.0.0.1:50051", "127.0.0.1:50052"];

/// How to show it.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// What to do with the company of an earlier demo
    #[arg(long, value_enum, default_value_t = Earlier::Discard)]
    earlier: Earlier,
    /// Stop after printing, instead of serving until Ctrl-C
    #[arg(long)]
    exit: bool,
    /// Where databases, certificates and logs are kept
    #[arg(long, default_value = ".demo", value_name = "FOLDER")]
    folder: PathBuf,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Earlier {
    /// Start from an empty database
    Discard,
    /// Go on with it
    Keep,
}

/// Builds both services, starts them, loads the company, prints, serves.
pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    let folder = root()?.join(&arguments.folder);
    // Asked before the build, which takes minutes, and again when the folder is used.
    drop(hold(&folder)?);
    build_services()?;
    if arguments.earlier == Earlier::Discard {
        discard(&folder)?;
    }
    e2e::fact::block_on(show(arguments, &folder))?
}

async fn show(arguments: &Arguments, folder: &Path) -> Result<()> {
    let secrets = Secrets::of(folder)?;
    let [authz, crm] = addresses();
    let options = Options::kept(
        folder.to_owned(),
        secrets.root_token,
        Passwords::restored(secrets.passwords),
    )
    .listening(&authz, &crm);
    let world = World::start_with(options).await?;
    println!("\n{}", commands::addresses(&world).await?);
    if secrets.fresh {
        company::load(&world).await?;
    }
    println!("\n{}", role_table::of(&world).await?);
    println!("\n{}", totals::of(&world).await?);
    println!("\n{}", commands::of(&world).await?);
    if !arguments.exit {
        println!("\nServing until Ctrl-C.");
        tokio::signal::ctrl_c().await?;
    }
    world.stop().await?;
    println!("\nStopped. The company is in {}.", folder.display());
    Ok(())
}

/// The usual addresses, or any where one of those is taken.
fn addresses() -> [String; 2] {
    ADDRESSES.map(|address| {
        if TcpListener::bind(address).is_ok() {
            address.to_owned()
        } else {
            "127.0.0.1:0".to_owned()
        }
    })
}
