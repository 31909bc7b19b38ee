//! `cargo xtask demo`

mod company;

use crate::cargo::{build_services, root};
use clap::ValueEnum;
use e2e::Result;
use e2e::company::Passwords;
use e2e::demo::{commands, role_table, totals};
use e2e::world::{Options, World, random_hex};
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
    build_services()?;
    let folder = root()?.join(&arguments.folder);
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

/// What a later demo with `--earlier keep` must know.
struct Secrets {
    root_token: String,
    passwords: String,
    fresh: bool,
}

impl Secrets {
    /// Those in the folder, or new ones.
    fn of(folder: &Path) -> Result<Self> {
        let path = folder.join("secrets");
        if let Ok(text) = std::fs::read_to_string(&path) {
            let (root_token, passwords) = text.trim().split_once(' ').ok_or_else(|| {
                format!("{} is damaged; leave out `--earlier keep`", path.display())
            })?;
            return Ok(Self {
                root_token: root_token.to_owned(),
                passwords: passwords.to_owned(),
                fresh: false,
            });
        }
        let (root_token, passwords) = (format!("mst_{}", random_hex()?), random_hex()?);
        std::fs::create_dir_all(folder)?;
        write_private(&path, &format!("{root_token} {passwords}\n"))?;
        Ok(Self {
            root_token,
            passwords,
            fresh: true,
        })
    }
}

fn write_private(path: &Path, text: &str) -> Result<()> {
    use std::io::Write;
    use std::os::unix::fs::OpenOptionsExt;
    let mut options = std::fs::File::options();
    let mut file = options
        .create_new(true)
        .write(true)
        .mode(0o600)
        .open(path)?;
    file.write_all(text.as_bytes())?;
    Ok(())
}

/// Removes an earlier demo, and nothing that is not one.
fn discard(folder: &Path) -> Result<()> {
    if !folder.exists() {
        return Ok(());
    }
    let is_demo = folder.join("secrets").is_file();
    let is_empty = std::fs::read_dir(folder)?.next().is_none();
    if !is_demo && !is_empty {
        return Err(format!(
            "{} is not an earlier demo; name another folder",
            folder.display()
        )
        .into());
    }
    std::fs::remove_dir_all(folder)?;
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
