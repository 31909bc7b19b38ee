//! Which values a conditional answer waits for: those behind its conditional parts. A condition that
//! fails behind one of them makes the answer an error.

use super::{Failed, Maybe, Oracle, State};
use authz_service::engine::reference::{ObjectRef, SubjectRef};
use authz_service::engine::schema::{Expr, MemberId, MemberKind};
use std::collections::BTreeSet;

impl Oracle<'_> {
    /// The values that a conditional answer waits for.
    pub(crate) fn missing(
        &self,
        object: &ObjectRef,
        id: MemberId,
    ) -> Result<Vec<Box<str>>, Failed> {
        let (mut names, mut seen) = (BTreeSet::new(), BTreeSet::new());
        self.collect(&(object.clone(), id), &mut seen, &mut names)?;
        Ok(names.into_iter().collect())
    }

    fn collect(
        &self,
        state: &State,
        seen: &mut BTreeSet<State>,
        names: &mut BTreeSet<Box<str>>,
    ) -> Result<(), Failed> {
        if self.value(&state.0, state.1) != Maybe || !seen.insert(state.clone()) {
            return Ok(());
        }
        let member = &self.schema.members()[usize::from(state.1.0)];
        match &member.kind {
            MemberKind::Permission(expr) => self.collect_part(&state.0, expr, seen, names)?,
            MemberKind::Relation(_) => {
                for fact in self.facts_of(&state.0, &member.name) {
                    if self.fact(fact) == Maybe {
                        names.extend(self.condition(fact).1?);
                        if let SubjectRef::Set(there, name) = &fact.subject {
                            let id = self.id(there, name).unwrap();
                            self.collect(&(there.clone(), id), seen, names)?;
                        }
                    }
                }
            }
        }
        Ok(())
    }

    fn collect_part(
        &self,
        object: &ObjectRef,
        expr: &Expr,
        seen: &mut BTreeSet<State>,
        names: &mut BTreeSet<Box<str>>,
    ) -> Result<(), Failed> {
        if self.expression(object, expr) != Maybe {
            return Ok(());
        }
        match expr {
            Expr::Nil | Expr::SelfRef => {}
            Expr::Member(id) => self.collect(&(object.clone(), *id), seen, names)?,
            Expr::Arrow(arrow) => {
                for (fact, target) in self.walked(object, arrow) {
                    let Some(target) = target else { continue };
                    let (condition, missing) = self.condition(fact);
                    if self.value(&target.0, target.1).min(condition) == Maybe {
                        names.extend(missing?);
                        self.collect(&target, seen, names)?;
                    }
                }
            }
            Expr::Union(parts) | Expr::Intersection(parts) => {
                for part in parts {
                    self.collect_part(object, &part.expr, seen, names)?;
                }
            }
            Expr::Exclusion(kept, taken) => {
                self.collect_part(object, &kept.expr, seen, names)?;
                self.collect_part(object, &taken.expr, seen, names)?;
            }
        }
        Ok(())
    }
}
