//! Converting a lead: a customer, a contact and perhaps an opportunity, or nothing at all.

use super::{CONVERTED, Lead, QUALIFIED};
use crate::crm::Crm;
use crate::customers::contact::{CONTACT, Contact};
use crate::customers::customer::{CUSTOMER, Customer};
use crate::records::along::{Along, Involved};
use crate::records::call::Call;
use crate::records::draft::Draft;
use crate::records::entity::{Entity, Step};
use crate::records::record::one;
use crate::records::refusal::Refusal;
use crate::records::serve::Records;
use crate::records::violations::{Violations, quote};
use crate::records::write::answered;
use crate::sales::opportunity::Opportunity;
use async_trait::async_trait;
use menshen_proto::authz::v1::Relationship;
use menshen_proto::crm::v1::{self, ConvertLeadRequest, ConvertLeadResponse, CustomerKind};
use menshen_proto::standard::{LeadVerbs, Resource as _};
use service_kit::caller::Caller;
use service_kit::db::Tx;
use service_kit::guard::decider::{Answer, Question};
use service_kit::guard::permit::Permit;
use tonic::{Request, Response, Status};

static CONVERT: Step = Step::new("ConvertLead", &[QUALIFIED], CONVERTED).taking(&[
    "converted_customer",
    "converted_contact",
    "converted_opportunity",
]);

#[tonic::async_trait]
impl LeadVerbs for Records<Lead> {
    async fn convert_lead(
        &self,
        request: Request<ConvertLeadRequest>,
    ) -> Result<Response<ConvertLeadResponse>, Status> {
        let permit = Permit::<Lead>::of(&request)?;
        let asked = request.into_inner();
        let call = self
            .crm
            .call(CONVERT.method, permit.caller(), &asked)
            .with_request_id(&asked.request_id)
            .validate_only(asked.validate_only);
        let lead = match answered(&self.crm.db, &call, v1::Lead::MESSAGE).await? {
            Some(lead) => lead,
            None => Box::pin(self.converted(&permit, &asked, &call)).await?,
        };
        Ok(Response::new(ConvertLeadResponse { lead: Some(lead) }))
    }
}

impl Records<Lead> {
    async fn converted(
        &self,
        permit: &Permit<Lead>,
        asked: &ConvertLeadRequest,
        call: &Call,
    ) -> Result<v1::Lead, Status> {
        let lead = one(&self.crm.db, permit).await?.message;
        let source = Source {
            crm: &self.crm,
            permit,
            lead: &lead,
            call,
        };
        let conversion = source.conversion(asked).await?;
        let wanted = conversion.named();
        self.step_with(permit, &asked.etag, (&CONVERT, &wanted), call, &conversion)
            .await
    }
}

/// What the lead goes into takes the right to change it.
const TO_CHANGE: (&str, &str) = (
    "update",
    "you may not change the record that the lead is to go into; name another one, or none and one is created",
);
/// What a lead becomes.
struct Conversion {
    customer: Became<Customer>,
    contact: Became<Contact>,
    opportunity: Option<Draft<Opportunity>>,
}

/// A record that is made of it, or one that was there.
enum Became<E: Entity> {
    New(Box<Draft<E>>),
    There(Involved),
}

/// What is converted, and for whom.
struct Source<'a> {
    crm: &'a Crm,
    permit: &'a Permit<Lead>,
    lead: &'a v1::Lead,
    call: &'a Call,
}

impl Source<'_> {
    /// Decides on everything that the conversion takes, before any of it is written.
    async fn conversion(&self, asked: &ConvertLeadRequest) -> Result<Conversion, Refusal> {
        check(asked)?;
        let customer = self.customer(asked).await?;
        let contact = self.contact(asked, &customer).await?;
        let opportunity = match &asked.opportunity {
            Some(wanted) => Some(self.opportunity(wanted, &customer).await?),
            None => None,
        };
        Ok(Conversion {
            customer,
            contact,
            opportunity,
        })
    }

    async fn customer(&self, asked: &ConvertLeadRequest) -> Result<Became<Customer>, Refusal> {
        let (crm, caller, lead) = (self.crm, self.permit.caller(), self.lead);
        if !asked.customer.is_empty() {
            let there = Involved::of(crm, caller, &CUSTOMER, &asked.customer, TO_CHANGE).await?;
            return Ok(Became::There(there));
        }
        let names = [&asked.customer_display_name, &lead.company];
        let name = names.into_iter().find(|name| !name.is_empty());
        let kind = match lead.company.as_str() {
            "" => CustomerKind::Person,
            _ => CustomerKind::Company,
        };
        let mut customer = v1::Customer {
            display_name: name.unwrap_or(&lead.display_name).clone(),
            kind: kind.into(),
            source: lead.source.clone(),
            ..v1::Customer::default()
        };
        if self.goes_over(CUSTOMER.module).await? {
            customer.phone = self.shown("phone", &lead.phone);
        }
        let draft = Draft::decided(crm, caller, &customer, &[], self.call).await?;
        Ok(Became::New(Box::new(draft)))
    }

    async fn contact(
        &self,
        asked: &ConvertLeadRequest,
        customer: &Became<Customer>,
    ) -> Result<Became<Contact>, Refusal> {
        let (crm, caller, lead) = (self.crm, self.permit.caller(), self.lead);
        if !asked.contact.is_empty() {
            let there = Involved::of(crm, caller, &CONTACT, &asked.contact, TO_CHANGE).await?;
            of_customer(&there, customer.id())?;
            return Ok(Became::There(there));
        }
        let mut contact = v1::Contact {
            customer: customer.id().to_owned(),
            display_name: lead.display_name.clone(),
            title: lead.title.clone(),
            ..v1::Contact::default()
        };
        if self.goes_over(CONTACT.module).await? {
            contact.email = self.shown("email", &lead.email);
            contact.mobile = self.shown("mobile", &lead.mobile);
            contact.wechat = self.shown("wechat", &lead.wechat);
        }
        let draft = Draft::decided(crm, caller, &contact, customer.facts(), self.call).await?;
        Ok(Became::New(Box::new(draft)))
    }

    async fn opportunity(
        &self,
        wanted: &v1::LeadOpportunity,
        customer: &Became<Customer>,
    ) -> Result<Draft<Opportunity>, Refusal> {
        let currency = wanted.amount.as_ref().map(|amount| amount.currency.clone());
        let opportunity = v1::Opportunity {
            customer: customer.id().to_owned(),
            display_name: wanted.display_name.clone(),
            currency: currency.unwrap_or_default(),
            amount: wanted.amount.clone(),
            close_date: wanted.close_date.clone(),
            pipeline: wanted.pipeline.clone(),
            source: self.lead.source.clone(),
            ..v1::Opportunity::default()
        };
        let caller = self.permit.caller();
        Draft::decided(self.crm, caller, &opportunity, customer.facts(), self.call).await
    }

    /// A field of the lead, if the caller may read it.
    fn shown(&self, field: &str, value: &str) -> String {
        let hidden = self.permit.hidden().iter();
        let is_hidden = hidden
            .filter(|rule| rule.message == v1::Lead::MESSAGE)
            .any(|rule| rule.field == field);
        if is_hidden {
            String::new()
        } else {
            value.to_owned()
        }
    }

    /// Whether the caller may write personal fields there.
    async fn goes_over(&self, module: &str) -> Result<bool, Refusal> {
        let question = Question {
            subject: String::new(),
            permission: "write_personal".to_owned(),
            resource: module.to_owned(),
            contextual: Vec::new(),
        };
        let caller: &Caller = self.permit.caller();
        let answers = self.crm.decider.check(caller, vec![question]).await?;
        Ok(matches!(answers.first(), Some(Answer::Allowed)))
    }
}

impl<E: Entity> Became<E> {
    fn id(&self) -> &str {
        match self {
            Self::New(draft) => draft.id(),
            Self::There(there) => &there.id,
        }
    }

    fn facts(&self) -> &[Relationship] {
        match self {
            Self::New(draft) => draft.facts(),
            Self::There(there) => there.facts(),
        }
    }

    async fn write(&self, tx: &mut Tx, call: &Call) -> Result<(), Refusal> {
        match self {
            Self::New(draft) => draft.write(tx, call).await.map(|_| ()),
            Self::There(there) => there.still(tx).await,
        }
    }
}

impl Conversion {
    /// The lead's fields that say what it became.
    fn named(&self) -> v1::Lead {
        let opportunity = self.opportunity.as_ref().map(|draft| draft.id().to_owned());
        v1::Lead {
            converted_customer: self.customer.id().to_owned(),
            converted_contact: self.contact.id().to_owned(),
            converted_opportunity: opportunity.unwrap_or_default(),
            ..v1::Lead::default()
        }
    }
}

#[async_trait]
impl Along for Conversion {
    async fn write(&self, tx: &mut Tx, call: &Call) -> Result<(), Refusal> {
        self.customer.write(tx, call).await?;
        self.contact.write(tx, call).await?;
        if let Some(opportunity) = &self.opportunity {
            opportunity.write(tx, call).await?;
        }
        Ok(())
    }
}

fn check(asked: &ConvertLeadRequest) -> Result<(), Violations> {
    let mut violations = Violations::default();
    violations.optional_id("customer", &asked.customer);
    violations.optional_id("contact", &asked.contact);
    violations.line(
        "customer_display_name",
        &asked.customer_display_name,
        0..=200,
    );
    if asked.customer.is_empty() && !asked.contact.is_empty() {
        violations.add("customer", "is empty; name the customer of the contact");
    }
    if !asked.customer.is_empty() && !asked.customer_display_name.is_empty() {
        let problem =
            "names a new customer, but `customer` names one that there is; give one of both";
        violations.add("customer_display_name", problem);
    }
    violations.or(())
}

fn of_customer(contact: &Involved, customer: &str) -> Result<(), Violations> {
    let (contact_ref, customer_ref) =
        (CONTACT.reference(&contact.id), CUSTOMER.reference(customer));
    let mut violations = Violations::default();
    let is_of = |fact: &Relationship| {
        fact.resource == contact_ref && fact.relation == "customer" && fact.subject == customer_ref
    };
    if !contact.facts().iter().any(is_of) {
        let quoted = quote(&contact.id);
        let problem = format!("{quoted} is not of this customer; name one that is");
        violations.add("contact", problem);
    }
    violations.or(())
}
