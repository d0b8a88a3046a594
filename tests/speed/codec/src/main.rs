//! A realistic message through the library's codec, one by hand, and others.
//!
//! `codec time ROUNDS` prints nanoseconds of each; `codec count WHAT N [CODEC]` does one thing so many
//! times for callgrind, within [`counted`] alone.

mod by_hand;
mod codecs;
mod message;

use std::env;
use std::time::Instant;

use codecs::Codec;
use message::Mod;

/// Of each, one after the other, in every round.
const TIMES: u32 = 200;

fn main() {
    let words: Vec<String> = env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let mods = message::mods();
    let mut codecs = codecs::all(&mods);
    match words[..] {
        ["time", rounds] => time(&mut codecs, &mods, rounds.parse().expect("a number")),
        ["count", what, times, ref of @ ..] => {
            let name = of.first().unwrap_or(&"ours");
            let codec = codecs.iter_mut().find(|codec| codec.name == *name).expect("its name");
            for _ in 0..times.parse().expect("a number") {
                match what {
                    "encode" => counted(&mut || (codec.encode)(&mods)),
                    "decode" => counted(&mut || _ = (codec.decode)()),
                    "view" => counted(&mut || _ = codec.view.as_mut().map(|view| view())),
                    _ => panic!("encode | decode | view"),
                }
            }
        }
        _ => panic!("time ROUNDS | count WHAT N [CODEC]"),
    }
}

/// Callgrind counts what is done in here.
#[inline(never)]
fn counted(action: &mut dyn FnMut()) {
    action();
}

fn time(codecs: &mut [Codec], mods: &Vec<Mod>, rounds: usize) {
    let mut times = vec![[const { Vec::new() }; 3]; codecs.len()];
    for _ in 0..rounds {
        for (codec, times) in codecs.iter_mut().zip(&mut times) {
            let Codec { encode, decode, view, .. } = codec;
            times[0].push(nanos(&mut || encode(mods)));
            times[1].push(nanos(&mut || _ = decode()));
            if let Some(view) = view {
                times[2].push(nanos(&mut || _ = view()));
            }
        }
    }
    for (codec, times) in codecs.iter().zip(times) {
        let [encode, decode, view] = times.map(median);
        println!("{}\t{encode:.0}\t{decode:.0}\t{view:.0}\t{}", codec.name, codec.bytes);
    }
}

fn nanos(action: &mut dyn FnMut()) -> f64 {
    let start = Instant::now();
    for _ in 0..TIMES {
        action();
    }
    start.elapsed().as_nanos() as f64 / f64::from(TIMES)
}

/// 0 where there is none.
fn median(mut times: Vec<f64>) -> f64 {
    times.sort_by(f64::total_cmp);
    times.get(times.len() / 2).copied().unwrap_or_default()
}
