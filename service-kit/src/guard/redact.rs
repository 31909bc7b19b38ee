//! Leaves out of an answer what its caller may not read, wherever it occurs, and says so.
//!
//! It works on the encoded message: what is not guarded is copied and never decoded, so that a page
//! of a thousand records costs a walk over its keys.

use super::fields::messages_below;
use super::wire::{Malformed, WireFields, put};
use menshen_proto::rules::{FieldRule, fields_of};
use prost_reflect::{Kind, MessageDescriptor};

/// Where the guarded fields of an answer are. Made once for each method.
#[derive(Debug, Default)]
pub(super) struct Redaction {
    layouts: Vec<Layout>,
}

/// The guarded fields of one message, and the fields that lead to further ones.
#[derive(Debug)]
struct Layout {
    guarded: Vec<(u32, &'static FieldRule)>,
    nested: Vec<(u32, usize)>,
    redacted_fields: Option<u32>,
}

impl Redaction {
    /// Looks for guarded fields in an answer's message and all that can occur in it.
    pub(super) fn of(message: &MessageDescriptor) -> Self {
        let messages = messages_below(message);
        let reaching = reaching(&messages);
        let layouts = messages
            .iter()
            .map(|message| Layout::of(message, &messages, &reaching));
        Self {
            layouts: layouts.collect(),
        }
    }

    /// Every guarded field that can occur.
    pub(super) fn rules(&self) -> impl Iterator<Item = &'static FieldRule> {
        self.layouts
            .iter()
            .flat_map(|layout| layout.guarded.iter().map(|(_, rule)| *rule))
    }

    /// The message without the hidden fields; each message that has one names them in
    /// `redacted_fields`, whether or not there was a value.
    ///
    /// # Errors
    /// Where the bytes are not a message: nothing of them may be sent.
    pub(super) fn apply(
        &self,
        hidden: &[&'static FieldRule],
        message: &[u8],
    ) -> Result<Vec<u8>, Malformed> {
        let mut out = Vec::with_capacity(message.len());
        self.copy(0, hidden, message, &mut out)?;
        Ok(out)
    }

    fn copy(
        &self,
        index: usize,
        hidden: &[&'static FieldRule],
        message: &[u8],
        out: &mut Vec<u8>,
    ) -> Result<(), Malformed> {
        let layout = self.layouts.get(index).ok_or(Malformed)?;
        for field in WireFields::of(message) {
            let field = field?;
            if layout.hides(field.number, hidden) {
                continue;
            }
            let Some(nested) = layout.nested_in(field.number) else {
                out.extend_from_slice(field.whole);
                continue;
            };
            let mut inner = Vec::new();
            self.copy(nested, hidden, field.content.ok_or(Malformed)?, &mut inner)?;
            put(field.number, &inner, out);
        }
        layout.name_hidden(hidden, out)
    }
}

impl Layout {
    fn of(message: &MessageDescriptor, all: &[MessageDescriptor], reaching: &[bool]) -> Self {
        let number = |name: &str| message.get_field_by_name(name).map(|field| field.number());
        let guarded = fields_of(message.full_name())
            .filter_map(|rule| Some((number(rule.field)?, rule)))
            .collect();
        let nested = message
            .fields()
            .filter_map(|field| Some((field.number(), position(all, &field.kind())?)))
            .filter(|(_, index)| reaching.get(*index) == Some(&true))
            .collect();
        Self {
            guarded,
            nested,
            redacted_fields: number("redacted_fields"),
        }
    }

    fn hides(&self, number: u32, hidden: &[&'static FieldRule]) -> bool {
        self.guarded
            .iter()
            .any(|(guarded, rule)| *guarded == number && is_among(rule, hidden))
    }

    fn nested_in(&self, number: u32) -> Option<usize> {
        self.nested
            .iter()
            .find(|(nested, _)| *nested == number)
            .map(|(_, index)| *index)
    }

    fn name_hidden(
        &self,
        hidden: &[&'static FieldRule],
        out: &mut Vec<u8>,
    ) -> Result<(), Malformed> {
        for (_, rule) in self
            .guarded
            .iter()
            .filter(|(_, rule)| is_among(rule, hidden))
        {
            put(
                self.redacted_fields.ok_or(Malformed)?,
                rule.field.as_bytes(),
                out,
            );
        }
        Ok(())
    }
}

/// Whether a rule is one of these. Rules are constants: one is the other if it is at its place.
pub(super) fn is_among(rule: &FieldRule, rules: &[&'static FieldRule]) -> bool {
    rules.iter().any(|other| std::ptr::eq(*other, rule))
}

/// For each message, whether it has a guarded field or leads to one.
fn reaching(messages: &[MessageDescriptor]) -> Vec<bool> {
    let mut reaching: Vec<bool> = messages
        .iter()
        .map(|message| fields_of(message.full_name()).next().is_some())
        .collect();
    // As often as there are messages: then the longest way is found.
    for _ in messages {
        reaching = messages
            .iter()
            .zip(&reaching)
            .map(|(message, already)| {
                *already
                    || message.fields().any(|field| {
                        position(messages, &field.kind())
                            .is_some_and(|index| reaching.get(index) == Some(&true))
                    })
            })
            .collect();
    }
    reaching
}

fn position(messages: &[MessageDescriptor], kind: &Kind) -> Option<usize> {
    let Kind::Message(wanted) = kind else {
        return None;
    };
    messages.iter().position(|message| message == wanted)
}

#[cfg(test)]
mod tests {
    use super::*;
    use menshen_proto::crm::v1::{
        Customer, CustomerHistoryEntry, GetPurchaseResponse, ListCustomerHistoryResponse, Money,
        Purchase, PurchaseLine,
    };
    use prost::Message;

    fn redaction(name: &str) -> Redaction {
        Redaction::of(
            &menshen_proto::descriptors()
                .get_message_by_name(name)
                .unwrap(),
        )
    }

    fn financial(redaction: &Redaction) -> Vec<&'static FieldRule> {
        redaction
            .rules()
            .filter(|rule| rule.read == "read_financial")
            .collect()
    }

    #[test]
    fn nested_repeated_fields_are_left_out_and_named_where_they_were() {
        let redaction = redaction("menshen.crm.v1.GetPurchaseResponse");
        let money = Money {
            currency: "CNY".into(),
            amount_minor: 5,
        };
        let line = PurchaseLine {
            product: "pump".into(),
            quantity: 2,
            unit_price: Some(money.clone()),
            discount_basis_points: 100,
            ..PurchaseLine::default()
        };
        let purchase = Purchase {
            id: "p1".into(),
            lines: vec![line.clone(), line],
            amount: Some(money),
            ..Purchase::default()
        };
        let answer = GetPurchaseResponse {
            purchase: Some(purchase),
        };
        let bytes = redaction
            .apply(&financial(&redaction), &answer.encode_to_vec())
            .unwrap();
        let seen = GetPurchaseResponse::decode(bytes.as_slice())
            .unwrap()
            .purchase
            .unwrap();
        assert_eq!(
            (seen.id.as_str(), &seen.amount, &seen.paid_at),
            ("p1", &None, &None)
        );
        assert_eq!(seen.redacted_fields, ["amount", "paid_at"]);
        assert_eq!(seen.lines.len(), 2);
        for line in seen.lines {
            assert_eq!((line.product.as_str(), line.quantity), ("pump", 2));
            assert_eq!((line.unit_price, line.discount_basis_points), (None, 0));
            assert_eq!(
                line.redacted_fields,
                ["unit_price", "discount_basis_points"]
            );
        }
    }

    #[test]
    fn history_shows_no_more_than_the_record() {
        let redaction = redaction("menshen.crm.v1.ListCustomerHistoryResponse");
        let hidden: Vec<_> = redaction
            .rules()
            .filter(|rule| rule.field == "phone")
            .collect();
        let after = Customer {
            id: "c1".into(),
            phone: "110".into(),
            ..Customer::default()
        };
        let entry = CustomerHistoryEntry {
            after: Some(after),
            ..CustomerHistoryEntry::default()
        };
        let answer = ListCustomerHistoryResponse {
            entries: vec![entry],
            ..Default::default()
        };
        let bytes = redaction.apply(&hidden, &answer.encode_to_vec()).unwrap();
        let seen = ListCustomerHistoryResponse::decode(bytes.as_slice()).unwrap();
        let after = seen.entries[0].after.clone().unwrap();
        assert_eq!((after.id.as_str(), after.phone.as_str()), ("c1", ""));
        assert_eq!(after.redacted_fields, ["phone"]);
    }

    #[test]
    fn empty_field_is_named_like_a_full_one() {
        let redaction = redaction("menshen.crm.v1.Customer");
        let hidden: Vec<_> = redaction
            .rules()
            .filter(|rule| rule.field == "phone")
            .collect();
        let full = Customer {
            phone: "110".into(),
            ..Customer::default()
        };
        let of = |customer: Customer| redaction.apply(&hidden, &customer.encode_to_vec()).unwrap();
        assert_eq!(of(full), of(Customer::default()));
    }

    #[test]
    fn message_that_cannot_be_read_is_not_sent() {
        let redaction = redaction("menshen.crm.v1.Customer");
        assert_eq!(redaction.apply(&[], &[0x0b]), Err(Malformed));
    }

    #[test]
    fn answer_without_guarded_fields_needs_no_rights() {
        assert_eq!(
            redaction("menshen.crm.v1.ListCustomerSharesResponse")
                .rules()
                .count(),
            0
        );
    }
}
