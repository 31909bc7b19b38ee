//! Places for connections: so many in all, and so many for one address.

use rustc_hash::FxHashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Arc, Mutex, PoisonError};

/// What one site is given of IPv6, so that its addresses count as one.
const SITE_BITS: u32 = 64;

/// Over all threads.
pub(super) struct Places {
    in_all: usize,
    for_one: usize,
    taken: Mutex<Taken>,
}

#[derive(Default)]
struct Taken {
    in_all: usize,
    by_peer: FxHashMap<IpAddr, usize>,
}

/// A connection's place, until it is dropped.
pub(super) struct Place {
    places: Arc<Places>,
    peer: Option<IpAddr>,
}

impl Places {
    pub(super) fn new(in_all: usize, for_one: usize) -> Arc<Self> {
        Arc::new(Self {
            in_all,
            for_one,
            taken: Mutex::default(),
        })
    }

    /// `None`: there is none left, or none for this address.
    pub(super) fn take(self: &Arc<Self>, address: IpAddr) -> Option<Place> {
        let peer = counted(address);
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        if taken.in_all >= self.in_all {
            return None;
        }
        if let Some(peer) = peer {
            let of_peer = taken.by_peer.entry(peer).or_default();
            if *of_peer >= self.for_one {
                return None;
            }
            *of_peer += 1;
        }
        taken.in_all += 1;
        Some(Place {
            places: Arc::clone(self),
            peer,
        })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let taken = self.places.taken.lock();
        let mut taken = taken.unwrap_or_else(PoisonError::into_inner);
        taken.in_all -= 1;
        let Some(peer) = self.peer else {
            return;
        };
        if let Some(of_peer) = taken.by_peer.get_mut(&peer) {
            *of_peer -= 1;
            if *of_peer == 0 {
                taken.by_peer.remove(&peer);
            }
        }
    }
}

/// What counts as one peer. The loopback address is nobody's: a proxy on this machine speaks for
/// everybody, and who is on this machine can do worse than connect.
fn counted(address: IpAddr) -> Option<IpAddr> {
    match address.to_canonical() {
        own @ IpAddr::V4(_) if own.is_loopback() => None,
        IpAddr::V6(address) => {
            let site = u128::from(address) >> SITE_BITS << SITE_BITS;
            Some(Ipv6Addr::from(site).into())
        }
        address @ IpAddr::V4(_) => Some(address),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn take(places: &Arc<Places>, address: &str) -> Option<Place> {
        places.take(address.parse().unwrap())
    }

    #[test]
    fn one_address_leaves_places_to_others() {
        let places = Places::new(4, 2);
        let _first = take(&places, "203.0.113.1").unwrap();
        let second = take(&places, "::ffff:203.0.113.1").unwrap();
        assert!(take(&places, "203.0.113.1").is_none());
        let _other = take(&places, "203.0.113.2").unwrap();
        drop(second);
        assert!(take(&places, "203.0.113.1").is_some());
    }

    #[test]
    fn a_site_counts_as_one() {
        let places = Places::new(4, 1);
        let _first = take(&places, "2001:db8::1").unwrap();
        assert!(take(&places, "2001:db8::2").is_none());
        assert!(take(&places, "2001:db8:0:1::2").is_some());
    }

    #[test]
    fn this_machine_has_all_places_and_no_more() {
        let places = Places::new(2, 1);
        let _both = ["127.0.0.1", "::1"].map(|own| take(&places, own).unwrap());
        assert!(take(&places, "127.0.0.1").is_none());
    }
}
