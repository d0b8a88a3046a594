//! R18: a page in a real browser that tries whatever pages can.

use std::io::{self, BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use crate::honest::Honest;
use crate::process::{Folder, Process};
use crate::report::Report;
use crate::serve::Served;
use crate::tap::Tap;

/// What the page does to the port, each with how it says that it came to nothing.
const PAGE: &str = r#"<!doctype html><title>page</title><script>
const at = "127.0.0.1:PORT", http = "http:" + "//" + at;
const tries = {
  fetch: () => fetch(http + "/a"),
  opaque: () => fetch(http + "/b", { mode: "no-cors" }),
  post: () => fetch(http + "/c", { method: "POST", mode: "no-cors", body: "\xf5ipC\x01" }),
  preflight: () => fetch(http + "/d", { method: "PUT", headers: { "x-a": "b" } }),
  xhr: () => new Promise((ok, no) => {
    const x = new XMLHttpRequest(); x.open("GET", http + "/e"); x.onload = ok; x.onerror = no; x.send(); }),
  socket: () => new Promise((ok, no) => {
    const s = new WebSocket("ws:" + "//" + at + "/f"); s.onopen = ok; s.onerror = no; }),
  image: () => new Promise((ok, no) => {
    const i = new Image(); i.onload = ok; i.onerror = no; i.src = http + "/g.png"; }),
  script: () => new Promise((ok, no) => {
    const s = document.createElement("script"); s.onload = ok; s.onerror = no; s.src = http + "/h.js";
    document.head.append(s); }),
  events: () => new Promise((ok, no) => {
    const e = new EventSource(http + "/i"); e.onopen = ok; e.onerror = () => { e.close(); no(); }; }),
};
(async () => {
  const outcome = [];
  for (const [name, run] of Object.entries(tries)) {
    await run().then(() => outcome.push(name + "=reached"), () => outcome.push(name + "=failed"));
  }
  navigator.sendBeacon(http + "/j", "beacon");
  await new Promise(done => setTimeout(done, 500));
  await fetch("/report?" + outcome.join("&"));
})();
</script>"#;

pub fn row(report: &mut Report) {
    let Some(chromium) = ["chromium", "chromium-browser"].into_iter().find(|name| is_there(name))
    else {
        return report.check(false, "chromium is not there: `tests/hostile/run` installs it");
    };
    let served = Served::start(&[]);
    let mut honest = Honest::start(&served.endpoint);
    let tap = Tap::start(served.port());
    let (page, outcome) = serve_page(PAGE.replace("PORT", &tap.port.to_string()));
    let folder = Folder::new("browser");
    let mut command = Command::new(chromium);
    command
        .args(["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"])
        .args(["--disable-background-networking", "--disable-component-update", "--disable-sync"])
        .arg(format!("--user-data-dir={}", folder.0.display()))
        .arg(format!("http:{}localhost:{page}/", "//"))
        .stderr(Stdio::null());
    let mut browser = Process::of(command);
    let outcome = outcome.recv_timeout(Duration::from_secs(90));
    browser.kill();
    // Its children write to their folder until they notice.
    thread::sleep(Duration::from_millis(500));
    let Ok(outcome) = outcome else {
        return report.check(false, "the page did not come to its end");
    };
    report.say(&outcome);
    let failed = outcome.matches("=failed").count();
    report.check(
        failed == 9 && !outcome.contains("=reached"),
        format!("{failed} of 9 attempts failed, and a beacon"),
    );
    let [connections, sent, back] = tap.counted();
    report.check(
        connections >= 9 && sent > 500,
        format!("{connections} connections, {sent} bytes from the browser"),
    );
    report.check(back == 0, format!("{back} bytes to the browser"));
    let lap = honest.lap();
    report.check(lap.is_served(), lap);
}

fn is_there(program: &str) -> bool {
    let mut command = Command::new(program);
    command.arg("--version").stdout(Stdio::null()).stderr(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}

/// Serves the page, and gives what it reports.
fn serve_page(page: String) -> (u16, mpsc::Receiver<String>) {
    let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a free port");
    let port = listener.local_addr().expect("it listens").port();
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            let _ = answer(stream, &page, &sender);
        }
    });
    (port, receiver)
}

fn answer(stream: TcpStream, page: &str, sender: &mpsc::Sender<String>) -> io::Result<()> {
    stream.set_read_timeout(Some(Duration::from_secs(1)))?;
    let mut reader = BufReader::new(stream.try_clone()?);
    let mut first = String::new();
    reader.read_line(&mut first)?;
    let mut line = String::new();
    while reader.read_line(&mut line)? > 2 {
        line.clear();
    }
    let path = first.split(' ').nth(1).unwrap_or_default();
    let body = if path == "/" { page } else { "" };
    write!(
        { stream },
        "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nConnection: close\r\nContent-Length: {}\r\n\r\n{body}",
        body.len(),
    )?;
    if let Some(outcome) = path.strip_prefix("/report?") {
        let _ = sender.send(outcome.to_owned());
    }
    Ok(())
}
