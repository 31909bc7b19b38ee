//! The 2,000 customers: who owns them, who works on them, with whom they are shared.

use super::people::person;
use menshen_proto::crm::v1::{Customer, CustomerKind, CustomerStatus, Money};

/// How many there are.
pub const CUSTOMERS: usize = 2_000;

/// The VIP that is closed to the sales director by name.
pub const RESTRICTED: (&str, &str) = ("A-0001", "u02");

/// Who owns how many, in the order of the ids. The empty owner is the public pool 公海.
const HOLDINGS: &[(&str, usize)] = &[
    ("u17", 30),
    ("u18", 120),
    ("u19", 100),
    ("u05", 160),
    ("u06", 140),
    ("u07", 60),
    ("u04", 40),
    ("u09", 150),
    ("u10", 120),
    ("u08", 30),
    ("u03", 20),
    ("u12", 220),
    ("u13", 120),
    ("u11", 40),
    ("u15", 200),
    ("u16", 160),
    ("u14", 40),
    ("u02", 10),
    ("", 240),
];

/// How many of an owner's first customers 联合项目组 works on.
const ALPHA: &[(&str, usize)] = &[("u05", 10), ("u09", 6), ("u18", 8)];

/// What else is true of a customer.
#[derive(Debug)]
pub struct Tag {
    /// Its position, from 0.
    pub position: usize,
    /// The owner's id. Empty: in the pool.
    pub owner: &'static str,
    /// Its position among the owner's.
    pub rank: usize,
}

impl Tag {
    /// Every customer, by id.
    pub fn all() -> impl Iterator<Item = Self> {
        HOLDINGS
            .iter()
            .flat_map(|(owner, count)| (0..*count).map(move |rank| (*owner, rank)))
            .enumerate()
            .map(|(position, (owner, rank))| Self {
                position,
                owner,
                rank,
            })
    }

    /// The customers of one owner.
    pub fn owned_by(owner: &str) -> impl Iterator<Item = Self> {
        Self::all().filter(move |tag| tag.owner == owner)
    }

    /// `A-0001` …
    pub fn id(&self) -> String {
        customer_id(self.position)
    }

    /// The owner's department. The pool belongs to none.
    pub fn department(&self) -> &'static str {
        person(self.owner).map_or("", |owner| owner.department)
    }

    /// The teams that work on it.
    pub fn teams(&self) -> Vec<String> {
        let alpha = ALPHA
            .iter()
            .any(|(owner, count)| *owner == self.owner && self.rank < *count)
            .then_some("T-Alpha");
        alpha.into_iter().map(str::to_owned).collect()
    }

    /// As it is created. Names, telephones and addresses are fictitious.
    pub fn customer(&self) -> Customer {
        let number = self.position + 1;
        let (industry, region) = (pick(INDUSTRIES, number), pick(REGIONS, number / 3));
        let person = number.is_multiple_of(10);
        Customer {
            display_name: self.display_name(),
            kind: if person {
                CustomerKind::Person
            } else {
                CustomerKind::Company
            } as i32,
            status: pick(STATUSES, number) as i32,
            level: if number == 1 {
                "VIP"
            } else {
                pick(&["A", "B", "C"], number)
            }
            .to_owned(),
            industry: industry.to_owned(),
            region: region.to_owned(),
            employees: if person { 1 } else { employees(number) },
            phone: format!("199-0000-{number:04}"),
            address: format!("{region}, {number} 云帆路 Yunfan Road"),
            credit_limit: Some(Money {
                currency: "CNY".to_owned(),
                amount_minor: i64::from(employees(number)) * 100_000,
            }),
            currency: "CNY".to_owned(),
            owner: self.owner.to_owned(),
            department: self.department().to_owned(),
            teams: self.teams(),
            ..Customer::default()
        }
    }

    fn display_name(&self) -> String {
        let number = self.position + 1;
        let (chinese, english) = pick(NAMES, number);
        let (trade, business) = pick(TRADES, number / NAMES.len());
        format!("{chinese}{trade} {english} {business} {number}")
    }
}

/// `A-0001` for position 0.
pub fn customer_id(position: usize) -> String {
    format!("A-{:04}", position + 1)
}

/// Customers that the key account manager shows to the guest, for reading: five of u17's.
pub fn shown_to_guest() -> impl Iterator<Item = Tag> {
    Tag::owned_by("u17").filter(|tag| (1..=5).contains(&tag.rank))
}

/// Customers that u18 shares with u05 for writing: three that 联合项目组 works on.
pub fn shared_with_u05() -> impl Iterator<Item = Tag> {
    Tag::owned_by("u18").filter(|tag| tag.rank < 3)
}

fn employees(number: usize) -> i32 {
    i32::try_from(number * 37 % 4_900 + 10).unwrap_or(10)
}

fn pick<T: Copy + Default>(from: &[T], number: usize) -> T {
    from.get(number % from.len()).copied().unwrap_or_default()
}

const STATUSES: &[CustomerStatus] = &[
    CustomerStatus::Potential,
    CustomerStatus::Active,
    CustomerStatus::Active,
    CustomerStatus::Dormant,
    CustomerStatus::Churned,
];

const INDUSTRIES: &[&str] = &[
    "机械 Machinery",
    "电子 Electronics",
    "汽车 Automotive",
    "化工 Chemicals",
    "食品 Food",
    "医疗 Medical",
    "物流 Logistics",
];

const REGIONS: &[&str] = &[
    "上海 Shanghai",
    "杭州 Hangzhou",
    "广州 Guangzhou",
    "深圳 Shenzhen",
    "北京 Beijing",
    "天津 Tianjin",
];

const NAMES: &[(&str, &str)] = &[
    ("星河", "Xinghe"),
    ("长风", "Changfeng"),
    ("海岳", "Haiyue"),
    ("云帆", "Yunfan"),
    ("青禾", "Qinghe"),
    ("瑞安", "Rui'an"),
    ("鼎盛", "Dingsheng"),
    ("明德", "Mingde"),
    ("北辰", "Beichen"),
    ("华越", "Huayue"),
    ("新航", "Xinhang"),
];

const TRADES: &[(&str, &str)] = &[
    ("精密", "Precision"),
    ("重工", "Heavy Industry"),
    ("科技", "Technology"),
    ("贸易", "Trading"),
    ("物流", "Logistics"),
];

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    fn count(tags: impl Iterator<Item = Tag>, holds: impl Fn(&Tag) -> bool) -> usize {
        tags.filter(holds).count()
    }

    fn on(team: &str) -> BTreeSet<usize> {
        Tag::all()
            .filter(|tag| tag.teams().iter().any(|each| each == team))
            .map(|tag| tag.position)
            .collect()
    }

    #[test]
    fn there_are_two_thousand_of_which_240_are_pooled() {
        assert_eq!(Tag::all().count(), CUSTOMERS);
        assert_eq!(Tag::owned_by("").count(), 240);
    }

    #[test]
    fn each_department_has_its_share() {
        for (department, expected) in [
            ("D111", 400),
            ("D112", 300),
            ("D11", 20),
            ("D12", 380),
            ("D13", 400),
            ("D14", 250),
            ("D1", 10),
        ] {
            let found = count(Tag::all(), |tag| tag.department() == department);
            assert_eq!(found, expected, "{department}");
        }
    }

    #[test]
    fn the_project_team_works_on_24() {
        assert_eq!(on("T-Alpha").len(), 24);
        assert!(shared_with_u05().all(|tag| tag.teams().contains(&"T-Alpha".to_owned())));
        assert_eq!(shared_with_u05().count(), 3);
    }

    #[test]
    fn the_vip_is_in_the_sales_directors_reach_and_not_shown_to_the_guest() {
        let vip = Tag::all().next().unwrap();
        assert_eq!((vip.id().as_str(), vip.department()), (RESTRICTED.0, "D14"));
        assert_eq!(vip.customer().level, "VIP");
        assert_eq!(shown_to_guest().count(), 5);
        assert!(shown_to_guest().all(|tag| tag.id() != RESTRICTED.0));
    }
}
