//! Runs one fact on one database.

use crate::Result;
use crate::database::Backend;
use crate::world::World;
use futures::FutureExt;
use std::panic::{AssertUnwindSafe, resume_unwind};
use std::sync::{Arc, LazyLock};
use tokio::runtime::Runtime;

/// One runtime for every test: the connections of a shared world must outlive the test that made
/// them.
static RUNTIME: LazyLock<std::io::Result<Runtime>> = LazyLock::new(|| {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
});

/// Runs a future to its end on the tests' runtime.
///
/// # Errors
///
/// There is no runtime.
pub fn block_on<F: Future>(future: F) -> Result<F::Output> {
    let runtime = RUNTIME
        .as_ref()
        .map_err(|error| format!("no runtime: {error}"))?;
    Ok(runtime.block_on(future))
}

/// Runs a fact about the whole demo company, in which nothing may be changed.
pub fn about_the_company<F, R>(backend: Backend, fact: F) -> Result<()>
where
    F: FnOnce(Arc<World>) -> R,
    R: Future<Output = ()>,
{
    block_on(async { in_world(World::company(backend).await?, fact).await })?
}

/// Runs a fact about a smaller company, in which it changes records of its own.
pub fn in_the_workshop<F, R>(backend: Backend, fact: F) -> Result<()>
where
    F: FnOnce(Arc<World>) -> R,
    R: Future<Output = ()>,
{
    block_on(async { in_world(World::workshop(backend).await?, fact).await })?
}

/// Runs a fact about authz-service alone, with documents of its own.
pub fn about_decisions<F, R>(backend: Backend, fact: F) -> Result<()>
where
    F: FnOnce(Arc<World>) -> R,
    R: Future<Output = ()>,
{
    block_on(async { in_world(World::decisions(backend).await?, fact).await })?
}

/// When the fact does not hold, the end of both services' logs follows.
async fn in_world<F, R>(world: Arc<World>, fact: F) -> Result<()>
where
    F: FnOnce(Arc<World>) -> R,
    R: Future<Output = ()>,
{
    let logs = Arc::clone(&world);
    if let Err(panic) = AssertUnwindSafe(fact(world)).catch_unwind().await {
        eprintln!("{}", logs.logs().await);
        resume_unwind(panic);
    }
    Ok(())
}

/// Runs a fact that starts services of its own.
pub fn from_scratch<F, R>(backend: Backend, fact: F) -> Result<()>
where
    F: FnOnce(Backend) -> R,
    R: Future<Output = ()>,
{
    block_on(fact(backend))
}

/// Makes a test of each named function, on SQLite and on PostgreSQL: `sqlite::NAME` and
/// `postgres::NAME`.
///
/// What stands before the names says where they hold, and is a function of this module:
/// `about_the_company`, `in_the_workshop` and `about_decisions` pass a shared [`World`],
/// `from_scratch` passes the [`Backend`].
#[macro_export]
macro_rules! facts {
    ($($kind:ident: $($name:ident),+ $(,)?);+ $(;)?) => {
        mod sqlite {
            $($(#[test]
            fn $name() -> $crate::Result<()> {
                $crate::fact::$kind($crate::database::Backend::Sqlite, super::$name)
            })+)+
        }

        mod postgres {
            $($(#[test]
            fn $name() -> $crate::Result<()> {
                $crate::fact::$kind($crate::database::Backend::Postgres, super::$name)
            })+)+
        }
    };
}
