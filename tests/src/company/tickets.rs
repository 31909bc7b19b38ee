//! The service centre's queues, and the 1,800 tickets 工单 in them.

use super::customers::customer_id;
use menshen_proto::crm::v1::{Queue, Ticket, TicketChannel, TicketKind, TicketPriority};
use std::ops::Range;

/// A group of the service centre 客户服务中心, and what it works on.
#[derive(Debug)]
pub struct Desk {
    /// The queue's id.
    pub queue: &'static str,
    /// The queue's name.
    pub name: &'static str,
    /// The department whose queue it is.
    pub department: &'static str,
    /// What its tickets are about.
    pub kind: TicketKind,
    /// Who works on every third of them.
    pub handler: &'static str,
    /// The positions of the customers that they are about.
    pub customers: Range<usize>,
    /// How many there are.
    pub tickets: usize,
}

/// They are about 300, 120 and 210 customers, 540 together.
pub const DESKS: &[Desk] = &[
    Desk {
        queue: "Q-Inquiry",
        name: "咨询 Inquiries",
        department: "D31",
        kind: TicketKind::Consultation,
        handler: "u24",
        customers: 400..700,
        tickets: 900,
    },
    Desk {
        queue: "Q-Complaints",
        name: "投诉 Complaints",
        department: "D32",
        kind: TicketKind::Complaint,
        handler: "u25",
        customers: 655..775,
        tickets: 300,
    },
    Desk {
        queue: "Q-AfterSales",
        name: "售后 After-sales",
        department: "D33",
        kind: TicketKind::AfterSales,
        handler: "u26",
        customers: 730..940,
        tickets: 600,
    },
];

impl Desk {
    /// The queue as it is created.
    pub fn queue(&self) -> Queue {
        Queue {
            display_name: self.name.to_owned(),
            department: self.department.to_owned(),
            kinds: vec![self.kind as i32],
            ..Queue::default()
        }
    }

    /// The positions of the customers that its tickets are about, one for each ticket.
    pub fn positions(&self) -> impl Iterator<Item = usize> {
        self.customers.clone().cycle().take(self.tickets)
    }

    /// A ticket as it is created.
    pub fn ticket(&self, position: usize, number: usize) -> Ticket {
        let is_handled = number.is_multiple_of(3);
        Ticket {
            kind: self.kind as i32,
            customer: customer_id(position),
            queue: self.queue.to_owned(),
            priority: pick(PRIORITIES, number) as i32,
            channel: pick(CHANNELS, number) as i32,
            subject: pick(SUBJECTS, number).to_owned(),
            owner: if is_handled { self.handler } else { "" }.to_owned(),
            ..Ticket::default()
        }
    }
}

fn pick<T: Copy + Default>(from: &[T], number: usize) -> T {
    from.get(number % from.len()).copied().unwrap_or_default()
}

const PRIORITIES: &[TicketPriority] = &[
    TicketPriority::Normal,
    TicketPriority::Normal,
    TicketPriority::High,
    TicketPriority::Low,
    TicketPriority::Urgent,
];

const CHANNELS: &[TicketChannel] = &[
    TicketChannel::Phone,
    TicketChannel::Chat,
    TicketChannel::Mail,
    TicketChannel::Web,
];

const SUBJECTS: &[&str] = &[
    "交货时间 When it will be delivered",
    "设备停机 The machine stands still",
    "发票有误 The invoice is wrong",
    "备件报价 A price for spare parts",
    "培训申请 A training for operators",
    "软件升级 An update of the software",
    "包装破损 The packing was damaged",
];

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn the_service_centre_works_on_1800_tickets_about_540_customers() {
        let about = |desk: &Desk| desk.positions().collect::<BTreeSet<_>>();
        let counts: Vec<usize> = DESKS.iter().map(|desk| about(desk).len()).collect();
        assert_eq!(counts, [300, 120, 210]);
        assert_eq!(
            DESKS.iter().flat_map(about).collect::<BTreeSet<_>>().len(),
            540
        );
        assert_eq!(DESKS.iter().map(|desk| desk.tickets).sum::<usize>(), 1_800);
    }
}
