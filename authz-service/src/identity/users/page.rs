//! Listing people.

use super::message;
use crate::org::Organization;
use crate::refusal::Refusal;
use crate::store;
use menshen_proto::authz::v1::{ListUsersRequest, User};
use service_kit::page::{self, PageToken};
use tonic::Status;

const DEFAULT_SIZE: u32 = 100;

/// A page that a request asks for.
#[derive(Clone, Debug)]
pub struct Page {
    /// None: of everybody.
    department: Option<String>,
    size: u32,
    /// Names the list that the page belongs to.
    question: String,
    /// The last id of the page before. Empty: it is the first.
    after: String,
}

impl Page {
    /// Reads a request.
    ///
    /// # Errors
    /// A size or token that cannot be right.
    pub fn read(request: &ListUsersRequest) -> Result<Self, Status> {
        let department = &request.department;
        let question = page::question(&["ListUsers", department]);
        let token = PageToken::decode(&request.page_token, &question)?;
        let after = token.and_then(|token| Some(token.after.first()?.as_str()?.to_owned()));
        Ok(Self {
            department: (!department.is_empty()).then(|| department.clone()),
            size: page::page_size(request.page_size, DEFAULT_SIZE)?,
            question,
            after: after.unwrap_or_default(),
        })
    }
}

/// The page's people, by id, and the token of the next page. Empty: it is the last.
pub async fn list(org: &Organization, page: &Page) -> Result<(Vec<User>, String), Refusal> {
    // One more than asked for tells whether there is a next page.
    let limit = i64::from(page.size) + 1;
    let department = page.department.as_deref();
    let now_us = org.now_us();
    let mut rows = store::users::page(&org.db, department, &page.after, limit, now_us).await?;
    let size = usize::try_from(page.size).unwrap_or(usize::MAX);
    let mut next = String::new();
    if rows.len() > size {
        rows.truncate(size);
        let last = rows.last().map(|row| row.id.as_str().into());
        next = PageToken::new(&page.question, last.into_iter().collect()).encode();
    }
    Ok((rows.iter().map(message).collect(), next))
}
