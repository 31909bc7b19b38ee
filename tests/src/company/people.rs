//! The people of the company, where they work and which roles they hold.

/// A person.
#[derive(Debug)]
pub struct Person {
    /// For example `u05`.
    pub id: &'static str,
    /// 中文 and English.
    pub name: &'static str,
    /// The department's id. Empty: from outside.
    pub department: &'static str,
    /// Keys of the CRM's roles.
    pub roles: &'static [&'static str],
}

impl Person {
    /// The address at which an activation link would arrive.
    pub fn email(&self) -> String {
        format!("{}@yunfan.example", self.id)
    }

    /// As a reference: `user:u05`.
    pub fn subject(&self) -> String {
        format!("user:{}", self.id)
    }
}

/// The person with this id.
pub fn person(id: &str) -> Option<&'static Person> {
    PEOPLE.iter().find(|person| person.id == id)
}

/// Everybody, by id.
pub const PEOPLE: &[Person] = &[
    works("u01", "陈建国 Jason Chen", "D6", &["executive"]),
    works("u02", "林晓雯 Vivian Lin", "D1", &["sales_director"]),
    works("u03", "王海涛 Harry Wang", "D11", &["sales_manager"]),
    works("u04", "李思远 Stanley Li", "D111", &["team_lead"]),
    works("u05", "张雨桐 Tina Zhang", "D111", &["sales_rep"]),
    works("u06", "刘子轩 Leo Liu", "D111", &["sales_rep"]),
    works("u07", "赵曼 Mandy Zhao", "D111", &["sales_rep_junior"]),
    works("u08", "周凯 Kyle Zhou", "D112", &["team_lead"]),
    works(
        "u09",
        "吴佳怡 Joy Wu",
        "D112",
        &["sales_rep", "alpha_member"],
    ),
    works("u10", "徐浩然 Hank Xu", "D112", &["sales_rep"]),
    works("u11", "黄志强 Kevin Huang", "D12", &["sales_manager"]),
    works("u12", "何美玲 Meg He", "D12", &["sales_rep"]),
    works("u13", "郭俊 Jun Guo", "D12", &["sales_rep"]),
    works("u14", "罗婷 Tess Luo", "D13", &["sales_manager"]),
    works("u15", "孙鹏 Peter Sun", "D13", &["sales_rep"]),
    works("u16", "马丽娜 Lina Ma", "D13", &["sales_rep"]),
    works("u17", "高翔 Shawn Gao", "D14", &["sales_manager"]),
    works("u18", "大卫·米勒 David Miller", "D14", &["sales_rep"]),
    works("u19", "普丽娅 Priya Nair", "D14", &["sales_rep"]),
    works("u20", "朱琳 Lynn Zhu", "D2", &["marketing_manager"]),
    works(
        "u21",
        "艾米莉 Emily Carter",
        "D2",
        &["marketing_specialist"],
    ),
    works("u22", "邓伟 Wade Deng", "D2", &["marketing_specialist"]),
    works("u23", "宋嘉怡 Carol Song", "D3", &["service_lead"]),
    works("u24", "韩雪梅 Helen Han", "D31", &["service_rep"]),
    works("u25", "曹阳 Sunny Cao", "D32", &["service_rep"]),
    works("u26", "冯磊 Ray Feng", "D33", &["service_rep"]),
    works("u27", "杨帆 Frank Yang", "D33", &["service_lead"]),
    works("u28", "许静 Jing Xu", "D4", &["finance"]),
    works("u29", "迈克·布朗 Michael Brown", "D4", &["finance"]),
    works("u30", "蒋文博 Ben Jiang", "D5", &["crm_admin"]),
    works("u31", "沈悦 Yue Shen", "D5", &["security_admin"]),
    works("u32", "潘瑞 Rui Pan", "D5", &["auditor"]),
    works("u33", "奥莉薇 Olivia Grant", "", &["guest_restricted"]),
];

const fn works(
    id: &'static str,
    name: &'static str,
    department: &'static str,
    roles: &'static [&'static str],
) -> Person {
    Person {
        id,
        name,
        department,
        roles,
    }
}
