//! `@layer`, `@ask` and `@grant` in a doc comment: what other engines may overlook.

use super::{Compiler, Source};
use crate::engine::schema::model::{Layer, MemberId};
use crate::engine::schema::span::Span;
use crate::engine::schema::suggest::nearest;
use crate::engine::schema::syntax::Name;

const LAYERS: [(&str, Layer); 4] = [
    ("access", Layer::Access),
    ("function", Layer::Function),
    ("data", Layer::Data),
    ("restriction", Layer::Restriction),
];
const TAGS: [&str; 3] = ["layer", "ask", "grant"];

/// One `@tag value` line.
struct Tag<'d> {
    name: &'d str,
    value: Name,
    span: Span,
}

impl Compiler<'_, '_, '_> {
    pub(super) fn read_doc_tags(&mut self) {
        let (definitions, caveats) = (&self.file.definitions, &self.file.caveats);
        let docs = definitions
            .iter()
            .map(|d| &d.doc)
            .chain(caveats.iter().map(|c| &c.doc));
        for tag in docs.flat_map(|doc| doc.lines.iter().filter_map(tag)) {
            self.misplaced(&tag, "a relation or permission");
        }
        for (id, source) in self.members() {
            self.read_tags(id, source);
        }
    }

    fn read_tags(&mut self, id: MemberId, source: Source<'_>) {
        let mut text = Vec::new();
        let mut seen = Vec::new();
        for line in &source.doc().lines {
            let Some(tag) = tag(line) else {
                self.remark_near_tag(line);
                text.push(&*line.text);
                continue;
            };
            if seen.contains(&tag.name) {
                let message = format!("`@{}` stands here twice", tag.name);
                self.report.error("duplicate-doc-tag", tag.span, message);
            } else if tag.value.text.is_empty() {
                let message = format!("`@{}` needs a value", tag.name);
                self.report.error("empty-doc-tag", tag.span, message);
            } else {
                self.read_tag(id, source, &tag);
            }
            seen.push(tag.name);
        }
        let doc = text.join("\n").trim().into();
        if let Some(member) = self.schema.members.get_mut(usize::from(id.0)) {
            member.doc = doc;
        }
    }

    fn read_tag(&mut self, id: MemberId, source: Source<'_>, tag: &Tag<'_>) {
        let (mut layer, mut ask, mut grant) = (None, None, None);
        match (tag.name, source) {
            ("layer", _) => layer = self.layer(&tag.value),
            ("ask", _) => ask = Some(tag.value.text.clone()),
            (_, Source::Permission(_)) => self.misplaced(tag, "a relation"),
            (_, Source::Relation(_)) => {
                let owner = self.schema.member(id).owner;
                grant = self.member(owner, &tag.value);
            }
        }
        if let Some(member) = self.schema.members.get_mut(usize::from(id.0)) {
            member.layer = layer.or(member.layer);
            member.ask = ask.or(member.ask.take());
            member.grant = grant.or(member.grant);
        }
    }

    fn layer(&mut self, value: &Name) -> Option<Layer> {
        let found = LAYERS.iter().find(|(name, _)| *name == &*value.text);
        if found.is_none() {
            let message = format!("`{}` is not a layer", value.text);
            let error = self.report.error("unknown-layer", value.span, message);
            error.help("the layers are `access`, `function`, `data` and `restriction`");
            error.did_you_mean(nearest(&value.text, LAYERS.iter().map(|(name, _)| *name)));
        }
        found.map(|(_, layer)| *layer)
    }

    fn misplaced(&mut self, tag: &Tag<'_>, place: &str) {
        let message = format!("`@{}` belongs to the comment above {place}", tag.name);
        self.report.error("misplaced-doc-tag", tag.span, message);
    }

    /// `@layr data` is a comment like any other, and probably not meant as one.
    fn remark_near_tag(&mut self, line: &Name) {
        let Some(rest) = line.text.strip_prefix('@') else {
            return;
        };
        let word = rest.split_whitespace().next().unwrap_or_default();
        if let Some(tag) = nearest(word, TAGS) {
            let message = format!("`@{word}` is not a tag and is read as text");
            self.report
                .warning("unknown-doc-tag", line.span, message)
                .help(format!("did you mean `@{tag}`?"));
        }
    }
}

fn tag(line: &Name) -> Option<Tag<'_>> {
    let rest = line.text.strip_prefix('@')?;
    let tag = rest
        .split_whitespace()
        .next()
        .filter(|tag| TAGS.contains(tag))?;
    let value = rest.get(tag.len()..)?.trim();
    let value_span = Span {
        start: line.span.end - value.len(),
        end: line.span.end,
    };
    Some(Tag {
        name: tag,
        value: Name {
            text: value.into(),
            span: value_span,
        },
        span: line.span,
    })
}
