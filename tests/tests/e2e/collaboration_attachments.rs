//! Attachments: what is uploaded comes back, for as long as one may see it.

use crate::ask::{announced, attach, attaching, own_customer, uploaded};
use crate::collaboration_timeline::{share, unshare};
use crate::expect::{refused, refused_because};
use e2e::session::Session;
use e2e::world::World;
use menshen_proto::crm::v1::{
    DownloadAttachmentRequest, GetUploadRequest, StartUploadRequest, UploadChunkRequest,
};
use std::sync::Arc;
use tonic::{Code, Status};

e2e::facts!(in_the_workshop:
    file_comes_back_byte_for_byte,
    interrupted_upload_goes_on_where_it_was,
    upload_is_known_to_who_began_it_alone,
    file_that_is_not_what_was_announced_is_refused,
    t40_download_ends_when_the_right_to_it_does,
);

const PART: usize = 262_144;

fn text(bytes: usize) -> Vec<u8> {
    b"0123456789abcdef"
        .iter()
        .copied()
        .cycle()
        .take(bytes)
        .collect()
}

async fn downloaded(by: &Session, id: &str) -> Result<Vec<u8>, Status> {
    let request = DownloadAttachmentRequest { id: id.to_owned() };
    let answer = by.attachment_content().download_attachment(request).await?;
    let (mut parts, mut bytes) = (answer.into_inner(), Vec::new());
    while let Some(part) = parts.message().await? {
        assert_eq!(usize::try_from(part.offset).unwrap(), bytes.len());
        bytes.extend(part.data);
    }
    Ok(bytes)
}

async fn file_comes_back_byte_for_byte(world: Arc<World>) {
    let rep = world.sign_in("u05").await.unwrap();
    let customer = own_customer(&rep).await.id;
    let bytes = text(PART + 1_000);
    // Twice: the second one has the same content.
    for _ in 0..2 {
        let file = attach(&rep, &customer, "", &bytes).await.unwrap();
        assert_eq!(usize::try_from(file.size_bytes).unwrap(), bytes.len());
        assert_eq!(
            (file.upload.as_str(), file.content_type.as_str()),
            ("", "text/plain")
        );
        assert_eq!(downloaded(&rep, &file.id).await.unwrap(), bytes);
        let elsewhere = world.sign_in("u15").await.unwrap();
        let status = downloaded(&elsewhere, &file.id).await.unwrap_err();
        assert_eq!(status.code(), Code::NotFound);
    }
}

async fn interrupted_upload_goes_on_where_it_was(world: Arc<World>) {
    let rep = world.sign_in("u05").await.unwrap();
    let customer = own_customer(&rep).await.id;
    let bytes = text(2 * PART);
    let mut content = rep.attachment_content();
    let started = content.start_upload(announced(&customer, &bytes)).await;
    let upload = started.unwrap().into_inner().upload.unwrap().id;
    let part = |index: usize| UploadChunkRequest {
        upload: upload.clone(),
        offset: i64::try_from(index * PART).unwrap(),
        data: bytes[index * PART..(index + 1) * PART].to_vec(),
    };
    let early = rep.attachment_content().upload_chunk(part(1)).await;
    refused_because(early, Code::FailedPrecondition, "WRONG_STATE");
    rep.attachment_content()
        .upload_chunk(part(0))
        .await
        .unwrap();
    // A retry changes nothing.
    rep.attachment_content()
        .upload_chunk(part(0))
        .await
        .unwrap();
    let unfinished = attaching(&customer, "", upload.clone());
    let unfinished = rep.attachments().create_attachment(unfinished).await;
    refused_because(unfinished, Code::FailedPrecondition, "WRONG_STATE");
    let asked = GetUploadRequest {
        upload: upload.clone(),
    };
    let found = rep.attachment_content().get_upload(asked).await.unwrap();
    let received = found.into_inner().upload.unwrap().received_bytes;
    assert_eq!(usize::try_from(received).unwrap(), PART);
    rep.attachment_content()
        .upload_chunk(part(1))
        .await
        .unwrap();
    let request = attaching(&customer, "", upload);
    let file = rep.attachments().create_attachment(request.clone()).await;
    let id = file.unwrap().into_inner().attachment.unwrap().id;
    assert_eq!(downloaded(&rep, &id).await.unwrap(), bytes);
    let twice = rep.attachments().create_attachment(request).await;
    refused(twice, Code::InvalidArgument);
}

async fn upload_is_known_to_who_began_it_alone(world: Arc<World>) {
    let rep = world.sign_in("u05").await.unwrap();
    let customer = own_customer(&rep).await.id;
    let upload = uploaded(&rep, announced(&customer, b"x"), b"x").await;
    let lead = world.sign_in("u04").await.unwrap();
    let asked = GetUploadRequest {
        upload: upload.clone(),
    };
    refused(
        lead.attachment_content().get_upload(asked).await,
        Code::NotFound,
    );
    let stolen = attaching(&customer, "", upload);
    let stolen = lead.attachments().create_attachment(stolen).await;
    refused(stolen, Code::InvalidArgument);
}

async fn file_that_is_not_what_was_announced_is_refused(world: Arc<World>) {
    let rep = world.sign_in("u05").await.unwrap();
    let customer = own_customer(&rep).await.id;
    let other_hash = StartUploadRequest {
        sha256: "0".repeat(64),
        ..announced(&customer, b"some text")
    };
    let not_a_picture = StartUploadRequest {
        content_type: "image/png".to_owned(),
        ..announced(&customer, b"some text")
    };
    let program: &[u8] = b"MZ\x90\0";
    let cases = [
        (other_hash, &b"some text"[..], "another SHA-256"),
        (not_a_picture, b"some text", "is text"),
        (announced(&customer, program), program, "a program"),
    ];
    for (announced, bytes, problem) in cases {
        let upload = uploaded(&rep, announced, bytes).await;
        let request = attaching(&customer, "", upload);
        let outcome = rep.attachments().create_attachment(request).await;
        let status = refused(outcome, Code::FailedPrecondition);
        assert!(status.message().contains(problem), "{status:?}");
    }
    let huge = StartUploadRequest {
        size_bytes: 1_000_000_000_000,
        ..announced(&customer, b"x")
    };
    refused(
        rep.attachment_content().start_upload(huge).await,
        Code::InvalidArgument,
    );
}

async fn t40_download_ends_when_the_right_to_it_does(world: Arc<World>) {
    let rep = world.sign_in("u05").await.unwrap();
    let customer = own_customer(&rep).await.id;
    share(&rep, &customer, "u15").await;
    // More than the connection takes at once.
    let bytes = text(64 * PART);
    let file = attach(&rep, &customer, "", &bytes).await.unwrap().id;
    let guest = world.sign_in("u15").await.unwrap();
    let request = DownloadAttachmentRequest { id: file.clone() };
    let answer = guest
        .attachment_content()
        .download_attachment(request)
        .await;
    let mut parts = answer.unwrap().into_inner();
    parts.message().await.unwrap().unwrap();
    unshare(&rep, &customer, "u15").await;
    let status = loop {
        match parts.message().await {
            Ok(Some(_)) => {}
            Ok(None) => panic!("the whole file came"),
            Err(status) => break status,
        }
    };
    assert_eq!(status.code(), Code::NotFound, "{status:?}");
    let status = downloaded(&guest, &file).await.unwrap_err();
    assert_eq!(status.code(), Code::NotFound);
}
