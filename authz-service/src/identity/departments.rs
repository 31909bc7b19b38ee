//! Departments. Their names are kept here; who is below whom and who belongs where are
//! relationships of the application's schema, `department#parent` and `department#member`.

mod tree;

pub use tree::check_granted_parents;

use super::account_id::{check_id, check_name};
use super::removal;
use crate::engine::reference::{ObjectRef, SubjectRef};
use crate::engine::relationship::Relationship;
use crate::org::Organization;
use crate::refusal::Refusal;
use crate::store;
use crate::store::departments::DepartmentRow;
use crate::write::{Author, Write};
use menshen_proto::authz::v1::Department;
use service_kit::status::Reason;
use tree::{refuse_cycle, require_department};

const TYPE: &str = "department";

/// Adds a department.
///
/// # Errors
/// A field that cannot be right; ALREADY_EXISTS; a parent that is not there; a schema without
/// departments.
pub async fn create(
    org: &Organization,
    author: &Author,
    department: &Department,
) -> Result<Department, Refusal> {
    check_id("department.id", &department.id)?;
    check_name("department.display_name", &department.display_name)?;
    let mut write = Write::begin(org).await?;
    require_definition(&write)?;
    let now_us = write.now_us();
    if store::departments::find(write.tx(), &department.id, now_us)
        .await?
        .is_some()
    {
        return Err(Refusal::Exists {
            what: "department id",
            value: department.id.clone(),
        });
    }
    store::departments::insert(write.tx(), &department.id, &department.display_name, now_us)
        .await?;
    set_parent(&mut write, author, &department.id, None, &department.parent).await?;
    finish(write, author, "department.create", None, &department.id).await
}

/// Renames a department, or moves it below another. None: as before.
///
/// # Errors
/// NOT_FOUND; a field that cannot be right; FAILED_PRECONDITION: it would be below itself.
pub async fn update(
    org: &Organization,
    author: &Author,
    id: &str,
    display_name: Option<&str>,
    parent: Option<&str>,
) -> Result<Department, Refusal> {
    let mut write = Write::begin(org).await?;
    require_definition(&write)?;
    let now_us = write.now_us();
    let before = store::departments::find(write.tx(), id, now_us).await?;
    let before = before.ok_or_else(|| unknown(id))?;
    if let Some(name) = display_name {
        check_name("department.display_name", name)?;
        store::departments::rename(write.tx(), id, name).await?;
    }
    if let Some(parent) = parent {
        set_parent(&mut write, author, id, before.parent.as_deref(), parent).await?;
    }
    finish(write, author, "department.update", Some(&before), id).await
}

/// Removes a department that was made by mistake, or that everybody has left, and with it its own
/// place below others.
///
/// # Errors
/// NOT_FOUND; FAILED_PRECONDITION: a relationship names it.
pub async fn delete(org: &Organization, author: &Author, id: &str) -> Result<(), Refusal> {
    let mut write = Write::begin(org).await?;
    let now_us = write.now_us();
    let before = store::departments::find(write.tx(), id, now_us).await?;
    let before = before.ok_or_else(|| unknown(id))?;
    // Expired ones, too.
    for parent in store::departments::parents(write.tx(), id, i64::MIN).await? {
        replace(&mut write, author, Side::Parent { id }, Some(&parent), "").await?;
    }
    removal::refuse_named(&mut write, TYPE, id).await?;
    store::departments::delete(write.tx(), id).await?;
    let mut entry = author.entry("department.delete", format!("{TYPE}:{id}"));
    entry.before = audited(&before);
    write.audit(vec![entry]).await?;
    write.commit().await.map(|_| ())
}

/// Every department, by id.
pub async fn list(org: &Organization) -> Result<Vec<Department>, Refusal> {
    let rows = store::departments::all(&org.db, org.now_us()).await?;
    Ok(rows.into_iter().map(message).collect())
}

/// Makes a person a member of one department and no longer of another. Empty: of none.
///
/// # Errors
/// The department is not there; a schema without departments.
pub async fn move_member(
    write: &mut Write<'_>,
    author: &Author,
    user_id: &str,
    old: Option<&str>,
    new: &str,
) -> Result<(), Refusal> {
    if old.unwrap_or_default() == new {
        return Ok(());
    }
    require_definition(write)?;
    if !new.is_empty() {
        require_department(write, "user.department", new).await?;
    }
    replace(write, author, Side::Member { user_id }, old, new).await
}

/// Which of the two relations is replaced.
#[derive(Clone, Copy)]
enum Side<'a> {
    /// `department:OLD#member@user:ID` by `department:NEW#member@user:ID`.
    Member { user_id: &'a str },
    /// `department:ID#parent@department:OLD` by `department:ID#parent@department:NEW`.
    Parent { id: &'a str },
}

impl Side<'_> {
    fn relationship(self, other: &str) -> Result<Relationship, Refusal> {
        let object = |kind, id| ObjectRef::new(kind, id).map_err(Refusal::internal);
        let (resource, relation, subject) = match self {
            Self::Member { user_id } => (object(TYPE, other)?, "member", object("user", user_id)?),
            Self::Parent { id } => (object(TYPE, id)?, "parent", object(TYPE, other)?),
        };
        Ok(Relationship {
            resource,
            relation: relation.into(),
            subject: SubjectRef::Object(subject),
            condition: None,
            expires_at_us: None,
        })
    }
}

async fn replace(
    write: &mut Write<'_>,
    author: &Author,
    side: Side<'_>,
    old: Option<&str>,
    new: &str,
) -> Result<(), Refusal> {
    if let Some(old) = old {
        let Relationship {
            resource,
            relation,
            subject,
            ..
        } = side.relationship(old)?;
        write
            .delete(author, &[(resource, relation, subject)])
            .await?;
    }
    if !new.is_empty() {
        write.put(author, &[side.relationship(new)?]).await?;
    }
    Ok(())
}

async fn set_parent(
    write: &mut Write<'_>,
    author: &Author,
    id: &str,
    old: Option<&str>,
    new: &str,
) -> Result<(), Refusal> {
    if old.unwrap_or_default() == new {
        return Ok(());
    }
    if !new.is_empty() {
        require_department(write, "department.parent", new).await?;
        refuse_cycle(write, &[(id, new)]).await?;
    }
    replace(write, author, Side::Parent { id }, old, new).await
}

/// Departments live in the application's schema, so it has to have them.
fn require_definition(write: &Write<'_>) -> Result<(), Refusal> {
    let schema = &write.model().schema;
    let allowed = [Side::Member { user_id: "any" }, Side::Parent { id: "any" }];
    for side in allowed {
        if schema.validate(&side.relationship("any")?).is_err() {
            return Err(Refusal::precondition(
                Reason::SchemaLacksDefinition,
                TYPE,
                "the schema has no departments: add `definition department { relation parent: \
                 department; relation member: user }` to it with WriteSchema",
            ));
        }
    }
    Ok(())
}

async fn finish(
    mut write: Write<'_>,
    author: &Author,
    action: &'static str,
    before: Option<&DepartmentRow>,
    id: &str,
) -> Result<Department, Refusal> {
    let now_us = write.now_us();
    let row = store::departments::find(write.tx(), id, now_us)
        .await?
        .ok_or_else(|| unknown(id))?;
    let mut entry = author.entry(action, format!("{TYPE}:{id}"));
    entry.before = before.map(audited).unwrap_or_default();
    entry.after = audited(&row);
    write.audit(vec![entry]).await?;
    write.commit().await?;
    Ok(message(row))
}

fn audited(row: &DepartmentRow) -> String {
    serde_json::json!({"display_name": row.display_name, "parent": row.parent}).to_string()
}

fn message(row: DepartmentRow) -> Department {
    Department {
        id: row.id,
        display_name: row.display_name,
        parent: row.parent.unwrap_or_default(),
    }
}

fn unknown(id: &str) -> Refusal {
    Refusal::NotFound {
        kind: "department",
        id: id.to_owned(),
    }
}
