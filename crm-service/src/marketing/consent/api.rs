//! What can be asked of consents beside the standard methods.

use super::standing::{Intent, standing};
use super::{Consent, PURPOSE_CHARS, check_purpose};
use crate::customers::contact::Contact;
use crate::marketing::secret::{Purpose, Secret};
use crate::records::refusal::Refusal;
use crate::records::serve::Records;
use crate::records::violations::Violations;
use menshen_proto::crm::v1::{self, MessageChannel};
use menshen_proto::standard::ConsentVerbs;
use service_kit::guard::permit::Permit;
use tonic::{Request, Response, Status};

#[tonic::async_trait]
impl ConsentVerbs for Records<Consent> {
    async fn check_consent(
        &self,
        request: Request<v1::CheckConsentRequest>,
    ) -> Result<Response<v1::CheckConsentResponse>, Status> {
        let permit = Permit::<Contact>::of(&request)?;
        let asked = request.get_ref();
        let mut violations = Violations::default();
        violations.line("purpose", &asked.purpose, 1..=PURPOSE_CHARS);
        check_purpose("purpose", &asked.purpose, &mut violations);
        if asked.channel() == MessageChannel::Unspecified {
            violations.add("channel", "is due; give one of the enum's values");
        }
        violations.or(()).map_err(Refusal::from)?;
        let db = &self.crm.db;
        let secret = Secret::of(db, Purpose::Addresses).await?;
        let intent = Intent {
            contact: permit.id(),
            channel: asked.channel(),
            purpose: &asked.purpose,
        };
        let (_, obstacles) = standing(db, &secret, intent).await?;
        Ok(Response::new(v1::CheckConsentResponse {
            allowed: obstacles.is_empty(),
            obstacles: obstacles
                .into_iter()
                .map(|obstacle| obstacle as i32)
                .collect(),
        }))
    }
}
