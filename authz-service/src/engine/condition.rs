//! Conditions (caveats): a CEL expression over typed parameters, three-valued.
//!
//! A condition is parsed, checked and compiled once per schema. [`Condition::evaluate`] converts
//! the given values, then asks `kleene` for the verdict.

mod check;
mod duration;
mod functions;
mod ip;
mod kleene;
mod parameter;
mod patterns;
mod problem;
mod signatures;
mod typing;
mod value;

pub use parameter::ParameterType;
pub use problem::{ConditionError, ContextError};
pub(crate) use problem::{Place, Problem};

use cel::IdedExpr;

use super::relationship::Context;
use kleene::Bound;
use patterns::Pattern;

/// A compiled `caveat`. Compiled once per schema, never per call.
#[derive(Debug)]
pub struct Condition {
    /// Its name in the schema.
    pub name: Box<str>,
    /// In the order declared; each is used by the expression.
    parameters: Vec<Parameter>,
    expression: IdedExpr,
    /// What its `matches` look for.
    patterns: Vec<Pattern>,
    /// Most values that a context may hold for this condition, written and requested each.
    max_values: usize,
}

/// A declared parameter.
#[derive(Debug)]
pub struct Parameter {
    /// Its name, as in the expression and in contexts.
    pub name: Box<str>,
    /// What its values must be.
    pub parameter_type: ParameterType,
}

/// Kleene's three values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It holds.
    Holds,
    /// It does not hold.
    Fails,
    /// Values are missing: these parameters, sorted.
    Unknown(Vec<Box<str>>),
}

impl Condition {
    /// Compiles a caveat's expression over its declared parameters.
    ///
    /// # Errors
    /// Everything that is wrong with the parameters and the expression.
    pub(crate) fn compile(
        name: &str,
        parameters: &[(&str, ParameterType)],
        expression: &str,
    ) -> Result<Self, Vec<Problem>> {
        let checked = check::check(parameters, expression)?;
        let parameters = parameters.iter().map(|(name, parameter_type)| Parameter {
            name: (*name).into(),
            parameter_type: parameter_type.clone(),
        });
        Ok(Self {
            name: name.into(),
            parameters: parameters.collect(),
            expression: checked.expression,
            patterns: checked.patterns,
            max_values: checked.max_values,
        })
    }

    /// A condition that never holds: what a caveat with errors is while its schema is refused.
    pub(crate) fn never(name: &str) -> Self {
        let no = cel::common::ast::LiteralValue::Boolean(false.into());
        let expression = IdedExpr {
            id: 0,
            expr: cel::common::ast::Expr::Literal(no),
        };
        Self {
            name: name.into(),
            parameters: Vec::new(),
            expression,
            patterns: Vec::new(),
            max_values: 0,
        }
    }

    /// The declared parameters, in the order declared.
    pub fn parameters(&self) -> &[Parameter] {
        &self.parameters
    }

    /// Evaluates over the values written with the relationship (they win) and the request's.
    ///
    /// Values that no parameter declares are ignored. Without a value that decides, the verdict is
    /// unknown: `a == 2 || b == 6` holds for a = 2 whatever b is. Unknown names the values that could
    /// still decide, and no others.
    ///
    /// # Errors
    /// A value of the wrong type, too many values, or an expression that fails for another reason
    /// than a missing value.
    pub fn evaluate(
        &self,
        written: &Context,
        request: &Context,
    ) -> Result<Verdict, ConditionError> {
        let mut bound = Bound::new(&self.parameters, &self.patterns);
        // Each has its own, so that what was accepted when it was written stays within its own.
        let (mut of_written, mut of_request) = (self.max_values, self.max_values);
        for parameter in &self.parameters {
            let name = &*parameter.name;
            let (json, budget) = match (written.get(name), request.get(name)) {
                (Some(json), _) => (json, &mut of_written),
                (None, Some(json)) => (json, &mut of_request),
                (None, None) => continue,
            };
            let value = value::convert(json, &parameter.parameter_type, budget)
                .map_err(|refusal| self.refused(parameter, refusal))?;
            bound.push(name, value);
        }
        kleene::evaluate(&self.expression, &bound).map_err(|problem| ConditionError::Failed {
            condition: self.name.clone(),
            problem,
        })
    }

    /// Holds the values written with a relationship to the declared parameters.
    ///
    /// # Errors
    /// A value that no parameter declares, one of the wrong type, or too many.
    pub(crate) fn check_written(&self, context: &Context) -> Result<(), ContextError> {
        let mut budget = self.max_values;
        for (name, json) in context {
            let Some(parameter) = self.parameters.iter().find(|p| &*p.name == name) else {
                let known = self
                    .parameters
                    .iter()
                    .map(|parameter| parameter.name.clone());
                return Err(ContextError::Undeclared {
                    condition: self.name.clone(),
                    name: name.as_str().into(),
                    parameters: known.collect(),
                });
            };
            value::convert(json, &parameter.parameter_type, &mut budget)
                .map_err(|refusal| ContextError::Value(self.refused(parameter, refusal)))?;
        }
        Ok(())
    }

    fn refused(&self, parameter: &Parameter, refusal: value::Refusal) -> ConditionError {
        match refusal {
            value::Refusal::WrongType(problem) => ConditionError::WrongType {
                condition: self.name.clone(),
                parameter: parameter.name.clone(),
                problem,
            },
            value::Refusal::TooMany => ConditionError::TooManyValues {
                condition: self.name.clone(),
                max_values: self.max_values,
            },
        }
    }
}

#[cfg(test)]
mod tests;
