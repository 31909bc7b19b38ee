//! The fields of an encoded protobuf message, without decoding what they hold.
//!
//! See <https://protobuf.dev/programming-guides/encoding/>.

/// The bytes are not a protobuf message.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("an encoded message ends early or holds a group")]
pub(super) struct Malformed;

/// One field of an encoded message.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct WireField<'a> {
    /// The field's number.
    pub(super) number: u32,
    /// The field with its key.
    pub(super) whole: &'a [u8],
    /// What is between key, length and end; `None` for numbers.
    pub(super) content: Option<&'a [u8]>,
}

/// Walks over the fields of an encoded message in the order in which they were written.
pub(super) struct WireFields<'a> {
    rest: &'a [u8],
}

impl<'a> WireFields<'a> {
    /// Begins at the first field.
    pub(super) fn of(message: &'a [u8]) -> Self {
        Self { rest: message }
    }

    fn field(&self) -> Result<(WireField<'a>, &'a [u8]), Malformed> {
        let start = self.rest;
        let (key, after_key) = varint(start)?;
        let number = u32::try_from(key >> 3).map_err(|_| Malformed)?;
        let (content, rest) = match key & 7 {
            0 => (None, varint(after_key)?.1),
            1 => (None, after_key.get(8..).ok_or(Malformed)?),
            2 => {
                let (length, body) = varint(after_key)?;
                let length = usize::try_from(length).map_err(|_| Malformed)?;
                let (content, rest) = body.split_at_checked(length).ok_or(Malformed)?;
                (Some(content), rest)
            }
            5 => (None, after_key.get(4..).ok_or(Malformed)?),
            _ => return Err(Malformed),
        };
        let whole = start.get(..start.len() - rest.len()).ok_or(Malformed)?;
        Ok((
            WireField {
                number,
                whole,
                content,
            },
            rest,
        ))
    }
}

impl<'a> Iterator for WireFields<'a> {
    type Item = Result<WireField<'a>, Malformed>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.rest.is_empty() {
            return None;
        }
        match self.field() {
            Ok((field, rest)) => {
                self.rest = rest;
                Some(Ok(field))
            }
            Err(malformed) => {
                self.rest = &[];
                Some(Err(malformed))
            }
        }
    }
}

/// Writes a field whose content has a length.
pub(super) fn put(number: u32, content: &[u8], out: &mut Vec<u8>) {
    put_varint(u64::from(number) << 3 | 2, out);
    put_varint(content.len() as u64, out);
    out.extend_from_slice(content);
}

fn varint(bytes: &[u8]) -> Result<(u64, &[u8]), Malformed> {
    let mut value = 0;
    for (index, byte) in bytes.iter().take(10).enumerate() {
        value |= u64::from(byte & 0x7f) << (7 * index);
        if byte & 0x80 == 0 {
            return Ok((value, bytes.get(index + 1..).unwrap_or_default()));
        }
    }
    Err(Malformed)
}

#[expect(clippy::cast_possible_truncation, reason = "seven bits at a time")]
fn put_varint(mut value: u64, out: &mut Vec<u8>) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_of_each_wire_type_are_walked_over() {
        // 1: varint 300, 2: "ab", 3: fixed32, 4: fixed64
        let mut message = vec![0x08, 0xac, 0x02, 0x12, 2, b'a', b'b', 0x1d, 1, 2, 3, 4];
        message.extend([0x21, 0, 0, 0, 0, 0, 0, 0, 0]);
        let fields: Vec<_> = WireFields::of(&message).map(Result::unwrap).collect();
        assert_eq!(
            fields.iter().map(|field| field.number).collect::<Vec<_>>(),
            [1, 2, 3, 4]
        );
        assert_eq!(fields[1].content, Some(&b"ab"[..]));
        assert_eq!(
            fields
                .iter()
                .flat_map(|field| field.whole.to_vec())
                .collect::<Vec<_>>(),
            message
        );
    }

    #[test]
    fn what_ends_early_or_holds_a_group_is_malformed() {
        for message in [
            &[0x08][..],
            &[0x12, 3, b'a'],
            &[0x1d, 1],
            &[0x0b],
            &[0xff; 11],
        ] {
            assert!(
                WireFields::of(message).any(|field| field.is_err()),
                "{message:?}"
            );
        }
    }

    #[test]
    fn a_field_is_written_as_it_is_read() {
        let mut out = Vec::new();
        put(27, &[7; 200], &mut out);
        let field = WireFields::of(&out).next().unwrap().unwrap();
        assert_eq!((field.number, field.content), (27, Some(&[7; 200][..])));
    }
}
