@0xc27d4e1b9f60a835;

interface Bench {
  add @0 (a :UInt32, b :UInt32) -> (sum :UInt32);
  echo @1 (payload :Data) -> (payload :Data);
}
