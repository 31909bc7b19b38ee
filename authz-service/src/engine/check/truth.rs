//! Kleene's three values, ordered: no < maybe < yes.

/// Whether something holds. `Maybe`: it depends on values that the question did not give.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Truth {
    No,
    Maybe,
    Yes,
}

impl Truth {
    #[inline]
    pub(crate) fn and(self, other: Self) -> Self {
        self.min(other)
    }

    #[inline]
    pub(crate) fn or(self, other: Self) -> Self {
        self.max(other)
    }

    #[inline]
    pub(crate) fn negated(self) -> Self {
        match self {
            Self::No => Self::Yes,
            Self::Maybe => Self::Maybe,
            Self::Yes => Self::No,
        }
    }
}
