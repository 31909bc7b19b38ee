//! Listing stored relationships.

use super::validate::misnamed;
use crate::org::Organization;
use crate::refusal::Refusal;
use crate::store::relationships::{self, RelationshipKey};
use crate::store::{Pattern, StoredGrant};
use menshen_proto::authz::v1::ListGrantsRequest;
use service_kit::page::{self, PageToken};
use service_kit::status;
use tonic::Status;

const DEFAULT_PAGE_SIZE: u32 = 100;

/// A page that a request asks for.
#[derive(Clone, Debug)]
pub struct Page {
    pattern: Pattern,
    show_expired: bool,
    size: u32,
    /// Names the list that the page belongs to.
    question: String,
    after: Option<RelationshipKey>,
}

impl Page {
    /// Reads a request.
    ///
    /// # Errors
    /// A field that cannot be right.
    pub fn read(request: &ListGrantsRequest) -> Result<Self, Status> {
        let ListGrantsRequest {
            resource,
            relation,
            subject,
            show_expired,
            ..
        } = request;
        let pattern = Pattern::parse(resource, relation, subject)
            .map_err(|(field, error)| status::invalid_field(field, error.to_string()))?;
        let expired = if *show_expired { "expired" } else { "" };
        let question = page::question(&["ListGrants", resource, relation, subject, expired]);
        let token = PageToken::decode(&request.page_token, &question)?;
        Ok(Self {
            pattern,
            show_expired: *show_expired,
            size: page::page_size(request.page_size, DEFAULT_PAGE_SIZE)?,
            after: token.map(|token| key(&token)).transpose()?,
            question,
        })
    }
}

/// The page's grants, in the order of their identity, and the token of the next page. Empty: it is
/// the last.
pub async fn list(org: &Organization, page: &Page) -> Result<(Vec<StoredGrant>, String), Refusal> {
    misnamed(&org.head().model.schema, &page.pattern)
        .map_err(|(part, problem)| Refusal::field(part, problem))?;
    let expired_at_us = (!page.show_expired).then(|| org.now_us());
    // One more than asked for tells whether there is a next page.
    let limit = i64::from(page.size) + 1;
    let after = page.after.as_ref();
    let mut grants =
        relationships::list(&org.db, &page.pattern, expired_at_us, after, limit).await?;
    let size = usize::try_from(page.size).unwrap_or(usize::MAX);
    if grants.len() <= size {
        return Ok((grants, String::new()));
    }
    grants.truncate(size);
    let last = grants
        .last()
        .map(|grant| RelationshipKey::of(&grant.relationship).0);
    let last = last.into_iter().flatten().map(Into::into).collect();
    Ok((grants, PageToken::new(&page.question, last).encode()))
}

fn key(token: &PageToken) -> Result<RelationshipKey, Status> {
    let texts = token
        .after
        .iter()
        .map(|value| value.as_str().map(str::to_owned));
    let texts: Option<Vec<String>> = texts.collect();
    let key = texts.and_then(|texts| texts.try_into().ok());
    key.map(RelationshipKey).ok_or_else(|| {
        status::invalid_field(
            "page_token",
            "is not one of ours; leave it empty for the first page",
        )
    })
}
