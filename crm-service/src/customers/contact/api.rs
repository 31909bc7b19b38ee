//! `menshen.crm.v1.ContactService`.

use super::domain::{ContactFields, SHAPE};
use super::row::Contact;
use super::write;
use crate::crm::Crm;
use crate::customers::chosen_id::id_of_new;
use crate::records::history::Entry;
use crate::records::history_page::history_page;
use crate::records::list::{Asked, list};
use crate::records::record::{Record, delete, many, one, restore};
use crate::records::refusal::Refusal;
use crate::records::time::timestamp;
use menshen_proto::crm::v1::contact_service_server::ContactService;
use menshen_proto::crm::v1::{
    self, BatchGetContactsRequest, BatchGetContactsResponse, ContactHistoryEntry,
    CreateContactRequest, CreateContactResponse, DeleteContactRequest, DeleteContactResponse,
    GetContactRequest, GetContactResponse, ListContactHistoryRequest, ListContactHistoryResponse,
    ListContactsRequest, ListContactsResponse, RestoreContactRequest, RestoreContactResponse,
    UpdateContactRequest, UpdateContactResponse,
};
use service_kit::db::retry;
use service_kit::guard::permit::{Admission, Permit, Permits, Scope};
use tonic::{Request, Response, Status};

/// Serves contacts.
pub(crate) struct ContactApi(pub(crate) Crm);

#[tonic::async_trait]
impl ContactService for ContactApi {
    async fn create_contact(
        &self,
        request: Request<CreateContactRequest>,
    ) -> Result<Response<CreateContactResponse>, Status> {
        let allowed = Admission::<Contact>::of(&request)?;
        let asked = request.into_inner();
        let call = self.0.call("CreateContact", allowed.caller(), &asked);
        let call = call
            .with_request_id(&asked.request_id)
            .validate_only(asked.validate_only);
        let proposed = asked.contact.unwrap_or_default();
        let fields = ContactFields::parse(&proposed, call.now_us).map_err(Refusal::from)?;
        let customer = proposed.customer;
        let id = id_of_new(&self.0, &allowed, &asked.contact_id).await?;
        let created =
            retry(|| write::create(&self.0.db, &allowed, &id, &customer, &fields, &call)).await?;
        Ok(Response::new(CreateContactResponse {
            contact: Some(created),
        }))
    }

    async fn get_contact(
        &self,
        request: Request<GetContactRequest>,
    ) -> Result<Response<GetContactResponse>, Status> {
        let permit = Permit::<Contact>::of(&request)?;
        let contact = one(&self.0.db, &permit).await?.message();
        Ok(Response::new(GetContactResponse {
            contact: Some(contact),
        }))
    }

    async fn batch_get_contacts(
        &self,
        request: Request<BatchGetContactsRequest>,
    ) -> Result<Response<BatchGetContactsResponse>, Status> {
        let permits = Permits::<Contact>::of(&request)?;
        let found = many(&self.0.db, &permits).await?;
        Ok(Response::new(BatchGetContactsResponse {
            contacts: found.records.iter().map(Record::message).collect(),
            not_found: found.not_found,
        }))
    }

    async fn list_contacts(
        &self,
        request: Request<ListContactsRequest>,
    ) -> Result<Response<ListContactsResponse>, Status> {
        let scope = Scope::<Contact>::of(&request)?;
        let asked = request.into_inner();
        let page = list(
            &self.0,
            &scope,
            Asked {
                page_size: asked.page_size,
                total: asked.total(),
                page_token: asked.page_token,
                filter: asked.filter,
                order_by: asked.order_by,
                show_deleted: asked.show_deleted,
            },
        )
        .await?;
        Ok(Response::new(ListContactsResponse {
            contacts: page.records.iter().map(Record::message).collect(),
            next_page_token: page.next_page_token,
            total_size: page.total_size,
            total_is_exact: page.total_is_exact,
        }))
    }

    async fn update_contact(
        &self,
        request: Request<UpdateContactRequest>,
    ) -> Result<Response<UpdateContactResponse>, Status> {
        let permit = Permit::<Contact>::of(&request)?;
        let asked = request.into_inner();
        let paths = SHAPE
            .paths(asked.update_mask.as_ref())
            .map_err(Refusal::from)?;
        let call = self.0.call("UpdateContact", permit.caller(), &asked);
        let call = call
            .with_request_id(&asked.request_id)
            .validate_only(asked.validate_only);
        let wanted = asked.contact.unwrap_or_default();
        let updated = retry(|| write::update(&self.0.db, &permit, &wanted, &paths, &call)).await?;
        Ok(Response::new(UpdateContactResponse {
            contact: Some(updated),
        }))
    }

    async fn delete_contact(
        &self,
        request: Request<DeleteContactRequest>,
    ) -> Result<Response<DeleteContactResponse>, Status> {
        let permit = Permit::<Contact>::of(&request)?;
        let asked = request.into_inner();
        let call = self.0.call("DeleteContact", permit.caller(), &asked);
        let call = call
            .with_request_id(&asked.request_id)
            .validate_only(asked.validate_only);
        let deleted = retry(|| delete(&self.0.db, &permit, &asked.etag, &call)).await?;
        Ok(Response::new(DeleteContactResponse {
            contact: Some(deleted),
        }))
    }

    async fn restore_contact(
        &self,
        request: Request<RestoreContactRequest>,
    ) -> Result<Response<RestoreContactResponse>, Status> {
        let permit = Permit::<Contact>::of(&request)?;
        let asked = request.into_inner();
        let call = self.0.call("RestoreContact", permit.caller(), &asked);
        let call = call
            .with_request_id(&asked.request_id)
            .validate_only(asked.validate_only);
        let restored = retry(|| restore(&self.0.db, &permit, &call)).await?;
        Ok(Response::new(RestoreContactResponse {
            contact: Some(restored),
        }))
    }

    async fn list_contact_history(
        &self,
        request: Request<ListContactHistoryRequest>,
    ) -> Result<Response<ListContactHistoryResponse>, Status> {
        let permit = Permit::<Contact>::of(&request)?;
        let asked = request.into_inner();
        let (entries, next_page_token) =
            history_page(&self.0, &permit, asked.page_size, &asked.page_token).await?;
        let entries = entries.into_iter().map(history_entry).collect();
        Ok(Response::new(ListContactHistoryResponse {
            entries,
            next_page_token,
        }))
    }
}

fn history_entry(entry: Entry<v1::Contact>) -> ContactHistoryEntry {
    ContactHistoryEntry {
        action: entry.action.into(),
        at: Some(timestamp(entry.at_us)),
        actor: entry.actor,
        changed_fields: entry.changed_fields,
        after: Some(entry.after),
    }
}
