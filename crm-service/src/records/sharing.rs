//! Sharing a record: grants in authz-service, made with the person's own right to make them.

pub(crate) mod ending;

use super::entity::Entity;
use super::kind::Kind;
use super::place::Place;
use super::record::{Record, stored};
use super::refusal::Refusal;
use super::time::{micros, timestamp};
use super::violations::{Violations, quote};
use crate::authz::{As, existing_department, existing_group, receiver};
use crate::crm::Crm;
use crate::in_force::in_force;
use ending::{GIVEN_AWAY, end, own_shares};
use menshen_proto::authz::v1::{
    GrantRecord, GrantRequest, GrantState, ListGrantsRequest, Relationship, RevokeRequest,
};
use menshen_proto::crm::v1::{RecordShare, ShareLevel};
use menshen_proto::standard::{Share, Unshare};
use service_kit::guard::permit::Permit;
use service_kit::status::{self, Reason};

/// Gives reading.
const VIEWER: &str = "viewer";
/// Gives reading and updating.
const EDITOR: &str = "editor";
const DAY_US: i64 = 24 * 3_600 * 1_000_000;
const REASON_CHARS: usize = 2_000;
const MEMBER: &str = "#member";
const STAFF: &str = "#staff";
/// What a record may be shared with: the type, and what follows the id.
const RECEIVERS: [(&str, &str); 4] = [
    ("user", ""),
    ("team", MEMBER),
    ("department", STAFF),
    ("role", MEMBER),
];

/// Shares a record, or changes the level and the end of a share. Returns the share and the token
/// from which it is in force.
///
/// # Errors
/// A receiver, level or end that cannot be; PERMISSION_DENIED of authz-service for a share that the
/// caller could not make themselves; stale where the record changed hands meanwhile.
pub(super) async fn share<E: Entity>(
    crm: &Crm,
    permit: &Permit<E>,
    asked: &Share,
) -> Result<(RecordShare, String), Refusal> {
    let now_us = crm.clock.now_us();
    let max_days = in_force(&crm.db).await?.max_share_days;
    check(asked, now_us, max_days)?;
    admit_receiver(crm, permit, &asked.subject).await?;
    let (given, other) = match asked.level {
        ShareLevel::Write => (EDITOR, VIEWER),
        _ => (VIEWER, EDITOR),
    };
    let replaced = existing(crm, E::kind(), permit.id(), &asked.subject).await?;
    let replaced = replaced
        .into_iter()
        .filter(|grant| relation_of(grant) == other)
        .collect::<Vec<_>>();
    // Less first, then more: if the second step fails, nobody holds more than was meant.
    let written_at = if given == VIEWER {
        revoke(crm, permit, &replaced, &asked.reason).await?;
        grant(crm, permit, asked, given).await?
    } else {
        let written_at = grant(crm, permit, asked, given).await?;
        revoke(crm, permit, &replaced, &asked.reason)
            .await?
            .unwrap_or(written_at)
    };
    undo_if_gone(crm, permit, &asked.subject).await?;
    let share = RecordShare {
        subject: asked.subject.clone(),
        level: asked.level.into(),
        expires_at: asked.expires_at,
        granted_by: permit.caller().subject.clone(),
        granted_at: Some(timestamp(now_us)),
        reason: asked.reason.clone(),
    };
    Ok((share, written_at))
}

/// Makes sure that there is somebody to share with, who does not have the record as it is: a share of
/// one's own would outlast the day on which the record is somebody else's.
async fn admit_receiver<E: Entity>(
    crm: &Crm,
    permit: &Permit<E>,
    subject: &str,
) -> Result<(), Refusal> {
    let owner = Place::of(E::kind(), permit.contextual(), permit.id()).owner;
    let is_owner = subject.strip_prefix("user:") == owner.as_deref() && owner.is_some();
    if is_owner || subject == permit.caller().subject {
        let who = if is_owner { "owns it" } else { "is you" };
        let mut violations = Violations::default();
        violations.add(
            "subject",
            format!("{} {who}; share it with somebody else", quote(subject)),
        );
        return Err(violations.into());
    }
    let directory = &*crm.directory;
    let admitted = match subject.split_once(':') {
        Some(("user", id)) => receiver(directory, id).await.map(|_| ()),
        Some(("department", staff)) => {
            existing_department(directory, staff.trim_end_matches(STAFF)).await
        }
        _ => existing_group(directory, subject.trim_end_matches(MEMBER)).await,
    };
    Ok(admitted?)
}

/// Takes a share back where the record was given to somebody else after the guard's decision: the
/// transfer ended the shares that it found, and this one may have come just behind it.
async fn undo_if_gone<E: Entity>(
    crm: &Crm,
    permit: &Permit<E>,
    subject: &str,
) -> Result<(), Refusal> {
    let now: Record<E> = stored(&mut crm.db.snapshot_read().await?, permit.id()).await?;
    if now.place.owner == Place::of(E::kind(), permit.contextual(), permit.id()).owner {
        return Ok(());
    }
    let shares = existing(crm, E::kind(), permit.id(), subject).await?;
    end(
        crm,
        own_shares(shares, &permit.caller().subject),
        GIVEN_AWAY,
    )
    .await?;
    Err(Refusal::Stale)
}

/// Takes the shares of a subject back. Returns the token from which they are gone.
pub(super) async fn unshare<E: Entity>(
    crm: &Crm,
    permit: &Permit<E>,
    asked: &Unshare,
) -> Result<String, Refusal> {
    let mut violations = Violations::default();
    check_subject(&asked.subject, &mut violations);
    violations.text("reason", &asked.reason, 0..=REASON_CHARS);
    violations.or(())?;
    let (grants, read_at) = listed(crm, E::kind(), permit.id(), &asked.subject).await?;
    Ok(revoke(crm, permit, &grants, &asked.reason)
        .await?
        .unwrap_or(read_at))
}

/// The shares of a record, by subject.
pub(super) async fn list<E: Entity>(
    crm: &Crm,
    permit: &Permit<E>,
) -> Result<Vec<RecordShare>, Refusal> {
    let grants = existing(crm, E::kind(), permit.id(), "").await?;
    let mut shares: Vec<RecordShare> = grants.into_iter().map(shown).collect();
    shares.sort_by(|a, b| (&a.subject, a.level).cmp(&(&b.subject, b.level)));
    Ok(shares)
}

fn check(asked: &Share, now_us: i64, max_days: i64) -> Result<(), Violations> {
    let mut violations = Violations::default();
    check_subject(&asked.subject, &mut violations);
    if !matches!(asked.level, ShareLevel::Read | ShareLevel::Write) {
        violations.add(
            "level",
            "is due; give `SHARE_LEVEL_READ` or `SHARE_LEVEL_WRITE`",
        );
    }
    violations.text("reason", &asked.reason, 0..=REASON_CHARS);
    let latest_us = now_us.saturating_add(max_days.saturating_mul(DAY_US));
    match asked.expires_at.as_ref().and_then(micros) {
        None => violations.add(
            "expires_at",
            format!("is due; give a time within {max_days} days"),
        ),
        Some(end_us) if end_us <= now_us => {
            violations.add("expires_at", "is past; give a time to come");
        }
        Some(end_us) if end_us > latest_us => {
            let problem = format!("is too far away; a share lasts at most {max_days} days");
            violations.add("expires_at", problem);
        }
        Some(_) => {}
    }
    violations.or(())
}

fn check_subject(subject: &str, violations: &mut Violations) {
    let is_id = |id: &str| {
        let mut probe = Violations::default();
        probe.id("", id);
        probe.or(()).is_ok()
    };
    let is_known = RECEIVERS.iter().any(|(subject_type, relation)| {
        let id = subject
            .strip_prefix(subject_type)
            .and_then(|rest| rest.strip_prefix(':'));
        id.and_then(|id| id.strip_suffix(relation))
            .is_some_and(is_id)
    });
    if !is_known {
        let quoted = quote(subject);
        violations.add(
            "subject",
            format!("{quoted} cannot be shared with; give `user:ID`, `team:ID#member`, `department:ID#staff` or `role:ID#member`"),
        );
    }
}

async fn grant<E: Entity>(
    crm: &Crm,
    permit: &Permit<E>,
    asked: &Share,
    relation: &str,
) -> Result<String, Refusal> {
    let share = Relationship {
        resource: E::kind().reference(permit.id()),
        relation: relation.to_owned(),
        subject: asked.subject.clone(),
        condition: None,
        expires_at: asked.expires_at,
    };
    let request = GrantRequest {
        relationships: vec![share],
        reason: asked.reason.clone(),
        request_id: asked.request_id.clone(),
        contextual_relationships: permit.contextual().to_vec(),
        ..GrantRequest::default()
    };
    let answer = crm.authz.grant(in_name_of(permit)?, request).await?;
    if answer.state() == GrantState::Pending {
        return Err(Refusal::Precondition {
            reason: Reason::PreconditionFailed,
            subject: answer.access_request.clone(),
            message: format!(
                "the share waits for approval as `{}`",
                answer.access_request
            ),
        });
    }
    Ok(answer.written_at)
}

/// Takes grants back. `None`: there was nothing to take.
async fn revoke<E: Entity>(
    crm: &Crm,
    permit: &Permit<E>,
    grants: &[GrantRecord],
    reason: &str,
) -> Result<Option<String>, Refusal> {
    if grants.is_empty() {
        return Ok(None);
    }
    let request = RevokeRequest {
        relationships: grants
            .iter()
            .filter_map(|grant| grant.relationship.clone())
            .collect(),
        reason: reason.to_owned(),
        contextual_relationships: permit.contextual().to_vec(),
        ..RevokeRequest::default()
    };
    Ok(Some(
        crm.authz
            .revoke(in_name_of(permit)?, request)
            .await?
            .written_at,
    ))
}

fn in_name_of<E: Entity>(permit: &Permit<E>) -> Result<As<'_>, Refusal> {
    let token = permit.caller().token.as_ref();
    let token =
        token.ok_or_else(|| status::internal_message("a recognised caller has no token"))?;
    Ok(As::Caller(token))
}

async fn existing(
    crm: &Crm,
    kind: &Kind,
    id: &str,
    subject: &str,
) -> Result<Vec<GrantRecord>, Refusal> {
    Ok(listed(crm, kind, id, subject).await?.0)
}

/// The shares of a record (with one subject, or with all), and the token of what was read. The
/// guard has let the caller see them, so the CRM asks in its own name.
async fn listed(
    crm: &Crm,
    kind: &Kind,
    id: &str,
    subject: &str,
) -> Result<(Vec<GrantRecord>, String), Refusal> {
    let mut request = ListGrantsRequest {
        resource: kind.reference(id),
        subject: subject.to_owned(),
        page_size: 1_000,
        ..ListGrantsRequest::default()
    };
    let mut shares = Vec::new();
    loop {
        let page = crm.authz.list_grants(As::Service, request.clone()).await?;
        let is_share = |grant: &GrantRecord| matches!(relation_of(grant), VIEWER | EDITOR);
        shares.extend(page.grants.into_iter().filter(is_share));
        if page.next_page_token.is_empty() {
            return Ok((shares, page.read_at));
        }
        request.page_token = page.next_page_token;
    }
}

fn relation_of(grant: &GrantRecord) -> &str {
    grant
        .relationship
        .as_ref()
        .map_or("", |fact| &fact.relation)
}

fn shown(grant: GrantRecord) -> RecordShare {
    let level = if relation_of(&grant) == EDITOR {
        ShareLevel::Write
    } else {
        ShareLevel::Read
    };
    let fact = grant.relationship.unwrap_or_default();
    RecordShare {
        subject: fact.subject,
        level: level.into(),
        expires_at: fact.expires_at,
        granted_by: grant.granted_by,
        granted_at: grant.granted_at,
        reason: grant.reason,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: i64 = 1_764_000_000_000_000;

    fn asked(subject: &str, level: ShareLevel, in_days: i64) -> Share {
        Share {
            subject: subject.into(),
            level,
            expires_at: Some(timestamp(NOW + in_days * DAY_US)),
            reason: String::new(),
            request_id: String::new(),
        }
    }

    fn refused(asked: &Share) -> Vec<String> {
        let found = check(asked, NOW, 90).map_or_else(Violations::found, |()| Vec::new());
        found.into_iter().map(|violation| violation.field).collect()
    }

    #[test]
    fn people_teams_departments_and_roles_can_be_shared_with() {
        for subject in [
            "user:u05",
            "team:T-Alpha#member",
            "department:D11#staff",
            "role:rep#member",
        ] {
            assert_eq!(
                refused(&asked(subject, ShareLevel::Read, 1)),
                [""; 0],
                "{subject}"
            );
        }
        for subject in [
            "",
            "u05",
            "user:*",
            "user:u05#member",
            "team:T-Alpha",
            "role:rep#staff",
            "service:x",
        ] {
            assert_eq!(
                refused(&asked(subject, ShareLevel::Read, 1)),
                ["subject"],
                "{subject}"
            );
        }
    }

    #[test]
    fn a_share_ends_within_the_organizations_bound() {
        assert_eq!(refused(&asked("user:u05", ShareLevel::Write, 90)), [""; 0]);
        assert_eq!(
            refused(&asked("user:u05", ShareLevel::Write, 91)),
            ["expires_at"]
        );
        assert_eq!(
            refused(&asked("user:u05", ShareLevel::Write, 0)),
            ["expires_at"]
        );
        let endless = Share {
            expires_at: None,
            ..asked("user:u05", ShareLevel::Write, 1)
        };
        assert_eq!(refused(&endless), ["expires_at"]);
    }

    #[test]
    fn a_level_is_due() {
        assert_eq!(
            refused(&asked("user:u05", ShareLevel::Unspecified, 1)),
            ["level"]
        );
    }
}
