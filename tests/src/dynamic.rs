//! Calls of any method, knowing only the descriptors: what grpcurl does.

use crate::Result;
use crate::session::Signed;
use http::uri::PathAndQuery;
use prost::Message;
use prost::bytes::{Buf, BufMut};
use prost_reflect::{DynamicMessage, MessageDescriptor, MethodDescriptor, SerializeOptions};
use tonic::codec::{Codec, DecodeBuf, Decoder, EncodeBuf, Encoder};
use tonic::{Request, Response, Status};

/// A method of one of our services.
///
/// # Errors
///
/// The contract has no such method.
pub fn method(service: &str, name: &str) -> Result<MethodDescriptor> {
    menshen_proto::descriptors()
        .get_service_by_name(service)
        .and_then(|service| service.methods().find(|method| method.name() == name))
        .ok_or_else(|| format!("there is no method `{service}/{name}`").into())
}

/// Every method of both services.
pub fn methods() -> impl Iterator<Item = MethodDescriptor> {
    menshen_proto::descriptors()
        .services()
        .filter(|service| service.full_name().starts_with("menshen."))
        .flat_map(|service| service.methods().collect::<Vec<_>>())
}

/// `/menshen.crm.v1.CustomerService/GetCustomer`
pub fn path(method: &MethodDescriptor) -> String {
    format!("/{}/{}", method.parent_service().full_name(), method.name())
}

/// A message from its JSON form.
///
/// # Errors
///
/// The JSON does not fit the message.
pub fn from_json(descriptor: MessageDescriptor, json: &str) -> Result<DynamicMessage> {
    let mut reader = serde_json::Deserializer::from_str(json);
    let message = DynamicMessage::deserialize(descriptor, &mut reader)?;
    reader.end()?;
    Ok(message)
}

/// A message as grpcurl prints it.
pub fn to_json(message: &DynamicMessage) -> Result<String> {
    let mut text = Vec::new();
    let mut writer = serde_json::Serializer::pretty(&mut text);
    let options = SerializeOptions::new().skip_default_fields(true);
    message.serialize_with_options(&mut writer, &options)?;
    Ok(String::from_utf8(text)?)
}

/// Calls a method. Of one that answers with a stream, the beginning of the answer is enough: it was let through.
pub async fn call(
    channel: Signed,
    method: &MethodDescriptor,
    request: DynamicMessage,
) -> std::result::Result<Response<DynamicMessage>, Status> {
    let mut client = tonic::client::Grpc::new(channel);
    ready(&mut client).await?;
    let codec = DynamicCodec(method.output());
    if method.is_server_streaming() {
        let request = Request::new(request);
        let answers = client
            .server_streaming(request, uri(method)?, codec)
            .await?;
        return Ok(answers.map(|_| DynamicMessage::new(method.output())));
    }
    client
        .unary(Request::new(request), uri(method)?, codec)
        .await
}

/// Calls a method that takes and answers streams, with one question, and takes the first answer.
pub async fn call_stream(
    channel: Signed,
    method: &MethodDescriptor,
    request: DynamicMessage,
) -> std::result::Result<Option<DynamicMessage>, Status> {
    let mut client = tonic::client::Grpc::new(channel);
    ready(&mut client).await?;
    let codec = DynamicCodec(method.output());
    let questions = Request::new(tokio_stream::once(request));
    let mut answers = client
        .streaming(questions, uri(method)?, codec)
        .await?
        .into_inner();
    answers.message().await
}

async fn ready(client: &mut tonic::client::Grpc<Signed>) -> std::result::Result<(), Status> {
    client
        .ready()
        .await
        .map_err(|error| Status::from_error(error.into()))
}

fn uri(method: &MethodDescriptor) -> std::result::Result<PathAndQuery, Status> {
    PathAndQuery::try_from(path(method)).map_err(|error| Status::from_error(error.into()))
}

struct DynamicCodec(MessageDescriptor);

impl Codec for DynamicCodec {
    type Encode = DynamicMessage;
    type Decode = DynamicMessage;
    type Encoder = Plain;
    type Decoder = Described;

    fn encoder(&mut self) -> Plain {
        Plain
    }

    fn decoder(&mut self) -> Described {
        Described(self.0.clone())
    }
}

struct Plain;

impl Encoder for Plain {
    type Item = DynamicMessage;
    type Error = Status;

    fn encode(
        &mut self,
        item: DynamicMessage,
        buffer: &mut EncodeBuf<'_>,
    ) -> std::result::Result<(), Status> {
        buffer.put(item.encode_to_vec().as_slice());
        Ok(())
    }
}

struct Described(MessageDescriptor);

impl Decoder for Described {
    type Item = DynamicMessage;
    type Error = Status;

    fn decode(
        &mut self,
        buffer: &mut DecodeBuf<'_>,
    ) -> std::result::Result<Option<DynamicMessage>, Status> {
        let bytes = buffer.copy_to_bytes(buffer.remaining());
        DynamicMessage::decode(self.0.clone(), bytes)
            .map(Some)
            .map_err(|error| Status::from_error(error.into()))
    }
}
