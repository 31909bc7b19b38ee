//! What was acknowledged is there after the process was killed.

use crate::ask::{relationship, soon};
use e2e::database::Backend;
use e2e::world::{DOCUMENTS, World};
use menshen_proto::authz::v1::{GrantRequest, ListGrantsRequest, WriteSchemaRequest};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::Mutex;

e2e::facts!(from_scratch: acknowledged_writes_survive_a_killed_process);

/// Writers that write at once.
const WRITERS: usize = 8;
/// Relationships of one write: all of them are there afterwards, or none.
const BATCH: usize = 5;

/// A few times: eight writers, SIGKILL in the midst of it, a new start.
async fn acknowledged_writes_survive_a_killed_process(backend: Backend) {
    let world = Arc::new(World::start_authz(backend).await.unwrap());
    let schema = WriteSchemaRequest {
        schema: DOCUMENTS.to_owned(),
        reason: "a test".to_owned(),
        ..WriteSchemaRequest::default()
    };
    world.root().schema().write_schema(schema).await.unwrap();

    for (cycle, mercy) in [40, 150, 300, 500].into_iter().enumerate() {
        let acknowledged = Arc::new(Mutex::new(Vec::new()));
        let writers: Vec<_> = (0..WRITERS)
            .map(|writer| {
                tokio::spawn(write_until_refused(
                    world.clone(),
                    cycle,
                    writer,
                    acknowledged.clone(),
                ))
            })
            .collect();
        // Killed after so many acknowledged writes, whenever that is.
        soon(Duration::from_secs(30), async || {
            acknowledged.lock().await.len() >= mercy
        })
        .await;
        world.kill_authz().await.unwrap();
        for writer in writers {
            writer.await.unwrap();
        }
        let since = Instant::now();
        world.restart_authz().await.unwrap();
        let found = found(&world, cycle).await;
        assert_eq!(
            audited(&world, cycle).await,
            found,
            "every change has its audit row, and every audit row its change"
        );
        assert!(
            since.elapsed() < Duration::from_secs(20),
            "{:?}",
            since.elapsed()
        );
        for document in acknowledged.lock().await.iter() {
            assert_eq!(
                found.get(document),
                Some(&BATCH),
                "{document} was acknowledged"
            );
        }
        for (document, relationships) in found {
            assert_eq!(relationships, BATCH, "{document} is half written");
        }
    }
}

async fn write_until_refused(
    world: Arc<World>,
    cycle: usize,
    writer: usize,
    acknowledged: Arc<Mutex<Vec<String>>>,
) {
    for number in 0.. {
        let document = format!("document:{cycle}-{writer}-{number}");
        let readers =
            (0..BATCH).map(|reader| relationship(&document, "reader", &format!("user:r{reader}")));
        let request = GrantRequest {
            relationships: readers.collect(),
            reason: "a test".to_owned(),
            ..GrantRequest::default()
        };
        if world.root().authz().grant(request).await.is_err() {
            return;
        }
        acknowledged.lock().await.push(document);
    }
}

/// How many relationships each document of a cycle has.
async fn found(world: &World, cycle: usize) -> BTreeMap<String, usize> {
    let mut request = ListGrantsRequest {
        resource: "document".to_owned(),
        page_size: 1_000,
        ..ListGrantsRequest::default()
    };
    let mut found = BTreeMap::new();
    loop {
        let page = world
            .root()
            .authz()
            .list_grants(request.clone())
            .await
            .unwrap()
            .into_inner();
        for record in page.grants {
            let document = record.relationship.unwrap().resource;
            if document.starts_with(&format!("document:{cycle}-")) {
                *found.entry(document).or_default() += 1;
            }
        }
        if page.next_page_token.is_empty() {
            return found;
        }
        request.page_token = page.next_page_token;
    }
}

/// How many rows the audit log has about each document of a cycle.
async fn audited(world: &World, cycle: usize) -> BTreeMap<String, usize> {
    let prefix = format!("document:{cycle}-");
    let mut audited = BTreeMap::new();
    for row in world.databases()[0].dump().await.unwrap() {
        if let (true, Some(at)) = (row.starts_with("audit_log: "), row.find(&prefix)) {
            let document = row[at..].split('#').next().unwrap();
            *audited.entry(document.to_owned()).or_default() += 1;
        }
    }
    audited
}
