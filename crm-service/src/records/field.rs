//! A field of a kind of record: what it holds, and who gives it its value.

use super::kind::Kind;

/// One field of the message, and the column that keeps it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Field {
    /// As in the message.
    pub(crate) name: &'static str,
    pub(crate) holds: Holds,
    pub(crate) given: Given,
    /// Lists may be ordered by it.
    pub(crate) is_sortable: bool,
    /// Lists are searched in it without regard to case: a second column keeps it folded.
    pub(crate) is_searched: bool,
    /// A parent that a record need not have.
    pub(crate) is_optional: bool,
}

/// What values a field takes. Each has one way to be kept:
/// `…_minor` for money, `…_us` for times, `…_id` for references, its own name for the rest.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Holds {
    /// One line of text, this many characters.
    Line(usize, usize),
    /// Text with line ends, this many characters.
    Text(usize, usize),
    /// One of these words, or nothing.
    Word(&'static [&'static str]),
    /// An e-mail address, or nothing.
    Email,
    /// A telephone number, or nothing.
    Phone,
    /// An address on the web, or nothing.
    Url,
    /// A day: `YYYY-MM-DD`, or nothing.
    Date,
    /// A day that is over, or today.
    PastDate,
    /// Yes or no.
    Flag,
    /// A whole number between these.
    Number(i64, i64),
    /// A [`Money`](menshen_proto::crm::v1::Money) that is not negative, in the record's `currency`.
    Money,
    /// A point in time.
    Time,
    /// A point in time that is over.
    Past,
    /// A value of the field's enum; unset is taken as this one.
    Choice(i32),
    /// The id of a person who can be given something. As a relation, the access model knows who it is,
    /// under the field's name.
    Person {
        /// Whether it is one.
        is_relation: bool,
    },
    /// The record that this one belongs to: it decides who may see and write this one.
    Parent(&'static Kind),
    /// A record that this one only refers to. Whoever sets it must hold this permission on that one.
    Link(&'static Kind, &'static str),
    /// A record of a catalogue that says in whose department this one stands: in that one's `department`,
    /// and nobody's until somebody is named.
    Home(&'static Kind),
    /// A message or a list, kept as JSON; its kind checks it.
    Json,
}

/// Who gives a field its value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Given {
    /// Callers, whenever they write.
    ByCallers,
    /// Callers when they create; afterwards it changes as said here, or not at all.
    AtFirst(&'static str),
    /// The kind, when the record is written: a sum, a number, a state. How it changes is said here.
    ByTheKind(&'static str),
    /// Statements of their own, which make no new version of the record.
    Aside(&'static str),
}

impl Field {
    const fn of(name: &'static str, holds: Holds) -> Self {
        Self {
            name,
            holds,
            given: Given::ByCallers,
            is_sortable: true,
            is_searched: false,
            is_optional: false,
        }
    }

    /// [`Holds::Line`]
    pub(crate) const fn line(name: &'static str, least: usize, most: usize) -> Self {
        Self::of(name, Holds::Line(least, most))
    }

    /// [`Holds::Text`]. Lists are not ordered by it.
    pub(crate) const fn text(name: &'static str, least: usize, most: usize) -> Self {
        Self::of(name, Holds::Text(least, most)).unsortable()
    }

    /// [`Holds::Word`]
    pub(crate) const fn word(name: &'static str, words: &'static [&'static str]) -> Self {
        Self::of(name, Holds::Word(words))
    }

    /// [`Holds::Email`]
    pub(crate) const fn email(name: &'static str) -> Self {
        Self::of(name, Holds::Email)
    }

    /// [`Holds::Phone`]
    pub(crate) const fn phone(name: &'static str) -> Self {
        Self::of(name, Holds::Phone)
    }

    /// [`Holds::Url`]. Lists are not ordered by it.
    pub(crate) const fn url(name: &'static str) -> Self {
        Self::of(name, Holds::Url).unsortable()
    }

    /// [`Holds::Date`]
    pub(crate) const fn date(name: &'static str) -> Self {
        Self::of(name, Holds::Date)
    }

    /// [`Holds::PastDate`]
    pub(crate) const fn past_date(name: &'static str) -> Self {
        Self::of(name, Holds::PastDate)
    }

    /// [`Holds::Flag`]
    pub(crate) const fn flag(name: &'static str) -> Self {
        Self::of(name, Holds::Flag)
    }

    /// [`Holds::Number`]
    pub(crate) const fn number(name: &'static str, least: i64, most: i64) -> Self {
        Self::of(name, Holds::Number(least, most))
    }

    /// [`Holds::Money`]
    pub(crate) const fn money(name: &'static str) -> Self {
        Self::of(name, Holds::Money)
    }

    /// [`Holds::Time`]
    pub(crate) const fn time(name: &'static str) -> Self {
        Self::of(name, Holds::Time)
    }

    /// [`Holds::Past`]
    pub(crate) const fn past(name: &'static str) -> Self {
        Self::of(name, Holds::Past)
    }

    /// [`Holds::Choice`]
    pub(crate) const fn choice(name: &'static str, unset: i32) -> Self {
        Self::of(name, Holds::Choice(unset))
    }

    /// [`Holds::Person`]
    pub(crate) const fn person(name: &'static str) -> Self {
        Self::of(name, Holds::Person { is_relation: false })
    }

    /// [`Holds::Person`], known to the access model.
    pub(crate) const fn relation(name: &'static str) -> Self {
        Self::of(name, Holds::Person { is_relation: true })
    }

    /// [`Holds::Parent`]: said when the record is created, and not changed.
    pub(crate) const fn parent(
        name: &'static str,
        kind: &'static Kind,
        stays: &'static str,
    ) -> Self {
        Self::of(name, Holds::Parent(kind)).at_first(stays)
    }

    /// [`Holds::Parent`] that a record need not have: it has another, or stands alone. The rule of its
    /// method names it among the `optional_parents`.
    pub(crate) const fn optional_parent(
        name: &'static str,
        kind: &'static Kind,
        stays: &'static str,
    ) -> Self {
        Self {
            is_optional: true,
            ..Self::parent(name, kind, stays)
        }
    }

    /// [`Holds::Link`]
    pub(crate) const fn link(name: &'static str, kind: &'static Kind) -> Self {
        Self::link_for(name, kind, "view")
    }

    /// [`Holds::Link`], for which another permission than `view` is due.
    pub(crate) const fn link_for(
        name: &'static str,
        kind: &'static Kind,
        permission: &'static str,
    ) -> Self {
        Self::of(name, Holds::Link(kind, permission))
    }

    /// [`Holds::Home`]: of owned kinds only.
    pub(crate) const fn home(name: &'static str, kind: &'static Kind) -> Self {
        Self::of(name, Holds::Home(kind))
    }

    /// [`Holds::Json`]
    pub(crate) const fn json(name: &'static str) -> Self {
        Self::of(name, Holds::Json).unsortable()
    }

    /// [`Given::AtFirst`]
    pub(crate) const fn at_first(self, how: &'static str) -> Self {
        Self {
            given: Given::AtFirst(how),
            ..self
        }
    }

    /// [`Given::ByTheKind`]
    pub(crate) const fn by_the_kind(self, how: &'static str) -> Self {
        Self {
            given: Given::ByTheKind(how),
            ..self
        }
    }

    /// [`Given::Aside`]
    pub(crate) const fn aside(self, how: &'static str) -> Self {
        Self {
            given: Given::Aside(how),
            ..self
        }
    }

    /// Lists may not be ordered by it.
    pub(crate) const fn unsortable(self) -> Self {
        Self {
            is_sortable: false,
            ..self
        }
    }

    /// Lists are searched in it without regard to case.
    pub(crate) const fn searched(self) -> Self {
        Self {
            is_searched: true,
            ..self
        }
    }

    /// The column that keeps it.
    pub(crate) fn column(&self) -> String {
        let suffix = match self.holds {
            Holds::Money => "_minor",
            Holds::Time | Holds::Past => "_us",
            Holds::Person { .. } | Holds::Parent(_) | Holds::Link(..) | Holds::Home(_) => "_id",
            _ => "",
        };
        format!("{}{suffix}", self.name)
    }

    /// Whether the record's own statements write it.
    pub(crate) fn is_written(&self) -> bool {
        !matches!(self.given, Given::Aside(_))
    }
}
