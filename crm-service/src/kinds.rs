//! Every kind of record and the service that serves it: the one list that a new kind joins.

use crate::collaboration::attachment::Attachment;
use crate::collaboration::meeting::Meeting;
use crate::collaboration::note::Note;
use crate::collaboration::task::Task;
use crate::crm::Crm;
use crate::customers::contact::Contact;
use crate::customers::customer::Customer;
use crate::customers::interaction::Interaction;
use crate::customers::purchase::Purchase;
use crate::marketing::campaign::Campaign;
use crate::marketing::campaign_member::CampaignMember;
use crate::marketing::consent::Consent;
use crate::marketing::marketing_plan::MarketingPlan;
use crate::marketing::segment::Segment;
use crate::marketing::send_batch::SendBatch;
use crate::marketing::strategy::Strategy;
use crate::marketing::suppression::Suppression;
use crate::marketing::template::Template;
use crate::records::entity::Entity;
use crate::records::kind::Kind;
use crate::records::serve::Records;
use crate::reports::report_definition::ReportDefinition;
use crate::reports::saved_view::SavedView;
use crate::sales::contract::Contract;
use crate::sales::lead::Lead;
use crate::sales::opportunity::Opportunity;
use crate::sales::pipeline::Pipeline;
use crate::sales::price_book::PriceBook;
use crate::sales::product::Product;
use crate::sales::quote::Quote;
use crate::support::business_calendar::BusinessCalendar;
use crate::support::queue::Queue;
use crate::support::sla_policy::SlaPolicy;
use crate::support::ticket::Ticket;
use crate::support::ticket_message::TicketMessage;
use menshen_proto::authz::v1::ContextualRelation;
use menshen_proto::crm::v1::attachment_service_server::AttachmentServiceServer;
use menshen_proto::crm::v1::business_calendar_service_server::BusinessCalendarServiceServer;
use menshen_proto::crm::v1::campaign_member_service_server::CampaignMemberServiceServer;
use menshen_proto::crm::v1::campaign_service_server::CampaignServiceServer;
use menshen_proto::crm::v1::consent_service_server::ConsentServiceServer;
use menshen_proto::crm::v1::contact_service_server::ContactServiceServer;
use menshen_proto::crm::v1::contract_service_server::ContractServiceServer;
use menshen_proto::crm::v1::customer_service_server::CustomerServiceServer;
use menshen_proto::crm::v1::interaction_service_server::InteractionServiceServer;
use menshen_proto::crm::v1::lead_service_server::LeadServiceServer;
use menshen_proto::crm::v1::marketing_plan_service_server::MarketingPlanServiceServer;
use menshen_proto::crm::v1::meeting_service_server::MeetingServiceServer;
use menshen_proto::crm::v1::note_service_server::NoteServiceServer;
use menshen_proto::crm::v1::opportunity_service_server::OpportunityServiceServer;
use menshen_proto::crm::v1::pipeline_service_server::PipelineServiceServer;
use menshen_proto::crm::v1::price_book_service_server::PriceBookServiceServer;
use menshen_proto::crm::v1::product_service_server::ProductServiceServer;
use menshen_proto::crm::v1::purchase_service_server::PurchaseServiceServer;
use menshen_proto::crm::v1::queue_service_server::QueueServiceServer;
use menshen_proto::crm::v1::quote_service_server::QuoteServiceServer;
use menshen_proto::crm::v1::report_definition_service_server::ReportDefinitionServiceServer;
use menshen_proto::crm::v1::saved_view_service_server::SavedViewServiceServer;
use menshen_proto::crm::v1::segment_service_server::SegmentServiceServer;
use menshen_proto::crm::v1::send_batch_service_server::SendBatchServiceServer;
use menshen_proto::crm::v1::sla_policy_service_server::SlaPolicyServiceServer;
use menshen_proto::crm::v1::strategy_service_server::StrategyServiceServer;
use menshen_proto::crm::v1::suppression_service_server::SuppressionServiceServer;
use menshen_proto::crm::v1::task_service_server::TaskServiceServer;
use menshen_proto::crm::v1::template_service_server::TemplateServiceServer;
use menshen_proto::crm::v1::ticket_message_service_server::TicketMessageServiceServer;
use menshen_proto::crm::v1::ticket_service_server::TicketServiceServer;
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
    LeadServiceServer: Lead,
    PipelineServiceServer: Pipeline,
    ProductServiceServer: Product,
    PriceBookServiceServer: PriceBook,
    OpportunityServiceServer: Opportunity,
    NoteServiceServer: Note,
    TaskServiceServer: Task,
    MeetingServiceServer: Meeting,
    AttachmentServiceServer: Attachment,
    ReportDefinitionServiceServer: ReportDefinition,
    SavedViewServiceServer: SavedView,
    QueueServiceServer: Queue,
    TicketServiceServer: Ticket,
    TicketMessageServiceServer: TicketMessage,
    BusinessCalendarServiceServer: BusinessCalendar,
    SlaPolicyServiceServer: SlaPolicy,
    QuoteServiceServer: Quote,
    ContractServiceServer: Contract,
    StrategyServiceServer: Strategy,
    MarketingPlanServiceServer: MarketingPlan,
    CampaignServiceServer: Campaign,
    SegmentServiceServer: Segment,
    ConsentServiceServer: Consent,
    SuppressionServiceServer: Suppression,
    CampaignMemberServiceServer: CampaignMember,
    TemplateServiceServer: Template,
    SendBatchServiceServer: SendBatch,
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
const OTHERS: &[&str] = &["notifications", "settings"];

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
