//! Whether a contact may be written to, asked of the rows as they are now.

use crate::marketing::address::{hash, normalized};
use crate::marketing::secret::Secret;
use crate::records::refusal::Refusal;
use menshen_proto::crm::v1::{
    ConsentObstacle as Obstacle, ConsentStatus, ContactStatus, MessageChannel as Channel,
};
use service_kit::db::{Db, Stmt};

// The withdrawal of two entries of one time: it has the greater number.
const LATEST: &str = "
    SELECT status
    FROM consents
    WHERE contact_id = $1 AND channel = $2 AND purpose = $3
    ORDER BY at_us DESC, status DESC
    LIMIT 1";
const CONTACT: &str = "
    SELECT c.email, c.mobile, c.wechat, c.do_not_call, c.status, c.display_name, c.title,
        k.display_name AS customer_name
    FROM contacts c
    JOIN customers k ON k.id = c.customer_id
    WHERE c.id = $1 AND c.deleted_at_us IS NULL AND k.deleted_at_us IS NULL";
const SUPPRESSED: &str = "
    SELECT COUNT(*)
    FROM suppressions
    WHERE channel = $1 AND address_hash = $2 AND lifted_at_us IS NULL";

/// A person who may be written to, or not.
#[derive(Debug, sqlx::FromRow)]
pub(crate) struct Person {
    pub(crate) email: String,
    mobile: String,
    wechat: String,
    do_not_call: bool,
    status: i64,
    pub(crate) display_name: String,
    pub(crate) title: String,
    pub(crate) customer_name: String,
}

/// Whom, by which way, for what.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Intent<'a> {
    pub(crate) contact: &'a str,
    pub(crate) channel: Channel,
    pub(crate) purpose: &'a str,
}

/// The person, if there still is one, and everything that stands against writing to them.
///
/// # Errors
/// The database fails: then nobody is written to.
pub(crate) async fn standing(
    db: &Db,
    secret: &Secret,
    intent: Intent<'_>,
) -> Result<(Option<Person>, Vec<Obstacle>), Refusal> {
    let select = Stmt::new(CONTACT).bind(intent.contact);
    let person: Option<Person> = db.fetch_optional(select).await?;
    let Some(person) = person else {
        return Ok((None, vec![Obstacle::Inactive]));
    };
    let mut obstacles = Vec::new();
    obstacles.extend(consent(db, intent).await?);
    obstacles.extend(suppression(db, secret, intent, &person).await?);
    if person.do_not_call {
        obstacles.push(Obstacle::DoNotCall);
    }
    if person.status != i64::from(ContactStatus::Active as i32) {
        obstacles.push(Obstacle::Inactive);
    }
    Ok((Some(person), obstacles))
}

async fn consent(db: &Db, intent: Intent<'_>) -> Result<Option<Obstacle>, Refusal> {
    let select = Stmt::new(LATEST)
        .bind(intent.contact)
        .bind(intent.channel as i32)
        .bind(intent.purpose);
    let latest: Option<(i64,)> = db.fetch_optional(select).await?;
    Ok(match latest {
        None => Some(Obstacle::NoConsent),
        Some((status,)) if status == i64::from(ConsentStatus::OptedIn as i32) => None,
        Some(_) => Some(Obstacle::Withdrawn),
    })
}

async fn suppression(
    db: &Db,
    secret: &Secret,
    intent: Intent<'_>,
    person: &Person,
) -> Result<Option<Obstacle>, Refusal> {
    let address = person.address(intent.channel);
    if normalized(intent.channel, address).is_empty() {
        return Ok(Some(Obstacle::NoAddress));
    }
    let select = Stmt::new(SUPPRESSED).bind(intent.channel as i32).bind(hash(
        secret,
        intent.channel,
        address,
    ));
    let (found,): (i64,) = db.fetch_one(select).await?;
    Ok((found > 0).then_some(Obstacle::Suppressed))
}

impl Person {
    /// Where they are reached.
    fn address(&self, channel: Channel) -> &str {
        match channel {
            Channel::Unspecified => "",
            Channel::Email => &self.email,
            Channel::Sms | Channel::Phone => &self.mobile,
            Channel::Wechat => &self.wechat,
        }
    }
}
