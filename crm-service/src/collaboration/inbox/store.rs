//! Notifications and what people follow, in the database. Every statement names the person.

use crate::crm::Crm;
use crate::records::kind::Kind;
use crate::records::refusal::Refusal;
use crate::records::time::timestamp;
use crate::records::visible::{RecordRef, visible};
use menshen_proto::crm::v1::{Followed, Notification};
use service_kit::caller::Caller;
use service_kit::db::Stmt;
use std::collections::BTreeSet;

/// Everybody's notifications.
pub(super) struct Inbox {
    pub(super) crm: Crm,
    pub(super) kinds: Vec<&'static Kind>,
}

/// A notification as it is kept.
#[derive(Clone, Debug, sqlx::FromRow)]
pub(super) struct Row {
    pub(super) id: String,
    because: i64,
    record_type: String,
    record_id: String,
    actor: String,
    pub(super) at_us: i64,
    read_at_us: Option<i64>,
}

/// Rows that are looked at in one go, and how often for one page.
const LOOKED_AT: i64 = 200;
const ROUNDS: usize = 10;
const MOST_FOLLOWED: i64 = 1_000;
/// Sorts after every id.
const LAST_ID: &str = "~";

const NEWEST_FIRST: &str = "
    SELECT id, because, record_type, record_id, actor, at_us, read_at_us
    FROM notifications
    WHERE user_id = $1 AND id < $2 AND (read_at_us IS NULL OR NOT $3)
    ORDER BY id DESC
    LIMIT $4";
const SINCE: &str = "
    SELECT id, because, record_type, record_id, actor, at_us, read_at_us
    FROM notifications
    WHERE user_id = $1 AND at_us > $2
    ORDER BY id
    LIMIT $3";
const MARK: &str = "
    UPDATE notifications
    SET read_at_us = $3
    WHERE user_id = $1 AND id IN (LIST($2)) AND read_at_us IS NULL";
const MUTED: &str = "
    SELECT because
    FROM notification_mutes
    WHERE user_id = $1
    ORDER BY because";
const UNMUTE: &str = "
    DELETE FROM notification_mutes
    WHERE user_id = $1";
const MUTE: &str = "
    INSERT INTO notification_mutes (user_id, because)
    VALUES ($1, $2)
    ON CONFLICT DO NOTHING";
const FOLLOW: &str = "
    INSERT INTO follows (record_type, record_id, user_id, created_at_us)
    VALUES ($1, $2, $3, $4)
    ON CONFLICT DO NOTHING";
const UNFOLLOW: &str = "
    DELETE FROM follows
    WHERE record_type = $1 AND record_id = $2 AND user_id = $3";
const FOLLOWED: &str = "
    SELECT record_type, record_id, created_at_us
    FROM follows
    WHERE user_id = $1
    ORDER BY created_at_us DESC, record_type, record_id
    LIMIT $2";

impl Inbox {
    /// A page of a person's notifications before an id, and the id before which the next one begins.
    pub(super) async fn page(
        &self,
        caller: &Caller,
        person: &str,
        size: u32,
        before: Option<&str>,
        unread_only: bool,
    ) -> Result<(Vec<Notification>, Option<String>), Refusal> {
        let size = usize::try_from(size).unwrap_or_default();
        let mut before = before.unwrap_or(LAST_ID).to_owned();
        let mut shown: Vec<Notification> = Vec::new();
        for _ in 0..ROUNDS {
            let select = Stmt::new(NEWEST_FIRST)
                .bind(person)
                .bind(&before)
                .bind(unread_only)
                .bind(LOOKED_AT);
            let rows: Vec<Row> = self.crm.db.fetch_all(select).await?;
            let is_end = i64::try_from(rows.len()).is_ok_and(|rows| rows < LOOKED_AT);
            let seen = self.seen(caller, &rows).await?;
            for row in rows {
                if seen.contains(&row.reference()) {
                    if shown.len() == size {
                        return Ok((shown, Some(before)));
                    }
                    shown.push(row.message());
                }
                before = row.id;
            }
            if is_end {
                return Ok((shown, None));
            }
        }
        Ok((shown, Some(before)))
    }

    /// A person's notifications after a time, oldest first.
    pub(super) async fn since(
        &self,
        person: &str,
        at_us: i64,
        limit: i64,
    ) -> Result<Vec<Row>, Refusal> {
        let select = Stmt::new(SINCE).bind(person).bind(at_us).bind(limit);
        Ok(self.crm.db.fetch_all(select).await?)
    }

    /// The records of these notifications that the caller may see now.
    pub(super) async fn seen(
        &self,
        caller: &Caller,
        rows: &[Row],
    ) -> Result<BTreeSet<String>, Refusal> {
        let records = rows
            .iter()
            .filter_map(|row| self.record(&row.record_type, &row.record_id));
        visible(&self.crm, caller, records).await
    }

    fn record(&self, name: &str, id: &str) -> Option<RecordRef> {
        let kind = self.kinds.iter().find(|kind| kind.name == name)?;
        Some(RecordRef {
            kind,
            id: id.to_owned(),
        })
    }

    /// Marks a person's notifications as read; how many were not.
    pub(super) async fn mark_read(&self, person: &str, ids: &[String]) -> Result<i32, Refusal> {
        let mark = Stmt::new(MARK)
            .bind(person)
            .bind_list(ids)
            .bind(self.crm.clock.now_us());
        let marked = self.crm.db.execute(mark).await?;
        Ok(i32::try_from(marked).unwrap_or(i32::MAX))
    }

    /// What a person does not want to be told of.
    pub(super) async fn muted(&self, person: &str) -> Result<Vec<i32>, Refusal> {
        let select = Stmt::new(MUTED).bind(person);
        let rows: Vec<(i64,)> = self.crm.db.fetch_all(select).await?;
        Ok(rows
            .into_iter()
            .filter_map(|(because,)| i32::try_from(because).ok())
            .collect())
    }

    /// Sets it.
    pub(super) async fn mute(&self, person: &str, muted: &[i32]) -> Result<(), Refusal> {
        let mut tx = self.crm.db.begin().await?;
        tx.execute(Stmt::new(UNMUTE).bind(person)).await?;
        for because in muted {
            let mute = Stmt::new(MUTE).bind(person).bind(i64::from(*because));
            tx.execute(mute).await?;
        }
        Ok(tx.commit().await?)
    }

    /// Lets a person follow a record that they may see.
    pub(super) async fn follow(&self, person: &str, kind: &Kind, id: &str) -> Result<(), Refusal> {
        let follow = Stmt::new(FOLLOW).bind(kind.name).bind(id).bind(person);
        self.crm
            .db
            .execute(follow.bind(self.crm.clock.now_us()))
            .await?;
        Ok(())
    }

    /// Ends that.
    pub(super) async fn unfollow(
        &self,
        person: &str,
        kind: &Kind,
        id: &str,
    ) -> Result<(), Refusal> {
        let unfollow = Stmt::new(UNFOLLOW).bind(kind.name).bind(id).bind(person);
        self.crm.db.execute(unfollow).await?;
        Ok(())
    }

    /// What a person follows and may see.
    pub(super) async fn followed(
        &self,
        caller: &Caller,
        person: &str,
    ) -> Result<Vec<Followed>, Refusal> {
        let select = Stmt::new(FOLLOWED).bind(person).bind(MOST_FOLLOWED);
        let rows: Vec<(String, String, i64)> = self.crm.db.fetch_all(select).await?;
        let records = rows.iter().filter_map(|(of, id, _)| self.record(of, id));
        let seen = visible(&self.crm, caller, records).await?;
        let rows = rows.into_iter();
        let rows = rows.filter(|(of, id, _)| seen.contains(&format!("{of}:{id}")));
        Ok(rows
            .map(|(record_type, record, since_us)| Followed {
                record_type,
                record,
                since: Some(timestamp(since_us)),
            })
            .collect())
    }
}

impl Row {
    /// `note:42`
    pub(super) fn reference(&self) -> String {
        format!("{}:{}", self.record_type, self.record_id)
    }

    /// For the wire.
    pub(super) fn message(&self) -> Notification {
        Notification {
            id: self.id.clone(),
            reason: i32::try_from(self.because).unwrap_or_default(),
            record_type: self.record_type.clone(),
            record: self.record_id.clone(),
            actor: self.actor.clone(),
            at: Some(timestamp(self.at_us)),
            read_at: self.read_at_us.map(timestamp),
        }
    }
}
