//! From what was said to what is meant.

use super::error::ConfigError;
use super::layers::Layers;
use super::{ServeArgs, ServeConfig, Sources, Transport, keys};
use crate::telemetry::LogOptions;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::fmt::Display;
use std::net::SocketAddr;
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::str::FromStr;

impl ServeArgs {
    /// Reads the environment and the file beneath these flags. `own` are the service's own flags: a
    /// struct of optional fields; it comes back filled from all three.
    ///
    /// # Errors
    /// A key is unknown, a value is missing or not acceptable, or plaintext would leave the machine.
    pub fn resolve<T: Serialize + DeserializeOwned>(
        self,
        own: &T,
        sources: &Sources,
    ) -> Result<(ServeConfig, T), ConfigError> {
        #[expect(clippy::disallowed_methods, reason = "this is the configuration")]
        self.resolve_in(own, sources, |name| std::env::var(name).ok())
    }

    fn resolve_in<T: Serialize + DeserializeOwned>(
        self,
        own: &T,
        sources: &Sources,
        variable: impl Fn(&str) -> Option<String>,
    ) -> Result<(ServeConfig, T), ConfigError> {
        let known = [keys::of::<Self>(), keys::of::<T>()].concat();
        let file = self.config.clone();
        let file = file.or_else(|| variable(&sources.variable("config")).map(PathBuf::from));
        let mut layers = Layers::new(known);
        if let Some(file) = file {
            layers = layers.file(&file)?;
        }
        let layers = layers
            .environment(sources, &variable)
            .flags(&self)?
            .flags(own)?;
        let said = layers.read::<Self>()?;
        Ok((
            said.check(&layers, sources, variable("RUST_LOG"))?,
            layers.read()?,
        ))
    }

    fn check(
        self,
        layers: &Layers,
        sources: &Sources,
        rust_log: Option<String>,
    ) -> Result<ServeConfig, ConfigError> {
        let listen = address(layers, "listen", self.listen.as_deref())?.unwrap_or(sources.listen);
        let database = self
            .database
            .as_deref()
            .ok_or_else(|| ConfigError::Missing {
                key: "database",
                flag: "database",
                variable: sources.variable("database"),
                example: "sqlite:///path/to/file.db",
            })?;
        Ok(ServeConfig {
            listen,
            database: parse(layers, "database", database)?,
            transport: self.transport(layers, listen)?,
            metrics: address(layers, "metrics", self.metrics.as_deref())?,
            log: LogOptions {
                format: self.log.unwrap_or_default(),
                filter: self
                    .log_filter
                    .or(rust_log)
                    .unwrap_or_else(|| "info".to_owned()),
            },
            threads: self.threads.unwrap_or_else(cores),
        })
    }

    fn transport(&self, layers: &Layers, listen: SocketAddr) -> Result<Transport, ConfigError> {
        match (&self.tls_dir, self.insecure.unwrap_or_default()) {
            (Some(folder), false) => Ok(Transport::Tls(folder.clone())),
            (None, false) => Err(ConfigError::NoTransport),
            (None, true) if listen.ip().is_loopback() => Ok(Transport::Insecure),
            (None, true) => Err(ConfigError::InsecureOffLoopback { listen }),
            (Some(_), true) => Err(ConfigError::TwoTransports {
                tls_source: layers.source_of("tls_dir"),
                insecure_source: layers.source_of("insecure"),
            }),
        }
    }
}

fn address(
    layers: &Layers,
    key: &str,
    text: Option<&str>,
) -> Result<Option<SocketAddr>, ConfigError> {
    let Some(text) = text else {
        return Ok(None);
    };
    text.parse().map(Some).map_err(|_| ConfigError::Value {
        key: key.to_owned(),
        source_name: layers.source_of(key),
        problem: format!("`{text}` is no IP address and port; write it as 127.0.0.1:50051"),
    })
}

fn parse<T: FromStr<Err: Display>>(
    layers: &Layers,
    key: &str,
    text: &str,
) -> Result<T, ConfigError> {
    text.parse().map_err(|error: T::Err| ConfigError::Value {
        key: key.to_owned(),
        source_name: layers.source_of(key),
        problem: error.to_string(),
    })
}

fn cores() -> NonZeroUsize {
    std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN)
}

#[cfg(test)]
mod tests;
