//! Files on their way 上传: announced, sent in parts, verified, kept.

use super::PART_BYTES;
use super::sniff::{ACCEPTED, Sniffer};
use crate::crm::Crm;
use crate::customers::customer::Customer;
use crate::in_force::in_force;
use crate::records::call::Call;
use crate::records::refusal::Refusal;
use crate::records::time::timestamp;
use crate::records::violations::{Violations, quote};
use menshen_proto::crm::v1::{Attachment, StartUploadRequest, Upload, UploadChunkRequest};
use ring::digest::{Context, SHA256};
use service_kit::caller::Caller;
use service_kit::db::{Db, DbKind, Stmt, Tx};
use service_kit::guard::permit::Permit;
use service_kit::ids;
use service_kit::status::{self, Reason};

/// An upload as it is kept.
#[derive(Clone, Debug, sqlx::FromRow)]
pub(in crate::collaboration) struct Row {
    id: String,
    customer_id: String,
    size_bytes: i64,
    sha256: String,
    content_type: String,
    received_bytes: i64,
    created_at_us: i64,
}

/// A file that is what was announced.
pub(in crate::collaboration) struct Verified {
    pub(in crate::collaboration) content_type: &'static str,
    pub(in crate::collaboration) size_bytes: i64,
    pub(in crate::collaboration) sha256: String,
}

const MIB: i64 = 1_048_576;
const KEPT_US: i64 = 24 * 3_600 * 1_000_000;
/// What one caller may have begun and not attached.
const MOST_UNDER_WAY: i64 = 20;

const UNDER_WAY: &str = "
    SELECT COUNT(*)
    FROM uploads
    WHERE caller = $1 AND created_at_us > $2";
const START: &str = "
    INSERT INTO uploads (id, caller, customer_id, size_bytes, sha256, content_type, received_bytes, created_at_us)
    VALUES ($1, $2, $3, $4, $5, $6, 0, $7)";
const OWN: &str = "
    SELECT id, customer_id, size_bytes, sha256, content_type, received_bytes, created_at_us
    FROM uploads
    WHERE id = $1 AND caller = $2 AND created_at_us > $3";
const GROW: &str = "
    UPDATE uploads
    SET received_bytes = received_bytes + $4
    WHERE id = $1 AND caller = $2 AND received_bytes = $3";
const ADD: &str = "
    INSERT INTO upload_parts (upload_id, at, data)
    VALUES ($1, $2, $3)";
const PART: &str = "
    SELECT data
    FROM upload_parts
    WHERE upload_id = $1 AND at = $2";
const KEEP: &str = "
    INSERT INTO contents (sha256, size_bytes, created_at_us)
    VALUES ($1, $2, $3)
    ON CONFLICT DO NOTHING";
const KEEP_PARTS: &str = "
    INSERT INTO content_parts (sha256, at, data)
    SELECT $2, at, data
    FROM upload_parts
    WHERE upload_id = $1";
const FORGET_PARTS: &str = "
    DELETE FROM upload_parts
    WHERE upload_id = $1";
const FORGET: &str = "
    DELETE FROM uploads
    WHERE id = $1 AND caller = $2";
const OLD_PARTS: &str = "
    DELETE FROM upload_parts
    WHERE upload_id IN (SELECT id FROM uploads WHERE created_at_us < $1)";
const OLD: &str = "
    DELETE FROM uploads
    WHERE created_at_us < $1
        AND NOT EXISTS (SELECT 1 FROM upload_parts WHERE upload_id = uploads.id)";

impl Row {
    /// For the wire.
    pub(super) fn message(&self) -> Upload {
        Upload {
            id: self.id.clone(),
            customer: self.customer_id.clone(),
            size_bytes: self.size_bytes,
            sha256: self.sha256.clone(),
            content_type: self.content_type.clone(),
            received_bytes: self.received_bytes,
            expires_at: Some(timestamp(self.created_at_us + KEPT_US)),
        }
    }
}

/// Announces a file for the customer that the guard let through.
///
/// # Errors
/// It is too large or of a kind that is not taken; too many are under way.
pub(super) async fn start(
    crm: &Crm,
    permit: &Permit<Customer>,
    asked: &StartUploadRequest,
) -> Result<Upload, Refusal> {
    let most = in_force(&crm.db)
        .await?
        .max_attachment_mib
        .saturating_mul(MIB);
    let mut violations = Violations::default();
    violations.number("size_bytes", asked.size_bytes, 1..=most);
    if !is_sha256(&asked.sha256) {
        let problem = "is not a SHA-256; give 64 hexadecimal digits in lower case";
        violations.add("sha256", problem);
    }
    if !ACCEPTED.contains(&asked.content_type.as_str()) {
        let (quoted, taken) = (quote(&asked.content_type), ACCEPTED.join("`, `"));
        let problem = format!("{quoted} is not taken; give one of `{taken}`");
        violations.add("content_type", problem);
    }
    violations.or(())?;
    let (caller, now_us) = (&permit.caller().subject, crm.clock.now_us());
    let count = Stmt::new(UNDER_WAY).bind(caller).bind(now_us - KEPT_US);
    let (under_way,): (i64,) = crm.db.fetch_one(count).await?;
    if under_way >= MOST_UNDER_WAY {
        let problem = format!(
            "you have {under_way} uploads under way; attach them or give them up before you begin another"
        );
        return Err(status::resource_exhausted(Reason::TooManyAttempts, problem, None).into());
    }
    let row = Row {
        id: ids::new_id(now_us).to_string(),
        customer_id: permit.id().to_owned(),
        size_bytes: asked.size_bytes,
        sha256: asked.sha256.clone(),
        content_type: asked.content_type.clone(),
        received_bytes: 0,
        created_at_us: now_us,
    };
    let start = Stmt::new(START)
        .bind(&row.id)
        .bind(caller)
        .bind(&row.customer_id)
        .bind(row.size_bytes)
        .bind(&row.sha256)
        .bind(&row.content_type)
        .bind(now_us);
    crm.db.execute(start).await?;
    Ok(row.message())
}

fn is_sha256(text: &str) -> bool {
    let is_digit = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
    text.len() == 64 && text.bytes().all(is_digit)
}

/// An upload of the caller's.
///
/// # Errors
/// NOT_FOUND: they have no such upload, or it is over.
pub(super) async fn own(crm: &Crm, caller: &str, id: &str) -> Result<Row, Refusal> {
    let since = crm.clock.now_us() - KEPT_US;
    let select = Stmt::new(OWN).bind(id).bind(caller).bind(since);
    let found: Option<Row> = crm.db.fetch_optional(select).await?;
    found.ok_or_else(|| Refusal::NotFound("upload", id.to_owned()))
}

/// Adds the next part of an upload.
///
/// # Errors
/// NOT_FOUND; the part does not fit, or is not the next one.
pub(super) async fn add(
    crm: &Crm,
    caller: &str,
    part: &UploadChunkRequest,
) -> Result<Upload, Refusal> {
    let mut row = own(crm, caller, &part.upload).await?;
    let length = i64::try_from(part.data.len()).unwrap_or(i64::MAX);
    let is_last = part.offset.saturating_add(length) == row.size_bytes;
    let mut violations = Violations::default();
    if part.offset < 0 || part.offset % PART_BYTES != 0 || part.offset >= row.size_bytes {
        let problem =
            format!("does not begin a part; give a multiple of {PART_BYTES} below the file's size");
        violations.add("offset", problem);
    } else if length == 0 || length > PART_BYTES || (length < PART_BYTES && !is_last) {
        let problem = format!("has {length} bytes; give {PART_BYTES}, or what is left of the file");
        violations.add("data", problem);
    } else if part.offset.saturating_add(length) > row.size_bytes {
        violations.add(
            "data",
            "goes beyond the size that was announced; send no more than that",
        );
    }
    violations.or(())?;
    let mut tx = crm.db.begin().await?;
    let grow = Stmt::new(GROW).bind(&row.id).bind(caller);
    if tx.execute(grow.bind(part.offset).bind(length)).await? == 1 {
        let add = Stmt::new(ADD).bind(&row.id).bind(part.offset);
        tx.execute(add.bind(part.data.clone())).await?;
        tx.commit().await?;
        row.received_bytes = part.offset + length;
        return Ok(row.message());
    }
    drop(tx);
    let row = own(crm, caller, &part.upload).await?;
    match part_at(&crm.db, &row.id, part.offset).await? {
        Some(data) if data == part.data => Ok(row.message()),
        _ => Err(Refusal::wrong_state(
            format!("upload:{}", row.id),
            format!(
                "the upload goes on at {}; send the part that begins there",
                row.received_bytes
            ),
        )),
    }
}

async fn part_at(db: &Db, id: &str, at: i64) -> Result<Option<Vec<u8>>, Refusal> {
    let select = Stmt::new(PART).bind(id).bind(at);
    let found: Option<(Vec<u8>,)> = db.fetch_optional(select).await?;
    Ok(found.map(|(data,)| data))
}

/// Gives an upload of the caller's up.
///
/// # Errors
/// NOT_FOUND.
pub(super) async fn give_up(crm: &Crm, caller: &str, id: &str) -> Result<(), Refusal> {
    let row = own(crm, caller, id).await?;
    let mut tx = crm.db.begin().await?;
    forget(&mut tx, &row.id, caller).await?;
    Ok(tx.commit().await?)
}

async fn forget(tx: &mut Tx, id: &str, caller: &str) -> Result<u64, Refusal> {
    if tx.kind() == DbKind::Postgres {
        // Parts that come at the same time wait, and then find no upload.
        let lock = "SELECT id FROM uploads WHERE id = $1 FOR UPDATE";
        let _: Option<(String,)> = tx.fetch_optional(Stmt::new(lock).bind(id)).await?;
    }
    tx.execute(Stmt::new(FORGET_PARTS).bind(id)).await?;
    Ok(tx.execute(Stmt::new(FORGET).bind(id).bind(caller)).await?)
}

/// Looks at every byte of the upload that an attachment is to be made of.
///
/// # Errors
/// There is no such upload of the caller's for this customer; it is not complete; it is not what was announced.
pub(in crate::collaboration) async fn verified(
    crm: &Crm,
    caller: &Caller,
    attachment: &Attachment,
) -> Result<Verified, Refusal> {
    let missing = || {
        let mut violations = Violations::of("attachment");
        let quoted = quote(&attachment.upload);
        let problem =
            format!("you have no upload {quoted} for this record; begin one with StartUpload");
        violations.add("upload", problem);
        Refusal::from(violations)
    };
    let row = match own(crm, &caller.subject, &attachment.upload).await {
        Ok(row) if row.customer_id == attachment.customer => row,
        Ok(_) | Err(Refusal::NotFound(..)) => return Err(missing()),
        Err(other) => return Err(other),
    };
    let wrong = |problem: String| Refusal::wrong_state(format!("upload:{}", row.id), problem);
    if row.received_bytes != row.size_bytes {
        let problem = format!(
            "{} of {} bytes are there; send the rest with UploadChunk",
            row.received_bytes, row.size_bytes
        );
        return Err(wrong(problem));
    }
    let (mut hash, mut sniffer, mut at) = (Context::new(&SHA256), Sniffer::default(), 0);
    while at < row.size_bytes {
        let part = part_at(&crm.db, &row.id, at).await?.ok_or(Refusal::Stale)?;
        hash.update(&part);
        sniffer.look(&part);
        at += PART_BYTES;
    }
    let sha256 = hex::encode(hash.finish());
    if sha256 != row.sha256 {
        let problem = "its bytes have another SHA-256 than was announced; upload the file again";
        return Err(wrong(problem.to_owned()));
    }
    match sniffer.admit(&row.content_type) {
        Ok(content_type) => Ok(Verified {
            content_type,
            size_bytes: row.size_bytes,
            sha256,
        }),
        Err(found) => Err(wrong(format!(
            "it was announced as `{}` and is {found}; announce what it is, of a kind that is taken",
            row.content_type
        ))),
    }
}

/// Makes the upload's bytes the content of an attachment, in its transaction.
///
/// # Errors
/// The upload was used or given up meanwhile.
pub(in crate::collaboration) async fn keep(
    tx: &mut Tx,
    id: &str,
    attachment: &Attachment,
    call: &Call,
) -> Result<(), Refusal> {
    let keep = Stmt::new(KEEP)
        .bind(&attachment.sha256)
        .bind(attachment.size_bytes)
        .bind(call.now_us);
    if tx.execute(keep).await? == 1 {
        let parts = Stmt::new(KEEP_PARTS).bind(id).bind(&attachment.sha256);
        tx.execute(parts).await?;
    }
    if forget(tx, id, &call.caller).await? == 1 {
        Ok(())
    } else {
        Err(Refusal::Stale)
    }
}

/// Forgets the uploads that nobody attached within a day.
///
/// # Errors
/// The database fails.
pub(crate) async fn forget_old_uploads(db: &Db, now_us: i64) -> Result<(), Refusal> {
    let mut tx = db.begin().await?;
    tx.execute(Stmt::new(OLD_PARTS).bind(now_us - KEPT_US))
        .await?;
    tx.execute(Stmt::new(OLD).bind(now_us - KEPT_US)).await?;
    Ok(tx.commit().await?)
}
