//! The token in a message's link: whose address it was sent to, signed.
//!
//! It serves nothing but a person's choice about this one address. It does not expire: who was written to
//! years ago may still say no.

use crate::marketing::secret::Secret;
use crate::records::refusal::Refusal;
use crate::records::violations::Violations;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use menshen_proto::crm::v1::MessageChannel;
use serde::{Deserialize, Serialize};

/// What it is for stands in what is signed, so that no other link can be taken for it.
const FOR: &str = "preference";
/// Three ids, a hash and what is around them.
const MOST_BYTES: usize = 1_000;

/// Whose address a message went to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Link {
    #[serde(rename = "f")]
    purpose_of_token: String,
    /// The contact's id.
    #[serde(rename = "c")]
    pub(crate) contact: String,
    /// A [`MessageChannel`].
    #[serde(rename = "m")]
    channel: i32,
    /// What the message was for.
    #[serde(rename = "p")]
    pub(crate) purpose: String,
    /// The hash of the address, which the contact may have changed since.
    #[serde(rename = "a")]
    pub(crate) address_hash: String,
}

impl Link {
    pub(crate) fn new(
        contact: &str,
        channel: MessageChannel,
        purpose: &str,
        address_hash: String,
    ) -> Self {
        Self {
            purpose_of_token: FOR.to_owned(),
            contact: contact.to_owned(),
            channel: channel as i32,
            purpose: purpose.to_owned(),
            address_hash,
        }
    }

    pub(crate) fn channel(&self) -> MessageChannel {
        MessageChannel::try_from(self.channel).unwrap_or_default()
    }

    /// `BODY.MAC`, both base64 without padding, for an address on the web.
    pub(crate) fn token(&self, secret: &Secret) -> String {
        let body = URL_SAFE_NO_PAD.encode(serde_json::to_vec(self).unwrap_or_default());
        let mac = URL_SAFE_NO_PAD.encode(secret.mac(body.as_bytes()));
        format!("{body}.{mac}")
    }

    /// Back from [`Link::token`].
    ///
    /// # Errors
    /// It is not one of ours.
    pub(crate) fn read(secret: &Secret, token: &str) -> Result<Self, Refusal> {
        let read = || {
            let (body, mac) = token
                .split_once('.')
                .filter(|_| token.len() <= MOST_BYTES)?;
            let mac = URL_SAFE_NO_PAD.decode(mac).ok()?;
            if !secret.is_mac(body.as_bytes(), &mac) {
                return None;
            }
            let link: Self = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(body).ok()?).ok()?;
            Some(link).filter(|link| link.purpose_of_token == FOR)
        };
        read().ok_or_else(|| {
            let mut violations = Violations::default();
            violations.add(
                "token",
                "is not one of ours; use the link as it stands in the message",
            );
            violations.into()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn link() -> Link {
        Link::new("c1", MessageChannel::Email, "newsletter", "ab12".to_owned())
    }

    #[test]
    fn a_link_comes_back_as_it_was() {
        let secret = Secret::from_bytes(b"a test");
        assert_eq!(Link::read(&secret, &link().token(&secret)).unwrap(), link());
    }

    #[test]
    fn a_token_of_another_secret_contact_or_purpose_is_refused() {
        let secret = Secret::from_bytes(b"a test");
        let token = link().token(&secret);
        let (body, mac) = token.split_once('.').unwrap();
        let other = Link::new("c2", MessageChannel::Email, "newsletter", "ab12".to_owned());
        let (forged, _) = {
            let token = other.token(&secret);
            let (body, mac) = token.split_once('.').unwrap();
            (body.to_owned(), mac.to_owned())
        };
        let mut survey = link();
        survey.purpose_of_token = "survey".to_owned();
        for bad in [
            String::new(),
            body.to_owned(),
            format!("{body}."),
            format!("{forged}.{mac}"),
            link().token(&Secret::from_bytes(b"another")),
            survey.token(&secret),
        ] {
            assert!(Link::read(&secret, &bad).is_err(), "{bad}");
        }
    }
}
