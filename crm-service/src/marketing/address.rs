//! Addresses of people, as they are compared: what reaches the same mailbox or telephone is the same.

use super::secret::Secret;
use menshen_proto::crm::v1::MessageChannel as Channel;

/// The one spelling of an address: e-mail in lower case, numbers by their digits. Empty: it is none.
pub(super) fn normalized(channel: Channel, address: &str) -> String {
    match channel {
        Channel::Sms | Channel::Phone => address.chars().filter(char::is_ascii_digit).collect(),
        Channel::Email | Channel::Wechat | Channel::Unspecified => address.trim().to_lowercase(),
    }
}

/// What a suppression keeps of an address. A text message and a call go to the same number, and are two
/// channels all the same.
pub(super) fn hash(secret: &Secret, channel: Channel, address: &str) -> String {
    let text = format!(
        "{}\n{}",
        channel.as_str_name(),
        normalized(channel, address)
    );
    hex::encode(secret.mac(text.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_mailbox_has_one_hash_and_channels_differ() {
        let secret = Secret::from_bytes(b"a test");
        let of = |channel, address| hash(&secret, channel, address);
        assert_eq!(
            of(Channel::Email, " Zhao@Example.com"),
            of(Channel::Email, "zhao@example.com")
        );
        assert_eq!(
            of(Channel::Sms, "199-0000-0001"),
            of(Channel::Sms, "19900000001")
        );
        assert_ne!(
            of(Channel::Sms, "19900000001"),
            of(Channel::Phone, "19900000001")
        );
        assert_ne!(
            of(Channel::Email, "zhao@example.com"),
            hash(
                &Secret::from_bytes(b"another"),
                Channel::Email,
                "zhao@example.com"
            )
        );
    }
}
