//! Inserting many rows with one statement.

use service_kit::db::{Col, DbError, Stmt, Tx};

/// Rows of one statement: far below what either database takes as parameters.
const MAX_ROWS: usize = 200;

/// Runs `INSERT … VALUES ($1, …, $N) …` for many rows. One row uses the text as it is, which the
/// databases keep prepared.
pub(super) async fn insert<const N: usize>(
    tx: &mut Tx,
    sql: &'static str,
    rows: Vec<[Col; N]>,
) -> Result<(), DbError> {
    let mut rows = rows.into_iter().peekable();
    while rows.peek().is_some() {
        let part: Vec<[Col; N]> = rows.by_ref().take(MAX_ROWS).collect();
        let stmt = match part.len() {
            1 => Stmt::new(sql),
            count => Stmt::dynamic(widened::<N>(sql, count)),
        };
        tx.execute(stmt.bind_all(part.into_iter().flatten()))
            .await?;
    }
    Ok(())
}

/// The statement with its one row of parameters repeated.
fn widened<const N: usize>(sql: &str, count: usize) -> String {
    let row = |number: usize| {
        let parameters = (1..=N).map(|column| format!("${}", number * N + column));
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
        assert_eq!(widened::<2>(sql, 2), wide);
    }
}
