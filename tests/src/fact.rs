//! Runs one fact on one database.

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
pub fn block_on<F: Future>(future: F) -> crate::Result<F::Output> {
    let runtime = RUNTIME
        .as_ref()
        .map_err(|error| format!("no runtime: {error}"))?;
    Ok(runtime.block_on(future))
}

/// Runs a fact about the demo company, which is loaded once for each database. When it fails, the
/// end of both services' logs follows.
pub fn about_the_company<F, R>(backend: Backend, fact: F) -> crate::Result<()>
where
    F: FnOnce(Arc<World>) -> R,
    R: Future<Output = ()>,
{
    block_on(async {
        let world = World::shared(backend).await?;
        let logs = Arc::clone(&world);
        if let Err(panic) = AssertUnwindSafe(fact(world)).catch_unwind().await {
            eprintln!("{}", logs.logs().await);
            resume_unwind(panic);
        }
        Ok(())
    })?
}

/// Runs a fact that starts services of its own.
pub fn from_scratch<F, R>(backend: Backend, fact: F) -> crate::Result<()>
where
    F: FnOnce(Backend) -> R,
    R: Future<Output = ()>,
{
    block_on(fact(backend))
}

/// Makes a test of each named function, on SQLite and on PostgreSQL: `sqlite::NAME` and
/// `postgres::NAME`.
///
/// `about_the_company: …` passes the shared [`World`]; `from_scratch: …` passes the [`Backend`].
#[macro_export]
macro_rules! facts {
    ($kind:ident: $($name:ident),+ $(,)?) => {
        mod sqlite {
            $(#[test]
            fn $name() -> $crate::Result<()> {
                $crate::fact::$kind($crate::database::Backend::Sqlite, super::$name)
            })+
        }

        mod postgres {
            $(#[test]
            fn $name() -> $crate::Result<()> {
                $crate::fact::$kind($crate::database::Backend::Postgres, super::$name)
            })+
        }
    };
}
