//! Recognizing that a set of objects is one or more whole trees.

use crate::engine::check::scope::Scope;
use crate::engine::schema::{Arrow, Expr, MemberId, MemberKind, Quantifier, SubjectForm};
use crate::engine::snapshot::Kind;
use rustc_hash::FxHashSet;

/// Aliases of aliases are followed this far.
const MAX_ALIASES: usize = 8;

/// Trees over the relation `through`, by their roots.
#[derive(Debug)]
pub(super) struct Trees {
    pub(super) roots: Vec<u32>,
    pub(super) through: MemberId,
}

/// The trees that make up exactly these objects, where `permission` climbs
/// (`above = manager + parent->above`). None if it does not, if the objects are not whole trees, or
/// if naming the roots would be no shorter.
pub(super) fn trees(scope: &Scope<'_>, permission: MemberId, objects: &[u32]) -> Option<Trees> {
    let (climber, through) = climb(scope, permission)?;
    let members: FxHashSet<u32> = objects.iter().copied().collect();
    let forest = Forest {
        scope,
        climber,
        through,
        members,
    };
    if !objects.iter().all(|object| forest.holds_children(*object)) {
        return None;
    }
    let roots = forest.roots(objects);
    (roots.len() < objects.len()).then_some(Trees { roots, through })
}

/// The permission that climbs to itself, and over which relation.
fn climb(scope: &Scope<'_>, permission: MemberId) -> Option<(MemberId, MemberId)> {
    let mut permission = permission;
    for _ in 0..MAX_ALIASES {
        let MemberKind::Permission(expr) = &scope.member(permission).kind else {
            return None;
        };
        if let Some(arrow) = climbing_arrow(expr, permission) {
            return Some((permission, arrow.relation));
        }
        let Expr::Member(alias) = expr else {
            return None;
        };
        permission = *alias;
    }
    None
}

fn climbing_arrow(expr: &Expr, permission: MemberId) -> Option<&Arrow> {
    match expr {
        Expr::Union(operands) => operands
            .iter()
            .find_map(|operand| climbing_arrow(&operand.expr, permission)),
        Expr::Arrow(arrow) => {
            let climbs = arrow
                .targets
                .iter()
                .any(|(_, target)| *target == permission);
            (climbs && arrow.quantifier == Quantifier::Any).then_some(arrow)
        }
        _ => None,
    }
}

struct Forest<'s> {
    scope: &'s Scope<'s>,
    climber: MemberId,
    through: MemberId,
    members: FxHashSet<u32>,
}

impl Forest<'_> {
    /// Whether everything directly below an object is a member too. A condition may cut a branch
    /// off; then the objects are no whole trees.
    fn holds_children(&self, object: u32) -> bool {
        self.children(object)
            .all(|child| self.members.contains(&child))
    }

    /// Objects without a parent among the members. Of a circle without any such object, one.
    fn roots(&self, objects: &[u32]) -> Vec<u32> {
        let is_root = |object: &u32| !self.parents(*object).any(|p| self.members.contains(&p));
        let mut roots: Vec<u32> = objects.iter().copied().filter(is_root).collect();
        let mut covered = FxHashSet::default();
        for root in &roots {
            self.cover(*root, &mut covered);
        }
        for object in objects {
            if !covered.contains(object) {
                roots.push(*object);
                self.cover(*object, &mut covered);
            }
        }
        roots
    }

    fn cover(&self, root: u32, covered: &mut FxHashSet<u32>) {
        let mut open = vec![root];
        while let Some(object) = open.pop() {
            if covered.insert(object) {
                open.extend(self.children(object));
            }
        }
    }

    fn kinds(&self) -> impl Iterator<Item = &Kind> {
        let object_type = self.scope.member(self.climber).owner;
        self.scope
            .kinds_of(self.through)
            .iter()
            .filter(move |kind| {
                kind.subject_type == object_type
                    && kind.resource_type == object_type
                    && kind.form != SubjectForm::Wildcard
            })
    }

    fn children(&self, object: u32) -> impl Iterator<Item = u32> {
        let edges = self
            .kinds()
            .flat_map(move |kind| self.scope.facts.resources(kind.id, object));
        edges.map(|edge| edge.other)
    }

    fn parents(&self, object: u32) -> impl Iterator<Item = u32> {
        let edges = self
            .kinds()
            .flat_map(move |kind| self.scope.facts.subjects(kind.id, object));
        edges.map(|edge| edge.other)
    }
}
