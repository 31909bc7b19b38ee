//! What operators take and give. CEL mixes no kinds of numbers.

use cel::IdedExpr;
use cel::common::ast::{CallExpr, Expr, LiteralValue, operators};

use super::{Typing, fit};
use crate::engine::condition::parameter::ParameterType as Type;

impl Typing<'_> {
    pub(super) fn call(&mut self, call: &CallExpr, whole: &IdedExpr) -> Type {
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
                self.choice(yes, no, whole)
            }
            (operators::EQUALS | operators::NOT_EQUALS, [left, right]) => {
                self.comparison(left, right, whole, false)
            }
            (
                operators::LESS
                | operators::LESS_EQUALS
                | operators::GREATER
                | operators::GREATER_EQUALS,
                [left, right],
            ) => self.comparison(left, right, whole, true),
            (
                operator @ (operators::ADD
                | operators::SUBSTRACT
                | operators::MULTIPLY
                | operators::DIVIDE
                | operators::MODULO),
                [left, right],
            ) => self.arithmetic(operator, left, right, whole),
            (operators::NEGATE, [inner]) => self.negation(inner, whole),
            (operators::INDEX, [collection, index]) => self.index(collection, index, whole),
            (operators::IN, [element, collection]) => self.membership(element, collection, whole),
            _ => self.function(call, whole),
        }
    }

    fn choice(&mut self, yes: &IdedExpr, no: &IdedExpr, whole: &IdedExpr) -> Type {
        let (yes, no) = (self.type_of(yes), self.type_of(no));
        if !fit(&yes, &no) {
            let (yes, no) = (yes.with_article(), no.with_article());
            self.problem(
                whole,
                format!("both sides of `:` must be of one type: {yes} or {no}"),
            );
        }
        if yes == no { yes } else { Type::Any }
    }

    fn comparison(
        &mut self,
        left: &IdedExpr,
        right: &IdedExpr,
        whole: &IdedExpr,
        ordered: bool,
    ) -> Type {
        let is_null = is_null(left) || is_null(right);
        let (left, right) = (self.type_of(left), self.type_of(right));
        let (one, other) = (left.with_article(), right.with_article());
        if is_null && !(left == Type::Any && right == Type::Any) {
            let typed = if left == Type::Any { other } else { one };
            self.problem(whole, format!("{typed} is never `null`"))
                .suggestion = Some("a value that is not given is unknown, not `null`".to_owned());
        } else if !fit(&left, &right) {
            let problem = self.problem(whole, format!("{one} cannot be compared with {other}"));
            if left.is_number() && right.is_number() {
                problem.suggestion = Some(
                    "compare numbers of one kind, as in `1`, `1u` or `1.0`, or convert one".into(),
                );
            }
        } else if ordered
            && let Some(unordered) = [&left, &right]
                .into_iter()
                .find(|side| matches!(side, Type::List(_) | Type::Map(_) | Type::IpAddress))
        {
            self.problem(whole, format!("{} has no order", unordered.with_article()));
        }
        Type::Bool
    }

    fn arithmetic(
        &mut self,
        operator: &str,
        left: &IdedExpr,
        right: &IdedExpr,
        whole: &IdedExpr,
    ) -> Type {
        let divides = matches!(operator, operators::DIVIDE | operators::MODULO);
        if divides && is_zero(right) {
            self.problem(right, "nothing can be divided by zero".to_owned());
        }
        let (left, right) = (self.type_of(left), self.type_of(right));
        if let Some(result) = calculated(operator, &left, &right) {
            return result;
        }
        let symbol = operator.trim_matches('_');
        let (left, right) = (left.with_article(), right.with_article());
        self.problem(
            whole,
            format!("`{symbol}` does not take {left} and {right}"),
        );
        Type::Any
    }

    fn negation(&mut self, inner: &IdedExpr, whole: &IdedExpr) -> Type {
        let found = self.type_of(inner);
        if !matches!(found, Type::Any | Type::Int | Type::Double) {
            self.problem(whole, format!("{} has no negative", found.with_article()));
        }
        found
    }

    fn index(&mut self, collection: &IdedExpr, index: &IdedExpr, whole: &IdedExpr) -> Type {
        let index = self.type_of(index);
        let (key, of) = match self.type_of(collection) {
            Type::List(of) => (Type::Int, *of),
            Type::Map(of) => (Type::String, *of),
            Type::Any => return Type::Any,
            other => {
                self.problem(whole, format!("{} has no `[…]`", other.with_article()));
                return Type::Any;
            }
        };
        if !fit(&key, &index) {
            let (key, index) = (key.with_article(), index.with_article());
            self.problem(
                whole,
                format!("`[…]` takes {key} here, and this is {index}"),
            );
        }
        of
    }

    fn membership(&mut self, element: &IdedExpr, collection: &IdedExpr, whole: &IdedExpr) -> Type {
        let element = self.type_of(element);
        let within = match self.type_of(collection) {
            Type::List(of) => *of,
            Type::Map(_) => Type::String,
            Type::Any => Type::Any,
            other => {
                let other = other.with_article();
                self.problem(
                    whole,
                    format!("`in` looks into a list or a map, and this is {other}"),
                );
                Type::Any
            }
        };
        if !fit(&element, &within) {
            let (element, within) = (element.with_article(), within.with_article());
            let message = format!("{element} is never in what holds {within} at each place");
            self.problem(whole, message);
        }
        Type::Bool
    }
}

/// None: the operator does not take these.
fn calculated(operator: &str, left: &Type, right: &Type) -> Option<Type> {
    use Type::{Any, Bytes, Double, Duration, Int, List, String, Timestamp, Uint};
    use operators::{ADD, MODULO, SUBSTRACT};
    Some(match (operator, left, right) {
        (_, Any, _) | (_, _, Any) => Any,
        (MODULO, Int, Int) => Int,
        (MODULO, Uint, Uint) => Uint,
        (MODULO, ..) => return None,
        (_, Int, Int) => Int,
        (_, Uint, Uint) => Uint,
        (_, Double, Double) => Double,
        (ADD, String, String) => String,
        (ADD, Bytes, Bytes) => Bytes,
        (ADD, List(one), List(other)) if one == other => left.clone(),
        (ADD, List(_), List(_)) => List(Box::new(Any)),
        (ADD | SUBSTRACT, Timestamp, Duration) | (ADD, Duration, Timestamp) => Timestamp,
        (SUBSTRACT, Timestamp, Timestamp) | (ADD | SUBSTRACT, Duration, Duration) => Duration,
        _ => return None,
    })
}

fn is_null(expression: &IdedExpr) -> bool {
    matches!(expression.expr, Expr::Literal(LiteralValue::Null))
}

fn is_zero(expression: &IdedExpr) -> bool {
    match &expression.expr {
        Expr::Literal(LiteralValue::Int(number)) => *number.inner() == 0,
        Expr::Literal(LiteralValue::UInt(number)) => *number.inner() == 0,
        _ => false,
    }
}
