//! One recipient's letter: whether it may go, what it says, what became of it.

use super::recipient::{Claimed, Fate};
use crate::crm::Crm;
use crate::mail::{Letter, Mailer, Outcome};
use crate::marketing::address::hash;
use crate::marketing::consent::standing::{Intent, Person, standing};
use crate::marketing::preference::token::Link;
use crate::marketing::secret::Secret;
use crate::marketing::template::text::Places;
use crate::records::refusal::Refusal;
use menshen_proto::crm::v1::{ConsentObstacle, MessageChannel};

const CHANNEL: MessageChannel = MessageChannel::Email;

/// Hands the letter over, unless something stands against it now.
///
/// # Errors
/// The database fails before the letter was handed over.
pub(super) async fn hand_over(
    crm: &Crm,
    mailer: &Mailer,
    claimed: &Claimed,
    [addresses, links]: [&Secret; 2],
) -> Result<Fate, Refusal> {
    let intent = Intent {
        contact: &claimed.contact_id,
        channel: CHANNEL,
        purpose: &claimed.purpose,
    };
    let (person, obstacles) = standing(&crm.db, addresses, intent).await?;
    let person = match (person, obstacles.first()) {
        (Some(person), None) => person,
        (_, Some(obstacle)) => return Ok(Fate::Skipped(*obstacle)),
        (None, None) => return Ok(Fate::Skipped(ConsentObstacle::Inactive)),
    };
    let address_hash = hash(addresses, CHANNEL, &person.email);
    let link = Link::new(&claimed.contact_id, CHANNEL, &claimed.purpose, address_hash);
    let url = mailer.unsubscribe_url(&link.token(links));
    Ok(match send(mailer, claimed, &person, &url).await {
        Outcome::Taken => Fate::Sent,
        Outcome::Refused(said) => Fate::Failed(said),
        Outcome::Deferred(said) => Fate::Deferred(said),
        Outcome::Unknown(said) => Fate::Unknown(said),
    })
}

async fn send(mailer: &Mailer, claimed: &Claimed, person: &Person, url: &str) -> Outcome {
    let places = Places {
        contact_display_name: &person.display_name,
        contact_title: &person.title,
        customer_display_name: &person.customer_name,
        unsubscribe_url: url,
    };
    let (subject, body) = (places.fill(&claimed.subject), places.fill(&claimed.body));
    let letter = Letter {
        id: &format!("{}.{}", claimed.batch_id, claimed.member_id),
        name: &person.display_name,
        email: &person.email,
        subject: &subject,
        body: &body,
        unsubscribe_url: url,
    };
    mailer.send(&letter).await
}
