//! Pages: how large, and where the next one begins.

use crate::status;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::digest::{Context, SHA256};
use serde::{Deserialize, Serialize};
use tonic::Status;

/// The largest page.
pub const MAX_PAGE_SIZE: i32 = 1_000;

/// A page's size from a request: 0 means the default.
///
/// # Errors
/// `INVALID_ARGUMENT` for `page_size` outside 0 to 1,000.
pub fn page_size(asked: i32, default: u32) -> Result<u32, Status> {
    match u32::try_from(asked) {
        Ok(0) => Ok(default),
        Ok(size) if asked <= MAX_PAGE_SIZE => Ok(size),
        _ => Err(status::invalid_field(
            "page_size",
            format!("must be 1 to {MAX_PAGE_SIZE} (got {asked})"),
        )),
    }
}

/// Where the next page begins: the last row's values of the order's fields, its id last.
///
/// It carries no authority: every page is filtered anew for whoever asks.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PageToken {
    /// What question it belongs to.
    question: String,
    /// The last row's values, in the order's order; the id last.
    pub after: Vec<serde_json::Value>,
}

/// What makes two lists the same question: method, subject, filter, order, ….
pub fn question(parts: &[&str]) -> String {
    let mut hash = Context::new(&SHA256);
    for part in parts {
        // Lengths first, so that no two lists of parts run together to the same bytes.
        hash.update(&part.len().to_le_bytes());
        hash.update(part.as_bytes());
    }
    let digest = hash.finish();
    URL_SAFE_NO_PAD.encode(digest.as_ref().get(..12).unwrap_or_default())
}

impl PageToken {
    /// A token for the page after this row.
    pub fn new(question: &str, after: Vec<serde_json::Value>) -> Self {
        Self {
            question: question.to_owned(),
            after,
        }
    }

    /// As sent to the caller.
    pub fn encode(&self) -> String {
        URL_SAFE_NO_PAD.encode(serde_json::to_vec(self).unwrap_or_default())
    }

    /// Reads a request's token: `None` for the first page.
    ///
    /// # Errors
    /// `INVALID_ARGUMENT` for `page_token` that is not ours, or of another question.
    pub fn decode(text: &str, question: &str) -> Result<Option<Self>, Status> {
        if text.is_empty() {
            return Ok(None);
        }
        let bytes = URL_SAFE_NO_PAD.decode(text).ok();
        let token: Option<Self> = bytes.and_then(|bytes| serde_json::from_slice(&bytes).ok());
        match token {
            Some(token) if token.question == question => Ok(Some(token)),
            Some(_) => Err(status::invalid_field(
                "page_token",
                "belongs to another list; send the same filter, order and caller as for the first page",
            )),
            None => Err(status::invalid_field(
                "page_token",
                "is not one of ours; leave it empty for the first page",
            )),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_page_token_comes_back_as_it_was() {
        let token = PageToken::new(
            &question(&["List", "user:u05"]),
            vec![json!(5), json!("A-0001")],
        );
        let read = PageToken::decode(&token.encode(), &question(&["List", "user:u05"])).unwrap();
        assert_eq!(read, Some(token));
    }

    #[test]
    fn a_page_token_of_another_question_is_refused() {
        let token = PageToken::new(&question(&["List", "user:u05"]), vec![]);
        let refused =
            PageToken::decode(&token.encode(), &question(&["List", "user:u06"])).unwrap_err();
        assert!(refused.message().contains("another list"), "{refused}");
    }

    #[test]
    fn question_parts_do_not_run_together() {
        assert_ne!(question(&["ab", "c"]), question(&["a", "bc"]));
    }

    #[test]
    fn a_page_size_out_of_range_is_refused_with_the_range() {
        let refused = page_size(5_000, 50).unwrap_err();
        assert_eq!(refused.message(), "page_size: must be 1 to 1000 (got 5000)");
        assert_eq!(page_size(0, 50).unwrap(), 50);
    }
}
