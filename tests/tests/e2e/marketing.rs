//! Records of marketing, spelt shortly.

use crate::ask::own_customer;
use e2e::session::Session;
use menshen_proto::crm::v1::{
    ApproveTemplateRequest, Campaign, CampaignChannel, CampaignKind, Consent, ConsentStatus,
    Contact, CreateCampaignRequest, CreateConsentRequest, CreateContactRequest,
    CreateMarketingPlanRequest, CreateSegmentRequest, CreateSendBatchRequest,
    CreateStrategyRequest, CreateSuppressionRequest, CreateTemplateRequest, MarketingPlan,
    MessageChannel, Segment, SendBatch, Strategy, Suppression, Template,
};

/// A record of marketing with this id. False: that is no such type.
pub(crate) async fn create(owner: &Session, resource_type: &str, id: &str) -> bool {
    match resource_type {
        "strategy" => {
            let request = CreateStrategyRequest {
                strategy: Some(Strategy {
                    display_name: "x".to_owned(),
                    ..Strategy::default()
                }),
                strategy_id: id.to_owned(),
                ..CreateStrategyRequest::default()
            };
            owner.strategies().create_strategy(request).await.unwrap();
        }
        "marketing_plan" => {
            let request = CreateMarketingPlanRequest {
                marketing_plan_id: id.to_owned(),
                ..plan_request(MarketingPlan::default())
            };
            let plans = &mut owner.marketing_plans();
            plans.create_marketing_plan(request).await.unwrap();
        }
        "campaign" => {
            let request = CreateCampaignRequest {
                campaign_id: id.to_owned(),
                ..campaign_request(Campaign::default())
            };
            owner.campaigns().create_campaign(request).await.unwrap();
        }
        "segment" => {
            let request = CreateSegmentRequest {
                segment_id: id.to_owned(),
                ..segment_request(Segment::default())
            };
            owner.segments().create_segment(request).await.unwrap();
        }
        "consent" => {
            let contact = contact_with(owner, "x@nowhere.example").await;
            let mut request = consent_request(&contact);
            id.clone_into(&mut request.consent_id);
            owner.consents().create_consent(request).await.unwrap();
        }
        "suppression" => {
            let request = CreateSuppressionRequest {
                suppression: Some(Suppression {
                    channel: MessageChannel::Email as i32,
                    address: format!("{id}@nowhere.example"),
                    ..Suppression::default()
                }),
                suppression_id: id.to_owned(),
                ..CreateSuppressionRequest::default()
            };
            let suppressions = &mut owner.suppressions();
            suppressions.create_suppression(request).await.unwrap();
        }
        "template" => {
            let mut request = template_request();
            id.clone_into(&mut request.template_id);
            owner.templates().create_template(request).await.unwrap();
        }
        "send_batch" => {
            let campaign = new_campaign(owner, Campaign::default()).await.id;
            let template = draft_template(owner).await;
            let mut request = batch_request(&campaign, &template);
            id.clone_into(&mut request.send_batch_id);
            owner
                .send_batches()
                .create_send_batch(request)
                .await
                .unwrap();
        }
        _ => return false,
    }
    true
}

/// A contact of a new customer, with this address.
pub(crate) async fn contact_with(owner: &Session, email: &str) -> String {
    contact_of(owner, &own_customer(owner).await.id, email).await
}

pub(crate) async fn contact_of(owner: &Session, customer: &str, email: &str) -> String {
    let request = CreateContactRequest {
        contact: Some(Contact {
            customer: customer.to_owned(),
            display_name: format!("赵 {email}"),
            email: email.to_owned(),
            ..Contact::default()
        }),
        ..CreateContactRequest::default()
    };
    let created = owner.contacts().create_contact(request).await.unwrap();
    created.into_inner().contact.unwrap().id
}

pub(crate) fn consent_request(contact: &str) -> CreateConsentRequest {
    CreateConsentRequest {
        consent: Some(Consent {
            contact: contact.to_owned(),
            channel: MessageChannel::Email as i32,
            purpose: "newsletter".to_owned(),
            status: ConsentStatus::OptedIn as i32,
            source: "a test".to_owned(),
            proof: "form 17".to_owned(),
            ..Consent::default()
        }),
        ..CreateConsentRequest::default()
    }
}

/// Agrees to the newsletter.
pub(crate) async fn consented(by: &Session, contact: &str) -> Consent {
    let made = by.consents().create_consent(consent_request(contact)).await;
    made.unwrap().into_inner().consent.unwrap()
}

pub(crate) fn template_request() -> CreateTemplateRequest {
    CreateTemplateRequest {
        template: Some(Template {
            display_name: "a template of a test".to_owned(),
            subject: "News for {{customer.display_name}}".to_owned(),
            body: "Dear {{contact.display_name}}\n\n{{unsubscribe_url}}\n".to_owned(),
            ..Template::default()
        }),
        ..CreateTemplateRequest::default()
    }
}

pub(crate) async fn draft_template(by: &Session) -> String {
    let made = by.templates().create_template(template_request()).await;
    made.unwrap().into_inner().template.unwrap().id
}

/// Made by one and approved by the other.
pub(crate) async fn new_template(by: &Session, approver: &Session) -> String {
    let id = draft_template(by).await;
    let request = ApproveTemplateRequest {
        id: id.clone(),
        ..ApproveTemplateRequest::default()
    };
    approver
        .templates()
        .approve_template(request)
        .await
        .unwrap();
    id
}

pub(crate) fn batch_request(campaign: &str, template: &str) -> CreateSendBatchRequest {
    CreateSendBatchRequest {
        send_batch: Some(SendBatch {
            campaign: campaign.to_owned(),
            display_name: "a batch of a test".to_owned(),
            template: template.to_owned(),
            purpose: "newsletter".to_owned(),
            ..SendBatch::default()
        }),
        ..CreateSendBatchRequest::default()
    }
}

pub(crate) fn plan_request(plan: MarketingPlan) -> CreateMarketingPlanRequest {
    CreateMarketingPlanRequest {
        marketing_plan: Some(MarketingPlan {
            display_name: "a plan of a test".to_owned(),
            ..plan
        }),
        ..CreateMarketingPlanRequest::default()
    }
}

pub(crate) async fn new_plan(by: &Session, plan: MarketingPlan) -> MarketingPlan {
    let created = by
        .marketing_plans()
        .create_marketing_plan(plan_request(plan))
        .await;
    created.unwrap().into_inner().marketing_plan.unwrap()
}

pub(crate) fn campaign_request(campaign: Campaign) -> CreateCampaignRequest {
    CreateCampaignRequest {
        campaign: Some(Campaign {
            display_name: "a campaign of a test".to_owned(),
            kind: CampaignKind::Promotion as i32,
            channel: CampaignChannel::Email as i32,
            ..campaign
        }),
        ..CreateCampaignRequest::default()
    }
}

pub(crate) async fn new_campaign(by: &Session, campaign: Campaign) -> Campaign {
    let created = by
        .campaigns()
        .create_campaign(campaign_request(campaign))
        .await;
    created.unwrap().into_inner().campaign.unwrap()
}

pub(crate) fn segment_request(segment: Segment) -> CreateSegmentRequest {
    CreateSegmentRequest {
        segment: Some(Segment {
            display_name: "a segment of a test".to_owned(),
            ..segment
        }),
        ..CreateSegmentRequest::default()
    }
}

pub(crate) async fn new_segment(by: &Session, segment: Segment) -> Segment {
    let created = by.segments().create_segment(segment_request(segment)).await;
    created.unwrap().into_inner().segment.unwrap()
}
