//! Types as far as they are known when a condition is compiled. `any` fits everything.

use cel::IdedExpr;
use cel::common::ast::{CallExpr, Expr, LiteralValue, operators};

use super::check::Places;
use super::ip;
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

    fn problem(&mut self, expression: &IdedExpr, message: String) {
        self.problems.push(Problem::new(
            self.places.of(expression),
            "type-mismatch",
            message,
        ));
    }

    fn type_of(&mut self, expression: &IdedExpr) -> Type {
        match &expression.expr {
            Expr::Ident(name) => self.variable(name),
            Expr::Literal(literal) => literal_type(literal),
            Expr::Call(call) => self.call(call, expression),
            Expr::Select(select) => {
                let operand = self.type_of(&select.operand);
                match operand {
                    _ if select.test => Type::Bool,
                    Type::Map(of) => *of,
                    Type::Any => Type::Any,
                    other => {
                        self.problem(
                            expression,
                            format!("{} has no `.{}`", other.with_article(), select.field),
                        );
                        Type::Any
                    }
                }
            }
            Expr::List(list) => {
                for element in &list.elements {
                    self.type_of(element);
                }
                Type::List(Box::new(Type::Any))
            }
            Expr::Map(_) => Type::Map(Box::new(Type::Any)),
            Expr::Comprehension(comprehension) => {
                let elements = match self.type_of(&comprehension.iter_range) {
                    Type::List(of) => *of,
                    Type::Map(_) => Type::String,
                    _ => Type::Any,
                };
                let outer = self.scope.len();
                self.scope.push((comprehension.accu_var.clone(), Type::Any));
                self.scope.push((comprehension.iter_var.clone(), elements));
                self.scope.extend(
                    comprehension
                        .iter_var2
                        .clone()
                        .map(|name| (name, Type::Any)),
                );
                self.type_of(&comprehension.loop_step);
                self.scope.truncate(outer);
                match &comprehension.accu_init.expr {
                    Expr::Literal(LiteralValue::Boolean(_)) => Type::Bool,
                    Expr::List(_) => Type::List(Box::new(Type::Any)),
                    _ => Type::Any,
                }
            }
            Expr::Struct(_) | Expr::Unspecified => Type::Any,
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

    fn call(&mut self, call: &CallExpr, expression: &IdedExpr) -> Type {
        let target = call.target.as_deref().map(|target| self.type_of(target));
        match (call.func_name.as_str(), call.args.as_slice()) {
            (operators::LOGICAL_AND | operators::LOGICAL_OR, [left, right]) => {
                for side in [left, right] {
                    self.expect_bool(side, "`&&` and `||` join `bool`s");
                }
                Type::Bool
            }
            (operators::LOGICAL_NOT, [inner]) => {
                self.expect_bool(inner, "`!` negates a `bool`");
                Type::Bool
            }
            (operators::CONDITIONAL, [condition, yes, no]) => {
                self.expect_bool(condition, "what stands before `?` must be a `bool`");
                let (yes, no) = (self.type_of(yes), self.type_of(no));
                if yes == no { yes } else { Type::Any }
            }
            (operators::EQUALS | operators::NOT_EQUALS, [left, right]) => {
                self.comparison(left, right, expression, false)
            }
            (
                operators::LESS
                | operators::LESS_EQUALS
                | operators::GREATER
                | operators::GREATER_EQUALS,
                [left, right],
            ) => self.comparison(left, right, expression, true),
            (
                operators::ADD
                | operators::SUBSTRACT
                | operators::MULTIPLY
                | operators::DIVIDE
                | operators::MODULO,
                [left, right],
            ) => self.arithmetic(left, right, expression),
            (operators::INDEX, [collection, index]) => {
                self.type_of(index);
                match self.type_of(collection) {
                    Type::List(of) | Type::Map(of) => *of,
                    _ => Type::Any,
                }
            }
            (name, arguments) => {
                for argument in arguments {
                    self.type_of(argument);
                }
                self.function(name, target.as_ref(), arguments, expression)
            }
        }
    }

    fn comparison(
        &mut self,
        left: &IdedExpr,
        right: &IdedExpr,
        whole: &IdedExpr,
        ordered: bool,
    ) -> Type {
        let (left, right) = (self.type_of(left), self.type_of(right));
        let numbers = left.is_number() && right.is_number();
        if !numbers && !fit(&left, &right) {
            self.problem(
                whole,
                format!(
                    "{} cannot be compared with {}",
                    left.with_article(),
                    right.with_article()
                ),
            );
        } else if ordered
            && let Some(unordered) = [&left, &right]
                .into_iter()
                .find(|side| matches!(side, Type::List(_) | Type::Map(_) | Type::IpAddress))
        {
            self.problem(whole, format!("{} has no order", unordered.with_article()));
        }
        Type::Bool
    }

    /// CEL mixes no kinds of numbers in arithmetic.
    fn arithmetic(&mut self, left: &IdedExpr, right: &IdedExpr, whole: &IdedExpr) -> Type {
        let (left, right) = (self.type_of(left), self.type_of(right));
        match (&left, &right) {
            (Type::Any, _) | (_, Type::Any) => Type::Any,
            (Type::Timestamp, Type::Timestamp) => Type::Duration,
            (Type::Timestamp, Type::Duration) | (Type::Duration, Type::Timestamp) => {
                Type::Timestamp
            }
            (Type::Bool | Type::IpAddress | Type::Map(_), _) => {
                self.problem(
                    whole,
                    format!("{} cannot be calculated with", left.with_article()),
                );
                Type::Any
            }
            _ if fit(&left, &right) => left,
            _ => {
                self.problem(
                    whole,
                    format!(
                        "{} cannot be calculated with {}",
                        left.with_article(),
                        right.with_article()
                    ),
                );
                Type::Any
            }
        }
    }

    fn function(
        &mut self,
        name: &str,
        target: Option<&Type>,
        arguments: &[IdedExpr],
        whole: &IdedExpr,
    ) -> Type {
        match (name, target) {
            ("in_cidr", Some(Type::IpAddress | Type::Any)) => {
                if let [
                    IdedExpr {
                        expr: Expr::Literal(LiteralValue::String(range)),
                        ..
                    },
                ] = arguments
                    && ip::parse_cidr(range.inner()).is_none()
                {
                    self.problem(whole, ip::not_a_range(range.inner()));
                }
                Type::Bool
            }
            ("isSubtreeOf", Some(Type::Map(_) | Type::Any)) => Type::Bool,
            ("in_cidr" | "isSubtreeOf", _) => {
                let wanted = if name == "in_cidr" {
                    "an `ipaddress`"
                } else {
                    "a `map`"
                };
                self.problem(whole, format!("`{name}` is called on {wanted}"));
                Type::Bool
            }
            (operators::IN | "contains" | "startsWith" | "endsWith" | "matches" | "bool", _) => {
                Type::Bool
            }
            ("size" | "int", _) => Type::Int,
            (accessor, _) if accessor.starts_with("get") => Type::Int,
            ("uint", _) => Type::Uint,
            ("double", _) => Type::Double,
            ("string", _) => Type::String,
            ("bytes", _) => Type::Bytes,
            ("duration", _) => Type::Duration,
            ("timestamp", _) => Type::Timestamp,
            _ => Type::Any,
        }
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
