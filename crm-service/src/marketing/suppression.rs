//! Suppressions 退订名单: addresses that nothing is sent to. Only a hash of each is kept.

use super::address::{hash, normalized};
use super::secret::{Purpose, Secret};
use crate::crm::Crm;
use crate::records::entity::{Change, Entity};
use crate::records::field::Field;
use crate::records::kind::Kind;
use crate::records::refusal::Refusal;
use crate::records::violations::Violations;
use menshen_proto::crm::v1::{self, SuppressionReason};
use service_kit::caller::Caller;
use service_kit::guard::permit::Resource;
use std::sync::OnceLock;

/// Marks what is about suppressions.
#[derive(Clone, Debug)]
pub(crate) struct Suppression;

/// RFC 5321: the longest address that a mail system must carry.
const ADDRESS_CHARS: usize = 254;

pub(crate) static SUPPRESSION: Kind = Kind {
    name: "suppression",
    message: "menshen.crm.v1.Suppression",
    table: "suppressions",
    module: "module:suppressions",
    is_owned: false,
    fields: &[
        Field::choice("channel", 0),
        Field::line("address_hash", 0, 64).by_the_kind("it is made of the address"),
        Field::choice("reason", SuppressionReason::Request as i32),
        Field::line("note", 0, 500),
        Field::time("lifted_at").aside("only the person behind the address lifts it"),
    ],
    joined: &[],
    plan: OnceLock::new(),
};

impl Resource for Suppression {
    const TYPE: &'static str = "suppression";
}

impl Entity for Suppression {
    type Message = v1::Suppression;

    fn kind() -> &'static Kind {
        &SUPPRESSION
    }

    /// The address goes no further than here: what is kept and answered is its hash.
    async fn admit(
        crm: &Crm,
        _: &Caller,
        change: &mut Change<'_, v1::Suppression>,
    ) -> Result<(), Refusal> {
        let address = std::mem::take(&mut change.after.address);
        let channel = change.after.channel();
        let mut violations = Violations::of(SUPPRESSION.name);
        violations.line("address", &address, 1..=ADDRESS_CHARS);
        if normalized(channel, &address).is_empty() {
            violations.add(
                "address",
                "is no address of this channel; give the whole address",
            );
        }
        violations.or(())?;
        let secret = Secret::of(&crm.db, Purpose::Addresses).await?;
        change.after.address_hash = hash(&secret, channel, &address);
        Ok(())
    }
}
