//! Syntax tree to [`Schema`]: names to ids, rules held, remarks made.

mod annotations;
mod conditions;
mod doc_tags;
mod expressions;
mod names;
mod partials;
mod relations;
mod warnings;
mod wildcards;

use super::diagnostic::{Diagnostic, Report, Severity};
use super::model::{Member, MemberId, MemberKind, Schema, TypeDef, TypeId};
use super::parse;
use super::span::Span;
use super::surroundings::Surroundings;
use super::syntax::{Definition, Doc, Expression, File, Name, Permission, Relation};

/// A schema that passed every rule, and what is remarkable about it.
#[derive(Debug)]
pub struct Compiled {
    /// The schema.
    pub schema: Schema,
    /// Warnings, in the order of the text.
    pub warnings: Vec<Diagnostic>,
    /// How many types the text itself defines.
    pub defined_types: usize,
}

/// Longest schema text, in bytes.
pub const MAX_SCHEMA_BYTES: usize = 1 << 20;
/// Most types, and most relations and permissions of all types together: ids are 16 bits.
const MAX_IDS: usize = u16::MAX as usize;

/// Compiles a schema's text.
///
/// # Errors
/// Every rule that the text breaks, in the order of the text; warnings among them. Errors of the
/// grammar are told alone: what a name means is only looked at in a text that parses.
pub fn compile(text: &str) -> Result<Compiled, Vec<Diagnostic>> {
    compile_within(text, &Surroundings::default())
}

/// Compiles a schema's text together with definitions that every schema has.
///
/// # Errors
/// As of [`compile`]; a name that belongs to the surroundings is one.
pub fn compile_within(
    text: &str,
    surroundings: &Surroundings<'_>,
) -> Result<Compiled, Vec<Diagnostic>> {
    let mut report = Report::new(text);
    if text.len() > MAX_SCHEMA_BYTES {
        let message = format!(
            "the schema has {} bytes, at most {MAX_SCHEMA_BYTES} are allowed",
            text.len()
        );
        report.error("schema-too-large", Span::default(), message);
        return Err(report.into_sorted());
    }
    let mut file = parse::parse(text, &mut report);
    let defined_types = file.definitions.len();
    surroundings.join(&mut file, &mut report);
    if report.has_errors() {
        return Err(report.into_sorted());
    }
    let schema = Compiler::new(text, &file, &mut report).run();
    let diagnostics = report.into_sorted();
    if diagnostics
        .iter()
        .any(|diagnostic| diagnostic.severity == Severity::Error)
    {
        return Err(diagnostics);
    }
    Ok(Compiled {
        schema,
        warnings: diagnostics,
        defined_types,
    })
}

/// What is between the tree and the schema.
struct Compiler<'f, 'r, 't> {
    file: &'f File,
    report: &'r mut Report<'t>,
    schema: Schema,
    /// What each member was written as, by [`MemberId`].
    sources: Vec<Source<'f>>,
}

/// What a member was written as.
#[derive(Clone, Copy)]
enum Source<'f> {
    Relation(&'f Relation),
    Permission(&'f Permission),
}

impl<'f, 'r, 't> Compiler<'f, 'r, 't> {
    fn new(text: &'t str, file: &'f File, report: &'r mut Report<'t>) -> Self {
        let schema = Schema {
            text: text.to_owned(),
            ..Schema::default()
        };
        Self {
            file,
            report,
            schema,
            sources: Vec::new(),
        }
    }

    fn run(mut self) -> Schema {
        self.check_unique_names();
        self.declare_conditions();
        let bodies = partials::expand(self.file, self.report);
        for (definition, body) in self.file.definitions.iter().zip(bodies) {
            self.declare(definition, body);
        }
        self.read_doc_tags();
        self.resolve_relations();
        self.resolve_permissions();
        self.check_wildcards();
        if self.file.flags.typechecking {
            self.check_annotations();
        }
        self.remark();
        self.schema
    }

    /// Gives a type and its members their ids; what the members hold is resolved when all are
    /// known.
    fn declare(&mut self, definition: &'f Definition, body: Vec<Source<'f>>) {
        let schema = &mut self.schema;
        let (Ok(type_id), true) = (
            u16::try_from(schema.types.len()),
            schema.members.len() + body.len() < MAX_IDS,
        ) else {
            let message = format!("the schema has more than {MAX_IDS} relations and permissions");
            self.report
                .error("schema-too-large", definition.name.span, message);
            return;
        };
        let owner = TypeId(type_id);
        let mut members = Vec::with_capacity(body.len());
        for source in body {
            let id = MemberId(u16::try_from(schema.members.len()).unwrap_or(u16::MAX));
            let name = &source.name().text;
            schema.members_by_name.insert((owner, name.clone()), id);
            schema.members.push(Member {
                owner,
                name: name.clone(),
                doc: Box::default(),
                layer: None,
                ask: None,
                grant: None,
                kind: MemberKind::Relation(Vec::new()),
            });
            self.sources.push(source);
            members.push(id);
        }
        let name = definition.name.text.clone();
        schema.types_by_name.insert(name.clone(), owner);
        schema.types.push(TypeDef {
            name,
            doc: definition.doc.text().into(),
            members,
        });
    }

    /// Every member with its id and what it was written as.
    fn members(&self) -> impl Iterator<Item = (MemberId, Source<'f>)> + use<'f> {
        let sources: Vec<Source<'f>> = self.sources.clone();
        (0..=u16::MAX).map(MemberId).zip(sources)
    }

    /// Every permission with its id.
    fn permissions(&self) -> impl Iterator<Item = (MemberId, &'f Permission)> + use<'f> {
        self.members().filter_map(|(id, source)| match source {
            Source::Permission(permission) => Some((id, permission)),
            Source::Relation(_) => None,
        })
    }

    fn set_kind(&mut self, id: MemberId, kind: MemberKind) {
        if let Some(member) = self.schema.members.get_mut(usize::from(id.0)) {
            member.kind = kind;
        }
    }
}

impl<'f> Source<'f> {
    fn name(self) -> &'f Name {
        match self {
            Self::Relation(relation) => &relation.name,
            Self::Permission(permission) => &permission.name,
        }
    }

    fn doc(self) -> &'f Doc {
        match self {
            Self::Relation(relation) => &relation.doc,
            Self::Permission(permission) => &permission.doc,
        }
    }
}

impl Expression {
    /// Calls `visit` for this expression and everything in it.
    fn walk<'e>(&'e self, visit: &mut impl FnMut(&'e Expression)) {
        use super::syntax::ExpressionKind;
        visit(self);
        match &self.kind {
            ExpressionKind::Group(inner) => inner.walk(visit),
            ExpressionKind::Chain(_, operands) => {
                for operand in operands {
                    operand.walk(visit);
                }
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests;
