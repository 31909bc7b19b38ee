//! One listener a thread, all on one address.

use socket2::{Domain, Protocol, Socket, Type};
use std::io;
use std::net::{SocketAddr, TcpListener};
use std::num::NonZeroUsize;

/// Connections that wait to be accepted.
const BACKLOG: i32 = 1024;

/// Why nothing is served.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// The address is taken, or not this machine's.
    #[error(
        "cannot listen on `{address}`: {cause}; stop what listens there, or choose another address"
    )]
    Listen {
        /// The address.
        address: SocketAddr,
        /// What the system says.
        cause: io::Error,
    },
    /// The system refuses another thread or runtime.
    #[error("cannot start a serving thread: {0}")]
    Thread(io::Error),
    /// The signals that end the service cannot be listened to.
    #[error("cannot listen to signals: {0}")]
    Signals(io::Error),
    /// A serving thread ended though nobody asked it to.
    #[error("a serving thread ended by itself; the log says why")]
    ThreadEnded,
    /// The contract's descriptors are damaged.
    #[error("the descriptors for reflection cannot be read: {0}")]
    Reflection(#[from] tonic_reflection::server::Error),
}

/// Binds `count` listeners to one address. Port 0: the first picks one, the others join it.
pub(super) fn listeners(
    address: SocketAddr,
    count: NonZeroUsize,
) -> Result<Vec<TcpListener>, ServeError> {
    let failed = |cause| ServeError::Listen { address, cause };
    refuse_a_taken_address(address).map_err(failed)?;
    let first = shared(address).map_err(failed)?;
    let address = first.local_addr().map_err(failed)?;
    let mut listeners = vec![first];
    for _ in 1..count.get() {
        listeners.push(shared(address).map_err(failed)?);
    }
    Ok(listeners)
}

/// With `SO_REUSEPORT` alone a second process would be let in, and callers would be spread over two
/// services that know nothing of each other.
fn refuse_a_taken_address(address: SocketAddr) -> io::Result<()> {
    TcpListener::bind(address).map(drop)
}

fn shared(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = Socket::new(
        Domain::for_address(address),
        Type::STREAM,
        Some(Protocol::TCP),
    )?;
    socket.set_reuse_address(true)?;
    socket.set_reuse_port(true)?;
    socket.set_nonblocking(true)?;
    socket.bind(&address.into())?;
    socket.listen(BACKLOG)?;
    Ok(socket.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn loopback(port: u16) -> SocketAddr {
        ([127, 0, 0, 1], port).into()
    }

    #[test]
    fn listeners_share_the_port_that_the_first_picks() {
        let listeners = listeners(loopback(0), NonZeroUsize::new(3).unwrap()).unwrap();
        let ports = listeners.iter().map(|one| one.local_addr().unwrap().port());
        let ports = ports.collect::<std::collections::BTreeSet<_>>();
        assert_eq!((listeners.len(), ports.len()), (3, 1));
    }

    #[test]
    fn an_address_that_is_served_already_is_refused() {
        let first = listeners(loopback(0), NonZeroUsize::MIN).unwrap();
        let taken = first[0].local_addr().unwrap();
        let error = listeners(taken, NonZeroUsize::MIN).unwrap_err().to_string();
        assert!(
            error.contains(&format!("cannot listen on `{taken}`")),
            "{error}"
        );
    }
}
