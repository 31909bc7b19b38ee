//! The development CA and the certificates that it signs.

use super::error::TlsError;
use super::files::{self, PUBLIC, SECRET};
use super::folder::{AUTHORITY, CRM, Pair, SERVER};
use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa,
    Issuer, KeyPair, KeyUsagePurpose, date_time_ymd,
};
use std::path::Path;
use std::time::Duration;

/// Clocks of two machines differ.
const BACKDATED: Duration = Duration::from_secs(3600);
const AUTHORITY_LIFE: Duration = Duration::from_secs(10 * 365 * 24 * 3600);
/// The longest that platforms accept of a certificate whose authority was added by hand.
const LEAF_LIFE: Duration = Duration::from_secs(825 * 24 * 3600);

/// Makes what is missing of the authority and its certificates. `since_epoch` is now.
///
/// `server.pem` is written last: who sees it sees a complete folder.
pub(super) fn fill(folder: &Path, since_epoch: Duration) -> Result<(), TlsError> {
    let fresh = !AUTHORITY.is_complete(folder);
    if fresh {
        make_authority(folder, since_epoch)?;
    }
    let issuer = issuer(folder)?;
    for (pair, parameters) in [(CRM, client("crm")), (SERVER, server()?)] {
        if fresh || !pair.is_complete(folder) {
            sign(
                folder,
                pair,
                lasting(parameters, since_epoch, LEAF_LIFE),
                &issuer,
            )?;
        }
    }
    Ok(())
}

fn make_authority(folder: &Path, since_epoch: Duration) -> Result<(), TlsError> {
    let mut parameters = named("Menshen development CA");
    parameters.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    parameters.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    let key = KeyPair::generate()?;
    let certificate = lasting(parameters, since_epoch, AUTHORITY_LIFE).self_signed(&key)?;
    files::write(&folder.join(AUTHORITY.key), &key.serialize_pem(), SECRET)?;
    files::write(
        &folder.join(AUTHORITY.certificate),
        &certificate.pem(),
        PUBLIC,
    )
}

fn issuer(folder: &Path) -> Result<Issuer<'static, KeyPair>, TlsError> {
    let (key_file, certificate_file) = (
        folder.join(AUTHORITY.key),
        folder.join(AUTHORITY.certificate),
    );
    let key = String::from_utf8(files::secret(&key_file)?)
        .map_err(|error| files::content(&key_file, error))?;
    let key = KeyPair::from_pem(&key).map_err(|error| files::content(&key_file, error))?;
    let certificate = files::chain(&certificate_file)?;
    let [certificate, ..] = certificate.as_slice() else {
        return Err(files::content(
            &certificate_file,
            "it holds no PEM certificate",
        ));
    };
    Issuer::from_ca_cert_der(certificate, key)
        .map_err(|error| files::content(&certificate_file, error))
}

fn sign(
    folder: &Path,
    pair: Pair,
    parameters: CertificateParams,
    issuer: &Issuer<'static, KeyPair>,
) -> Result<(), TlsError> {
    let key = KeyPair::generate()?;
    let certificate = parameters.signed_by(&key, issuer)?;
    files::write(&folder.join(pair.key), &key.serialize_pem(), SECRET)?;
    files::write(&folder.join(pair.certificate), &certificate.pem(), PUBLIC)
}

/// For this machine, by every name that it has for itself.
fn server() -> Result<CertificateParams, TlsError> {
    let names = ["localhost", "127.0.0.1", "::1"].map(str::to_owned);
    let mut parameters = CertificateParams::new(names)?;
    parameters.distinguished_name = distinguished("localhost");
    parameters.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    Ok(leaf(parameters))
}

/// For a service that calls another one.
fn client(name: &str) -> CertificateParams {
    let mut parameters = named(name);
    parameters.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
    leaf(parameters)
}

fn leaf(mut parameters: CertificateParams) -> CertificateParams {
    parameters.is_ca = IsCa::ExplicitNoCa;
    parameters.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    parameters.use_authority_key_identifier_extension = true;
    parameters
}

fn named(name: &str) -> CertificateParams {
    let mut parameters = CertificateParams::default();
    parameters.distinguished_name = distinguished(name);
    parameters
}

fn distinguished(name: &str) -> DistinguishedName {
    let mut distinguished = DistinguishedName::new();
    distinguished.push(DnType::CommonName, name);
    distinguished
}

/// Without dates a certificate would be valid from 1975 to 4096.
fn lasting(
    mut parameters: CertificateParams,
    since_epoch: Duration,
    life: Duration,
) -> CertificateParams {
    let now = date_time_ymd(1970, 1, 1) + since_epoch;
    parameters.not_before = now - BACKDATED;
    parameters.not_after = now + life;
    parameters
}
