//! 云帆智造 (Yunfan Smart Manufacturing): the demo company.
//!
//! Deterministic: the same departments, people, 2,000 customers and 1,800 tickets each time, so that
//! every count is an assertion. Loaded through the public RPCs only, as an administrator would.

pub mod customers;
pub mod load;
pub mod organization;
pub mod people;
pub mod tickets;

pub use customers::{CUSTOMERS, Tag, customer_id};
pub use load::{Extent, Passwords, Progress, load};
pub use organization::{DEPARTMENTS, TEAMS};
pub use people::{PEOPLE, Person, person};
pub use tickets::{DESKS, Desk};
