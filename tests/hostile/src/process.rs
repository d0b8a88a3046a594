//! Processes that are told things line by line, and what they cost.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

/// Per cent of a processor: who spins takes all of one, who waits or tries again now and then next to
/// nothing.
pub const SPIN: f64 = 25.0;

/// A process, killed when this is dropped.
pub struct Process {
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

impl Process {
    /// This program in another role.
    pub fn start(role: &[&str]) -> Process {
        let mut command = Command::new(std::env::current_exe().expect("this is a program"));
        command.args(role);
        Process::of(command)
    }

    pub fn of(mut command: Command) -> Process {
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().unwrap_or_else(|error| panic!("{command:?}: {error}"));
        let output = BufReader::new(child.stdout.take().expect("it is piped"));
        Process { input: child.stdin.take().expect("it is piped"), child, output }
    }

    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Its next line; empty when there is no more.
    pub fn line(&mut self) -> String {
        let mut line = String::new();
        self.output.read_line(&mut line).expect("text");
        line.trim_end().to_owned()
    }

    /// Says something, and gives its answer.
    pub fn ask(&mut self, what: &str) -> String {
        writeln!(self.input, "{what}").expect("it is there");
        self.line()
    }

    pub fn is_alive(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(None))
    }

    pub fn kill(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    pub fn cpu(&self) -> Duration {
        cpu(self.id())
    }

    /// Per cent of a processor that it takes, for so long.
    pub fn busy(&self, time: Duration) -> f64 {
        let (start, cpu) = (Instant::now(), self.cpu());
        thread::sleep(time);
        100.0 * (self.cpu() - cpu).as_secs_f64() / start.elapsed().as_secs_f64()
    }

    pub fn descriptors(&self) -> usize {
        fs::read_dir(format!("/proc/{}/fd", self.id())).map_or(0, Iterator::count)
    }

    /// Whether it has no more descriptors than that, within ten seconds.
    pub fn comes_down_to(&self, descriptors: usize) -> bool {
        let start = Instant::now();
        while self.descriptors() > descriptors {
            if start.elapsed() > Duration::from_secs(10) {
                return false;
            }
            thread::sleep(Duration::from_millis(20));
        }
        true
    }

    pub fn rss(&self) -> usize {
        rss(self.id())
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill();
    }
}

/// A folder for endpoint files, gone when this is.
pub struct Folder(pub PathBuf);

impl Folder {
    pub fn new(name: &str) -> Folder {
        let path = std::env::temp_dir().join(format!("ipc-{name}-{}", std::process::id()));
        fs::create_dir(&path).expect("a new folder");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o700)).expect("it is ours");
        Folder(path)
    }

    /// Puts an endpoint file there as a server does, or a part of one.
    pub fn put(&self, name: &str, bytes: &[u8]) {
        let unfinished = self.0.join("unfinished");
        fs::write(&unfinished, bytes).expect("the folder is ours");
        fs::set_permissions(&unfinished, fs::Permissions::from_mode(0o600)).expect("it is ours");
        fs::rename(unfinished, self.0.join(format!("{name}.ipc"))).expect("the folder is ours");
    }

    /// This program in another role, with its endpoints in this folder.
    pub fn run(&self, role: &[&str]) -> Process {
        let mut command = Command::new(std::env::current_exe().expect("this is a program"));
        command.args(role).env("IPC_DIR", &self.0);
        Process::of(command)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// What a process has had of the processors.
pub fn cpu(id: u32) -> Duration {
    let Ok(tasks) = fs::read_dir(format!("/proc/{id}/task")) else { return Duration::ZERO };
    let nanoseconds = tasks.filter_map(|task| {
        let said = fs::read_to_string(task.ok()?.path().join("schedstat")).ok()?;
        said.split(' ').next()?.parse::<u64>().ok()
    });
    Duration::from_nanos(nanoseconds.sum())
}

/// Bytes of memory that a process has.
pub fn rss(id: u32) -> usize {
    let status = fs::read_to_string(format!("/proc/{id}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kilobytes = line.and_then(|line| line.trim().trim_end_matches(" kB").parse::<usize>().ok());
    kilobytes.unwrap_or(0) * 1024
}
