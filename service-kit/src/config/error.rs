//! Why a configuration is refused.

use std::net::SocketAddr;

/// Every variant names the key, where its value comes from, and what to write instead.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file cannot be read, or is no TOML.
    #[error("configuration file `{file}`: {problem}")]
    File {
        /// Its path.
        file: String,
        /// What is wrong with it.
        problem: String,
    },
    /// The file has a key that means nothing.
    #[error("configuration file `{file}` has the unknown key `{key}`; {remedy}")]
    UnknownKey {
        /// Its path.
        file: String,
        /// As written.
        key: String,
        /// The key that was meant, or all there are.
        remedy: String,
    },
    /// A value is not acceptable.
    #[error("{key} ({source_name}): {problem}")]
    Value {
        /// The key.
        key: String,
        /// Where the value comes from.
        source_name: String,
        /// What is wrong with it, and what to write.
        problem: String,
    },
    /// A value is needed.
    #[error("{key} is missing; write --{flag} {example}, or set {variable}")]
    Missing {
        /// The key.
        key: &'static str,
        /// Its flag.
        flag: &'static str,
        /// Its environment variable.
        variable: String,
        /// A value.
        example: &'static str,
    },
    /// Neither TLS nor its renunciation.
    #[error(
        "say how to serve: --tls-dir DIR for TLS (an empty folder is filled with development \
         certificates), or --insecure for plaintext on this machine"
    )]
    NoTransport,
    /// TLS, and its renunciation.
    #[error(
        "--tls-dir ({tls_source}) and --insecure ({insecure_source}) exclude each other; drop one"
    )]
    TwoTransports {
        /// Where the folder comes from.
        tls_source: String,
        /// Where the renunciation comes from.
        insecure_source: String,
    },
    /// Plaintext for others to read.
    #[error(
        "--insecure serves plaintext, which is refused on `{listen}`: listen on 127.0.0.1 or [::1], or use \
         --tls-dir DIR"
    )]
    InsecureOffLoopback {
        /// The address.
        listen: SocketAddr,
    },
}
