//! Queues 服务队列: where tickets wait, and whose people work on them.

use super::sla_policy::SLA_POLICY;
use crate::authz::{existing_department, receiver};
use crate::crm::Crm;
use crate::records::entity::{Cause, Change, Entity};
use crate::records::field::Field;
use crate::records::kind::Kind;
use crate::records::refusal::Refusal;
use crate::records::violations::{Violations, quote};
use menshen_proto::crm::v1::{self, QueueRouting, TicketKind};
use service_kit::caller::Caller;
use service_kit::guard::permit::Resource;
use std::sync::OnceLock;

/// Marks what is about queues.
#[derive(Clone, Debug)]
pub(crate) struct Queue;

pub(crate) static QUEUE: Kind = Kind {
    name: "queue",
    message: "menshen.crm.v1.Queue",
    table: "queues",
    module: "module:queues",
    is_owned: false,
    fields: &[
        Field::line("display_name", 1, 200).searched(),
        Field::line("department", 1, 64)
            .unsortable()
            .at_first("a queue stays with its department; create one there, and move the tickets"),
        Field::json("kinds"),
        Field::link("sla_policy", &SLA_POLICY),
        Field::choice("routing", QueueRouting::Manual as i32),
        Field::json("agents"),
    ],
    joined: &[],
    plan: OnceLock::new(),
};

impl Resource for Queue {
    const TYPE: &'static str = "queue";
}

impl Entity for Queue {
    type Message = v1::Queue;

    fn kind() -> &'static Kind {
        &QUEUE
    }

    async fn admit(
        crm: &Crm,
        _: &Caller,
        change: &mut Change<'_, v1::Queue>,
    ) -> Result<(), Refusal> {
        if matches!(change.cause, Cause::Create) && !change.after.department.is_empty() {
            existing_department(&*crm.directory, &change.after.department).await?;
        }
        let agents = change.after.agents.iter().take(MOST_AGENTS);
        let before = change.before.map_or(&[][..], |before| &before.agents);
        for agent in agents.filter(|agent| !agent.is_empty() && !before.contains(agent)) {
            receiver(&*crm.directory, agent).await?;
        }
        Ok(())
    }

    fn check(change: &mut Change<'_, v1::Queue>, violations: &mut Violations) {
        if change.cause.touches("department") {
            violations.id("department", &change.after.department);
        }
        if change.cause.touches("kinds") {
            check_kinds(&change.after.kinds, violations);
        }
        if change.cause.touches("agents") || change.cause.touches("routing") {
            check_agents(&change.after, violations);
        }
    }
}

fn check_kinds(kinds: &[i32], violations: &mut Violations) {
    let is_known = |kind: &i32| *kind != 0 && TicketKind::try_from(*kind).is_ok();
    if kinds.is_empty() || !kinds.iter().all(is_known) {
        let problem = "says what its tickets may be about; give at least one kind, for example `TICKET_KIND_COMPLAINT`";
        violations.add("kinds", problem);
    }
    let stands_before = |(at, kind): (usize, &i32)| kinds.iter().take(at).any(|one| one == kind);
    if kinds.iter().enumerate().any(stands_before) {
        violations.add("kinds", "has a kind twice; name each once");
    }
}

/// Each is asked about when a ticket comes in.
const MOST_AGENTS: usize = 50;

fn check_agents(queue: &v1::Queue, violations: &mut Violations) {
    let agents = &queue.agents;
    for (at, agent) in agents.iter().enumerate() {
        violations.id("agents", agent);
        if agents.iter().take(at).any(|earlier| earlier == agent) {
            violations.add(
                "agents",
                format!("{} stands twice; name each once", quote(agent)),
            );
        }
    }
    if agents.len() > MOST_AGENTS {
        let problem = format!("{} agents; give at most {MOST_AGENTS}", agents.len());
        violations.add("agents", problem);
    }
    if queue.routing() != QueueRouting::Manual && agents.is_empty() {
        let problem =
            "are due unless `routing` is `QUEUE_ROUTING_MANUAL`; name who gets the tickets";
        violations.add("agents", problem);
    }
}
