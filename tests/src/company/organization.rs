//! Departments, and teams across them.

/// A department.
#[derive(Debug)]
pub struct Department {
    /// For example `D111`.
    pub id: &'static str,
    /// As people write it.
    pub name: &'static str,
    /// The department above. Empty: at the top.
    pub parent: &'static str,
}

/// Every department, parents first.
pub const DEPARTMENTS: &[Department] = &[
    department("D0", "总部 HQ", ""),
    department("D1", "销售中心 Sales", "D0"),
    department("D11", "华东区 East", "D1"),
    department("D111", "上海组 Shanghai", "D11"),
    department("D112", "杭州组 Hangzhou", "D11"),
    department("D12", "华南区 South", "D1"),
    department("D13", "华北区 North", "D1"),
    department("D14", "大客户部 Key Accounts", "D1"),
    department("D2", "市场部 Marketing", "D0"),
    department("D3", "客户服务中心 Service", "D0"),
    department("D31", "咨询组 Inquiry", "D3"),
    department("D32", "投诉组 Complaints", "D3"),
    department("D33", "售后组 After-sales", "D3"),
    department("D4", "财务法务部 Finance & Legal", "D0"),
    department("D5", "信息安全部 IT & Security", "D0"),
    department("D6", "总经办 Executive Office", "D0"),
];

const fn department(id: &'static str, name: &'static str, parent: &'static str) -> Department {
    Department { id, name, parent }
}

/// A team.
#[derive(Debug)]
pub struct Team {
    /// For example `T-Alpha`.
    pub id: &'static str,
    /// The ids of its people.
    pub members: &'static [&'static str],
}

/// 联合项目组, which works across departments, and 试点组, which tries new products out with customers.
pub const TEAMS: &[Team] = &[
    team("T-Alpha", &["u05", "u09", "u18"]),
    team("T-Beta", &["u24", "u27"]),
];

const fn team(id: &'static str, members: &'static [&'static str]) -> Team {
    Team { id, members }
}
