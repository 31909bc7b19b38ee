//! Calls as somebody.

use crate::Result;
use menshen_proto::authz::v1::authz_service_client;
use menshen_proto::authz::v1::identity_service_client;
use menshen_proto::authz::v1::schema_service_client;
use menshen_proto::crm::v1::attachment_content_service_client;
use menshen_proto::crm::v1::attachment_service_client;
use menshen_proto::crm::v1::bulk_service_client;
use menshen_proto::crm::v1::business_calendar_service_client;
use menshen_proto::crm::v1::campaign_member_service_client;
use menshen_proto::crm::v1::campaign_service_client;
use menshen_proto::crm::v1::consent_service_client;
use menshen_proto::crm::v1::contact_service_client;
use menshen_proto::crm::v1::contract_service_client;
use menshen_proto::crm::v1::customer_service_client;
use menshen_proto::crm::v1::duplicate_service_client;
use menshen_proto::crm::v1::inbox_service_client;
use menshen_proto::crm::v1::interaction_service_client;
use menshen_proto::crm::v1::lead_service_client;
use menshen_proto::crm::v1::marketing_plan_service_client;
use menshen_proto::crm::v1::meeting_service_client;
use menshen_proto::crm::v1::note_service_client;
use menshen_proto::crm::v1::opportunity_service_client;
use menshen_proto::crm::v1::pipeline_service_client;
use menshen_proto::crm::v1::pool_service_client;
use menshen_proto::crm::v1::preference_service_client;
use menshen_proto::crm::v1::price_book_service_client;
use menshen_proto::crm::v1::product_service_client;
use menshen_proto::crm::v1::purchase_service_client;
use menshen_proto::crm::v1::queue_service_client;
use menshen_proto::crm::v1::quote_service_client;
use menshen_proto::crm::v1::report_definition_service_client;
use menshen_proto::crm::v1::saved_view_service_client;
use menshen_proto::crm::v1::segment_service_client;
use menshen_proto::crm::v1::send_batch_service_client;
use menshen_proto::crm::v1::settings_service_client;
use menshen_proto::crm::v1::sla_policy_service_client;
use menshen_proto::crm::v1::strategy_service_client;
use menshen_proto::crm::v1::suppression_service_client;
use menshen_proto::crm::v1::task_service_client;
use menshen_proto::crm::v1::template_service_client;
use menshen_proto::crm::v1::ticket_message_service_client;
use menshen_proto::crm::v1::ticket_service_client;
use menshen_proto::crm::v1::timeline_service_client;
use tonic::metadata::{Ascii, MetadataValue};
use tonic::service::Interceptor;
use tonic::service::interceptor::InterceptedService;
use tonic::transport::Channel;
use tonic::{Request, Status};

/// A channel that sends a bearer token with each call.
pub type Signed = InterceptedService<Channel, Bearer>;

/// Puts the token, if there is one, into each call.
#[derive(Clone, Debug)]
pub struct Bearer(Option<MetadataValue<Ascii>>);

impl Interceptor for Bearer {
    fn call(&mut self, mut request: Request<()>) -> std::result::Result<Request<()>, Status> {
        if let Some(value) = &self.0 {
            request
                .metadata_mut()
                .insert("authorization", value.clone());
        }
        Ok(request)
    }
}

/// Both services, as one caller.
#[derive(Clone, Debug)]
pub struct Session {
    authz: Channel,
    crm: Channel,
    bearer: Bearer,
}

impl Session {
    /// A caller without a token.
    pub fn anonymous(authz: Channel, crm: Channel) -> Self {
        Self {
            authz,
            crm,
            bearer: Bearer(None),
        }
    }

    /// The same services, with this token.
    ///
    /// # Errors
    ///
    /// The token cannot stand in a header.
    pub fn with_token(&self, token: &str) -> Result<Self> {
        let value = format!("Bearer {token}").parse()?;
        Ok(Self {
            bearer: Bearer(Some(value)),
            ..self.clone()
        })
    }

    /// The token that is sent, without `Bearer`.
    pub fn token(&self) -> Option<&str> {
        let value = self.bearer.0.as_ref()?.to_str().ok()?;
        value.strip_prefix("Bearer ")
    }

    /// authz-service, for calls of any method.
    pub fn authz_channel(&self) -> Signed {
        InterceptedService::new(self.authz.clone(), self.bearer.clone())
    }

    /// crm-service, for calls of any method.
    pub fn crm_channel(&self) -> Signed {
        InterceptedService::new(self.crm.clone(), self.bearer.clone())
    }
}

/// A method of [`Session`] for each service.
macro_rules! clients {
    ($($channel:ident $name:ident: $module:ident::$client:ident;)+) => {
        impl Session {
            $(
                #[doc = concat!("A `", stringify!($client), "` as this caller.")]
                pub fn $name(&self) -> $module::$client<Signed> {
                    $module::$client::new(self.$channel())
                }
            )+
        }
    };
}

clients! {
    authz_channel authz: authz_service_client::AuthzServiceClient;
    authz_channel identity: identity_service_client::IdentityServiceClient;
    authz_channel schema: schema_service_client::SchemaServiceClient;
    crm_channel attachment_content: attachment_content_service_client::AttachmentContentServiceClient;
    crm_channel attachments: attachment_service_client::AttachmentServiceClient;
    crm_channel bulk: bulk_service_client::BulkServiceClient;
    crm_channel business_calendars: business_calendar_service_client::BusinessCalendarServiceClient;
    crm_channel campaign_members: campaign_member_service_client::CampaignMemberServiceClient;
    crm_channel campaigns: campaign_service_client::CampaignServiceClient;
    crm_channel consents: consent_service_client::ConsentServiceClient;
    crm_channel contacts: contact_service_client::ContactServiceClient;
    crm_channel contracts: contract_service_client::ContractServiceClient;
    crm_channel customers: customer_service_client::CustomerServiceClient;
    crm_channel duplicates: duplicate_service_client::DuplicateServiceClient;
    crm_channel inbox: inbox_service_client::InboxServiceClient;
    crm_channel interactions: interaction_service_client::InteractionServiceClient;
    crm_channel leads: lead_service_client::LeadServiceClient;
    crm_channel marketing_plans: marketing_plan_service_client::MarketingPlanServiceClient;
    crm_channel meetings: meeting_service_client::MeetingServiceClient;
    crm_channel notes: note_service_client::NoteServiceClient;
    crm_channel opportunities: opportunity_service_client::OpportunityServiceClient;
    crm_channel pipelines: pipeline_service_client::PipelineServiceClient;
    crm_channel pool: pool_service_client::PoolServiceClient;
    crm_channel preferences: preference_service_client::PreferenceServiceClient;
    crm_channel price_books: price_book_service_client::PriceBookServiceClient;
    crm_channel products: product_service_client::ProductServiceClient;
    crm_channel purchases: purchase_service_client::PurchaseServiceClient;
    crm_channel queues: queue_service_client::QueueServiceClient;
    crm_channel quotes: quote_service_client::QuoteServiceClient;
    crm_channel reports: report_definition_service_client::ReportDefinitionServiceClient;
    crm_channel saved_views: saved_view_service_client::SavedViewServiceClient;
    crm_channel segments: segment_service_client::SegmentServiceClient;
    crm_channel send_batches: send_batch_service_client::SendBatchServiceClient;
    crm_channel settings: settings_service_client::SettingsServiceClient;
    crm_channel sla_policies: sla_policy_service_client::SlaPolicyServiceClient;
    crm_channel strategies: strategy_service_client::StrategyServiceClient;
    crm_channel suppressions: suppression_service_client::SuppressionServiceClient;
    crm_channel tasks: task_service_client::TaskServiceClient;
    crm_channel templates: template_service_client::TemplateServiceClient;
    crm_channel ticket_messages: ticket_message_service_client::TicketMessageServiceClient;
    crm_channel tickets: ticket_service_client::TicketServiceClient;
    crm_channel timeline: timeline_service_client::TimelineServiceClient;
}
