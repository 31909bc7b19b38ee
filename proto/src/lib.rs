//! The contract of Menshen: messages, clients, servers, descriptors, and the table of rules.

#![expect(
    missing_docs,
    clippy::allow_attributes,
    clippy::pedantic,
    reason = "the documentation of generated code is in the protos"
)]

/// Rules, declared in the protos as options.
pub mod access {
    /// `menshen.access.v1`
    pub mod v1 {
        tonic::include_proto!("menshen.access.v1");
    }
}

/// The authorization service.
pub mod authz {
    /// `menshen.authz.v1`
    pub mod v1 {
        tonic::include_proto!("menshen.authz.v1");
    }
}

/// The CRM.
pub mod crm {
    /// `menshen.crm.v1`
    pub mod v1 {
        tonic::include_proto!("menshen.crm.v1");
    }
}

pub mod rules;
pub mod standard;

/// Every descriptor, our options included: for reflection, redaction and the rule table.
pub const FILE_DESCRIPTOR_SET: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/descriptors.bin"));

/// The descriptors as a pool, decoded once.
pub fn descriptors() -> &'static prost_reflect::DescriptorPool {
    static POOL: std::sync::LazyLock<prost_reflect::DescriptorPool> =
        std::sync::LazyLock::new(|| {
            // INVARIANT: the bytes are written by build.rs from a pool that decoded.
            prost_reflect::DescriptorPool::decode(FILE_DESCRIPTOR_SET).unwrap_or_default()
        });
    &POOL
}
