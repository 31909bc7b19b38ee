//! An authz-service that answers by the permission's name.

use super::signer::Signer;
use menshen_proto::authz::v1;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard};
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tokio_stream::Stream;
use tokio_stream::wrappers::TcpListenerStream;
use tonic::{Request, Response, Status};
use v1::authz_service_server::{AuthzService, AuthzServiceServer};
use v1::batch_check_result::Result as Item;
use v1::identity_service_server::{IdentityService, IdentityServiceServer};

/// A running server.
pub(super) struct Authz {
    address: SocketAddr,
    desk: Desk,
    running: Option<(oneshot::Sender<()>, JoinHandle<()>)>,
}

#[derive(Clone)]
struct Desk(Arc<Mutex<State>>);

struct State {
    signer: Arc<Signer>,
    withholds_keys: bool,
    counts: Counts,
    last: Seen,
}

#[derive(Clone, Copy, Default)]
pub(super) struct Counts {
    pub(super) key_sets: usize,
    pub(super) who_am_i: usize,
}

/// What came with the last question.
#[derive(Clone, Default)]
pub(super) struct Seen {
    pub(super) person: String,
    pub(super) service: String,
    pub(super) subject: String,
}

impl Authz {
    pub(super) async fn start(signer: Signer) -> Self {
        let state = State {
            signer: Arc::new(signer),
            withholds_keys: false,
            counts: Counts::default(),
            last: Seen::default(),
        };
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let mut authz = Self {
            address,
            desk: Desk(Arc::new(Mutex::new(state))),
            running: None,
        };
        authz.serve(listener);
        authz
    }

    fn serve(&mut self, listener: TcpListener) {
        let (stop, stopped) = oneshot::channel::<()>();
        let serving = tonic::transport::Server::builder()
            .add_service(AuthzServiceServer::new(self.desk.clone()))
            .add_service(IdentityServiceServer::new(self.desk.clone()))
            .serve_with_incoming_shutdown(TcpListenerStream::new(listener), async {
                let _ = stopped.await;
            });
        self.running = Some((stop, tokio::spawn(async move { serving.await.unwrap() })));
    }

    pub(super) async fn stop(&mut self) {
        let (stop, serving) = self.running.take().unwrap();
        stop.send(()).unwrap();
        serving.await.unwrap();
    }

    pub(super) async fn resume(&mut self) {
        let listener = TcpListener::bind(self.address).await.unwrap();
        self.serve(listener);
    }

    pub(super) fn address(&self) -> String {
        format!("http://{}", self.address)
    }

    pub(super) fn signer(&self) -> Arc<Signer> {
        Arc::clone(&self.desk.state().signer)
    }

    pub(super) fn set_signer(&self, signer: Signer) {
        self.desk.state().signer = Arc::new(signer);
    }

    /// From now on nobody gets an answer to a question for the keys, or everybody does.
    pub(super) fn withhold_keys(&self, withholds: bool) {
        self.desk.state().withholds_keys = withholds;
    }

    pub(super) fn counts(&self) -> Counts {
        self.desk.state().counts
    }

    pub(super) fn last_question(&self) -> Seen {
        self.desk.state().last.clone()
    }
}

impl Desk {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap()
    }
}

fn header<T>(request: &Request<T>, name: &str) -> String {
    request
        .metadata()
        .get(name)
        .map(|value| value.to_str().unwrap().to_owned())
        .unwrap_or_default()
}

fn answer(permission: &str) -> v1::BatchCheckResult {
    let decision = match permission {
        "denied" => v1::Decision::Denied,
        "conditional" => v1::Decision::Conditional,
        _ => v1::Decision::Allowed,
    };
    let error = |code: tonic::Code| tonic_types::pb::Status {
        code: code.into(),
        ..tonic_types::pb::Status::default()
    };
    let result = match permission {
        "broken" => Item::Error(error(tonic::Code::Internal)),
        "unknown" => Item::Error(error(tonic::Code::InvalidArgument)),
        _ => Item::Response(v1::CheckResponse {
            decision: decision.into(),
            decision_id: "d1".into(),
            ..v1::CheckResponse::default()
        }),
    };
    v1::BatchCheckResult {
        result: Some(result),
    }
}

/// Implements a service of which the tests call only some methods.
macro_rules! desk {
    (
        impl $service:ident { $($given:tt)* }
        unused { $($name:ident: $request:ident => $response:ident,)* }
    ) => {
        #[tonic::async_trait]
        impl $service for Desk {
            $($given)*

            $(async fn $name(
                &self,
                _: Request<v1::$request>,
            ) -> Result<Response<v1::$response>, Status> {
                Err(Status::unimplemented("not in this test"))
            })*
        }
    };
}

desk! {
impl AuthzService {
    type StreamChecksStream = Pin<Box<dyn Stream<Item = Result<v1::CheckResponse, Status>> + Send>>;

    async fn batch_check(
        &self,
        request: Request<v1::BatchCheckRequest>,
    ) -> Result<Response<v1::BatchCheckResponse>, Status> {
        let subject = request.get_ref().checks[0].subject.clone();
        self.state().last = Seen {
            person: header(&request, "authorization"),
            service: header(&request, "menshen-service-authorization"),
            subject: subject.clone(),
        };
        if subject == "user:disabled" {
            return Err(Status::unauthenticated("this account is disabled"));
        }
        if subject == "user:of-a-stranger" {
            return Err(crate::status::unauthenticated(
                crate::status::Reason::ServiceCredentialInvalid,
                "the calling service's token is not valid",
            ));
        }
        let checks = request.into_inner().checks;
        if checks[0].permission == "slow" {
            std::future::pending::<()>().await;
        }
        let results = checks
            .iter()
            .map(|check| answer(&check.permission))
            .collect();
        Ok(Response::new(v1::BatchCheckResponse {
            results,
            ..Default::default()
        }))
    }

    async fn filter(
        &self,
        request: Request<v1::FilterRequest>,
    ) -> Result<Response<v1::FilterResponse>, Status> {
        let everything = v1::Predicate {
            kind: Some(v1::predicate::Kind::Constant(true)),
        };
        let predicate = (request.get_ref().permission != "nothing").then_some(everything);
        Ok(Response::new(v1::FilterResponse {
            predicate,
            evaluated_at: "r1".into(),
            decision_id: "d1".into(),
            denial: None,
        }))
    }

    async fn stream_checks(
        &self,
        _: Request<tonic::Streaming<v1::CheckRequest>>,
    ) -> Result<Response<Self::StreamChecksStream>, Status> {
        Err(Status::unimplemented("not in this test"))
    }
}
unused {
        check: CheckRequest => CheckResponse,
        grant: GrantRequest => GrantResponse,
        revoke: RevokeRequest => RevokeResponse,
        list_grants: ListGrantsRequest => ListGrantsResponse,
    }
}

desk! {
impl IdentityService {
    async fn get_key_set(
        &self,
        _: Request<v1::GetKeySetRequest>,
    ) -> Result<Response<v1::GetKeySetResponse>, Status> {
        let (withheld, keys) = {
            let mut state = self.state();
            state.counts.key_sets += 1;
            (state.withholds_keys, state.signer.key_set())
        };
        if withheld {
            std::future::pending::<()>().await;
        }
        Ok(Response::new(keys))
    }

    async fn who_am_i(
        &self,
        request: Request<v1::WhoAmIRequest>,
    ) -> Result<Response<v1::WhoAmIResponse>, Status> {
        self.state().counts.who_am_i += 1;
        if header(&request, "authorization") != "Bearer mst_root" {
            return Err(Status::unauthenticated("unknown token"));
        }
        let subject = "service:root".to_owned();
        Ok(Response::new(v1::WhoAmIResponse {
            subject,
            ..Default::default()
        }))
    }
}
unused {
        sign_in: SignInRequest => SignInResponse,
        refresh_token: RefreshTokenRequest => RefreshTokenResponse,
        sign_out: SignOutRequest => SignOutResponse,
        activate: ActivateRequest => ActivateResponse,
        change_password: ChangePasswordRequest => ChangePasswordResponse,
        create_user: CreateUserRequest => CreateUserResponse,
        get_user: GetUserRequest => GetUserResponse,
        list_users: ListUsersRequest => ListUsersResponse,
        update_user: UpdateUserRequest => UpdateUserResponse,
        disable_user: DisableUserRequest => DisableUserResponse,
        enable_user: EnableUserRequest => EnableUserResponse,
        reset_password: ResetPasswordRequest => ResetPasswordResponse,
        create_department: CreateDepartmentRequest => CreateDepartmentResponse,
        update_department: UpdateDepartmentRequest => UpdateDepartmentResponse,
        delete_department: DeleteDepartmentRequest => DeleteDepartmentResponse,
        list_departments: ListDepartmentsRequest => ListDepartmentsResponse,
        create_service_account: CreateServiceAccountRequest => CreateServiceAccountResponse,
        update_service_account: UpdateServiceAccountRequest => UpdateServiceAccountResponse,
        delete_service_account: DeleteServiceAccountRequest => DeleteServiceAccountResponse,
        list_service_accounts: ListServiceAccountsRequest => ListServiceAccountsResponse,
    }
}
