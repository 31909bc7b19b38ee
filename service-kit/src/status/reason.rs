//! Why a call failed, as a constant that programs compare.

macro_rules! reasons {
    ($($(#[$doc:meta])* $name:ident = $text:literal,)*) => {
        /// `ErrorInfo.reason`. Never renamed.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Reason {
            $($(#[$doc])* $name,)*
        }

        impl Reason {
            /// The constant on the wire.
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$name => $text,)*
                }
            }
        }
    };
}

reasons! {
    /// The call came without a token.
    NoToken = "NO_TOKEN",
    /// The token is malformed, expired, of another issuer, or its account is disabled.
    TokenInvalid = "TOKEN_INVALID",
    /// The service that calls is not known by the certificate or token that it shows: its operator's
    /// affair, whoever it calls for.
    ServiceCredentialInvalid = "SERVICE_CREDENTIAL_INVALID",
    /// Sign-in failed: unknown user, wrong password or disabled account.
    SignInFailed = "SIGN_IN_FAILED",
    /// Access 访问权限 is missing.
    AccessDenied = "ACCESS_DENIED",
    /// Function 功能使用权限 is missing.
    FunctionDenied = "FUNCTION_DENIED",
    /// Data 数据管理权限 is missing.
    DataDenied = "DATA_DENIED",
    /// A field is out of reach.
    FieldDenied = "FIELD_DENIED",
    /// A standing restriction.
    Restricted = "RESTRICTED",
    /// A permission is missing, of no particular layer.
    PermissionDenied = "PERMISSION_DENIED",
    /// There is no such record, or it may not be seen.
    NotFound = "NOT_FOUND",
    /// The key is taken.
    AlreadyExists = "ALREADY_EXISTS",
    /// The record has changed since it was read.
    EtagStale = "ETAG_STALE",
    /// The record kept changing while the call was decided.
    Contended = "CONTENDED",
    /// The request id was used for another request.
    RequestIdReused = "REQUEST_ID_REUSED",
    /// A precondition of the request does not hold.
    PreconditionFailed = "PRECONDITION_FAILED",
    /// A condition on a relationship fails over the values given.
    ConditionFailed = "CONDITION_FAILED",
    /// A schema version that the request expects is not the one in force.
    SchemaChanged = "SCHEMA_CHANGED",
    /// The record's state does not allow it.
    WrongState = "WRONG_STATE",
    /// A value is not acceptable.
    InvalidArgument = "INVALID_ARGUMENT",
    /// The schema does not compile.
    SchemaInvalid = "SCHEMA_INVALID",
    /// The schema drops something that has relationships.
    SchemaInUse = "SCHEMA_IN_USE",
    /// The schema lacks a definition that the operation needs.
    SchemaLacksDefinition = "SCHEMA_LACKS_DEFINITION",
    /// It would leave no administrator.
    LastAdministrator = "LAST_ADMINISTRATOR",
    /// A complaint is not for the person whom it is about.
    ComplaintSubject = "SOD_COMPLAINT_SUBJECT",
    /// The person may not receive the record.
    ReceiverCannotSee = "RECEIVER_CANNOT_SEE",
    /// As many were claimed, or are owned, as the settings allow.
    ClaimLimit = "CLAIM_LIMIT",
    /// It was looked for too often.
    SearchLimit = "SEARCH_LIMIT",
    /// It is too soon after the last time.
    CoolDown = "COOL_DOWN",
    /// A consistency token is ahead of the head.
    TokenAhead = "TOKEN_AHEAD",
    /// Too many attempts.
    TooManyAttempts = "TOO_MANY_ATTEMPTS",
    /// A question went over a budget.
    BudgetExceeded = "BUDGET_EXCEEDED",
    /// The service has as much work as it can take.
    Overloaded = "OVERLOADED",
    /// A message is too large.
    TooLarge = "TOO_LARGE",
    /// The disk is full.
    StorageFull = "STORAGE_FULL",
    /// Other writes were in the way.
    DatabaseBusy = "DATABASE_BUSY",
    /// The database cannot be reached.
    DatabaseUnavailable = "DATABASE_UNAVAILABLE",
    /// authz-service cannot be reached or does not answer in time.
    AuthzUnavailable = "AUTHZ_UNAVAILABLE",
    /// The process is about to stop.
    ShuttingDown = "SHUTTING_DOWN",
    /// The deadline has passed.
    DeadlineExceeded = "DEADLINE_EXCEEDED",
    /// There is no such method.
    Unimplemented = "UNIMPLEMENTED",
    /// It is our fault.
    Internal = "INTERNAL",
}
