//! The one message of a unary request, read before the handler reads it.

use crate::serve::MAX_REQUEST_BYTES;
use crate::status::{self, Reason};
use bytes::{Buf, Bytes, BytesMut};
use http_body_util::{BodyExt, Full, Limited};
use tonic::Status;
use tonic::body::Body;

/// Length of the flag and the length in front of each gRPC message.
pub(super) const PREFIX_BYTES: usize = 5;

/// A unary request body, held so that it can be read and then passed on, more than once.
#[derive(Debug)]
pub(super) struct Buffered {
    framed: Bytes,
}

impl Buffered {
    /// Reads a body that holds exactly one uncompressed message.
    ///
    /// # Errors
    /// `RESOURCE_EXHAUSTED` where it is longer than [`MAX_REQUEST_BYTES`], `INVALID_ARGUMENT` where it is
    /// compressed or not one message.
    pub(super) async fn read(body: Body) -> Result<Self, Status> {
        let framed = Limited::new(body, MAX_REQUEST_BYTES + PREFIX_BYTES)
            .collect()
            .await
            .map_err(|problem| too_long_or_broken(&*problem))?
            .to_bytes();
        match message_length(&framed)? {
            Some(length) if framed.len() == PREFIX_BYTES + length => Ok(Self { framed }),
            _ => Err(malformed("is not one gRPC message; send exactly one")),
        }
    }

    /// The encoded message.
    pub(super) fn message(&self) -> Bytes {
        // INVARIANT: `read` found a whole prefix.
        self.framed.slice(PREFIX_BYTES..)
    }

    /// The body as it came.
    pub(super) fn body(&self) -> Body {
        Body::new(Full::new(self.framed.clone()))
    }
}

/// The length that a prefix declares; `None` where there is no whole prefix yet.
///
/// # Errors
/// `INVALID_ARGUMENT` where the message is compressed: what cannot be read cannot be guarded.
pub(super) fn message_length(framed: &[u8]) -> Result<Option<usize>, Status> {
    let Some(mut prefix) = framed.get(..PREFIX_BYTES) else {
        return Ok(None);
    };
    if prefix.get_u8() != 0 {
        return Err(malformed(
            "is compressed, which is not accepted here; send it uncompressed (grpc-encoding: identity)",
        ));
    }
    Ok(usize::try_from(prefix.get_u32()).ok())
}

/// A message with its prefix.
pub(super) fn framed(message: &[u8]) -> Result<Bytes, Status> {
    let length = u32::try_from(message.len())
        .map_err(|_| status::internal_message("an answer is longer than a frame can say"))?;
    let mut framed = BytesMut::with_capacity(PREFIX_BYTES + message.len());
    framed.extend_from_slice(&[0]);
    framed.extend_from_slice(&length.to_be_bytes());
    framed.extend_from_slice(message);
    Ok(framed.freeze())
}

fn too_long_or_broken(problem: &(dyn std::error::Error + 'static)) -> Status {
    if problem.is::<http_body_util::LengthLimitError>() {
        let message =
            format!("the request is longer than {MAX_REQUEST_BYTES} bytes; ask for less at once");
        return status::resource_exhausted(Reason::TooLarge, message, None);
    }
    problem
        .downcast_ref::<Status>()
        .map_or_else(|| malformed("broke off; send it again"), Clone::clone)
}

fn malformed(problem: &str) -> Status {
    status::invalid_field("request", problem)
}

#[cfg(test)]
mod tests {
    use super::*;
    use tonic::Code;

    async fn read(bytes: &[u8]) -> Result<Buffered, Status> {
        Buffered::read(Body::new(Full::new(Bytes::copy_from_slice(bytes)))).await
    }

    #[tokio::test]
    async fn one_message_is_read_and_passed_on_unchanged() {
        let buffered = read(&[0, 0, 0, 0, 2, 7, 8]).await.unwrap();
        assert_eq!(buffered.message(), Bytes::from_static(&[7, 8]));
        let passed_on = buffered.body().collect().await.unwrap().to_bytes();
        assert_eq!(passed_on, Bytes::from_static(&[0, 0, 0, 0, 2, 7, 8]));
    }

    #[tokio::test]
    async fn body_that_is_not_one_message_is_refused() {
        for bytes in [
            &[][..],
            &[0, 0],
            &[0, 0, 0, 0, 2, 7],
            &[0, 0, 0, 0, 0, 0, 0, 0, 0, 0],
        ] {
            assert_eq!(
                read(bytes).await.unwrap_err().code(),
                Code::InvalidArgument,
                "{bytes:?}"
            );
        }
    }

    #[tokio::test]
    async fn compressed_message_is_refused() {
        assert_eq!(
            read(&[1, 0, 0, 0, 0]).await.unwrap_err().code(),
            Code::InvalidArgument
        );
    }

    #[tokio::test]
    async fn body_beyond_the_limit_is_refused() {
        let refused = read(&vec![0; MAX_REQUEST_BYTES + PREFIX_BYTES + 1])
            .await
            .unwrap_err();
        assert_eq!(refused.code(), Code::ResourceExhausted);
    }
}
