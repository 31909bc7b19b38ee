//! Lists: filtered by the database, counted over what may be seen, closed to guessing.

use crate::ask::{counted, get, listed};
use crate::expect::{denied, refused};
use e2e::company::{PEOPLE, Tag};
use e2e::session::Session;
use e2e::world::World;
use futures::{StreamExt, stream};
use menshen_proto::crm::v1::{BatchGetCustomersRequest, ListCustomersRequest};
use std::collections::BTreeSet;
use std::sync::Arc;
use tonic::Code;

e2e::facts!(about_the_company:
    list_and_get_agree_for_everybody,
    pages_are_full_while_more_exist,
    filtered_count_is_of_what_may_be_seen,
    filter_and_order_on_a_hidden_field_are_refused,
    filter_and_order_on_a_shown_field_work,
    page_token_works_for_its_own_question_only,
    restriction_beats_every_role,
    unknown_field_in_a_filter_is_named,
    page_size_out_of_range_is_named,
);

/// T1: whoever may get a record has it in their list, and nobody has another.
async fn list_and_get_agree_for_everybody(world: Arc<World>) {
    let sample: Vec<String> = Tag::all()
        .filter(|tag| tag.position % 37 == 0)
        .map(|tag| tag.id())
        .collect();
    // u31 and u32 may not enter the module, and get no list at all.
    for person in PEOPLE
        .iter()
        .filter(|person| !["u31", "u32"].contains(&person.id))
    {
        let session = world.sign_in(person.id).await.unwrap();
        let list: BTreeSet<String> = listed(&session, counted(1_000)).await.into_iter().collect();
        let expected: Vec<&String> = sample.iter().filter(|id| list.contains(*id)).collect();
        let got = got_one_by_one(&session, &sample).await;
        assert_eq!(
            got.iter().collect::<Vec<_>>(),
            expected,
            "Get, as {}",
            person.id
        );
        let got = got_together(&session, &sample).await;
        assert_eq!(
            got.iter().collect::<Vec<_>>(),
            expected,
            "BatchGet, as {}",
            person.id
        );
    }
}

async fn got_one_by_one(session: &Session, ids: &[String]) -> Vec<String> {
    let asked = stream::iter(ids).map(|id| async move {
        match get(session, id).await {
            Ok(customer) => Some(customer.id),
            Err(status) => {
                assert_eq!(status.code(), Code::NotFound, "{status:?}");
                None
            }
        }
    });
    asked
        .buffered(16)
        .filter_map(|id| async { id })
        .collect()
        .await
}

async fn got_together(session: &Session, ids: &[String]) -> Vec<String> {
    let request = BatchGetCustomersRequest { ids: ids.to_vec() };
    let answer = session
        .customers()
        .batch_get_customers(request)
        .await
        .unwrap()
        .into_inner();
    let found: Vec<String> = answer
        .customers
        .into_iter()
        .map(|customer| customer.id)
        .collect();
    assert_eq!(found.len() + answer.not_found.len(), ids.len());
    found
}

/// T2: the filter is in the query and not behind it.
async fn pages_are_full_while_more_exist(world: Arc<World>) {
    let rep = world.sign_in("u05").await.unwrap();
    let mut request = counted(50);
    let mut sizes = Vec::new();
    let mut seen = BTreeSet::new();
    loop {
        let page = rep
            .customers()
            .list_customers(request.clone())
            .await
            .unwrap()
            .into_inner();
        sizes.push(page.customers.len());
        seen.extend(page.customers.into_iter().map(|customer| customer.id));
        if page.next_page_token.is_empty() {
            break;
        }
        request.page_token = page.next_page_token;
    }
    assert_eq!(sizes, [50, 50, 50, 13]);
    assert_eq!(seen.len(), 163);
}

/// T3: a count over hidden rows would tell of them.
async fn filtered_count_is_of_what_may_be_seen(world: Arc<World>) {
    let rep = world.sign_in("u05").await.unwrap();
    let visible =
        Tag::all().filter(|tag| tag.owner == "u05" || (tag.owner == "u18" && tag.rank < 3));
    let expected = visible.filter(|tag| tag.customer().level == "A").count();
    let request = ListCustomersRequest {
        filter: r#"level = "A""#.to_owned(),
        ..counted(1)
    };
    let page = rep
        .customers()
        .list_customers(request)
        .await
        .unwrap()
        .into_inner();
    assert_eq!(usize::try_from(page.total_size).unwrap(), expected);
}

/// T4: who may not read a telephone number may not search for it either.
async fn filter_and_order_on_a_hidden_field_are_refused(world: Arc<World>) {
    let marketing = world.sign_in("u21").await.unwrap();
    for request in [
        filtered(r#"phone = "199-0000-0001""#),
        filtered(r#"level = "A" OR NOT phone : "199""#),
        filtered("lifetime_value > 5"),
        ordered("phone"),
        ordered("display_name, address desc"),
    ] {
        let shown = format!("{request:?}");
        let outcome = marketing.customers().list_customers(request).await;
        assert!(outcome.is_err(), "{shown}");
        denied(outcome, "field");
    }
}

async fn filter_and_order_on_a_shown_field_work(world: Arc<World>) {
    let rep = world.sign_in("u05").await.unwrap();
    let first = Tag::owned_by("u05").next().unwrap();
    let request = filtered(&format!(r#"phone = "{}""#, first.customer().phone));
    assert_eq!(listed(&rep, request).await, [first.id()]);

    let request = ListCustomersRequest {
        page_size: 100,
        ..ordered("phone desc")
    };
    let ids = listed(&rep, request).await;
    let mut sorted = ids.clone();
    // Numbers follow ids in the demo company.
    sorted.sort_by(|one, other| other.cmp(one));
    assert_eq!(ids, sorted);
    assert_eq!(ids.len(), 163);
}

async fn page_token_works_for_its_own_question_only(world: Arc<World>) {
    let (lead, rep) = (
        world.sign_in("u04").await.unwrap(),
        world.sign_in("u05").await.unwrap(),
    );
    let first = lead
        .customers()
        .list_customers(counted(10))
        .await
        .unwrap()
        .into_inner();
    let mut next = counted(10);
    next.page_token = first.next_page_token;
    refused(
        rep.customers().list_customers(next.clone()).await,
        Code::InvalidArgument,
    );
    let other = ListCustomersRequest {
        filter: r#"level = "A""#.to_owned(),
        ..next.clone()
    };
    refused(
        lead.customers().list_customers(other).await,
        Code::InvalidArgument,
    );
    next.page_token.insert(3, 'x');
    refused(
        lead.customers().list_customers(next).await,
        Code::InvalidArgument,
    );
}

/// T32: the VIP is in the sales director's reach, and closed to her by name.
async fn restriction_beats_every_role(world: Arc<World>) {
    let director = world.sign_in("u02").await.unwrap();
    assert_eq!(
        get(&director, "A-0001").await.unwrap_err().code(),
        Code::NotFound
    );
    assert!(
        !listed(&director, counted(1_000))
            .await
            .contains(&"A-0001".to_owned())
    );
    assert_eq!(get(&director, "A-0002").await.unwrap().id, "A-0002");
    for other in ["u17", "u30", "u01"] {
        let session = world.sign_in(other).await.unwrap();
        assert_eq!(
            get(&session, "A-0001").await.unwrap().id,
            "A-0001",
            "{other}"
        );
    }
}

async fn unknown_field_in_a_filter_is_named(world: Arc<World>) {
    let rep = world.sign_in("u05").await.unwrap();
    let outcome = rep
        .customers()
        .list_customers(filtered(r#"levle = "A""#))
        .await;
    let status = refused(outcome, Code::InvalidArgument);
    assert!(status.message().contains("levle"), "{}", status.message());
    assert!(status.message().contains("`level`"), "{}", status.message());
}

async fn page_size_out_of_range_is_named(world: Arc<World>) {
    let rep = world.sign_in("u05").await.unwrap();
    for size in [-1, 1_001] {
        let status = refused(
            rep.customers().list_customers(counted(size)).await,
            Code::InvalidArgument,
        );
        assert!(
            status.message().contains("page_size"),
            "{}",
            status.message()
        );
        assert!(status.message().contains("1000"), "{}", status.message());
    }
}

fn filtered(filter: &str) -> ListCustomersRequest {
    ListCustomersRequest {
        filter: filter.to_owned(),
        ..ListCustomersRequest::default()
    }
}

fn ordered(order_by: &str) -> ListCustomersRequest {
    ListCustomersRequest {
        order_by: order_by.to_owned(),
        ..ListCustomersRequest::default()
    }
}
