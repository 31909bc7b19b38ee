//! The transaction of one mutating call: one effect and one answer, however often it is retried.

use super::call::{Call, MAX_REQUEST_ID_CHARS};
use super::message::{from_text, to_text};
use super::refusal::Refusal;
use super::violations::Violations;
use prost::Message;
use service_kit::db::{Db, Stmt, Tx};

/// An open transaction in which the call's request id, if any, is claimed.
pub(crate) struct Write<'a> {
    pub(crate) tx: Tx,
    pub(crate) call: &'a Call,
    message: &'static str,
}

/// What a call finds at its beginning.
pub(crate) enum Begun<'a, M> {
    /// It was made before: this is its answer.
    Answered(M),
    /// It is to be carried out.
    New(Write<'a>),
}

const CLAIM: &str = "
    INSERT INTO requests (caller, method, request_id, content_hash, answer, created_at_us)
    VALUES ($1, $2, $3, $4, '', $5)
    ON CONFLICT DO NOTHING";
const CLAIMED: &str = "
    SELECT content_hash, answer
    FROM requests
    WHERE caller = $1 AND method = $2 AND request_id = $3";
const ANSWER: &str = "
    UPDATE requests
    SET answer = $4
    WHERE caller = $1 AND method = $2 AND request_id = $3";
const FORGET: &str = "
    DELETE FROM requests
    WHERE created_at_us < $1";

/// How long a retry is recognised.
const REMEMBERED_US: i64 = 7 * 24 * 3_600 * 1_000_000;

/// The answer of a call that was made before, so that a retry does not stumble over its own effect.
///
/// # Errors
/// The request id was used with another content.
pub(crate) async fn answered<M>(
    db: &Db,
    call: &Call,
    message: &'static str,
) -> Result<Option<M>, Refusal>
where
    M: Message + Default,
{
    if call.request_id.is_empty() || call.validate_only {
        return Ok(None);
    }
    let claimed: Option<(String, String)> = db.fetch_optional(about(call, CLAIMED)).await?;
    match claimed {
        Some((hash, _)) if hash != call.content_hash => {
            Err(Refusal::RequestIdReused(call.request_id.clone()))
        }
        Some((_, answer)) if !answer.is_empty() => Ok(Some(from_text(message, &answer)?)),
        _ => Ok(None),
    }
}

fn about(call: &Call, sql: &'static str) -> Stmt {
    Stmt::new(sql)
        .bind(&call.caller)
        .bind(call.method)
        .bind(&call.request_id)
}

impl<'a> Write<'a> {
    /// Begins a call that answers with a record's message of this name.
    ///
    /// # Errors
    /// A request id that is too long, or that was used with another content.
    pub(crate) async fn begin<M>(
        db: &Db,
        call: &'a Call,
        message: &'static str,
    ) -> Result<Begun<'a, M>, Refusal>
    where
        M: Message + Default,
    {
        let mut violations = Violations::default();
        violations.line("request_id", &call.request_id, 0..=MAX_REQUEST_ID_CHARS);
        violations.or(())?;
        let mut write = Self {
            tx: db.begin().await?,
            call,
            message,
        };
        if call.request_id.is_empty() || call.validate_only || write.claim().await? {
            return Ok(Begun::New(write));
        }
        let (content_hash, answer) = write.claimed().await?;
        if content_hash != call.content_hash {
            return Err(Refusal::RequestIdReused(call.request_id.clone()));
        }
        Ok(Begun::Answered(from_text(message, &answer)?))
    }

    /// Whether the request id is new. Another call with it, still running, is waited for.
    async fn claim(&mut self) -> Result<bool, Refusal> {
        let claim = about(self.call, CLAIM)
            .bind(&self.call.content_hash)
            .bind(self.call.now_us);
        Ok(self.tx.execute(claim).await? == 1)
    }

    async fn claimed(&mut self) -> Result<(String, String), Refusal> {
        let claimed = about(self.call, CLAIMED);
        Ok(self.tx.fetch_one(claimed).await?)
    }

    /// Remembers the answer and makes everything durable; with `validate_only` nothing of it.
    pub(crate) async fn finish<M: Message>(mut self, answer: M) -> Result<M, Refusal> {
        if self.call.validate_only {
            return Ok(answer);
        }
        if !self.call.request_id.is_empty() {
            let remember = about(self.call, ANSWER).bind(to_text(self.message, &answer)?);
            self.tx.execute(remember).await?;
        }
        self.tx.commit().await?;
        Ok(answer)
    }
}

/// Forgets the calls that are too old to be retried.
pub(crate) async fn forget_old_requests(db: &Db, now_us: i64) -> Result<u64, Refusal> {
    Ok(db
        .execute(Stmt::new(FORGET).bind(now_us.saturating_sub(REMEMBERED_US)))
        .await?)
}
