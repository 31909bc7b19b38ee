//! Which schemas have a meaning: nothing takes itself away.

use authz_service::engine::schema::{Expr, MemberId, MemberKind, Schema, SubjectForm};

/// For each relation and permission how many exclusions stand above it. None if one stands above
/// itself: such a schema has no least fixed point.
pub(crate) fn strata(schema: &Schema) -> Option<Vec<usize>> {
    let mut ranks = vec![0; schema.members().len()];
    for _ in 0..=ranks.len() * ranks.len() {
        let before = ranks.clone();
        for (index, member) in schema.members().iter().enumerate() {
            let mut rank = ranks[index];
            let mut raise =
                |id: MemberId, by: usize| rank = rank.max(ranks[usize::from(id.0)] + by);
            match &member.kind {
                MemberKind::Permission(expr) => mentions(expr, 0, &mut raise),
                MemberKind::Relation(allowed) => {
                    for subject in allowed {
                        if let SubjectForm::Set(id) = subject.form {
                            raise(id, 0);
                        }
                    }
                }
            }
            ranks[index] = rank;
        }
        if ranks == before {
            return Some(ranks);
        }
        if ranks.iter().any(|rank| *rank > ranks.len()) {
            return None;
        }
    }
    None
}

fn mentions(expr: &Expr, by: usize, raise: &mut dyn FnMut(MemberId, usize)) {
    match expr {
        Expr::Nil | Expr::SelfRef => {}
        Expr::Member(id) => raise(*id, by),
        Expr::Arrow(arrow) => arrow.targets.iter().for_each(|(_, id)| raise(*id, by)),
        Expr::Union(parts) | Expr::Intersection(parts) => {
            for part in parts {
                mentions(&part.expr, by, raise);
            }
        }
        Expr::Exclusion(kept, taken) => {
            mentions(&kept.expr, by, raise);
            mentions(&taken.expr, 1, raise);
        }
    }
}
