//! The handshake as WIRE.md §7 has it and the endpoint as §8 does, for attackers that are to know them
//! as well as the library does: with none of its code.

/// Bytes of the messages.
pub const HELLO_C: usize = 32;
pub const HELLO_S: usize = 48;
pub const AUTH: usize = 16;

/// What an endpoint says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Secret {
    pub key: [u8; 16],
    pub instance: [u8; 16],
    pub port: u16,
}

/// Bytes of an endpoint.
const ENDPOINT: usize = 48;

/// The endpoint as it is in a file.
pub fn file_of(endpoint: &str) -> Vec<u8> {
    let digits = (0..ENDPOINT).map(|at| &endpoint[2 * at..2 * at + 2]);
    digits.map(|pair| u8::from_str_radix(pair, 16).expect("two digits")).collect()
}

/// What is in an endpoint.
pub fn secret(endpoint: &str) -> Secret {
    let bytes = file_of(endpoint);
    let part = |at: usize| <[u8; 16]>::try_from(&bytes[at..at + 16]).expect("16 bytes");
    Secret { port: u16::from_le_bytes([bytes[14], bytes[15]]), instance: part(16), key: part(32) }
}

/// The endpoint with another secret in it.
pub fn with_secret(endpoint: &str, secret: &Secret) -> String {
    let bytes = [&secret.port.to_le_bytes()[..], &secret.instance, &secret.key].concat();
    let digits: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    endpoint[..28].to_owned() + &digits
}

/// The text that a launcher would hand over.
pub fn text_of(secret: &Secret) -> String {
    // Magic, version, flags, reserved, pid.
    with_secret("f56970450100000000000100000000", secret)
}

/// An endpoint that no server is behind.
pub fn made_up(port: u16) -> Secret {
    Secret { key: nonce(), instance: nonce(), port }
}

/// Any nonce: nobody guesses in these tests.
pub fn nonce() -> [u8; 16] {
    use std::sync::atomic::{AtomicU64, Ordering};
    static NEXT: AtomicU64 = AtomicU64::new(1);
    let n = NEXT.fetch_add(1, Ordering::Relaxed);
    u128::from(n).wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835).to_le_bytes()
}

fn hello(side: u8, nonce: [u8; 16]) -> [u8; 32] {
    let mut hello = [0; 32];
    hello[..5].copy_from_slice(&[0xf5, b'i', b'p', side, 1]);
    hello[16..].copy_from_slice(&nonce);
    hello
}

/// The hello of a client.
pub fn client_hello(nonce: [u8; 16]) -> [u8; HELLO_C] {
    hello(b'C', nonce)
}

/// What a server answers.
pub fn server_hello(secret: &Secret, hello_c: &[u8; HELLO_C], nonce: [u8; 16]) -> [u8; HELLO_S] {
    let hello = hello(b'S', nonce);
    let proof = proof(b'S', secret, hello_c, &hello);
    [&hello[..], &proof].concat().try_into().expect("48 bytes")
}

/// What a client says that takes `answer` for an answer to its hello, whatever its proof.
pub fn client_proof(
    secret: &Secret,
    hello_c: &[u8; HELLO_C],
    answer: &[u8; HELLO_S],
) -> [u8; AUTH] {
    proof(b'C', secret, hello_c, &answer[..32])
}

/// Whether `answer` is that of a server with this secret.
pub fn is_proved(secret: &Secret, hello_c: &[u8; HELLO_C], answer: &[u8; HELLO_S]) -> bool {
    answer[..16] == hello(b'S', [0; 16])[..16]
        && proof(b'S', secret, hello_c, &answer[..32]) == answer[32..]
}

fn proof(role: u8, secret: &Secret, hello_c: &[u8], hello_s: &[u8]) -> [u8; 16] {
    let port = secret.port.to_le_bytes();
    let head = [role, 1, port[0], port[1], 0, 0, 0, 0];
    siphash(&secret.key, &[&head[..], &secret.instance, hello_c, hello_s].concat())
}

/// SipHash-2-4 with 128 bits of output, of a message of whole words.
fn siphash(key: &[u8; 16], message: &[u8]) -> [u8; 16] {
    let word = |bytes: &[u8]| u64::from_le_bytes(bytes.try_into().expect("8 bytes"));
    let (k0, k1) = (word(&key[..8]), word(&key[8..]));
    let mut v = [
        k0 ^ 0x736f_6d65_7073_6575,
        k1 ^ 0x646f_7261_6e64_6f6d ^ 0xee,
        k0 ^ 0x6c79_6765_6e65_7261,
        k1 ^ 0x7465_6462_7974_6573,
    ];
    let (words, rest) = message.as_chunks::<8>();
    assert_eq!(rest, [], "the length is one of whole words");
    let last = ((message.len() as u64) << 56).to_le_bytes();
    for bytes in words.iter().chain([&last]) {
        v[3] ^= word(bytes);
        rounds(&mut v, 2);
        v[0] ^= word(bytes);
    }
    v[2] ^= 0xee;
    rounds(&mut v, 4);
    let low = v[0] ^ v[1] ^ v[2] ^ v[3];
    v[1] ^= 0xdd;
    rounds(&mut v, 4);
    let high = v[0] ^ v[1] ^ v[2] ^ v[3];
    [low.to_le_bytes(), high.to_le_bytes()].concat().try_into().expect("16 bytes")
}

fn rounds(v: &mut [u64; 4], count: usize) {
    for _ in 0..count {
        v[0] = v[0].wrapping_add(v[1]);
        v[1] = v[1].rotate_left(13) ^ v[0];
        v[0] = v[0].rotate_left(32);
        v[2] = v[2].wrapping_add(v[3]);
        v[3] = v[3].rotate_left(16) ^ v[2];
        v[0] = v[0].wrapping_add(v[3]);
        v[3] = v[3].rotate_left(21) ^ v[0];
        v[2] = v[2].wrapping_add(v[1]);
        v[1] = v[1].rotate_left(17) ^ v[2];
        v[2] = v[2].rotate_left(32);
    }
}
