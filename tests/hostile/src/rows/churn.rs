//! R25: slots change hands while events of those who had them are still to come.

use std::io::{self, Read, Write};
use std::thread;
use std::time::{Duration, Instant};

use crate::honest::Honest;
use crate::keys::{HELLO_S, Secret, client_hello, client_proof, nonce};
use crate::raw::{Noise, add};
use crate::report::Report;
use crate::serve::Served;
use crate::sockets::connect_from;

const TIME: Duration = Duration::from_secs(8);

pub fn row(report: &mut Report) {
    let mut served = Served::start(&[]);
    let secret = served.secret();
    let mut honest = Honest::start(&served.endpoint);
    let descriptors = served.process.descriptors();
    let start = Instant::now();
    // Strangers that come and go in every state that there is.
    let strangers = thread::spawn(move || {
        let mut noise = Noise(0x25);
        let mut there = Vec::new();
        let mut count = 0_u64;
        while start.elapsed() < TIME {
            let dice = noise.next();
            let Ok(mut stream) = connect_from(60 + (dice >> 60) as u8, secret.port) else {
                continue;
            };
            let hello = client_hello(nonce());
            let part = usize::try_from(dice % 33).expect("it is small");
            let _ = match dice >> 8 & 3 {
                0 => stream.write_all(&hello[..part]),
                1 => stream.write_all(b"GET / HTTP/1.1\r\n\r\n"),
                2 => stream.shutdown(std::net::Shutdown::Write),
                _ => Ok(()),
            };
            there.push(stream);
            if there.len() > 40 {
                let victim = usize::try_from(dice >> 16 & 31).expect("it is small");
                there.swap_remove(victim);
            }
            count += 1;
        }
        count
    });
    // Clients that are let in, and vanish with an answer under way.
    let (mut right, mut closed, mut wrong) = (0, 0, 0);
    while start.elapsed() < TIME {
        let vanishes = (right + closed) % 2 == 0;
        match answer(&secret, vanishes) {
            Ok(answer) if vanishes || answer == add(1).1 => right += 1,
            Ok(_) => wrong += 1,
            // So many strangers a second may well push it out.
            Err(_) => closed += 1,
        }
    }
    let count = strangers.join().expect("it only counts");
    report.say(format!("{count} strangers; {closed} clients closed to make room for them"));
    report.check(
        right > 0 && wrong == 0,
        format!("{right} clients let in, {wrong} given another's answer"),
    );
    let lap = honest.lap();
    report.check(lap.is_served(), lap);
    report.check(
        served.process.is_alive() && served.process.comes_down_to(descriptors),
        format!("descriptors afterwards no more than before: {descriptors}"),
    );
}

/// What a client with the key is answered, unless it vanishes first.
fn answer(secret: &Secret, vanishes: bool) -> io::Result<Vec<u8>> {
    let mut stream = connect_from(1, secret.port)?;
    stream.set_nodelay(true)?;
    stream.set_read_timeout(Some(Duration::from_secs(10)))?;
    let hello = client_hello(nonce());
    stream.write_all(&hello)?;
    let mut servers = [0; HELLO_S];
    stream.read_exact(&mut servers)?;
    let (call, reply) = add(1);
    stream.write_all(&[&client_proof(secret, &hello, &servers)[..], &call].concat())?;
    let mut said = vec![0; if vanishes { 0 } else { reply.len() }];
    stream.read_exact(&mut said)?;
    Ok(said)
}
