//! What kind of file some bytes are, whatever they are called.

/// What is taken, as callers announce it.
pub(super) const ACCEPTED: &[&str] = &[
    "application/pdf",
    "image/png",
    "image/jpeg",
    "image/gif",
    "image/webp",
    "application/zip",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    "text/plain",
    "text/csv",
];

const ZIP: &[u8] = b"PK\x03\x04";
/// What a file of a kind begins with.
const MAGIC: &[(&[u8], &str)] = &[
    (b"%PDF-", "application/pdf"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (ZIP, "application/zip"),
];
/// What programs begin with: Windows, Linux, macOS, Java, scripts.
const PROGRAMS: &[&[u8]] = &[
    b"MZ",
    b"\x7fELF",
    b"\xfe\xed\xfa\xce",
    b"\xfe\xed\xfa\xcf",
    b"\xce\xfa\xed\xfe",
    b"\xcf\xfa\xed\xfe",
    b"\xca\xfe\xba\xbe",
    b"#!",
];
/// What browsers would run, in lower case.
const MARKUP: &[&str] = &["<!doctype", "<html", "<svg", "<script", "<?xml", "<?php"];
/// Folders in the zip that an office document is.
const OFFICE: &[(&[u8], &str)] = &[
    (b"word/", "wordprocessingml.document"),
    (b"xl/", "spreadsheetml.sheet"),
    (b"ppt/", "presentationml.presentation"),
];

/// Looks at a file, part by part.
#[derive(Default)]
pub(super) struct Sniffer {
    /// The first part.
    head: Vec<u8>,
    /// A character that the next part goes on with.
    carry: Vec<u8>,
    is_not_text: bool,
}

impl Sniffer {
    /// The next part.
    pub(super) fn look(&mut self, part: &[u8]) {
        if self.head.is_empty() {
            self.head = part.to_vec();
        }
        self.carry.extend_from_slice(part);
        let bytes = std::mem::take(&mut self.carry);
        let text = match std::str::from_utf8(&bytes) {
            Ok(text) => text,
            Err(error) => {
                self.is_not_text |= error.error_len().is_some();
                let (valid, rest) = bytes.split_at(error.valid_up_to());
                self.carry = rest.iter().copied().take(4).collect();
                std::str::from_utf8(valid).unwrap_or_default()
            }
        };
        let is_control = |c: char| c.is_control() && !matches!(c, '\n' | '\r' | '\t' | '\u{c}');
        self.is_not_text |= text.contains(is_control);
    }

    /// The kind as which the file is kept, if it is what it was announced as.
    ///
    /// # Errors
    /// What it is instead, in words.
    pub(super) fn admit(self, announced: &str) -> Result<&'static str, &'static str> {
        let head = self.head.as_slice();
        if PROGRAMS.iter().any(|program| head.starts_with(program)) {
            return Err("a program");
        }
        let announced = ACCEPTED.iter().find(|kind| **kind == announced);
        let announced = announced.copied().ok_or("of no kind that is taken")?;
        let magic = MAGIC.iter().find(|(magic, _)| head.starts_with(magic));
        let found = match magic {
            Some((ZIP, _)) => self.zip(announced),
            Some((_, kind)) => kind,
            None if head.starts_with(b"RIFF") && head.get(8..12) == Some(b"WEBP") => "image/webp",
            None if self.is_not_text || !self.carry.is_empty() => "of an unknown kind",
            None if self.is_markup() => "markup that browsers run",
            None if announced.starts_with("text/") => announced,
            None => "text",
        };
        if found == announced {
            Ok(announced)
        } else {
            Err(found)
        }
    }

    /// Office documents are zips; whether this is the announced one, its folders tell.
    fn zip(&self, announced: &'static str) -> &'static str {
        let has = |folder: &[u8]| {
            let mut windows = self.head.windows(folder.len());
            windows.any(|window| window == folder)
        };
        let office = OFFICE
            .iter()
            .find(|(folder, _)| has(b"[Content_Types].xml") && has(folder));
        match office {
            Some((_, kind)) if announced.ends_with(kind) => announced,
            Some(_) => "another office document",
            None => "application/zip",
        }
    }

    fn is_markup(&self) -> bool {
        let head: Vec<u8> = self.head.iter().copied().take(1_024).collect();
        let head = String::from_utf8_lossy(&head).to_lowercase();
        let head = head.trim_start_matches(['\u{feff}', ' ', '\n', '\r', '\t']);
        MARKUP.iter().any(|markup| head.starts_with(markup))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn admitted(parts: &[&[u8]], announced: &str) -> Result<&'static str, &'static str> {
        let mut sniffer = Sniffer::default();
        for part in parts {
            sniffer.look(part);
        }
        sniffer.admit(announced)
    }

    #[test]
    fn a_file_is_what_its_bytes_say() {
        assert_eq!(
            admitted(&[b"%PDF-1.7\n"], "application/pdf"),
            Ok("application/pdf")
        );
        assert_eq!(
            admitted(&[b"%PDF-1.7\n"], "image/png"),
            Err("application/pdf")
        );
        assert_eq!(
            admitted(&[b"RIFF....WEBPVP8 "], "image/webp"),
            Ok("image/webp")
        );
        assert_eq!(
            admitted(&[b"\0\0\0\x18ftyp"], "image/png"),
            Err("of an unknown kind")
        );
    }

    #[test]
    fn programs_and_markup_are_refused_under_any_name() {
        assert_eq!(
            admitted(&[b"MZ\x90\0"], "application/pdf"),
            Err("a program")
        );
        assert_eq!(admitted(&[b"#!/bin/sh\n"], "text/plain"), Err("a program"));
        assert_eq!(
            admitted(&[b"\xef\xbb\xbf <HTML>"], "text/plain"),
            Err("markup that browsers run")
        );
    }

    #[test]
    fn text_may_be_cut_within_a_character() {
        let text = "客户".as_bytes();
        assert_eq!(
            admitted(&[&text[..4], &text[4..]], "text/csv"),
            Ok("text/csv")
        );
        assert_eq!(
            admitted(&[&text[..4]], "text/csv"),
            Err("of an unknown kind")
        );
        assert_eq!(
            admitted(&[b"a\0b"], "text/plain"),
            Err("of an unknown kind")
        );
    }

    #[test]
    fn an_office_document_is_known_by_its_folders() {
        let document = "application/vnd.openxmlformats-officedocument.wordprocessingml.document";
        let zip = b"PK\x03\x04[Content_Types].xml word/document.xml";
        assert_eq!(admitted(&[zip], document), Ok(document));
        assert_eq!(
            admitted(&[zip], "application/zip"),
            Err("another office document")
        );
        assert_eq!(
            admitted(&[b"PK\x03\x04a.txt"], document),
            Err("application/zip")
        );
    }
}
