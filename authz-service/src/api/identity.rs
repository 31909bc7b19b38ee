//! `IdentityService`: people, departments, sessions, services.

mod masks;

use super::error::status;
use crate::decisions::user_id;
use crate::grants::check_reason;
use crate::identity::{activation, departments, service_accounts, sessions, sign_in, users};
use crate::org::Organization;
use crate::refusal::Refusal;
use crate::write::Author;
use menshen_proto::authz::v1::identity_service_server::IdentityService;
use menshen_proto::authz::v1::{
    ActivateRequest, ActivateResponse, ChangePasswordRequest, ChangePasswordResponse,
    CreateDepartmentRequest, CreateDepartmentResponse, CreateServiceAccountRequest,
    CreateServiceAccountResponse, CreateUserRequest, CreateUserResponse, DeleteDepartmentRequest,
    DeleteDepartmentResponse, DeleteServiceAccountRequest, DeleteServiceAccountResponse,
    DisableUserRequest, DisableUserResponse, EnableUserRequest, EnableUserResponse,
    GetKeySetRequest, GetKeySetResponse, GetUserRequest, GetUserResponse, JsonWebKey,
    ListDepartmentsRequest, ListDepartmentsResponse, ListServiceAccountsRequest,
    ListServiceAccountsResponse, ListUsersRequest, ListUsersResponse, RefreshTokenRequest,
    RefreshTokenResponse, ResetPasswordRequest, ResetPasswordResponse, SignInRequest,
    SignInResponse, SignOutRequest, SignOutResponse, UpdateDepartmentRequest,
    UpdateDepartmentResponse, UpdateServiceAccountRequest, UpdateServiceAccountResponse,
    UpdateUserRequest, UpdateUserResponse, WhoAmIRequest, WhoAmIResponse,
};
use service_kit::caller::Caller;
use std::future::Future;
use std::net::IpAddr;
use std::sync::Arc;
use tonic::{Request, Response, Status};

/// Serves one organization.
#[derive(Clone)]
pub struct IdentityApi(pub Arc<Organization>);

impl IdentityApi {
    /// Runs work to its end where the database is.
    async fn run<T, F>(
        &self,
        work: impl FnOnce(Arc<Organization>) -> F,
    ) -> Result<Response<T>, Status>
    where
        T: Send + 'static,
        F: Future<Output = Result<T, Refusal>> + Send + 'static,
    {
        self.0.run(work).await.map(Response::new).map_err(status)
    }
}

/// Who changes something, and why.
fn author<T>(request: &Request<T>, reason: &str) -> Result<Author, Status> {
    check_reason(reason).map_err(|wrong| status(wrong.into()))?;
    Ok(Author::new(Caller::of(request)?, reason))
}

fn peer<T>(request: &Request<T>) -> Option<IpAddr> {
    request.remote_addr().map(|address| address.ip())
}

#[tonic::async_trait]
impl IdentityService for IdentityApi {
    async fn sign_in(
        &self,
        request: Request<SignInRequest>,
    ) -> Result<Response<SignInResponse>, Status> {
        let peer = peer(&request);
        let SignInRequest { user, password } = request.into_inner();
        self.run(|org| async move { sign_in::sign_in(&org, &user, password.into(), peer).await })
            .await
    }

    async fn refresh_token(
        &self,
        request: Request<RefreshTokenRequest>,
    ) -> Result<Response<RefreshTokenResponse>, Status> {
        let RefreshTokenRequest { refresh_token } = request.into_inner();
        self.run(|org| async move {
            let tokens = Some(sessions::refresh(&org, &refresh_token).await?);
            Ok(RefreshTokenResponse { tokens })
        })
        .await
    }

    async fn sign_out(
        &self,
        request: Request<SignOutRequest>,
    ) -> Result<Response<SignOutResponse>, Status> {
        let SignOutRequest { refresh_token } = request.into_inner();
        self.run(|org| async move {
            sessions::sign_out(&org, &refresh_token).await?;
            Ok(SignOutResponse {})
        })
        .await
    }

    async fn activate(
        &self,
        request: Request<ActivateRequest>,
    ) -> Result<Response<ActivateResponse>, Status> {
        let ActivateRequest {
            activation_token,
            password,
        } = request.into_inner();
        self.run(|org| async move {
            let user = activation::activate(&org, &activation_token, password.into()).await?;
            Ok(ActivateResponse { user: Some(user) })
        })
        .await
    }

    async fn get_key_set(
        &self,
        _request: Request<GetKeySetRequest>,
    ) -> Result<Response<GetKeySetResponse>, Status> {
        let keys = self.0.keys.signing.iter().map(|key| JsonWebKey {
            kty: "OKP".to_owned(),
            crv: "Ed25519".to_owned(),
            kid: key.id().to_owned(),
            x: key.public(),
        });
        let keys = keys.collect();
        Ok(Response::new(GetKeySetResponse {
            keys,
            issuer: self.0.keys.issuer.clone(),
        }))
    }

    async fn who_am_i(
        &self,
        request: Request<WhoAmIRequest>,
    ) -> Result<Response<WhoAmIResponse>, Status> {
        let caller = Caller::of(&request)?.clone();
        self.run(|org| async move { users::caller(&org, caller).await })
            .await
    }

    async fn change_password(
        &self,
        request: Request<ChangePasswordRequest>,
    ) -> Result<Response<ChangePasswordResponse>, Status> {
        let (caller, peer) = (Caller::of(&request)?.clone(), peer(&request));
        let ChangePasswordRequest {
            current_password,
            new_password,
        } = request.into_inner();
        self.run(|org| async move {
            let (current, new) = (current_password.into(), new_password.into());
            activation::change_password(&org, &caller, current, new, peer).await?;
            Ok(ChangePasswordResponse {})
        })
        .await
    }

    async fn create_user(
        &self,
        request: Request<CreateUserRequest>,
    ) -> Result<Response<CreateUserResponse>, Status> {
        let author = author(&request, &request.get_ref().reason)?;
        let user = request.into_inner().user.unwrap_or_default();
        self.run(|org| async move {
            let (user, activation_token) = users::create(&org, &author, &user).await?;
            Ok(CreateUserResponse {
                user: Some(user),
                activation_token,
            })
        })
        .await
    }

    async fn get_user(
        &self,
        request: Request<GetUserRequest>,
    ) -> Result<Response<GetUserResponse>, Status> {
        let own = user_id(&Caller::of(&request)?.subject)
            .unwrap_or_default()
            .to_owned();
        let asked = request.into_inner().id;
        let id = if asked.is_empty() { own } else { asked };
        self.run(|org| async move {
            let user = Some(users::get(&org, &id).await?);
            Ok(GetUserResponse { user })
        })
        .await
    }

    async fn list_users(
        &self,
        request: Request<ListUsersRequest>,
    ) -> Result<Response<ListUsersResponse>, Status> {
        let page = users::Page::read(request.get_ref())?;
        self.run(|org| async move {
            let (users, next_page_token) = users::list(&org, &page).await?;
            Ok(ListUsersResponse {
                users,
                next_page_token,
            })
        })
        .await
    }

    async fn update_user(
        &self,
        request: Request<UpdateUserRequest>,
    ) -> Result<Response<UpdateUserResponse>, Status> {
        let author = author(&request, &request.get_ref().reason)?;
        let UpdateUserRequest {
            user, update_mask, ..
        } = request.into_inner();
        let user = user.unwrap_or_default();
        let paths =
            masks::user(update_mask.as_ref(), &user).map_err(|wrong| status(wrong.into()))?;
        self.run(|org| async move {
            let user = Some(users::update(&org, &author, &user, paths).await?);
            Ok(UpdateUserResponse { user })
        })
        .await
    }

    async fn disable_user(
        &self,
        request: Request<DisableUserRequest>,
    ) -> Result<Response<DisableUserResponse>, Status> {
        let author = author(&request, &request.get_ref().reason)?;
        let id = request.into_inner().id;
        self.run(|org| async move {
            let user = Some(users::disable(&org, &author, &id).await?);
            Ok(DisableUserResponse { user })
        })
        .await
    }

    async fn enable_user(
        &self,
        request: Request<EnableUserRequest>,
    ) -> Result<Response<EnableUserResponse>, Status> {
        let author = author(&request, &request.get_ref().reason)?;
        let id = request.into_inner().id;
        self.run(|org| async move {
            let user = Some(users::enable(&org, &author, &id).await?);
            Ok(EnableUserResponse { user })
        })
        .await
    }

    async fn reset_password(
        &self,
        request: Request<ResetPasswordRequest>,
    ) -> Result<Response<ResetPasswordResponse>, Status> {
        let author = author(&request, &request.get_ref().reason)?;
        let id = request.into_inner().id;
        self.run(|org| async move {
            let activation_token = users::reset_password(&org, &author, &id).await?;
            Ok(ResetPasswordResponse { activation_token })
        })
        .await
    }

    async fn create_department(
        &self,
        request: Request<CreateDepartmentRequest>,
    ) -> Result<Response<CreateDepartmentResponse>, Status> {
        let author = author(&request, &request.get_ref().reason)?;
        let department = request.into_inner().department.unwrap_or_default();
        self.run(|org| async move {
            let department = Some(departments::create(&org, &author, &department).await?);
            Ok(CreateDepartmentResponse { department })
        })
        .await
    }

    async fn update_department(
        &self,
        request: Request<UpdateDepartmentRequest>,
    ) -> Result<Response<UpdateDepartmentResponse>, Status> {
        let author = author(&request, &request.get_ref().reason)?;
        let UpdateDepartmentRequest {
            department,
            update_mask,
            ..
        } = request.into_inner();
        let given = department.unwrap_or_default();
        let paths = masks::department(update_mask.as_ref(), &given);
        let paths = paths.map_err(|wrong| status(wrong.into()))?;
        self.run(|org| async move {
            let name = paths.display_name.then_some(given.display_name.as_str());
            let parent = paths.parent.then_some(given.parent.as_str());
            let changed = departments::update(&org, &author, &given.id, name, parent).await?;
            Ok(UpdateDepartmentResponse {
                department: Some(changed),
            })
        })
        .await
    }

    async fn delete_department(
        &self,
        request: Request<DeleteDepartmentRequest>,
    ) -> Result<Response<DeleteDepartmentResponse>, Status> {
        let author = author(&request, &request.get_ref().reason)?;
        let id = request.into_inner().id;
        self.run(|org| async move {
            departments::delete(&org, &author, &id).await?;
            Ok(DeleteDepartmentResponse {})
        })
        .await
    }

    async fn list_departments(
        &self,
        _request: Request<ListDepartmentsRequest>,
    ) -> Result<Response<ListDepartmentsResponse>, Status> {
        self.run(|org| async move {
            let departments = departments::list(&org).await?;
            Ok(ListDepartmentsResponse { departments })
        })
        .await
    }

    async fn create_service_account(
        &self,
        request: Request<CreateServiceAccountRequest>,
    ) -> Result<Response<CreateServiceAccountResponse>, Status> {
        let author = author(&request, &request.get_ref().reason)?;
        let account = request.into_inner().service_account.unwrap_or_default();
        self.run(|org| async move {
            let (account, token) = service_accounts::create(&org, &author, &account).await?;
            Ok(CreateServiceAccountResponse {
                service_account: Some(account),
                token,
            })
        })
        .await
    }

    async fn update_service_account(
        &self,
        request: Request<UpdateServiceAccountRequest>,
    ) -> Result<Response<UpdateServiceAccountResponse>, Status> {
        let author = author(&request, &request.get_ref().reason)?;
        let caller = Caller::of(&request)?.clone();
        let UpdateServiceAccountRequest {
            service_account,
            update_mask,
            rotate_token,
            ..
        } = request.into_inner();
        let given = service_account.unwrap_or_default();
        let update = masks::service_account(update_mask.as_ref(), given, rotate_token);
        let update = update.map_err(|wrong| status(wrong.into()))?;
        service_accounts::may_update(&self.0, &caller, &update).map_err(status)?;
        self.run(|org| async move {
            let (account, token) = service_accounts::update(&org, &author, update).await?;
            Ok(UpdateServiceAccountResponse {
                service_account: Some(account),
                token,
            })
        })
        .await
    }

    async fn delete_service_account(
        &self,
        request: Request<DeleteServiceAccountRequest>,
    ) -> Result<Response<DeleteServiceAccountResponse>, Status> {
        let author = author(&request, &request.get_ref().reason)?;
        let id = request.into_inner().id;
        self.run(|org| async move {
            service_accounts::delete(&org, &author, &id).await?;
            Ok(DeleteServiceAccountResponse {})
        })
        .await
    }

    async fn list_service_accounts(
        &self,
        _request: Request<ListServiceAccountsRequest>,
    ) -> Result<Response<ListServiceAccountsResponse>, Status> {
        self.run(|org| async move {
            let service_accounts = service_accounts::list(&org).await?;
            Ok(ListServiceAccountsResponse { service_accounts })
        })
        .await
    }
}
