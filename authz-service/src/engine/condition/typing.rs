//! Types as far as they are known when a condition is compiled. `any` fits everything.

mod calls;
mod operators;

use cel::IdedExpr;
use cel::common::ast::{EntryExpr, Expr, IdedEntryExpr, LiteralValue, SelectExpr};

use super::check::Places;
use super::parameter::ParameterType as Type;
use super::problem::Problem;

/// What an evaluation with values of the declared types could only fail at.
pub(super) fn problems(
    expression: &IdedExpr,
    parameters: &[(&str, Type)],
    places: &Places<'_>,
) -> Vec<Problem> {
    let mut typing = Typing {
        parameters,
        places,
        scope: Vec::new(),
        problems: Vec::new(),
    };
    typing.expect_bool(expression, "the expression of a caveat must be a `bool`");
    typing.problems
}

struct Typing<'a> {
    parameters: &'a [(&'a str, Type)],
    places: &'a Places<'a>,
    /// Variables of the comprehensions around, with what is known of them.
    scope: Vec<(String, Type)>,
    problems: Vec<Problem>,
}

impl Typing<'_> {
    fn expect_bool(&mut self, expression: &IdedExpr, message: &str) {
        let found = self.type_of(expression);
        if !matches!(found, Type::Any | Type::Bool) {
            self.problem(
                expression,
                format!("{message}, and this is {}", found.with_article()),
            );
        }
    }

    fn problem(&mut self, expression: &IdedExpr, message: String) -> &mut Problem {
        let place = self.places.of(expression);
        self.problems
            .push_mut(Problem::new(place, "type-mismatch", message))
    }

    fn type_of(&mut self, expression: &IdedExpr) -> Type {
        match &expression.expr {
            Expr::Ident(name) => self.variable(name),
            Expr::Literal(literal) => literal_type(literal),
            Expr::Call(call) => self.call(call, expression),
            Expr::Select(select) => self.field(select, expression),
            Expr::List(list) => {
                let elements: Vec<_> = list.elements.iter().map(|one| self.type_of(one)).collect();
                Type::List(Box::new(common(&elements)))
            }
            Expr::Map(map) => self.map(&map.entries),
            Expr::Comprehension(_) => self.comprehension(expression),
            Expr::Struct(_) | Expr::Unspecified => Type::Any,
        }
    }

    /// `operand.field`, and `has(operand.field)`.
    fn field(&mut self, select: &SelectExpr, whole: &IdedExpr) -> Type {
        let field = match self.type_of(&select.operand) {
            Type::Map(of) => *of,
            Type::Any => Type::Any,
            other => {
                let what = format!("{} has no `.{}`", other.with_article(), select.field);
                self.problem(whole, what);
                Type::Any
            }
        };
        if select.test { Type::Bool } else { field }
    }

    /// Keys that are not text have no place among the types of parameters.
    fn map(&mut self, entries: &[IdedEntryExpr]) -> Type {
        let mut values = Vec::with_capacity(entries.len());
        let mut has_text_keys = true;
        for entry in entries {
            if let EntryExpr::MapEntry(entry) = &entry.expr {
                has_text_keys &= self.type_of(&entry.key) == Type::String;
                values.push(self.type_of(&entry.value));
            }
        }
        if has_text_keys {
            Type::Map(Box::new(common(&values)))
        } else {
            Type::Any
        }
    }

    fn comprehension(&mut self, whole: &IdedExpr) -> Type {
        let Expr::Comprehension(comprehension) = &whole.expr else {
            return Type::Any;
        };
        let elements = match self.type_of(&comprehension.iter_range) {
            Type::List(of) => *of,
            Type::Map(_) => Type::String,
            Type::Any => Type::Any,
            other => {
                let what = format!(
                    "a loop goes through a list or a map, and this is {}",
                    other.with_article()
                );
                self.problem(&comprehension.iter_range, what);
                Type::Any
            }
        };
        let outer = self.scope.len();
        self.scope.push((comprehension.accu_var.clone(), Type::Any));
        self.scope.push((comprehension.iter_var.clone(), elements));
        let second = comprehension.iter_var2.clone();
        self.scope.extend(second.map(|name| (name, Type::Any)));
        self.type_of(&comprehension.loop_step);
        self.scope.truncate(outer);
        match &comprehension.accu_init.expr {
            Expr::Literal(LiteralValue::Boolean(_)) => Type::Bool,
            Expr::List(_) => Type::List(Box::new(Type::Any)),
            _ => Type::Any,
        }
    }

    fn variable(&self, name: &str) -> Type {
        let bound = self.scope.iter().rev().find(|(bound, _)| bound == name);
        if let Some((_, found)) = bound {
            return found.clone();
        }
        let parameter = self
            .parameters
            .iter()
            .find(|(parameter, _)| *parameter == name);
        parameter.map_or(Type::Any, |(_, declared)| declared.clone())
    }
}

fn literal_type(literal: &LiteralValue) -> Type {
    match literal {
        LiteralValue::Boolean(_) => Type::Bool,
        LiteralValue::Bytes(_) => Type::Bytes,
        LiteralValue::Double(_) => Type::Double,
        LiteralValue::Int(_) => Type::Int,
        LiteralValue::String(_) => Type::String,
        LiteralValue::UInt(_) => Type::Uint,
        LiteralValue::Null => Type::Any,
    }
}

/// The type of each of these, if they have one.
fn common(types: &[Type]) -> Type {
    match types.split_first() {
        Some((first, rest)) if rest.iter().all(|one| one == first) => first.clone(),
        _ => Type::Any,
    }
}

/// Whether some value is of both types.
fn fit(left: &Type, right: &Type) -> bool {
    match (left, right) {
        (Type::Any, _) | (_, Type::Any) => true,
        (Type::List(left), Type::List(right)) | (Type::Map(left), Type::Map(right)) => {
            fit(left, right)
        }
        _ => left == right,
    }
}
