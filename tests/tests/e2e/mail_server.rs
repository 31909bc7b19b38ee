//! A mail server in this process, on a socket of its own.

use mailin::response::OK;
use mailin::{Action, Handler, Response, SessionBuilder};
use std::io::{self, BufRead as _, BufReader, Write as _};
use std::net::{IpAddr, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex};

/// What the server took, and whether it holds back.
#[derive(Clone, Default)]
pub(crate) struct Mailbox {
    state: Arc<(Mutex<State>, Condvar)>,
}

#[derive(Default)]
struct State {
    taken: Vec<Letter>,
    /// A letter for this recipient is taken, and the sender not told so.
    holds: Option<String>,
    is_holding: bool,
}

/// A letter as it came.
#[derive(Clone, Debug, Default)]
pub(crate) struct Letter {
    pub(crate) to: Vec<String>,
    pub(crate) text: String,
}

impl Mailbox {
    /// Serves as long as the process lives.
    pub(crate) fn open() -> (Self, SocketAddr) {
        let mailbox = Self::default();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let serving = mailbox.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let mailbox = serving.clone();
                // A client that goes away ends its connection, and nothing else.
                std::thread::spawn(move || drop(serve(&stream, mailbox)));
            }
        });
        (mailbox, address)
    }

    /// What came so far.
    pub(crate) fn letters(&self) -> Vec<Letter> {
        self.state.0.lock().unwrap().taken.clone()
    }

    /// Takes the next letter for this address and does not say so.
    pub(crate) fn hold(&self, address: &str) {
        self.state.0.lock().unwrap().holds = Some(address.to_owned());
    }

    /// Whether a letter is held.
    pub(crate) fn is_holding(&self) -> bool {
        self.state.0.lock().unwrap().is_holding
    }

    /// Goes on.
    pub(crate) fn release(&self) {
        self.state.0.lock().unwrap().holds = None;
        self.state.1.notify_all();
    }

    fn take(&self, letter: &Letter) {
        let (state, released) = &*self.state;
        let mut state = state.lock().unwrap();
        state.taken.push(letter.clone());
        let is_held = |state: &State| {
            let holds = state.holds.as_deref();
            holds.is_some_and(|held| letter.to.iter().any(|to| to.contains(held)))
        };
        while is_held(&state) {
            state.is_holding = true;
            state = released.wait(state).unwrap();
        }
        state.is_holding = false;
    }
}

/// One connection, line by line.
fn serve(stream: &TcpStream, mailbox: Mailbox) -> io::Result<()> {
    let connection = Connection {
        mailbox,
        letter: Letter::default(),
        bytes: Vec::new(),
    };
    let builder = SessionBuilder::new("mail.test");
    let mut session = builder.build(stream.peer_addr()?.ip(), connection);
    let (mut lines, mut answers) = (BufReader::new(stream), stream);
    session.greeting().write_to(&mut answers)?;
    let mut line = Vec::new();
    while lines.read_until(b'\n', &mut line)? > 0 {
        let answer = session.process(&line);
        if !matches!(answer.action, Action::NoReply) {
            answer.write_to(&mut answers)?;
            answers.flush()?;
        }
        if matches!(answer.action, Action::Close) {
            break;
        }
        line.clear();
    }
    Ok(())
}

struct Connection {
    mailbox: Mailbox,
    letter: Letter,
    bytes: Vec<u8>,
}

impl Handler for Connection {
    fn mail(&mut self, _: IpAddr, _: &str, _: &str) -> Response {
        self.letter = Letter::default();
        OK
    }

    fn rcpt(&mut self, to: &str) -> Response {
        self.letter.to.push(to.to_owned());
        OK
    }

    fn data_start(&mut self, _: &str, _: &str, _: bool, _: &[String]) -> Response {
        self.bytes.clear();
        OK
    }

    fn data(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.bytes.extend_from_slice(bytes);
        Ok(())
    }

    fn data_end(&mut self) -> Response {
        self.letter.text = String::from_utf8_lossy(&self.bytes).into_owned();
        self.mailbox.take(&self.letter);
        OK
    }
}
