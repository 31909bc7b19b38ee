//! Every kind of record and the service that serves it: the one list that a new kind joins.

use crate::crm::Crm;
use crate::customers::contact::Contact;
use crate::customers::customer::Customer;
use crate::customers::interaction::Interaction;
use crate::customers::purchase::Purchase;
use crate::records::entity::Entity;
use crate::records::kind::Kind;
use crate::records::serve::Records;
use menshen_proto::authz::v1::ContextualRelation;
use menshen_proto::crm::v1::contact_service_server::ContactServiceServer;
use menshen_proto::crm::v1::customer_service_server::CustomerServiceServer;
use menshen_proto::crm::v1::interaction_service_server::InteractionServiceServer;
use menshen_proto::crm::v1::purchase_service_server::PurchaseServiceServer;
use menshen_proto::standard::Served;
use service_kit::serve::{MAX_REQUEST_BYTES, Routes};
use std::collections::BTreeMap;

macro_rules! kinds {
    ($($server:ident: $entity:ty),+ $(,)?) => {
        /// The facts about every kind.
        pub(crate) fn all() -> Vec<&'static Kind> {
            vec![$(<$entity as Entity>::kind()),+]
        }

        /// The services of every kind.
        pub(crate) fn routes(crm: &Crm) -> Routes {
            let routes = Routes::default();
            $(
                let records = Served(Records::<$entity>::new(crm));
                let server = $server::new(records).max_decoding_message_size(MAX_REQUEST_BYTES);
                let routes = routes.with(server);
            )+
            routes
        }
    };
}

kinds! {
    CustomerServiceServer: Customer,
    ContactServiceServer: Contact,
    InteractionServiceServer: Interaction,
    PurchaseServiceServer: Purchase,
}

/// Whether roles say how far they reach in a module.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Depths {
    /// Its records have owners.
    Yes,
    /// They go with others, or are for everybody who enters.
    No,
}

/// Modules that hold no records.
const OTHERS: &[&str] = &["settings"];

/// Every module, by its id: `contacts` of `module:contacts`.
pub(crate) fn modules() -> BTreeMap<&'static str, Depths> {
    let of_kind = |kind: &&'static Kind| {
        let depths = if kind.is_owned {
            Depths::Yes
        } else {
            Depths::No
        };
        Some((kind.module.strip_prefix("module:")?, depths))
    };
    let others = OTHERS.iter().map(|module| (*module, Depths::No));
    all().iter().filter_map(of_kind).chain(others).collect()
}

/// The relations that rows of any kind hold, each once.
///
/// # Errors
/// A kind whose facts do not fit the contract.
pub(crate) fn relations() -> Result<Vec<ContextualRelation>, &'static str> {
    let mut found: Vec<ContextualRelation> = Vec::new();
    for kind in all() {
        for relation in &kind.planned()?.relations {
            if !found.contains(relation) {
                found.push(relation.clone());
            }
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_fits_the_contract() {
        for kind in all() {
            assert_eq!(kind.planned().map(|_| ()), Ok(()), "{}", kind.name);
        }
    }
}
