//! Permissions that take themselves away: no relationship can give such a question an answer.

use super::model::{Expr, MemberId, MemberKind, Schema};
use rustc_hash::FxHashSet;

/// A circle is looked for within this many names: more than any type has, and soon done.
const MAX_NAMES: usize = 1000;

impl Schema {
    /// What a permission takes away although, on one and the same object, it depends on it.
    pub(crate) fn taken_in_a_circle(&self, permission: MemberId) -> Option<MemberId> {
        let MemberKind::Permission(expr) = &self.member(permission).kind else {
            return None;
        };
        let mut taken = Vec::new();
        names(expr, false, &mut |name, is_taken| {
            if is_taken {
                taken.push(name);
            }
        });
        let mut taken = taken.into_iter();
        taken.find(|name| leads_to(self, *name, permission))
    }
}

/// Whether a relation or permission depends on another of the same object.
fn leads_to(schema: &Schema, from: MemberId, to: MemberId) -> bool {
    let mut seen = FxHashSet::from_iter([from]);
    let mut open = vec![from];
    while let Some(id) = open.pop() {
        if id == to {
            return true;
        }
        if seen.len() > MAX_NAMES {
            return false;
        }
        if let MemberKind::Permission(expr) = &schema.member(id).kind {
            names(expr, false, &mut |name, _| {
                if seen.insert(name) {
                    open.push(name);
                }
            });
        }
    }
    false
}

/// Every name of the same object in an expression, and whether it stands in what is taken away.
fn names(expr: &Expr, is_taken: bool, visit: &mut dyn FnMut(MemberId, bool)) {
    match expr {
        Expr::Nil | Expr::SelfRef | Expr::Arrow(_) => {}
        Expr::Member(id) => visit(*id, is_taken),
        Expr::Union(operands) | Expr::Intersection(operands) => {
            for operand in operands {
                names(&operand.expr, is_taken, visit);
            }
        }
        Expr::Exclusion(kept, taken) => {
            names(&kept.expr, is_taken, visit);
            names(&taken.expr, true, visit);
        }
    }
}
