//! Which objects a subject holds something on: backwards from the subject.
//!
//! Candidates are found by following relationships in reverse, ignoring conditions, what
//! exclusions take away, and all but one operand of an intersection: too many, never too few.
//! Each is then confirmed by Check, so that a listing and Check cannot disagree.

use super::check::CheckError;
use super::check::scope::{Scope, State};
use super::check::truth::Truth;
use super::check::walk::Walk;
use super::schema::{Expr, MemberId, MemberKind, SubjectForm};
use super::snapshot::{Subject, Use};
use rustc_hash::FxHashSet;

/// The objects of a relation's or permission's type on which the subject certainly or possibly
/// holds it, by number, sorted.
pub(crate) fn holders<'s>(
    scope: &'s Scope<'s>,
    walk: &mut Walk<'s>,
    member: MemberId,
) -> Result<Vec<(u32, Truth)>, CheckError> {
    let mut held = Vec::new();
    for object in candidates(scope, member)? {
        let truth = walk.answer(State { member, object })?;
        if truth != Truth::No {
            held.push((object, truth));
        }
    }
    Ok(held)
}

fn candidates(scope: &Scope<'_>, member: MemberId) -> Result<Vec<u32>, CheckError> {
    let mut search = Search {
        scope,
        relevant: relevant(scope, member),
        seen: FxHashSet::default(),
        open: Vec::new(),
    };
    search.start()?;
    while let Some(state) = search.open.pop() {
        search.follow(state)?;
    }
    let found = search
        .seen
        .into_iter()
        .filter(|state| state.member == member);
    let mut found: Vec<u32> = found.map(|state| state.object).collect();
    found.sort_unstable();
    Ok(found)
}

/// What may help towards a relation or permission, whatever the relationships are.
fn relevant(scope: &Scope<'_>, member: MemberId) -> FxHashSet<MemberId> {
    let mut found = FxHashSet::from_iter([member]);
    let mut open = vec![member];
    while let Some(member) = open.pop() {
        let mut note = |member| {
            if found.insert(member) {
                open.push(member);
            }
        };
        match &scope.member(member).kind {
            MemberKind::Permission(expr) => names(expr, &mut note),
            MemberKind::Relation(_) => {
                for kind in scope.kinds_of(member) {
                    if let SubjectForm::Set(member) = kind.form {
                        note(member);
                    }
                }
            }
        }
    }
    found
}

fn names(expr: &Expr, note: &mut dyn FnMut(MemberId)) {
    match expr {
        Expr::Nil | Expr::SelfRef => {}
        Expr::Member(member) => note(*member),
        Expr::Arrow(arrow) => arrow.targets.iter().for_each(|(_, member)| note(*member)),
        Expr::Union(operands) | Expr::Intersection(operands) => {
            for operand in operands {
                names(&operand.expr, note);
            }
        }
        Expr::Exclusion(kept, _) => names(&kept.expr, note),
    }
}

struct Search<'s> {
    scope: &'s Scope<'s>,
    relevant: FxHashSet<MemberId>,
    seen: FxHashSet<State>,
    open: Vec<State>,
}

impl Search<'_> {
    /// Everything that the subject holds without anybody's help.
    fn start(&mut self) -> Result<(), CheckError> {
        let scope = self.scope;
        let Subject { node, member } = scope.subject;
        if let Some(member) = member {
            self.push(State {
                member,
                object: node.index,
            })?;
        }
        for kind in &scope.facts.snapshot.layout().kinds {
            if !self.relevant.contains(&kind.relation) {
                continue;
            }
            let Some(held) = scope.held_as(*kind) else {
                continue;
            };
            for edge in scope.facts.resources(kind.id, held) {
                scope.spend_edge()?;
                self.push(State {
                    member: kind.relation,
                    object: edge.other,
                })?;
            }
        }
        for permission in scope.facts.snapshot.layout().self_refs() {
            let itself = State {
                member: *permission,
                object: node.index,
            };
            if scope.is_object_itself(itself) == Truth::Yes {
                self.push(itself)?;
            }
        }
        Ok(())
    }

    fn follow(&mut self, state: State) -> Result<(), CheckError> {
        let scope = self.scope;
        for found in scope.facts.snapshot.layout().uses_of(state.member) {
            match *found {
                Use::SameObject(member) => self.push(State { member, ..state })?,
                Use::Set(kind) => self.spread(kind.id, state.object, kind.relation)?,
                Use::Arrow {
                    relation,
                    permission,
                } => {
                    let object_type = scope.member(state.member).owner;
                    for kind in scope.kinds_of(relation) {
                        let walks = kind.form != SubjectForm::Wildcard;
                        if walks && kind.subject_type == object_type {
                            self.spread(kind.id, state.object, permission)?;
                        }
                    }
                }
            }
        }
        Ok(())
    }

    fn spread(
        &mut self,
        kind: super::snapshot::KindId,
        object: u32,
        member: MemberId,
    ) -> Result<(), CheckError> {
        if !self.relevant.contains(&member) {
            return Ok(());
        }
        let scope = self.scope;
        for edge in scope.facts.resources(kind, object) {
            scope.spend_edge()?;
            self.push(State {
                member,
                object: edge.other,
            })?;
        }
        Ok(())
    }

    fn push(&mut self, state: State) -> Result<(), CheckError> {
        if self.relevant.contains(&state.member) && self.seen.insert(state) {
            self.scope.spend_node()?;
            self.open.push(state);
        }
        Ok(())
    }
}
