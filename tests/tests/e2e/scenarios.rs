//! The role table of the source document, and the lists that prove it.

use crate::ask::{counted, get, new_customer, own_customer, set_level, ticket_about, unique};
use crate::expect::{denied, refused};
use e2e::company::{CUSTOMERS, Tag};
use e2e::session::Session;
use e2e::world::World;
use menshen_proto::crm::v1::{
    Customer, DeleteCustomerRequest, GetCustomerRequest, GetSettingsRequest, Settings,
    UpdateSettingsRequest,
};
use prost_types::FieldMask;
use std::sync::Arc;
use tonic::Code;

e2e::facts!(
    about_the_company:
        each_list_holds_what_the_person_may_see,
        auditor_may_not_enter_the_module;
    in_the_workshop:
        sales_rep_does_all_but_delete,
        administrator_does_all_four,
        service_rep_reads_and_updates_the_customers_of_their_tickets,
        executive_reads_updates_and_configures_but_creates_and_deletes_nothing,
        junior_creates_and_reads_but_does_not_update,
        sales_rep_does_not_configure;
);

/// S1, S2 and S3: exactly so many, and not one more.
async fn each_list_holds_what_the_person_may_see(world: Arc<World>) {
    for (person, expected) in [
        ("u05", 163),
        ("u04", 400),
        ("u03", 720),
        ("u02", 1_759),
        ("u01", 2_000),
        ("u30", 2_000),
        ("u09", 168),
        ("u24", 300),
        ("u23", 540),
        ("u20", 2_000),
        ("u33", 5),
    ] {
        let session = world.sign_in(person).await.unwrap();
        let page = session
            .customers()
            .list_customers(counted(1))
            .await
            .unwrap()
            .into_inner();
        assert_eq!(page.total_size, expected, "{person}");
        assert!(page.total_is_exact, "{person}");
    }
    assert_eq!(CUSTOMERS, 2_000);
}

/// S3: no module, no list, not even an empty one.
async fn auditor_may_not_enter_the_module(world: Arc<World>) {
    let auditor = world.sign_in("u32").await.unwrap();
    denied(
        auditor.customers().list_customers(counted(1)).await,
        "access",
    );
}

/// S4: 销售代表. The function "delete" is there; the data right is not.
async fn sales_rep_does_all_but_delete(world: Arc<World>) {
    let rep = world.sign_in("u05").await.unwrap();
    let own = own_customer(&rep).await;
    assert_eq!(
        (own.owner.as_str(), own.department.as_str()),
        ("u05", "D111")
    );
    get(&rep, &own.id).await.unwrap();
    rep.customers()
        .update_customer(set_level(&own.id, "A"))
        .await
        .unwrap();
    denied(delete(&rep, &own.id).await, "data");
}

/// S6: 管理员, on anybody's record.
async fn administrator_does_all_four(world: Arc<World>) {
    let (admin, rep) = (
        world.sign_in("u30").await.unwrap(),
        world.sign_in("u05").await.unwrap(),
    );
    let theirs = own_customer(&rep).await;
    get(&admin, &theirs.id).await.unwrap();
    admin
        .customers()
        .update_customer(set_level(&theirs.id, "B"))
        .await
        .unwrap();
    delete(&admin, &theirs.id).await.unwrap();
    own_customer(&admin).await;
}

/// 客户服务代表, on the customers that their department has tickets about.
async fn service_rep_reads_and_updates_the_customers_of_their_tickets(world: Arc<World>) {
    let (rep, agent) = (
        world.sign_in("u05").await.unwrap(),
        world.sign_in("u24").await.unwrap(),
    );
    let id = own_customer(&rep).await.id;
    refused(agent_gets(&agent, &id).await, Code::NotFound);
    ticket_about(&agent, &id).await;
    get(&agent, &id).await.unwrap();
    agent
        .customers()
        .update_customer(set_level(&id, "A"))
        .await
        .unwrap();
    denied(delete(&agent, &id).await, "data");
    let unserved = new_customer(&unique("unserved"), Customer::default());
    denied(agent.customers().create_customer(unserved).await, "data");
}

async fn agent_gets(
    agent: &Session,
    id: &str,
) -> crate::ask::Outcome<menshen_proto::crm::v1::GetCustomerResponse> {
    let request = GetCustomerRequest { id: id.to_owned() };
    agent.customers().get_customer(request).await
}

/// S7: 高级管理人员. All data is in reach; the functions are not there.
async fn executive_reads_updates_and_configures_but_creates_and_deletes_nothing(world: Arc<World>) {
    let executive = world.sign_in("u01").await.unwrap();
    let theirs = own_customer(&world.sign_in("u05").await.unwrap()).await;
    get(&executive, &theirs.id).await.unwrap();
    executive
        .customers()
        .update_customer(set_level(&theirs.id, "VIP"))
        .await
        .unwrap();
    configure(&executive).await.unwrap();
    let new = new_customer(&unique("executive"), Customer::default());
    denied(executive.customers().create_customer(new).await, "function");
    denied(delete(&executive, &theirs.id).await, "function");
}

/// S8, on customers.
async fn junior_creates_and_reads_but_does_not_update(world: Arc<World>) {
    let junior = world.sign_in("u07").await.unwrap();
    let own = own_customer(&junior).await;
    get(&junior, &own.id).await.unwrap();
    denied(
        junior
            .customers()
            .update_customer(set_level(&own.id, "A"))
            .await,
        "function",
    );
}

async fn sales_rep_does_not_configure(world: Arc<World>) {
    let rep = world.sign_in("u05").await.unwrap();
    denied(configure(&rep).await, "access");
    denied(
        rep.settings().get_settings(GetSettingsRequest {}).await,
        "access",
    );
    assert!(Tag::owned_by("u05").next().is_some());
}

async fn delete(
    by: &Session,
    id: &str,
) -> crate::ask::Outcome<menshen_proto::crm::v1::DeleteCustomerResponse> {
    let request = DeleteCustomerRequest {
        id: id.to_owned(),
        ..DeleteCustomerRequest::default()
    };
    by.customers().delete_customer(request).await
}

async fn configure(
    by: &Session,
) -> crate::ask::Outcome<menshen_proto::crm::v1::UpdateSettingsResponse> {
    let request = UpdateSettingsRequest {
        settings: Some(Settings {
            organization_name: "云帆智造 Yunfan Smart Manufacturing".to_owned(),
            ..Settings::default()
        }),
        update_mask: Some(FieldMask {
            paths: vec!["organization_name".to_owned()],
        }),
        ..UpdateSettingsRequest::default()
    };
    by.settings().update_settings(request).await
}
