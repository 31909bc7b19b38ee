//! Mail, handed to a server by SMTP. Off unless it is configured.

mod message;

use lettre::transport::smtp::authentication::Credentials;
use lettre::{AsyncSmtpTransport, AsyncTransport as _, Tokio1Executor};
pub(crate) use message::Letter;
use message::Sender;
use secrecy::{ExposeSecret as _, SecretString};
use std::time::Duration;

/// A server that takes no message within this time takes none.
const TIMEOUT: Duration = Duration::from_secs(30);
const NEVER_PLAIN: &str = "smtp_url `smtp://…` sends passwords and letters in the clear, so that only a server on \
     127.0.0.1 or localhost is reached so; write `smtps://…`, or `smtp://…?tls=required` for STARTTLS";

/// How mail is configured.
#[derive(Clone, Debug, Default)]
pub struct MailConfig {
    /// `smtps://USER@HOST:PORT`.
    pub url: String,
    /// The user's password.
    pub password: Option<SecretString>,
    /// Who writes: `云帆智造 <news@yunfan.example>`.
    pub from: String,
    /// What a person's mail program posts to: `https://…`. The token is appended.
    pub unsubscribe_url: String,
}

/// Why mail cannot be sent with this configuration.
#[derive(Debug, thiserror::Error)]
pub enum MailError {
    /// A key is missing beside the others.
    #[error("{0} is missing: mail needs smtp_url, smtp_from and unsubscribe_url together")]
    Missing(&'static str),
    /// The address of the server does not read.
    #[error("smtp_url does not read ({0}); write it as smtps://USER@HOST:465")]
    Url(String),
    /// It would go over the network in the clear.
    #[error("{NEVER_PLAIN}")]
    Plain,
    /// The sender does not read.
    #[error("smtp_from `{0}` is not a sender; write it as `Name <name@host>`")]
    From(String),
    /// Not a place that a mail program may post to.
    #[error("unsubscribe_url `{0}` is not an address; RFC 8058 wants `https://…`")]
    Unsubscribe(String),
}

/// Hands letters to a server.
#[derive(Clone)]
pub struct Mailer {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    sender: Sender,
    unsubscribe_url: String,
}

/// What became of a letter.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// The server took it.
    Taken,
    /// The server did not, and never will: what it said.
    Refused(String),
    /// The server did not now: what it said.
    Deferred(String),
    /// The connection broke while it was handed over: it may have been taken.
    Unknown(String),
}

impl Mailer {
    /// As configured.
    ///
    /// # Errors
    /// [`MailError`]
    pub fn new(config: &MailConfig) -> Result<Self, MailError> {
        let parts = [
            (&config.url, "smtp_url"),
            (&config.from, "smtp_from"),
            (&config.unsubscribe_url, "unsubscribe_url"),
        ];
        if let Some((_, name)) = parts.iter().find(|(value, _)| value.is_empty()) {
            return Err(MailError::Missing(name));
        }
        if !config.unsubscribe_url.starts_with("https://") {
            return Err(MailError::Unsubscribe(config.unsubscribe_url.clone()));
        }
        Ok(Self {
            transport: transport(config)?,
            sender: Sender::parse(&config.from)
                .ok_or_else(|| MailError::From(config.from.clone()))?,
            unsubscribe_url: config.unsubscribe_url.clone(),
        })
    }

    /// Where the person behind a token unsubscribes.
    pub(crate) fn unsubscribe_url(&self, token: &str) -> String {
        let mark = if self.unsubscribe_url.contains('?') {
            '&'
        } else {
            '?'
        };
        format!("{}{mark}token={token}", self.unsubscribe_url)
    }

    /// Whether the server answers.
    pub(crate) async fn is_there(&self) -> bool {
        self.transport.test_connection().await.unwrap_or(false)
    }

    /// Hands a letter over.
    pub(crate) async fn send(&self, letter: &Letter<'_>) -> Outcome {
        let message = match letter.message(&self.sender) {
            Ok(message) => message,
            Err(problem) => return Outcome::Refused(problem),
        };
        match self.transport.send(message).await {
            Ok(_) => Outcome::Taken,
            Err(error) if error.is_permanent() || error.is_client() => {
                Outcome::Refused(error.to_string())
            }
            Err(error) if error.is_transient() => Outcome::Deferred(error.to_string()),
            Err(error) => Outcome::Unknown(error.to_string()),
        }
    }
}

fn transport(config: &MailConfig) -> Result<AsyncSmtpTransport<Tokio1Executor>, MailError> {
    if !is_protected(&config.url) {
        return Err(MailError::Plain);
    }
    let builder = AsyncSmtpTransport::<Tokio1Executor>::from_url(&config.url)
        .map_err(|error| MailError::Url(error.to_string()))?
        .timeout(Some(TIMEOUT));
    Ok(match (&config.password, user(&config.url)) {
        (Some(password), Some(user)) => {
            let password = password.expose_secret().to_owned();
            builder
                .credentials(Credentials::new(user, password))
                .build()
        }
        _ => builder.build(),
    })
}

/// With TLS, or to this machine.
fn is_protected(url: &str) -> bool {
    if url.starts_with("smtps://") || url.contains("tls=required") {
        return true;
    }
    let host = url.strip_prefix("smtp://").map(|rest| {
        let place = rest.split(['/', '?']).next().unwrap_or_default();
        let host = place.rsplit('@').next().unwrap_or_default();
        host.split(':').next().unwrap_or_default().to_owned()
    });
    // Another scheme is refused where the address is read.
    host.is_none_or(|host| ["127.0.0.1", "localhost"].contains(&host.as_str()))
}

/// `USER` of `smtps://USER@HOST`.
fn user(url: &str) -> Option<String> {
    let (_, rest) = url.split_once("://")?;
    let (user, _) = rest.rsplit_once('@')?;
    Some(user.replace("%40", "@"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(url: &str, from: &str, unsubscribe_url: &str) -> String {
        let config = MailConfig {
            url: url.to_owned(),
            from: from.to_owned(),
            unsubscribe_url: unsubscribe_url.to_owned(),
            password: None,
        };
        Mailer::new(&config)
            .err()
            .map(|error| error.to_string())
            .unwrap_or_default()
    }

    #[tokio::test]
    async fn mail_leaves_this_machine_with_tls_only() {
        let (from, url) = ("News <news@yunfan.example>", "https://yunfan.example/u");
        assert_eq!(refused("smtp://127.0.0.1:2525", from, url), "");
        assert_eq!(
            refused("smtps://news%40yunfan.example@mail.example:465", from, url),
            ""
        );
        assert_eq!(
            refused("smtp://mail.example:587?tls=required", from, url),
            ""
        );
        assert!(refused("smtp://mail.example:25", from, url).contains("in the clear"));
        assert!(refused("http://127.0.0.1", from, url).contains("smtp_url does not read"));
    }

    #[tokio::test]
    async fn what_is_missing_or_does_not_read_is_named() {
        let url = "https://yunfan.example/u";
        assert!(refused("smtp://127.0.0.1:25", "", url).contains("smtp_from is missing"));
        assert!(refused("smtp://127.0.0.1:25", "nobody", url).contains("`nobody`"));
        let plain = "http://yunfan.example/u";
        assert!(refused("smtp://127.0.0.1:25", "n@yunfan.example", plain).contains("https://"));
    }
}
