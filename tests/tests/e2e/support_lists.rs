//! What the service centre's lists hold, in the whole company.

use crate::ask::{counted, listed};
use crate::expect::{denied, refused};
use e2e::company::{CUSTOMERS, DESKS, customer_id};
use e2e::session::Session;
use e2e::world::World;
use menshen_proto::crm::v1::{
    GetCustomerRequest, GetSettingsRequest, ListCustomersRequest, ListTicketsRequest, Ticket,
    TotalMode,
};
use std::collections::BTreeSet;
use std::sync::Arc;
use tonic::Code;

e2e::facts!(about_the_company:
    service_rep_lists_the_tickets_of_their_department_only,
    service_lead_lists_the_tickets_of_all_groups,
    account_of_a_foreign_ticket_is_not_found,
    sales_rep_lists_the_titles_of_tickets_about_own_customers,
    t1_list_of_served_customers_is_what_get_answers,
);

/// Row 28: 部分访问. Tickets, but only D31's; and no module beside those of the role.
async fn service_rep_lists_the_tickets_of_their_department_only(world: Arc<World>) {
    let agent = world.sign_in("u24").await.unwrap();
    let (page, total) = tickets(&agent).await;
    assert_eq!(total, 900);
    assert!(page.iter().all(|ticket| ticket.department == "D31"));
    let settings = agent.settings().get_settings(GetSettingsRequest {}).await;
    denied(settings, "access");
}

async fn service_lead_lists_the_tickets_of_all_groups(world: Arc<World>) {
    let lead = world.sign_in("u23").await.unwrap();
    assert_eq!(tickets(&lead).await.1, 1_800);
    let of_one_group = world.sign_in("u27").await.unwrap();
    assert_eq!(tickets(&of_one_group).await.1, 600);
}

/// Row 38: 客户服务代表.
async fn account_of_a_foreign_ticket_is_not_found(world: Arc<World>) {
    let agent = world.sign_in("u24").await.unwrap();
    let foreign = DESKS[2].customers.end - 1;
    assert!(!DESKS[0].customers.contains(&foreign));
    let request = GetCustomerRequest {
        id: customer_id(foreign),
    };
    refused(
        agent.customers().get_customer(request).await,
        Code::NotFound,
    );
}

/// 3.7: a sales rep learns that there are tickets, and their titles.
async fn sales_rep_lists_the_titles_of_tickets_about_own_customers(world: Arc<World>) {
    let rep = world.sign_in("u05").await.unwrap();
    let (page, total) = tickets(&rep).await;
    // u05's are at 250 to 409: D31's tickets are about ten of them, three each.
    assert_eq!(total, 30);
    for ticket in page {
        assert!(!ticket.subject.is_empty());
        assert!(ticket.redacted_fields.contains(&"description".to_owned()));
    }
}

async fn t1_list_of_served_customers_is_what_get_answers(world: Arc<World>) {
    for person in ["u24", "u25", "u27"] {
        let session = world.sign_in(person).await.unwrap();
        let request = ListCustomersRequest {
            page_size: 1_000,
            ..counted(1_000)
        };
        let shown: BTreeSet<String> = listed(&session, request).await.into_iter().collect();
        for position in (0..CUSTOMERS).step_by(41) {
            let id = customer_id(position);
            let request = GetCustomerRequest { id: id.clone() };
            let outcome = session.customers().get_customer(request).await;
            assert_eq!(outcome.is_ok(), shown.contains(&id), "{person} {id}");
        }
    }
}

async fn tickets(by: &Session) -> (Vec<Ticket>, i64) {
    let request = ListTicketsRequest {
        page_size: 1_000,
        total: TotalMode::Exact as i32,
        ..ListTicketsRequest::default()
    };
    let page = by
        .tickets()
        .list_tickets(request)
        .await
        .unwrap()
        .into_inner();
    assert!(page.total_is_exact);
    (page.tickets, page.total_size)
}
