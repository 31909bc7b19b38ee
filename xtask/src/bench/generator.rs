//! Asks as fast as answers come, from a thread of its own.

use super::cpu;
use e2e::Result;
use e2e::session::{Session, Signed};
use menshen_proto::authz::v1::authz_service_client::AuthzServiceClient;
use menshen_proto::authz::v1::{BatchCheckRequest, CheckRequest};
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};
use tokio::task::JoinSet;
use tokio_stream::wrappers::ReceiverStream;
use tonic::transport::Channel;

/// "c4 m32": four connections, 32 questions under way on each.
const CONNECTIONS: usize = 4;
const UNDER_WAY: usize = 32;
/// Questions of one batch.
const BATCH: usize = 50;

/// How questions are asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Check,
    BatchCheck,
    StreamChecks,
}

impl Kind {
    pub(super) const ALL: [Self; 3] = [Self::Check, Self::BatchCheck, Self::StreamChecks];

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Check => "Check",
            Self::BatchCheck => "BatchCheck of 50",
            Self::StreamChecks => "StreamChecks",
        }
    }
}

/// What to ask.
pub(super) struct Load {
    pub(super) questions: Vec<CheckRequest>,
    pub(super) token: String,
    pub(super) lasts: Duration,
}

/// What one run showed.
#[derive(Clone, Debug)]
pub(super) struct Measured {
    /// Messages a second.
    pub(super) per_second: f64,
    /// The server's processor time for one message, in microseconds.
    pub(super) cpu_us: f64,
    /// Half of the answers came within.
    pub(super) p50: Duration,
    /// 99 of 100 answers came within.
    pub(super) p99: Duration,
}

impl Measured {
    /// The run in the middle, by throughput.
    pub(super) fn median(mut runs: Vec<Self>) -> Result<Self> {
        runs.sort_by(|one, other| one.per_second.total_cmp(&other.per_second));
        let middle = runs.len() / 2;
        Ok(runs.get(middle).cloned().ok_or("nothing was measured")?)
    }
}

impl Load {
    /// Runs on a thread with a runtime of its own, which shares nothing with ours.
    pub(super) fn run(&self, kind: Kind, address: SocketAddr, pid: u32) -> Result<Measured> {
        let asked = std::thread::scope(|scope| {
            let thread = scope.spawn(|| {
                let runtime = tokio::runtime::Builder::new_current_thread()
                    .enable_all()
                    .build()?;
                runtime.block_on(self.ask(kind, address, pid))
            });
            thread.join()
        });
        asked.map_err(|_| "the load generator panicked")?
    }

    async fn ask(&self, kind: Kind, address: SocketAddr, pid: u32) -> Result<Measured> {
        let next = Arc::new(AtomicUsize::new(0));
        let questions: Arc<[CheckRequest]> = self.questions.clone().into();
        let mut askers = JoinSet::new();
        let (since, cpu_before) = (Instant::now(), cpu::used_by(pid)?);
        let until = since + self.lasts;
        for _ in 0..CONNECTIONS {
            let client = self.connect(address).await?;
            let lanes = if kind == Kind::StreamChecks {
                1
            } else {
                UNDER_WAY
            };
            for _ in 0..lanes {
                let source = Source {
                    next: next.clone(),
                    questions: questions.clone(),
                };
                let client = client.clone();
                match kind {
                    Kind::Check => askers.spawn(check(client, source, until)),
                    Kind::BatchCheck => askers.spawn(batch_check(client, source, until)),
                    Kind::StreamChecks => askers.spawn(stream_checks(client, source, until)),
                };
            }
        }
        let mut latencies = Vec::new();
        while let Some(answered) = askers.join_next().await {
            latencies.extend(answered??);
        }
        measured(
            latencies,
            since.elapsed(),
            cpu::used_by(pid)?.saturating_sub(cpu_before),
        )
    }

    async fn connect(&self, address: SocketAddr) -> Result<AuthzServiceClient<Signed>> {
        let channel = Channel::from_shared(format!("http://{address}"))?
            .connect()
            .await?;
        let session = Session::anonymous(channel.clone(), channel).with_token(&self.token)?;
        Ok(session.authz())
    }
}

#[expect(clippy::cast_precision_loss, reason = "counts of a few seconds")]
fn measured(mut latencies: Vec<Duration>, took: Duration, cpu: Duration) -> Result<Measured> {
    latencies.sort_unstable();
    let at = |part: usize| latencies.get(latencies.len() * part / 100).copied();
    let count = latencies.len() as f64;
    Ok(Measured {
        per_second: count / took.as_secs_f64(),
        cpu_us: cpu.as_secs_f64() * 1e6 / count,
        p50: at(50).ok_or("nothing was answered")?,
        p99: at(99).ok_or("nothing was answered")?,
    })
}

/// The questions, one after another, round and round.
struct Source {
    next: Arc<AtomicUsize>,
    questions: Arc<[CheckRequest]>,
}

impl Source {
    fn question(&self) -> CheckRequest {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        let question = self.questions.get(number % self.questions.len());
        question.cloned().unwrap_or_default()
    }
}

type Answered = Result<Vec<Duration>>;

async fn check(mut client: AuthzServiceClient<Signed>, source: Source, until: Instant) -> Answered {
    let mut latencies = Vec::new();
    while Instant::now() < until {
        let question = source.question();
        let since = Instant::now();
        client.check(question).await?;
        latencies.push(since.elapsed());
    }
    Ok(latencies)
}

async fn batch_check(
    mut client: AuthzServiceClient<Signed>,
    source: Source,
    until: Instant,
) -> Answered {
    let mut latencies = Vec::new();
    while Instant::now() < until {
        let request = BatchCheckRequest {
            checks: (0..BATCH).map(|_| source.question()).collect(),
            consistency: None,
        };
        let since = Instant::now();
        client.batch_check(request).await?;
        latencies.push(since.elapsed());
    }
    Ok(latencies)
}

/// Keeps as many questions under way on one stream as there are calls on a connection.
async fn stream_checks(
    mut client: AuthzServiceClient<Signed>,
    source: Source,
    until: Instant,
) -> Answered {
    let (sender, receiver) = tokio::sync::mpsc::channel(UNDER_WAY);
    let mut asked_at = std::collections::VecDeque::new();
    for _ in 0..UNDER_WAY {
        asked_at.push_back(Instant::now());
        sender.send(source.question()).await?;
    }
    let mut answers = client
        .stream_checks(ReceiverStream::new(receiver))
        .await?
        .into_inner();
    let mut latencies = Vec::new();
    while Instant::now() < until {
        answers.message().await?.ok_or("the stream ended early")?;
        if let Some(since) = asked_at.pop_front() {
            latencies.push(since.elapsed());
        }
        asked_at.push_back(Instant::now());
        sender.send(source.question()).await?;
    }
    Ok(latencies)
}
