//! Values as columns hold them.

/// A column that only ever gets 32-bit values.
pub(crate) fn number(column: i64) -> i32 {
    i32::try_from(column).unwrap_or_default()
}

/// Text as searches without regard to case compare it.
pub(crate) fn folded(text: &str) -> String {
    text.to_lowercase()
}
