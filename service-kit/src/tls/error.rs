//! Why there is no TLS.

use std::path::PathBuf;

/// Every variant names the file and what to do about it.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// A file cannot be read or written.
    #[error("TLS file `{path}`: {cause}")]
    File {
        /// Which one.
        path: PathBuf,
        /// What the system says.
        cause: std::io::Error,
    },
    /// A file is missing from a folder that is not ours to fill.
    #[error("TLS file `{path}` is missing; {remedy}")]
    Missing {
        /// Which one.
        path: PathBuf,
        /// What to do.
        remedy: &'static str,
    },
    /// Others may read a private key.
    #[error("TLS key `{path}` can be read by others than its owner; run: chmod 600 {path}", path = path.display())]
    Exposed {
        /// Which one.
        path: PathBuf,
    },
    /// A file holds something else.
    #[error("TLS file `{path}` cannot be used: {problem}")]
    Content {
        /// Which one.
        path: PathBuf,
        /// What is wrong with it.
        problem: String,
    },
    /// A certificate could not be made.
    #[error("the development certificates cannot be made: {0}")]
    Making(#[from] rcgen::Error),
}
