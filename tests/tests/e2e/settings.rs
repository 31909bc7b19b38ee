//! The organization's settings.

use crate::expect::refused_because;
use e2e::session::Session;
use e2e::world::World;
use menshen_proto::crm::v1::{GetSettingsRequest, Settings, UpdateSettingsRequest};
use prost_types::FieldMask;
use std::sync::Arc;
use tonic::Code;

e2e::facts!(in_the_workshop:
    setting_outside_the_mask_stays_and_a_stale_etag_is_refused,
    trial_changes_no_setting,
);

async fn setting_outside_the_mask_stays_and_a_stale_etag_is_refused(world: Arc<World>) {
    let admin = world.sign_in("u30").await.unwrap();
    // Other tests change them at the same time: as often as that, it is read again.
    let (before, request, after) = loop {
        let before = settings(&admin).await;
        let request = rename("云帆", &before.etag);
        match admin.settings().update_settings(request.clone()).await {
            Err(status) if status.code() == Code::Aborted => {}
            outcome => break (before, request, outcome.unwrap().into_inner()),
        }
    };
    let after = after.settings.unwrap();
    assert_eq!(after.organization_name, "云帆");
    assert_eq!(after.default_currency, before.default_currency);
    assert_eq!(after.max_share_days, before.max_share_days);
    assert_eq!(after.updated_by, "user:u30");
    refused_because(
        admin.settings().update_settings(request).await,
        Code::Aborted,
        "ETAG_STALE",
    );
}

async fn trial_changes_no_setting(world: Arc<World>) {
    let admin = world.sign_in("u30").await.unwrap();
    let request = UpdateSettingsRequest {
        validate_only: true,
        ..rename("a name that nobody keeps", "")
    };
    let tried = admin.settings().update_settings(request).await.unwrap();
    let tried = tried.into_inner().settings.unwrap();
    assert_eq!(tried.organization_name, "a name that nobody keeps");
    assert_ne!(
        settings(&admin).await.organization_name,
        tried.organization_name
    );
}

fn rename(name: &str, etag: &str) -> UpdateSettingsRequest {
    UpdateSettingsRequest {
        settings: Some(Settings {
            organization_name: name.to_owned(),
            etag: etag.to_owned(),
            ..Settings::default()
        }),
        update_mask: Some(FieldMask {
            paths: vec!["organization_name".to_owned()],
        }),
        ..UpdateSettingsRequest::default()
    }
}

async fn settings(by: &Session) -> Settings {
    let answer = by.settings().get_settings(GetSettingsRequest {}).await;
    answer.unwrap().into_inner().settings.unwrap()
}
