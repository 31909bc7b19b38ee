//! What is promised about tickets, and whom they are given to.

use crate::ask::{Outcome, open, own_customer, soon, unique};
use crate::expect::{denied, refused};
use e2e::session::Session;
use e2e::world::World;
use menshen_proto::crm::v1::{
    BusinessCalendar, BusinessHours, CreateBusinessCalendarRequest, CreateQueueRequest,
    CreateQueueResponse, CreateSlaPolicyRequest, CreateTicketMessageRequest,
    ListTicketClocksRequest, ListTicketHistoryRequest, Queue, QueueRouting, ResumeTicketRequest,
    SlaPolicy, SlaTarget, StartTicketRequest, TakeTicketRequest, Ticket, TicketClock,
    TicketClockState, TicketEscalation, TicketKind, TicketMessage, TicketMessageKind,
    TicketPriority, TicketStatus, TicketWait, UpdateSlaPolicyRequest, WaitTicketRequest,
};
use prost_types::FieldMask;
use std::sync::Arc;
use std::time::{Duration, UNIX_EPOCH};
use tonic::Code;

e2e::facts!(in_the_workshop:
    row_11_clock_runs_from_the_start_and_the_first_reply_stops_it,
    row_16a_clock_stands_still_outside_business_hours,
    row_16a_clock_stands_still_while_the_customer_is_waited_for,
    row_16a_breach_escalates_exactly_once,
    change_of_a_policy_holds_for_later_tickets_only,
    queue_without_a_policy_promises_nothing,
    round_robin_goes_round,
    least_loaded_gets_the_next,
    whom_a_complaint_is_about_is_passed_over,
    calendars_and_policies_are_checked_and_configured_by_administrators,
);

/// Row 11.
async fn row_11_clock_runs_from_the_start_and_the_first_reply_stops_it(world: Arc<World>) {
    let (agent, ticket) = promised(&world, 3_600, Week::Always).await;
    let [first, resolution] = clocks(&agent, &ticket.id).await;
    for (clock, seconds) in [(&first, 3_600), (&resolution, 7_200)] {
        assert_eq!(clock.state(), TicketClockState::Running);
        assert_eq!(clock.target_seconds, seconds);
        assert!(clock.due_at.is_some());
    }
    say(&agent, &ticket.id).await;
    let [first, resolution] = clocks(&agent, &ticket.id).await;
    assert_eq!(first.state(), TicketClockState::Met);
    assert!(first.ended_at.is_some() && first.due_at.is_none());
    assert_eq!(resolution.state(), TicketClockState::Running);
}

/// Row 16a.
async fn row_16a_clock_stands_still_outside_business_hours(world: Arc<World>) {
    let (agent, ticket) = promised(&world, 3_600, Week::AnotherDay).await;
    let [first, _] = clocks(&agent, &ticket.id).await;
    assert_eq!(
        (first.state(), first.spent_seconds),
        (TicketClockState::Paused, 0)
    );
    // An hour of that day must pass.
    let until_due = first.due_at.unwrap().seconds - ticket.created_at.unwrap().seconds;
    assert!(until_due > 24 * 3_600, "{until_due}");
}

/// Row 16a.
async fn row_16a_clock_stands_still_while_the_customer_is_waited_for(world: Arc<World>) {
    let (agent, ticket) = promised(&world, 3_600, Week::Always).await;
    let id = ticket.id;
    let take = TakeTicketRequest {
        id: id.clone(),
        ..TakeTicketRequest::default()
    };
    agent.tickets().take_ticket(take).await.unwrap();
    let start = StartTicketRequest {
        id: id.clone(),
        ..StartTicketRequest::default()
    };
    agent.tickets().start_ticket(start).await.unwrap();
    for (wait, state) in [
        (TicketWait::Colleague, TicketClockState::Running),
        (TicketWait::Customer, TicketClockState::Paused),
    ] {
        let request = WaitTicketRequest {
            id: id.clone(),
            wait: wait as i32,
            waiting_reason: "a photograph".to_owned(),
            ..WaitTicketRequest::default()
        };
        agent.tickets().wait_ticket(request).await.unwrap();
        for clock in clocks(&agent, &id).await {
            assert_eq!(clock.state(), state);
            assert_eq!(clock.due_at.is_some(), state == TicketClockState::Running);
        }
    }
    let resume = ResumeTicketRequest {
        id: id.clone(),
        ..ResumeTicketRequest::default()
    };
    agent.tickets().resume_ticket(resume).await.unwrap();
    for clock in clocks(&agent, &id).await {
        assert_eq!(clock.state(), TicketClockState::Running);
    }
}

/// Row 16a: exactly one escalation for each broken promise, whoever else writes meanwhile.
async fn row_16a_breach_escalates_exactly_once(world: Arc<World>) {
    let (agent, ticket) = promised(&world, 1, Week::Always).await;
    let is_breached = || async {
        let [first, resolution] = clocks(&agent, &ticket.id).await;
        [first, resolution]
            .iter()
            .all(|clock| clock.state() == TicketClockState::Breached)
    };
    soon(Duration::from_mins(1), is_breached).await;
    say(&agent, &ticket.id).await;
    let request = ListTicketHistoryRequest {
        id: ticket.id.clone(),
        ..ListTicketHistoryRequest::default()
    };
    let history = agent.tickets().list_ticket_history(request).await.unwrap();
    let entries = history.into_inner().entries;
    for about in ["first response", "resolved"] {
        let told = entries.iter().filter(|entry| entry.reason.contains(about));
        assert_eq!(told.count(), 1, "{entries:?}");
    }
    let after = entries[0].after.clone().unwrap();
    assert_eq!(after.escalation(), TicketEscalation::Escalated);
    assert_eq!(after.status(), TicketStatus::New);
}

async fn change_of_a_policy_holds_for_later_tickets_only(world: Arc<World>) {
    let admin = world.sign_in("u30").await.unwrap();
    let (policy, queue) = promising(&admin, 3_600, Week::Always).await;
    let agent = world.sign_in("u24").await.unwrap();
    let before = in_queue(&world, &agent, &queue).await;
    let request = UpdateSlaPolicyRequest {
        sla_policy: Some(SlaPolicy {
            id: policy,
            targets: vec![target(60)],
            ..SlaPolicy::default()
        }),
        update_mask: Some(FieldMask {
            paths: vec!["targets".to_owned()],
        }),
        ..UpdateSlaPolicyRequest::default()
    };
    admin
        .sla_policies()
        .update_sla_policy(request)
        .await
        .unwrap();
    let after = in_queue(&world, &agent, &queue).await;
    assert_eq!(clocks(&agent, &before.id).await[0].target_seconds, 3_600);
    assert_eq!(clocks(&agent, &after.id).await[0].target_seconds, 60);
}

async fn queue_without_a_policy_promises_nothing(world: Arc<World>) {
    let agent = world.sign_in("u24").await.unwrap();
    let ticket = in_queue(&world, &agent, "Q-Inquiry").await;
    let request = ListTicketClocksRequest { id: ticket.id };
    let answer = agent.tickets().list_ticket_clocks(request).await.unwrap();
    assert_eq!(answer.into_inner().clocks, []);
}

async fn round_robin_goes_round(world: Arc<World>) {
    let admin = world.sign_in("u30").await.unwrap();
    // u21 could not see a ticket.
    let queue = routed(&admin, QueueRouting::RoundRobin, &["u21", "u24", "u23"]).await;
    let mut owners = Vec::new();
    for _ in 0..4 {
        owners.push(in_queue(&world, &admin, &queue).await.owner);
    }
    assert_eq!(owners, ["u24", "u23", "u24", "u23"]);
}

async fn least_loaded_gets_the_next(world: Arc<World>) {
    let admin = world.sign_in("u30").await.unwrap();
    let queue = routed(&admin, QueueRouting::LeastLoaded, &["u24", "u23"]).await;
    let ticket = |owner: &str, customer: String| Ticket {
        owner: owner.to_owned(),
        queue: queue.clone(),
        customer,
        ..Ticket::default()
    };
    for _ in 0..2 {
        let customer = own_customer(&admin).await.id;
        open(&admin, ticket("u24", customer)).await.unwrap();
    }
    let next = in_queue(&world, &admin, &queue).await;
    assert_eq!(
        (next.owner.as_str(), next.status()),
        ("u23", TicketStatus::Assigned)
    );
}

async fn whom_a_complaint_is_about_is_passed_over(world: Arc<World>) {
    let admin = world.sign_in("u30").await.unwrap();
    let queue = routed(&admin, QueueRouting::RoundRobin, &["u24", "u23"]).await;
    for _ in 0..2 {
        let complaint = Ticket {
            customer: own_customer(&admin).await.id,
            kind: TicketKind::Complaint as i32,
            subject_user: "u24".to_owned(),
            queue: queue.clone(),
            ..Ticket::default()
        };
        let opened = open(&admin, complaint).await.unwrap().into_inner();
        assert_eq!(opened.ticket.unwrap().owner, "u23");
    }
}

async fn calendars_and_policies_are_checked_and_configured_by_administrators(world: Arc<World>) {
    let (admin, lead) = (
        world.sign_in("u30").await.unwrap(),
        world.sign_in("u23").await.unwrap(),
    );
    let hours = |opens: &str, closes: &str| BusinessHours {
        day: 1,
        opens: opens.to_owned(),
        closes: closes.to_owned(),
    };
    let fine = BusinessCalendar {
        display_name: "工作日 Office hours".to_owned(),
        time_zone: "Asia/Shanghai".to_owned(),
        hours: vec![hours("09:00", "12:00"), hours("13:00", "18:00")],
        holidays: vec!["2026-10-01".to_owned()],
        ..BusinessCalendar::default()
    };
    let create = |calendar: BusinessCalendar| CreateBusinessCalendarRequest {
        business_calendar: Some(calendar),
        ..CreateBusinessCalendarRequest::default()
    };
    let outcome = lead
        .business_calendars()
        .create_business_calendar(create(fine.clone()))
        .await;
    denied(outcome, "function");
    for wrong in [
        BusinessCalendar {
            time_zone: "Shanghai".to_owned(),
            ..fine.clone()
        },
        BusinessCalendar {
            hours: vec![hours("18:00", "09:00")],
            ..fine.clone()
        },
        BusinessCalendar {
            hours: vec![hours("9:00", "18:00")],
            ..fine.clone()
        },
        BusinessCalendar {
            hours: vec![hours("09:00", "13:00"), hours("12:00", "18:00")],
            ..fine.clone()
        },
        BusinessCalendar {
            hours: Vec::new(),
            ..fine.clone()
        },
        BusinessCalendar {
            holidays: vec!["2026-13-01".to_owned()],
            ..fine.clone()
        },
    ] {
        let outcome = admin
            .business_calendars()
            .create_business_calendar(create(wrong))
            .await;
        refused(outcome, Code::InvalidArgument);
    }
    let made = admin
        .business_calendars()
        .create_business_calendar(create(fine))
        .await;
    let calendar = made.unwrap().into_inner().business_calendar.unwrap().id;
    for targets in [Vec::new(), vec![target(0)], vec![target(60), target(60)]] {
        let outcome = policy(&admin, &calendar, targets).await;
        refused(outcome, Code::InvalidArgument);
    }
    refused(
        policy(&admin, "nothing", vec![target(60)]).await,
        Code::InvalidArgument,
    );
    let no_agents = Queue {
        routing: QueueRouting::RoundRobin as i32,
        ..Queue::default()
    };
    refused(queue(&admin, no_agents).await, Code::InvalidArgument);
}

/// When a calendar is open.
#[derive(Clone, Copy)]
enum Week {
    Always,
    /// On a day that is neither yesterday, today nor tomorrow.
    AnotherDay,
}

/// A ticket with a promise of a first response within these seconds, and somebody who works on it.
async fn promised(world: &World, seconds: i64, week: Week) -> (Session, Ticket) {
    let admin = world.sign_in("u30").await.unwrap();
    let (_, queue) = promising(&admin, seconds, week).await;
    let agent = world.sign_in("u24").await.unwrap();
    let ticket = in_queue(world, &agent, &queue).await;
    (agent, ticket)
}

/// The ids of a policy and of a queue for which it holds.
async fn promising(admin: &Session, seconds: i64, week: Week) -> (String, String) {
    let days = match week {
        Week::Always => (1..=7).collect(),
        Week::AnotherDay => vec![(today() + 3) % 7 + 1],
    };
    let hours = |day| BusinessHours {
        day,
        opens: "00:00".to_owned(),
        closes: "24:00".to_owned(),
    };
    let calendar = BusinessCalendar {
        display_name: "a calendar of a test".to_owned(),
        time_zone: "UTC".to_owned(),
        hours: days.into_iter().map(hours).collect(),
        ..BusinessCalendar::default()
    };
    let request = CreateBusinessCalendarRequest {
        business_calendar: Some(calendar),
        ..CreateBusinessCalendarRequest::default()
    };
    let made = admin
        .business_calendars()
        .create_business_calendar(request)
        .await;
    let calendar = made.unwrap().into_inner().business_calendar.unwrap().id;
    let made = policy(admin, &calendar, vec![target(seconds)])
        .await
        .unwrap();
    let policy = made.into_inner().sla_policy.unwrap().id;
    let promising = Queue {
        sla_policy: policy.clone(),
        ..Queue::default()
    };
    let queue = queue(admin, promising).await.unwrap().into_inner();
    (policy, queue.queue.unwrap().id)
}

fn target(seconds: i64) -> SlaTarget {
    SlaTarget {
        priority: TicketPriority::Normal as i32,
        first_response_seconds: seconds,
        resolution_seconds: 2 * seconds,
    }
}

/// From Monday as 0: 1970 began on a Thursday.
fn today() -> i32 {
    let days = UNIX_EPOCH.elapsed().unwrap().as_secs() / 86_400;
    i32::try_from((days + 3) % 7).unwrap()
}

async fn policy(
    admin: &Session,
    calendar: &str,
    targets: Vec<SlaTarget>,
) -> Outcome<menshen_proto::crm::v1::CreateSlaPolicyResponse> {
    let request = CreateSlaPolicyRequest {
        sla_policy: Some(SlaPolicy {
            display_name: "a policy of a test".to_owned(),
            calendar: calendar.to_owned(),
            targets,
            ..SlaPolicy::default()
        }),
        ..CreateSlaPolicyRequest::default()
    };
    admin.sla_policies().create_sla_policy(request).await
}

/// A queue of D31's.
async fn queue(admin: &Session, queue: Queue) -> Outcome<CreateQueueResponse> {
    let request = CreateQueueRequest {
        queue: Some(Queue {
            display_name: unique("a queue of a test"),
            department: "D31".to_owned(),
            kinds: vec![
                TicketKind::Consultation as i32,
                TicketKind::Complaint as i32,
            ],
            ..queue
        }),
        ..CreateQueueRequest::default()
    };
    admin.queues().create_queue(request).await
}

async fn routed(admin: &Session, routing: QueueRouting, agents: &[&str]) -> String {
    let routed = Queue {
        routing: routing as i32,
        agents: agents.iter().map(ToString::to_string).collect(),
        ..Queue::default()
    };
    let made = queue(admin, routed).await.unwrap().into_inner();
    made.queue.unwrap().id
}

async fn in_queue(world: &World, by: &Session, queue: &str) -> Ticket {
    let rep = world.sign_in("u05").await.unwrap();
    let ticket = Ticket {
        customer: own_customer(&rep).await.id,
        queue: queue.to_owned(),
        ..Ticket::default()
    };
    open(by, ticket).await.unwrap().into_inner().ticket.unwrap()
}

async fn clocks(by: &Session, ticket: &str) -> [TicketClock; 2] {
    let request = ListTicketClocksRequest {
        id: ticket.to_owned(),
    };
    let answer = by.tickets().list_ticket_clocks(request).await.unwrap();
    answer.into_inner().clocks.try_into().unwrap()
}

async fn say(by: &Session, ticket: &str) {
    let request = CreateTicketMessageRequest {
        ticket_message: Some(TicketMessage {
            ticket: ticket.to_owned(),
            kind: TicketMessageKind::Reply as i32,
            body: "x".to_owned(),
            ..TicketMessage::default()
        }),
        ..CreateTicketMessageRequest::default()
    };
    by.ticket_messages()
        .create_ticket_message(request)
        .await
        .unwrap();
}
