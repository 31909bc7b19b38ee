//! Who gets a ticket that comes into a queue without an owner.

use super::TICKET;
use crate::crm::Crm;
use crate::records::entity::Change;
use crate::records::owned::about;
use crate::records::place::Place;
use crate::records::record::{Record, stored};
use crate::records::refusal::Refusal;
use crate::support::queue::Queue;
use menshen_proto::crm::v1::{self, QueueRouting};
use service_kit::caller::Caller;
use service_kit::db::Stmt;
use service_kit::guard::decider::{Answer, Question};
use std::collections::HashMap;

/// When each got their last one.
const LAST: &str = "
    SELECT owner_id, MAX(created_at_us)
    FROM tickets
    WHERE queue_id = $1 AND owner_id IN (LIST($2)) AND deleted_at_us IS NULL
    GROUP BY owner_id";
/// How many each has to work on.
const LOAD: &str = "
    SELECT owner_id, COUNT(*)
    FROM tickets
    WHERE queue_id = $1 AND owner_id IN (LIST($2)) AND deleted_at_us IS NULL
        AND closed_at_us IS NULL AND resolved_at_us IS NULL
    GROUP BY owner_id";

/// Gives the ticket to one of the queue's agents, or to nobody where none of them may have it. Two tickets
/// that come at once may go to the same one.
pub(super) async fn route(
    crm: &Crm,
    caller: &Caller,
    change: &mut Change<'_, v1::Ticket>,
) -> Result<(), Refusal> {
    let id = change.after.queue.as_str();
    let queue: Result<Record<Queue>, Refusal> = {
        let mut tx = crm.db.snapshot_read().await?;
        stored(&mut tx, id).await
    };
    let queue = match queue {
        Ok(queue) => queue.message,
        // The link to it is refused afterwards.
        Err(Refusal::NotFound(..)) => return Ok(()),
        Err(error) => return Err(error),
    };
    let select = match queue.routing() {
        QueueRouting::RoundRobin => LAST,
        QueueRouting::LeastLoaded => LOAD,
        QueueRouting::Manual | QueueRouting::Unspecified => return Ok(()),
    };
    let agents = able(crm, caller, change, &queue.agents).await?;
    let select = Stmt::new(select).bind(id).bind_list(&agents);
    let found: Vec<(String, i64)> = crm.db.fetch_all(select).await?;
    let found: HashMap<String, i64> = found.into_iter().collect();
    let of = |agent: &String| found.get(agent).copied().unwrap_or_default();
    change.place.owner = agents.into_iter().min_by_key(of);
    Ok(())
}

/// The agents who may have the ticket, in their order.
async fn able(
    crm: &Crm,
    caller: &Caller,
    change: &Change<'_, v1::Ticket>,
    agents: &[String],
) -> Result<Vec<String>, Refusal> {
    let mut present = Vec::with_capacity(agents.len());
    for agent in agents
        .iter()
        .filter(|agent| **agent != change.after.subject_user)
    {
        let person = crm.directory.person(agent).await?;
        if person.is_some_and(|person| !person.is_disabled) {
            present.push(agent.clone());
        }
    }
    let question = |agent: &String| {
        let place = Place {
            owner: Some(agent.clone()),
            ..change.place.clone()
        };
        Question {
            subject: format!("user:{agent}"),
            ..about(&TICKET, change.id, "view", &place)
        }
    };
    let questions: Vec<Question> = present.iter().map(question).collect();
    if questions.is_empty() {
        return Ok(Vec::new());
    }
    let answers = crm.decider.check(caller, questions).await?;
    let able = present.into_iter().zip(answers);
    let able = able.filter(|(_, answer)| matches!(answer, Answer::Allowed));
    Ok(able.map(|(agent, _)| agent).collect())
}
