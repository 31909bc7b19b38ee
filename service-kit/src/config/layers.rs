//! Flags over environment over file, each value with the name of where it comes from.

use super::error::ConfigError;
use super::{Sources, keys};
use figment::error::Kind;
use figment::providers::{Format, Serialized, Toml};
use figment::value::{Dict, Map, Value};
use figment::{Error, Figment, Metadata, Profile, Provider};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::path::Path;

/// Everything that was said, the strongest word last.
pub(super) struct Layers {
    figment: Figment,
    known: Vec<&'static str>,
}

impl Layers {
    /// Without a word about any of these keys.
    pub(super) fn new(known: Vec<&'static str>) -> Self {
        Self {
            figment: Figment::new(),
            known,
        }
    }

    /// What a TOML file says. A key that is none is a mistake, and might be one that matters.
    pub(super) fn file(self, path: &Path) -> Result<Self, ConfigError> {
        let file = path.display().to_string();
        let failed = |problem: String| ConfigError::File {
            file: file.clone(),
            problem,
        };
        let text = std::fs::read_to_string(path).map_err(|error| failed(error.to_string()))?;
        let mut data = Toml::string(&text)
            .data()
            .map_err(|error| failed(error.to_string()))?;
        let values = data.remove(&Profile::Default).unwrap_or_default();
        let unknown = values
            .keys()
            .find(|key| !self.known.contains(&key.as_str()));
        if let Some(key) = unknown {
            let remedy = keys::remedy(key, &self.known);
            return Err(ConfigError::UnknownKey {
                file,
                key: key.clone(),
                remedy,
            });
        }
        Ok(self.with(format!("file `{file}`"), values))
    }

    /// What the environment says. Other variables with the prefix are let be: orchestrators set some.
    pub(super) fn environment(
        self,
        sources: &Sources,
        variable: impl Fn(&str) -> Option<String>,
    ) -> Self {
        let prefixed = self.known.iter().map(|key| (sources.variable(key), *key));
        let named = sources
            .env_names
            .iter()
            .map(|(name, key)| ((*name).to_owned(), *key));
        let names = named.chain(prefixed).collect::<Vec<_>>();
        names
            .into_iter()
            .fold(self, |layers, (name, key)| match variable(&name) {
                Some(value) => layers.with(name, Dict::from([(key.to_owned(), value.into())])),
                None => layers,
            })
    }

    /// What the command line says: the fields that are set.
    pub(super) fn flags<T: Serialize>(self, flags: &T) -> Result<Self, ConfigError> {
        let data = Serialized::defaults(flags).data();
        let mut data = data.map_err(|error| refused(&error))?;
        let values = data.remove(&Profile::Default).unwrap_or_default();
        let set = values
            .into_iter()
            .filter(|(_, value)| !matches!(value, Value::Empty(..)));
        Ok(set.fold(self, |layers, (key, value)| {
            let flag = format!("--{}", key.replace('_', "-"));
            layers.with(flag, Dict::from([(key, value)]))
        }))
    }

    pub(super) fn read<T: DeserializeOwned>(&self) -> Result<T, ConfigError> {
        self.figment.extract().map_err(|error| refused(&error))
    }

    /// Where a key's value comes from.
    pub(super) fn source_of(&self, key: &str) -> String {
        let metadata = self.figment.find_metadata(key);
        metadata.map_or_else(
            || "default".to_owned(),
            |metadata| metadata.name.to_string(),
        )
    }

    fn with(mut self, name: String, values: Dict) -> Self {
        self.figment = self.figment.merge(Layer { name, values });
        self
    }
}

impl Sources {
    /// The environment variable of a key.
    pub(super) fn variable(&self, key: &str) -> String {
        format!("{}{}", self.env_prefix, key.to_uppercase())
    }
}

/// Without the value, which may be a secret.
fn refused(error: &Error) -> ConfigError {
    let problem = match &error.kind {
        Kind::InvalidType(_, expected) | Kind::InvalidValue(_, expected) => {
            format!("expected {expected}")
        }
        Kind::UnknownVariant(_, expected) => format!("write one of {}", expected.join(", ")),
        other => other.to_string(),
    };
    let name = error
        .metadata
        .as_ref()
        .map(|metadata| metadata.name.to_string());
    ConfigError::Value {
        key: error.path.join("."),
        source_name: name.unwrap_or_else(|| "configuration".to_owned()),
        problem,
    }
}

struct Layer {
    name: String,
    values: Dict,
}

impl Provider for Layer {
    fn metadata(&self) -> Metadata {
        Metadata::named(self.name.clone())
    }

    fn data(&self) -> Result<Map<Profile, Dict>, Error> {
        Ok(Map::from([(Profile::Default, self.values.clone())]))
    }
}
