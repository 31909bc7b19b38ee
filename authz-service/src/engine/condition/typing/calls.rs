//! What functions take and give, and values that no function takes.

use cel::common::ast::{CallExpr, Expr, LiteralValue};
use cel::{Context, IdedExpr, Value};

use super::Typing;
use crate::engine::condition::parameter::ParameterType as Type;
use crate::engine::condition::signatures::{MATCHES, signatures};
use crate::engine::condition::{functions, ip};

impl Typing<'_> {
    pub(super) fn function(&mut self, call: &CallExpr, whole: &IdedExpr) -> Type {
        let name = call.func_name.as_str();
        let target = call.target.as_deref().map(|target| self.type_of(target));
        let arguments: Vec<_> = call.args.iter().map(|one| self.type_of(one)).collect();
        let Some(first) = signatures(name).next() else {
            // An operator of the library's own, within a loop.
            return Type::Any;
        };
        if !signatures(name).any(|one| one.takes(target.as_ref(), &arguments)) {
            let message = format!("there is no `{}`", as_called(name, target, &arguments));
            let ways: Vec<_> = signatures(name).map(|one| format!("`{one}`")).collect();
            self.problem(whole, message).suggestion = Some(format!("call {}", ways.join(" or ")));
        } else if !Self::is_readable(call) {
            self.problem(whole, format!("`{name}` cannot read this value"))
                .suggestion = example(name).map(|text| format!("write it like `{text}`"));
        }
        first.result.to_type()
    }

    /// Whether a call with nothing but literals succeeds. A pattern is looked at where it is
    /// compiled.
    fn is_readable(call: &CallExpr) -> bool {
        if call.func_name == MATCHES {
            return true;
        }
        if call.func_name == "in_cidr" {
            return match call.args.as_slice() {
                [range] => text(range).is_none_or(|range| ip::parse_cidr(range).is_some()),
                _ => true,
            };
        }
        let mut parts = call.target.as_deref().into_iter().chain(&call.args);
        if !parts.all(|part| matches!(part.expr, Expr::Literal(_))) {
            return true;
        }
        let alone = IdedExpr {
            id: 0,
            expr: Expr::Call(call.clone()),
        };
        Value::resolve_val(&alone, &Context::with_env(functions::environment())).is_ok()
    }
}

fn text(expression: &IdedExpr) -> Option<&str> {
    match &expression.expr {
        Expr::Literal(LiteralValue::String(text)) => Some(text.inner()),
        _ => None,
    }
}

fn example(name: &str) -> Option<&'static str> {
    Some(match name {
        "duration" => "1h30m",
        "timestamp" => "2030-01-31T12:00:00Z",
        "in_cidr" => "10.0.0.0/8",
        "int" | "uint" => "42",
        "double" => "1.5",
        "bool" => "true",
        _ => return None,
    })
}

/// `size(int)`, `(int).size(string)`
fn as_called(name: &str, target: Option<Type>, arguments: &[Type]) -> String {
    let target = target
        .map(|target| format!("({target})."))
        .unwrap_or_default();
    let arguments: Vec<_> = arguments.iter().map(ToString::to_string).collect();
    format!("{target}{name}({})", arguments.join(", "))
}
