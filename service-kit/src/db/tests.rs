//! The same facts on both databases; PostgreSQL where `MENSHEN_TEST_POSTGRES` names a server.

use super::*;

static STEPS: Migrations = Migrations::new(&[(
    "0001_things",
    "CREATE TABLE things (id TEXT PRIMARY KEY, amount BIGINT, good BOOLEAN NOT NULL, bytes {BLOB});
     CREATE INDEX things_by_amount ON things (amount);",
)]);
const INSERT: &str = "INSERT INTO things (id, amount, good, bytes) VALUES ($1, $2, $3, $4)";

struct Fresh {
    db: Db,
    url: DatabaseUrl,
    _folder: tempfile::TempDir,
}

async fn every_database() -> Vec<Fresh> {
    let mut all = vec![fresh(None).await];
    #[expect(
        clippy::disallowed_methods,
        reason = "a test may be told where a server is"
    )]
    if let Ok(server) = std::env::var("MENSHEN_TEST_POSTGRES") {
        all.push(fresh(Some(server)).await);
    }
    all
}

async fn fresh(server: Option<String>) -> Fresh {
    let folder = tempfile::tempdir().unwrap();
    let url: DatabaseUrl = match server {
        None => format!("sqlite://{}", folder.path().join("t.db").display())
            .parse()
            .unwrap(),
        Some(server) => postgres_database(&server).await,
    };
    let db = Db::connect(&url, &PoolSizes::default()).await.unwrap();
    db.migrate(&STEPS).await.unwrap();
    Fresh {
        db,
        url,
        _folder: folder,
    }
}

async fn postgres_database(server: &str) -> DatabaseUrl {
    let name = format!("kit_{}", crate::ids::new_id(0).simple());
    let pool = sqlx::PgPool::connect(server).await.unwrap();
    let create = format!("CREATE DATABASE {name} TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C'");
    sqlx::raw_sql(sqlx::AssertSqlSafe(create))
        .execute(&pool)
        .await
        .unwrap();
    let (base, _) = server.rsplit_once('/').unwrap();
    format!("{base}/{name}").parse().unwrap()
}

async fn insert(db: &Db, id: &str) -> Result<(), DbError> {
    let mut tx = db.begin().await?;
    tx.execute(
        Stmt::new(INSERT)
            .bind(id)
            .bind(Some(7i64))
            .bind(true)
            .bind(vec![1u8, 2]),
    )
    .await?;
    tx.commit().await
}

#[tokio::test]
async fn a_committed_row_is_read_back() {
    for fresh in every_database().await {
        insert(&fresh.db, "a").await.unwrap();
        let query = Stmt::new("SELECT amount, good, bytes FROM things WHERE id = $1").bind("a");
        let row: (Option<i64>, bool, Vec<u8>) = fresh.db.fetch_one(query).await.unwrap();
        assert_eq!(row, (Some(7), true, vec![1, 2]));
    }
}

#[tokio::test]
async fn a_dropped_transaction_leaves_nothing() {
    for fresh in every_database().await {
        let mut tx = fresh.db.begin().await.unwrap();
        tx.execute(
            Stmt::new(INSERT)
                .bind("a")
                .bind(None::<i64>)
                .bind(false)
                .bind(None::<Vec<u8>>),
        )
        .await
        .unwrap();
        drop(tx);
        let count: (i64,) = fresh
            .db
            .fetch_one(Stmt::new("SELECT COUNT(*) FROM things"))
            .await
            .unwrap();
        assert_eq!(count.0, 0);
    }
}

#[tokio::test]
async fn a_second_row_with_the_same_key_is_told_as_such() {
    for fresh in every_database().await {
        insert(&fresh.db, "a").await.unwrap();
        let refused = insert(&fresh.db, "a").await.unwrap_err();
        assert!(
            matches!(refused, DbError::UniqueViolation { .. }),
            "{refused:?}"
        );
    }
}

#[tokio::test]
async fn a_list_of_any_length_is_one_parameter() {
    for fresh in every_database().await {
        for id in ["a", "b", "c"] {
            insert(&fresh.db, id).await.unwrap();
        }
        let sql = format!(
            "SELECT id FROM things WHERE id IN ({}) ORDER BY id",
            fresh.db.list_subquery(1)
        );
        let rows: Vec<(String,)> = fresh
            .db
            .fetch_all(Stmt::dynamic(sql).bind(r#"["a","c","x"]"#))
            .await
            .unwrap();
        assert_eq!(rows, [("a".to_owned(),), ("c".to_owned(),)]);
    }
}

#[tokio::test]
async fn concurrent_read_then_write_transactions_all_succeed() {
    for fresh in every_database().await {
        insert(&fresh.db, "a").await.unwrap();
        let tasks = (0..20).map(|_| {
            let db = fresh.db.clone();
            tokio::spawn(async move {
                let mut tx = db.begin().await?;
                tx.execute(
                    Stmt::new("UPDATE things SET amount = amount + 1 WHERE id = $1").bind("a"),
                )
                .await?;
                tx.commit().await
            })
        });
        for task in tasks.collect::<Vec<_>>() {
            task.await.unwrap().unwrap();
        }
        let amount: (i64,) = fresh
            .db
            .fetch_one(Stmt::new("SELECT amount FROM things"))
            .await
            .unwrap();
        assert_eq!(amount.0, 27);
    }
}

#[tokio::test]
async fn migrations_run_once_and_refuse_a_changed_text() {
    static CHANGED: Migrations =
        Migrations::new(&[("0001_things", "CREATE TABLE other (id TEXT)")]);
    static OLDER: Migrations = Migrations::new(&[]);
    for fresh in every_database().await {
        fresh.db.migrate(&STEPS).await.unwrap();
        let changed = fresh.db.migrate(&CHANGED).await.unwrap_err().to_string();
        assert!(changed.contains("another text"), "{changed}");
        let older = fresh.db.migrate(&OLDER).await.unwrap_err().to_string();
        assert!(older.contains("newer version"), "{older}");
    }
}

#[tokio::test]
async fn a_sqlite_file_is_served_by_one_process() {
    let fresh = fresh(None).await;
    let second = Db::connect(&fresh.url, &PoolSizes::default()).await.err().unwrap().to_string();
    assert!(second.contains("in use by another process"), "{second}");
}

#[test]
fn a_database_url_shows_no_password() {
    let url: DatabaseUrl = "postgres://menshen:secret@localhost:5432/authz"
        .parse()
        .unwrap();
    assert_eq!(url.to_string(), "postgres://localhost:5432/authz");
}
