//! SipHash-2-4 with 128 bits of output, from its authors' paper: not the crate that `ipc-core` uses.

/// The 16 bytes of output, as the authors publish them.
pub fn siphash128(key: &[u8; 16], message: &[u8]) -> [u8; 16] {
    let (k0, k1) = (word(&key[..8]), word(&key[8..]));
    let mut v = [
        k0 ^ 0x736f6d6570736575,
        k1 ^ 0x646f72616e646f6d ^ 0xee,
        k0 ^ 0x6c7967656e657261,
        k1 ^ 0x7465646279746573,
    ];
    let (whole, rest) = message.split_at(message.len() / 8 * 8);
    let mut last = rest.to_vec();
    last.resize(8, 0);
    last[7] = message.len() as u8;
    for block in whole.chunks(8).chain([last.as_slice()]) {
        v[3] ^= word(block);
        (0..2).for_each(|_| round(&mut v));
        v[0] ^= word(block);
    }
    let mut output = [0; 16];
    for (half, finish) in output.chunks_mut(8).zip([(2, 0xee), (1, 0xdd)]) {
        v[finish.0] ^= finish.1;
        (0..4).for_each(|_| round(&mut v));
        half.copy_from_slice(&(v[0] ^ v[1] ^ v[2] ^ v[3]).to_le_bytes());
    }
    output
}

fn word(bytes: &[u8]) -> u64 {
    bytes.iter().rev().fold(0, |word, byte| word << 8 | u64::from(*byte))
}

fn round(v: &mut [u64; 4]) {
    for (a, b, by, turn) in
        [(0, 1, 13, true), (2, 3, 16, false), (0, 3, 21, false), (2, 1, 17, true)]
    {
        v[a] = v[a].wrapping_add(v[b]);
        v[b] = v[b].rotate_left(by) ^ v[a];
        if turn {
            v[a] = v[a].rotate_left(32);
        }
    }
}

#[test]
fn this_is_the_siphash_of_its_authors() {
    let key = std::array::from_fn(|at| at as u8);
    let message: Vec<u8> = (0..15).collect();
    // The first and the sixteenth of the authors' vectors.
    let empty = "a3 81 7f 04 ba 25 a8 e6 6d f6 72 14 c7 55 02 93";
    let fifteen = "54 93 e9 99 33 b0 a8 11 7e 08 ec 0f 97 cf c3 d9";
    assert_eq!(crate::document::hex(&siphash128(&key, &[])), empty);
    assert_eq!(crate::document::hex(&siphash128(&key, &message)), fifteen);
}
