//! What can be done with a segment beside the standard methods.

use super::selection::Selected;
use super::{Segment, snapshot};
use crate::records::record::one;
use crate::records::refusal::Refusal;
use crate::records::serve::Records;
use menshen_proto::crm::v1;
use menshen_proto::standard::SegmentVerbs;
use service_kit::guard::permit::Permit;
use tonic::{Request, Response, Status};

#[tonic::async_trait]
impl SegmentVerbs for Records<Segment> {
    async fn preview_segment(
        &self,
        request: Request<v1::PreviewSegmentRequest>,
    ) -> Result<Response<v1::PreviewSegmentResponse>, Status> {
        let permit = Permit::<Segment>::of(&request)?;
        let crm = &self.crm;
        let segment = one(&crm.db, &permit).await?.message;
        let selected = Selected::of(crm, permit.caller(), &segment, "").await?;
        let mut tx = crm.db.long_read().await.map_err(Refusal::from)?;
        let (customers, contacts) = tx
            .fetch_one(selected.count()?)
            .await
            .map_err(Refusal::from)?;
        Ok(Response::new(v1::PreviewSegmentResponse {
            customers,
            contacts,
        }))
    }

    async fn snapshot_segment(
        &self,
        request: Request<v1::SnapshotSegmentRequest>,
    ) -> Result<Response<v1::SnapshotSegmentResponse>, Status> {
        let permit = Permit::<Segment>::of(&request)?;
        let asked = request.get_ref();
        let call = self
            .crm
            .call("SnapshotSegment", permit.caller(), asked)
            .with_request_id(&asked.request_id)
            .validate_only(asked.validate_only);
        let snapshot = snapshot::take(&self.crm, &permit, &call).await?;
        Ok(Response::new(v1::SnapshotSegmentResponse {
            snapshot: Some(snapshot),
        }))
    }

    async fn list_segment_snapshots(
        &self,
        request: Request<v1::ListSegmentSnapshotsRequest>,
    ) -> Result<Response<v1::ListSegmentSnapshotsResponse>, Status> {
        let permit = Permit::<Segment>::of(&request)?;
        let snapshots = snapshot::newest(&self.crm, permit.id()).await?;
        Ok(Response::new(v1::ListSegmentSnapshotsResponse {
            snapshots,
        }))
    }

    async fn list_segment_members(
        &self,
        request: Request<v1::ListSegmentMembersRequest>,
    ) -> Result<Response<v1::ListSegmentMembersResponse>, Status> {
        let permit = Permit::<Segment>::of(&request)?;
        let asked = request.get_ref();
        let (members, next_page_token) =
            snapshot::members(&self.crm, permit.caller(), asked).await?;
        Ok(Response::new(v1::ListSegmentMembersResponse {
            members,
            next_page_token,
        }))
    }
}
