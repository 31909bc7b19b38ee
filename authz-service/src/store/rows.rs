//! Inserting many rows with one statement.

use service_kit::db::{Col, DbError, Stmt, Tx};

/// Rows of one statement: far below what either database takes as parameters.
const MAX_ROWS: usize = 200;

/// Runs `INSERT … VALUES ($1, …, $N) …` for many rows of N values. One row uses the text as it is,
/// which the databases keep prepared.
pub(super) async fn insert(
    tx: &mut Tx,
    sql: &'static str,
    rows: Vec<Vec<Col>>,
) -> Result<(), DbError> {
    let mut rows = rows.into_iter().peekable();
    while let Some(columns) = rows.peek().map(Vec::len) {
        let part: Vec<Vec<Col>> = rows.by_ref().take(MAX_ROWS).collect();
        let stmt = match part.len() {
            1 => Stmt::new(sql),
            count => Stmt::dynamic(widened(sql, columns, count)),
        };
        tx.execute(stmt.bind_all(part.into_iter().flatten()))
            .await?;
    }
    Ok(())
}

/// The statement with its one row of parameters repeated.
fn widened(sql: &str, columns: usize, count: usize) -> String {
    let row = |number: usize| {
        let parameters = (1..=columns).map(|column| format!("${}", number * columns + column));
        format!("({})", parameters.collect::<Vec<_>>().join(", "))
    };
    let rows = (0..count).map(row).collect::<Vec<_>>().join(", ");
    sql.replacen(&row(0), &rows, 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn row_of_parameters_is_repeated() {
        let sql = "INSERT INTO t (a, b) VALUES ($1, $2) ON CONFLICT DO NOTHING";
        let wide = "INSERT INTO t (a, b) VALUES ($1, $2), ($3, $4) ON CONFLICT DO NOTHING";
        assert_eq!(widened(sql, 2, 2), wide);
    }
}
