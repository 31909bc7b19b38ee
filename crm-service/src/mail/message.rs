//! One letter to one person.

use lettre::message::header::{ContentType, Header, HeaderName, HeaderValue};
use lettre::message::{Mailbox, Message};
use std::error::Error;

/// Who writes.
#[derive(Clone, Debug)]
pub(super) struct Sender(Mailbox);

impl Sender {
    /// `Name <name@host>`
    pub(super) fn parse(text: &str) -> Option<Self> {
        text.parse().ok().map(Self)
    }

    fn host(&self) -> &str {
        self.0.email.domain()
    }
}

/// What is written to whom. It has one recipient, so that nobody learns of another.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Letter<'a> {
    /// Names it, for servers that see it twice.
    pub(crate) id: &'a str,
    /// The person's name.
    pub(crate) name: &'a str,
    /// The person's address.
    pub(crate) email: &'a str,
    pub(crate) subject: &'a str,
    pub(crate) body: &'a str,
    /// Where one click unsubscribes (RFC 8058).
    pub(crate) unsubscribe_url: &'a str,
}

impl Letter<'_> {
    /// For the wire.
    pub(super) fn message(&self, sender: &Sender) -> Result<Message, String> {
        let email = self.email.trim().parse();
        let email =
            email.map_err(|_| "the contact's address is none that mail goes to".to_owned())?;
        let name = Some(self.name.to_owned()).filter(|name| !name.is_empty());
        Message::builder()
            .from(sender.0.clone())
            .to(Mailbox::new(name, email))
            .subject(self.subject)
            .message_id(Some(format!("<{}@{}>", self.id, sender.host())))
            .header(Unsubscribe(format!("<{}>", self.unsubscribe_url)))
            .header(OneClick("List-Unsubscribe=One-Click".to_owned()))
            .header(ContentType::TEXT_PLAIN)
            .body(self.body.to_owned())
            .map_err(|error| error.to_string())
    }
}

macro_rules! header {
    ($(#[$doc:meta])* $type:ident, $name:literal) => {
        $(#[$doc])*
        #[derive(Clone)]
        struct $type(String);

        impl Header for $type {
            fn name() -> HeaderName {
                HeaderName::new_from_ascii_str($name)
            }

            fn parse(text: &str) -> Result<Self, Box<dyn Error + Send + Sync>> {
                Ok(Self(text.to_owned()))
            }

            fn display(&self) -> HeaderValue {
                HeaderValue::new(Self::name(), self.0.clone())
            }
        }
    };
}

header!(
    /// RFC 2369.
    Unsubscribe,
    "List-Unsubscribe"
);
header!(
    /// RFC 8058.
    OneClick,
    "List-Unsubscribe-Post"
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_letter_carries_one_recipient_and_one_click() {
        let letter = Letter {
            id: "b1.m1",
            name: "赵先生",
            email: "zhao@example.com",
            subject: "News",
            body: "Hello",
            unsubscribe_url: "https://yunfan.example/u?token=abc",
        };
        let sender = Sender::parse("News <news@yunfan.example>").unwrap();
        let text = letter.message(&sender).unwrap().formatted();
        let text = String::from_utf8(text).unwrap();
        assert!(
            text.contains("List-Unsubscribe: <https://yunfan.example/u?token=abc>"),
            "{text}"
        );
        assert!(
            text.contains("List-Unsubscribe-Post: List-Unsubscribe=One-Click"),
            "{text}"
        );
        assert!(
            text.contains("Message-ID: <b1.m1@yunfan.example>"),
            "{text}"
        );
        assert_eq!(text.matches("zhao@example.com").count(), 1);
    }
}
