//! The same facts on both databases; PostgreSQL where `MENSHEN_TEST_POSTGRES` names a server.

use super::scratch::Scratch;
use super::*;
use std::os::unix::fs::PermissionsExt;

const SCHEMA: Migrations = Migrations::new(&[
    (
        "0001_init",
        "CREATE TABLE customer (
            id TEXT NOT NULL PRIMARY KEY,
            email TEXT NOT NULL UNIQUE,
            amount BIGINT CONSTRAINT customer_amount_positive CHECK (amount > 0),
            score DOUBLE PRECISION,
            active BOOLEAN NOT NULL,
            seal {BLOB}
        );
        CREATE TABLE contact (
            id TEXT NOT NULL PRIMARY KEY,
            customer_id TEXT NOT NULL REFERENCES customer (id)
        );",
    ),
    (
        "0002_index",
        "CREATE INDEX contact_customer ON contact (customer_id)",
    ),
]);

#[derive(Debug, PartialEq, sqlx::FromRow)]
struct Customer {
    id: String,
    email: String,
    amount: Option<i64>,
    score: Option<f64>,
    active: bool,
    seal: Option<Vec<u8>>,
}

fn insert(id: &str, email: &str) -> Stmt {
    Stmt::new(
        "INSERT INTO customer (id, email, amount, score, active, seal)
         VALUES ($1, $2, $3, $4, $5, $6)",
    )
    .bind(id)
    .bind(email)
    .bind(Some(7_i64))
    .bind(None::<f64>)
    .bind(true)
    .bind(vec![0_u8, 255])
}

async fn migrated() -> Vec<Scratch> {
    let all = Scratch::each().await;
    for scratch in &all {
        scratch.db.migrate(&SCHEMA).await.unwrap();
    }
    all
}

async fn customers(db: &Db) -> i64 {
    db.fetch_one::<(i64,)>(Stmt::new("SELECT COUNT(*) FROM customer"))
        .await
        .unwrap()
        .0
}

#[tokio::test]
async fn every_type_comes_back_as_it_went_in() {
    for Scratch { db, .. } in &migrated().await {
        assert_eq!(db.execute(insert("1", "a@x")).await.unwrap(), 1);
        let select = Stmt::new("SELECT id, email, amount, score, active, seal FROM customer");
        let expected = Customer {
            id: "1".into(),
            email: "a@x".into(),
            amount: Some(7),
            score: None,
            active: true,
            seal: Some(vec![0, 255]),
        };
        assert_eq!(db.fetch_one::<Customer>(select).await.unwrap(), expected);
    }
}

/// Takes minutes.
const ENDLESS: &str = "WITH RECURSIVE n (i) AS (
                           SELECT CAST(1 AS BIGINT) UNION ALL SELECT i + 1 FROM n WHERE i < 1000000000
                       )
                       SELECT COUNT(*) FROM n";

/// Each kind, with one connection for long reads.
async fn one_at_a_time() -> Vec<(Db, Option<tempfile::TempDir>)> {
    let sizes = PoolSizes {
        long_readers: 1,
        acquire_timeout: Duration::from_secs(2),
        ..PoolSizes::default()
    };
    let mut all = Vec::new();
    for Scratch { db, url, folder } in Scratch::each().await {
        drop(db);
        all.push((Db::connect(&url, &sizes).await.unwrap(), folder));
    }
    all
}

#[tokio::test]
async fn long_read_ends_with_the_call_that_waits_for_it() {
    for (db, _folder) in &one_at_a_time().await {
        for _ in 0..2 {
            let call = async {
                let mut tx = db.long_read().await?;
                tx.fetch_one::<(i64,)>(Stmt::new(ENDLESS)).await
            };
            let limit = Duration::from_millis(300);
            let end = std::time::Instant::now() + limit;
            let call = tokio::time::timeout(limit, crate::time_left::until(Some(end), call)).await;
            assert!(
                matches!(call, Err(_) | Ok(Err(DbError::TooLong(_)))),
                "{call:?}"
            );
        }
        let mut tx = db.long_read().await.unwrap();
        let count =
            "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 50000)
                     SELECT COUNT(*) FROM n";
        let (count,): (i64,) = tx.fetch_one(Stmt::new(count)).await.unwrap();
        assert_eq!(count, 50_000);
    }
}

#[tokio::test]
async fn long_reads_occupy_their_own_connections_alone() {
    for (db, _folder) in &one_at_a_time().await {
        let _first = db.long_read().await.unwrap();
        let second = db.long_read().await.err().unwrap();
        assert!(matches!(second, DbError::Occupied), "{second:?}");
        customers_of_nothing(db).await;
    }
}

#[tokio::test]
async fn dropped_transaction_leaves_nothing() {
    for Scratch { db, .. } in &migrated().await {
        let mut tx = db.begin().await.unwrap();
        tx.execute(insert("1", "a@x")).await.unwrap();
        drop(tx);
        assert_eq!(customers(db).await, 0);
    }
}

#[tokio::test]
async fn broken_constraints_have_the_same_names_on_both() {
    for Scratch { db, .. } in &migrated().await {
        db.execute(insert("1", "a@x")).await.unwrap();
        let error = db.execute(insert("1", "b@x")).await.unwrap_err();
        assert!(error.is_unique("customer_pkey"), "{error:?}");
        let error = db.execute(insert("2", "a@x")).await.unwrap_err();
        assert!(error.is_unique("customer_email_key"), "{error:?}");
        let orphan = Stmt::new("INSERT INTO contact (id, customer_id) VALUES ('1', 'none')");
        let error = db.execute(orphan).await.unwrap_err();
        assert!(matches!(error, DbError::ForeignKey), "{error:?}");
        match db
            .execute(Stmt::new("UPDATE customer SET amount = 0"))
            .await
            .unwrap_err()
        {
            DbError::Check { constraint } => assert_eq!(constraint, "customer_amount_positive"),
            error => panic!("{error:?}"),
        }
    }
}

#[tokio::test]
async fn list_of_any_length_is_one_parameter() {
    for Scratch { db, .. } in &migrated().await {
        for id in ["1", "2", "3"] {
            db.execute(insert(id, id)).await.unwrap();
        }
        for (ids, found) in [(vec![], 0), (vec!["2"], 1), (vec!["1", "3", "x\"'"], 2)] {
            let stmt = Stmt::new("SELECT id FROM customer WHERE id IN (LIST($1))").bind_list(ids);
            assert_eq!(db.fetch_all::<(String,)>(stmt).await.unwrap().len(), found);
        }
        let text = format!(
            "SELECT id FROM customer WHERE id IN ({})",
            db.list_subquery(1)
        );
        let stmt = Stmt::dynamic(text).bind_list(["3"]);
        assert_eq!(db.fetch_one::<(String,)>(stmt).await.unwrap().0, "3");
    }
}

#[tokio::test]
async fn snapshot_does_not_see_later_writes() {
    for Scratch { db, .. } in &migrated().await {
        let count = || Stmt::new("SELECT COUNT(*) FROM customer");
        let mut snapshot = db.snapshot_read().await.unwrap();
        assert_eq!(snapshot.fetch_one::<(i64,)>(count()).await.unwrap().0, 0);
        db.execute(insert("1", "a@x")).await.unwrap();
        assert_eq!(snapshot.fetch_one::<(i64,)>(count()).await.unwrap().0, 0);
        assert_eq!(customers(db).await, 1);
    }
}

#[tokio::test]
async fn reads_refuse_to_write_on_sqlite() {
    let scratch = Scratch::sqlite().await;
    let db = &scratch.db;
    db.migrate(&SCHEMA).await.unwrap();
    let stmt = Stmt::new("DELETE FROM customer RETURNING id");
    assert!(db.fetch_all::<(String,)>(stmt).await.is_err());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn read_then_write_from_many_tasks_loses_nothing() {
    for Scratch { db, .. } in &migrated().await {
        db.execute(insert("1", "a@x")).await.unwrap();
        let tasks = (0..8).map(|_| {
            let db = db.clone();
            tokio::spawn(async move {
                for _ in 0..10 {
                    add_one(&db).await.unwrap();
                }
            })
        });
        for task in tasks.collect::<Vec<_>>() {
            task.await.unwrap();
        }
        let select = Stmt::new("SELECT amount FROM customer");
        assert_eq!(db.fetch_one::<(i64,)>(select).await.unwrap().0, 87);
    }
}

/// Reads, then writes conditionally on what was read, until nobody came between.
async fn add_one(db: &Db) -> Result<(), DbError> {
    loop {
        let mut tx = db.begin().await?;
        let read: (i64,) = tx
            .fetch_one(Stmt::new("SELECT amount FROM customer"))
            .await?;
        let update = Stmt::new("UPDATE customer SET amount = $1 WHERE amount = $2");
        if tx.execute(update.bind(read.0 + 1).bind(read.0)).await? == 1 {
            return tx.commit().await;
        }
    }
}

#[tokio::test]
async fn second_process_is_refused_an_sqlite_file() {
    let first = Scratch::sqlite().await;
    let error = Db::connect(&first.url, &PoolSizes::default())
        .await
        .err()
        .unwrap();
    assert!(
        error.to_string().contains("in use by another process"),
        "{error}"
    );
}

#[tokio::test]
async fn link_to_a_served_file_is_refused_too() {
    let Scratch {
        db: _db, folder, ..
    } = Scratch::sqlite().await;
    let folder = folder.unwrap();
    let link = folder.path().join("link.db");
    std::os::unix::fs::symlink(folder.path().join("test.db"), &link).unwrap();
    let url = DatabaseUrl::sqlite(&link);
    let error = Db::connect(&url, &PoolSizes::default())
        .await
        .err()
        .unwrap();
    assert!(matches!(error, OpenError::Locked(_)), "{error}");
}

#[tokio::test]
async fn new_file_is_readable_by_its_owner_alone() {
    let Scratch { db, folder, .. } = Scratch::sqlite().await;
    let folder = folder.unwrap();
    db.migrate(&SCHEMA).await.unwrap();
    for name in ["test.db", "test.db-wal"] {
        let mode = folder
            .path()
            .join(name)
            .metadata()
            .unwrap()
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o600, "{name}");
    }
}

#[tokio::test]
async fn missing_folder_is_refused_by_name() {
    let url = DatabaseUrl::sqlite("/nowhere/at/all/x.db");
    let error = Db::connect(&url, &PoolSizes::default())
        .await
        .err()
        .unwrap();
    assert!(
        error
            .to_string()
            .contains("cannot open `/nowhere/at/all/x.db`"),
        "{error}"
    );
}

#[tokio::test]
async fn full_disk_is_told_as_such_and_heals() {
    let scratch = Scratch::sqlite().await;
    let db = &scratch.db;
    db.migrate(&SCHEMA).await.unwrap();
    db.execute(Stmt::new("PRAGMA max_page_count = 12"))
        .await
        .unwrap();
    let large = "x".repeat(100_000);
    let error = db.execute(insert("1", &large)).await.unwrap_err();
    assert!(matches!(error, DbError::Full(_)), "{error:?}");
    assert_eq!(customers(db).await, 0);
    db.execute(Stmt::new("PRAGMA max_page_count = 1000000"))
        .await
        .unwrap();
    db.execute(insert("1", &large)).await.unwrap();
}

#[tokio::test]
async fn full_disk_within_a_transaction_heals_too() {
    let scratch = Scratch::sqlite().await;
    let db = &scratch.db;
    db.migrate(&SCHEMA).await.unwrap();
    let large = "x".repeat(100_000);
    let mut tx = db.begin().await.unwrap();
    tx.execute(Stmt::new("PRAGMA max_page_count = 12"))
        .await
        .unwrap();
    let error = tx.execute(insert("1", &large)).await.unwrap_err();
    assert!(matches!(error, DbError::Full(_)), "{error:?}");
    drop(tx);
    db.execute(Stmt::new("PRAGMA max_page_count = 1000000"))
        .await
        .unwrap();
    let mut tx = db.begin().await.unwrap();
    tx.execute(insert("1", &large)).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(customers(db).await, 1);
}

#[tokio::test]
async fn closed_file_is_whole_by_itself() {
    let Scratch {
        db, url, folder, ..
    } = Scratch::sqlite().await;
    let folder = folder.unwrap();
    db.migrate(&SCHEMA).await.unwrap();
    db.execute(insert("1", "a@x")).await.unwrap();
    customers(&db).await;
    db.close().await;
    assert!(!folder.path().join("test.db-wal").exists());
    assert!(matches!(db.begin().await, Err(DbError::Unavailable(_))));
    drop(db);
    let copy = folder.path().join("copy.db");
    std::fs::copy(folder.path().join("test.db"), &copy).unwrap();
    for url in [url, DatabaseUrl::sqlite(copy)] {
        let db = Db::connect(&url, &PoolSizes::default()).await.unwrap();
        assert_eq!(customers(&db).await, 1);
    }
}

#[tokio::test]
async fn file_that_others_may_read_is_refused_with_the_command_to_run() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("open.db");
    std::fs::write(&path, "").unwrap();
    only_for_its_owner(&path);
    let url = DatabaseUrl::sqlite(&path);
    drop(Db::connect(&url, &PoolSizes::default()).await.unwrap());
    std::fs::set_permissions(&path, PermissionsExt::from_mode(0o640)).unwrap();
    let error = Db::connect(&url, &PoolSizes::default()).await.err();
    let error = error.unwrap().to_string();
    assert!(
        error.ends_with(&format!("run: chmod 600 {}", path.display())),
        "{error}"
    );
}

#[tokio::test]
async fn file_that_is_not_there_is_not_made_where_one_is_due() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("typo.db");
    let url = DatabaseUrl::sqlite(&path);
    let outcome = Db::connect_existing(&url, &PoolSizes::default()).await;
    assert!(matches!(outcome.err(), Some(OpenError::File { .. })));
    assert!(!path.exists());
}

#[tokio::test]
async fn server_that_is_not_there_is_named_with_the_remedy() {
    let nobody = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = nobody.local_addr().unwrap();
    drop(nobody);
    let url: DatabaseUrl = format!("postgres://ann:s3cret@{address}/crm")
        .parse()
        .unwrap();
    let error = Db::connect(&url, &PoolSizes::default()).await.err();
    let error = error.unwrap().to_string();
    for says in [
        &*format!("cannot open `postgres://{address}/crm`: "),
        "refused",
        "start PostgreSQL there",
    ] {
        assert!(error.contains(says), "{error}");
    }
}

#[tokio::test]
async fn postgres_database_that_is_missing_is_named_with_the_remedy() {
    let Some(url) = Scratch::create_postgres("LOCALE 'C'").await else {
        return;
    };
    let Target::Postgres(options) = url.0 else {
        panic!("another kind");
    };
    let missing = DatabaseUrl::postgres(options.database("no_such_database"));
    let error = Db::connect(&missing, &PoolSizes::default()).await.err();
    let error = error.unwrap().to_string();
    assert!(
        error.contains("create it with `CREATE DATABASE no_such_database LOCALE 'C'"),
        "{error}"
    );
}

fn only_for_its_owner(path: &std::path::Path) {
    std::fs::set_permissions(path, PermissionsExt::from_mode(0o600)).unwrap();
}

#[tokio::test]
async fn damaged_file_is_refused_by_name() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("bad.db");
    std::fs::write(
        &path,
        "this is not a database, but long enough to look".repeat(100),
    )
    .unwrap();
    only_for_its_owner(&path);
    let url = DatabaseUrl::sqlite(&path);
    let error = Db::connect(&url, &PoolSizes::default())
        .await
        .err()
        .unwrap();
    assert!(
        matches!(&error, OpenError::Damaged { path: found, .. } if *found == path),
        "{error}"
    );
}

#[tokio::test]
async fn flipped_bytes_are_found_before_serving() {
    let Scratch { db, folder, .. } = Scratch::sqlite().await;
    let folder = folder.unwrap();
    db.migrate(&SCHEMA).await.unwrap();
    for n in 0..200 {
        db.execute(insert(&n.to_string(), &n.to_string()))
            .await
            .unwrap();
    }
    let copy = folder.path().join("copy.db");
    // A checkpointed copy, as a backup would be.
    let vacuum = Stmt::new("VACUUM INTO $1").bind(copy.to_str().unwrap());
    db.execute(vacuum).await.unwrap();
    let mut bytes = std::fs::read(&copy).unwrap();
    let middle = bytes.len() / 2 / 4096 * 4096;
    for byte in &mut bytes[middle..middle + 64] {
        *byte ^= 0xff;
    }
    std::fs::write(&copy, bytes).unwrap();
    only_for_its_owner(&copy);
    let damaged = DatabaseUrl::sqlite(&copy);
    let error = Db::connect(&damaged, &PoolSizes::default())
        .await
        .err()
        .unwrap();
    assert!(matches!(error, OpenError::Damaged { .. }), "{error}");
}

#[tokio::test]
async fn migrating_twice_changes_nothing() {
    for Scratch { db, .. } in &migrated().await {
        db.migrate(&SCHEMA).await.unwrap();
        let count = Stmt::new("SELECT COUNT(*) FROM schema_migrations");
        assert_eq!(db.fetch_one::<(i64,)>(count).await.unwrap().0, 2);
    }
}

#[tokio::test]
async fn edited_and_unknown_migrations_are_refused_by_name() {
    for Scratch { db, .. } in &migrated().await {
        let edited = Migrations::new(&[("0001_init", "SELECT 1"), ("0002_index", "SELECT 1")]);
        let error = db.migrate(&edited).await.unwrap_err();
        assert!(matches!(&error, MigrateError::Changed(name) if name == "0001_init"));
        let older = Migrations::new(&[("0002_index", "SELECT 1")]);
        let error = db.migrate(&older).await.unwrap_err();
        assert!(matches!(&error, MigrateError::Unknown(name) if name == "0001_init"));
    }
}

#[tokio::test]
async fn failed_migration_leaves_no_half() {
    for Scratch { db, .. } in &Scratch::each().await {
        let bad = Migrations::new(&[("0001_bad", "CREATE TABLE a (id TEXT); CREATE TABEL b;")]);
        let error = db.migrate(&bad).await.unwrap_err();
        assert!(error.to_string().contains("`0001_bad` failed"), "{error}");
        assert!(
            db.fetch_all::<(String,)>(Stmt::new("SELECT id FROM a"))
                .await
                .is_err()
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn migrating_at_the_same_time_is_safe() {
    for Scratch { db, .. } in &Scratch::each().await {
        let runs = (0..4).map(|_| {
            let db = db.clone();
            tokio::spawn(async move { db.migrate(&SCHEMA).await })
        });
        for run in futures::future::join_all(runs).await {
            run.unwrap().unwrap();
        }
    }
}

#[tokio::test]
async fn postgres_in_a_language_locale_is_refused() {
    let locale = "LOCALE_PROVIDER icu ICU_LOCALE 'en-US' LOCALE 'C'";
    let Some(url) = Scratch::create_postgres(locale).await else {
        return;
    };
    let error = Db::connect(&url, &PoolSizes::default())
        .await
        .err()
        .unwrap();
    assert!(matches!(error, OpenError::Collation { .. }), "{error}");
    assert!(
        error.to_string().contains("LOCALE 'C' TEMPLATE template0"),
        "{error}"
    );
}

#[tokio::test]
async fn postgres_claim_is_exclusive_until_dropped() {
    let Some(scratch) = Scratch::postgres().await else {
        return;
    };
    let claim = scratch.db.claim("authz-service").await.unwrap();
    let error = scratch.db.claim("authz-service").await.err().unwrap();
    assert!(matches!(error, OpenError::Claimed { .. }), "{error}");
    scratch.db.claim("another").await.unwrap();
    drop(claim);
    // The server notices the closed session in its own time.
    let mut attempts = 0;
    while scratch.db.claim("authz-service").await.is_err() {
        attempts += 1;
        assert!(attempts < 500, "the claim was never released");
    }
}

#[tokio::test]
async fn postgres_claim_says_when_its_session_is_gone() {
    let Some(scratch) = Scratch::postgres().await else {
        return;
    };
    let mut claim = scratch.db.claim("authz-service").await.unwrap();
    let kill = Stmt::new(
        "SELECT pg_terminate_backend(pid)
         FROM pg_locks
         WHERE locktype = 'advisory'
           AND database = (SELECT oid FROM pg_database WHERE datname = current_database())",
    );
    let killed = scratch.db.fetch_all::<(bool,)>(kill).await.unwrap();
    assert_eq!(killed, [(true,)]);
    assert!(matches!(
        claim.lost(&Lease::default()).await,
        DbError::Unavailable(_)
    ));
}

#[tokio::test]
async fn postgres_reads_survive_killed_sessions() {
    let Some(Scratch { db, .. }) = Scratch::postgres().await else {
        return;
    };
    let mut tx = db.begin().await.unwrap();
    // A second connection, so that one rests in the pool when its session is killed.
    customers_of_nothing(&db).await;
    let kill = Stmt::new(
        "SELECT pg_terminate_backend(pid)
         FROM pg_stat_activity
         WHERE datname = current_database() AND pid <> pg_backend_pid()",
    );
    let killed = tx.fetch_all::<(bool,)>(kill).await.unwrap();
    assert!(!killed.is_empty());
    for _ in 0..4 {
        customers_of_nothing(&db).await;
    }
}

async fn customers_of_nothing(db: &Db) {
    let one: (i32,) = db.fetch_one(Stmt::new("SELECT 1")).await.unwrap();
    assert_eq!(one.0, 1);
}
