//! Counting calls, in the words that dashboards for gRPC know.
//!
//! * `grpc_server_started_total{grpc_service,grpc_method}`
//! * `grpc_server_handled_total{grpc_service,grpc_method,grpc_code}`
//! * `grpc_server_handling_seconds{grpc_service,grpc_method}`, a histogram

use metrics::{Counter, Histogram, Label};
use rustc_hash::FxHashMap;
use std::sync::{Arc, OnceLock};
use std::time::Instant;
use tonic::Code;

/// One past the highest status code.
const CODES: usize = 17;

/// Whether a call has one answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pattern {
    /// One request, one answer.
    Unary,
    /// A stream, in one or both directions.
    Stream,
}

/// The methods that are served. Counting a call looks its method up once and allocates nothing.
pub struct Calls(FxHashMap<String, Arc<Method>>);

/// A method's series.
struct Method {
    labels: Vec<Label>,
    pattern: Pattern,
    started: Counter,
    /// Made when a code is first seen: a series a code and method would be 17 times as many.
    handled: [OnceLock<Counter>; CODES],
    seconds: Histogram,
}

/// A call in progress. Dropped without an end, it counts as cancelled.
pub struct Call {
    method: Option<Arc<Method>>,
    since: Instant,
}

impl Calls {
    /// The methods of these services of the contract; the recorder must be installed before.
    pub fn of(services: &[&'static str]) -> Self {
        let descriptors = menshen_proto::descriptors();
        let services = services
            .iter()
            .filter_map(|name| descriptors.get_service_by_name(name));
        let mut methods = FxHashMap::default();
        for method in services.flat_map(|service| service.methods().collect::<Vec<_>>()) {
            let service = method.parent_service().full_name().to_owned();
            let streams = method.is_client_streaming() || method.is_server_streaming();
            let pattern = if streams {
                Pattern::Stream
            } else {
                Pattern::Unary
            };
            let path = format!("/{service}/{}", method.name());
            methods.insert(path, Arc::new(Method::new(service, method.name(), pattern)));
        }
        Self(methods)
    }

    /// A call begins. One of a method that is not served is not counted: its name is the caller's
    /// invention, and every name would make a series.
    pub fn begin(&self, path: &str) -> (Call, Pattern) {
        let method = self.0.get(path);
        if let Some(method) = method {
            method.started.increment(1);
        }
        let call = Call {
            method: method.cloned(),
            since: Instant::now(),
        };
        (call, method.map_or(Pattern::Unary, |method| method.pattern))
    }
}

impl Method {
    fn new(service: String, name: &str, pattern: Pattern) -> Self {
        let labels = vec![
            Label::new("grpc_service", service),
            Label::new("grpc_method", name.to_owned()),
        ];
        Self {
            started: metrics::counter!("grpc_server_started_total", labels.clone()),
            handled: Default::default(),
            seconds: metrics::histogram!("grpc_server_handling_seconds", labels.clone()),
            labels,
            pattern,
        }
    }

    fn handled(&self, code: Code) {
        let Some(counter) = usize::try_from(i32::from(code))
            .ok()
            .and_then(|code| self.handled.get(code))
        else {
            return;
        };
        let counter = counter.get_or_init(|| {
            let mut labels = self.labels.clone();
            labels.push(Label::new("grpc_code", format!("{code:?}")));
            metrics::counter!("grpc_server_handled_total", labels)
        });
        counter.increment(1);
    }
}

impl Call {
    /// How it ended. Only the first end counts.
    pub fn ended(&mut self, code: Code) {
        if let Some(method) = self.method.take() {
            method.handled(code);
            method.seconds.record(self.since.elapsed());
        }
    }
}

impl Drop for Call {
    fn drop(&mut self) {
        self.ended(Code::Cancelled);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use metrics_exporter_prometheus::PrometheusBuilder;

    const READ: &str = "/menshen.authz.v1.SchemaService/ReadSchema";

    fn counted(count: impl FnOnce(&Calls)) -> String {
        let recorder = PrometheusBuilder::new().build_recorder();
        metrics::with_local_recorder(&recorder, || {
            count(&Calls::of(&["menshen.authz.v1.SchemaService"]));
        });
        recorder.handle().render()
    }

    fn handled(code: &str, count: usize) -> String {
        format!(
            "grpc_server_handled_total{{grpc_service=\"menshen.authz.v1.SchemaService\",\
             grpc_method=\"ReadSchema\",grpc_code=\"{code}\"}} {count}\n"
        )
    }

    #[test]
    fn calls_count_by_their_first_end() {
        let text = counted(|calls| {
            for code in [Code::Ok, Code::Ok, Code::NotFound] {
                let (mut call, pattern) = calls.begin(READ);
                assert_eq!(pattern, Pattern::Unary);
                call.ended(code);
                call.ended(Code::Unknown);
            }
        });
        assert!(text.contains(&handled("Ok", 2)), "{text}");
        assert!(text.contains(&handled("NotFound", 1)), "{text}");
        assert!(!text.contains("Unknown"), "{text}");
    }

    #[test]
    fn a_call_whose_answer_is_dropped_counts_as_cancelled() {
        let text = counted(|calls| drop(calls.begin(READ)));
        assert!(text.contains(&handled("Cancelled", 1)), "{text}");
    }

    #[test]
    fn a_method_that_nobody_serves_makes_no_series() {
        let text = counted(|calls| drop(calls.begin("/invented/Name")));
        assert!(!text.contains("invented"), "{text}");
    }

    #[test]
    fn a_stream_is_known_as_one() {
        let calls = Calls::of(&["menshen.authz.v1.AuthzService"]);
        let (_, pattern) = calls.begin("/menshen.authz.v1.AuthzService/StreamChecks");
        assert_eq!(pattern, Pattern::Stream);
    }
}
