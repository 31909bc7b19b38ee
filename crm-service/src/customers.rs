//! Customers 客户 and what belongs to them: contacts, interactions, purchases.

pub(crate) mod child_source;
pub(crate) mod chosen_id;
pub(crate) mod contact;
pub(crate) mod customer;
pub(crate) mod interaction;
pub(crate) mod mapping;
pub(crate) mod parent;
pub(crate) mod place;
pub(crate) mod purchase;

use crate::records::listed::Listed;
use menshen_proto::authz::v1::ContextualRelation;

/// The relations that rows of any kind hold.
pub(crate) fn relations_of_all() -> Vec<ContextualRelation> {
    [
        customer::row::Customer::contextual_relations(),
        contact::row::Contact::contextual_relations(),
        interaction::row::Interaction::contextual_relations(),
        purchase::row::Purchase::contextual_relations(),
    ]
    .concat()
}
