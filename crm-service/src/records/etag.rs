//! Etags: a row's version, made opaque.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use prost_reflect::DynamicMessage;

/// In front of the version, so that an etag of something else is not taken for one of ours.
const MARK: &str = "v1:";

/// The etag of a version.
pub(crate) fn of(version: i64) -> String {
    URL_SAFE_NO_PAD.encode(format!("{MARK}{version}"))
}

/// Whether an etag that a caller sent is that of this version. An empty one makes no demand.
pub(crate) fn matches(etag: &str, version: i64) -> bool {
    etag.is_empty() || etag == of(version)
}

/// The version that one of our own etags stands for.
pub(crate) fn version_of(etag: &str) -> Option<i64> {
    let bytes = URL_SAFE_NO_PAD.decode(etag).ok()?;
    let text = String::from_utf8(bytes).ok()?;
    text.strip_prefix(MARK)?.parse().ok()
}

/// The etag in a message. Empty: it has none.
pub(crate) fn given(message: &DynamicMessage) -> String {
    let etag = message.get_field_by_name("etag");
    let etag = etag.as_ref().and_then(|value| value.as_str());
    etag.unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_etag_matches_its_own_version_only() {
        assert!(matches(&of(7), 7));
        assert!(matches("", 7));
        assert!(!matches(&of(8), 7));
        assert!(!matches("7", 7));
        assert_eq!(version_of(&of(7)), Some(7));
        assert_eq!(version_of("7"), None);
    }
}
