//! Contacts go where their customer goes, and hide what is personal.

use crate::ask::own_customer;
use crate::expect::refused;
use e2e::session::Session;
use e2e::world::World;
use menshen_proto::crm::v1::{
    Contact, CreateContactRequest, DeleteCustomerRequest, GetContactRequest, ListContactsRequest,
    RestoreCustomerRequest, UpdateContactRequest,
};
use prost_types::FieldMask;
use std::sync::Arc;
use tonic::{Code, Status};

e2e::facts!(in_the_workshop:
    contact_hides_what_is_personal_and_keeps_what_is_not_changed,
    contact_of_a_customer_out_of_sight_is_not_made,
    contact_goes_and_comes_with_its_customer,
);

const MOBILE: &str = "199-0000-0001";

async fn contact_hides_what_is_personal_and_keeps_what_is_not_changed(world: Arc<World>) {
    let (rep, marketing) = (
        world.sign_in("u05").await.unwrap(),
        world.sign_in("u21").await.unwrap(),
    );
    let id = contact_of(&rep, &own_customer(&rep).await.id).await;
    let seen = read(&marketing, &id).await.unwrap();
    assert_eq!(
        (seen.display_name.as_str(), seen.mobile.as_str()),
        ("赵先生", "")
    );
    assert!(seen.redacted_fields.contains(&"mobile".to_owned()));

    let request = UpdateContactRequest {
        contact: Some(Contact {
            id: id.clone(),
            birthday: "1990-01-01".to_owned(),
            ..Contact::default()
        }),
        update_mask: Some(FieldMask {
            paths: vec!["birthday".to_owned()],
        }),
        ..UpdateContactRequest::default()
    };
    rep.contacts().update_contact(request).await.unwrap();
    let updated = read(&rep, &id).await.unwrap();
    assert_eq!(
        (updated.birthday.as_str(), updated.mobile.as_str()),
        ("1990-01-01", MOBILE)
    );
    assert!(updated.redacted_fields.is_empty());
}

async fn contact_of_a_customer_out_of_sight_is_not_made(world: Arc<World>) {
    let (rep, other) = (
        world.sign_in("u05").await.unwrap(),
        world.sign_in("u15").await.unwrap(),
    );
    let request = new_contact(&own_customer(&rep).await.id);
    refused(
        other.contacts().create_contact(request).await,
        Code::NotFound,
    );
}

async fn contact_goes_and_comes_with_its_customer(world: Arc<World>) {
    let (rep, admin) = (
        world.sign_in("u05").await.unwrap(),
        world.sign_in("u30").await.unwrap(),
    );
    let customer = own_customer(&rep).await.id;
    let id = contact_of(&rep, &customer).await;
    assert_eq!(listed(&admin, &customer).await, std::slice::from_ref(&id));
    let delete = DeleteCustomerRequest {
        id: customer.clone(),
        ..DeleteCustomerRequest::default()
    };
    admin.customers().delete_customer(delete).await.unwrap();
    for person in [&rep, &admin] {
        let absent = read(person, &id).await.unwrap_err();
        assert_eq!(absent.code(), Code::NotFound, "{absent:?}");
        assert!(listed(person, &customer).await.is_empty());
    }
    let restore = RestoreCustomerRequest {
        id: customer.clone(),
        ..RestoreCustomerRequest::default()
    };
    admin.customers().restore_customer(restore).await.unwrap();
    read(&rep, &id).await.unwrap();
    assert_eq!(listed(&rep, &customer).await, [id]);
}

fn new_contact(customer: &str) -> CreateContactRequest {
    CreateContactRequest {
        contact: Some(Contact {
            customer: customer.to_owned(),
            display_name: "赵先生".to_owned(),
            mobile: MOBILE.to_owned(),
            ..Contact::default()
        }),
        ..CreateContactRequest::default()
    }
}

async fn contact_of(by: &Session, customer: &str) -> String {
    let request = new_contact(customer);
    let created = by.contacts().create_contact(request).await.unwrap();
    created.into_inner().contact.unwrap().id
}

async fn read(by: &Session, id: &str) -> Result<Contact, Status> {
    let request = GetContactRequest { id: id.to_owned() };
    let answer = by.contacts().get_contact(request).await?;
    Ok(answer.into_inner().contact.unwrap())
}

/// The contacts of a customer in a person's list.
async fn listed(by: &Session, customer: &str) -> Vec<String> {
    let request = ListContactsRequest {
        filter: format!(r#"customer = "{customer}""#),
        ..ListContactsRequest::default()
    };
    let page = by.contacts().list_contacts(request).await.unwrap();
    let page = page.into_inner();
    assert_eq!(usize::try_from(page.total_size), Ok(page.contacts.len()));
    page.contacts
        .into_iter()
        .map(|contact| contact.id)
        .collect()
}
