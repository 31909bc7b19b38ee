//! Caveats to compiled conditions.

use super::Compiler;
use crate::engine::condition::{Condition, ParameterType, Place, Problem};
use crate::engine::schema::model::ConditionId;
use crate::engine::schema::span::Span;
use crate::engine::schema::syntax::{Caveat, CaveatType};

impl Compiler<'_, '_, '_> {
    /// A caveat with errors keeps its name, so that they are told alone.
    pub(super) fn declare_conditions(&mut self) {
        for caveat in &self.file.caveats {
            let Ok(id) = u16::try_from(self.schema.conditions.len()) else {
                self.report.error(
                    "schema-too-large",
                    caveat.name.span,
                    "more than 65,535 caveats",
                );
                return;
            };
            let condition = self.condition_of(caveat);
            self.schema
                .conditions_by_name
                .insert(caveat.name.text.clone(), ConditionId(id));
            self.schema.conditions.push(condition);
        }
    }

    fn condition_of(&mut self, caveat: &Caveat) -> Condition {
        let mut parameters = Vec::with_capacity(caveat.parameters.len());
        for parameter in &caveat.parameters {
            // An unknown type is told already; `any` keeps the parameter's name known.
            let parameter_type = self.parameter_type(&parameter.parameter_type);
            parameters.push((
                &*parameter.name.text,
                parameter_type.unwrap_or(ParameterType::Any),
            ));
        }
        match Condition::compile(&caveat.name.text, &parameters, &caveat.body.text) {
            Ok(condition) => condition,
            Err(problems) => {
                for problem in problems {
                    self.tell(caveat, problem);
                }
                Condition::never(&caveat.name.text)
            }
        }
    }

    fn tell(&mut self, caveat: &Caveat, problem: Problem) {
        let span = match problem.place {
            Place::Parameter(at) => caveat
                .parameters
                .get(at)
                .map_or(caveat.name.span, |p| p.name.span),
            Place::Expression(range) => {
                let start = caveat.body.span.start;
                Span {
                    start: start + range.start,
                    end: start + range.end,
                }
            }
        };
        let error = self.report.error(problem.code, span, problem.message);
        error.suggestion = problem.suggestion;
    }

    fn parameter_type(&mut self, written: &CaveatType) -> Option<ParameterType> {
        let arguments: Vec<_> = written
            .arguments
            .iter()
            .map(|a| self.parameter_type(a))
            .collect();
        let arguments = arguments
            .into_iter()
            .collect::<Option<Vec<ParameterType>>>()?;
        match ParameterType::named(&written.name.text, arguments) {
            Ok(parameter_type) => Some(parameter_type),
            Err(problem) => {
                let error =
                    self.report
                        .error("unknown-parameter-type", written.name.span, problem.message);
                error.suggestion = problem.suggestion;
                None
            }
        }
    }
}
