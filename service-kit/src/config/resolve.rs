//! From what was said to what is meant.

use super::error::ConfigError;
use super::layers::Layers;
use super::{DatabaseArgs, ServeArgs, ServeConfig, Sources, Transport, keys};
use crate::db::DatabaseUrl;
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
        let layers = self.layers::<T>(sources, &variable)?.flags(own)?;
        let said = layers.read::<Self>()?;
        Ok((
            said.check(&layers, sources, variable("RUST_LOG"))?,
            layers.read()?,
        ))
    }

    /// What was said, but for the flags in `T`.
    fn layers<T: DeserializeOwned>(
        &self,
        sources: &Sources,
        variable: impl Fn(&str) -> Option<String>,
    ) -> Result<Layers, ConfigError> {
        let known = [keys::of::<Self>(), keys::of::<T>()].concat();
        let file = self.config.clone();
        let file = file.or_else(|| variable(&sources.variable("config")).map(PathBuf::from));
        let mut layers = Layers::new(known);
        if let Some(file) = file {
            layers = layers.file(&file)?;
        }
        layers.environment(sources, &variable).flags(self)
    }

    fn check(
        self,
        layers: &Layers,
        sources: &Sources,
        rust_log: Option<String>,
    ) -> Result<ServeConfig, ConfigError> {
        let listen = address(layers, "listen", self.listen.as_deref())?.unwrap_or(sources.listen);
        Ok(ServeConfig {
            listen,
            database: self.database(layers, sources)?,
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

    fn database(&self, layers: &Layers, sources: &Sources) -> Result<DatabaseUrl, ConfigError> {
        let missing = || ConfigError::Missing {
            key: "database",
            flag: "database",
            variable: sources.variable("database"),
            example: "sqlite:///path/to/file.db",
        };
        let said = self.database.as_deref().ok_or_else(missing)?;
        parse(layers, "database", said)
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

impl DatabaseArgs {
    /// Reads the environment and the file beneath these flags; `T` holds the service's own keys, so
    /// that its file is understood.
    ///
    /// # Errors
    /// A key is unknown, or the database is missing or not acceptable.
    pub fn resolve<T: DeserializeOwned>(
        self,
        sources: &Sources,
    ) -> Result<DatabaseUrl, ConfigError> {
        #[expect(clippy::disallowed_methods, reason = "this is the configuration")]
        self.resolve_in::<T>(sources, |name| std::env::var(name).ok())
    }

    fn resolve_in<T: DeserializeOwned>(
        self,
        sources: &Sources,
        variable: impl Fn(&str) -> Option<String>,
    ) -> Result<DatabaseUrl, ConfigError> {
        let serve = ServeArgs {
            database: self.database,
            config: self.config,
            ..ServeArgs::default()
        };
        let layers = serve.layers::<T>(sources, variable)?;
        layers.read::<ServeArgs>()?.database(&layers, sources)
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
