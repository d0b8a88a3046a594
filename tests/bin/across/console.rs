//! A server under Windows that its console tells to end.

use std::io;
use std::thread;
use std::time::Duration;

#[link(name = "kernel32")]
unsafe extern "system" {
    #[link_name = "GenerateConsoleCtrlEvent"]
    fn generate_console_ctrl_event(event: u32, group: u32) -> i32;
}

const CTRL_C: u32 = 0;

/// Serves until a client of its own has called, and has its console tell all that use it, which is
/// this process. Needs a console.
pub fn tell_to_end(name: &str) {
    let called = name.to_owned();
    thread::spawn(move || {
        let mut connection = super::open(&called);
        super::talk::calls(&mut connection);
        // SAFETY: it takes two numbers.
        let told = unsafe { generate_console_ctrl_event(CTRL_C, 0) };
        assert_ne!(told, 0, "{}", io::Error::last_os_error());
        // Whoever is not stopped by now is not going to be.
        thread::sleep(Duration::from_secs(10));
        std::process::exit(1);
    });
    super::servers::until_told(name);
}
