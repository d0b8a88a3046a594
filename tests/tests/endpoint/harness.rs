//! A process and a folder for each test, and servers that do no more than shake hands.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;
use std::{env, fs, thread};

use ipc_core::auth::Step;
use ipc_runtime::endpoint::{Claim, Endpoint, EndpointError, Published, Search, publish};

/// Set in the process that runs one test, to the folder that is its own.
const FOLDER: &str = "ENDPOINT_TEST_FOLDER";

/// Runs a test, whose full name is given, in a process of its own, with `IPC_DIR` a new folder.
pub fn apart(test: &str, body: impl FnOnce(&Path)) {
    apart_with(test, |folder| vec![("IPC_DIR", folder.to_owned())], body);
}

/// As [`apart`], with these variables and no others that say where endpoints are.
pub fn apart_with(
    test: &str,
    variables: impl FnOnce(&Path) -> Vec<(&'static str, PathBuf)>,
    body: impl FnOnce(&Path),
) {
    if let Some(folder) = env::var_os(FOLDER) {
        return body(Path::new(&folder));
    }
    let folder = env::temp_dir().join(format!("ipc-{}-{}", std::process::id(), test.len()));
    let folder = folder.with_extension(test.rsplit("::").next().expect("a name"));
    // An earlier process of this number may have been ended before it removed its own.
    let _ = fs::remove_dir_all(&folder);
    create_private(&folder);
    let mut command = Command::new(env::current_exe().expect("this program"));
    for variable in ["IPC_DIR", "XDG_RUNTIME_DIR", "HOME", "LOCALAPPDATA"] {
        command.env_remove(variable);
    }
    command.envs(variables(&folder)).env(FOLDER, &folder);
    let output = command.args([test, "--exact", "--nocapture"]).output().expect("it starts");
    fs::remove_dir_all(&folder).expect("it is ours");
    let [said, complained] =
        [output.stdout, output.stderr].map(|it| String::from_utf8_lossy(&it).into_owned());
    assert!(output.status.success(), "{said}{complained}");
    assert!(said.contains("1 passed"), "{test} is the test's name: {said}");
}

pub fn create_private(folder: &Path) {
    fs::create_dir_all(folder).expect("a folder");
    #[cfg(unix)]
    set_mode(folder, 0o700);
}

#[cfg(unix)]
pub fn set_mode(path: &Path, mode: u32) {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).expect("it is ours");
}

/// Writes a file as a server of this system would.
pub fn write(path: &Path, bytes: &[u8]) {
    fs::write(path, bytes).expect("the folder is ours");
    #[cfg(unix)]
    set_mode(path, 0o600);
}

pub fn listen() -> TcpListener {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port")
}

pub fn port(listener: &TcpListener) -> u16 {
    listener.local_addr().expect("it listens").port()
}

/// Listens, publishes and answers handshakes, until what is returned is dropped.
pub fn server(name: &str, claim: Claim) -> Result<Published, EndpointError> {
    let listener = listen();
    let published = publish(name, port(&listener), claim)?;
    answer(listener, published.endpoint().clone());
    Ok(published)
}

/// Answers handshakes for as long as the process lives, and echoes what comes after one.
pub fn answer(listener: TcpListener, endpoint: Endpoint) {
    thread::spawn(move || {
        for stream in listener.incoming() {
            let (stream, endpoint) = (stream.expect("a connection"), endpoint.clone());
            thread::spawn(move || serve(stream, &endpoint));
        }
    });
}

fn serve(mut stream: TcpStream, endpoint: &Endpoint) -> Option<()> {
    let mut handshake = endpoint.server_handshake().expect("random bytes");
    loop {
        let n = stream.read(handshake.space()).ok().filter(|n| *n > 0)?;
        match handshake.filled(n) {
            Step::NeedMore => {}
            Step::Send(hello) => stream.write_all(hello).ok()?,
            Step::Done => break,
            Step::Refuse => return None,
        }
    }
    let mut said = [0; 64];
    loop {
        let n = stream.read(&mut said).ok().filter(|n| *n > 0)?;
        stream.write_all(&said[..n]).ok()?;
    }
}

/// Listens, and does this with each connection.
pub fn stranger(act: impl Fn(TcpStream) + Send + 'static) -> u16 {
    let listener = listen();
    let port = port(&listener);
    thread::spawn(move || listener.incoming().for_each(|stream| act(stream.expect("one"))));
    port
}

/// Looks once.
pub fn look(name: &str) -> Result<Endpoint, EndpointError> {
    Search::new(name, Duration::ZERO).expect("a place to look").look()
}

/// The bytes of an endpoint's file.
pub fn bytes(endpoint: &Endpoint) -> Vec<u8> {
    let text = endpoint.to_text();
    let pairs = text.as_bytes().chunks(2).map(|pair| str::from_utf8(pair).expect("ASCII"));
    pairs.map(|pair| u8::from_str_radix(pair, 16).expect("digits")).collect()
}
