@0xb3a5f1d27c0e9846;

interface Two {
  add @0 (a :UInt32, b :UInt32) -> (sum :UInt32);
  hello @1 (name :Text) -> (greeting :Text);
}
