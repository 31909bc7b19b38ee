//! Filters and orders against real rows, on each database.

use super::{Column, ColumnKind, Columns, Filter, Order, OrderBy, Sql, fold};
use crate::db::scratch::Scratch;
use crate::db::{Db, Stmt};
use serde_json::{Value, json};

const TABLE: &str = "
    CREATE TABLE things (
        id TEXT PRIMARY KEY,
        name TEXT NOT NULL,
        name_folded TEXT NOT NULL,
        owner TEXT,
        size BIGINT,
        made_at BIGINT NOT NULL,
        is_open BOOLEAN NOT NULL,
        state BIGINT NOT NULL
    )";
const INSERT: &str = "
    INSERT INTO things (id, name, name_folded, owner, size, made_at, is_open, state)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";

/// Who owns things in the same state.
const OWNERS: &str = "SELECT o.owner FROM things o WHERE o.state = t.state AND o.owner IS NOT NULL";

const COLUMNS: Columns = Columns(&[
    Column::new("id", "t.id", ColumnKind::Text),
    Column::new("name", "t.name", ColumnKind::Text).folded("t.name_folded"),
    Column::new("owner", "t.owner", ColumnKind::Text).nullable(),
    Column::new("size", "t.size", ColumnKind::Integer).nullable(),
    Column::new("owners", OWNERS, ColumnKind::Set),
    Column::new("made_at", "t.made_at", ColumnKind::Time),
    Column::new("is_open", "t.is_open", ColumnKind::Bool).unsortable(),
    Column::new(
        "state",
        "t.state",
        ColumnKind::Choice(&[("STATE_NEW", 1), ("STATE_OLD", 2)]),
    ),
]);

type Thing = (
    &'static str,
    &'static str,
    Option<&'static str>,
    Option<i64>,
    i64,
    bool,
    i64,
);

/// 2026-01-01T00:00:00Z
const NEW_YEAR_US: i64 = 1_767_225_600_000_000;

const THINGS: [Thing; 6] = [
    ("a", "Pump 100%", Some("u1"), Some(5), NEW_YEAR_US, true, 1),
    (
        "b",
        "pump_x",
        Some("u2"),
        Some(5),
        NEW_YEAR_US + 1,
        false,
        2,
    ),
    ("c", "阀门 Valve", None, Some(-3), NEW_YEAR_US, true, 1),
    ("d", "PUMP", Some("u1"), None, NEW_YEAR_US - 1, false, 2),
    ("e", "back\\slash", None, None, NEW_YEAR_US + 1, true, 2),
    ("f", "Pump", Some("u3"), Some(9), NEW_YEAR_US + 2, true, 1),
];

async fn filled() -> Vec<Scratch> {
    let all = Scratch::each().await;
    for Scratch { db, .. } in &all {
        db.execute(Stmt::new(TABLE)).await.unwrap();
        for (id, name, owner, size, made_at, is_open, state) in THINGS {
            let row = Stmt::new(INSERT)
                .bind(id)
                .bind(name)
                .bind(fold(name))
                .bind(owner);
            let row = row.bind(size).bind(made_at).bind(is_open).bind(state);
            db.execute(row).await.unwrap();
        }
    }
    all
}

async fn selected(db: &Db, filter: &str) -> String {
    let mut sql = Sql::new("SELECT t.id FROM things t WHERE ");
    COLUMNS
        .write_filter(&Filter::parse(filter).unwrap(), &mut sql)
        .unwrap();
    sql.push(" ORDER BY t.id");
    let rows: Vec<(String,)> = db.fetch_all(sql.into_stmt()).await.unwrap();
    rows.into_iter().map(|(id,)| id).collect()
}

#[tokio::test]
async fn filters_select_the_same_rows_on_each_database() {
    let cases = [
        ("", "abcdef"),
        ("name = \"Pump\"", "f"),
        ("name : pump", "abdf"),
        ("name : \"100%\"", "a"),
        ("name : \"_\"", "b"),
        ("name : \"\\\\\"", "e"),
        ("name : 阀门", "c"),
        ("owner : u1", "ad"),
        ("owner : U1", ""),
        ("NOT owner : u1", "bcef"),
        ("owner = u1", "ad"),
        ("owner != u1", "bcef"),
        ("NOT owner = u1", "bcef"),
        ("owner = \"\"", "ce"),
        ("owner != \"\"", "abdf"),
        ("owner > u1", "bf"),
        ("size = \"\"", "de"),
        ("size != \"\"", "abcf"),
        ("NOT size = \"\"", "abcf"),
        ("owners : u2", "bde"),
        ("NOT owners : u2", "acf"),
        ("owners : u", ""),
        ("NOT owner > u1", "acde"),
        ("size >= 5", "abf"),
        ("NOT size >= 5", "cde"),
        ("size != 5", "cdef"),
        ("size = -3", "c"),
        ("made_at > \"2026-01-01T00:00:00Z\"", "bef"),
        ("made_at = \"2026-01-01T08:00:00+08:00\"", "ac"),
        ("is_open = true", "acef"),
        ("-is_open = true", "bd"),
        ("state = STATE_OLD AND size = 5 OR owner = u1", "bd"),
        ("(state = STATE_OLD AND size = 5) OR owner = u1", "abd"),
    ];
    for scratch in filled().await {
        for (filter, expected) in cases {
            assert_eq!(selected(&scratch.db, filter).await, expected, "{filter}");
        }
    }
}

#[test]
fn what_a_column_cannot_be_asked_is_refused_with_a_remedy() {
    let cases = [
        (
            "nmae = x",
            "at character 1: no field `nmae`; did you mean `name`?",
        ),
        (
            "size = big",
            "at character 1: `size` is compared to `big`; write a whole number, for example `100`",
        ),
        (
            "size : 5",
            "at character 1: `size` cannot be compared so; use one of = != < <= > >=",
        ),
        (
            "is_open > true",
            "at character 1: `is_open` cannot be compared so; use = or !=",
        ),
        (
            "is_open = yes",
            "at character 1: `is_open` is compared to `yes`; write `true` or `false`",
        ),
        (
            "size = 1 AND made_at > today",
            "at character 14: `made_at` is compared to `today`; write a time in quotes, for example \
             `\"2026-01-31T00:00:00Z\"`",
        ),
        (
            "state = STATE_NWE",
            "at character 1: `state` has no value `STATE_NWE`; did you mean `STATE_NEW`?",
        ),
        (
            "state = 7",
            "at character 1: `state` has no value `7`; use one of STATE_NEW, STATE_OLD",
        ),
        (
            "made_at = \"\"",
            "at character 1: `made_at` is compared to ``; write a time in quotes, for example \
             `\"2026-01-31T00:00:00Z\"`",
        ),
        (
            "owners = u1",
            "at character 1: `owners` cannot be compared so; use :",
        ),
        (
            "name : \"\"",
            "at character 1: `name` contains nothing; write a text after `:`",
        ),
    ];
    for (filter, problem) in cases {
        let filter = Filter::parse(filter).unwrap();
        let refused = COLUMNS
            .write_filter(&filter, &mut Sql::default())
            .unwrap_err();
        assert_eq!(refused.to_string(), problem);
    }
}

fn order(text: &str) -> Order {
    let default = OrderBy::parse("made_at desc").unwrap();
    COLUMNS
        .order(&OrderBy::parse(text).unwrap(), &default, "id")
        .unwrap()
}

/// A row's value of a field, as a store gives it for a page token.
fn value_of(id: &str, field: &str) -> Value {
    let (id, name, owner, size, made_at, is_open, state) =
        THINGS.into_iter().find(|thing| thing.0 == id).unwrap();
    match field {
        "id" => json!(id),
        "name" => json!(name),
        "owner" => json!(owner),
        "size" => json!(size),
        "made_at" => json!(made_at),
        "is_open" => json!(is_open),
        _ => json!(state),
    }
}

/// Every row, fetched by pages of this many.
async fn paged(db: &Db, order: &Order, page_size: u32) -> String {
    let mut ids = String::new();
    let mut place: Option<Vec<Value>> = None;
    loop {
        let mut sql = Sql::new("SELECT t.id FROM things t WHERE ");
        match &place {
            Some(place) => order.write_after(place, &mut sql).unwrap(),
            None => {
                sql.push("TRUE");
            }
        }
        sql.push(" ORDER BY ");
        order.write(&mut sql);
        sql.push(" LIMIT ").number(page_size);
        let rows: Vec<(String,)> = db.fetch_all(sql.into_stmt()).await.unwrap();
        let Some((last,)) = rows.last() else {
            return ids;
        };
        place = Some(order.place(|field| value_of(last, field)));
        ids.extend(rows.into_iter().map(|(id,)| id));
    }
}

#[tokio::test]
async fn pages_of_any_size_visit_every_row_once_in_order() {
    let cases = [
        ("", "febcad"),
        ("made_at", "dacbef"),
        ("made_at desc, id", "fbeacd"),
        ("size", "cabfde"),
        ("size desc, made_at desc", "fbaced"),
        ("owner desc, size", "fbadce"),
        ("id desc", "fedcba"),
        ("state, owner desc, name desc", "faebdc"),
    ];
    for scratch in filled().await {
        for (text, _) in cases {
            let order = order(text);
            let whole = paged(&scratch.db, &order, 100).await;
            for page_size in 1..=5 {
                assert_eq!(paged(&scratch.db, &order, page_size).await, whole, "{text}");
            }
        }
        for (text, expected) in &cases[..7] {
            assert_eq!(
                paged(&scratch.db, &order(text), 2).await,
                *expected,
                "{text}"
            );
        }
    }
}

#[test]
fn order_that_an_index_can_serve_is_compared_as_one_row() {
    let mut sql = Sql::default();
    order("")
        .write_after(&[json!(1), json!("a")], &mut sql)
        .unwrap();
    assert_eq!(sql.text(), "(t.made_at, t.id) < ($1, $2)");
}

#[test]
fn place_of_another_order_is_refused() {
    for place in [
        &[json!(1)][..],
        &[json!("x"), json!("a")],
        &[json!(null), json!("a")],
        &[json!(1), json!("a\0")],
    ] {
        assert!(
            order("").write_after(place, &mut Sql::default()).is_err(),
            "{place:?}"
        );
    }
}

#[test]
fn field_that_cannot_be_ordered_by_is_refused() {
    let asked = OrderBy::parse("name, is_open").unwrap();
    let refused = COLUMNS
        .order(&asked, &OrderBy::default(), "id")
        .unwrap_err();
    assert_eq!(
        refused.to_string(),
        "at character 7: `is_open` cannot be ordered by; order by another field"
    );
}

#[test]
fn set_has_no_order() {
    let asked = OrderBy::parse("owners").unwrap();
    let refused = COLUMNS.order(&asked, &OrderBy::default(), "id");
    assert!(
        refused
            .unwrap_err()
            .to_string()
            .contains("cannot be ordered by")
    );
}
