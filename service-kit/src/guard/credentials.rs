//! What a request brings along to say who is calling.
//!
//! Only two headers and the verified certificate count. A header that is there but cannot be read is
//! a refusal: were it ignored, a service that passes on a broken token would act for itself.

use crate::caller::Credentials;
use crate::status::{self, Reason};
use arc_swap::ArcSwap;
use http::{Extensions, HeaderMap};
use rustc_hash::FxHashMap;
use secrecy::SecretString;
use std::sync::Arc;
use tonic::Status;
use tonic::transport::server::{TcpConnectInfo, TlsConnectInfo};
use x509_parser::prelude::{FromDer, X509Certificate};

const PERSON: &str = "authorization";
const SERVICE: &str = "menshen-service-authorization";
/// A handful of services call; more distinct certificates than this start the memory afresh.
const REMEMBERED_CERTIFICATES: usize = 256;

/// Reads credentials, remembering the names of certificates: parsing one costs as much as a decision.
#[derive(Debug, Default)]
pub struct CredentialReader {
    names: ArcSwap<FxHashMap<Box<[u8]>, Option<String>>>,
}

impl CredentialReader {
    /// The credentials of a request.
    ///
    /// # Errors
    /// UNAUTHENTICATED where an authorization header is malformed or comes twice.
    pub fn read(
        &self,
        headers: &HeaderMap,
        extensions: &Extensions,
    ) -> Result<Credentials, Status> {
        Ok(Credentials {
            bearer: bearer(headers, PERSON, Reason::TokenInvalid)?,
            service_bearer: bearer(headers, SERVICE, Reason::ServiceCredentialInvalid)?,
            certificate_name: self.certificate_name(extensions)?,
        })
    }

    fn certificate_name(&self, extensions: &Extensions) -> Result<Option<String>, Status> {
        let Some(chain) = extensions
            .get::<TlsConnectInfo<TcpConnectInfo>>()
            .and_then(TlsConnectInfo::peer_certs)
        else {
            return Ok(None);
        };
        let Some(leaf) = chain.first() else {
            return Ok(None);
        };
        let name = match self.names.load().get(leaf.as_ref()) {
            Some(name) => name.clone(),
            None => self.remember(leaf),
        };
        // INVARIANT: the TLS layer verified the chain; a name that cannot be read is nobody's.
        name.map(Some).ok_or_else(|| {
            status::unauthenticated(
                Reason::ServiceCredentialInvalid,
                "the client certificate has no single common name; issue one with the service's id",
            )
        })
    }

    fn remember(&self, leaf: &[u8]) -> Option<String> {
        let name = common_name(leaf);
        self.names.rcu(|known| {
            let mut known = if known.len() < REMEMBERED_CERTIFICATES {
                FxHashMap::clone(known)
            } else {
                FxHashMap::default()
            };
            known.insert(leaf.into(), name.clone());
            Arc::new(known)
        });
        name
    }
}

/// The one common name of a certificate. Two would let a reader choose.
fn common_name(der: &[u8]) -> Option<String> {
    let (_, certificate) = X509Certificate::from_der(der).ok()?;
    let mut names = certificate.subject().iter_common_name();
    let name = names.next()?.as_str().ok()?;
    (names.next().is_none() && !name.is_empty()).then(|| name.to_owned())
}

fn bearer(headers: &HeaderMap, name: &str, reason: Reason) -> Result<Option<SecretString>, Status> {
    let unreadable = |problem: &str| status::unauthenticated(reason, format!("`{name}` {problem}"));
    let mut values = headers.get_all(name).iter();
    let Some(value) = values.next() else {
        return Ok(None);
    };
    if values.next().is_some() {
        return Err(unreadable("comes twice; send it once"));
    }
    value
        .to_str()
        .ok()
        .and_then(|text| text.split_once(' '))
        .filter(|(scheme, token)| scheme.eq_ignore_ascii_case("bearer") && !token.trim().is_empty())
        .map(|(_, token)| Some(SecretString::from(token.trim())))
        .ok_or_else(|| unreadable("cannot be read; write `Bearer TOKEN`"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use secrecy::ExposeSecret;

    fn headers(values: &[&str]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(PERSON, value.parse().unwrap());
        }
        headers
    }

    fn bearer(headers: &HeaderMap, name: &str) -> Result<Option<SecretString>, Status> {
        super::bearer(headers, name, Reason::TokenInvalid)
    }

    #[test]
    fn bearer_scheme_is_read_without_regard_to_case() {
        let token = bearer(&headers(&["bEaReR abc"]), PERSON).unwrap().unwrap();
        assert_eq!(token.expose_secret(), "abc");
    }

    #[test]
    fn no_header_is_no_credential() {
        assert!(bearer(&headers(&[]), PERSON).unwrap().is_none());
    }

    #[test]
    fn malformed_or_doubled_header_is_refused_and_not_ignored() {
        for values in [
            &["Basic abc"][..],
            &["Bearer"],
            &["Bearer  "],
            &["Bearer a", "Bearer b"],
        ] {
            let refused = bearer(&headers(values), PERSON).unwrap_err();
            assert_eq!(refused.code(), tonic::Code::Unauthenticated, "{values:?}");
        }
    }

    #[test]
    fn certificate_is_known_by_its_one_common_name() {
        let name = |names: &[&str]| {
            let key = rcgen::KeyPair::generate().unwrap();
            let mut parameters = rcgen::CertificateParams::default();
            parameters.distinguished_name = rcgen::DistinguishedName::new();
            for name in names {
                parameters
                    .distinguished_name
                    .push(rcgen::DnType::CommonName, *name);
            }
            common_name(parameters.self_signed(&key).unwrap().der())
        };
        assert_eq!(name(&["crm"]).as_deref(), Some("crm"));
        assert_eq!(name(&[]), None);
    }

    #[test]
    fn remembered_certificate_keeps_its_name() {
        let reader = CredentialReader::default();
        assert_eq!(reader.remember(b"not a certificate"), None);
        assert_eq!(
            reader.names.load().get(&b"not a certificate"[..]),
            Some(&None)
        );
    }
}
